"""What tables there are, and what columns they have."""

from __future__ import annotations

import pandas as pd

from healthdevo.tables import descriptor
from healthdevo.tables.loading import embedded, origin, own_tables
from healthdevo.tables.used import note_descriptor

__all__ = ["describe"]


def describe(name: str | None = None) -> pd.DataFrame:
    """List the tables, or the columns of one table.

    Parameters
    ----------
    name : str, optional
        A table; without it all tables are listed.

    Returns
    -------
    pandas.DataFrame
        For all tables: name, title, rows, columns, coverage, publisher, edition, release, licence, path,
        own (whether it is the user's).
        For one table: column, type, unit, required, key, refers_to, valid, description.

    Examples
    --------
    >>> list(describe("population_year")["column"][:3])
    ['area_code', 'year', 'persons']
    """
    package = descriptor.package()
    note_descriptor()
    if name is None:
        own = own_tables()
        return pd.DataFrame(
            [
                {
                    "name": t.name,
                    "title": o.title,
                    "rows": o.rows,
                    "columns": len(t.fields),
                    "coverage": o.coverage,
                    "publisher": o.publisher,
                    "edition": o.edition,
                    "release": o.release,
                    "licence": o.licence,
                    "path": o.path,
                    "own": o.overlay,
                }
                for t in package.tables.values()
                for o in [origin(t.name) if t.name in own else embedded(t)]
            ]
        )
    table = package.table(name)
    leads = {
        c: f"{k.table or table.name}.{t}"
        for k in table.foreign_keys
        for c, t in zip(k.fields, k.target, strict=True)
    }
    return pd.DataFrame(
        [
            {
                "column": f.name,
                "type": f.type,
                "unit": f.unit,
                "required": f.required,
                "key": f.name in table.primary_key,
                "refers_to": leads.get(f.name, ""),
                "valid": _valid(f),
                "description": f.description,
            }
            for f in table.fields
        ]
    )


def _valid(f: descriptor.Field) -> str:
    parts = []
    if f.minimum is not None:
        parts.append(f"at least {f.minimum}")
    if f.maximum is not None:
        parts.append(f"at most {f.maximum}")
    if f.enum:
        parts.append(f"one of {', '.join(f.enum)}")
    if f.type == "date" and f.pattern:
        parts.append("first day of a month")
    elif f.pattern:
        parts.append(f"matches {f.pattern}")
    if f.unique:
        parts.append("unique")
    return "; ".join(parts)
