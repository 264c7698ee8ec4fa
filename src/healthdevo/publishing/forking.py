"""Asking the fork server for processes, and starting it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from healthdevo.errors import BuildError
from healthdevo.publishing.processes import end_group

ADDRESS = "HEALTHDEVO_FORK_SERVER"
"""Environment variable with the address of the fork server that a worker may ask for kernels."""
_SOCKET = "fork"
_LOST = -9


@dataclass(frozen=True)
class Preparation:
    """What a fork server does before the first fork: modules that it imports, tables that it reads, areas whose pages' questions it asks."""

    modules: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The preparation as an argument of a command."""
        return json.dumps([self.modules, self.tables, self.areas])

    @classmethod
    def of(cls, text: str) -> Preparation:
        """Return what ``text`` gave."""
        return cls(*map(tuple, json.loads(text)))


class ForkedProcess:
    """A process forked by the server, with those parts of ``subprocess.Popen`` that Jupyter and the engine use.

    It lives no longer than this object's connection.
    """

    stdin = stdout = stderr = None

    def __init__(
        self,
        address: str,
        role: str,
        argument: str,
        *,
        environment: Mapping[str, str],
        folder: str,
        words: str,
    ) -> None:
        self.returncode: int | None = None
        self.peak = 0
        self.lost = False
        """Whether the server has gone, and with it the process."""
        self._unread = b""
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._connection.connect(address)
            request = {"role": role, "argument": argument, "folder": folder, "words": words}
            request["environment"] = dict(environment)  # type: ignore[assignment]
            self._connection.sendall(json.dumps(request).encode() + b"\n")
            self.pid = int(self._next(wait=True)["pid"])
        except (OSError, KeyError):
            self._connection.close()
            raise ConnectionError("the fork server does not answer") from None

    def _next(self, *, wait: bool) -> Mapping[str, Any]:
        """Return the server's next message; an empty one when there is none yet, an end when the server has gone."""
        while b"\n" not in self._unread:
            self._connection.setblocking(wait)
            try:
                data = self._connection.recv(4096)
            except BlockingIOError:
                return {}
            except OSError:
                data = b""
            if not data:
                self.lost = True
                return {"status": _LOST}
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found

    def _take(self, message: Mapping[str, Any]) -> int | None:
        if "status" in message:
            self.returncode = int(message["status"])
            self.peak = int(message.get("peak", 0))
            self._connection.close()
        return self.returncode

    def poll(self) -> int | None:
        """Return the status with which the process ended, None while it runs."""
        return self.returncode if self.returncode is not None else self._take(self._next(wait=False))

    def wait(self, timeout: float | None = None) -> int:
        """Return the status with which the process ended, when it has."""
        until = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            if until is None:
                self._take(self._next(wait=True))
            else:
                time.sleep(0.01)
        return int(self.returncode or 0)

    def send_signal(self, number: int) -> None:
        """Send a signal to the process."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process and its group."""
        if self.poll() is None:
            end_group(self.pid)

    terminate = kill


class ForkServer:
    """The fork server of one build, in the build's scratch folder."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        preparation: Preparation,
    ) -> None:
        folder.mkdir(exist_ok=True)  # a server that ended has swept it
        self.address = str(folder / _SOCKET)
        self.words = folder / "server.txt"
        command = [
            sys.executable,
            "-P",
            "-m",
            "healthdevo.publishing.fork_server",
            self.address,
            preparation.text,
        ]
        Path(self.address).unlink(missing_ok=True)
        with self.words.open("wb") as words:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=words,
                stderr=words,
                env=dict(environment),
                start_new_session=True,
            )

    @staticmethod
    def fits(folder: Path) -> bool:
        """Whether the system takes a socket in a folder: addresses have about 100 characters at most."""
        return len(str(folder / _SOCKET)) < 100 - len("~")

    @property
    def alive(self) -> bool:
        """Whether the server runs."""
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Return when the server listens."""
        while not Path(self.address).exists():
            if not self.alive:
                said = self.words.read_text(encoding="utf-8", errors="replace") if self.words.exists() else ""
                raise BuildError(
                    f"the process that forks kernels did not start (status {self._process.returncode}): {said.strip()[-500:]}"
                )
            time.sleep(0.02)

    def close(self) -> None:
        """End the server and all that it has forked."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:  # pragma: no cover - it is stopped or stuck in an import
            end_group(self._process.pid)
            self._process.wait()
