"""The fixed scale of verdicts."""

from __future__ import annotations

from enum import Enum

__all__ = ["SCALE", "Verdict"]


class Verdict(Enum):
    """What the test says of the claim, the best first."""

    SUPPORTED = "supported"
    PARTLY = "partly supported"
    NOT_SUPPORTED = "not supported"
    CONTRADICTED = "contradicted"
    NOT_TESTABLE = "not testable with public data"


SCALE: tuple[str, ...] = tuple(v.value for v in Verdict)
"""The verdicts in words."""
