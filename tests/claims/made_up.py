"""Made-up figures for the test of each row: sections of chapters that give a wanted value, with limits where the test gives them.

``FIGURES`` takes a value and its limits; ``WORLDS`` has, for tests whose limits are computed from data, data for each verdict.
"""

from types import SimpleNamespace as Made

import numpy as np
import pandas as pd

from healthdevo.chapters.footprint.flows import TODAY
from healthdevo.chapters.money.words import HEALTH
from healthdevo.chapters.postcode_lottery.words import INSIDE
from healthdevo.claims import Verdict
from healthdevo.evaluation import Panel
from healthdevo.results import Estimate, Interval

N = 1000
YES, PARTLY, NO, TURNED = Verdict.SUPPORTED, Verdict.PARTLY, Verdict.NOT_SUPPORTED, Verdict.CONTRADICTED


def estimate(v, low, high):
    return Estimate("made up", v, float("nan"), (Interval(0.95, low, high),), 50, "made up", "points")


def share_of(v):
    """Whether each of many is among a share."""
    return np.arange(N) < round(v * N)


class Sized:
    """Something with a length and a number."""

    def __init__(self, v):
        self.swappable = v

    def __len__(self):
        return N


class Lines(dict):
    """A flow: sums by item, and its lines."""

    def __init__(self, v):
        super().__init__({HEALTH: 1.0})
        self.lines = pd.DataFrame({"parent": [HEALTH], "basis": ["published"], "amount": [v]})


def link(direction):
    def made(v, low, high):
        row = {"sample": "before the pandemic", "lag": 1, "direction": direction}
        links = pd.DataFrame([row | {"estimate": v, "lower": low, "upper": high, "n": 9}])
        return Made(policies=Made(directions=Made(links=links)))

    return made


def part(label):
    def made(v, low, high):
        row = {"label": label, "estimate": v, "lower": low, "upper": high, "n": 9}
        return Made(variation=Made(found={"four_hours": Made(to_frame=lambda: pd.DataFrame([row]))}))

    return made


def gate(what):
    def made(v, low, high):
        rows = pd.DataFrame([{"policy": "gate", what: v, f"{what}_error": 0.0}])
        return Made(gate=Made(rows=rows, draws=9))

    return made


def culture(what):
    def made(v, low, high):
        rows = pd.DataFrame({"estimate": v, "lower": low, "upper": high, "n": 9}, index=[what])
        return Made(agreement=Made(culture=rows))

    return made


def indicator(name):
    def made(v, low, high):
        row = {"indicator": f"local_outcome/{name}", "title": "Made up", "effect": v, "lower": low}
        rows = pd.DataFrame([row | {"upper": high, "areas": 9, "unit": "points"}])
        return Made(whole=Made(effects=Made(table=rows)))

    return made


def two_groups(v):
    return pd.DataFrame(
        {
            "group": ["Most deprived tenth", "Least deprived tenth"],
            "growth": [v[0], 0.0],
            "lower": [v[1], 0.0],
            "upper": [v[2], 0.0],
        }
    )


def inside(v, low, high):
    split = Made(share=lambda name: estimate(v, low, high) if name == INSIDE else None)
    return Made(levels=Made(latest={"life expectancy, women": split, "life expectancy, men": split}))


def prevention(v, low, high):
    worth, one = Made(value=v, low=low), Made(value=1.0, low=1.0, high=1.0)
    programme = Made(years=lambda years: 1.0)
    payback = Made(programme=programme, worth=worth, cash=one, arrival=one, most=high)
    return Made(books=Made(payback=payback))


def employer(v, low, high):
    rows = pd.DataFrame({"absence_low": [low], "absence_high": [high]})
    own = Made(what_moves_it=rows, middle=pd.Series({"absence": v}), rows=range(9))
    return Made(books=Made(employer=own))


def holders(v):
    names = [f"authority {i}" for i in range(N)]
    with_power = [n for n, without in zip(names, share_of(v), strict=True) if not without]
    return Made(powers=Made(by_law=with_power, agreed=[], budget_now=with_power, strategic=tuple(names)))


FIGURES = {
    # one value
    "growth_in_nine_years": lambda v, *_: Made(demand=Made(growth=lambda a, b: Made(change=v))),
    "on_an_economic_footprint": lambda v, *_: Made(
        work=Made(authorities=pd.DataFrame({"least": np.where(share_of(v), 0.9, 0.1)}))
    ),
    "same_borders": lambda v, *_: Made(
        borders=Made(
            table=pd.DataFrame({"kind": ["combined_authority"], "on": [TODAY], "same": [v], "areas": [9]})
        )
    ),
    "authorities_without_power": lambda v, *_: holders(v),
    "authorities_without_budget": lambda v, *_: holders(v),
    "turnout": lambda v, *_: Made(
        legitimacy=Made(
            authorities=pd.DataFrame(
                {"area_code": ["a", "a", "b"], "election_date": [1, 2, 1], "turnout": [0.9, v, v]}
            )
        )
    ),
    "say_in_decisions": lambda v, *_: Made(
        legitimacy=Made(
            influence=pd.DataFrame(
                {"financial_year_start": [1, 2], "financial_year": ["x", "y"], "share": [0.9, v]}
            )
        )
    ),
    "market_share_cut": lambda v, *_: Made(
        markets=Made(tenth_cut=lambda kind: v, split=lambda kind: range(9))
    ),
    "spread_before_deals": lambda v, *_: Made(
        convergence=Made(cases=[Made(sigma=Made(estimate=[v, 9.0]), beta=Made(n=9))])
    ),
    "change_by_kind_of_place": lambda v, *_: Made(
        kinds=Made(
            outcomes=pd.DataFrame({"between": [v + 0.1], "chance": [0.1]}, index=["change"]),
            types=Made(count=9),
        )
    ),
    "reorganised_health": lambda v, *_: Made(
        reorganisations=Made(
            tested=pd.DataFrame(
                {
                    "health": True,
                    "p_value": np.where(share_of(v), 0.01, 0.5),
                    "p_own_trend": 0.01,
                    "own_trend": 1.0,
                    "effect": 1.0,
                }
            )
        )
    ),
    "shares_between": lambda v, *_: Made(policies=Made(shares=Made(between=Made(r2=v, n=[9])))),
    "shares_within": lambda v, *_: Made(policies=Made(shares=Made(within=Made(r2=v, n=[9])))),
    "common_to_all": lambda v, *_: Made(
        policies=Made(
            variance=Made(
                shares={"areas": 0.5, "years": v, "within": 1.0 - v},
                panel=pd.DataFrame({"area_code": ["a"]}),
            )
        )
    ),
    "targets_followed": lambda v, *_: Made(
        directives=Made(
            table=pd.DataFrame({"lower": np.where(share_of(v), 1.0, -1.0), "larger": np.zeros(N, int)})
        )
    ),
    "indistinguishable": lambda v, *_: Made(league=Made(ranks=Sized(v))),
    "rich_over_poor": lambda v, *_: Made(taxes=Made(penny=Made(fifths=lambda share: {5: v, 1: 1.0}))),
    "moved_by_equalising": lambda v, *_: Made(
        taxes=Made(penny=Made(equalised=lambda share: Made(moved=v), raised=Made(total=1.0)))
    ),
    "carried_by_regions": lambda v, *_: Made(
        fiscal=Made(now=pd.DataFrame({"carried": np.where(share_of(v), 0.5, 1.5)}))
    ),
    "least_carried": lambda v, *_: Made(fiscal=Made(now=pd.DataFrame({"carried": [0.0, v]}))),
    "seen_by_use": lambda v, *_: Made(flow=Made(england=Lines(v))),
    "money_by_need": lambda v, *_: Made(
        flow=Made(regions=pd.DataFrame({"per_weighted_head": [1.0, 1.0 + v]}))
    ),
    "balance_of_indicators": lambda v, *_: Made(
        whole=Made(
            counts=Made(
                kept={
                    "better": ["x"] * max(round(v * N), 0),
                    "worse": ["x"] * max(round(-v * N), 0),
                },
                tested=N,
            )
        )
    ),
    # a value with limits
    "deprived_growth": lambda *v: Made(accounts=Made(deprivation_growth=two_groups(v))),
    "market_and_change": lambda v, low, high: Made(
        results=Made(
            table=pd.DataFrame(
                [
                    {"kind": "upper_tier", "london": False, "outcome": "change"}
                    | {"correlation": v, "lower": low, "upper": high, "n": 9}
                ]
            )
        )
    ),
    "inside_districts": inside,
    "health_to_productivity": lambda v, low, high: Made(
        policies=Made(
            productivity=Made(
                link=lambda direction, lag: {"estimate": v, "lower": low, "upper": high, "n": 9}
            )
        )
    ),
    "health_to_income": link("deaths to household income"),
    "income_to_health": link("household income to deaths"),
    "local_variation": part("provider_code"),
    "region_variation": part("icb_code"),
    "best_stay": lambda *v: Made(next_year=Made(found={"four_hours": Made(best_stay=estimate(*v))})),
    "false_grants": gate("false_grants"),
    "false_refusals": gate("false_refusals"),
    "engaged_and_quick": culture("between"),
    "engagement_changes": culture("within"),
    "freed_in_five_years": prevention,
    "worth_of_prevention": lambda v, low, high: Made(
        books=Made(payback=Made(worth=Made(value=v, low=low, high=high)))
    ),
    "public_health_and_deaths": lambda *v: Made(
        designs=Made(coefficient=lambda service, model: estimate(*v))
    ),
    "absence_to_break_even": employer,
    "deaths_of_care": lambda *v: Made(ten_years=Made(given={"treatable": estimate(*v)})),
    "care_users_delays": indicator("delayed_transfer_days"),
    "falls": indicator("falls_admissions"),
    "life_satisfaction": indicator("life_satisfaction"),
}


def boards(mean, spread):
    step = mean + spread * np.linspace(-1.0, 1.0, 20)
    rows = [(f"b{i}", y, 5.0 + s * (y - 2015)) for i, s in enumerate(step) for y in (2015, 2016)]
    frame = pd.DataFrame(rows, columns=["area_code", "financial_year_start", "prevalence"])
    return Made(illness=frame.assign(condition="diabetes"))


def ageing(low, high):
    return Made(accounts=Made(england=Made(growth=1.0, ratio=2.0, ageing_bounds=lambda r: (low, high))))


def apart(factor, noise=0.0):
    """Districts of which those with a deal spread by a factor, the others not at all."""
    rng = np.random.default_rng(4)
    first = np.linspace(1.0, 2.0, 40)
    own = first.mean() + factor * (first - first.mean())
    jumps = rng.permutation(first) * noise
    last = np.concatenate([own, first]) + np.concatenate([jumps, jumps])
    figures = pd.DataFrame(
        {2014: np.exp(np.concatenate([first, first])), 2024: np.exp(last)},
        index=pd.Index([f"d{i}" for i in range(80)], name="area_code"),
    )
    cases = [
        Made(outcome="preventable", figures=figures),
        Made(outcome="life expectancy, women, districts", figures=np.log(figures)),
    ]
    return Made(
        convergence=Made(preventable=cases[0], cases=cases),
        dealt=frozenset(f"d{i}" for i in range(40)),
    )


def surprises(size, lasting, reserve=0.02):
    spread = tuple(Made(interval=lambda x=x: Made(lower=x[0], upper=x[1])) for x in (size, lasting))
    main = Made(
        sd=Made(estimate=sum(size) / 2, interval=spread[0].interval),
        lasting=Made(estimate=sum(lasting) / 2, interval=spread[1].interval),
    )
    horizon = Made(volatility=Made(main=main), response=Made(value=1.0), reserve=Made(value=reserve))
    return Made(books=Made(horizon=horizon))


def deals(effect, noise):
    rng = np.random.default_rng(8)
    treated = np.outer(np.arange(60) < 20, np.arange(10) >= 5)
    y = 100.0 + rng.normal(0.0, noise, (60, 10)) + effect * treated
    panel = Panel(y, treated, [f"d{i}" for i in range(60)], range(2010, 2020), unit="deaths")
    return Made(elsewhere=Made(staggered=lambda: panel))


def judgement(v, strength):
    return Made(main=estimate(v, v - 1.0, v + 1.0), verdict=Made(strength=strength))


def judged(section):
    return {
        YES: Made(**{section: judgement(-5.0, "clear")}),
        PARTLY: Made(**{section: judgement(-5.0, "some")}),
        NO: Made(**{section: judgement(-5.0, "no clear")}),
        TURNED: Made(**{section: judgement(5.0, "clear")}),
    }


_APART = {YES: apart(1.5), PARTLY: apart(1.03), NO: apart(1.0, noise=0.9), TURNED: apart(0.5)}
WORLDS = {
    "diabetes_growth": {
        YES: boards(2.0, 0.1),
        PARTLY: boards(0.2, 0.05),
        NO: boards(0.1, 5.0),
        TURNED: boards(-2.0, 0.1),
    },
    "ageing_share": {
        YES: ageing(0.6, 0.8),
        PARTLY: ageing(0.1, 0.8),
        NO: ageing(-0.2, 0.4),
        TURNED: ageing(0.0, 0.1),
    },
    "spread_of_deaths": _APART,
    "spread_of_life": _APART,
    "fewer_failures": {
        YES: surprises((0.029, 0.031), (0.0, 0.1)),
        PARTLY: surprises((0.03, 0.031), (0.24, 0.26)),
        NO: surprises((0.03, 0.031), (0.1, 0.9)),
        TURNED: surprises((0.03, 0.031), (0.8, 0.9)),
    },
    "deals_one_by_one": {
        YES: deals(-5.0, 0.2),
        PARTLY: deals(-1.0, 0.2),
        NO: deals(0.0, 8.0),
        TURNED: deals(5.0, 0.2),
    },
    "deaths_prevented": judged("judgement"),
    "stays_avoided": judged("stays"),
}
