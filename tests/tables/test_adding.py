"""The steps of the data folder's README, followed to the letter."""

import json
import re
from pathlib import Path

import pytest

from healthdevo import tables
from healthdevo.errors import TableError

from .conftest import DESCRIPTOR

README = Path(__file__).resolve().parents[2] / "data" / "README.md"


@pytest.fixture
def example(folder):
    text = README.read_text(encoding="utf-8")
    entry = json.loads(re.search(r"## Adding a table.*?```json\n(.*?)```", text, re.DOTALL)[1])
    path = folder / "datapackage.json"
    content = json.loads(path.read_text())
    content["resources"].append(entry)
    path.write_text(json.dumps(content))
    (folder / "README.md").write_text("# Data\n<!-- tables -->\n<!-- /tables -->\nEnd.\n")
    return folder


def test_a_table_is_added_in_three_steps(example):
    (example / "tables" / "example.csv").write_text("area_code,year,persons\nE1,2020,5\nW1,2020,7\n")
    assert tables.refresh() == ("example",)
    assert tables.check() == ()
    assert tables.load("example")["persons"].tolist() == [5, 7]
    readme = (example / "README.md").read_text()
    assert "| `example` | An example | 2 | **area_code**, **year**, persons |" in readme
    assert readme.endswith("<!-- /tables -->\nEnd.\n")


def test_a_mistake_in_it_is_named(example):
    (example / "tables" / "example.csv").write_text("area_code,year,persons\nE1,2019,5\nX1,2020,-7\n")
    with pytest.raises(TableError) as caught:
        tables.refresh(["example"])
    assert caught.value.failures == (
        "table example, row 2, column year, value '2019': must be at least 2020",
        "table example, row 3, column area_code, value 'X1': must be one of the values of area_code in the table area",
        "table example, row 3, column persons, value '-7': must be at least 0",
    )


def test_the_rules_in_the_readme_are_the_rules_there_are():
    text = README.read_text(encoding="utf-8")
    named = {json.loads(rule)["rule"] for rule in re.findall(r"\| `(\{.*?\})` \|", text)}
    assert named == set(tables.descriptor.RULES)


def test_files_beside_the_tables_are_watched(folder):
    path = folder / "datapackage.json"
    content = json.loads(path.read_text())
    entry = {k: v for k, v in DESCRIPTOR["resources"][0].items() if k not in ("type", "schema")}
    content["resources"].append(entry | {"name": "outline", "path": "boundaries/region_2023.geojson"})
    path.write_text(json.dumps(content))
    with pytest.raises(TableError, match=r"outline: the file boundaries/region_2023\.geojson is missing"):
        tables.refresh()
    outline = folder / "boundaries" / "region_2023.geojson"
    outline.parent.mkdir()
    outline.write_text("{}")
    assert tables.refresh() == ("outline",)
    assert tables.check() == ()
    outline.write_text("{ }")
    assert [
        "table outline: the file boundaries/region_2023.geojson has changed" in str(f) for f in tables.check()
    ] == [True]
