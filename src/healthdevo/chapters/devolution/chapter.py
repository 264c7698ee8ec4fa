"""Chapter "Devolution": what was devolved, what changed in Greater Manchester and elsewhere, and how sure anyone can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common.cells import records
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.mortality import Mortality
from healthdevo.chapters.devolution.outcomes import Outcomes
from healthdevo.chapters.devolution.panels import GREATER_MANCHESTER
from healthdevo.charts import Caption, Chart, map_chart, timeline_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.wording import join, number, percentage

__all__ = ["Devolution"]

_RELEVANCE = {
    "direct": "about health and care",
    "indirect": "a deal that invites or pays for more",
    "none": "the body or its mayor",
}
_GROUPS = {
    "health": "agreement on health and care",
    "early": "combined authority set up by 2018, no power over health",
    "late": "set up later: too late to judge here",
}
_SCENARIOS = {
    "parallel": "Parallel trends",
    "factors": "Areas follow common ups and downs differently",
    "many factors": "The same, with more ups and downs",
    "spillover": "Neighbours get half the effect",
    "anticipation": "Half the effect comes a year early",
    "common": "Deaths fall at one pace everywhere",
    "catching up": "Greater Manchester catches up anyway",
}
_SHORT = {
    "difference-in-differences": "Plain difference",
    "differences less own trends": "Less own trends",
    "generalised synthetic control": "Factor model",
    "generalised synthetic control, rank 1": "Factor model, 1 factor",
    "matrix completion": "Matrix completion",
    "synthetic control": "Synthetic control",
    "synthetic difference-in-differences": "Synthetic difference",
}
_MAIN_DESIGNS = (
    "difference-in-differences",
    "synthetic difference-in-differences",
    "generalised synthetic control",
    "differences less own trends",
)


@dataclass(frozen=True)
class Devolution:
    """Everything the chapter says and shows.

    Parameters
    ----------
    events, authorities, population, study : pandas.DataFrame
        Tables ``devolution_event``, ``combined_authority``, ``population_year`` and ``simulation_study``.
    mortality : Mortality
        Preventable deaths under 75.
    outcomes : Outcomes
        The other outcomes.
    elsewhere : Elsewhere
        The other areas.
    """

    events: pd.DataFrame = field(repr=False)
    authorities: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    study: pd.DataFrame = field(repr=False)
    mortality: Mortality = field(repr=False)
    outcomes: Outcomes = field(repr=False)
    elsewhere: Elsewhere = field(repr=False)

    @classmethod
    def load(cls) -> Devolution:
        """Load the tables that the chapter needs."""
        return cls(
            tables.load("devolution_event"),
            tables.load("combined_authority"),
            tables.load("population_year"),
            tables.load("simulation_study"),
            Mortality.load(),
            Outcomes.load(),
            Elsewhere.load(),
        )

    # ---- the policy ------------------------------------------------------------------------------------------------------------------

    @cached_property
    def money(self) -> dict[str, float]:
        """Devolved budget of Greater Manchester, its transformation fund, people in 2015, and what follows."""
        own = self.events[self.events["area_code"] == GREATER_MANCHESTER].dropna(subset=["amount"])
        health = own[own["health_relevance"] == "direct"]
        budget = float(health.loc[health["event"].str.contains("budget"), "amount"].iloc[0])
        fund = float(health.loc[health["event"].str.contains("fund"), "amount"].iloc[0])
        people = self.population[
            (self.population["area_code"] == GREATER_MANCHESTER) & (self.population["year"] == 2015)
        ]["persons"]
        persons = float(people.iloc[0])
        return {"budget": budget, "fund": fund, "per_head": budget / persons, "share": fund / budget}

    def timeline(self) -> Chart:
        """Draw the steps of devolution that concern health, and Greater Manchester's own."""
        rows = self.events[
            (self.events["area_code"] == GREATER_MANCHESTER) | (self.events["health_relevance"] != "none")
        ]
        names = [
            areas.get(c).short_name.replace("Greater London Authority", "London") for c in rows["area_code"]
        ]
        rough = rows["date_precision"] == "approximate"
        written = rows["event_date"].dt.strftime("%b %Y")
        data = rows.assign(
            text=[
                e if e.startswith(n) else f"{n}: {e[0].lower()}{e[1:]}"
                for n, e in zip(names, rows["event"], strict=True)
            ],
            written=written.where(~rough, "about " + rows["event_date"].dt.strftime("%Y")),
        )
        own = data[data["area_code"] == GREATER_MANCHESTER]
        health = own[own["health_relevance"] == "direct"]["event_date"]
        return timeline_chart(
            data,
            date="event_date",
            text="text",
            date_text="written",
            group="health_relevance",
            groups=_RELEVANCE,
            caption=Caption(
                figure_id="timeline",
                title=(
                    f"Greater Manchester's powers over health came step by step, {health.min():%B %Y} to {health.max():%B %Y}"
                ),
                subtitle="Steps of devolution that concern health and care, and all of Greater Manchester's, England, by date",
                source=source_line("devolution_event"),
                alt=(
                    f"Timeline of {len(data)} steps from {data['event_date'].min():%B %Y} to {data['event_date'].max():%B %Y}, {len(own)} of them Greater "
                    "Manchester's: the combined authority, the agreement, the memorandum on health, the budget and the mayor."
                ),
            ),
        )

    def map(self) -> Chart:
        """Draw the areas with deals."""
        authorities = areas.boundaries("combined_authority", 2025)
        regions = areas.boundaries("region", 2023)["geometry"]
        districts = areas.boundaries("district", 2023)["geometry"]
        deals = self.elsewhere.deals
        health = set(deals.loc[deals["health"], "area_code"])
        shapes = dict(authorities["geometry"].items())
        rows = [
            {
                "code": code,
                "name": areas.get(str(code)).short_name,
                "group": "health"
                if code in health
                else "early"
                if code in set(deals["area_code"]) or str(code) == "E47000014"
                else "late",
            }
            for code in authorities.index
        ]
        for code in sorted(health - set(authorities.index)):
            name = areas.get(code).short_name
            shapes[code] = regions["E12000007"] if code.startswith("E61") else districts[code]
            rows.append(
                {"code": code, "name": name.replace("Greater London Authority", "London"), "group": "health"}
            )
        names = [r["name"] for r in rows if r["group"] == "health"]
        late = sum(r["group"] == "late" for r in rows)
        return map_chart(
            pd.DataFrame(rows),
            pd.Series(shapes),
            area="code",
            group="group",
            groups=_GROUPS,
            label="name",
            background=regions,
            caption=Caption(
                figure_id="map",
                title=f"Only {join(names)} made agreements on health and care",
                subtitle="Combined authorities of England in 2025 with London and Cornwall, by kind of agreement",
                source=source_line("combined_authority", "devolution_event"),
                alt=(
                    f"Map of England with {len(rows)} areas with devolution: {join(names)} with an agreement on health and care, {late} set up after 2018, "
                    "the others earlier without power over health."
                ),
            ),
        )

    # ---- the simulation study ----------------------------------------------------------------------------------------------------------

    def study_table(self) -> Table:
        """Show bias, coverage, size and power of the designs where the truth is known."""
        frame = self.study[self.study["study"] == "panel"]
        nothing = frame[frame["effect"] == 0].set_index(["scenario", "design", "interval"])
        planted = frame[frame["effect"] != 0].set_index(["scenario", "design", "interval"])
        joined = planted.join(nothing[["rejection"]].rename(columns={"rejection": "size"})).reset_index()
        order = {s: k for k, s in enumerate(_SCENARIOS)}
        joined = joined.sort_values(
            ["scenario", "design", "interval"], key=lambda c: c.map(order) if c.name == "scenario" else c
        )
        return show_table(
            _study_shown(joined),
            table_id="simulation",
            caption=(
                f"Simulated panels of the real panel's size, planted effect {number(float(planted['effect'].iloc[0]))} deaths per 100,000. Bias and spread of the estimates; "
                "coverage of 95% intervals; false alarms: intervals that exclude zero where nothing was planted; power: intervals that exclude zero where it was."
            ),
            source=source_line("simulation_study"),
            data=joined,
        )

    def deaths_table(self) -> Table:
        """Show what the path from deaths to life expectancy finds where 0.2 years are planted."""
        frame = self.study[self.study["study"] == "deaths"]
        nothing = frame[frame["effect"] == 0].set_index(["scenario", "design", "interval"])
        planted = frame[frame["effect"] != 0].set_index(["scenario", "design", "interval"])
        joined = planted.join(nothing[["rejection"]].rename(columns={"rejection": "size"})).reset_index()
        joined = joined.sort_values(["scenario", "design", "interval"], ascending=[False, True, True])
        return show_table(
            _study_shown(joined, 2),
            table_id="simulated-deaths",
            caption=(
                f"Simulated deaths by age in {len(self.outcomes.world.codes)} districts, 2006 to 2019, planted effect {number(float(planted['effect'].iloc[0]))} years of life "
                "expectancy from 2015. Columns as in the table of simulated panels."
            ),
            source=source_line("simulation_study", "deaths_population_age"),
            data=joined,
        )

    # ---- words -----------------------------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        money = self.money
        return {
            **self.mortality.texts(),
            **self.outcomes.texts(),
            **self.elsewhere.texts(),
            "budget": f"£{number(money['budget'] / 1e9)} billion",
            "budget_per_head": f"£{number(round(money['per_head'], -1))}",
            "fund": f"£{number(money['fund'] / 1e6)} million",
            "fund_share": percentage(money["share"]),
            "study_seed": str(int(self.study["seed"].iloc[0])),
            "study_hash": str(self.study["settings_hash"].iloc[0]),
            "study_words": _study_words(self.study[self.study["study"] == "panel"]),
            "study_deaths_words": _deaths_words(self.study[self.study["study"] == "deaths"]),
        }


def _study_shown(rows: pd.DataFrame, figures: int = 3) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "World": rows["scenario"].map(_SCENARIOS),
            "Design and interval": rows["design"].map(_SHORT)
            + ", "
            + rows["interval"].str.replace(" bootstrap", ""),
            "Bias": rows["bias"].map(lambda v: number(v, figures)),
            "Spread": rows["sd"].map(lambda v: number(v, figures)),
            "Coverage": rows["coverage"].map(lambda v: percentage(v, 0)),
            "False alarms": rows["size"].map(lambda v: percentage(v, 0)),
            "Power": rows["rejection"].map(lambda v: percentage(v, 0)),
        }
    )


def _first_intervals(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each scenario and design: the interval with the lowest share of false alarms."""
    ordered = rows.sort_values(["rejection", "interval"])
    return ordered.drop_duplicates(["scenario", "design"])


def _study_words(rows: pd.DataFrame) -> str:
    alarms = rows[(rows["effect"] == 0) & rows["design"].isin(_MAIN_DESIGNS)]
    kept = {
        design: bool((_first_intervals(part)["rejection"] <= 0.15).all())
        for design, part in alarms.groupby("design")
    }
    sound = [str(d) for d, held in kept.items() if held]
    worst = records(alarms.sort_values("rejection"))[-1]
    first = (
        f"Of the chapter's designs {join(sound)} raise{'s' if len(sound) == 1 else ''} few false alarms in every world tried (at most 15% with the better interval)"
        if sound
        else "None of the chapter's designs keeps false alarms below 15% in every world tried"
    )
    return (
        f"{first}. The worst case is {worst['design']} with the {worst['interval']} interval where {_lower(_SCENARIOS[worst['scenario']])}: "
        f"{percentage(worst['rejection'], 0)} false alarms"
    )


def _lower(text: str) -> str:
    return text if text.startswith("Greater") else text[0].lower() + text[1:]


def _deaths_words(rows: pd.DataFrame) -> str:
    def pick(scenario: str, effect: float, design: str) -> dict[str, float]:
        part = rows[
            (rows["scenario"] == scenario)
            & (rows["design"] == design)
            & (rows["effect"].sub(effect).abs() < 1e-9)
        ]
        return records(part)[0]

    gsc, plain = "generalised synthetic control", "difference-in-differences"
    planted = float(rows["effect"].max())
    fair = pick("common", planted, gsc)
    drift, drift_plain = pick("catching up", 0.0, gsc), pick("catching up", 0.0, plain)
    spread = max(drift["sd"], 1e-9)
    return (
        f"Where deaths fall at one pace everywhere, the published design finds {number(fair['mean_estimate'], 2)} years on average where {number(planted)} "
        f"were planted; its intervals hold the truth in {percentage(fair['coverage'], 0)} of draws and exclude zero in {percentage(fair['rejection'], 0)}. "
        f"Where Greater Manchester catches up without any policy, the plain difference finds {number(drift_plain['mean_estimate'], 2)} years that no policy made, and "
        f"the published design {number(drift['mean_estimate'], 2)}, with a spread of {number(spread, 2)}"
    )
