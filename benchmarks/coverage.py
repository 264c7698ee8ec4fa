"""Simulate the coverage of every interval and store the table ``interval_coverage``: ``make coverage`` (about six minutes on one core)."""

from __future__ import annotations

import time

import pandas as pd

from benchmarks import coverage_effects, coverage_inequality, coverage_series
from benchmarks.coverage_rows import COLUMNS, Rows
from healthdevo import tables

TABLE = "interval_coverage"


def table(rows: Rows) -> pd.DataFrame:
    """Return the table of rows: sorted, shares to three decimals."""
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.sort_values(["function", "interval", "setting"], ignore_index=True).round(3)


def main() -> None:
    """Simulate and store."""
    rows: Rows = []
    for module in (coverage_inequality, coverage_series, coverage_effects):
        begun = time.process_time()
        rows += module.rows()
        print(f"{module.__name__}: {time.process_time() - begun:.0f}s", flush=True)
    tables.save(table(rows), TABLE)


if __name__ == "__main__":
    main()
