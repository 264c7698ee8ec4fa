"""Area section "Inequality": numbers recomputed, reasons where there is too little, words under other findings."""

from __future__ import annotations

import numpy as np
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.area import AreaInequality
from healthdevo.chapters.area.inequality import compared as compared_module
from healthdevo.chapters.area.inequality import section as section_module
from healthdevo.chapters.common import ON, TODAY, normal_estimate
from healthdevo.errors import AreaError, TableError

MANCHESTER, SHROPSHIRE, NORTH_WEST = "E54000057", "E54000011", "E40000010"


@pytest.fixture(scope="module")
def manchester() -> AreaInequality:
    return AreaInequality.load(MANCHESTER)


@pytest.fixture(scope="module")
def shropshire() -> AreaInequality:
    return AreaInequality.load(SHROPSHIRE)


def test_gradient_inside_districts(manchester: AreaInequality) -> None:
    members = [a.code for a in areas.members(MANCHESTER, "district", ON)]
    rows = tables.load("slope_index_life_expectancy").query(
        "edition == 'ohid_2026' and period_start_year == 2022"
    )
    size = tables.load("population_year").query("year == 2019").set_index("area_code")["persons"]
    wide = rows.pivot(index="area_code", columns="sex", values="slope_index").loc[members]
    expected = np.average(wide.mean(axis=1), weights=size.loc[members])
    assert manchester.own["slope"] == pytest.approx(expected, abs=0.02)
    assert manchester.own["lower"] < expected < manchester.own["upper"]
    today = areas.list_areas("icb", TODAY)
    assert len(manchester.ranks) == len(manchester.peers) == len(today)


def test_gradient_across_districts(manchester: AreaInequality) -> None:
    rows = tables.load("under_75_mortality").query(
        "edition == 'ohid_2026' and sex == 'persons' and year >= 2022"
    )
    rate = rows.groupby("area_code")["rate"].mean()
    score = (
        tables.load("deprivation_area").query("index_year == 2019").set_index("area_code")["average_score"]
    )
    size = tables.load("population_year").query("year == 2019").set_index("area_code")["persons"]
    members = [a.code for a in areas.members(MANCHESTER, "district", ON)]
    order = score.loc[members].sort_values(ascending=False).index
    share = size.loc[order].to_numpy(float) / size.loc[order].sum()
    middle = share.cumsum() - share / 2
    slope = np.polyfit(middle, rate.loc[order].to_numpy(float), 1, w=np.sqrt(share))[0]
    assert manchester.across_own.estimate == pytest.approx(-slope, rel=0.01)
    assert manchester.across_own.interval().lower > 0
    assert len(manchester.districts) == len(members)


def test_too_few_districts_have_a_reason_and_no_number(shropshire: AreaInequality) -> None:
    assert np.isnan(shropshire.across_own.estimate)
    assert "Two districts are too few" in shropshire.texts()["inequality_across"]
    assert "too few" in shropshire.districts_chart().title
    assert shropshire.similar_table().shown.iloc[0, -1] == "fewer than three districts"


def test_profile_and_similar_areas(manchester: AreaInequality) -> None:
    rows = tables.load("population_deprivation_decile").query(
        "area_code == @MANCHESTER and index_year == 2019"
    )
    people = rows.set_index("decile")["population"]
    assert manchester.deprived_share == pytest.approx(people[[1, 2]].sum() / people.sum())
    similar = manchester.similar
    assert similar["area_code"].iloc[0] == MANCHESTER
    assert similar["distance"].iloc[0] == 0.0
    assert similar["distance"].is_monotonic_increasing
    a, b = (manchester.profile.loc[c] for c in similar["area_code"].iloc[:2])
    # moving people tenth by tenth from one end costs what the sums up to each tenth differ by
    carried, cost = 0.0, 0.0
    for tenth in range(1, 11):
        carried += a[tenth] - b[tenth]
        cost += abs(carried)
    assert similar["distance"].iloc[1] == pytest.approx(cost)


@pytest.mark.parametrize("code", [MANCHESTER, SHROPSHIRE, NORTH_WEST])
def test_section_of_an_area(code: str) -> None:
    section = AreaInequality.load(code)
    for name, text in section.texts().items():
        assert name.startswith("inequality_")
        assert text.strip()
        assert "nan" not in text.replace("finance", "")
    ids = [
        chart.figure_id
        for chart in (
            section.profile_chart(),
            section.rank_chart(),
            section.trend_chart(),
            section.districts_chart(),
        )
    ]
    assert len(set(ids)) == 4
    assert len(section.similar_table().shown) == 5


def test_trend_words_follow_the_sign(manchester: AreaInequality) -> None:
    flipped = AreaInequality.load(MANCHESTER)
    fall = normal_estimate("change", -1.2, 0.15, unit="years")
    flipped.__dict__["change"] = lambda code="": fall
    assert "fell by 1.2 years" in flipped.trend_chart().title
    rise = normal_estimate("change", 1.2, 0.15, unit="years")
    flipped.__dict__["change"] = lambda code="": rise
    assert "rose by 1.2 years" in flipped.texts()["inequality_headline"]
    assert manchester.change().estimate in manchester.change().interval()


def test_an_area_whose_figures_are_broken_stops_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    real = section_module.light_sound

    def broken(name: str) -> tables.Sound:
        sound = real(name)
        if name != "population_deprivation_decile":
            return sound
        frame = sound.frame[sound.frame["area_code"] != SHROPSHIRE]
        return tables.Sound(name, frame, {SHROPSHIRE: ("row 7, column people: -1",)})

    for module in (section_module, compared_module):
        monkeypatch.setattr(module, "light_sound", broken)
    monkeypatch.setattr(
        section_module, "compared", compared_module.compared.__wrapped__
    )  # nothing remembered
    section = AreaInequality.load(MANCHESTER)
    assert len(section.peers) == len(areas.list_areas("icb", TODAY)) - 1
    assert "Shropshire" in section.texts()["inequality_left_out"]
    with pytest.raises(TableError, match="breaks its descriptor"):
        AreaInequality.load(SHROPSHIRE)


def test_unknown_code() -> None:
    with pytest.raises(AreaError):
        AreaInequality.load("E54999999")
