"""Page "Data": every table with its publisher, edition, licence and caveats, from the descriptor."""

from __future__ import annotations

import pandas as pd

from healthdevo import tables
from healthdevo.charts import Table, made_column, page_table, text_column, value_column

_SOURCE = "the project's data descriptor, data/datapackage.json"


def texts() -> dict[str, str]:
    """Named texts for the prose of the page."""
    return {"tables_count": str(len(tables.names()))}


def _edition(publisher: str, edition: str, own: bool) -> str:
    return f"{publisher}: {edition}{'; replaced by your own table' if own else ''}"


def tables_table() -> Table:
    """Every table: what it holds, publisher, edition, coverage, rows, licence."""
    listed = tables.describe()
    return page_table(
        listed,
        [
            text_column("What it holds", "title"),
            made_column("Publisher and edition", ["publisher", "edition", "own"], _edition),
            text_column("Coverage", "coverage"),
            value_column("Rows", "rows", "{:,.0f}".format),
            text_column("Name", "name"),
        ],
        table_id="tables",
        caption="The tables embedded in the project.",
        source=_SOURCE,
    )


def caveats_table() -> Table:
    """Every caveat of every table."""
    rows = [
        {"Table": name, "What to know": caveat}
        for name in tables.names()
        for caveat in tables.origin(name).caveats
    ]
    return page_table(
        pd.DataFrame(rows),
        [text_column(name, name) for name in ("Table", "What to know")],
        table_id="caveats",
        caption="Caveats of the tables.",
        source=_SOURCE,
    )
