"""An estimate that a rule of the package has judged already, with how strong that rule calls the evidence."""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo.results import Estimate

__all__ = ["Judged"]


@dataclass(frozen=True)
class Judged(Estimate):
    """An estimate with the strength of the evidence for it: ``clear``, ``some`` or ``no clear``."""

    strength: str = "no clear"
