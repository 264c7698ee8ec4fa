"""The front door: arguments are held against type hints, in one sentence that names the argument, the place and what is valid."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike
from tests.kit.exports import FAMILIES, example_call, functions

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.typing import Figure


@front_door
def taken(
    count: int = 0,
    share: float = 0.5,
    figure: Figure = 0.5,
    flag: bool = False,
    name: str = "",
    way: Literal["up", "down"] = "up",
    levels: float | Sequence[float] = 0.95,
    seed: int | np.random.Generator | None = None,
    values: ArrayLike = (1.0,),
    named: Mapping[str, float] | None = None,
    pair: tuple[float, float] | None = None,
    frame: pd.DataFrame | None = None,
    make: Callable[[], int] | None = None,
) -> dict[str, object]:
    """Return what came in."""
    return dict(locals())


@pytest.mark.parametrize(
    ("given", "inside"),
    [
        ({"count": np.int64(3)}, 3),
        ({"count": 8.0}, 8),
        ({"share": np.float32(0.95)}, 0.95),
        ({"share": 1}, 1),
        ({"flag": np.True_}, True),
        ({"name": np.str_("a")}, "a"),
        ({"way": "down"}, "down"),
        ({"levels": [np.float32(0.8), 0.95]}, (0.8, 0.95)),
        ({"named": {"a": np.int64(1)}}, {"a": 1}),
        ({"pair": [0, np.float64(1.5)]}, (0, 1.5)),
        ({"seed": None}, None),
    ],
)
def test_values_of_other_libraries_become_plain_ones(given, inside):
    (name,) = given
    found = taken(**given)[name]
    assert found == inside
    assert type(found) is type(inside)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"count": True}, "count: True is not valid; give a whole number"),
        ({"count": 2.5}, "count: 2.5 is not valid; give a whole number"),
        ({"count": "3"}, "count: '3' is not valid; give a whole number"),
        ({"share": float("nan")}, "share: nan is not valid"),
        ({"share": None}, "share: None is not valid"),
        ({"flag": 1}, "flag: 1 is not valid; give True or False"),
        ({"name": 3}, "name: 3 is not valid; give text"),
        ({"way": "left"}, "way: 'left' is not valid; give 'up' or 'down'"),
        ({"levels": "0.95"}, "levels: '0.95' is not valid"),
        ({"levels": [0.9, "x"]}, "levels[1]: 'x' is not valid"),
        ({"seed": -1}, "seed: -1 is not valid; give a whole number of at least 0"),
        ({"values": {1.0, 2.0}}, "values: a value of type set is not valid"),
        ({"values": [[1.0, 2.0], [3.0]]}, "values: a value of type list is not valid"),
        ({"values": "12"}, "values: '12' is not valid"),
        ({"named": {"a": "x"}}, "named['a']: 'x' is not valid"),
        ({"pair": (1.0,)}, "pair: a value of type tuple is not valid"),
        ({"frame": [[1]]}, "frame: a value of type list is not valid; give a pandas DataFrame"),
        ({"make": 3}, "make: 3 is not valid; give a function"),
    ],
)
def test_what_is_not_valid_is_named(given, message):
    with pytest.raises(InputError) as caught:
        taken(**given)
    assert str(caught.value).startswith(message)


def test_a_figure_may_be_missing_and_an_option_may_not():
    assert np.isnan(taken(figure=float("nan"))["figure"])
    with pytest.raises(InputError, match="share"):
        taken(share=float("nan"))


@pytest.mark.parametrize("share", [10**400, Fraction(-(10**400)), Decimal("1e400")])
def test_a_number_too_long_for_a_float_is_refused(share):
    with pytest.raises(InputError, match=r"^share: .* give a finite number"):
        taken(share=share)
    with pytest.raises(InputError, match=r"^count: .* give a whole number"):
        taken(count=share)


def test_a_whole_number_longer_than_an_array_holds_becomes_a_float():
    found = taken(share=-(2**63) - 1)["share"]
    assert isinstance(found, float)
    assert found == -(2.0**63)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_public_function_is_behind_its_door(family):
    for name in functions(family):
        call = example_call(family, name)
        first = next((p for p in call.signature if p in call.arguments), next(iter(call.signature)))
        with pytest.raises(InputError, match=first):
            call(**{first: object()})
