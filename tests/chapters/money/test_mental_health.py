"""Mental-health spending of boards: after inflation, spread and share recomputed from the tables."""

import pytest

from healthdevo import tables
from healthdevo.chapters.money import MentalHealth
from healthdevo.chapters.money import mental_words as words


@pytest.fixture(scope="module")
def section() -> MentalHealth:
    return MentalHealth.load()


def test_sums_are_after_inflation_and_the_latest_year_is_as_published(section):
    rows = tables.load("mental_health_spending").set_index(["area_code", "financial_year_start"])
    deflator = tables.load("gdp_deflator").set_index("year")["deflator"]
    spent = rows["spending_per_patient"]
    assert section.real.loc["E54000057", 2023] == pytest.approx(spent["E54000057", 2023])
    expected = spent["E54000057", 2016] * deflator[2023] / deflator[2016]
    assert section.real.loc["E54000057", 2016] == pytest.approx(expected)
    boards = section.boards.set_index("area_code")
    assert boards.loc["E54000057", "change"] == pytest.approx(spent["E54000057", 2023] / expected - 1)
    assert len(boards) == 42
    assert section.boards["spent"].is_monotonic_decreasing


def test_years_are_medians_over_boards_and_the_first_share_is_left_out(section):
    rows = tables.load("mental_health_spending")
    last = rows[rows["financial_year_start"] == 2023]
    assert section.years.loc[2023, "median"] == pytest.approx(last["spending_per_patient"].median())
    assert section.years.loc[2023, "share"] == pytest.approx(last["share_of_allocation"].median())
    assert section.years["share"].isna().tolist() == [True] + [False] * 7
    assert len(section.table().shown) == 8


def test_words_and_figure(section):
    texts = section.texts()
    assert all(text and "nan" not in text for text in texts.values())
    assert "stayed about as far apart" in words.apart_in_words(1.9, 2.0, 2016, 2023)
    assert words.apart_in_words(1.6, 1.9, 2016, 2023).endswith("so boards moved apart")
    assert len(section.chart().data) == 42
    assert len(section.chart().title.split()) <= 10
