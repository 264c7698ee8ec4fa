"""What is recorded of tables and what is said of their origin, each against what was worked out by hand."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.errors import TableError
from healthdevo.tables import descriptor
from healthdevo.tables.checking import fingerprints
from healthdevo.tables.descriptor import Field, Package, Rule, Table
from healthdevo.tables.failure import Failure
from healthdevo.tables.origin import Origin
from healthdevo.tables.own import own_tables, strangers
from healthdevo.tables.plausible import implausible, times
from healthdevo.tables.reading import Raw, cells
from healthdevo.tables.writing import _quoted

from .conftest import AREA, COUNT

PRIME = 2305843009213693951  # the ninth Mersenne prime, 2 to the power of 61 less 1


def raw(columns: dict[str, tuple[str, ...]]) -> Raw:
    of = Table(
        name="t", path="t.csv", title="", description="", fields=tuple(Field(c, "string", "") for c in columns), primary_key=(),
        foreign_keys=(), rules=(), publisher="", edition="", release="", coverage="", licence="", sources=(), caveats=(),
        boundaries={}, sha256="", rows=0, bytes=0, fingerprints={},
    )  # fmt: skip
    lines = [",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]
    return cells(("\n".join(lines) + "\n").encode(), "0", "t.csv", of)


def test_fingerprints_are_the_three_sums_of_the_cells() -> None:
    a, b = zlib.crc32(b"x"), zlib.crc32(b"yy")
    found = fingerprints(raw({"one": ("x", "yy", "x"), "two": ("x", "x", "x")}))
    assert list(found) == ["one", "two"]
    assert [int(part, 16) for part in found["one"].split("-")] == [2 * a + b, 4 * a + 2 * b, 10 * a + 4 * b]
    assert [int(part, 16) for part in found["two"].split("-")] == [3 * a, 6 * a, 14 * a]
    n = 2000  # long enough for the third sum to go past the prime
    long = fingerprints(raw({"one": ("x",) * n}))["one"]
    third = a * n * (n + 1) * (2 * n + 1) // 6
    assert third > PRIME
    assert [int(p, 16) for p in long.split("-")] == [a * n, a * n * (n + 1) // 2, third % PRIME]


@pytest.mark.parametrize(("line", "code"), [(1, "E2"), (2, "W2")])
def test_the_first_and_the_last_row_are_found_when_they_change(folder: Path, line: int, code: str) -> None:
    lines = AREA.splitlines()
    lines[line] = lines[line].replace("East", code).replace("West", code)
    data = ("\n".join(lines) + "\n").encode()
    (folder / "tables" / "area.csv").write_bytes(data)
    then, now = hashlib.sha256(AREA.encode()).hexdigest()[:12], hashlib.sha256(data).hexdigest()[:12]
    whole, one = tables.check(["area"])
    assert (
        str(whole) == f"table area: the file tables/area.csv has changed: its SHA-256 is {now}…, not {then}…"
    )
    assert (one.row, one.column, one.value) == (line + 1, "area_name", code)


def test_rows_that_change_places_are_several_changes(folder: Path) -> None:
    (folder / "tables" / "area.csv").write_text("area_code,area_name\nE1,West\nW1,East\n")
    found = [(f.row, f.column, f.value) for f in tables.check(["area"])]
    assert found == [(None, "", None), (None, "area_name", None)]


def test_a_cell_that_breaks_a_rule_and_has_changed_is_told_once(folder: Path) -> None:
    (folder / "tables" / "area.csv").write_text(AREA.replace("W1", "E1"))
    found = tables.check(["area"])
    assert {(f.row, f.column) for f in found} == {(2, "area_code"), (3, "area_code"), (None, "")}
    assert not any("not the value recorded" in f.rule for f in found)


def test_a_table_without_rows_has_no_changed_cells(folder: Path) -> None:
    (folder / "tables" / "area.csv").write_text("area_code,name\nE1,East\nW1,West\n")
    said = [str(f) for f in tables.check(["area"])]
    assert not any("not the value recorded" in s or "only its form" in s for s in said), said
    assert any("the file tables/area.csv has changed" in s for s in said)


def test_files_beside_the_tables_are_told_with_hash_and_size(folder: Path) -> None:
    path = folder / "datapackage.json"
    content = json.loads(path.read_text())
    beside = {k: v for k, v in content["resources"][0].items() if k not in ("schema", "type", "fingerprints", "hash", "rows", "bytes")}  # fmt: skip
    content["resources"].append(beside | {"name": "map", "path": "boundaries/map.json"})
    path.write_text(json.dumps(content))
    map_ = tables.checking.descriptor.package().attachments["map"]
    assert (map_.bytes, map_.sha256) == (-1, "")
    (folder / "boundaries").mkdir()
    (folder / "boundaries" / "map.json").write_bytes(b"{}")
    (folder / "boundaries" / "other.geo.json").write_bytes(b"{}")
    (folder / "boundaries" / ".hidden").write_bytes(b"{}")
    assert tables.refresh() == ("map",)
    assert tables.refresh() == ()
    entry = json.loads(path.read_text())["resources"][2]
    was = hashlib.sha256(b"{}").hexdigest()
    assert (entry["bytes"], entry["hash"]) == (2, f"sha256:{was}")
    rule = "the file boundaries/other.geo.json is not described in datapackage.json"
    assert [(f.table, f.rule) for f in tables.check()] == [("other", rule)]
    (folder / "boundaries" / "map.json").write_bytes(b"{ }")
    now = hashlib.sha256(b"{ }").hexdigest()
    rule = (
        f"the file boundaries/map.json has changed: its SHA-256 is {now[:12]}…, not {was[:12]}…, with 3 bytes"
    )
    assert next((f.table, f.rule) for f in tables.check()) == ("map", rule)
    (folder / "boundaries" / "map.json").unlink()
    rule = "the file boundaries/map.json is missing or unreadable"
    assert next((f.table, f.rule) for f in tables.check()) == ("map", rule)
    with pytest.raises(TableError, match="missing or unreadable"):
        tables.refresh()


def test_what_is_recorded_of_a_table(folder: Path) -> None:
    one = descriptor.package().table("area")
    assert (one.rows, one.bytes) == (2, len(AREA))
    assert one.sha256 == hashlib.sha256(AREA.encode()).hexdigest()
    assert one.licence == "none"
    assert one.field("area_name").name == "area_name"
    assert descriptor.package() is descriptor.package()  # read once
    content = json.loads((folder / "datapackage.json").read_text())
    for key in ("rows", "bytes"):
        del content["resources"][0][key]
    (folder / "datapackage.json").write_text(json.dumps(content, indent=3))
    one = descriptor.package().table("area")
    assert (one.rows, one.bytes) == (-1, -1)
    assert Rule("row_sum", {}).tolerance == 0.0
    assert Rule("row_sum", {"tolerance": 0.5}).tolerance == 0.5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r["schema"]["fields"].append(r["schema"]["fields"][0]), "a column is described twice"),
        (lambda r: r["schema"]["fields"][1].update(constraints={"pattern": ".*-02"}), "its entry is malformed (field month: the only pattern of a date is '.*-01'"),
        (lambda r: r["schema"]["fields"][0].update(constraints={"least": 1}), "its entry is malformed (field area_code: unknown type 'string' or constraint ['least']"),
        (lambda r: r["schema"]["rules"][0].pop("parts"), "the rule 'row_sum' is unknown or lacks one of ['parts', 'total']"),
        (lambda r: r["schema"]["rules"][0].update(parts=["male", "x"]), "keys or rules name columns that do not exist: ['x']"),
        (lambda r: r["schema"]["rules"][1].update(limit="y"), "keys or rules name columns that do not exist: ['y']"),
        (lambda r: r["schema"]["rules"][2].update(columns=["z"]), "keys or rules name columns that do not exist: ['z']"),
        (lambda r: r["schema"]["foreignKeys"][0]["reference"].update(fields="gone"), "the foreign key ('area_code',) leads to area.('gone',), which does not exist"),
    ],
)  # fmt: skip
def test_a_descriptor_that_contradicts_itself(folder: Path, change, said: str) -> None:
    path = folder / "datapackage.json"
    content = json.loads(path.read_text())
    change(content["resources"][1])
    path.write_text(json.dumps(content))
    with pytest.raises(TableError) as caught:
        descriptor.package()
    assert f"datapackage.json: table count: {said}" in str(caught.value)


def test_dates_may_stand_for_months(folder: Path) -> None:
    path = folder / "datapackage.json"
    content = json.loads(path.read_text())
    content["resources"][1]["schema"]["fields"][1]["constraints"]["pattern"] = ".*-01"
    path.write_text(json.dumps(content))
    listed = tables.describe("count").set_index("column")
    assert listed.index[1] == "month"
    assert len(tables.load("count")) == 6


def test_near_names_are_offered(folder: Path) -> None:
    with pytest.raises(TableError, match=r"did you mean count\?"):
        descriptor.package().table("counts")
    with pytest.raises(TableError, match=r"did you mean area, count\?"):
        descriptor.package().table("zzz")


def test_what_an_origin_says() -> None:
    plain = Origin("t", "Title", "Pub", "first", "2024", "England", "OGL")
    assert (plain.cited, plain.sentence) == ("Pub, Title (first)", "Source: Pub, Title (first, 2024).")
    assert (plain.rows, plain.overlay, plain.path, plain.sha256) == (0, False, "", "")
    own = Origin("t", "Title", "Pub", "first", "", "", "OGL", overlay=True, implausible="checked", editions=(("b", "a"),))  # fmt: skip
    assert own.cited == "Pub, Title (first; b in place of a; replaced by the user's own table; figures confirmed by the user: checked)"  # fmt: skip
    assert own.sentence == "Source: Pub, Title (first; replaced by the user's own table)."


def test_loaded_and_validated_rows_are_counted_from_line_two(folder: Path) -> None:
    origin = tables.origin("count")
    assert (origin.rows, origin.overlay, origin.path, origin.release) == (
        6,
        False,
        "tables/count.csv.gz",
        "2024",
    )
    frame = tables.load("count")
    with pytest.raises(TableError) as caught:
        tables.validate(frame.assign(male=[-1, *frame["male"][1:]]), "count")
    assert any(said.startswith("table count, row 2, column male, value '-1'") for said in caught.value.every)
    with pytest.raises(TableError) as caught:
        tables.validate(frame.iloc[:0], "count")
    assert caught.value.every == ("table count, row 1: the table has no rows",)


def test_an_own_table_has_its_own_origin(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "area.csv").write_text("area_code,area_name\nE1,East\nW1,West\nN1,North\n")
    found = tables.load("area", source=mine).attrs["origin"]
    assert (found.rows, found.overlay, found.publisher, found.release, found.coverage) == (3, True, "Nobody", "", "")  # fmt: skip
    said = {"name": "area", "publisher": "Me", "edition": "mine", "release": "2025", "licenses": [{"title": "mine"}], "sources": [{"title": "a"}, {"title": "b"}], "caveats": ["c"]}  # fmt: skip
    (mine / "datapackage.json").write_text(json.dumps({"resources": [said]}))
    found = tables.load("area", source=mine).attrs["origin"]
    assert (found.publisher, found.edition, found.release, found.title) == ("Me", "mine", "2025", "Area")
    assert (found.licence, found.sources, found.caveats) == ("mine", ("a", "b"), ("c",))
    assert tables.own_tables(source=mine) == ("area",)
    assert tables.own_tables(source=folder) == ()


def test_names_of_own_files_are_compared_with_those_of_tables(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "sub").mkdir(parents=True)
    (mine / "sub" / "count.csv").write_text(COUNT)
    (mine / "empty").mkdir()
    for name in (
        "cuont.csv",
        "Area.CSV",
        "area.txt",
        "area.xlsx",
        "qqqq.xlsx",
        "qqqq.csv",
        "README.md",
        ".x",
    ):
        (mine / name).write_text("a\n")
    said = strangers(descriptor.package(), mine)
    assert sorted(said) == sorted(
        (
            "Area.CSV is the name of no table: did you mean area.csv?",
            "area.txt is no CSV file by its name: call it area.csv",
            "area.xlsx is a spreadsheet: save the sheet as CSV, under the name area.csv",
            "cuont.csv is the name of no table: did you mean count.csv?",
            "empty/ is a folder: own tables stand in the folder itself",
            "qqqq.csv is the name of no table; `healthdevo data list` shows them",
            "qqqq.xlsx is a spreadsheet: save the sheet as CSV, under the name <table>.csv",
            "sub/ is a folder (count.csv is in it): own tables stand in the folder itself",
        )
    )
    with pytest.raises(TableError, match="can't be used"):
        own_tables(descriptor.package(), mine)
    clean = tmp_path / "clean"
    clean.mkdir()
    (clean / "area.csv").write_text(AREA)
    for described, hint in (("areas", "; did you mean area?"), ("qq", "; the folder has area")):
        (clean / "datapackage.json").write_text(json.dumps({"resources": [{"name": described}]}))
        (said_of,) = strangers(descriptor.package(), clean)
        assert said_of.endswith(f"describes {described}, but no file of that name is there{hint}")


def test_texts_are_quoted_where_they_must_be() -> None:
    assert [_quoted(c) for c in ("a", "a,b", 'a"b', "a\nb", "a;b", "")] == ["a", '"a,b"', '"a""b"', '"a\nb"', "a;b", ""]  # fmt: skip


def test_scale_where_a_table_has_several_keys_or_none_beside_its_period(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    text, year = Field("area_code", "string", "", required=True), Field("year", "integer", "", required=True)
    kind, n = Field("kind", "string", "", required=True), Field("n", "number", "", "people")
    plain = {"title": "", "description": "", "publisher": "", "edition": "", "release": "", "coverage": "", "licence": ""}  # fmt: skip

    def of(fields: tuple[Field, ...], key: tuple[str, ...]) -> Table:
        return Table(name="t", path="tables/t.csv", fields=fields, primary_key=key, foreign_keys=(), rules=(), sources=(), caveats=(), boundaries={}, sha256="", rows=1, bytes=0, fingerprints={}, **plain)  # fmt: skip

    both = of((text, kind, year, n), ("area_code", "kind", "year"))
    rows = [(f"E{i}", k, 2019, v) for i in range(5) for k, v in (("small", 2.0), ("large", 2000.0))]
    lines = "".join(f"{a},{k},{y},{v}\n" for a, k, y, v in rows)
    # figures of nothing count for nothing
    (tmp_path / "tables" / "t.csv").write_text("area_code,kind,year,n\n" + lines + "E0,small,2018,0\nE0,small,2017,0\n")  # fmt: skip
    same = pd.DataFrame(rows, columns=["area_code", "kind", "year", "n"])
    package = Package(tmp_path, {"t": both}, {})
    assert implausible(same, range(2, 12), both, package) == []
    thousands = same.assign(n=same["n"] * 1000)
    (found,) = implausible(thousands, range(2, 12), both, package)
    assert (found.row, found.value) == (2, "2000")
    assert found.rule.startswith(
        "the values of year 2019 are about 1,000 times larger than the embedded table"
    )
    with_nothing = thousands.assign(n=[0.0, *thousands["n"][1:]])
    (found,) = implausible(with_nothing, range(2, 12), both, package)
    assert (found.row, found.value) == (3, "2e+06")
    single = of((text, n), ("area_code",))
    (tmp_path / "tables" / "t.csv").write_text("area_code,n\n" + "".join(f"E{i},-4\n" for i in range(5)))
    own = pd.DataFrame({"area_code": [f"E{i}" for i in range(5)], "n": -0.1})
    (found,) = implausible(own, range(2, 7), single, Package(tmp_path, {"t": single}, {}))
    assert found.rule.startswith("the values are about 40 times smaller than the embedded table")
    assert (found.row, found.value) == (2, "-0.1")


def test_changes_in_words() -> None:
    assert [times(r) for r in (12.4, 2.0, 1 / 2, 1 / 3, 1 / 11, 1 / 22, 1 / 123)] == [
        "rose 12-fold", "rose 2-fold", "fell to one 2nd", "fell to one 3rd", "fell to one 11th", "fell to one 22nd", "fell to one 120th",
    ]  # fmt: skip
    assert str(Failure("t", "r", 3, "c", "x")) == "table t, row 3, column c, value 'x': r"
    assert str(Failure("t", "r")) == "table t: r"
