"""A small process that waits for workbooks and opens each in a fork of its own: what users' processes do, without starting Python for each."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

CELLS = Path(__file__).parents[2] / "src" / "healthdevo" / "releases" / "_cells.py"
_HEAD = struct.Struct(">iQQ")


class Nursery:
    """A process started once, with the limits that each fork of it keeps to."""

    def __init__(self, seconds: int, memory: int, cells: int) -> None:
        command = [sys.executable, "-I", __file__, *map(str, (seconds, memory, cells))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def apart(self, data: bytes) -> tuple[int, bytes, bytes]:
        """Return the exit code and the two outputs of a fork that turns a workbook into JSON."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(struct.pack(">Q", len(data)) + data)
        self.process.stdin.flush()
        code, first, second = _HEAD.unpack(_read(self.process.stdout, _HEAD.size))
        return code, _read(self.process.stdout, first), _read(self.process.stdout, second)


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _serve(seconds: int, memory: int, most: int) -> None:
    import python_calamine  # noqa: F401  # here, so that forks have it

    found = importlib.util.spec_from_file_location("cells", CELLS)
    assert found is not None
    assert found.loader is not None
    cells = importlib.util.module_from_spec(found)
    found.loader.exec_module(cells)
    with contextlib.suppress(EOFError):
        while True:
            (size,) = struct.unpack(">Q", _read(sys.stdin.buffer, 8))
            data = _read(sys.stdin.buffer, size)
            with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
                child = os.fork()
                if child == 0:
                    code = 3
                    try:
                        cells._limit(seconds, memory)
                        out.write(json.dumps(cells._sheets(data, most)).encode())
                        out.flush()
                        code = 0
                    except BaseException as error:
                        os.write(
                            err.fileno(), f"{str(error).strip() or type(error).__name__}".encode()[:4000]
                        )
                    os._exit(code)
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                outputs = []
                for stream in (out, err):
                    stream.seek(0)
                    outputs.append(stream.read())
            sys.stdout.buffer.write(_HEAD.pack(code, *map(len, outputs)) + b"".join(outputs))
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve(*map(int, sys.argv[1:4]))
