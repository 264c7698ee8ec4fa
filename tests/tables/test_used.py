"""What is read of the data folder is written down, once for each name, and only where somebody asks for it."""

import pytest

from healthdevo import areas, tables
from healthdevo.tables import used


@pytest.fixture
def noted(tmp_path, monkeypatch):
    path = tmp_path / "reads.txt"
    monkeypatch.setenv(used.READS, str(path))
    return lambda: path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []


def test_nothing_is_written_without_a_place(monkeypatch, tmp_path):
    monkeypatch.delenv(used.READS, raising=False)
    monkeypatch.chdir(tmp_path)
    tables.load("population_year")
    assert list(tmp_path.iterdir()) == []


def test_tables_are_noted_once_also_when_they_are_in_memory(noted):
    tables.load("population_year")
    tables.load("population_year")
    assert noted() == ["population_year"]


def test_the_list_of_tables_and_the_whole_folder(noted):
    tables.describe()
    tables.names()
    tables.origin("area")
    assert noted() == ["datapackage.json", "area"]
    (tables.root() / "tables").is_dir()
    assert noted()[-1] == used.ALL


def test_sound_parts_and_boundaries_are_noted(noted, tmp_path):
    tables.load_sound("population_year")
    assert areas.boundary_years("icb", source=tmp_path) == ()
    assert noted() == ["population_year", str(tmp_path.resolve())]


@pytest.mark.parametrize("name", ["population_year", "datapackage.json", used.ALL])
def test_what_there_is_has_a_hash(name):
    assert len(used.current(name)) >= 64
    assert used.current(name) == used.current(name)


def test_what_there_is_not_has_none(tmp_path):
    assert used.current("no_such_table") == ""
    assert used.current(str(tmp_path / "nothing")) == ""
    (tmp_path / "one").touch()
    before = used.current(str(tmp_path))
    (tmp_path / "two").touch()
    assert used.current(str(tmp_path)) != before


def test_the_registry_is_noted_also_when_it_is_in_memory(monkeypatch, tmp_path):
    areas.registry()
    monkeypatch.setenv(used.READS, str(tmp_path / "later.txt"))
    areas.registry()
    assert (tmp_path / "later.txt").read_text(encoding="utf-8").split() == ["area", "area_membership"]
