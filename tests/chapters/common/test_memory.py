"""What a process read and remembers, kept for the next one: taken over only for the same code and data, and equal to what was computed."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.common import kept, memory, remembered
from healthdevo.tables import loading


@pytest.fixture
def place(tmp_path, monkeypatch):
    folder = tmp_path / "build" / "national"
    folder.mkdir(parents=True)
    found = kept.Place(str(folder), {"healthdevo.some": "hash"})
    monkeypatch.setenv(kept.PLACE, found.text)
    monkeypatch.setattr(loading, "_LOADED", {})
    monkeypatch.setattr(remembered, "_MEMORIES", {})
    monkeypatch.setattr(remembered, "_WAITING", {})
    monkeypatch.setattr(remembered, "_SHARED", {})
    return found


def asking(calls):
    @remembered.remembered(shared=("index",))
    def people(code):
        calls.append(code)
        frame = tables.load("population_year")
        return frame.loc[frame["area_code"] == code, ["year", "persons"]]

    return people


def forget():
    """Be a new process, which knows nothing yet."""
    loading._LOADED.clear()
    remembered._MEMORIES.clear()
    remembered._WAITING.clear()
    remembered._SHARED.clear()


def test_a_new_process_knows_what_the_last_one_read_and_asked(place):
    first = asking([])("E92000001").copy()
    read = tables.load("population_year").copy()
    assert memory.save({("icb", "2026-11-26")})
    forget()
    calls = []
    again = asking(calls)
    taken = memory.recall()
    assert taken is not None
    assert taken.peers == {("icb", "2026-11-26")}
    assert set(loading.held()) == {"population_year"}
    pd.testing.assert_frame_equal(again("E92000001"), first)
    assert calls == []
    assert remembered.known_of(again("E92000001")) is not None
    assert remembered.known_of(again("E92000001").index) is not None
    pd.testing.assert_frame_equal(tables.load("population_year"), read)
    assert tables.load("population_year").attrs["origin"] == read.attrs["origin"]
    again("E12000007")
    assert calls == ["E12000007"]


def test_an_answer_taken_over_still_notes_what_it_rests_on(place, tmp_path, monkeypatch):
    asking([])("E92000001")
    memory.save(())
    forget()
    again = asking([])
    memory.recall()
    reads = tmp_path / "reads.txt"
    monkeypatch.setenv("HEALTHDEVO_READS", str(reads))
    again("E92000001")
    assert "population_year" in reads.read_text(encoding="utf-8").split()


def test_answers_wait_for_a_module_that_is_loaded_later_and_are_kept_till_then(place):
    """A build of chapters alone loads no section of area pages, and loses nothing of what they asked."""
    asking([])("E92000001")
    memory.save({("icb", "2026-11-26")})
    forget()
    memory.recall()
    assert memory.save({("icb", "2026-11-26")})
    forget()
    memory.recall()
    calls = []
    asking(calls)("E92000001")
    assert calls == []


def test_what_a_page_needs_of_an_answer_is_the_same_hash(place):
    calls = []
    before = kept.content(asking(calls)("E92000001"))
    memory.save(())
    forget()
    again = asking(calls)
    memory.recall()
    assert kept.content(again("E92000001")) == before
    assert calls == ["E92000001"]


@pytest.mark.parametrize(
    "changed", ["code", "overlay", "table", "python", "damaged", "cut", "elsewhere", "none"]
)
def test_a_memory_counts_only_for_the_same_code_and_data(place, tmp_path, monkeypatch, changed):
    asking([])("E92000001")
    memory.save(())
    forget()
    file = tmp_path / "build" / memory.NAME
    if changed == "code":
        monkeypatch.setenv(kept.PLACE, kept.Place(place.folder, {"healthdevo.some": "other"}).text)
    elif changed == "overlay":
        own = tmp_path / "own"
        own.mkdir()
        frame = tables.load("population_year").head(40)
        frame.to_csv(own / "population_year.csv", index=False)
        forget()
        monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(own))
    elif changed == "table":
        monkeypatch.setattr(remembered, "files_of_tables", lambda: [__file__])
    elif changed == "python":
        monkeypatch.setattr(sys, "version", "another")
    elif changed == "damaged":
        content = bytearray(file.read_bytes())
        content[-20] ^= 1
        file.write_bytes(bytes(content))
    elif changed == "cut":
        file.write_bytes(file.read_bytes()[:1000])
    elif changed == "elsewhere":
        monkeypatch.delenv(kept.PLACE)
    else:
        file.unlink()
    assert memory.recall() is None
    assert loading._LOADED == {}
    calls = []
    asking(calls)("E92000001")
    assert calls == ["E92000001"]


def test_nothing_is_written_without_a_place_or_where_it_cannot_be(place, tmp_path, monkeypatch):
    asking([])("E92000001")
    monkeypatch.setattr(memory, "seal", lambda path, held: (_ for _ in ()).throw(OSError(28, "full")))
    assert not memory.save(())
    monkeypatch.delenv(kept.PLACE)
    assert not memory.save(())
    assert not (tmp_path / "build" / memory.NAME).exists()


def test_what_cannot_be_written_down_keeps_nothing_and_raises_nothing(place, tmp_path):
    @remembered.remembered()
    def function():
        return lambda: 1

    function()
    assert not memory.save(())
    assert [entry.name for entry in (tmp_path / "build").iterdir()] == ["national"]


def test_a_table_whose_file_changed_is_not_held(place):
    tables.load("population_year")
    ((name, (_, frame)),) = loading.held().items()
    loading._LOADED.clear()
    loading.hold({name: ("another hash", frame), "no such table": ("", frame)})
    assert loading._LOADED == {}


def test_own_tables_are_neither_told_nor_replaced(place, tmp_path, monkeypatch):
    tables.load("population_year")
    told = loading.held()
    own = tmp_path / "own"
    own.mkdir()
    tables.load("population_year").to_csv(own / "population_year.csv", index=False)
    loading._LOADED.clear()
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(own))
    tables.load("population_year")
    assert loading.held() == {}
    loading._LOADED.clear()
    loading.hold(told)
    assert loading._LOADED == {}


def test_the_memory_of_area_pages_is_the_same_in_another_process(place, tmp_path):
    """Two processes: the first asks what a district's page asks, the second takes it over and computes nothing of it again."""
    code = (
        "import json, sys\n"
        "from healthdevo.publishing import fork_server\n"
        "from healthdevo.publishing.forking import Preparation\n"
        "from healthdevo.chapters.common import memory, remembered\n"
        "from healthdevo.tables import loading\n"
        "fork_server.preload(Preparation((), ('population_year', 'deaths_year'), ('E07000008',)))\n"
        "before = {name: len(m.answers) for name, m in remembered._MEMORIES.items()}\n"
        "print(json.dumps([before, sorted(loading.held())]))\n"
    )
    environment = {**os.environ, kept.PLACE: place.text}
    said = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
            ).stdout
        )
        for _ in range(2)
    ]
    assert said[0] == said[1]
    assert sum(said[0][0].values()) > 10
    assert (tmp_path / "build" / memory.NAME).stat().st_size > 100_000
