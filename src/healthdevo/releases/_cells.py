"""A process of its own that turns a workbook on its standard input into JSON: whatever a broken file does, it does here.

It is run as a script, imports nothing of the package, reads cells only (no formula is computed, no macro or link followed), and may use no more
memory and processor time than it is told.
"""

from __future__ import annotations

import datetime
import io
import json
import sys
from contextlib import suppress
from typing import Any


def _limit(seconds: int, size: int) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _plain(cell: Any) -> Any:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, datetime.datetime):
        return {"date": cell.date().isoformat()}
    if isinstance(cell, datetime.date):
        return {"date": cell.isoformat()}
    return cell if isinstance(cell, str | int | float) else str(cell)


def _sheets(data: bytes, most: int) -> list[dict[str, Any]]:
    from python_calamine import CalamineWorkbook

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets, cells = [], 0
    for name in workbook.sheet_names:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        cells += sum(map(len, rows))
        if cells > most:
            raise ValueError(f"it has more than {most:,} cells")
        sheets.append({"name": name, "rows": [[_plain(cell) for cell in row] for row in rows]})
    return sheets


def _main(seconds: int, size: int, most: int) -> None:
    _limit(seconds, size)
    json.dump(_sheets(sys.stdin.buffer.read(), most), sys.stdout)


if __name__ == "__main__":
    try:
        _main(*map(int, sys.argv[1:4]))
    except BaseException as error:
        sys.stderr.write(f"\n{str(error).strip() or type(error).__name__}\n")
        sys.exit(3)
