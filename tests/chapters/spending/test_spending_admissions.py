"""Spending and avoidable admissions: the panel, the main estimates in another way, and what the checks say."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.common import named_panel
from healthdevo.chapters.spending import admissions_words as words
from healthdevo.chapters.spending.admissions import OUTCOME, Admissions, with_admissions
from healthdevo.chapters.spending.words import ADULT, ALL_SERVICES, PUBLIC_HEALTH


@pytest.fixture(scope="module")
def section() -> Admissions:
    return Admissions.of(named_panel(), draws=20)


def test_the_panel_has_published_rates_and_no_area_with_a_break():
    frame, left = with_admissions(named_panel())
    table = tables.load("chronic_admission").set_index(["area_code", "financial_year_start"])
    row = frame[(frame["area_code"] == "E10000017") & (frame["year"] == 2019)].iloc[0]
    assert row[OUTCOME] == table.loc[("E10000017", 2019), "rate"]
    broken = set(table[table["recording_break"]].reset_index()["area_code"])
    assert left == tuple(sorted(broken & set(named_panel()["area_code"])))
    assert not set(frame["area_code"]) & broken
    assert len(frame) == len(named_panel()[~named_panel()["area_code"].isin(left)])


def test_the_main_estimate_is_that_of_demeaned_logarithms(section):
    rows = section.panel.dropna(subset=[OUTCOME, PUBLIC_HEALTH])
    rows = rows[rows.groupby("area_code")["year"].transform("size") > 1]
    data = pd.DataFrame({"y": np.log(rows[OUTCOME]), "x": np.log(rows[PUBLIC_HEALTH])})
    dummies = pd.get_dummies(rows[["area_code", "year"]].astype(str), drop_first=True, dtype=float)
    design = np.column_stack([np.ones(len(rows)), data["x"], dummies])
    slope = np.linalg.lstsq(design, data["y"], rcond=None)[0][1]
    assert section.main(PUBLIC_HEALTH).estimate == pytest.approx(slope, abs=1e-8)


def test_every_design_and_check_is_there(section):
    assert len(section.table().shown) == 9 * len(ALL_SERVICES)
    assert len(section.chart().data) == 2 * 8
    assert len(section.curves.within[ADULT].estimated) == 3 * 3 * 2 * 4 * 2
    assert (section.adjusted["adjusted"] >= section.adjusted["p_value"]).all()
    assert section.detectable(ADULT) == pytest.approx(2.8 * section.main(ADULT).standard_error, rel=0.05)
    assert len(section.chart().title.split()) <= 11


def test_the_section_s_own_words(section):
    texts = section.texts()
    assert all(text and "nan" not in text for text in texts.values())
    assert not any("deaths" in text for text in texts.values())
    assert texts["spending_adm_years"] == "2013 to 2023"


@pytest.mark.parametrize(
    ("health", "care", "said"),
    [
        ((-0.2, -0.1), (-0.3, -0.1), "Where councils spent less on either service, avoidable admissions rose more"),
        ((-0.2, 0.1), (-0.3, 0.1), "Where councils spent less, avoidable admissions did not clearly rise more or less"),
        ((-0.2, -0.1), (-0.3, 0.1), "public health, avoidable admissions rose more; for adult social care there is no clear link"),
        ((0.1, 0.2), (-0.3, -0.1), "adult social care, avoidable admissions rose more; where councils spent less on public health, avoidable admissions rose less"),
    ],
)  # fmt: skip
def test_the_answer_follows_the_intervals(coefficient, health, care, said):
    found = {PUBLIC_HEALTH: coefficient(sum(health) / 2, *health), ADULT: coefficient(sum(care) / 2, *care)}
    assert said in words.answer(found)
