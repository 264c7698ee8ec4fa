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


@dataclass(frozen=True)
class Inequality:
    """Everything the Inequality chapter says and shows, section by section."""

    gradient: Gradient = field(repr=False)
    reproduction: Reproduction = field(repr=False)
    districts: DistrictChanges = field(repr=False)

    @classmethod
    def load(cls) -> Inequality:
        """Load the tables that the chapter needs."""
        load = tables.load
        people, deaths = load("population_deprivation_decile"), load("deaths_region")
        healthy, life = load("healthy_life_expectancy_area"), load("life_expectancy_area")
        gradient = Gradient(load("life_expectancy_decile"), people, deaths, healthy)
        published, limits = load("slope_index_life_expectancy"), load("life_expectancy_area_editions")
        districts = DistrictChanges(published, load("population_year"), limits, life)
        return cls(gradient, Reproduction(gradient, published), districts)

    def texts(self) -> dict[str, str]:
        """Named texts for the prose: every number the chapter states."""
        return (
            sentences(findings(self.gradient))
            | words.gradient_texts(self.gradient)
            | words.reproduction_texts(self.reproduction, self.districts.one_error)
            | words.district_texts(self.districts)
        )
