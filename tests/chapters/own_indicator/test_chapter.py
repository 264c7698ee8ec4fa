"""The chapter "Use your own data" is true: its commands, followed in a fresh folder, lead to a page; its messages are those that are given."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from healthdevo.chapters.own_indicator import read_indicator
from healthdevo.chapters.own_indicator.reading import COLUMNS
from healthdevo.cli import main
from healthdevo.releases.fetching import PAGES
from healthdevo.releases.ingesting import _PERIODS

ROOT = Path(__file__).parents[3]
CHAPTER = (ROOT / "book" / "use_your_own_data.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```\{code-block\} (\w+)\n(?::caption: ([^\n]+)\n)?(.*?)```", CHAPTER, re.DOTALL)
COMMANDS = [line[2:] for kind, _, block in BLOCKS if kind == "console" for line in block.splitlines()]
FILES = {caption: block for _, caption, block in BLOCKS if caption}


def rows(heading):
    part = CHAPTER.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line.split(" | ")[0].removeprefix("| ") for line in part.splitlines() if line.startswith("| ")][
        1:
    ]


def test_its_file_is_read(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    found = read_indicator(tmp_path / "stopped_smoking.csv")
    assert (found.title, found.unit, found.scale) == ("Smokers who stopped", "% of smokers", 100.0)
    assert found.notes == ()


def test_its_messages_are_given_somewhere():
    source = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "src" / "healthdevo").rglob("*.py"))
    plain = re.sub(r'"\s*\n\s*f?"', "", source)
    found = rows("What messages mean")
    assert len(found) > 10
    assert [m for m in found if m not in plain] == []


def test_its_columns_and_options_are_those_there_are(capsys):
    named = {name for cell in rows("What an indicator needs") for name in re.findall(r"`(\w+)`", cell)}
    assert named == {n for names in COLUMNS.values() for n in names[:2] if " " not in n} - {"count"}
    assert main(["evaluate", "--help"]) == 0
    said = capsys.readouterr().out
    options = {name for cell in rows("A policy of your own") for name in re.findall(r"`(--[\w-]+)`", cell)}
    assert options
    assert all(option in said for option in options)


def test_published_files_become_the_tables_that_it_says():
    part = CHAPTER.split("| Publishers' files | What they become |\n")[1].split("\n\n")[0]
    told = set(re.findall(r"`(\w+)`", part))
    assert told == set(_PERIODS)
    assert told == {name for page in PAGES for name in page.tables}


@pytest.mark.book
def test_its_commands_lead_from_a_fresh_folder_to_a_page(tmp_path, monkeypatch, capfd):
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k not in ("HEALTHDEVO_OVERLAY", "HEALTHDEVO_BUILD")}
    environment |= {"HEALTHDEVO_PROJECT": str(ROOT), "HEALTHDEVO_DATA": str(ROOT / "data")}
    monkeypatch.chdir(tmp_path)
    assert len(COMMANDS) == 8
    for command in COMMANDS:
        first, *rest = shlex.split(command)
        if first == "healthdevo":  # as its entry point does, without the start of another process
            with mock.patch.dict(os.environ, environment, clear=True):
                status, said = main(rest), capfd.readouterr().err
        else:
            call = [sys.executable if first == "python" else first, *rest]
            done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
            status, said = done.returncode, done.stderr
        assert status == 0, f"{command}: {said}"
    pages = tmp_path / "pages"
    area = next(p for p in pages.glob("*.html") if "evaluation" not in p.name).read_text(encoding="utf-8")
    assert "Smokers who stopped in Newcastle upon Tyne was 1.8% of smokers" in area
    assert "An invented council, Smokers who stopped (first; the user’s own file stopped_smoking.csv)" in area
    assert area.index("Your indicator") < area.index("Devolution here")
    assert "What changed" not in area.split("Devolution here")[0], "too few districts for the designs"
    policy = (pages / "own-indicator-evaluation.html").read_text(encoding="utf-8")
    assert "blocks of neighbouring districts without the policy" in policy
    assert "Every table is sound" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not (ROOT / "pages").exists()  # fmt: skip
