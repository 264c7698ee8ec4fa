"""What messages about tables say: how many, in which row, and which column was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthdevo.errors import TableError
from healthdevo.tables import descriptor
from healthdevo.tables.examining import broken
from healthdevo.tables.failure import Failure
from healthdevo.tables.reading import _heading
from healthdevo.tables.tidy_file import TidyFile


@pytest.mark.parametrize(("number", "said"), [(1, "1 failure"), (2, "2 failures"), (12, "12 failures")])
def test_failures_are_counted(number: int, said: str) -> None:
    error = broken("area", [Failure("area", f"rule {i}", i) for i in range(number)], 40)
    assert str(error).splitlines()[0].endswith(f"table area breaks its descriptor: {said}")


def test_what_is_wrong_with_a_heading_stands_in_row_one() -> None:
    table = descriptor.package().table("population_year")
    first, second, *rest = table.columns
    found = _heading([first, first, "other", *rest], table)
    assert [(f.row, f.column) for f in found] == [(1, second), (1, "other"), (1, first)]
    assert [f.rule.split(",")[0] for f in found] == [
        "the column is missing",
        "is not a column of this table",
        "the column stands in the heading twice",
    ]
    assert _heading(table.columns, table) == []


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("value", "; did you mean 'Value'?"),
        ("perods", "; did you mean 'period'?"),
        ("zz", ""),
    ],
)
def test_the_nearest_column_of_a_file_is_named(asked: str, hint: str) -> None:
    file = TidyFile("a.csv", Path("a.csv"), "0", {"period": ("1",), "Value": ("2",)}, (2,))
    file.need(["period", "Value"])
    with pytest.raises(TableError) as caught:
        file.need([asked])
    assert str(caught.value) == f"a.csv: there is no column {asked!r}; it has 'period' and 'Value'{hint}"
    with pytest.raises(TableError, match=r"there is no column 'zz' \(the codes\); it has"):
        file.need(["zz"], "the codes")
