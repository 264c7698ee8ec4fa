"""Answers that a process remembers: asked once, given up when a table changes, and noted by every page that uses them."""

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.common import kept
from healthdevo.chapters.common.remembered import keep_as_is, known_of, remembered
from healthdevo.tables import used


@pytest.fixture
def asked():
    calls = []

    @remembered(shared=("index",))
    def people(code):
        calls.append(code)
        frame = tables.load("population_year")
        return frame.loc[frame["area_code"] == code, "persons"]

    people.calls = calls
    return people


def test_an_answer_is_found_once_for_each_question(asked):
    first = asked("E92000001")
    assert asked("E92000001") is first
    assert asked("E12000007") is not first
    assert asked.calls == ["E92000001", "E12000007"]
    assert known_of(first) is not None
    assert known_of(first.copy()) is None


def test_every_page_that_uses_an_answer_notes_the_tables_it_rests_on(asked, tmp_path, monkeypatch):
    for number in range(2):
        reads = tmp_path / f"reads-{number}.txt"
        monkeypatch.setenv(used.READS, str(reads))
        asked("E92000001")
        assert "population_year" in reads.read_text(encoding="utf-8").split()
    assert asked.calls == ["E92000001"]


def test_an_answer_that_uses_another_notes_its_tables_too(asked, tmp_path, monkeypatch):
    @remembered()
    def twice(code):
        return 2 * asked(code)

    asked("E92000001")
    twice("E92000001")
    reads = tmp_path / "reads.txt"
    monkeypatch.setenv(used.READS, str(reads))
    twice("E92000001")
    assert "population_year" in reads.read_text(encoding="utf-8").split()


def test_changed_tables_are_asked_again(asked, tmp_path, monkeypatch):
    asked("E92000001")
    frame = tables.load("population_year")
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(tmp_path))
    changed = frame.assign(persons=frame["persons"])
    changed.to_csv(tmp_path / "population_year.csv", index=False)
    asked("E92000001")
    assert asked.calls == ["E92000001"] * 2


def test_an_error_is_not_remembered():
    tries = []

    @remembered()
    def fail():
        tries.append(1)
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            fail()
    assert len(tries) == 2


def test_the_hash_of_a_shared_frame_is_that_of_its_content():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    plain = kept.content(frame)
    keep_as_is(frame)
    assert kept.content(frame) == plain == kept.content(frame)
    assert known_of(frame) == {"content": plain}
    assert kept.content(frame.assign(a=3.0)) != plain


def test_what_is_known_of_an_object_goes_with_it():
    frame = pd.DataFrame({"a": [1.0]})
    keep_as_is(frame)
    place = id(frame)
    del frame
    from healthdevo.chapters.common import remembered as module

    assert place not in module._SHARED
