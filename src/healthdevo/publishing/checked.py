"""The report on a folder of own tables as a page: what was examined, what is wrong, what is odd, and what to do."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pandas as pd

from healthdevo import tables
from healthdevo.charts import Part, page_table, sheet, text_column
from healthdevo.charts.table import Table
from healthdevo.tables import Failure
from healthdevo.wording import join

_MOST = 500


def report(
    failures: Sequence[Failure], warnings: Sequence[Failure], examined: Sequence[str], own: Sequence[str]
) -> str:
    """Return the report as one HTML file that needs no other; every name, value and sentence in it is escaped.

    ``examined`` are the names of the tables looked at, ``own`` those of the user's own folder.
    """
    sound = "Every table is sound" if not failures else f"{_count(len(failures), 'thing')} must be put right"
    odd = f", {_count(len(warnings), 'thing')} to look at" if warnings else ""
    when = datetime.date.today()
    said = [
        f"{len(examined)} tables were examined on {when.day} {when:%B %Y}: every cell, key, total and recorded hash."
    ]
    said.append(
        f"Of your own: {join(list(own))}."
        if own
        else "There is no folder of own tables; name one with --data DIR."
    )
    parts = [Part("", said)]
    if failures:
        kinds = list(tables.grouped(failures))
        parts.append(
            Part(
                "What must be put right",
                ["One line for each kind of fault, with its first places."],
                items=kinds,
            )
        )
        parts.append(
            Part(
                "Every single one",
                _left(failures),
                [_table(failures, "faults", "Every fault with its place.")],
            )
        )
    if warnings:
        parts.append(
            Part(
                "What to look at",
                ["These break no rule. Nothing was changed."],
                [_table(warnings, "warnings", "What is odd, with its place.")],
            )
        )
    if own:
        parts.append(
            Part(
                "Where your own tables come from",
                items=[tables.origin(name).sentence for name in own if not _broken(name, failures)],
            )
        )
    return sheet(f"{sound}{odd}", parts, footer="Made by healthdevo data check.")  # fmt: skip


def _broken(name: str, failures: Sequence[Failure]) -> bool:
    return any(f.table == name or f.table == "of your own" for f in failures)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _left(failures: Sequence[Failure]) -> list[str]:
    return [f"The first {_MOST} of {len(failures):,} are shown."] if len(failures) > _MOST else []


def _table(found: Sequence[Failure], name: str, caption: str) -> Table:
    frame = pd.DataFrame(
        {
            "table": [f.table for f in found],
            "row": ["" if f.row is None else str(f.row) for f in found],
            "column": [f.column for f in found],
            "value": ["" if f.value is None else f.value for f in found],
            "what": [f.rule for f in found],
        }
    ).head(_MOST)
    headings = {
        "table": "Table",
        "row": "Row",
        "column": "Column",
        "value": "Value",
        "what": "What would be right",
    }
    columns = [text_column(heading, column) for column, heading in headings.items()]
    return page_table(frame, columns, table_id=name, caption=caption, source="healthdevo data check")  # fmt: skip
