"""The command: exit codes and messages."""

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from healthdevo.cli import main

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def here(monkeypatch):
    for name in ("HEALTHDEVO_DATA", "HEALTHDEVO_PROJECT", "HEALTHDEVO_OVERLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(ROOT)


def one_message(capsys):
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("healthdevo: ")
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["publish"],
        ["run", "--areas", "x"],
        ["build", "--memory", "much"],
        ["build", "--memory", "0GB"],
        ["batch", "--areas", "icb", "--jobs", "0"],
        ["areas"],
    ],
)
def test_wrong_usage_is_2(arguments, capsys):
    assert main(arguments) == 2
    assert "usage: healthdevo" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["build", "--help"], ["batch", "--help"], ["data", "--help"]]
)
def test_help_is_0(arguments, capsys):
    assert main(arguments) == 0
    assert "usage: healthdevo" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["run", "--area"], ["batch", "--areas"]])
def test_an_unknown_area_offers_the_nearest(command, capsys):
    assert main([*command, "E54000975"]) == 1
    message = one_message(capsys)
    assert "E54000975" in message
    assert "Did you mean E54" in message


def test_a_page_must_be_named(capsys):
    assert main(["run"]) == 1
    assert "--area CODE, --chapter NAME" in one_message(capsys)


def test_areas_must_be_named(capsys):
    assert main(["batch"]) == 1
    assert "--areas all" in one_message(capsys)


def test_an_unknown_chapter_lists_the_chapters(capsys):
    assert main(["run", "--chapter", "nothing"]) == 1
    assert "there is no chapter 'nothing'; the notebooks are" in one_message(capsys)


def test_a_command_that_is_told_to_end_says_so(monkeypatch, capsys):
    import signal

    from healthdevo.publishing import build

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(build, "build_book", lambda *a, **k: signal.raise_signal(signal.SIGTERM))
    assert main(["build"]) == 143
    assert "stopped; pages published before are untouched" in one_message(capsys)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_folder_without_a_book(tmp_path, capsys):
    assert main(["--project", str(tmp_path), "build"]) == 1
    assert "holds no book" in one_message(capsys)


def test_an_unwritable_place_is_one_message(tmp_path, monkeypatch, capsys):
    from healthdevo.publishing import pages

    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied", str(tmp_path / "out"))

    monkeypatch.setattr(pages, "make_pages", refuse)
    assert main(["run", "--area", "E40000010"]) == 1
    assert "Permission denied" in one_message(capsys)


def test_areas_are_listed_and_found(capsys):
    assert main(["areas", "list", "--kind", "nhs_region"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 7
    assert any(line.split() == ["E40000010", "nhs_region", "North", "West"] for line in listed)
    assert main(["areas", "list", "--kind", "icb", "--on", "2024-04-01"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 42
    assert main(["areas", "find", "greater", "manchester"]) == 0
    assert "E54000057" in capsys.readouterr().out
    assert main(["areas", "list", "--kind", "parish"]) == 1
    assert "parish" in one_message(capsys)
    assert main(["areas", "find", "qqqqqqqqqqqq"]) == 1
    assert "no area matches" in one_message(capsys)


def test_data_is_listed_and_checked(capsys):
    assert main(["data", "list"]) == 0
    assert "emergency_month" in capsys.readouterr().out
    assert main(["data", "check", "area"]) == 0
    assert capsys.readouterr().out == "1 tables are sound\n"
    assert main(["data", "check", "nothing"]) == 1
    assert "'nothing' is not known" in one_message(capsys)


def test_claims_that_differ_from_the_record_are_told_and_can_be_accepted(monkeypatch, capsys):
    from healthdevo.claims import CLAIMS, Ledger, recording

    few = [c for c in CLAIMS if c.name in ("chronic_illness", "better_care_fund")]
    found, accepted = Ledger.load(claims=few), []
    monkeypatch.setattr(Ledger, "load", lambda: found)
    monkeypatch.setattr("healthdevo.claims.changes", lambda verdicts: recording.changes(verdicts, {}))
    monkeypatch.setattr("healthdevo.claims.accept", accepted.append)
    assert main(["claims"]) == 1
    said = capsys.readouterr()
    assert "chronic_illness  [for, Radix]  SUPPORTED" in said.out
    assert "differs from the record: better_care_fund: new, not testable" in said.err
    assert main(["claims", "--accept"]) == 0
    assert accepted == [found.verdicts]
    monkeypatch.setattr("healthdevo.claims.changes", lambda verdicts: ())
    capsys.readouterr()
    assert main(["claims", "--json"]) == 0
    assert '"name": "chronic_illness"' in capsys.readouterr().out


def test_a_corrupted_cell_is_named(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "data"
    shutil.copytree(ROOT / "data", folder)
    path = folder / "tables" / "emergency_month.csv.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    columns = lines[0].split(",")
    cells = lines[100].split(",")
    cells[columns.index("attendances")] = "-5"
    lines[100] = ",".join(cells)
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    monkeypatch.setenv("HEALTHDEVO_DATA", str(folder))
    assert main(["data", "check", "emergency_month"]) == 1
    said = capsys.readouterr().err
    named = [line for line in said.splitlines() if "-5" in line]
    assert named, said
    assert "emergency_month" in named[0]
    assert "101" in named[0]
    assert "attendances" in named[0]
    assert "failure(s)" in said.splitlines()[-1]


def test_a_missing_table_is_one_message(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HEALTHDEVO_DATA", str(tmp_path))
    assert main(["areas", "list"]) == 1
    assert "HEALTHDEVO_DATA" in one_message(capsys)


def test_the_module_is_the_command_and_a_closed_pipe_is_no_error():
    command = f"'{sys.executable}' -m healthdevo areas list | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1
