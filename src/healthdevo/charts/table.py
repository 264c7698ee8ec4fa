"""Tables of pages: captioned, sourced, downloadable, made column by column from numbers that stay numbers until shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from healthdevo.charts.download import csv_of
from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.results import Estimate, Estimates
from healthdevo.wording import number, percentage, span, with_interval

__all__ = [
    "TABLE_MIME",
    "Column",
    "Table",
    "estimate_column",
    "made_column",
    "page_table",
    "share_column",
    "span_column",
    "text_column",
    "value_column",
]

TABLE_MIME = "application/vnd.healthdevo.table+json"
Show = Callable[[float], str]
_LINK = re.compile(r"\[([^\[\]]*)\]\(area:[^()\s]+\)")


@dataclass(frozen=True)
class Column:
    """One column of a page's table: its heading, the columns of data it needs, and how a row is shown.

    Parameters
    ----------
    heading : str
        As shown.
    needs : tuple of str
        Columns of the data.
    show : callable
        Gets the values of these columns in one row and returns the text.
    """

    heading: str
    needs: tuple[str, ...]
    show: Callable[..., str] = field(repr=False)


def text_column(heading: str, column: str, labels: Mapping[Any, str] | None = None) -> Column:
    """Return a column of texts; ``labels`` turns codes into the words shown.

    Examples
    --------
    >>> text_column("Sex", "sex", {"f": "women"}).show("f")
    'women'
    """

    def show(value: Any) -> str:
        if pd.isna(value):
            return ""
        return str(value) if labels is None else labels[value]

    return Column(heading, (column,), show)


def value_column(heading: str, column: str, show: Show = number) -> Column:
    """Return a column of numbers.

    Examples
    --------
    >>> value_column("Effect", "effect").show(-7.123)
    '−7.12'
    """
    return Column(heading, (column,), lambda value: show(float(value)))


def share_column(heading: str, column: str, decimals: int = 1) -> Column:
    """Return a column of shares, shown as percentages.

    Examples
    --------
    >>> share_column("Growth", "growth", 0).show(0.217)
    '22%'
    """
    return Column(heading, (column,), lambda value: percentage(float(value), decimals))


def span_column(heading: str, lower: str = "lower", upper: str = "upper", show: Show = number) -> Column:
    """Return a column of intervals: "a to b".

    Examples
    --------
    >>> span_column("95% interval").show(-1.0, 2.0)
    '−1 to 2'
    """
    return Column(heading, (lower, upper), lambda low, high: span(float(low), float(high), show))


def estimate_column(
    heading: str,
    estimate: str = "estimate",
    lower: str = "lower",
    upper: str = "upper",
    show: Show = number,
) -> Column:
    """Return a column of estimates with their intervals: "x (a to b)".

    Examples
    --------
    >>> estimate_column("Effect").show(0.5, -1.0, 2.0)
    '0.5 (−1 to 2)'
    """
    return Column(
        heading,
        (estimate, lower, upper),
        lambda value, low, high: with_interval(float(value), float(low), float(high), show),
    )


def made_column(heading: str, needs: Sequence[str], show: Callable[..., str]) -> Column:
    """Return a column whose text is made from several values of the row.

    Examples
    --------
    >>> made_column("Rank", ["rank", "of"], lambda rank, of: f"{rank} of {of}").show(1, 42)
    '1 of 42'
    """
    return Column(heading, tuple(needs), show)


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
        Texts as shown; ``[words](area:CODE)`` becomes a link to an area's page where the book has it.
    data : pandas.DataFrame
        Numbers as offered for download.
    files : mapping of str to str
        Further downloads: content by file name, which must be unique in the book.
    """

    table_id: str
    caption: str
    source: str
    shown: pd.DataFrame = field(repr=False, compare=False)
    data: pd.DataFrame = field(repr=False, compare=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.table_id):
            raise InputError(
                f"table_id: {self.table_id!r} is not valid; use lower case and hyphens, such as 'growth-by-type'"
            )
        if self.shown.empty:
            raise InputError(f"table {self.table_id}: there is no row to show")

    @property
    def csv(self) -> str:
        """The data as CSV text."""
        return csv_of(self.data)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        columns = [str(c) for c in self.shown.columns]
        rows = [["" if pd.isna(v) else str(v) for v in row] for row in self.shown.itertuples(index=False)]
        head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
        plain = [[_LINK.sub(r"\1", v) for v in row] for row in rows]
        body = "".join("<tr>" + "".join(f"<td>{escape(v)}</td>" for v in row) + "</tr>" for row in plain)
        return {
            TABLE_MIME: {
                "table_id": self.table_id,
                "caption": self.caption,
                "source": self.source,
                "columns": columns,
                "rows": rows,
                "csv": self.csv,
                "files": dict(self.files),
            },
            "text/html": f"<table><caption>{escape(self.caption)}</caption><tr>{head}</tr>{body}</table>",
            "text/plain": f"{self.caption} ({len(rows)} rows)",
        }


def page_table(
    data: pd.DataFrame | Estimates | Sequence[Estimate],
    columns: Sequence[Column],
    *,
    table_id: str,
    caption: str,
    source: str,
) -> Table:
    """Return a table for display at the end of a notebook cell.

    Parameters
    ----------
    data : pandas.DataFrame, Estimates or sequence of Estimate
        Numbers, one row for each row shown; they are what the page offers for download.
    columns : sequence of Column
        What is shown, from left to right.
    table_id : str
        Lower case with hyphens.
    caption, source : str
        Words above and below the table.

    Raises
    ------
    InputError
        When a column is missing, the table is empty, two headings are the same, or its name is not valid.

    Examples
    --------
    >>> page_table(pd.DataFrame({"area": ["A"], "growth": [0.1]}),
    ...            [text_column("Area", "area"), share_column("Growth", "growth")],
    ...            table_id="one", caption="One area.", source="Own").shown.to_dict("records")
    [{'Area': 'A', 'Growth': '10.0%'}]
    """
    if isinstance(data, pd.DataFrame):
        frame = data
    elif isinstance(data, Estimates):
        frame = data.to_frame()
    else:
        frame = pd.concat([one.to_frame() for one in data], ignore_index=True)
    need_columns(frame, [name for column in columns for name in column.needs], f"table {table_id}")
    headings = [column.heading for column in columns]
    if len(set(headings)) < len(headings):
        raise InputError(f"table {table_id}: two columns have one heading; there are {', '.join(headings)}")
    texts = {
        column.heading: [
            column.show(*row) for row in zip(*(frame[name] for name in column.needs), strict=True)
        ]
        for column in columns
    }
    return Table(table_id, caption, source, pd.DataFrame(texts), frame)
