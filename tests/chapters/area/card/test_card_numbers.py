"""The numbers of cards, against sums made here from the tables, and who runs what."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.area.card import words
from healthdevo.chapters.area.card.bodies import bodies_of, changes_of, successors_of
from healthdevo.chapters.area.card.card import AreaCard, strip_of
from healthdevo.chapters.area.card.national import waits
from healthdevo.chapters.area.card.numbers import MEASURES, Number, number_of, numbers_of
from healthdevo.chapters.common import TODAY
from healthdevo.publishing.project import Project

GREATER_MANCHESTER, BOARD, SALFORD, CAMBRIDGE = "E47000001", "E54000057", "E08000006", "E07000008"


@pytest.fixture(scope="module")
def cards():
    return {code: AreaCard.load(code) for code in (GREATER_MANCHESTER, BOARD, SALFORD, CAMBRIDGE)}


def _months(code, first, last):
    m = tables.load("emergency_month")
    return m[(m["area_code"] == code) & (m["department_type"] == "all") & m["month"].between(first, last)]


def test_attendances_are_the_boards_count_over_its_people(cards):
    rows = _months(BOARD, "2024-04-01", "2025-03-01")
    people = tables.load("population_year").query("area_code == @BOARD and year == 2024")["persons"].iloc[0]
    assert len(rows) == 12
    expected = 1000 * rows["attendances"].sum() / people
    for code in (BOARD, GREATER_MANCHESTER):  # the authority has the board's border
        assert cards[code].numbers["attendances"].value == pytest.approx(expected)


def test_waiting_is_the_share_of_the_latest_months(cards):
    found = cards[BOARD].numbers["four_hours"]
    rows = _months(BOARD, "2025-04-01", "2026-03-01")
    share = 1 - rows["over_4_hours"].sum() / rows["attendances_4_hour_reporting"].sum()
    assert (found.last, found.first) == (2025, 2017)
    assert found.value == pytest.approx(share, abs=0.003)
    before = _months(BOARD, "2017-04-01", "2018-03-01")
    earlier = 1 - before["over_4_hours"].sum() / before["attendances_4_hour_reporting"].sum()
    assert found.change == pytest.approx(share - earlier, abs=0.006)
    assert found.direction == "lower"


def test_a_district_has_its_published_figures(cards):
    life = tables.load("life_expectancy_area").query("area_code == @SALFORD and period_start_year == 2023")
    numbers = cards[SALFORD].numbers
    assert len(life) == 2
    assert numbers["life_expectancy"].value == pytest.approx(life["life_expectancy"].mean())
    slope = tables.load("slope_index_life_expectancy")
    rows = slope[
        (slope["area_code"] == SALFORD)
        & (slope["edition"] == "ohid_2026")
        & (slope["period_start_year"] == 2022)
    ]
    assert numbers["gradient"].value == pytest.approx(rows["slope_index"].mean())
    deaths = tables.load("under_75_mortality")
    rows = deaths[
        (deaths["area_code"] == SALFORD) & (deaths["edition"] == "ohid_2026") & (deaths["sex"] == "persons")
    ]
    by_year = rows.set_index("year")["rate"]
    assert numbers["preventable_deaths"].value == pytest.approx(by_year[[2022, 2023, 2024]].mean())
    assert numbers["preventable_deaths"].change == pytest.approx(
        by_year[[2022, 2023, 2024]].mean() - by_year[[2014, 2015, 2016]].mean()
    )


def test_an_authority_has_the_mean_of_its_districts_by_people(cards):
    members = [a.code for a in areas.members(GREATER_MANCHESTER, "district", on="2023-04-01")]
    people = (
        tables.load("population_year")
        .query("year == 2019")
        .set_index("area_code")["persons"]
        .reindex(members)
    )
    deaths = tables.load("under_75_mortality").query(
        "edition == 'ohid_2026' and sex == 'persons' and year >= 2022"
    )
    rates = deaths.groupby("area_code")["rate"].mean().reindex(members)
    assert len(members) == 10
    expected = np.average(rates, weights=people)
    assert cards[GREATER_MANCHESTER].numbers["preventable_deaths"].value == pytest.approx(expected)


def test_every_number_lies_in_its_interval_and_its_rank_too(cards):
    for card in cards.values():
        assert tuple(card.numbers) == MEASURES
        for n in card.numbers.values():
            if n.known:
                assert n.lower < n.value < n.upper
                assert 1 <= n.rank_lower <= n.rank <= n.rank_upper <= n.of
                assert n.peers[-n.rank] == n.value  # so many are higher
            else:
                assert n.reason


def test_what_is_missing_leads_to_the_area_that_has_it(cards):
    assert f"area:{BOARD}#a-e" in cards[SALFORD].numbers["attendances"].reason
    assert f"area:{BOARD}#a-e" in cards[SALFORD].html
    assert "area:E10000003#spending" in cards[CAMBRIDGE].numbers["spending_against_need"].reason
    assert "attendances" not in cards[SALFORD].record["numbers"]


def test_plain_values_are_those_shown(cards):
    record, number = cards[SALFORD].record, cards[SALFORD].numbers["gradient"]
    assert record["numbers"]["gradient"]["value"] == pytest.approx(number.value, rel=1e-5)
    assert record["numbers"]["gradient"]["of"] == 36
    shown, about = cards[SALFORD]._repr_mimebundle_()
    assert f"<b>{number.value:.1f}</b>" in shown["text/html"]
    assert about == {"healthdevo_card": record}


def test_number_of_ranks_and_compares_by_hand():
    rows = pd.DataFrame({"area_code": list("ABC"), "start": 2020, "value": [1.0, 9.0, 5.0], "error": 0.3})
    rows = rows.assign(lower=rows["value"] - 0.6, upper=rows["value"] + 0.6)
    earlier = rows.assign(start=2010, value=[1.0, 8.0, 5.5], error=0.4)  # together 0.5
    found = number_of("gradient", rows, "C", "icb", earlier)
    assert (found.rank, found.rank_lower, found.rank_upper, found.of) == (2, 2, 2, 3)
    assert found.change == pytest.approx(-0.5)
    assert found.change_upper - found.change == pytest.approx(1.959964 * 0.5)
    assert found.direction == "unclear"
    assert number_of("gradient", rows, "B", "icb", earlier).direction == "higher"
    assert number_of("gradient", rows, "B", "icb", rows).direction == ""  # no earlier period
    assert not number_of("gradient", rows, "D", "icb").known
    assert number_of("gradient", rows[:1], "A", "icb").of == 1


def test_waits_need_two_years():
    months = pd.DataFrame(
        {
            "area_code": "A",
            "department_type": "all",
            "month": pd.date_range("2016-04-01", periods=12, freq="MS"),
            "over_4_hours": 100.0,
            "attendances_4_hour_reporting": 1000.0,
        }
    )
    assert waits(months).empty


def test_who_runs_what():
    found = {(b.role, b.area.code): b for b in bodies_of(areas.get(SALFORD))}
    assert list(dict.fromkeys(role for role, _ in found)) == [
        "council",
        "authority",
        "board",
        "health",
        "government",
    ]
    assert found["authority", GREATER_MANCHESTER].note == "since 1 April 2011, elected mayor since 4 May 2017"
    assert found["board", BOARD].note == "since 1 July 2022"
    two_tiers = [b.area.code for b in bodies_of(areas.get(CAMBRIDGE)) if b.role == "council"]
    assert two_tiers == [CAMBRIDGE, "E10000003"]
    cheshire = [b for b in bodies_of(areas.get("E54000008")) if b.role == "authority"]
    assert sum(b.share for b in cheshire) == pytest.approx(1, abs=0.01)
    assert "first election of a mayor due 6 May 2027" in cheshire[1].note
    lancashire = next(b for b in bodies_of(areas.get("E10000017")) if b.role == "authority")
    assert "no mayor elected so far" in lancashire.note


def test_what_is_about_to_change_is_said():
    said = changes_of(areas.get("E07000071"))  # Colchester
    assert said[0] == (
        "On 1 April 2028 North East Essex takes the place of Colchester, as announced. This rests on one secondary source, and no order was found."
    )
    assert (
        "names and borders of the new councils were not found" in changes_of(areas.get("E07000105"))[0]
    )  # Ashford
    assert changes_of(areas.get("E54000037"))[0].startswith("It shares its leaders with NHS Cornwall")
    assert said[-1] == "A strategic authority for Greater Essex is planned; it was not set up when last seen."
    assert "About to change" in AreaCard(areas.get("E07000071"), (), (), {}).html
    assert "About to change" not in AreaCard(areas.get(SALFORD), (), (), {}).html
    ended = areas.get("E07000026")  # Allerdale
    assert changes_of(ended) == []


def test_an_ended_board_names_its_successors():
    ended = next(a for a in areas.list_areas("icb") if a.ods_code == "QRV")  # North West London
    assert [a.code for a in successors_of(ended)] == ["E54000071"]
    assert "ended" in AreaCard(ended, (), tuple(successors_of(ended)), {}).html
    assert successors_of(areas.get(BOARD)) == []


def test_the_day_is_that_of_the_books_areas():
    settings = Project.load().areas
    assert settings is not None
    assert str(settings.on) == TODAY


def test_words_on_both_sides():
    n = Number("gradient", 8.0, first=2015, change=1.0, change_lower=0.01, change_upper=2.0)
    assert words.change(n) == ("▲", "higher than in 2015–17")
    assert (
        words.change(Number("gradient", 8.0, first=2015, change=1.0, change_lower=-0.01, change_upper=2.0))[0]
        == "≈"
    )
    assert (
        words.change(Number("gradient", 8.0, first=2015, change=-1.0, change_lower=-2.0, change_upper=-0.01))[
            0
        ]
        == "▼"
    )
    assert (
        words.change(Number("gradient", 8.0, first=2015, change=-1.0, change_lower=-2.0, change_upper=0.01))[
            0
        ]
        == "≈"
    )
    assert words.part(0.994) != ""
    assert words.part(0.996) == ""
    assert words.shown("spending_against_need", 0.2) == "0%"
    assert words.shown("spending_against_need", -0.2) == "0%"
    assert words.shown("spending_against_need", 0.6) == "+1%"


def test_the_strip_says_what_it_shows():
    n = Number("attendances", 400.0, lower=390.0, upper=410.0, peers=(300.0, 400.0, 500.0))
    drawn = strip_of(n, "boards")
    assert 'aria-label="The boards range from 300 to 500."' in drawn
    assert '<path class="hd-own" d="M75.0 11.0' in drawn  # the middle, 80, less half the diamond
    assert strip_of(Number("attendances", 400.0, peers=(400.0,)), "boards") == ""


def test_an_area_without_figures_still_has_a_card():
    numbers = numbers_of(areas.get("E06000053"))  # Isles of Scilly
    assert not numbers["gradient"].known
    assert not numbers["attendances"].known
    assert numbers["gradient"].reason
