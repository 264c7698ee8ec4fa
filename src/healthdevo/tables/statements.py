"""Dated statements of tables: what was decided or done on which day, where it was read, and how that was checked."""

from __future__ import annotations

import pandas as pd

from healthdevo.tables.loading import load

__all__ = ["STATEMENTS", "UNVERIFIED", "dated_statements"]

STATEMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "decision": ("decided", ("title",)),
    "devolution_event": ("event_date", ("event",)),
    "devolution_deal": ("agreed", ("authority", "content")),
    "devolution_power": ("valid_from", ("authority", "power")),
    "strategic_authority": ("established", ("authority", "status")),
    "reorganisation": ("vesting_date", ("new_council", "predecessor")),
    "planned_council": ("valid_from", ("council_name", "replaces_area_code")),
    "planned_reorganisation": ("announced", ("reorganisation", "area_code", "status")),
    "board_cluster": ("agreed", ("cluster", "area_code", "status")),
    "performance_standard": ("first_month", ("measure", "share")),
    "waiting_target": ("announced", ("measure", "said")),
    "nation_suspension": ("first_month", ("nation_code", "event")),
    "advanced_trust_candidate": ("named", ("provider_name", "kind")),
}
"""Tables of dated statements with their sources: the column of the day, and the columns that together say what."""
UNVERIFIED = ("one source", "address seen", "register only", "not found")
"""Checks that are less than two sources or the text of the law."""
COLUMNS = ("table", "day", "precision", "statement", "source", "second_source", "verification", "verified")


def dated_statements() -> pd.DataFrame:
    """Return every dated statement of the tables, with its source and how it was checked.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``day``, ``precision`` (day where the table does not say less), ``statement``, ``source``, ``second_source`` (both empty
        where none was found), ``verification``, and ``verified``: whether two sources or the text of the law bear it. By table and day. What
        was looked for and not found is no statement and has no row.

    Raises
    ------
    TableError
        When a table is missing or breaks its rules.

    Examples
    --------
    >>> rows = dated_statements()
    >>> rows.loc[rows["statement"].str.startswith("Health Bill introduced"), "verification"].tolist()
    ['two sources']
    """
    found = []
    for name, (day, parts) in STATEMENTS.items():
        rows = load(name)
        rows = rows[rows[day].notna()]
        said = rows[list(parts)].astype(str).agg(": ".join, axis=1)
        blank = pd.Series("", rows.index)
        months = rows[day].astype(str).str.fullmatch(r"\d{4}-\d{2}")
        precision = (
            rows["date_precision"]
            if "date_precision" in rows
            else pd.Series("day", rows.index).mask(months, "month")
        )
        # a table that names one page for each row and no check rests on that page
        check = rows["verification"] if "verification" in rows else pd.Series("one source", rows.index)
        found.append(
            pd.DataFrame(
                {
                    "table": name,
                    "day": pd.to_datetime(rows[day]),
                    "precision": precision,
                    "statement": said,
                    "source": rows["source"].fillna(""),
                    "second_source": rows["second_source"].fillna("") if "second_source" in rows else blank,
                    "verification": check,
                    "verified": ~check.isin(UNVERIFIED),
                }
            )
        )
    every = pd.concat(found, ignore_index=True)
    return every.sort_values(["table", "day", "statement"], ignore_index=True)[list(COLUMNS)]
