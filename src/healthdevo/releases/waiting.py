"""Waiting lists and cancer waits of providers, out of NHS England's extracts, in the columns of the project's tables.

The extracts hold a row for each provider, commissioner and treatment, or for each kind of cancer, route and stage. The tables hold one figure for
each provider and month. England's own figures are not made from them: the extracts have no row for England.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["ALL_TREATMENTS", "cancer_rows", "waiting_rows"]

ALL_TREATMENTS = r"(?:[a-z]+_)?999"
"""What the code of a treatment says in rows that stand for all of them."""

_STANDARDS = {"fds": "28_day_diagnosis", "31d": "31_day", "62d": "62_day"}
_WHOLE = {
    "cancer_type": r"all(?: cancers?)?",
    "route": r"(?:all(?: (?:routes|stages))?)?",
    "modality": r"(?:all(?: modalities)?)?",
}
_SINCE = pd.Timestamp("2023-10-01")


def waiting_rows(frame: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return ``waiting_list_provider_month`` of the rows of a referral-to-treatment extract, and what was left out.

    Parameters
    ----------
    frame : DataFrame
        Rows by ``month``, ``provider_code``, ``commissioner_code``, ``part`` and ``treatment_code``, with pathways ``total_all``, those waiting
        ``within_18_weeks`` and ``over_52_weeks``.

    Returns
    -------
    tables : dict of str to DataFrame
        Incomplete pathways (part 2) of each provider, over all commissioners: of the rows that stand for all treatments where a commissioner has one,
        else of all its treatments. Empty where the extract has no weeks or no part 2.
    notes : list of str
        Why there is no table.

    Notes
    -----
    Up to 18 weeks are the columns to ``Gt 17 To 18 Weeks``, over 52 weeks those from ``Gt 52 To 53 Weeks``.
    """
    if "within_18_weeks" not in frame or "over_52_weeks" not in frame:
        return {}, [
            "no table waiting_list_provider_month: the file lacks the columns of weeks up to 18 or over 52"
        ]
    open_ = frame[frame["part"].str.casefold() == "part_2"]
    if open_.empty:
        return {}, ["no table waiting_list_provider_month: the file has no incomplete pathways (part 2)"]
    key = ["month", "provider_code", "commissioner_code"]
    every = open_["treatment_code"].str.fullmatch(ALL_TREATMENTS, case=False).to_numpy()
    labels = pd.MultiIndex.from_frame(open_[key])
    known = labels.isin(labels[every])
    used = open_[every | ~known]
    sums = {"total_all": "incomplete", "within_18_weeks": "within_18_weeks", "over_52_weeks": "over_52_weeks"}
    measures = list(sums)
    table = used.groupby(["provider_code", "month"])[measures].sum().rename(columns=sums).reset_index()
    names = used.drop_duplicates("provider_code").set_index("provider_code")["provider_name"]
    table.insert(2, "provider_name", table["provider_code"].map(names))
    return {"waiting_list_provider_month": table.assign(basis="as_published")}, []


def cancer_rows(frame: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return ``cancer_provider_month`` of the rows of a cancer waiting times extract, and what was left out or rounded.

    Parameters
    ----------
    frame : DataFrame
        Rows by ``month``, ``basis``, ``org_code``, ``standard``, ``cancer_type``, ``route`` and, where the file has it, ``modality``, with people in
        ``total`` and ``within`` the standard.

    Returns
    -------
    tables : dict of str to DataFrame
        People and those within each standard, by provider, over all cancers, routes, stages and treatments.
    notes : list of str
        What was left out or rounded, and why there is no table.

    Raises
    ------
    ValueError
        When a provider has two rows for the whole of a standard.
    """
    name, notes = "cancer_provider_month", []
    whole = frame["basis"].str.casefold().str.startswith("provider") & frame["standard"].str.casefold().isin(
        _STANDARDS
    )
    whole &= frame["org_code"].str.fullmatch("[0-9A-Z]{3,6}") & ~frame["org_code"].str.casefold().isin(
        {"total", "all"}
    )
    for column, pattern in _WHOLE.items():
        if column in frame:
            whole &= frame[column].fillna("").str.fullmatch(pattern, case=False)
    rows = frame[whole]
    early = rows["month"] < _SINCE
    if early.any():
        notes.append(
            f"{int(early.sum())} rows before October 2023 are in no table: the standards were others"
        )
        rows = rows[~early]
    empty = rows["total"].isna() | rows["within"].isna()
    if empty.any():
        notes.append(f"{int(empty.sum())} rows without figures are in no table")
        rows = rows[~empty]
    if rows.empty:
        notes.append(
            f"no table {name}: the file has no provider's row for all cancers within a standard (FDS, 31D, 62D)"
        )
        return {}, notes
    table = pd.DataFrame(
        {
            "provider_code": rows["org_code"],
            "month": rows["month"],
            "standard": rows["standard"].str.casefold().map(_STANDARDS),
            "patients": rows["total"],
            "within_standard": rows["within"],
        }
    )
    key = ["provider_code", "month", "standard"]
    twice = table.duplicated(key)
    if twice.any():
        one = table[twice].iloc[0]
        raise ValueError(
            f"provider {one['provider_code']} has two rows for the whole of the standard {one['standard']}"
        )
    halves = 0
    for column in ("patients", "within_standard"):
        rounded = np.floor(table[column] + 0.5)
        halves += int((rounded != table[column]).sum())
        table[column] = rounded
    if halves:
        notes.append(
            f"{halves} figures of table {name} are rounded up to whole people: shared patients count half at each of two providers"
        )
    return {name: table.sort_values(key).reset_index(drop=True)}, notes
