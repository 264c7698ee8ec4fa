"""A judgement of the Devolution chapters as the result of a test."""

from __future__ import annotations

from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.claims.judged import Judged

__all__ = ["judged"]


def judged(measure: str, judgement: Judgement) -> Judged:
    """Return the main estimate of a judgement with the strength of the evidence for it."""
    main = judgement.main
    return Judged(
        measure,
        main.estimate,
        main.standard_error,
        main.intervals,
        main.n,
        main.method,
        main.unit,
        main.reason,
        strength=judgement.verdict.strength,
    )
