"""Simulate the coverage of every interval and store the table ``interval_coverage``: ``make coverage`` (minutes on one core).

``python -m benchmarks.coverage NAME ...`` runs some simulations only, such as ``imputation`` or ``dispersion``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import pandas as pd

from benchmarks import coverage_effects, coverage_inequality, coverage_series
from benchmarks.coverage_rows import COLUMNS, Rows
from healthdevo import tables

TABLE = "interval_coverage"


def table(rows: Rows) -> pd.DataFrame:
    """Return the table of rows: sorted, shares to three decimals."""
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.sort_values(["function", "interval", "setting"], ignore_index=True).round(3)


def main(only: Sequence[str] = ()) -> None:
    """Simulate and store; with names of simulations only those, whose functions' rows replace the stored ones."""
    rows: Rows = []
    for module in (coverage_inequality, coverage_series, coverage_effects):
        begun = time.process_time()
        rows += module.rows(only)
        print(f"{module.__name__}: {time.process_time() - begun:.0f}s", flush=True)
    if only:
        if not rows:
            raise SystemExit(f"no simulation is called {' or '.join(only)}")
        again = {row["function"] for row in rows}
        stored = tables.load(TABLE)
        rows += stored[~stored["function"].isin(again)].to_dict("records")
    tables.save(table(rows), TABLE)


if __name__ == "__main__":
    main(sys.argv[1:])
