"""Planted types are found, their number and their stability; noise is not steady."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.governance import area_types, partition_agreement

TRUE = np.repeat(np.arange(4), 20)


def planted(apart):
    rng = np.random.default_rng(1)
    centres = apart * np.array([[0, 0, 0], [1, 0, 1], [0, 1, 1], [1, 1, 0]])
    return pd.DataFrame(
        centres[TRUE] + rng.normal(size=(80, 3)), columns=list("xyz"), index=[f"a{i:02d}" for i in range(80)]
    )


def test_planted_types_are_found():
    found = area_types(planted(9.0), [2, 3, 4, 5], draws=20)
    assert found.count == 4
    assert partition_agreement(found.types, TRUE).adjusted_rand == 1.0
    assert found.stability > 0.95
    assert found.centres["areas"].tolist() == [20] * 4
    assert found.centres["x"].is_monotonic_decreasing


def test_noise_is_not_steady():
    assert area_types(planted(0.0), [4], draws=20).stability < 0.7


def test_silhouette_by_hand():
    found = area_types(pd.DataFrame({"x": [0.0, 1.0, 10.0, 11.0]}, index=list("abcd")), [2], draws=4)
    expected = np.mean([1 - 1 / 10.5, 1 - 1 / 9.5, 1 - 1 / 9.5, 1 - 1 / 10.5])
    assert found.choice.loc[2, "silhouette"] == pytest.approx(expected)


def test_order_of_rows_does_not_matter():
    rows = planted(3.0)
    a, b = area_types(rows, [4], draws=5), area_types(rows.sample(frac=1.0, random_state=2), [4], draws=5)
    assert a.types.sort_index().equals(b.types.sort_index())
    assert a.stability == b.stability


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        (planted(1.0).assign(x=1.0), [3]),
        (planted(1.0), [1]),
        (planted(1.0), [80]),
        (planted(1.0).assign(y=np.nan), [3]),
    ],
)
def test_refusals(rows, counts):
    with pytest.raises(InputError):
        area_types(rows, counts, draws=3)
