"""The process in which Jupyter Book makes HTML: it ends with the build that started it, and uses several processors.

Only sources that have changed are read. Where the pages of the book before are at hand, only those are written that may differ (see
``rewriting``); else all.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Sequence

from healthdevo.publishing import rewriting
from healthdevo.publishing.processes import die_with_parent, watch_pipe


def main(arguments: Sequence[str]) -> None:
    """Run ``jupyter-book`` with the arguments after the first, which is the number of processors."""
    die_with_parent()
    watch_pipe(sys.stdin.fileno())
    import jupyter_book.sphinx
    from jupyter_book.cli.main import main as command

    rewriting.install()
    kept = bool(os.environ.get(rewriting.KEPT))
    several = functools.partial(jupyter_book.sphinx.build_sphinx, jobs=int(arguments[0]), force_all=not kept)
    jupyter_book.sphinx.build_sphinx = several
    command(args=list(arguments[1:]), prog_name="jupyter-book")


if __name__ == "__main__":
    main(sys.argv[1:])
