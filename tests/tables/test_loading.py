"""Loading, overlay, cache, origin, description."""

import dataclasses
import json
import warnings
from pathlib import Path

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.errors import TableError

from .conftest import COUNT


def test_types(folder):
    frame = tables.load("count")
    assert [str(t) for t in frame.dtypes] == [
        "str",
        "datetime64[us]",
        "str",
        "int64",
        "int64",
        "float64",
        "float64",
        "boolean",
    ]
    assert pd.isna(frame["rate"].iloc[1])
    assert frame["rate"].iloc[5] == 1000.0


def test_a_frame_can_be_changed_without_changing_the_next(folder):
    first = tables.load("count")
    first.loc[0, "persons"] = 99
    first["more"] = 1
    second = tables.load("count")
    assert second.loc[0, "persons"] == 10
    assert "more" not in second


def test_a_changed_file_is_read_anew(folder, write):
    assert tables.load("count")["rate"].iloc[0] == 0.5
    write(COUNT.replace("0.5", "0.75"))
    assert tables.load("count")["rate"].iloc[0] == 0.75


def test_origin_survives_copies_and_joins_without_warnings(folder):
    frame = tables.load("count")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for other in (frame.copy(), frame.query("persons > 5"), pd.concat([frame, frame]), frame.assign(x=1)):
            assert other.attrs["origin"] == frame.attrs["origin"]
    assert dataclasses.replace(frame.attrs["origin"], path="") == dataclasses.replace(
        tables.origin("count"), path=""
    )
    assert json.loads(json.dumps(tables.origin("count").to_dict()))["rows"] == 6
    assert tables.origin("count").sentence == "Source: Nobody, Count (first, 2024)."


def test_own_table_replaces_the_default(folder, write, tmp_path, monkeypatch):
    own = tmp_path / "own"
    own.mkdir()
    (own / "count.csv").write_text(COUNT.replace("0.5", "0.9"))
    frame = tables.load("count", source=own)
    assert frame["rate"].iloc[0] == 0.9
    assert frame.attrs["origin"].overlay
    assert "replaced by the user's own table" in frame.attrs["origin"].sentence
    assert not tables.load("count").attrs["origin"].overlay
    assert not tables.load("area", source=own).attrs["origin"].overlay, "other tables stay as they are"
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(own))
    assert tables.load("count")["rate"].iloc[0] == 0.9
    assert tables.check() == ()
    assert tables.own_tables() == ("count",)
    assert tables.origin("count").overlay
    assert tables.describe().set_index("name")["own"].to_dict() == {"area": False, "count": True}
    (own / "count.csv").write_text(COUNT.replace("0.5", "x"))
    assert [str(f) for f in tables.check()] == [
        "table count, row 2, column rate, value 'x': must be a number"
    ], "check looks at own tables too"
    with pytest.raises(TableError, match="row 2, column rate, value 'x'"):
        tables.load("count")


def test_own_areas_count_for_foreign_keys(folder, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "area.csv").write_text("area_code,area_name\nE1,East\nV1,Far West\n")
    (own / "count.csv").write_text(COUNT.replace("W1", "V1"))
    assert set(tables.load("count", source=own)["area_code"]) == {"E1", "V1"}
    with pytest.raises(
        TableError, match=r"3 of 6 rows .*'W1'.*: must be one of the values of area_code in the table area"
    ):
        tables.validate(tables.load("count"), "count", source=own)


def test_overlay_mistakes(folder, tmp_path):
    with pytest.raises(TableError, match="does not exist"):
        tables.load("count", source=tmp_path / "nowhere")
    own = tmp_path / "own"
    own.mkdir()
    (own / "count.csv").write_text(COUNT)
    (own / "count.csv.gz").write_text("")
    with pytest.raises(TableError, match="keep one"):
        tables.load("count", source=own)


def test_unknown_names_get_suggestions(folder):
    with pytest.raises(TableError, match="did you mean count"):
        tables.load("counts")


def test_without_validation_types_are_still_checked(folder, write):
    write(COUNT.replace("one,10,", "one,-10,"))
    assert tables.load("count", validate=False)["persons"].iloc[0] == -10
    write(COUNT.replace("one,10,", "one,x,"))
    with pytest.raises(TableError, match="whole number"):
        tables.load("count", validate=False)


def test_the_data_folder_is_found(folder, monkeypatch, tmp_path):
    assert tables.root() == folder
    monkeypatch.setenv("HEALTHDEVO_DATA", str(tmp_path))
    with pytest.raises(TableError, match=r"no datapackage\.json in it"):
        tables.root()
    monkeypatch.delenv("HEALTHDEVO_DATA")
    assert tables.root() == Path(__file__).resolve().parents[2] / "data", "the checkout's own"


def test_a_data_folder_that_happens_to_lie_here_is_not_ours(folder, monkeypatch):
    own = Path(__file__).resolve().parents[2] / "data"
    monkeypatch.delenv("HEALTHDEVO_DATA")
    deep = folder.parent / "a" / "b"
    deep.mkdir(parents=True)
    for place in (folder.parent, folder, deep):
        monkeypatch.chdir(place)
        assert tables.root() == own
        assert "emergency_month" in tables.names()


def test_without_any_data_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("HEALTHDEVO_DATA", raising=False)
    monkeypatch.setattr(tables.folder, "_PACKAGE", tmp_path / "src" / "healthdevo")
    with pytest.raises(TableError, match="set HEALTHDEVO_DATA"):
        tables.root()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "datapackage.json").write_text("{}")
    with pytest.raises(TableError, match="set HEALTHDEVO_DATA"):
        tables.root()
    (tmp_path / "pyproject.toml").write_text("")
    assert tables.root() == tmp_path / "data", "the folder beside src is a checkout's"
    inside = tmp_path / "src" / "healthdevo" / "data"
    inside.mkdir(parents=True)
    (inside / "datapackage.json").write_text("{}")
    assert tables.root() == tmp_path / "data"
    (tmp_path / "pyproject.toml").unlink()
    assert tables.root() == inside, "the installed package's own"


def test_describe(folder):
    listed = tables.describe()
    assert list(listed["name"]) == ["area", "count"] == list(tables.names())
    assert list(listed["rows"]) == [2, 6]
    columns = tables.describe("count").set_index("column")
    assert columns.loc["area_code", "refers_to"] == "area.area_code"
    assert columns.loc["male", "valid"] == "at least 0; at most 1000"
    assert columns.loc["kind", "key"]
    assert not columns.loc["rate", "required"]
