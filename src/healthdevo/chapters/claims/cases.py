"""The case for devolving and the case against: sentences of fact, each tied to rows of the ledger and to the verdicts it was written for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from healthdevo.chapters.common import sentences
from healthdevo.chapters.common.say import Finding
from healthdevo.claims import CLAIMS, Ledger, Verdict
from healthdevo.errors import InputError
from healthdevo.results import Estimate
from healthdevo.wording import number, percentage, supported

YES, PARTLY, NO, TURNED = Verdict.SUPPORTED, Verdict.PARTLY, Verdict.NOT_SUPPORTED, Verdict.CONTRADICTED


def shown(result: Estimate) -> float:
    """Return the size of a result, rounded to what its interval supports.

    >>> from healthdevo.results import Interval
    >>> shown(Estimate("rise", 1262.0, float("nan"), (Interval(0.95, 310.0, 2210.0),), 9, "made up"))
    1260.0
    """
    if not result.intervals:
        return abs(result.estimate)
    i = result.interval()
    return abs(supported(result.estimate, i.lower, i.upper))


@dataclass(frozen=True)
class Fact:
    """A sentence with the rows that it rests on, each with the verdict that it was written for; ``{name:%}`` and ``{name:n}`` are results."""

    text: str
    rows: Mapping[str, Verdict]

    def said(self, ledger: Ledger) -> str:
        """Return the sentence with its numbers; an error when a row no longer has the verdict that the sentence was written for."""
        entries = {e.claim.name: e for e in ledger.entries}
        text = self.text
        for name, verdict in self.rows.items():
            entry = entries[name]
            if entry.verdict is not verdict or entry.result is None:
                raise InputError(
                    f"row {name} is {entry.verdict.value}; this sentence was written for {verdict.value}: {self.text}"
                )
            value = shown(entry.result)
            text = text.replace(f"{{{name}:%}}", percentage(value, 0)).replace(
                f"{{{name}:n}}", number(value, 2)
            )
        return text


@dataclass(frozen=True)
class Case:
    """One side: its three strongest pieces of evidence, what else speaks for it, and its weakest point."""

    name: str
    strongest: tuple[Fact, Fact, Fact]
    also: tuple[Fact, ...]
    weakest: Fact
    rows: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = [n for f in (*self.strongest, *self.also, self.weakest) for n in f.rows]
        object.__setattr__(self, "rows", tuple(dict.fromkeys(names)))

    def ledger(self) -> Ledger:
        """Return the rows that the case uses, computed anew."""
        return Ledger.load(claims=[c for c in CLAIMS if c.name in self.rows])

    def texts(self, ledger: Ledger | None = None) -> dict[str, str]:
        """Named texts of the page."""
        own = ledger or self.ledger()
        parts = {
            **{f"strong_{i}": [f] for i, f in enumerate(self.strongest, 1)},
            **{f"also_{i}": [f] for i, f in enumerate(self.also, 1)},
            "weakest": [self.weakest],
        }
        return sentences(
            Finding(f"case_{self.name}_{k}", " ".join(f.said(own) for f in facts), "this edition")
            for k, facts in parts.items()
        )


FOR = Case(
    "for",
    (
        Fact(
            "Preventable deaths before 75 in Greater Manchester fell by {deal_saves_lives:n} per 100,000 more than elsewhere after its agreement. Our rule calls that some evidence.",
            {"deal_saves_lives": PARTLY},
        ),
        Fact(
            "Districts with a deal did not drift apart. The spread of preventable deaths grew less among them than among the others: {regions_diverge:n} times as much.",
            {"regions_diverge": TURNED},
        ),
        Fact(
            "Of the inequality in length of life, {neighbourhoods:%} lies inside districts. Only somebody near can aim at it.",
            {"neighbourhoods": YES},
        ),
    ),
    (
        Fact(
            "The lottery of place was there under central rule: districts already differed much in 2010, before any deal.",
            {"lottery_came_first": YES},
        ),
        Fact(
            "Deprivation, work, homes and age go with {determinants_together:%} of the differences in preventable deaths between areas. No hospital holds these in its hands.",
            {"determinants_together": YES},
        ),
        Fact(
            "Devolution has hardly been tried: {slow_and_underwhelming:%} of strategic authorities hold no power over health or care.",
            {"slow_and_underwhelming": YES},
        ),
        Fact(
            "The right places are there: {economic_footprint:%} of strategic authorities are labour markets of their own.",
            {"economic_footprint": YES},
        ),
        Fact(
            "A local health tax can be shared by need, and {local_health_tax:%} of its money would move.",
            {"local_health_tax": YES},
        ),
        Fact("Trusts with more engaged staff have shorter waits in A&E.", {"morale_and_results": YES}),
        Fact(
            "The centre's own tool is blunt: {league_tables_mislead:%} of pairs in its league table could change places.",
            {"league_tables_mislead": YES},
        ),
    ),
    Fact(
        "The whole system of Greater Manchester did not get better than elsewhere, and days of delay in leaving hospital rose. One area is no proof.",
        {"system_betters": NO, "fewer_delays": TURNED},
    ),
)
AGAINST = Case(
    "against",
    (
        Fact(
            "A local health tax favours the rich. A penny on income would give the richest fifth {centre_keeps_sharing:n} times as much for its need as the poorest.",
            {"centre_keeps_sharing": YES},
        ),
        Fact(
            "Of the regions of England, {fiscal_devil:%} could not carry their own health spending. Whoever depends on a grant depends on the centre.",
            {"fiscal_devil": YES},
        ),
        Fact(
            "In Greater Manchester days of delay in leaving hospital rose by {fewer_delays:n} a year per 100,000 people more than elsewhere.",
            {"fewer_delays": TURNED},
        ),
    ),
    (
        Fact(
            "Allowing for the number of tests, no more indicators there moved for the better than for the worse.",
            {"system_betters": NO},
        ),
        Fact(
            "Treatable deaths, which care can avert, did not clearly fall more there than elsewhere, given the earlier trend.",
            {"deal_betters_care": NO},
        ),
        Fact(
            "Fixed budgets of five years would end in breach more often than annual ones, by {five_year_budgets:n} percentage points.",
            {"five_year_budgets": TURNED},
        ),
        Fact(
            "New structures do not heal: no change in health after a reorganisation of councils stands out and lasts.",
            {"borders_do_not_heal": YES},
        ),
        Fact(
            "Health service and authority cannot merge as equals while only {equal_partners:%} of people have one area for both.",
            {"equal_partners": TURNED},
        ),
        Fact(
            "The mandate is thin: in the middle authority {one_elected_leader:%} voted for a mayor.",
            {"one_elected_leader": NO},
        ),
        Fact(
            "Borders cut the labour market of {not_every_shire:%} of people by a tenth or more, so one model cannot suit all.",
            {"not_every_shire": PARTLY},
        ),
    ),
    Fact(
        "Where there were deals, preventable deaths did not spread more than elsewhere but less, and in Greater Manchester they fell. A service run from the centre had its lottery too.",
        {"regions_diverge": TURNED, "deal_saves_lives": PARTLY, "lottery_came_first": YES},
    ),
)
CASES = {c.name: c for c in (FOR, AGAINST)}
