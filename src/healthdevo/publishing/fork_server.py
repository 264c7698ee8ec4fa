"""A process that has imported the heavy packages and forks kernels and workers when it is asked to.

It is started by a build, listens on a socket in the build's scratch folder and never runs any page's code itself: every kernel
is a copy of one and the same state. Whoever asks for a process holds a connection for as long as that process may live. When the
connection closes, the process is killed with its group; when the build's pipe closes, everything is, and the scratch folder is
removed. So nothing outlives a build, in whatever way it ends.

A request is one line of JSON: ``{"role": "kernel" or "worker", "argument": str, "environment": {...}, "folder": str, "words":
str}``, where ``words`` is the file for standard output and error. The answers are ``{"pid": ...}`` and, when the process has ended,
``{"status": ..., "peak": ...}``.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import random
import select
import selectors
import shutil
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from healthdevo.publishing.forking import Preparation
from healthdevo.publishing.processes import die_with_parent, end_group, peak_memory

LIBRARIES = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "IPython.utils.wildcard",
    "docutils.nodes",
    "ipykernel.debugger",
    "ipykernel.kernelapp",
    "matplotlib.backends.backend_svg",
    "matplotlib.pyplot",
    "myst_nb",
    "myst_nb.ext.glue",
    "pandas",
    "pandas.core.reshape.reshape",
    "pandas.core.methods.to_dict",
    "pandas.io.formats.csvs",
    "pandas.io.formats.string",
    "papermill",
    "tornado.platform.asyncio",
    "tornado.queues",
    "zmq.utils.garbage",
)
"""What kernels, pages and workers import; ``ipykernel.debugger``, which every kernel has, is the largest part of a kernel's start."""
RARELY = (50_000, 20, 20)
"""How often a copy's collector looks for rings of things that nobody holds: a page is soon made, and drawing makes many small things."""
_APART = ("healthdevo.publishing", "healthdevo.cli", "healthdevo.__main__")
_Role = Callable[[str], None]


def _roles() -> Mapping[str, _Role]:
    """Return what a copy can become, with what every worker makes first: provisioners are looked up, the checker of notebooks compiled."""
    import nbformat

    from healthdevo.publishing import kernel, provisioner, worker

    provisioner.register()
    nbformat.validate(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]
    return {"kernel": kernel.run, "worker": worker.run}


def preload(preparation: Preparation) -> None:
    """Import what pages need, read tables and what the build has kept, and ask what pages of some areas ask and a process remembers.

    A module, table or answer that can't be had is left to the page that wants it, which says so.
    """
    for name in (*LIBRARIES, *(n for n in preparation.modules if not n.startswith(_APART))):
        with suppress(Exception):
            importlib.import_module(name)
    if preparation.tables:
        with suppress(Exception):
            _remember(preparation)


def _remember(preparation: Preparation) -> None:
    """Read tables, and ask for areas what no earlier process has asked for their peers; keep it for later ones.

    Where all is known, one area asks again: so whatever else its page needs is ready too.
    """
    from healthdevo.chapters.common import kept, memory
    from healthdevo.tables import load, loading

    before = memory.recall() or memory.Memory()
    for name in preparation.tables:
        with suppress(Exception):
            load(name)
    kept.preload()
    peers = before.peers
    if areas := preparation.areas:
        from healthdevo.chapters.area.national import answers, peers_of

        peers = peers.union(map(peers_of, areas))
        answers([code for code in areas if peers_of(code) not in before.peers] or areas[:1])
    if peers > before.peers or loading.held().keys() > before.tables.keys():
        memory.save(peers)


@contextmanager
def _watching(owner: int, folder: Path) -> Iterator[None]:
    """End this process and remove the scratch folder as soon as the owner's pipe closes, however long what is done meanwhile takes.

    The thread that watches is gone before anything is forked.
    """
    stop, stopper = os.pipe()

    def wait() -> None:
        while stop not in (ready := select.select([owner, stop], [], [])[0]):
            if owner in ready and not os.read(owner, 4096):
                shutil.rmtree(folder, ignore_errors=True)
                os._exit(1)

    thread = threading.Thread(target=wait, daemon=True, name="watch")
    thread.start()
    try:
        yield
    finally:
        os.close(stopper)
        thread.join()
        os.close(stop)


class Server:
    """One loop that forks, reaps and kills; it has no threads, so that a fork is a whole copy."""

    def __init__(self, address: str, owner: int, roles: Mapping[str, _Role]) -> None:
        self.roles = roles
        self.owner = owner
        self.children: dict[int, socket.socket] = {}
        self.asked: dict[socket.socket, int] = {}
        self.unread: dict[socket.socket, bytes] = {}
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        unready = f"{address}~"
        self.listener.bind(unready)
        self.listener.listen(64)
        os.rename(unready, address)  # whoever finds the address is heard
        self.wake, waker = socket.socketpair()
        for end in (self.wake, waker):
            end.setblocking(False)
        self.waker = waker
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the build decides what an interrupt means
        for source in (self.listener, self.wake):
            self.selector.register(source, selectors.EVENT_READ)
        self.selector.register(owner, selectors.EVENT_READ)

    def serve(self) -> None:
        """Work until the owner's pipe closes, then kill what is left."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.listener:
                    connection, _ = self.listener.accept()
                    self.unread[connection] = b""
                    self.selector.register(connection, selectors.EVENT_READ)
                elif key.fileobj is self.wake:
                    with suppress(BlockingIOError):
                        self.wake.recv(4096)
                    self._reap()
                elif key.fileobj == self.owner:
                    if not os.read(self.owner, 4096):
                        self._end()
                        return
                elif isinstance(key.fileobj, socket.socket) and key.fileobj in self.unread:
                    self._read(key.fileobj)

    def _read(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        self.unread[connection] += data
        if connection not in self.asked and b"\n" in self.unread[connection]:
            self._fork(connection, json.loads(self.unread[connection]))

    def _drop(self, connection: socket.socket) -> None:
        self.selector.unregister(connection)
        self.unread.pop(connection, None)
        pid = self.asked.pop(connection, None)
        connection.close()
        if pid in self.children:
            end_group(pid)

    def _fork(self, connection: socket.socket, request: Mapping[str, Any]) -> None:
        pid = os.fork()
        if pid == 0:
            self._become(request)  # never returns
        self.children[pid] = connection
        self.asked[connection] = pid
        self._say(connection, {"pid": pid})

    def _reap(self) -> None:
        while self.children:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            connection = self.children.pop(pid, None)
            if connection in self.asked:
                code = os.waitstatus_to_exitcode(status)
                self._say(connection, {"status": code, "peak": peak_memory(usage)})

    @staticmethod
    def _say(connection: socket.socket, message: Mapping[str, int]) -> None:
        with suppress(OSError):  # whoever asked has gone: the loop notices
            connection.sendall(json.dumps(message).encode() + b"\n")

    def _end(self) -> None:
        for pid in self.children:
            end_group(pid)
        for pid in list(self.children):
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _become(self, request: Mapping[str, Any]) -> None:
        """Turn this copy of the server into what was asked for, with nothing of the server left in it."""
        status = 1
        try:
            os.setsid()
            die_with_parent()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._leave(request["words"])
            os.environ.clear()
            os.environ.update(request["environment"])
            os.chdir(request["folder"])
            random.seed()
            numpy = sys.modules.get("numpy")
            if numpy is not None:
                numpy.random.seed(None)
            self.roles[request["role"]](request["argument"])
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            with suppress(BaseException):
                atexit._run_exitfuncs()
            for stream in (sys.stdout, sys.stderr):
                with suppress(Exception):
                    stream.flush()
            os._exit(status)

    def _leave(self, words: str) -> None:
        """Close every file of the server and write to ``words`` from now on."""
        self.selector.close()
        for connection in (*self.unread, self.listener, self.wake, self.waker):
            connection.close()
        target = os.open(words, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, place in ((nothing, 0), (target, 1), (target, 2)):
            os.dup2(source, place)
        os.closerange(3, max(3, 1 + max((int(n) for n in _open_files()), default=2)))


def _open_files() -> Sequence[str]:
    for folder in ("/proc/self/fd", "/dev/fd"):
        with suppress(OSError):
            return os.listdir(folder)
    return ["1023"]


def main(arguments: Sequence[str]) -> None:
    """Serve at the address named in the first argument, after the preparation that the second one tells as text.

    Standard input is the pipe of the owner.
    """
    address = arguments[0]
    gc.disable()  # what is loaded here stays
    try:
        with _watching(0, Path(address).parent):
            preload(Preparation.of(arguments[1]))
            roles = _roles()
        gc.collect()
        gc.freeze()  # no copy's collector touches what all share
        gc.set_threshold(*RARELY)
        gc.enable()
        Server(address, 0, roles).serve()
    finally:
        shutil.rmtree(Path(address).parent, ignore_errors=True)
    sys.stderr.flush()
    os._exit(0)  # nothing is left to be put away piece by piece


if __name__ == "__main__":
    main(sys.argv[1:])
