import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.mathematics.vectors import codes, ranking_vector, shown, vector, weight_vector


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "empty"),
        ([1.0, np.inf], "row 1 is inf"),
        (["a"], "give numbers"),
        ([[1.0]], "2 dimensions"),
        (pd.Series([1.0, None], index=["E1", "E2"]), "label 'E2'"),
        (pd.Series([1.0, None], index=[7, 8]), "label 8"),
        (pd.Series([1, None], dtype="Int64"), "row 1 is nan"),
    ],
)
def test_bad_values_are_named(values, message):
    with pytest.raises(InputError, match=message):
        vector(values, "outcome")


def test_good_values_of_many_kinds():
    for values in (
        [True, False],
        pd.Series([1, 0], dtype="Int64"),
        np.array([1, 0], dtype=object),
        range(1, -1, -1),
    ):
        assert vector(values, "x").tolist() == [1.0, 0.0]
    with pytest.raises(InputError, match="3 are needed"):
        vector([1, 2], "x", 3)


def test_weights():
    assert weight_vector(None, 3).tolist() == [1, 1, 1]
    for bad in ([1, -1], [0, 1]):
        with pytest.raises(InputError, match="above zero"):
            weight_vector(bad, 2)


def test_codes_sort_labels_and_keep_category_order():
    found, labels = codes(np.array(["b", "a", "b"]), "groups", 3)
    assert found.tolist() == [1, 0, 1]
    assert list(labels) == ["a", "b"]
    category = pd.Series(pd.Categorical(["x", "y"], categories=["y", "unused", "x"]))
    found, labels = codes(category, "groups", 2)
    assert found.tolist() == [1, 0]
    assert list(labels) == ["y", "x"]
    with pytest.raises(InputError, match="row 1 is missing"):
        codes(["a", None], "groups", 2)
    with pytest.raises(InputError, match="2 are needed"):
        codes(["a"], "groups", 2)


def test_rankings_take_numbers_held_as_objects():
    assert ranking_vector(np.array([3, 1.5], dtype=object), "rank_by").tolist() == [3.0, 1.5]
    assert shown("a") == "'a'"
