"""One command at a time writes to a folder."""

import io
import json
import subprocess
import sys
import threading

import pytest

from healthdevo.errors import BuildError
from healthdevo.publishing.lock import held


def test_the_second_hears_who_is_first(tmp_path):
    with (
        held(tmp_path),
        pytest.raises(
            BuildError, match=r"healthdevo .*\(process \d+ on .*, since .*\) is writing to .*--wait"
        ),
        held(tmp_path),
    ):
        pass
    with held(tmp_path):
        pass


def test_a_first_that_has_not_said_who_it_is(tmp_path):
    with held(tmp_path):
        (tmp_path / ".lock.holder").write_text("{", encoding="utf-8")
        with pytest.raises(BuildError, match="another healthdevo command"), held(tmp_path):
            pass


def test_the_second_may_wait(tmp_path):
    order, said, holds = [], io.StringIO(), threading.Event()

    def second():
        holds.wait()
        with held(tmp_path, wait=True, stream=said):
            order.append("second")

    waiting = threading.Thread(target=second)
    waiting.start()
    with held(tmp_path):
        holds.set()
        while "waiting for healthdevo" not in said.getvalue():
            assert waiting.is_alive()
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_a_killed_holder_holds_nothing(tmp_path):
    code = "import os, sys, pathlib\nfrom healthdevo.publishing.lock import held\nwith held(pathlib.Path(sys.argv[1])): os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 9
    assert json.loads((tmp_path / ".lock.holder").read_text(encoding="utf-8"))["process"]
    with held(tmp_path):
        pass
