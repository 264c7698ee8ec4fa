"""Source lines of figures and tables, taken from the origin of the tables behind them."""

from __future__ import annotations

from healthdevo import tables
from healthdevo.wording import join

__all__ = ["source_line"]


def source_line(*names: str) -> str:
    """Return publisher and edition of tables, as the line under a figure.

    Parameters
    ----------
    *names : str
        Names of tables, the main one first.

    Examples
    --------
    >>> source_line("emergency_month").startswith("NHS England")
    True
    """
    parts = []
    for name in names:
        origin = tables.origin(name)
        text = f"{origin.publisher}, {origin.title} ({origin.edition})"
        if text not in parts:
            parts.append(text)
    return "; ".join(parts) if len(parts) > 2 else join(parts)
