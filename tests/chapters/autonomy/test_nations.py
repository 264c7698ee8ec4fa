"""Four nations: changes against hand cases and published figures, intervals against simulation, and words that turn."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.nations import FIRST, LAST, MIDDLE, NATIONS, Nations, drift
from healthdevo.errors import InputError

SCOTLAND, WALES = "S92000003", "W92000004"


def test_drift_by_hand():
    gap = pd.Series([0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 9.0], index=[*range(2011, 2019), 2024])
    found = drift(gap, 2011, 2018, "gap", "points")
    # steps 1 0 1 0 1 0 1: variance 2/7, over seven years 2; Student's t with 6 degrees of freedom 2.4469
    assert found.estimate == 4.0
    assert found.standard_error == pytest.approx(np.sqrt(2.0))
    assert found[0.95].upper == pytest.approx(4.0 + 2.4469 * np.sqrt(2.0), abs=1e-3)
    later = drift(gap, 2018, 2024, "gap", "points")
    assert later.estimate == 5.0
    assert later.standard_error == pytest.approx(np.sqrt(6 * 2 / 7))
    with pytest.raises(InputError, match="no figure of 2024"):
        drift(gap.iloc[:-1], 2018, 2024, "gap", "points")


def test_intervals_cover_the_true_drift():
    rng = np.random.default_rng(8)
    hits = []
    for _ in range(1500):
        walk = pd.Series(np.cumsum(0.5 + rng.normal(size=14)), index=range(2011, 2025))
        hits.append(
            [3.5 in drift(walk, 2011, 2018, "x", "")[0.95], 0.5 * 6 in drift(walk, 2018, 2024, "x", "")[0.95]]
        )
    assert np.mean(hits, axis=0) == pytest.approx([0.95, 0.95], abs=0.02)


def test_changes_are_differences_of_the_tables(chapter):
    months = tables.load("nation_emergency_month")
    year = months["month"].dt.year

    def share(code, which):
        rows = months[(months["nation_code"] == code) & (year == which)]
        assert len(rows) == 12
        return 100 * rows["within_4_hours"].sum() / rows["attendances"].sum()

    row = chapter.nations.of("waits", MIDDLE).set_index("nation").loc["Scotland"]
    own = share(SCOTLAND, LAST) - share(SCOTLAND, MIDDLE)
    england = share("E92000001", LAST) - share("E92000001", MIDDLE)
    assert row["own"] == pytest.approx(own)
    assert row["estimate"] == pytest.approx(own - england)
    assert chapter.nations.english[1] == pytest.approx(england)
    assert chapter.nations.fallen["Scotland"] == pytest.approx(share(SCOTLAND, LAST) - share(SCOTLAND, FIRST))
    money = tables.load("nation_health_spending").set_index(["nation_code", "financial_year_start"])
    head = money["spending"] / money["population"]
    grown = {code: np.log(head[code, 2024] / head[code, 2018]) for code in ("E92000001", WALES)}
    row = chapter.nations.of("spending", MIDDLE).set_index("nation").loc["Wales"]
    assert row["estimate"] == pytest.approx(100 * (grown[WALES] - grown["E92000001"]))
    low, high = chapter.nations.of_regions
    assert low < 0 < high


def test_england_agrees_with_other_tables():
    regional = tables.load("regional_spending")
    regional = regional[(regional["service"] == "health") & regional["latest_edition"]]
    regional = regional[regional["area_code"] == "E92000001"].set_index("financial_year_start")
    nation = tables.load("nation_health_spending").set_index("nation_code").loc["E92000001"]
    assert nation.set_index("financial_year_start")["spending"].to_dict() == regional["spending"].to_dict()
    provider = tables.load("emergency_provider_month")
    march = provider[provider["month"] == "2026-03-01"]
    own = (
        tables.load("nation_emergency_month")
        .set_index(["nation_code", "month"])
        .loc[("E92000001", "2026-03-01")]
    )
    assert own["attendances"] == pytest.approx(march["attendances"].sum(), rel=0.01)


def made(waits, spending=None, regions=None):
    years = list(range(2011, 2025))
    flat = pd.DataFrame(100.0, index=years, columns=list(NATIONS))
    return Nations(
        waits, flat if spending is None else spending, flat.iloc[:, :2] if regions is None else regions
    )


def planted(scotland, england=-1.0):
    years = np.arange(14)
    rng = np.random.default_rng(0)
    base = {code: 90.0 + england * years + 0.1 * rng.normal(size=14) for code in NATIONS}
    base[SCOTLAND] = base[SCOTLAND] + scotland * years
    return made(pd.DataFrame(base, index=range(2011, 2025)))


@pytest.mark.parametrize(
    ("slope", "said"), [(2.0, "moved apart from England's in Scotland"), (0.0, "No nation's")]
)
def test_a_planted_difference_is_found_and_said(slope, said):
    section = planted(slope)
    assert said in section.gaps_chart().title
    rows = section.of("waits", FIRST)
    assert rows.set_index("nation").loc["Scotland", "estimate"] == pytest.approx(7 * slope, abs=0.6)
    assert words.told_apart(rows).startswith("One" if slope else "None")


@pytest.mark.parametrize(("scotland", "said"), [(0.0, "all four nations"), (3.0, "three of four nations")])
def test_title_of_courses(scotland, said):
    assert said in planted(scotland).chart().title


@pytest.mark.parametrize(("low", "said"), [(-3.0, "All three nations"), (-1.0, "Two of three nations")])
def test_beside_regions(low, said):
    rows = pd.DataFrame({"estimate": [-2.0, 0.0, 1.0]})
    assert said in words.beside_regions(rows, (low, 2.0))


def test_years_without_the_pilots_are_open_and_partial_years_absent(chapter):
    data = chapter.nations.chart().data
    england = data[data["nation"] == "England"].set_index("year")["change"]
    assert england.loc[2019:2023].isna().all()
    assert england.loc[2011] == 0
    assert np.isnan(chapter.nations.waits.loc[2025, WALES])
    assert set(chapter.nations.courses["waits"].index) & set(range(2019, 2024)) == set()
