"""Page "Data": every table with its publisher, edition, licence and caveats, from the descriptor."""

from __future__ import annotations

import pandas as pd

from healthdevo import tables
from healthdevo.charts.table import Table, show_table

__all__ = ["caveats_table", "tables_table", "texts"]

_SOURCE = "the project's data descriptor, data/datapackage.json"


def texts() -> dict[str, str]:
    """Named texts for the prose of the page."""
    return {"tables_count": str(len(tables.names()))}


def tables_table() -> Table:
    """Every table: what it holds, publisher, edition, coverage, rows, licence."""
    listed = tables.describe()
    shown = pd.DataFrame(
        {
            "What it holds": listed["title"],
            "Publisher and edition": listed["publisher"] + ": " + listed["edition"],
            "Coverage": listed["coverage"],
            "Rows": listed["rows"].map("{:,}".format),
            "Name": listed["name"],
        }
    )
    return show_table(
        shown, table_id="tables", caption="The tables embedded in the project.", source=_SOURCE, data=listed
    )


def caveats_table() -> Table:
    """Every caveat of every table."""
    rows = [
        {"Table": name, "What to know": caveat}
        for name in tables.names()
        for caveat in tables.origin(name).caveats
    ]
    return show_table(
        pd.DataFrame(rows), table_id="caveats", caption="Caveats of the tables.", source=_SOURCE
    )
