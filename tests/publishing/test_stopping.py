"""Builds that are interrupted or can't write say one line, leave nothing running, and leave earlier pages as they were."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from healthdevo.publishing.forking import Preparation

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and permissions of this kind are POSIX")
ENDLESS = "import os, pathlib\\npathlib.Path({folder!r}, str(os.getpid())).touch()\\nwhile True: pass"
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1


def command(project):
    return [sys.executable, "-m", "healthdevo", "--project", str(project.root), "build"]


def earlier(project):
    """Put a page published before into the book's place; return it."""
    page = project.html / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("published before", encoding="utf-8")
    return page


@pytest.mark.parametrize("options", [[], ["--cold"]], ids=["forked", "plain"])
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_an_interrupt_ends_all_and_says_one_line(project, tmp_path, options, number):
    begun = tmp_path / "begun"
    begun.mkdir()
    path = project.root / "book" / "supply.ipynb"
    text = path.read_text(encoding="utf-8").replace("1 + 1", ENDLESS.format(folder=str(begun)))
    path.write_text(text, encoding="utf-8")
    page = earlier(project)
    scratch = Path(tempfile.mkdtemp(prefix="hd"))  # short: the system takes no long names of sockets
    said = tmp_path / "said.txt"
    with said.open("wb") as stream:
        build = subprocess.Popen(
            [*command(project), *options],
            env={**os.environ, "TMPDIR": str(scratch)},
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    while not list(begun.iterdir()):
        assert build.poll() is None, said.read_text(encoding="utf-8")
        time.sleep(0.02)
    kernel = psutil.Process(int(next(begun.iterdir()).name))
    family = [kernel, *psutil.Process(build.pid).children(recursive=True)]
    os.killpg(build.pid, getattr(signal, number))  # as a terminal does: to all of its group
    assert build.wait(60) == {"SIGINT": 130, "SIGTERM": 143}[number]
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert list(scratch.iterdir()) == []
    scratch.rmdir()
    lines = [line.rpartition("\r")[2] for line in said.read_text(encoding="utf-8").splitlines()]
    assert lines[-1] == "healthdevo: stopped; pages published before are untouched"
    assert "Traceback" not in "".join(lines)
    assert page.read_text(encoding="utf-8") == "published before"


def _without_privilege():
    """Let the superuser, too, be held to permissions."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)


@pytest.mark.parametrize("locked", [".", "executed"])
def test_a_read_only_folder_is_one_line_and_earlier_pages_stay(project, locked):
    if os.geteuid() == 0 and not sys.platform.startswith("linux"):
        pytest.skip("only Linux holds the superuser to permissions")
    page = earlier(project)
    folder = project.build if locked == "." else project.build / locked
    folder.mkdir(exist_ok=True)
    folder.chmod(0o555)
    try:
        done = subprocess.run(
            command(project), preexec_fn=_without_privilege, capture_output=True, text=True, check=False
        )
    finally:
        folder.chmod(0o755)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"healthdevo: {folder} can't be written to: Permission denied\n"
    assert page.read_text(encoding="utf-8") == "published before"
    assert list(folder.iterdir()) == ([page.parent] if locked == "." else [])


def test_a_server_of_copies_ends_with_its_owner_even_while_it_still_prepares(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    code = (
        "import sys, time\n"
        "from healthdevo.publishing import fork_server\n"
        "def slowly(preparation):\n"
        "    print('preparing', flush=True)\n"
        "    time.sleep(120)\n"
        "fork_server.preload = slowly\n"
        "fork_server.main(sys.argv[1:])\n"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code, str(scratch / "fork"), Preparation().text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert server.stdout.readline() == b"preparing\n"
        server.stdin.close()
        assert server.wait(timeout=30) == 1
        assert not scratch.exists()
    finally:
        server.kill()
        server.stdout.close()
        server.wait()
