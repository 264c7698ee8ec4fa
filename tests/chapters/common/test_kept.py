"""What a build keeps is found by content alone, is never out of date or half there, and changes no number."""

import dataclasses
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from healthdevo.chapters.common import kept
from healthdevo.errors import InputError
from healthdevo.series import AFTER_PANDEMIC, PANDEMIC

CALLS = []


@kept.kept
def doubled(frame, factor=2):
    CALLS.append(factor)
    return frame * factor


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    CALLS.clear()
    kept.USED.clear()
    monkeypatch.setattr(kept, "_MEMORY", {})
    monkeypatch.delenv(kept.PLACE, raising=False)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a function that tells this process of a place, as the build tells its jobs."""

    def set_place(write, code="a"):
        monkeypatch.setattr(kept, "_MEMORY", {})
        monkeypatch.setenv(kept.PLACE, kept.Place(str(tmp_path / "kept"), {__name__: code}, write).text)
        return tmp_path / "kept"

    return set_place


FRAME = pd.DataFrame({"a": [1.0, np.nan]}, index=pd.Index(["x", "y"], name="area_code"))


def test_without_a_place_functions_just_compute():
    assert doubled(FRAME).equals(FRAME * 2)
    assert doubled(FRAME).equals(FRAME * 2)
    assert CALLS == [2, 2]
    assert kept.USED == []


def test_what_a_job_made_a_page_reads(place):
    place(write=True)
    first = doubled(FRAME)
    place(write=False)
    again, copy = doubled(FRAME), doubled(FRAME.copy())
    assert CALLS == [2]
    pd.testing.assert_frame_equal(again, first, check_exact=True)
    again.loc["x", "a"] = 99.0  # every call has an object of its own
    pd.testing.assert_frame_equal(copy, first, check_exact=True)
    pd.testing.assert_frame_equal(doubled(FRAME), first, check_exact=True)


def test_a_page_writes_nothing(place):
    folder = place(write=False)
    assert doubled(FRAME).equals(FRAME * 2)
    assert not folder.exists()
    assert kept.USED == []


@pytest.mark.parametrize(
    "changed",
    [
        FRAME.assign(a=[1.0, 2.0]),
        FRAME.rename(columns={"a": "b"}),
        FRAME.rename({"x": "z"}),
        FRAME.iloc[::-1],
        FRAME.iloc[:1],
        FRAME.rename_axis(None),
        FRAME.assign(a=[1.0, np.nan]).astype("float32"),
        FRAME.assign(b=1),
    ],
)
def test_other_data_is_another_key(place, changed):
    place(write=True)
    doubled(FRAME)
    doubled(changed)
    assert CALLS == [2, 2]
    assert len(set(kept.USED)) == 2


def test_other_code_and_options_are_another_key(place):
    place(write=True, code="a")
    doubled(FRAME)
    place(write=True, code="b")  # a module that the function can reach, or a pin, has changed
    doubled(FRAME)
    doubled(FRAME, factor=3)
    assert CALLS == [2, 2, 3]
    assert len(set(kept.USED)) == 3


def test_unknown_code_is_never_read(place, monkeypatch, tmp_path):
    place(write=True)
    doubled(FRAME)
    monkeypatch.setenv(kept.PLACE, kept.Place(str(tmp_path / "kept"), {}, False).text)
    doubled(FRAME)
    assert CALLS == [2, 2]


@pytest.mark.parametrize("harm", ["empty", "half", "other", "unsealed"])
def test_what_is_not_whole_is_computed_again_and_mended(place, harm):
    folder = place(write=True)
    doubled(FRAME)
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    other = pickle.dumps("something else")
    path.write_bytes(
        {
            "empty": b"",
            "half": whole[: len(whole) // 2],
            "other": whole.partition(b"\n")[0] + b"\n" + other,
            "unsealed": other,
        }[harm]
    )
    place(write=False)
    assert doubled(FRAME).equals(FRAME * 2)
    assert kept.preload() == 0
    place(write=True)
    assert doubled(FRAME).equals(FRAME * 2)
    assert path.read_bytes() == whole
    assert CALLS == [2, 2, 2]


def test_copies_of_a_process_read_from_memory(place):
    folder = place(write=True)
    doubled(FRAME)
    place(write=False)
    assert kept.preload() == 1
    (path,) = folder.iterdir()
    path.unlink()
    assert doubled(FRAME).equals(FRAME * 2)
    assert CALLS == [2]


def test_an_error_is_not_kept(place):
    @kept.kept
    def refuses(value):
        raise InputError(f"{value} is not valid")

    folder = place(write=True)
    for _ in range(2):
        with pytest.raises(InputError, match="1 is not valid"):
            refuses(1)
    assert not folder.exists()


def test_several_writers_at_once_leave_one_whole_entry(place):
    folder = place(write=True)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: doubled(FRAME), range(32)))
    assert all(one.equals(FRAME * 2) for one in found)
    assert [path.suffix for path in folder.iterdir()] == [kept.SUFFIX]
    kept.preload()
    assert len(kept._MEMORY) == 1


def test_what_nobody_wants_is_removed(place):
    folder = place(write=True)
    doubled(FRAME)
    doubled(FRAME, factor=3)
    assert kept.prune(folder, {kept.USED[0]}) == 1
    assert [path.name for path in folder.iterdir()] == [kept.USED[0]]


@dataclasses.dataclass(frozen=True)
class Thing:
    name: str
    size: float


def test_every_kind_of_argument_has_a_key_of_its_own():
    months = pd.period_range("2020-01", periods=2, freq="M")
    values = [
        None,
        True,
        1,
        1.0,
        "1",
        b"1",
        (1,),
        [1],
        {1},
        frozenset({1}),
        {"a": 1},
        {1: "a"},
        (1, (2,)),
        ((1, 2),),
        np.array([1.0]),
        np.array([[1.0]]),
        np.array([1]),
        pd.Timestamp("2020-01-01"),
        pd.Period("2020-01", "M"),
        pd.Series([1.0]),
        pd.Series([1.0], name="a"),
        pd.Series([1.0, 2.0], index=months),
        pd.Series([1.0, 2.0], index=months.to_timestamp()),
        pd.Series(["a"], dtype=pd.CategoricalDtype(["a", "b"])),
        pd.Series(["a"], dtype=pd.CategoricalDtype(["b", "a"])),
        pd.DataFrame({"a": [1.0]}),
        pd.DataFrame({"a": [1.0]}, index=pd.MultiIndex.from_tuples([("x", 1)])),
        pd.Index([1.0]),
        Thing("a", 1.0),
        Thing("a", 2.0),
        AFTER_PANDEMIC,
        PANDEMIC,
    ]
    assert len({kept.content(value) for value in values}) == len(values)
    assert [kept.content(value) for value in values] == [
        kept.content(pickle.loads(pickle.dumps(value))) for value in values
    ]
    assert kept.content({1, 2, 3}) == kept.content({3, 2, 1})
    assert kept.content(np.float64(1.0)) == kept.content(np.float64(1.0))


def test_what_has_no_content_key_is_refused():
    with pytest.raises(InputError, match="a function has no content key"):
        kept.content(lambda: 1)
    with pytest.raises(InputError, match="a ndarray has no content key"):
        kept.content(np.array([object()]))


@kept.kept_with_tables
def counted(name):
    CALLS.append(name)
    kept.note("population_year")
    return {"sum": doubled(FRAME)["a"].sum(), "name": name}


@pytest.fixture
def table(monkeypatch):
    """Return a dict with the content of each table, and a state that changes with it."""
    contents = {"population_year": "first"}
    monkeypatch.setattr(kept, "current", lambda name: contents[name])
    monkeypatch.setattr(kept, "state_of_tables", lambda: tuple(sorted(contents.items())))
    return contents


def test_what_rests_on_tables_is_kept_for_these_tables_and_notes_them(place, table):
    place(write=True)
    first = counted("a")
    entries = set(kept.USED)
    assert len(entries) == 2  # with the one inside
    place(write=False)
    kept.USED.clear()
    with kept.heard() as names:
        assert counted("a") == first
    assert (CALLS, names) == (["a", 2], {"population_year"})
    assert set(kept.USED) == entries  # both are still wanted, though only one was looked at
    assert counted.find("b") is None


def test_what_rests_on_a_changed_table_is_computed_again(place, table):
    place(write=True)
    counted("a")
    table["population_year"] = "second"
    place(write=False)
    assert counted.find("a") is None
    place(write=True)
    counted("a")
    assert CALLS == ["a", 2, "a"]
    place(write=False)
    assert counted.find("a") is not None
    table["population_year"] = "first"  # an entry counts for the tables that it was last made from
    assert counted.find("a") is None


def test_what_rests_on_tables_and_other_code_is_no_answer(place, table):
    place(write=True)
    counted("a")
    place(write=False, code="b")
    assert counted.find("a") is None


def test_without_a_place_what_rests_on_tables_is_computed():
    assert counted.find("a") is None
    assert counted("a")["name"] == "a"
    assert kept.USED == []


def test_results_may_be_those_of_another_modules_code(tmp_path, monkeypatch, table):
    made = kept.KeptWithTables(halves, home=lambda name: f"module.of.{name}")
    codes = {"module.of.one": "a", "module.of.two": "a", __name__: "a"}
    folder = str(tmp_path / "kept")
    monkeypatch.setenv(kept.PLACE, kept.Place(folder, codes, True).text)
    for name in ("one", "two", "one", "two"):
        assert made(name) == f"half of {name}"
    assert CALLS == ["one", "two"]
    monkeypatch.setenv(kept.PLACE, kept.Place(folder, {**codes, "module.of.one": "b"}, True).text)
    assert made.find("one") is None
    assert made.find("two") == ("half of two",)
    monkeypatch.setenv(kept.PLACE, kept.Place(folder, {__name__: "a"}, True).text)
    assert made.find("two") is None  # its code is not known here


def halves(name):
    CALLS.append(name)
    return f"half of {name}"
