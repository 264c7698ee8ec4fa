"""Costs are compared within one study."""

import pytest


def test_prevention_and_treatment_are_compared_within_one_study(spending):
    assert spending.published.same_study["ratio"].min() == pytest.approx(14912 / 4845)
    assert spending.published.same_study["ratio"].max() == pytest.approx(11973 / 2725)
