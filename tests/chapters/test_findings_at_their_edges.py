"""The findings of chapters on both sides of every threshold and at it, with made-up results."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from healthdevo.chapters.area.card.numbers import Number, _rates, number_of
from healthdevo.chapters.autonomy import findings as autonomy
from healthdevo.chapters.demand.findings import findings as demand
from healthdevo.chapters.devolution import findings as devolution
from healthdevo.chapters.devolution.avoidable import findings as avoidable
from healthdevo.chapters.footprint import findings as footprint
from healthdevo.chapters.footprint.work import HIGH, LOW
from healthdevo.chapters.health_in_all_policies.findings import headline as all_policies
from healthdevo.chapters.money import findings as money
from healthdevo.chapters.money.words import HEALTH
from healthdevo.chapters.postcode_lottery.findings import answer
from healthdevo.chapters.powers.findings import headline_of as powers
from healthdevo.chapters.reorganisation import findings as reorganisation
from healthdevo.chapters.spending.findings import headline as spending
from healthdevo.chapters.spending.words import PUBLIC_HEALTH
from healthdevo.chapters.whole_system import findings as whole
from healthdevo.chapters.whole_system.counts import Counts
from healthdevo.results import Interval


def made(**parts: object):
    return SimpleNamespace(**parts)


def test_a_footprint_passes_at_two_thirds_and_three_quarters() -> None:
    thresholds = [LOW, HIGH]
    assert thresholds == pytest.approx([2 / 3, 0.75])
    below, between = LOW - 1e-9, (LOW + HIGH) / 2
    authorities = pd.DataFrame({"least": [LOW, HIGH, below, between]})
    boards = pd.DataFrame({"least": [below, LOW, HIGH], "census_2021": [LOW, below, 1.0], "name": ["A", "B", "C"]})  # fmt: skip
    found = footprint.headline(made(authorities=authorities, boards=boards))
    assert "three of the 4 strategic authorities and two of the 3 boards are on" in found.sentence
    assert "At three quarters it is one and one. The board that falls short is A." in found.sentence
    assert found.sentence.endswith("two boards pass.")
    assert found.number == 2.0
    rest = footprint.headline_of((4, 0, 4), (2, 0, 4), 3, 2, ["A", "B"])
    assert "all 4 strategic authorities and two of the 4 boards" in rest
    assert "The two boards that fall short are A and B. " in rest
    assert "fall" not in footprint.headline_of((4, 0, 4), (4, 0, 4), 4, 0, [])


def test_a_reorganisation_stands_out_at_one_in_twenty() -> None:
    rows = pd.DataFrame(
        [(True, 0.05, 0.05, 1.0, 2.0), (True, 0.05, 0.06, 1.0, 2.0), (True, 0.04, 0.01, -1.0, 2.0), (True, 0.051, 0.01, 1.0, 2.0), (True, 0.01, 0.01, 0.0, 2.0), (False, 0.05, 0.05, 1.0, 2.0), (False, 0.06, 0.05, 1.0, 2.0)],
        columns=["health", "p_value", "p_own_trend", "own_trend", "effect"],
    )  # fmt: skip
    found = reorganisation.headline(made(tested=rows))
    assert found.number == 4.0
    assert "4 of 5 changes in health stand out; chance alone would give about 0.25. 1 of them stays once" in found.sentence  # fmt: skip
    assert found.sentence.endswith("In council spending 1 of 2 stand out.")
    assert "2 of them stay once" in reorganisation.headline_of(40, 4, 2, 9, 0)
    assert "about 2. None stays" in reorganisation.headline_of(40, 4, 0, 9, 0)
    assert "no change in health that stands out, in 40 tests" in reorganisation.headline_of(40, 0, 0, 9, 0)


@pytest.mark.parametrize(
    ("inside", "limits", "said"),
    [
        (0.51, [(1.0, 1.2), (0.8, 1.0)], "Most of the lottery in length of life is inside districts, below the level of any mayor or board. The differences between districts were there before the first deal, in a service run from the centre. They widened in none of 2 comparisons and narrowed in none."),
        (0.50, [(1.01, 1.2), (0.8, 0.99), (1.1, 1.2)], "A large part of the lottery in length of life lies between districts and regions. The differences between districts were there before the first deal, in a service run from the centre. They widened in 2 of 3 comparisons and narrowed in 1."),
    ],
)  # fmt: skip
def test_the_lottery_lies_inside_districts_where_more_than_half_does(inside: float, limits: list[tuple[float, float]], said: str) -> None:  # fmt: skip
    class Latest(dict):
        def __missing__(self, key: str) -> object:
            return made(when="2020 to 2022", share=lambda of: made(estimate=inside))

    cases = [made(ratio=made(interval=lambda pair=pair: Interval(0.95, *pair))) for pair in limits]
    found = answer(made(latest=Latest()), made(health=cases), made(sentence="M.", window="w"), "some")
    assert found.sentence.startswith(f"{said} M. So devolution did not make the lottery")
    assert found.window == "2020 to 2022 for length of life; w for Greater Manchester"


def test_a_local_tax_by_fifths_of_places() -> None:
    index = [1, 2, 3, 4, 5]
    shares = {0.0: pd.Series([175.0, 1, 2, 3, 400.0], index), 1.0: pd.Series([254.0] * 5, index)}
    penny = made(fifths=shares.__getitem__, equalised=lambda share: made(moved=126.0 * share), raised=made(total=1000.0))  # fmt: skip
    found = money.local_tax_headline(made(penny=penny))
    assert "£175 for each need-weighted head in the poorest fifth of England, and £400 in the richest. Shared out fully by need, both would have £254, and 13% of the money would move." in found.sentence  # fmt: skip
    assert found.number == pytest.approx(400 / 175)
    assert "would raise no less" in money.local_tax_of(4.0, 4.0, 4.0, 0.0)
    assert "would raise no less" not in money.local_tax_of(3.0, 4.0, 4.0, 0.0)
    lines = pd.DataFrame(
        [(HEALTH, "published", 4.0), (HEALTH, "published", 3.0), (HEALTH, "estimated", 50.0), ("other", "published", 9.0)],
        columns=["parent", "basis", "amount"],
    )  # fmt: skip

    class England(dict):
        lines: pd.DataFrame

    england = England({HEALTH: 100.0})
    england.lines = lines
    found = money.unseen_headline(made(england=england))
    assert found.number == pytest.approx(0.07)
    assert "national tables show 7% by use" in found.sentence


def test_shares_of_all_policies() -> None:
    table = pd.DataFrame({"determinant": ["age", "work", "income"], "estimate": [0.1, 0.3, 0.2]})
    between = made(r2=0.8, to_frame=lambda: table)
    for within, apart in ((0.40, False), (0.39, True)):
        said = all_policies(between, made(r2=within), made(r2=0.25), "w").sentence
        assert said.startswith("Deprivation, work, income, housing, education, age and council spending together go with 80% of")  # fmt: skip
        assert "most of all work and income. " in said
        assert f"they go with {100 * within:.0f}%, before the pandemic with 25%" in said
        assert ("places differ" in said) is apart


@pytest.mark.parametrize(("lower", "clear"), [(0.25, False), (0.2501, True)])
def test_a_quarter_stays_by_lot(lower: float, clear: bool) -> None:
    class Stay:
        estimate = 0.5

        def __getitem__(self, level: float) -> Interval:
            assert level == 0.95
            return Interval(0.95, lower, 0.75)

    class Ranks(list):
        swappable, width = 0.375, 41.2

    rows = pd.DataFrame({"policy": ["always", "gate"], "false_grants": [0.9, 0.2], "false_refusals": [0.8, 0.7]})  # fmt: skip
    found = autonomy.headline(made(ranks=Ranks(range(120))), made(found={"four_hours": made(best_stay=Stay())}), made(rows=rows))  # fmt: skip
    assert ("clearly more than the quarter" in found.sentence) is clear
    for part in ("the order of 38% of pairs", "spans 41 of 120 places", "50%", "25%", "75%", "frees 20% of", "refuses 70% of"):  # fmt: skip
        assert part in found.sentence, part


def test_growth_of_demand_over_its_windows() -> None:
    d = made(
        growth=lambda start, end: made(change={(2008, 2017): 0.2151, (2010, 2019): 0.164}[start, end]),
        fair_windows=pd.DataFrame({"start": [2011, 2011, 2010], "end": [2024, 2023, 2024], "growth_per_head": [0.123, 0.5, 0.6]}),
        latest=2025, total=lambda year: 27.4e6 + year,
    )  # fmt: skip
    found = {f.name: (f.sentence, f.window, f.number) for f in demand(d)}
    assert found["growth_claim"] == ("21.5%", "2008/09 to 2017/18", 0.2151)
    assert found["growth_fair"] == ("16%", "2010/11 to 2019/20", 0.164)
    assert found["growth_long_per_head"] == ("12.3%", "2011/12 to 2024/25", 0.123)
    assert found["latest_year"][0] == "2025/26"
    assert found["total_latest"][2] == 27.4e6 + 2025


def test_powers_in_words() -> None:
    assert powers(5, [], [], []).startswith("For none of the 5 strategic authorities")
    assert powers(3, ["A"], ["B"], ["B"]) == "Of the 3 strategic authorities of England, 2 hold a power over health or care of their own: A by law, B by agreement. B holds a budget of the NHS. For the other 1 none beyond a say was found."  # fmt: skip
    assert powers(2, ["A", "B"], [], ["A", "B"]).endswith("A and B hold a budget of the NHS.")


def test_spending_by_the_sign_of_its_link() -> None:
    def of(estimate: float, lower: float, upper: float) -> object:
        i = Interval(0.95, lower, upper)
        return made(estimate=estimate, interval=lambda: i)

    assert "fewer preventable deaths" in spending({PUBLIC_HEALTH: of(-1.0, -2.0, -0.5)}, 9.0, "w").sentence  # fmt: skip
    assert "more preventable deaths" in spending({PUBLIC_HEALTH: of(1.0, 0.5, 2.0)}, 9.0, "w").sentence
    unclear = {PUBLIC_HEALTH: of(0.5, -1.0, 2.0)}
    assert ", and also with" in spending(unclear, 2.0, "w").sentence
    assert ", and also with" not in spending(unclear, 2.1, "w").sentence


def test_what_chance_alone_would_move() -> None:
    assert [whole.expected(Counts(n)) for n in (14, 16, 30)] == ["fewer than one", "about one", "about two"]
    none = {"better": [], "worse": [], "neither": []}
    one = none | {"worse": ["Big gap"]}
    assert whole.short_of(Counts(40, one, none, none)).startswith("Of 40 indicators of the whole system, one changed beyond chance in Greater Manchester: none for the better and one for the worse.")  # fmt: skip
    said = whole.headline_of(Counts(40, one, one, none), one)
    assert "one stands out: big gap (for the worse). The strictest allowance leaves none." in said
    assert "one of the one stands: big gap (for the worse)." in said
    both = {"better": ["A"], "worse": ["B"], "neither": ["C"]}
    said = whole.headline_of(Counts(40, both, both, both), none)
    assert "three stand out: a (for the better), b (for the worse) and c (in a way that is neither)" in said
    assert "The strictest allowance leaves the same." in said
    assert "none of the three stand." in said


def placebo(estimate: float, p: float = 0.05):
    return made(estimate=estimate, p_absolute=p)


def test_words_on_greater_manchester_at_nothing() -> None:
    assert "did worse by 0.0 per" in devolution.change(0.0)
    assert "fell by 0.1 per 100,000 more" in devolution.change(-0.1)
    assert "widened by 0 per" in devolution.admissions_change(0.0)
    assert "narrowed by 1 per" in devolution.admissions_change(-1.0)
    assert [devolution._whole(v) for v in (-1.6, 0.0, 2.4)] == ["2 fewer", "0 more", "2 more"]
    assert [devolution._readings(n) for n in (0, 1, 2)] == ["No readings", "One reading", "Two readings"]
    assert [devolution._percent(placebo(v)) for v in (float(np.log(0.9)), 0.0, float(np.log(1.25)))] == ["10.0% less", "0.0% more", "25.0% more"]  # fmt: skip
    assert devolution.RARE == 0.05
    cases = [(1.0, 0.05, True), (1.0, 0.051, False), (-1.0, 0.01, False), (0.0, 0.01, False), (4.0, 0.01, True)]  # fmt: skip
    assert [devolution._holds(placebo(e, p), placebo(2.0)) for e, p, _ in cases] == [
        held for *_, held in cases
    ]


def test_words_on_ten_years_before_the_deal() -> None:
    good, weak, other = placebo(-2.0), placebo(-3.0, 0.06), placebo(3.0)
    said = avoidable.cause_of("Deaths", good, good, good, good, placebo(-0.1))
    assert said.startswith("Deaths fell by 2.0 per 100,000 more than elsewhere outside London. ")
    assert said.endswith("That stays so when earlier trends are allowed for, and in per cent of the rate.")
    assert "rose by 0.0 per 100,000 against the change elsewhere" in avoidable.cause_of("D", placebo(0.0, 0.5), *[good] * 4)  # fmt: skip
    unusual = avoidable.cause_of("Deaths", placebo(-2.0, 0.051), good, good, good, good)
    assert "That is not unusual" in unusual
    for place, part in enumerate(("given the earlier trend", "given the earlier trend", "with that trend carried on in full", "in per cent of the rate")):  # fmt: skip
        for broken in (weak, other):
            readings = [good] * 4
            readings[place] = broken
            told = avoidable.cause_of("Deaths", good, *readings)
            assert f"But {part} " in told, (place, told)
    both = avoidable.cause_of("Deaths", good, weak, good, weak, good)
    assert "But given the earlier trend" in both
    assert " With that trend carried on in full" in both
    assert avoidable.holds(good, good, good)
    assert not avoidable.holds(good, placebo(0.0))
    assert not avoidable.holds(weak)


def ranked(start: int, **values: float) -> pd.DataFrame:
    frame = pd.DataFrame({"area_code": list(values), "value": list(values.values())})
    return frame.assign(start=start, error=0.3, lower=frame["value"] - 1, upper=frame["value"] + 2)


def test_a_number_of_the_card_by_hand() -> None:
    rows = ranked(2020, C=9.0, A=1.0, B=5.0, D=float("nan"))
    before = ranked(2010, B=4.0, C=9.0).assign(error=0.4)
    found = number_of("gradient", rows, "B", "icb", before)
    assert (found.value, found.error, found.lower, found.upper) == (5.0, 0.3, 4.0, 7.0)
    assert (found.rank, found.rank_lower, found.rank_upper, found.of) == (2, 2, 2, 3)
    assert (found.last, found.first, found.change, found.direction) == (2020, 2010, 1.0, "higher")
    margin = 1.959963984540054 * 0.5
    assert (found.change_lower, found.change_upper) == pytest.approx((1 - margin, 1 + margin))
    assert found.peers == (1.0, 5.0, 9.0)
    same = number_of("gradient", rows, "B", "icb", before.assign(start=2020))
    assert (same.first, same.direction) == (0, "")
    alone = number_of("gradient", rows[rows["area_code"] == "B"], "B", "icb")
    assert (alone.rank, alone.rank_lower, alone.rank_upper, alone.of, alone.first) == (0, 0, 0, 1, 0)
    assert number_of("gradient", rows, "D", "icb").reason == "There is no figure for it."
    assert [Number("m", 1.0, change=1.0, change_lower=a, change_upper=b).direction for a, b in ((0.0, 1.0), (0.1, 1.0), (-1.0, 0.0), (-1.0, -0.1))] == ["unclear", "higher", "unclear", "lower"]  # fmt: skip
    plain = Number("m")
    assert (plain.rank, plain.rank_lower, plain.rank_upper, plain.of, plain.last, plain.first) == (0,) * 6


def test_attendances_need_the_twelve_months_of_a_financial_year() -> None:
    days = pd.date_range("2016-03-01", "2017-04-01", freq="MS")
    parts = [pd.DataFrame({"area_code": c, "month": days, "department_type": "all", "attendances": n}) for c, n in (("A", 10.0), ("B", 20.0), ("C", 30.0), ("D", 40.0))]  # fmt: skip
    parts[2].loc[5, "attendances"] = np.nan
    parts.append(parts[0].assign(department_type="1"))
    people = pd.DataFrame({"area_code": ["A", "B", "C", "A"], "year": [2016, 2016, 2016, 2017], "persons": [1000.0, 4000.0, 1000.0, 7.0]})  # fmt: skip
    section = made(peers=[made(code=c) for c in "ABCD"], months=pd.concat(parts), population=people)
    found = _rates(section, 2016)
    assert found["area_code"].tolist() == ["A", "B"]
    assert found["value"].tolist() == pytest.approx([120.0, 60.0])
    assert set(found["start"]) == {2016}
    assert _rates(made(peers=[made(code="A")], months=section.months, population=people), 2016).empty
