"""Every public function, found by the exports, meets odd inputs: it answers, or refuses in one clear sentence that names what is at fault."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.kit.exports import FAMILIES, example_call, functions
from tests.kit.naming import named
from tests.kit.odd import is_matrix, is_vector, odd, odd_panels, same_by_other_types, with_cell
from tests.kit.same import difference

from healthdevo.errors import HealthdevoError
from healthdevo.evaluation import Panel

EVERY = [
    pytest.param(family, name, id=f"{family}.{name}") for family in FAMILIES for name in functions(family)
]

CELL = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.floats(),
    st.integers(-(10**30), 10**30),
    st.booleans(),
    st.dates(),
    st.complex_numbers(),
    st.just(pd.NA),
    st.just(pd.NaT),
    st.lists(st.integers(), max_size=2),
    st.binary(max_size=3),
    st.decimals(),
)


def plain(parameter):
    return parameter.kind in (
        parameter.POSITIONAL_ONLY,
        parameter.POSITIONAL_OR_KEYWORD,
        parameter.KEYWORD_ONLY,
    )


def large(value):
    if isinstance(value, Decimal) and value.is_nan():
        return True  # compares with nothing
    return isinstance(value, int | float | Decimal) and value > 50


@pytest.mark.parametrize(("family", "name"), EVERY)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_odd_input_is_answered_or_refused(family, name, data):
    call = example_call(family, name)
    tried = [p for p in call.signature.values() if plain(p)]
    parameter = data.draw(st.sampled_from(tried), label="parameter")
    tidy = call.arguments.get(parameter.name, parameter.default)
    place = data.draw(st.integers(0, 4), label="place")
    made = list(odd(tidy, place))
    choice = data.draw(st.integers(0, len(made)), label="what")
    if choice < len(made):
        what, value = made[choice]
    elif is_vector(tidy) or is_matrix(tidy):
        what, value = "drawn", with_cell(tidy, place, data.draw(CELL, label="cell"))
    else:
        small = CELL.filter(lambda x: not large(x))  # draws by the million are valid
        what, value = "drawn", data.draw(small, label="value")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            call(**{parameter.name: value})
        except HealthdevoError as error:
            text = str(error)
            assert text.strip(), what
            assert "np." not in text, text
            assert named(text, call.signature, [*call.arguments.values(), value]), f"{what}: {text}"


def test_a_refusal_that_names_nothing_is_found():
    arguments, frame = ["frame", "by"], pd.DataFrame({"rate": [1.0]})
    assert named("by: is empty", arguments, [frame])
    assert named("rate: row 2 is infinite", arguments, [frame])
    assert named("column 'rate': infinite", arguments, [frame])
    assert not named("values: row 2 is infinite", arguments, [frame])
    assert not named("difference-by-difference: no area is treated", arguments, [frame])
    assert not named("frames: one is empty", arguments, [])


PANELS = [
    pytest.param(family, name, parameter, id=f"{family}.{name}")
    for family, name in (("evaluation", one) for one in functions("evaluation"))
    for parameter, value in example_call(family, name).arguments.items()
    if isinstance(value, Panel)
]


@pytest.mark.parametrize(("family", "name", "parameter"), PANELS)
def test_an_odd_panel_is_answered_or_refused_by_name(family, name, parameter):
    call = example_call(family, name)
    for what, value in odd_panels(call.arguments[parameter], 0):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                call(**{parameter: value})
            except HealthdevoError as error:
                text = str(error)
                assert named(text, call.signature, [value]), f"{what}: {text}"


@pytest.mark.parametrize(("family", "name"), EVERY)
def test_the_same_input_in_another_type_gives_the_same_result(family, name):
    call = example_call(family, name)
    tidy = call()
    for parameter, value in call.arguments.items():
        for what, other in same_by_other_types(value):
            if parameter != "frame" and what in (
                "columns in another order",
                "one more column",
                "another index",
            ):
                continue  # here columns have an order, and rows are paired with those of another argument
            found = difference(tidy, call(**{parameter: other}))
            assert not found, f"{parameter} as {what}: {found}"


@pytest.mark.parametrize(("family", "name"), EVERY)
def test_rows_of_a_frame_in_another_order_give_the_same_result(family, name):
    call = example_call(family, name)
    for parameter, value in call.arguments.items():
        if parameter == "frame" and isinstance(value.index, pd.RangeIndex) and len(value) > 1:
            order = np.random.default_rng(0).permutation(len(value))
            found = difference(call(), call(**{parameter: value.iloc[order]}))
            assert not found, f"{parameter}: {found}"
