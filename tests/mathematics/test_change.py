"""Relative change and its rounding bounds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthdevo.errors import InputError
from healthdevo.mathematics.change import relative_change

positive = st.floats(1e3, 1e6)


@given(positive, positive, st.floats(0, 0.4), st.floats(0, 0.4), st.integers(1, 20))
def test_bounds_enclose_and_compounding_returns(start, end, p, q, years):
    c = relative_change(start, end, periods=years, start_precision=p * start, end_precision=q * end)
    assert c.lower <= c.change + 1e-12
    assert c.change <= c.upper + 1e-12
    assert math.isclose(start * (1 + c.per_year) ** years, end, rel_tol=1e-9)


def test_the_sentence_says_direction_and_rounding():
    assert relative_change(100, 120).sentence == "rose by 20.0%"
    assert relative_change(100, 80).sentence == "fell by 20.0%"
    assert relative_change(100, 100).sentence == "did not change"
    assert "given rounding" in relative_change(100, 120, start_precision=1).sentence


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_only_positive_numbers_have_a_relative_change(bad):
    with pytest.raises(InputError, match=r"positive number|(nan|inf) is not valid"):
        relative_change(bad, 1.0)
    with pytest.raises(InputError, match="start_precision"):
        relative_change(1.0, 1.0, start_precision=2.0)
