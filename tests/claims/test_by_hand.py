"""Each result of the ledger on figures small enough to work out by hand: thresholds at their edge, limits, counts; and what the ledger says of them."""

import dataclasses
import json
import math
from types import SimpleNamespace as Made

import numpy as np
import pandas as pd
import pytest
from tests.claims.made_up import Sized, boards, estimate, holders, surprises

from healthdevo.chapters.footprint.flows import TODAY
from healthdevo.chapters.footprint.work import LOW
from healthdevo.chapters.postcode_lottery.words import INSIDE
from healthdevo.chapters.reorganisation.words import LEVEL
from healthdevo.claims import CLAIMS, SINCE, Entry, Ledger, check
from healthdevo.claims.recording import VerdictsChangedError
from healthdevo.claims.results import autonomy as of_autonomy
from healthdevo.claims.results import demand as of_demand
from healthdevo.claims.results import footprint as of_footprint
from healthdevo.claims.results import health_in_all_policies as of_health_in_all_policies
from healthdevo.claims.results import money as of_money
from healthdevo.claims.results import postcode_lottery as of_postcode_lottery
from healthdevo.claims.results import powers as of_powers
from healthdevo.claims.results import reorganisation as of_reorganisation
from healthdevo.claims.results import spending as of_spending
from healthdevo.claims.results import whole_system as of_whole_system
from healthdevo.claims.shapes import RANGE, between, called, counted
from healthdevo.claims.since import since_statements
from healthdevo.claims.sources import Sources
from healthdevo.finance import breach_probability
from healthdevo.inequality import sigma_convergence


def limits(found):
    i = found.interval()
    return found.estimate, i.lower, i.upper


def test_shares_count_what_lies_on_the_threshold():
    own = of_footprint.on_an_economic_footprint(
        Made(work=Made(authorities=pd.DataFrame({"least": [LOW, LOW - 0.01, 0.9, 0.1]})))
    )
    assert (own.estimate, own.n) == (0.5, 4)
    carried = of_money.carried_by_regions(
        Made(fiscal=Made(now=pd.DataFrame({"carried": [1.0, 0.99, 1.2, 0.4, np.nan]})))
    )
    assert (carried.estimate, carried.n) == (0.5, 4)
    gap = of_money.least_carried(Made(fiscal=Made(now=pd.DataFrame({"carried": [0.4, 1.2, np.nan]}))))
    assert (gap.estimate, gap.n) == (pytest.approx(0.8), 2)
    targets = pd.DataFrame({"lower": [0.0, 1.0, 1.0, 1.0, -1.0], "larger": [0, 0, 1, 0, 0]})
    followed = of_autonomy.targets_followed(Made(directives=Made(table=targets)))
    assert (followed.estimate, followed.n) == (0.4, 5)
    tested = pd.DataFrame(
        [
            (True, LEVEL, LEVEL, 0.5, 0.6),
            (True, LEVEL, LEVEL, -0.5, -0.6),
            (True, LEVEL + 0.001, 0.0, 1.0, 2.0),
            (True, 0.0, LEVEL + 0.001, 1.0, 2.0),
            (True, 0.0, 0.0, -1.0, 2.0),
            (True, 0.0, 0.0, 0.0, 2.0),
            (True, 0.9, 0.9, 1.0, 1.0),
            (True, 0.9, 0.9, 1.0, 1.0),
            (False, 0.0, 0.0, 1.0, 1.0),
        ],
        columns=["health", "p_value", "p_own_trend", "own_trend", "effect"],
    )
    kept = of_reorganisation.reorganised_health(Made(reorganisations=Made(tested=tested)))
    assert (kept.estimate, kept.n) == (0.25, 8)
    powers = Made(by_law=["a"], agreed=["b", "c"], budget_now=["a", "z"], strategic=tuple("abcdefgh"))
    assert of_powers.authorities_without_power(Made(powers=powers)).estimate == 1 - 3 / 8
    budget = of_powers.authorities_without_budget(Made(powers=powers))
    assert (budget.estimate, budget.n) == (1 - 1 / 8, 8)
    assert math.isnan(of_powers.without(0, 0))
    better = Made(counts=Made(kept={"better": ["x"] * 3, "worse": ["y"]}, tested=8))
    balance = of_whole_system.balance_of_indicators(Made(whole=better))
    assert (balance.estimate, balance.n) == (0.25, 8)
    assert (
        of_whole_system.balance_of_indicators(Made(whole=Made(counts=Made(kept={}, tested=8)))).estimate
        == 0.0
    )


def test_ratios_and_gaps_of_money():
    penny = Made(
        fifths=lambda share: {5: 3.0 + share, 1: 2.0},
        equalised=lambda share: Made(moved=2.0 * share),
        raised=Made(total=8.0),
    )
    rich, moved = (
        of_money.rich_over_poor(Made(taxes=Made(penny=penny))),
        of_money.moved_by_equalising(Made(taxes=Made(penny=penny))),
    )
    assert (rich.estimate, rich.n) == (1.5, 5)
    assert (moved.estimate, moved.n) == (0.25, 5)
    need = of_money.money_by_need(
        Made(flow=Made(regions=pd.DataFrame({"per_weighted_head": [2.0, 3.0, np.nan, 2.5]})))
    )
    assert (need.estimate, need.n, need.unit) == (0.5, 3, "as a share")
    payback = Made(
        programme=Made(years=lambda n: n / 10.0), most=7.0,
        worth=Made(value=4.0, low=3.0, high=5.0), cash=Made(value=0.5, low=0.25), arrival=Made(value=2.0, high=3.0),
    )  # fmt: skip
    freed = of_money.freed_in_five_years(Made(books=Made(payback=payback)))
    assert limits(freed) == pytest.approx((0.5 * 4 * 0.5 / 2, 0.5 * 3 * 0.25 / 3, 0.5 * 7))
    assert (freed.n, freed.interval().level) == (3, 1.0)
    worth = of_spending.worth_of_prevention(Made(books=Made(payback=payback)))
    assert limits(worth) == (4.0, 3.0, 5.0)
    assert (worth.n, worth.interval().level) == (2, 1.0)
    rows = pd.DataFrame({"absence_low": [0.2, 0.1], "absence_high": [0.3, 0.5]})
    for middle, want in ((0.25, (0.25, 0.1, 0.5)), (0.05, (0.05, 0.05, 0.5)), (0.7, (0.7, 0.1, 0.7))):
        employer = Made(what_moves_it=rows, middle=pd.Series({"absence": middle}), rows=range(12))
        found = of_money.absence_to_break_even(Made(books=Made(employer=employer)))
        assert limits(found) == want
        assert (found.n, found.interval().level) == (12, 1.0)


def test_a_window_in_breach_over_the_corners():
    """Chances straight from the closed form; a size above a whole budget is a whole budget, and what lasts lies between 0 and 1."""

    def chance(cost, lasting):
        one, five = (breach_probability(cost, lasting, y, settlement=y, reserve=0.02) for y in (1, 5))
        return 100.0 * (one - five)

    found = of_money.fewer_failures(surprises((0.02, 0.04), (0.2, 0.6)))
    corners = [chance(a, b) for a in (0.02, 0.04) for b in (0.2, 0.6)]
    assert limits(found) == pytest.approx((chance(0.03, 0.4), min(corners), max(corners)))
    assert (found.n, found.interval().level, found.unit) == (42, 1.0, "percentage points")
    beyond = of_money.fewer_failures(surprises((0.5, 1.9), (-0.5, 1.4), reserve=0.02))
    corners = [chance(a, b) for a in (0.5, 1.0) for b in (0.0, 1.0)]
    assert limits(beyond) == pytest.approx((chance(1.0, 0.45), min(corners), max(corners)))
    low = of_money.fewer_failures(surprises((0.5, 1.9), (-0.5, -0.3)))
    assert low.estimate == pytest.approx(chance(1.0, 0.0))


def test_illness_and_ageing_by_hand():
    found = of_demand.diabetes_growth(boards(0.2, 0.05))
    steps = 0.2 + 0.05 * np.linspace(-1, 1, 20)
    reach = (
        2.0930240544082634 * steps.std(ddof=1) / math.sqrt(20)
    )  # t table, 19 degrees of freedom, 2.5% in each tail
    assert limits(found) == pytest.approx((0.2, 0.2 - reach, 0.2 + reach))
    assert (found.n, found.unit) == (20, "percentage points")
    assert found.measure.endswith("2015 to 2016")
    england = Made(growth=0.5, ratio=2.0, ageing_bounds=lambda ratio: (-0.1 * ratio, 0.2 * ratio))
    ageing = of_demand.ageing_share(Made(accounts=Made(england=england)))
    assert limits(ageing) == pytest.approx((0.2, -0.4, 0.8))
    assert (ageing.n, ageing.interval().level) == (2, 1.0)
    england.growth = -0.5
    assert limits(of_demand.ageing_share(Made(accounts=Made(england=england)))) == pytest.approx(
        (-0.2, -0.8, 0.4)
    )
    groups = pd.DataFrame(
        {
            "group": ["Least deprived tenth", "Most deprived tenth"],
            "growth": [0.1, 0.4],
            "lower": [0.07, 0.35],
            "upper": [0.14, 0.46],
        }
    )
    gap = of_demand.deprived_growth(Made(accounts=Made(deprivation_growth=groups)))
    assert limits(gap) == pytest.approx((0.3, 0.35 - 0.14, 0.46 - 0.07))
    assert (gap.n, gap.interval().level) == (2, 1.0)
    asked = []
    growth = of_demand.growth_in_nine_years(
        Made(demand=Made(growth=lambda a, b: asked.append((a, b)) or Made(change=0.17)))
    )
    assert (asked, growth.estimate, growth.n) == ([(2010, 2019)], 0.17, 2)


def test_widening_by_hand():
    """Logs of the two ratios subtracted; half the logs of their intervals added as squares."""
    rng = np.random.default_rng(3)
    figures = pd.DataFrame(
        rng.normal(size=(12, 2)) * [1.0, 2.0], columns=[2014, 2024], index=list("abcdefghijkl")
    )
    figures.index.name = "area_code"
    found = of_postcode_lottery.widening(Made(figures=figures), set("abcde"), "made up", logarithm=False)
    parts = []
    for names in ("abcde", "fghijkl"):
        long = (
            figures.loc[list(names)]
            .melt(ignore_index=False, var_name="period")
            .reset_index()
            .astype({"period": int})
        )
        ratio = sigma_convergence(long, "area_code", "period", "value", measure="standard deviation").ratio
        own = figures.loc[list(names)].std(ddof=0)
        assert ratio.estimate == pytest.approx(own[2024] / own[2014])
        parts.append(
            (math.log(own[2024] / own[2014]), math.log(ratio.interval().upper / ratio.interval().lower) / 2)
        )
    middle, half = parts[0][0] - parts[1][0], math.sqrt(parts[0][1] ** 2 + parts[1][1] ** 2)
    assert limits(found) == pytest.approx(
        (math.exp(middle), math.exp(middle - half), math.exp(middle + half))
    )
    assert (found.n, found.measure) == (12, "made up, 2014 to 2024")


def test_places_take_the_latest_the_smaller_and_the_right_row():
    elections = pd.DataFrame(
        {"area_code": list("abca"), "election_date": [3, 1, 2, 1], "turnout": [0.3, 0.2, 0.5, 0.9]}
    )
    influence = pd.DataFrame(
        {"financial_year_start": [2, 1], "financial_year": ["2024/25", "2023/24"], "share": [0.25, 0.5]}
    )
    voters = Made(legitimacy=Made(authorities=elections, influence=influence))
    assert (of_footprint.turnout(voters).estimate, of_footprint.turnout(voters).n) == (0.3, 3)
    say = of_footprint.say_in_decisions(voters)
    assert (say.estimate, say.n) == (0.25, 1)
    assert say.measure.endswith("2024/25")
    split = {
        name: Made(share=lambda part, v=v: estimate(v, v - 0.1, v + 0.1) if part == INSIDE else None)
        for name, v in (("life expectancy, women", 0.6), ("life expectancy, men", 0.5), ("deaths", 0.1))
    }
    assert limits(of_postcode_lottery.inside_districts(Made(levels=Made(latest=split)))) == pytest.approx(
        (0.5, 0.4, 0.6)
    )
    case = Made(sigma=Made(estimate=[0.3, 0.2]), beta=Made(n=151))
    before = of_postcode_lottery.spread_before_deals(Made(convergence=Made(cases=[case, None])))
    assert (before.estimate, before.n) == (0.3, 151)
    outcomes = pd.DataFrame({"between": [0.5, 0.9], "chance": [0.2, 0.1]}, index=["change", "level"])
    kind = of_footprint.change_by_kind_of_place(Made(kinds=Made(outcomes=outcomes, types=Made(count=6))))
    assert (kind.estimate, kind.n) == (pytest.approx(0.3), 6)
    rows = pd.DataFrame(
        {"kind": ["upper_tier", "upper_tier", "lower", "upper_tier"], "london": [False, True, False, False],
         "outcome": ["change", "change", "change", "level"], "correlation": [0.1, 0.2, 0.3, 0.4], "lower": 0.0, "upper": 0.5, "n": [9, 8, 7, 6]}
    )  # fmt: skip
    market = of_footprint.market_and_change(Made(results=Made(table=rows)))
    assert (*limits(market), market.n) == (0.1, 0.0, 0.5, 9)
    life = pd.DataFrame(
        {2014: [1.0, 2.0, 3.0, 1.0, 2.0, 3.0], 2024: [2.0, 5.0, 8.0, 1.0, 1.5, 2.0]},
        index=pd.Index(list("abcdef"), name="area_code"),
    )
    wrong = Made(outcome="life expectancy, men", figures=life * np.nan)
    cases = [
        wrong,
        Made(outcome="deaths of women", figures=life * np.nan),
        Made(outcome="life expectancy, women", figures=life),
    ]
    wide = of_postcode_lottery.spread_of_life(Made(convergence=Made(cases=cases), dealt=frozenset("abc")))
    assert wide.estimate == pytest.approx(3.0 / 0.5)


def test_people_whose_board_is_their_authority_today():
    rows = [
        ("combined_authority", 0, 0.9, 9),
        ("combined_authority", TODAY, 0.25, 8),
        ("upper_tier", TODAY, 0.5, 7),
    ]
    table = pd.DataFrame(rows, columns=["kind", "on", "same", "areas"])
    same = of_footprint.same_borders(Made(borders=Made(table=table)))
    assert (same.estimate, same.n) == (0.25, 8)
    markets = Made(tenth_cut={"combined_authority": 0.4}.get, split={"combined_authority": range(6)}.get)
    cut = of_footprint.market_share_cut(Made(markets=markets))
    assert (cut.estimate, cut.n) == (0.4, 6)


def test_an_indicator_is_its_own_row():
    rows = pd.DataFrame(
        {"indicator": ["local_outcome/other", "local_outcome/falls_admissions", "falls_admissions"], "title": ["A", "Big Falls", "B"],
         "effect": [1.0, 2.0, 3.0], "lower": [0.0, 1.5, 2.0], "upper": [2.0, 2.5, 4.0], "areas": [1, 2, 3], "unit": ["a", "b", "c"]}
    )  # fmt: skip
    found = of_whole_system.falls(Made(whole=Made(effects=Made(table=rows))))
    assert (*limits(found), found.n, found.unit) == (2.0, 1.5, 2.5, 2, "b")
    assert found.measure == "big Falls, effect in Greater Manchester"
    share = of_autonomy.indistinguishable(Made(league=Made(ranks=Sized(0.3))))
    assert (share.estimate, share.n) == (0.3, 1000)


def test_what_shapes_health_by_hand():
    shares = Made(between=Made(r2=0.7, n=[3, 9, 5]), within=Made(r2=0.2, n=[4, 8]))
    parts = Made(
        shares={"areas": 0.5, "years": 0.3, "within": 0.2}, panel=pd.DataFrame({"area_code": list("aabbc")})
    )
    asked = []

    def link(direction, lag):
        asked.append((direction, lag))
        return {"estimate": 0.1, "lower": -0.1, "upper": 0.3, "n": 9}

    policies = Made(policies=Made(shares=shares, variance=parts, productivity=Made(link=link)))
    assert [
        (f.estimate, f.n)
        for f in (
            of_health_in_all_policies.shares_between(policies),
            of_health_in_all_policies.shares_within(policies),
        )
    ] == [
        (0.7, 9),
        (0.2, 8),
    ]
    common = of_health_in_all_policies.common_to_all(policies)
    assert (common.estimate, common.n) == (pytest.approx(0.6), 3)
    assert limits(of_health_in_all_policies.health_to_productivity(policies)) == (0.1, -0.1, 0.3)
    assert asked == [("avoidable admissions to productivity", 3)]
    rows = [
        ("before the pandemic", 2, "deaths to household income", 9.0),
        ("all years", 1, "deaths to household income", 8.0),
        ("before the pandemic", 1, "deaths to household income", 0.5),
        ("before the pandemic", 1, "household income to deaths", -0.5),
    ]
    links = pd.DataFrame(rows, columns=["sample", "lag", "direction", "estimate"]).assign(
        lower=-1.0, upper=1.0, n=7
    )
    directions = Made(policies=Made(directions=Made(links=links)))
    assert of_health_in_all_policies.health_to_income(directions).estimate == 0.5
    assert of_health_in_all_policies.income_to_health(directions).estimate == -0.5
    frame = pd.DataFrame(
        {
            "label": ["icb_code", "provider_code", "month"],
            "estimate": [0.1, 0.3, 0.6],
            "lower": [0.0, 0.2, 0.5],
            "upper": [0.2, 0.4, 0.7],
            "n": [9, 8, 7],
        }
    )
    varied = Made(variation=Made(found={"four_hours": Made(to_frame=lambda: frame)}))
    assert limits(of_autonomy.region_variation(varied)) == (0.1, 0.0, 0.2)
    assert limits(of_autonomy.local_variation(varied)) == (0.3, 0.2, 0.4)
    both = of_autonomy._part(varied, "provider_code", "icb_code", "absent")
    assert (both.estimate, both.intervals, both.n) == (pytest.approx(0.4), (), 9)
    gate = pd.DataFrame(
        {
            "policy": ["none", "gate"],
            "false_grants": [0.9, 0.4],
            "false_grants_error": [0.5, 0.01],
            "false_refusals": [0.8, 0.2],
            "false_refusals_error": [0.5, 0.02],
        }
    )
    gated = Made(gate=Made(rows=gate, draws=199))
    assert limits(of_autonomy.false_grants(gated)) == pytest.approx((0.4, 0.3804, 0.4196))
    assert limits(of_autonomy.false_refusals(gated)) == pytest.approx((0.2, 0.1608, 0.2392))
    assert of_autonomy.false_grants(gated).n == 199


def test_numbers_of_sources():
    assert RANGE == 1.0
    assert Sources().draws == 199
    plain = counted("share", 0.5, 20)
    assert (plain.estimate, plain.n, plain.intervals, math.isnan(plain.standard_error)) == (0.5, 20, (), True)
    given = between("gap", 1, 0, 2, 7, "made up")
    assert (*limits(given), given.interval().level, given.n) == (1.0, 0.0, 2.0, 0.95, 7)
    twice = dataclasses.replace(estimate(1.0, 0.5, 1.5), standard_error=0.25)
    renamed = called("other", twice)
    assert (renamed.measure, renamed.standard_error, renamed.n, renamed.unit) == ("other", 0.25, 50, "points")
    assert len(renamed.intervals) == 1
    own = Sources(draws=7)
    own.__dict__["elsewhere"] = Made(deals=pd.DataFrame({"districts": [frozenset("ab"), frozenset("bc")]}))
    assert own.dealt == frozenset("abc")


def test_what_the_ledger_says_of_a_result():
    claim = next(c for c in CLAIMS if c.name == "demand_grew")
    no_interval = counted("share", 0.12345, 20, "as a share")
    assert Entry(claim, no_interval).said == "share: 0.12 (no interval: a full count, not a sample)"
    assert (
        Entry(claim, between("gap", 1.5, 0.5, 2.5, 7, "m", "points")).said
        == "gap: 1.5 points (95% interval 0.5 to 2.5)"
    )
    assert Entry(claim, between("gap", 1.5, 0.5, 2.5, 7, "m", "points", 0.9)).said.endswith(
        "(90% interval 0.5 to 2.5)"
    )
    assert Entry(claim, between("gap", 1.5, 0.5, 2.5, 7, "m", "points", RANGE)).said.endswith(
        "(range 0.5 to 2.5)"
    )
    row = Entry(claim, between("gap", 1.5, 0.5, 2.5, 7, "m", "points")).row()
    assert (row["estimate"], row["lower"], row["upper"], row["no_interval"]) == ("1.5", "0.5", "2.5", "")
    bare = Entry(claim, no_interval).row()
    assert (bare["lower"], bare["upper"]) == ("", "")
    assert float(bare["estimate"]) == pytest.approx(0.12345, rel=1e-3)
    assert Entry(claim).row()["estimate"] == ""
    assert (
        Entry(dataclasses.replace(claim, later=True)).row()["rule_written_when_figures_were_known"] == "yes"
    )
    assert Entry(dataclasses.replace(claim, later=False)).row()["rule_written_when_figures_were_known"] == ""
    ledger = Ledger((Entry(claim, no_interval),))
    assert ledger.to_json().startswith('[\n {\n  "name": "demand_grew"')
    assert json.loads(ledger.to_json())[0] == Entry(claim, no_interval).row()
    assert sum(ledger.counts(claim.side).values()) == 1
    assert sum(ledger.counts("against" if claim.side == "for" else "for").values()) == 0
    page = dataclasses.replace(claim, link="demand#Up 22 per cent: (then?)")
    assert Entry(page).href == "demand.html#up-22-per-cent-then"


def test_one_verdict_differs_and_two_differ():
    with pytest.raises(VerdictsChangedError, match="1 verdict of the ledger differs from"):
        check({"a": "supported"}, {"a": "contradicted"})
    with pytest.raises(VerdictsChangedError, match="2 verdicts of the ledger differ from"):
        check(
            {"a": "supported", "b": "supported"}, {"a": "contradicted", "c": "contradicted", "b": "supported"}
        )


def test_what_became_of_proposals_joins_the_dated_statements():
    columns = [
        "table",
        "day",
        "precision",
        "statement",
        "source",
        "second_source",
        "verification",
        "verified",
    ]
    before = pd.DataFrame([["t", pd.Timestamp(2020, 1, 1), "day", "s", "", "", "", True]], columns=columns)
    found = since_statements(before)
    assert list(found.columns) == columns
    assert len(found) == 1 + len(SINCE)
    own = found.iloc[1:].set_index("statement")
    assert not own["verified"].any()
    assert own["day"].is_monotonic_increasing
    for name, since in SINCE.items():
        row = own.loc[f"{name}: {since.what}"]
        parts = since.when.split("-")
        assert row["precision"] == ("day" if len(parts) == 3 else "month")
        assert row["day"] == pd.Timestamp(*(int(p) for p in parts), *([] if len(parts) == 3 else [1]))
        assert row["source"] == (since.source if since.source.startswith("http") else "")
    assert {"day", "month"} == set(own["precision"])


def test_powers_that_none_holds():
    assert of_powers.authorities_without_power(holders(0.25)).estimate == 0.25
