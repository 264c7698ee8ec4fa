"""A board's hospital care against the tables' own sums, and its words on both sides of each threshold."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.area import AreaCare
from healthdevo.chapters.area.care import words
from healthdevo.chapters.area.care.section import means_and_errors
from healthdevo.errors import TableError

GM = "E54000057"


@pytest.fixture(scope="module")
def care():
    return AreaCare.load(GM)


def test_four_hours_are_those_of_the_board_table(care):
    month = tables.load("emergency_month")
    month = month[
        (month["area_code"] == GM) & (month["department_type"] == "all") & (month["month"] >= "2025-04-01")
    ]
    share = 1 - month["over_4_hours"].astype(float) / month["attendances"].astype(float)
    row = care.rows.set_index("name").loc["four_hours"]
    assert row["value"] == pytest.approx(share.mean(), abs=5e-4)
    assert row["boards"] == 42


def test_discharge_is_the_published_one(care):
    rows = tables.load("discharge_icb_month")
    rows = rows[(rows["area_code"] == GM) & (rows["month"] >= "2024-09-01")]
    days = rows["ready_to_leave"] * rows["days"].astype(float) / rows["discharged"].astype(float)
    found = care.rows.set_index("name").loc["discharge"]
    assert len(rows) == 12
    assert found["value"] == pytest.approx(days.mean())
    assert found["rank"] == 1 + (care.months["discharge"].mean() < days.mean() - 1e-12).sum()


def test_ranks_lie_in_their_intervals_and_words_say_so(care):
    rows = care.rows
    assert (rows["lower"] <= rows["rank"]).all()
    assert (rows["rank"] <= rows["upper"]).all()
    text = care.texts()["care_headline"]
    assert text.endswith(words.NOT_A_VERDICT)
    assert f"rank {rows['rank'].iloc[0]} of 42 boards" in text
    assert care.chart().figure_id == "care-ranks"
    assert len(care.table().shown) == len(rows) == 5


def test_errors_are_those_of_planted_months():
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(12, 40)) + np.arange(12)[:, None] + 10 * np.arange(40)[None, :])
    found = means_and_errors(wide)
    assert found["error"].mean() == pytest.approx(1 / np.sqrt(12), rel=0.12)
    assert found["mean"].to_numpy() == pytest.approx(wide.mean().to_numpy())


def rows(lower, upper):
    return pd.DataFrame(
        {"measure": ["A&E within four hours", "Tests"], "lower": lower, "upper": upper, "boards": 41}
    )


def test_words_turn_with_the_intervals():
    assert (
        words.standing(rows([1, 1], [20, 21]), "It")
        == "It is clearly in the better half of boards for A&E within four hours."
    )
    assert (
        words.standing(rows([21, 22], [30, 30]), "It")
        == "It is clearly in the worse half of boards for tests."
    )
    assert words.standing(rows([21, 1], [30, 21]), "It").startswith("It is in none of two measures")
    assert words.value("discharge", 2.06) == "2.1 days for each discharge"
    assert words.value("cancer", median=0.5) == "50.0%"


def test_other_areas_are_refused():
    with pytest.raises(TableError, match="there are figures of care for integrated care boards"):
        AreaCare.load("E08000003")
