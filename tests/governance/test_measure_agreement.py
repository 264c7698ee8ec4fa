"""Rank correlations against closed forms, with what is missing named."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.governance import measure_agreement


def normal(r, n=2000):
    rng = np.random.default_rng(2)
    x = rng.normal(size=n)
    return pd.DataFrame(
        {"x": x, "y": r * x + np.sqrt(1 - r**2) * rng.normal(size=n)}, index=[f"p{i:04d}" for i in range(n)]
    )


def test_kendall_and_spearman_follow_greiners_relation():
    kendall = measure_agreement(normal(0.6), draws=50).table.iloc[0]
    assert kendall["estimate"] == pytest.approx(2 / np.pi * np.arcsin(0.6), abs=0.03)
    assert kendall["lower"] < 2 / np.pi * np.arcsin(0.6) < kendall["upper"]
    spearman = measure_agreement(normal(0.6), method="spearman", draws=50)
    assert spearman.mean == pytest.approx(6 / np.pi * np.arcsin(0.3), abs=0.03)


def test_missing_and_constant_measures_have_a_reason():
    frame = normal(0.3, 20).assign(z=1.0, few=[1.0, 2.0, *[np.nan] * 18])
    table = measure_agreement(frame, levels=(0.5, 0.95), draws=50).table
    assert len(table) == 12
    reason = table.set_index(["first", "second", "level"])["reason"]
    assert reason["x", "z", 0.5] == "one measure is the same everywhere"
    assert reason["x", "few", 0.95] == "fewer than eight places have both"
    assert reason["x", "y", 0.5] == ""
    assert table["n"].iloc[0] == 20


def test_row_order_and_sentence():
    frame = normal(0.8, 30)
    found = measure_agreement(frame, draws=60)
    pd.testing.assert_frame_equal(found.to_frame(), measure_agreement(frame.iloc[::-1], draws=60).to_frame())
    assert found.sentence.startswith("Rank correlations of the measures run from")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (normal(0, 20)[["x"]], "1 columns"),
        (normal(0, 5), "no two of them"),
        (normal(0, 20).rename(index={"p0001": "p0000"}), "one row for each place"),
    ],
)
def test_bad_input_is_refused(frame, words):
    with pytest.raises(InputError, match=words):
        measure_agreement(frame)
