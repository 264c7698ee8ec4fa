"""A small data folder of the project's own making: one table of areas, one of counts."""

import gzip
import json
from pathlib import Path

import pytest

from healthdevo import tables

AREA = "area_code,area_name\nE1,East\nW1,West\n"
COUNT = (
    "area_code,month,kind,persons,male,female,rate,open\n"
    "E1,2024-01-01,one,10,4,6,0.5,true\n"
    "E1,2024-01-01,two,20,9,11,,false\n"
    "E1,2024-01-01,all,30,13,17,21.8,\n"
    "W1,2024-01-01,one,5,2,3,1,true\n"
    "W1,2024-01-01,two,7,3,4,2.25,true\n"
    "W1,2024-01-01,all,12,5,7,1e3,false\n"
)


def _field(name: str, kind: str, **constraints: object) -> dict[str, object]:
    return {"name": name, "type": kind, "description": f"{name}.", "constraints": constraints}


def _resource(name: str, path: str, fields: list[dict[str, object]], **schema: object) -> dict[str, object]:
    return {
        "name": name,
        "type": "table",
        "path": path,
        "title": name.title(),
        "description": "Made up.",
        "publisher": "Nobody",
        "edition": "first",
        "release": "2024",
        "coverage": "nowhere",
        "licenses": [{"title": "none"}],
        "sources": [{"title": "imagination"}],
        "caveats": [],
        "schema": {"fields": fields, **schema},
    }


DESCRIPTOR = {
    "name": "small",
    "resources": [
        _resource(
            "area",
            "tables/area.csv",
            [
                _field("area_code", "string", required=True, unique=True),
                _field("area_name", "string", required=True),
            ],
            primaryKey="area_code",
        ),
        _resource(
            "count",
            "tables/count.csv.gz",
            [
                _field("area_code", "string", required=True, pattern="[A-Z][0-9]"),
                _field("month", "date", required=True, minimum="2020-01-01", maximum="2025-12-01"),
                _field("kind", "string", required=True, enum=["one", "two", "all"]),
                _field("persons", "integer", required=True, minimum=0),
                _field("male", "integer", required=True, minimum=0, maximum=1000),
                _field("female", "integer", minimum=0),
                _field("rate", "number"),
                _field("open", "boolean"),
            ],
            primaryKey=["area_code", "month", "kind"],
            foreignKeys=[{"fields": "area_code", "reference": {"resource": "area", "fields": "area_code"}}],
            rules=[
                {"rule": "row_sum", "total": "persons", "parts": ["male", "female"]},
                {"rule": "at_most", "column": "male", "limit": "persons"},
                {
                    "rule": "group_sum",
                    "over": "kind",
                    "total": "all",
                    "parts": ["one", "two"],
                    "columns": ["persons"],
                },
            ],
        ),
    ],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    (data / "tables").mkdir(parents=True)
    (data / "datapackage.json").write_text(json.dumps(DESCRIPTOR))
    (data / "tables" / "area.csv").write_text(AREA)
    (data / "tables" / "count.csv.gz").write_bytes(gzip.compress(COUNT.encode(), mtime=0))
    monkeypatch.setenv("HEALTHDEVO_DATA", str(data))
    monkeypatch.delenv("HEALTHDEVO_OVERLAY", raising=False)
    tables.refresh()
    return data


@pytest.fixture
def write(folder: Path):
    """Return a function that replaces the text of the table of counts."""

    def replace(text: str | bytes) -> None:
        content = text.encode() if isinstance(text, str) else text
        (folder / "tables" / "count.csv.gz").write_bytes(gzip.compress(content, mtime=0))

    return replace
