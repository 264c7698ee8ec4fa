"""One row of a table of coverage, the same for every family."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

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


def rows_of(simulations: Sequence[Callable[[], Rows]], only: Sequence[str] = ()) -> Rows:
    """Return every row that simulations of single measures give, or those of some simulations by name."""
    return [found for one in simulations if not only or one.__name__ in only for found in one()]


def show(simulations: Sequence[Callable[[], Rows]]) -> None:
    """Print what each simulation gives, and how long it took."""
    for one in simulations:
        begun = time.perf_counter()
        print(pd.DataFrame(one()).round(3).to_string(index=False, header=False))
        print(f"    {one.__name__}: {time.perf_counter() - begun:.1f}s", flush=True)
