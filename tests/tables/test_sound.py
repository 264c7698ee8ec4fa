"""One area's broken rows set aside that area and no other."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.errors import TableError


def own_copy(folder: Path, spoil) -> Path:
    text = gzip.decompress((tables.root() / "tables" / "emergency_month.csv.gz").read_bytes()).decode()
    lines = text.splitlines()
    spoil(lines)
    (folder / "emergency_month.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def first_line(lines: list[str], code: str) -> int:
    return next(i for i, line in enumerate(lines) if line.startswith(code))


def replace_cell(code: str, column: int, value: str):
    def spoil(lines: list[str]) -> None:
        at = first_line(lines, code)
        cells = lines[at].split(",")
        cells[column] = value
        lines[at] = ",".join(cells)

    return spoil


@pytest.mark.parametrize(("column", "value"), [(3, "-5"), (3, "12x"), (3, ""), (1, "2016-13-01"), (2, "9")])
def test_only_the_broken_area_is_set_aside(tmp_path, column, value):
    sound = tables.load_sound(
        "emergency_month", source=own_copy(tmp_path, replace_cell("E54000057", column, value))
    )
    assert list(sound.set_aside) == ["E54000057"]
    whole = tables.load("emergency_month")
    expected = whole[whole["area_code"] != "E54000057"].reset_index(drop=True)
    pd.testing.assert_frame_equal(sound.frame, expected)
    sound.require("E54000008")
    with pytest.raises(TableError, match="descriptor for E54000057\n"):
        sound.require("E54000008", "E54000057")


def test_a_failure_that_belongs_to_no_area_is_not_set_aside(tmp_path):
    def spoil(lines: list[str]) -> None:
        lines[0] = lines[0].replace("attendances_booked", "booked")

    with pytest.raises(TableError, match="attendances_booked"):
        tables.load_sound("emergency_month", source=own_copy(tmp_path, spoil))


def test_a_spoilt_code_is_not_set_aside(tmp_path):
    with pytest.raises(TableError, match="E99999999"):
        tables.load_sound(
            "emergency_month", source=own_copy(tmp_path, replace_cell("E54000057", 0, "E99999999"))
        )
