"""The process in which Jupyter Book makes HTML: it ends with the build that started it, and uses several processors.

Every page is written anew, because its numbers, links and quotes may come from other pages; only sources that have changed are read.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence

from healthdevo.publishing.processes import die_with_parent, watch_pipe


def main(arguments: Sequence[str]) -> None:
    """Run ``jupyter-book`` with the arguments after the first, which is the number of processors."""
    die_with_parent()
    watch_pipe(sys.stdin.fileno())
    import jupyter_book.sphinx
    from jupyter_book.cli.main import main as command

    several = functools.partial(jupyter_book.sphinx.build_sphinx, jobs=int(arguments[0]), force_all=True)
    jupyter_book.sphinx.build_sphinx = several
    command(args=list(arguments[1:]), prog_name="jupyter-book")


if __name__ == "__main__":
    main(sys.argv[1:])
