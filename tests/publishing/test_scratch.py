"""Scratch folders go with their owner, at once or at the next sweep."""

import subprocess
import sys
import tempfile
import time

import pytest

from healthdevo.publishing.scratch import PREFIX, scratch, sweep


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_lasts_as_long_as_the_block(place):
    with scratch() as folder:
        (folder / "file").write_text("x", encoding="utf-8")
        assert sweep() == ()  # its owner lives
        assert folder.is_dir()
    assert list(place.iterdir()) == []


def test_those_of_the_dead_are_swept_and_no_others(place):
    (place / f"{PREFIX}somebody").mkdir()  # no owner has signed: not one of ours
    dead = place / f"{PREFIX}dead"  # its owner and the process that watched it have ended
    dead.mkdir()
    (dead / "owner").touch()
    with scratch():
        assert len(list(place.iterdir())) == 2
    assert [path.name for path in place.iterdir()] == [f"{PREFIX}somebody"]


def test_the_folder_of_one_who_ends_at_once_goes_soon(place):
    code = (
        "import os, sys, tempfile\ntempfile.tempdir = sys.argv[1]\n"
        "from healthdevo.publishing.scratch import scratch\nwith scratch(): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(place)], check=False).returncode == 9
    for _ in range(600):
        if not list(place.iterdir()):
            break
        time.sleep(0.1)
    assert not list(place.iterdir())
