"""The finding of the chapter."""

from __future__ import annotations

from healthdevo.chapters.common import Finding, few
from healthdevo.chapters.footprint.work import HIGH, LOW, Work
from healthdevo.wording import join


def headline(work: Work) -> Finding:
    """Return how many authorities and boards are on an economic footprint."""
    a, b = work.authorities, work.boards
    sentence = headline_of(
        (int((a["least"] >= LOW).sum()), int((a["least"] >= HIGH).sum()), len(a)),
        (int((b["least"] >= LOW).sum()), int((b["least"] >= HIGH).sum()), len(b)),
        int((b["census_2021"] >= LOW).sum()),
        b.index[b["least"] < LOW].size,
        b.loc[b["least"] < LOW, "name"].tolist(),
    )
    return Finding(
        "footprint_headline",
        sentence,
        "census of 2011, borders of November 2026",
        float((b["least"] >= LOW).sum()),
    )


def _of(count: int, every: int) -> str:
    return f"all {every}" if count == every else f"{few(count)} of the {every}"


def headline_of(
    authorities: tuple[int, int, int],
    boards: tuple[int, int, int],
    boards_2021: int,
    failing: int,
    names: list[str],
) -> str:
    """Say how many authorities and boards pass at two thirds, at three quarters, and of how many; and how far that rests on the census.

    >>> headline_of((2, 1, 3), (3, 3, 4), 4, 1, ["Alpha"])
    'By the official rule for large labour markets, two of the 3 strategic authorities and three of the 4 boards are on an economic footprint. That is: two thirds of residents with work also work inside, and two thirds of workers live inside. At three quarters it is one and three. The board that falls short is Alpha. That is the census of 2011; in that of 2021, taken in a lockdown, every board passes.'
    """
    first = (
        f"By the official rule for large labour markets, {_of(authorities[0], authorities[2])} strategic authorities and {_of(boards[0], boards[2])} boards are on an economic footprint. "
        f"That is: two thirds of residents with work also work inside, and two thirds of workers live inside. At three quarters it is {few(authorities[1])} and {few(boards[1])}."
    )
    short = (
        f" The {'board' if failing == 1 else f'{few(failing)} boards'} that {'falls' if failing == 1 else 'fall'} short {'is' if failing == 1 else 'are'} {join(names)}."
        if failing
        else ""
    )
    every = "every board passes" if boards_2021 == boards[2] else f"{few(boards_2021)} boards pass"
    return f"{first}{short} That is the census of 2011; in that of 2021, taken in a lockdown, {every}."
