"""What notebooks show besides charts: named numbers for the prose, and tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from healthdevo.errors import InputError

__all__ = ["TABLE_MIME", "Table", "say", "show_table"]

TABLE_MIME = "application/vnd.healthdevo.table+json"
_GLUE = "application/papermill.record/"


class _Said:
    """A text that is shown as Markdown; its plain form is quoted, so that a draft build takes it for text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return repr(self.text)

    def _repr_markdown_(self) -> str:
        return self.text


def say(**texts: str) -> None:
    """Give names to texts, so that Markdown cells show them with ``{glue:text}`name```.

    Parameters
    ----------
    **texts : str
        Finished wording (use ``healthdevo.wording``); a bare number is refused, since the page must show it as meant.

    Raises
    ------
    InputError
        When a value is not text, or is empty.
    """
    from myst_nb import glue

    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise InputError(
                f"{name}: {text!r} is not text; give the finished wording, such as '23.83 million'"
            )
        glue(name, _Said(text), display=False)


@dataclass(frozen=True)
class Table:
    """A table as the book shows it: captioned, sourced, downloadable.

    Parameters
    ----------
    table_id : str
        Stable name in lower case with hyphens; unique on its page.
    caption : str
        What the table shows, as a sentence.
    source : str
        Publisher and edition.
    shown : pandas.DataFrame
        Texts as shown.
    data : pandas.DataFrame
        Numbers as offered for download.
    """

    table_id: str
    caption: str
    source: str
    shown: pd.DataFrame = field(repr=False, compare=False)
    data: pd.DataFrame = field(repr=False, compare=False)

    @property
    def csv(self) -> str:
        """The data as CSV text."""
        return self.data.to_csv(index=False, lineterminator="\n", float_format="%.10g")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        columns = [str(c) for c in self.shown.columns]
        rows = [["" if pd.isna(v) else str(v) for v in row] for row in self.shown.itertuples(index=False)]
        head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
        body = "".join("<tr>" + "".join(f"<td>{escape(v)}</td>" for v in row) + "</tr>" for row in rows)
        return {
            TABLE_MIME: {
                "table_id": self.table_id,
                "caption": self.caption,
                "source": self.source,
                "columns": columns,
                "rows": rows,
                "csv": self.csv,
            },
            "text/html": f"<table><caption>{escape(self.caption)}</caption><tr>{head}</tr>{body}</table>",
            "text/plain": f"{self.caption} ({len(rows)} rows)",
        }


def show_table(
    shown: pd.DataFrame, *, table_id: str, caption: str, source: str, data: pd.DataFrame | None = None
) -> Table:
    """Return a table for display at the end of a notebook cell.

    Parameters
    ----------
    shown : pandas.DataFrame
        Finished texts, one column for each heading; the index is not shown.
    table_id : str
        Lower case with hyphens.
    caption, source : str
        Words above and below the table.
    data : pandas.DataFrame, optional
        Numbers for the download; ``shown`` itself by default.

    Raises
    ------
    InputError
        When the table is empty or its name is not valid.

    Examples
    --------
    >>> show_table(pd.DataFrame({"Area": ["A"]}), table_id="one", caption="One area.", source="Own")
    Table(table_id='one', caption='One area.', source='Own')
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", table_id):
        raise InputError(
            f"table_id: {table_id!r} is not valid; use lower case and hyphens, such as 'growth-by-type'"
        )
    if shown.empty:
        raise InputError(f"table {table_id}: there is no row to show")
    return Table(table_id, caption, source, shown, shown if data is None else data)
