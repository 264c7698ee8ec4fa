"""One row of a table of coverage, the same for every family."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

Rows = list[dict[str, Any]]

LEVEL = 0.95
COLUMNS = ("function", "interval", "setting", "nominal", "coverage", "replications", "margin")


def margin(level: float, independent: float) -> float:
    """Return how far from its level a coverage may come out by chance, at 95%."""
    return 1.96 * float(np.sqrt(level * (1.0 - level) / independent))


def row(
    function: str,
    interval: str,
    setting: str,
    hits: Iterable[bool],
    level: float = LEVEL,
    *,
    together: int = 1,
) -> dict[str, Any]:
    """Return the coverage of one interval in one setting; ``together`` outcomes that hit or miss jointly count as one for the margin."""
    held = np.asarray(list(hits), dtype=bool)
    return {
        "function": function,
        "interval": interval,
        "setting": setting,
        "nominal": level,
        "coverage": float(held.mean()),
        "replications": held.size,
        "margin": margin(level, held.size / together),
    }
