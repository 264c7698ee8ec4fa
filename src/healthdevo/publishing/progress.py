"""How far a run has come, and how long the rest will take judging by what is known of each page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import TextIO

from tqdm import tqdm

from healthdevo.publishing.tasks import Outcome, Task

_LOOK = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}{postfix}]"


def remaining(tasks: Sequence[Task], took: Sequence[float], jobs: int, running: float = 0.0) -> float | None:
    """Return the seconds that tasks still to be done will take; None when nothing is known of them.

    A task that was done before is expected to take as long again, times how much longer than expected those done in this run took; any other as long as their mean.

    >>> remaining([Task("a", "", "", "", "", expected=10.0)] * 4, [], 2)
    20.0
    """
    known = [task.expected for task in tasks if task.expected]
    if len(known) < len(tasks) and not took and not known:
        return None
    usual = sum(took) / len(took) if took else sum(known) / len(known) if known else 0.0
    total = sum(task.expected or usual for task in tasks)
    longest = max((task.expected or usual for task in tasks), default=0.0)
    return max(longest, total / max(1, jobs)) - running if tasks else 0.0


def in_words(seconds: float) -> str:
    """Return a length of time as a person would say it.

    >>> in_words(8), in_words(75), in_words(400)
    ('about 10 s', 'about 1 min', 'about 7 min')
    """
    return f"about {max(10, round(seconds / 10) * 10)} s" if seconds < 60 else f"about {seconds / 60:.0f} min"


class Progress:
    """A bar that tells of every page as it ends."""

    def __init__(self, tasks: Sequence[Task], jobs: int, stream: TextIO) -> None:
        self._left = {task.name: task for task in tasks}
        self._took: list[float] = []
        self._jobs = jobs
        self._stream = stream
        self._started = time.monotonic()
        self._bar = tqdm(total=len(tasks), desc="Notebooks", file=stream, disable=not tasks, bar_format=_LOOK)
        self._estimate()

    def __enter__(self) -> Progress:
        """Show the bar."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bar as it is."""
        self._bar.close()

    def _estimate(self, page: str = "") -> None:
        left = remaining(list(self._left.values()), self._took, self._jobs)
        words = [page] if page else []
        if left is not None and self._left:
            words.append(f"{in_words(left)} left")
        self._bar.set_postfix_str(", ".join(words), refresh=False)

    def tell(self, outcome: Outcome, page: str) -> None:
        """Count a page that has ended."""
        del self._left[outcome.name]
        self._took.append(outcome.seconds)
        self._estimate(page)
        self._bar.update()

    def complain(self, text: str) -> None:
        """Write a line above the bar."""
        self._bar.write(text, file=self._stream)
