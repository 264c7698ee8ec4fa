"""Every module and function of the family, found by its exports: examples hold, limits are in order, outcomes have a unit, no number changes unseen."""

import pytest
from tests.kit.choices import changed_choices
from tests.kit.every import (
    examples_fail,
    limits_out_of_order,
    modules,
    not_in_the_unit,
    not_the_same_turned,
    takes_panel,
)
from tests.kit.exports import example_call, functions
from tests.kit.record import changed


@pytest.mark.parametrize("module", modules("evaluation"))
def test_examples_hold(module):
    assert not examples_fail("evaluation", module)


@pytest.mark.parametrize("name", functions("evaluation"))
def test_limits_hold_the_estimate_and_widen_with_the_level(name):
    assert not limits_out_of_order(example_call("evaluation", name))


@pytest.mark.parametrize("name", functions("evaluation"))
def test_no_number_changes_unseen(name):
    assert not changed("evaluation", name)


@pytest.mark.parametrize("name", takes_panel("evaluation"))
def test_numbers_are_in_the_unit_of_the_outcome(name):
    assert not not_in_the_unit(example_call("evaluation", name))


@pytest.mark.parametrize("name", takes_panel("evaluation"))
def test_order_of_areas_does_not_matter(name):
    assert not not_the_same_turned(example_call("evaluation", name))


def test_no_choice_changes_unseen():
    assert not changed_choices("evaluation")
