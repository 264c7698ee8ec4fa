"""What the figures of an area mean for the question of the book: three sentences by rule, from its other sections and the ledger's record.

The sections are those that the page has filled already, so nothing is computed again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.area.admissions.section import AreaAdmissions
from healthdevo.chapters.area.devolution.section import AreaDevolution
from healthdevo.chapters.area.filling import Instead, fill
from healthdevo.chapters.area.footprint.section import AreaFootprint
from healthdevo.chapters.area.inequality.section import AreaInequality
from healthdevo.chapters.area.meaning import words
from healthdevo.chapters.area.meaning.words import Deal, Need, Purse
from healthdevo.chapters.area.money.section import AreaMoney
from healthdevo.chapters.common import ENGLAND, area_with, records


@dataclass(frozen=True)
class AreaMeaning:
    """What the last section of an area's page says: what a deal did here, where need lies, who would pay."""

    area: Area
    devolution: AreaDevolution | Instead = field(repr=False)
    inequality: AreaInequality | Instead = field(repr=False)
    admissions: AreaAdmissions | Instead = field(repr=False)
    money: AreaMoney | Instead = field(repr=False)
    footprint: AreaFootprint | Instead = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaMeaning:
        """Take the sections of an area; those without figures say so."""
        return cls(
            area_with(area_code, "meaning"),
            fill(AreaDevolution, area_code),
            fill(AreaInequality, area_code),
            fill(AreaAdmissions, area_code),
            fill(AreaMoney, area_code),
            fill(AreaFootprint, area_code),
        )

    @property
    def deal(self) -> Deal:
        """What is known of a deal here."""
        d = self.devolution
        if isinstance(d, Instead):
            return Deal("few")
        if d.part:
            widest = records(d.deals.sort_values("size"))[-1]
            return Deal("part", districts=int(widest["size"]), name=str(widest["name"]))
        if d.treated:
            if d.test is None:
                return Deal("large")
            strength = d.strength
            return Deal("judged", test=d.test, unusual=d.stands_out, strength=strength)
        if len(d.later):
            first = records(d.later.sort_values("start"))[0]
            return Deal("late", start=int(first["start"]), detectable=d.detectable)
        return Deal("none", detectable=d.detectable)

    @property
    def need(self) -> Need:
        """Where need lies: the gap in length of life inside districts, else avoidable admissions."""
        if isinstance(self.inequality, AreaInequality):
            own = self.inequality.own
            return Need(
                "gap",
                float(own["slope"]),
                float(own["lower"]),
                float(own["upper"]),
                self.inequality.england,
                alone=self.area.kind in areas.KIND_GROUPS["district"],
            )
        if isinstance(self.admissions, AreaAdmissions) and self.area.code != ENGLAND:
            latest = self.admissions.latest[["rate", "lower", "upper"]].to_dict("index")
            here, england = latest["area"], latest["England"]
            return Need(
                "stays",
                float(here["rate"]),
                float(here["lower"]),
                float(here["upper"]),
                float(england["rate"]),
            )
        return Need("unknown")

    @property
    def purse(self) -> Purse:
        """Who would pay: what sharing by need would add a head, else how many cross the border to work."""
        if isinstance(self.money, AreaMoney):
            return Purse("tax", self.money.gain)
        if isinstance(self.footprint, AreaFootprint):
            return Purse("work", 1.0 - float(self.footprint.work["least"]))
        return Purse("unknown")

    def texts(self) -> dict[str, str]:
        """Named texts for the prose: three sentences."""
        return {
            "meaning_deal": words.deal(self.deal),
            "meaning_need": words.need(self.need),
            "meaning_purse": words.purse(self.purse),
        }
