"""Every module and function of the family, found by its exports: examples hold, limits are in order, no number changes unseen."""

import pytest
from tests.kit.choices import changed_choices
from tests.kit.every import examples_fail, limits_out_of_order, modules
from tests.kit.exports import example_call, functions
from tests.kit.record import changed


@pytest.mark.parametrize("module", modules("finance"))
def test_examples_hold(module):
    assert not examples_fail("finance", module)


@pytest.mark.parametrize("name", functions("finance"))
def test_limits_hold_the_estimate_and_widen_with_the_level(name):
    assert not limits_out_of_order(example_call("finance", name))


@pytest.mark.parametrize("name", functions("finance"))
def test_no_number_changes_unseen(name):
    assert not changed("finance", name)


def test_no_choice_changes_unseen():
    assert not changed_choices("finance")
