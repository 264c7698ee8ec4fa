"""Chapter "Postcode lottery": how much inequality lies between regions, between their areas, and inside these; and whether areas converge."""

from __future__ import annotations

from dataclasses import dataclass, field

from healthdevo.chapters.common import sentences
from healthdevo.chapters.devolution.findings import manchester
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.mortality import Mortality
from healthdevo.chapters.postcode_lottery import words
from healthdevo.chapters.postcode_lottery.boards import Boards
from healthdevo.chapters.postcode_lottery.composition import Composition
from healthdevo.chapters.postcode_lottery.convergence import Convergence
from healthdevo.chapters.postcode_lottery.findings import answer
from healthdevo.chapters.postcode_lottery.ground import Ground
from healthdevo.chapters.postcode_lottery.levels import Levels
from healthdevo.chapters.postcode_lottery.over_time import OverTime


@dataclass(frozen=True)
class PostcodeLottery:
    """Everything the chapter says and shows, section by section."""

    levels: Levels = field(repr=False)
    composition: Composition = field(repr=False)
    over_time: OverTime = field(repr=False)
    convergence: Convergence = field(repr=False)
    boards: Boards = field(repr=False)
    devolution: Judgement = field(repr=False)

    @classmethod
    def load(cls) -> PostcodeLottery:
        """Load the tables that the chapter needs."""
        ground = Ground.load()
        levels = Levels(ground)
        return cls(
            levels,
            Composition(ground),
            OverTime(levels),
            Convergence(ground),
            Boards(ground),
            Judgement.of(Mortality.load()),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose: every number the chapter states."""
        found, strength = manchester(self.devolution), self.devolution.verdict.strength
        return (
            sentences([answer(self.levels, self.convergence, found, strength), found])
            | words.level_texts(self.levels)
            | words.composition_texts(self.composition)
            | words.board_texts(self.boards)
        )
