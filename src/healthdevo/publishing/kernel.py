"""What runs in a kernel's own process, forked or started plainly: limits, then ipykernel."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from healthdevo.publishing.processes import die_with_parent, limit_memory

MEMORY = "HEALTHDEVO_KERNEL_MEMORY"
"""Environment variable with the most bytes of data that a kernel may hold."""
_OPTIONS = ("--HistoryManager.enabled=False",)  # nobody asks a notebook's kernel what was typed before


def run(connection: str) -> None:
    """Be the kernel of a connection file until it is shut down."""
    limit_memory(int(os.environ.get(MEMORY) or 0))
    sys.argv = ["ipykernel_launcher", "-f", connection]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(["-f", connection, *_OPTIONS])


def main(arguments: Sequence[str] | None = None) -> None:
    """Start a plain kernel: ``python -m healthdevo.publishing.kernel CONNECTION_FILE``."""
    die_with_parent()
    if sys.path and not sys.path[0]:
        del sys.path[0]  # ipykernel puts the working folder there itself
    run((arguments or sys.argv[1:])[0])


if __name__ == "__main__":
    main()
