"""Headings of files as publishers give them out, so that a message can name such a file and the command that reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["OFFICIAL", "Official", "official"]


@dataclass(frozen=True, slots=True)
class Official:
    """A published layout: what it is called, patterns of headings that only it has together, and whether it makes tables of the project or an indicator."""

    name: str
    headings: tuple[str, ...]
    makes_tables: bool = False
    indicator: bool = False


OFFICIAL = (
    Official(
        "NHS England's monthly A&E provider file",
        ("period", "org code", "parent org", r"a&e attendances type 1"),
        makes_tables=True,
    ),
    Official(
        "an OHID Fingertips indicator export",
        ("indicator id", "area code", "time period", "denominator"),
        indicator=True,
    ),
    Official(
        "ONS mid-year population by single year of age", (r"ladcode\d\d", r"laname\d\d", "country", "age")
    ),
    Official("a Nomis export of ONS observations", ("geography_code", "obs_value")),
    Official(
        "MHCLG's Indices of Deprivation, file 7",
        (r"lsoa code \(\d{4}\)", r"index of multiple deprivation \(imd\) score"),
    ),
    Official(
        "NHS England's referral-to-treatment extract",
        ("provider org code", "rtt part type", "treatment function code"),
        makes_tables=True,
    ),
    Official(
        "NHS England's cancer waiting times extract",
        ("org_code", "standard_or_item", "cancer_type"),
        makes_tables=True,
    ),
)
"""Published CSV files that are known by their headings."""


def official(header: Sequence[str], file: str) -> str:
    """Return what a heading says a published file is, and the command for it; empty where it is none that is known.

    Parameters
    ----------
    header : sequence of str
        The headings.
    file : str
        Name of the file, for the command.

    Examples
    --------
    >>> official(["Period", "Org Code", "Parent Org", "A&E attendances Type 1"], "June.csv")
    "it is NHS England's monthly A&E provider file, as published; make a folder of own tables from it: healthdevo ingest June.csv --into DIR"
    >>> official(["area_code", "month"], "mine.csv")
    ''
    """
    names = [" ".join(cell.replace("\ufeff", "").lower().split()) for cell in header]
    for layout in OFFICIAL:
        if all(any(re.fullmatch(h, name) for name in names) for h in layout.headings):
            told = f"it is {layout.name}, as published"
            quoted = file if re.fullmatch(r"[\w.-]+", file) else f'"{file}"'
            if layout.makes_tables:
                return f"{told}; make a folder of own tables from it: healthdevo ingest {quoted} --into DIR"
            or_so = (
                f", or use it as an indicator: healthdevo run --area CODE --indicator {quoted}"
                if layout.indicator
                else ""
            )
            return f'{told}, and no table of the project takes it; read it with healthdevo.releases.read("{file}"){or_so}'
    return ""
