"""What the system offers to keep processes in hand: ending with a parent, limits of memory, ending a whole group."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import BinaryIO

MEGABYTE = 1 << 20
_PR_SET_PDEATHSIG = 1


def can_fork() -> bool:
    """Whether a process that has loaded numerical libraries may be forked; macOS's own libraries do not survive it."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def die_with_parent() -> None:
    """Let the system kill this process when the thread that started it ends; only Linux can do so."""
    if not sys.platform.startswith("linux"):  # pragma: no cover - other systems watch a pipe
        return
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def watch_pipe(pipe: BinaryIO) -> None:
    """End this process, and the group that it leads, when the other end of a pipe is closed: its owner has gone."""

    def wait() -> None:
        while pipe.read(1):
            pass
        end_group(os.getpid(), leader=True)
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="watch").start()


def end_group(pid: int, *, leader: bool = True) -> None:
    """Kill a process and, if it leads a group, all processes of that group."""
    with suppress(OSError):
        if leader and hasattr(os, "killpg") and os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
            return
    with suppress(OSError):
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def limit_memory(size: int) -> None:
    """Refuse this process and its children more than ``size`` bytes of data each; 0 is no limit."""
    if not size:
        return
    try:
        import resource
    except ImportError:  # pragma: no cover - Windows has no such limit
        return
    with suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        soft = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def peak_memory(usage: object) -> int:
    """Return the largest resident size in bytes that a ``resource.struct_rusage`` tells of."""
    size = int(getattr(usage, "ru_maxrss", 0))
    return size if sys.platform == "darwin" else size * 1024


def total_memory() -> int:
    """Return the memory of this machine in bytes, or what its control group may use if that is less; 0 when unknown."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # pragma: no cover - not on this platform
        return 0
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError), open(path, encoding="ascii") as stream:
            size = min(size, int(stream.read()))
    return size


def ending(status: int) -> str:
    """Say in words how a process ended.

    >>> ending(3)
    'ended with status 3'
    >>> ending(-9)
    'was killed by signal 9 (SIGKILL); the system does so when memory runs out'
    """
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = f"signal {-status} ({signal.Signals(-status).name})"
    except ValueError:
        name = f"signal {-status}"
    why = "; the system does so when memory runs out" if status == -9 else ""
    return f"was killed by {name}{why}"
