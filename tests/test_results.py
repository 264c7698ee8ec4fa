"""Every result has ``[...]``, a tidy frame and a sentence."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.results import Estimate, Estimates, Interval

ONE = Estimate(
    "gap", 2.0, 0.5, (Interval(0.95, 1.0, 3.0), Interval(0.8, 1.5, 2.5)), 10, "made up", unit="% of people"
)


def many(values: list[float], unit: str = "years", reason: tuple[str, ...] = ()) -> Estimates:
    k = len(values)
    centre = np.array(values)
    return Estimates(
        "gap", pd.Index([f"area {i}" for i in range(k)]), centre, np.full(k, np.nan), (0.95,),
        (centre - 1.0)[:, None], (centre + 1.0)[:, None], np.ones(k, dtype=np.int64), "made up", unit, reason,
    )  # fmt: skip


def test_an_estimate_gives_its_interval_by_level():
    assert ONE[0.8] is ONE.interval(0.8)
    assert ONE[0.95].lower == 1.0
    with pytest.raises(InputError, match=r"no interval at level 0\.9; computed levels: 0\.95, 0\.8"):
        ONE[0.9]
    with pytest.raises(TypeError, match="not iterable"):
        list(ONE)
    assert ONE.sentence == "The gap is 2% of people (95% interval 1 to 3)."
    assert ONE.to_frame()["level"].tolist() == [0.95, 0.8]


def test_estimates_give_one_area_a_frame_and_a_sentence():
    found = many([3.0, 1.0, 2.0])
    assert found["area 1"].sentence == "The gap is 1 years (95% interval 0 to 2)."
    assert len(found.to_frame()) == 3
    assert found.sentence == "The gap runs from 1 years (area 1) to 3 years (area 0)."


def test_the_sentence_of_estimates_says_what_is_missing():
    assert many([3.0, np.nan], reason=("", "too few")).sentence == (
        "The gap is 3 years (area 0); it was not computed for 1 of 2."
    )
    assert (
        many([np.nan, np.nan], reason=("too few", "too few")).sentence == "The gap was not computed: too few."
    )
    index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    empty = np.empty((2, 0))
    found = Estimates(
        "gap", index, np.array([1.0, 2.0]), np.full(2, np.nan), (), empty, empty, np.ones(2), "m", "%"
    )
    assert found.sentence == "The gap runs from 1% (a, 1) to 2% (b, 2)."
