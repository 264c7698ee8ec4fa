"""Growth accounts, the pandemic break, four-hour performance and forecasts say what the tables hold, in either direction."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.area.emergency.attendances import AreaEmergency
from healthdevo.chapters.area.emergency.trend import AreaTrend
from healthdevo.chapters.common import ENGLAND
from healthdevo.chapters.common.emergency_series import (
    beaten_horizons,
    in_pandemic,
    monthly_counts,
    per_day_frame,
    scorecard,
)
from healthdevo.chapters.common.waiting import performance
from healthdevo.chapters.demand.accounts import AGE_GROUPS, Account, DemandAccounts, account
from healthdevo.chapters.demand.four_hour import FourHours
from healthdevo.chapters.demand.outlook import Outlook
from healthdevo.chapters.demand.pandemic import PandemicBreak
from healthdevo.chapters.demand.words import (
    ASSURANCE_WORDS,
    PARTS,
    _calibration,
    _change,
    _position,
    account_sentence,
    ageing_words,
    calendar_words,
    icons,
)
from healthdevo.errors import TableError
from healthdevo.results import Estimate, Interval
from healthdevo.series import AreaForecast
from healthdevo.wording import signed_percentage as signed

NONE = Estimate("working-day effect", 0.0, 0.0, (Interval(0.95, -0.1, 0.1),), 1, "none")


@pytest.fixture(scope="module")
def accounts() -> DemandAccounts:
    return DemandAccounts.load()


@pytest.fixture(scope="module")
def manchester() -> AreaTrend:
    return AreaTrend(AreaEmergency.load("E54000057"))


def year(code: str, start: int, kind: str = "all") -> float:
    rows = tables.load("emergency_month")
    rows = rows[(rows["area_code"] == code) & (rows["department_type"] == kind)]
    return float(rows.loc[rows["month"].between(f"{start}-04-01", f"{start + 1}-03-01"), "attendances"].sum())


# ---- growth accounts -------------------------------------------------------------------------------------------------------------


def test_parts_sum_to_the_observed_change_for_every_area(accounts):
    months, people = accounts.months, accounts.population
    codes = [a.code for kind in ("nhs_region", "icb") for a in areas.list_areas(kind, on="2025-06-01")]
    assert len(codes) == 49
    for code in [ENGLAND, *codes]:
        rows = months[months["area_code"] == code]
        a = account(rows, people[people["area_code"] == code], code, 2016, 2024, NONE)
        assert a.parts["effect"].sum() == pytest.approx(a.second - a.first, abs=1e-6), code
        assert list(a.parts.index) == list(PARTS)
    assert (a.first, a.second) == pytest.approx((year(codes[-1], 2016), year(codes[-1], 2024)))


def test_the_part_of_people_is_the_mean_of_both_orders_when_nothing_else_but_use_changes():
    month = pd.period_range("2016-04", periods=24, freq="M").to_timestamp()
    rows = [
        {
            "area_code": "A",
            "month": m,
            "department_type": kind,
            "attendances": (100.0 if i < 12 else 150.0) * size,
        }
        for i, m in enumerate(month)
        for kind, size in (("1", 2.0), ("3", 1.0), ("all", 3.0))
    ]
    people = pd.DataFrame(
        {"area_code": "A", "year": [2016, 2017], "persons": [1000.0, 1200.0], "share_0_15": 0.2, "share_16_64": 0.6,
         "share_65_plus": 0.2}
    )  # fmt: skip
    a = account(pd.DataFrame(rows), people, "A", 2016, 2017, NONE)
    per_head = np.array([3600 / 1000, 5400 / 1200])
    assert a.parts.loc["people", "effect"] == pytest.approx(200 * per_head.mean())
    assert a.share("calendar") == pytest.approx(0.0)
    assert a.parts.loc["major", "effect"] == pytest.approx(2 * a.parts.loc["minor", "effect"])
    assert a.parts.loc["specialist", "effect"] == 0.0
    # Ages did not change, so ageing explains nothing, whatever the rates.
    assert a.ageing.to_numpy() == pytest.approx(np.zeros((2, 2)), abs=1e-12)


def test_bounds_of_ageing_enclose_every_schedule_of_rates(accounts):
    from healthdevo.emergency.growth_accounts import YearOfAttendances, growth_accounts

    rows = accounts.population[accounts.population["area_code"] == ENGLAND].set_index("year")
    years = []
    for start in (2011, 2024):
        shares = rows.loc[start, list(AGE_GROUPS)].astype(float)
        counts = {kind: year(ENGLAND, start, kind) for kind in "123"}
        days = float(sum(pd.period_range(f"{start}-04", periods=12, freq="M").days_in_month))
        years.append(
            YearOfAttendances(counts, float(rows.loc[start, "persons"]) * shares / shares.sum(), days)
        )
    rng = np.random.default_rng(0)
    low, high = accounts.england.ageing_bounds(2.0)
    outer_low, outer_high = accounts.england.ageing_bounds(np.inf)
    assert outer_low < low < 0 < high < outer_high
    for _ in range(25):
        rates = pd.Series(rng.uniform(1.0, 2.0, 3), index=list(AGE_GROUPS))
        part = (
            growth_accounts(*years, age_rates=rates, draws=2).table.loc["age mix", "all"]
            / accounts.england.first
        )
        assert low - 0.0005 <= part <= high + 0.0005


def test_accounts_need_whole_years_and_types_that_add_up(accounts):
    rows = accounts.months[accounts.months["area_code"] == "E54000057"]
    with pytest.raises(TableError, match=r"0 of 12 months of 2019/20"):
        account(rows, accounts.population, "E54000057", 2016, 2019, NONE)
    short = rows[~((rows["department_type"] == "3") & (rows["month"] == pd.Timestamp(2016, 5, 1)))]
    with pytest.raises(TableError, match="add up to"):
        account(short, accounts.population, "E54000057", 2016, 2024, NONE)
    with pytest.raises(TableError, match="no population"):
        account(rows, accounts.population, "E54000057", 2016, 2025, NONE)


def made(people: float, major: float, minor: float, high: float) -> Account:
    share = pd.Series({"people": people, "calendar": 0.0, "major": major, "specialist": 0.0, "minor": minor})
    parts = pd.DataFrame({"effect": 1000 * share, "share": share})
    ageing = pd.DataFrame({"lower": -0.01, "upper": [high, 2 * high]}, index=[2.0, np.inf])
    return Account(2016, 2024, parts, 1000.0, 1000.0 * (1 + share.sum()), ageing, people)


def test_words_of_an_account_follow_its_signs():
    assert "grew by 10.0%" in account_sentence(made(0.05, 0.03, 0.02, 0.01))
    assert "fell by 10.0%" in account_sentence(made(-0.05, -0.03, -0.02, 0.01))
    assert "ageing alone cannot explain the growth" in ageing_words(made(0.0, 0.03, 0.02, 0.01))
    assert "cannot be ruled out" in ageing_words(made(0.0, 0.03, 0.02, 0.06))
    assert "Use did not grow" in ageing_words(made(0.0, -0.03, 0.02, 0.06))
    clear = Estimate("w", 0.3, 0.1, (Interval(0.95, 0.1, 0.5),), 9, "m")
    assert "differ clearly" in calendar_words(made(0, 0, 0, 0), clear)
    assert "cannot be told from none" in calendar_words(made(0, 0, 0, 0), NONE)
    assert (signed(0.012), signed(-0.00001), signed(-0.5, 0)) == ("+1.2%", "0.0%", "\N{MINUS SIGN}50%")


def test_deprivation_points_carry_their_rounding(accounts):
    table = accounts.deprivation_growth.set_index("group")
    most = table.loc["Most deprived tenth"]
    assert most["growth"] == pytest.approx(3.1 / 3.0 - 1)
    assert most["lower"] == pytest.approx(3.05 / 3.05 - 1)
    assert most["upper"] == pytest.approx(3.15 / 2.95 - 1)
    assert set(accounts.deprivation_growth["end"]) == {2019}  # the collection of 2020/21 is another


def test_minor_injury_providers_add_up(accounts):
    p = accounts.minor_providers
    assert p["new"] - p["gone"] + p["stayed"] == pytest.approx(p["change"])


# ---- pandemic ----------------------------------------------------------------------------------------------------------------------


def test_attendances_missing_in_the_pandemic_are_observed_less_expected():
    result = PandemicBreak(tables.load("emergency_month")).lost["all"]
    after = result.path[result.path.index >= "2020-03"]
    assert len(after) == 16
    missing = (after["observed"] - after["counterfactual"]).sum()
    assert result.cumulative.estimate == pytest.approx(missing, rel=1e-6)


@pytest.mark.parametrize(
    ("limits", "word"), [((-0.05, -0.01), "below"), ((-0.05, 0.01), "back on"), ((0.01, 0.05), "above")]
)
def test_position_against_the_old_course(limits, word):
    centre = sum(limits) / 2
    assert _position(Estimate("gap", centre, 0.01, (Interval(0.95, *limits),), 12, "m")) == word


# ---- four hours --------------------------------------------------------------------------------------------------------------------


def test_four_hour_shares_are_recomputed_from_the_table():
    result = FourHours(tables.load("emergency_month"))
    rows = tables.load("emergency_month").query("area_code == 'E40000003' and department_type == 'all'")
    last = rows.sort_values("month").tail(12)
    expected = 1 - last["over_4_hours"].sum() / last["attendances_4_hour_reporting"].sum()
    london = result.regions.set_index("name").loc["London"]
    assert london["share"] == pytest.approx(expected)
    assert london["lower"] < expected < london["upper"]
    assert result.limits.table["part"].max() == 4
    targets = result.results["England"].table["target"]
    assert targets["2024-02"] == 0.95
    assert (targets["2024-03"], targets["2025-02"], targets["2025-03"]) == (0.76, 0.76, 0.78)


def test_months_without_four_hour_figures_are_not_zero():
    london = performance(tables.load("emergency_month"), "E40000003")
    silent = london.table[london.table["status"] == "not reported"]
    assert (len(silent), silent["share"].notna().sum()) == (11, 0)


def test_icons_have_letters_and_words():
    chart = performance(tables.load("emergency_month"), "E40000010").chart
    both = icons(chart)
    assert [i.letter for i in both] == [chart.variation_letter, chart.assurance_letter]
    assert all(i.text.split("\n")[1] for i in both)
    assert ASSURANCE_WORDS["consistent_pass"] == "meets the target reliably"


# ---- forecasts -----------------------------------------------------------------------------------------------------------------------


def with_record(errors: dict[int, float], model: str = "structural trend") -> AreaForecast:
    index = pd.MultiIndex.from_product([[model], list(errors)], names=["model", "horizon"])
    card = pd.DataFrame({"relative_error": list(errors.values()), "coverage_0.8": 0.8}, index=index)
    return AreaForecast(model, pd.DataFrame(), card, {}, 0.5, (), pd.DataFrame())


def test_the_page_says_where_the_floor_wins():
    assert beaten_horizons(with_record({1: 0.5, 6: 0.9, 12: 1.3})) == [12]
    assert beaten_horizons(with_record({1: 0.5, 12: 0.9})) == []
    assert scorecard(with_record({1: 0.5}))["relative_error"].tolist() == [0.5]
    assert scorecard(
        AreaForecast("", pd.DataFrame(), pd.DataFrame(), {}, 0.0, (), pd.DataFrame(), "short")
    ).empty
    outlook = Outlook(pd.DataFrame())
    outlook.__dict__["forecasts"] = {
        "England": with_record({1: 0.5, 12: 1.2}),
        "North": with_record({1: 1.0, 12: 1.0}, "seasonal naive"),
    }
    shown = outlook.table().shown.set_index("Area")["Floor wins at"]
    assert shown.to_dict() == {"England": "12 months", "North": "all"}


def test_words_of_a_forecast_follow_its_signs():
    assert (_change(0.02), _change(-0.02)) == ("2.0% above", "2.0% below")
    assert "stand as the model gave them" in _calibration([], [])
    assert "95% interval was widened and the 50% interval was narrowed" in _calibration(["95%"], ["50%"])


def test_gaps_and_the_pandemic_stay_open():
    counts = monthly_counts(tables.load("emergency_month"), "E54000057")
    trend = pd.Series(1.0, index=pd.period_range("2016-04", "2026-03", freq="M"))
    frame = per_day_frame(counts, trend).set_index("month")
    assert frame.loc["2019-04-01":"2020-03-01", ["per_day", "trend"]].isna().all().all()
    assert frame.loc["2020-04-01":"2021-06-01", "per_day"].notna().all()
    assert frame.loc["2020-04-01":"2021-06-01", "trend"].isna().all()
    assert frame.index[frame["provisional"]].tolist() == [frame.index[-1]]
    assert in_pandemic(pd.period_range("2021-06", periods=2, freq="M")).tolist() == [True, False]
    with pytest.raises(TableError, match="no attendances of type 2"):
        monthly_counts(tables.load("emergency_month"), "E54000013", "2")


# ---- area section --------------------------------------------------------------------------------------------------------------------


def test_area_section_says_number_interval_and_record(manchester):
    texts = manchester.texts()
    growth = manchester.trend.growth
    assert growth.interval().lower < growth.estimate < growth.interval().upper
    assert "95% interval" in texts["area_trend"]
    assert "next twelve months are forecast" in texts["area_forecast"]
    assert "times those of simply repeating last year's months" in texts["area_record"]
    assert texts["area_account"].startswith("Attendances grew by")
    assert all(text.strip() and "nan" not in text for text in texts.values())


def test_area_charts_show_provisional_month_gap_icons_and_peers(manchester):
    chart = manchester.trend_chart()
    assert "no figures" in chart.svg
    assert chart.data["provisional"].sum() == 1
    assert chart.data["median"].notna().sum() == 12
    waits = manchester.four_hour_chart()
    assert f">{manchester.waiting.chart.assurance_letter}<" in waits.svg
    funnel = manchester.funnel_chart()
    assert len(funnel.data) == 30
    assert ">Greater Manchester<" in funnel.svg
    shown = manchester.account_chart().data
    assert shown["percent"].iloc[-1] == pytest.approx(shown["percent"].iloc[:-1].sum())
    assert manchester.scorecard_table().data["in_use"].any()
    assert (
        manchester.quality_table().shown.set_index("What").loc["Months with figures", "This area"]
        == "108 of 120"
    )


def test_an_account_without_population_gives_its_reason(manchester):
    section = manchester.section
    people = section.population[
        ~((section.population["area_code"] == "E54000057") & (section.population["year"] == 2016))
    ]
    other = AreaTrend(
        AreaEmergency(section.area, section.peers, {}, section.months, people, section.compared)
    )
    assert "no population of E54000057 for 2016" in other.texts()["emergency_account_instead"]
    assert other.account_chart() is None


def test_a_short_series_gives_reasons_instead_of_numbers(manchester):
    section = manchester.section
    own = section.months["area_code"] == "E54000057"
    late = section.months["month"].between(pd.Timestamp(2024, 4, 1), pd.Timestamp(2026, 2, 1))
    other = AreaTrend(
        AreaEmergency(
            section.area, section.peers, {}, section.months[~own | late], section.population, section.compared
        )
    )
    texts = other.texts()
    assert "23 known months are fewer" in texts["area_trend"]
    assert "no growth account" in texts["emergency_account_instead"]
    assert "There is no" in texts["area_record"]
    assert "no trend can be told" in other.trend_chart().title
