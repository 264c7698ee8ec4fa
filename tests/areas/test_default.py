"""Questions without a registry are those of ``Registry``, put to the one of the data folder."""

import inspect

import pytest

from healthdevo import areas
from healthdevo.areas import Registry

QUESTIONS = [
    "by_ods_code",
    "children",
    "find",
    "get",
    "kinds",
    "list_areas",
    "members",
    "parents",
    "peers",
    "resolve",
]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_keeps_its_arguments_and_its_description(name: str) -> None:
    function, method = getattr(areas, name), getattr(Registry, name)
    assert function.__doc__ == method.__doc__
    own, general = inspect.signature(function), inspect.signature(method)
    assert ["self", *own.parameters] == list(general.parameters)
    assert own.return_annotation == general.return_annotation


def test_a_question_is_put_to_the_registry_of_the_data_folder() -> None:
    assert areas.get("E54000057") is areas.registry().get("E54000057")
    assert areas.reference_date() == areas.registry().reference_date
