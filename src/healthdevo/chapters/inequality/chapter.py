"""Chapter "Inequality": the gap and the gradient in life expectancy, checked against what is published, and whether areas changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from healthdevo import tables
from healthdevo.chapters.common import sentences
from healthdevo.chapters.inequality import words
from healthdevo.chapters.inequality.districts import DistrictChanges
from healthdevo.chapters.inequality.findings import findings
from healthdevo.chapters.inequality.gradient import Gradient
from healthdevo.chapters.inequality.reproduction import Reproduction

__all__ = ["Inequality"]


@dataclass(frozen=True)
class Inequality:
    """Everything the Inequality chapter says and shows, section by section."""

    gradient: Gradient = field(repr=False)
    reproduction: Reproduction = field(repr=False)
    districts: DistrictChanges = field(repr=False)

    @classmethod
    def load(cls) -> Inequality:
        """Load the tables that the chapter needs."""
        gradient = Gradient(
            tables.load("life_expectancy_decile"),
            tables.load("population_deprivation_decile"),
            tables.load("deaths_region"),
            tables.load("healthy_life_expectancy_area"),
        )
        published = tables.load("slope_index_life_expectancy")
        districts = DistrictChanges(
            published,
            tables.load("population_year"),
            tables.load("life_expectancy_area_editions"),
            tables.load("life_expectancy_area"),
        )
        return cls(gradient, Reproduction(gradient, published), districts)

    def texts(self) -> dict[str, str]:
        """Named texts for the prose: every number the chapter states."""
        return (
            sentences(findings(self.gradient))
            | words.gradient_texts(self.gradient)
            | words.reproduction_texts(self.reproduction, self.districts.one_error)
            | words.district_texts(self.districts)
        )
