"""Chapter "Footprint": its sections on shared tables, and its named texts."""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo.chapters.common import sentences
from healthdevo.chapters.footprint import findings, words
from healthdevo.chapters.footprint.borders import Borders
from healthdevo.chapters.footprint.flows import Flows
from healthdevo.chapters.footprint.kinds_of_place import KindsOfPlace
from healthdevo.chapters.footprint.legitimacy import Legitimacy
from healthdevo.chapters.footprint.markets import Markets
from healthdevo.chapters.footprint.neighbourhoods import Neighbourhoods
from healthdevo.chapters.footprint.results import Results
from healthdevo.chapters.footprint.size import Size
from healthdevo.chapters.footprint.work import Work
from healthdevo.chapters.footprint.work_map import WorkMap


@dataclass(frozen=True)
class Footprint:
    """The sections of the chapter."""

    work: Work
    markets: Markets
    borders: Borders
    size: Size
    map: WorkMap
    kinds: KindsOfPlace
    neighbourhoods: Neighbourhoods
    results: Results
    legitimacy: Legitimacy

    @classmethod
    def load(cls) -> Footprint:
        """Load the tables that the chapter needs."""
        flows = Flows.load()
        return cls(
            Work(flows),
            Markets.load(),
            Borders.load(),
            Size.load(flows),
            WorkMap.load(flows),
            KindsOfPlace.load(flows),
            Neighbourhoods.load(),
            Results.load(flows),
            Legitimacy.load(),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return sentences([findings.headline(self.work)]) | words.texts(self)
