"""Links between health and productivity, recomputed without the package's panel, and words for every count."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.health_in_all_policies import words
from healthdevo.chapters.health_in_all_policies.productivity import HEALTH, LAGS, Productivity, joined


@pytest.fixture(scope="module")
def found():
    return Productivity.load()


def test_districts_with_a_break_of_recording_have_no_admissions(found):
    rows = tables.load("chronic_admission")
    broken = set(rows.loc[rows["recording_break"], "area_code"])
    inside = found.panel["area_code"].isin(broken)
    assert inside.any()
    assert found.panel.loc[inside, "rate"].isna().all()
    assert found.years == (2004, 2023)


def test_a_link_is_a_regression_within_districts_and_years(found):
    rows = found.panel[found.panel["year"] <= 2019].dropna(subset=["value_added_per_hour", "rate"])
    y, x = np.log(rows["value_added_per_hour"]), np.log(rows["rate"])
    frame = rows[["area_code", "year"]].assign(y=y / y.std(), x=x / x.std())
    before = frame.assign(year=frame["year"] + 3).rename(columns={"y": "y3", "x": "x3"})
    both = frame.merge(before, on=["area_code", "year"])
    # two-way demeaning by alternating projections, in place of dummies
    values = both[["y", "x3", "y3"]].to_numpy(float)
    area, year = (pd.factorize(both[c])[0] for c in ("area_code", "year"))
    for _ in range(400):
        for codes in (area, year):
            means = np.array([np.bincount(codes, v) / np.bincount(codes) for v in values.T]).T
            values = values - means[codes]
    expected = np.linalg.lstsq(values[:, 1:], values[:, 0], rcond=None)[0][0]
    assert found.link("avoidable admissions to productivity", 3)["estimate"] == pytest.approx(
        expected, abs=1e-7
    )


def test_every_pair_is_shown_both_ways_at_every_lag(found):
    early = found.links[found.links["sample"] == "before the pandemic"]
    assert len(early) == 2 * len(HEALTH) * len(LAGS)
    assert early["to_health"].sum() * 2 == len(early)
    late = found.links[found.links["sample"] == "all years"]
    assert set(late["health"]) == {"avoidable admissions"}  # deaths end before the pandemic
    assert (found.links["holm"] >= found.links["p_value"] - 1e-12).all()


def test_one_is_followed_by_the_other_in_made_up_places():
    rng = np.random.default_rng(3)
    rows = []
    for code in range(40):
        ill, value = rng.normal(size=21), np.zeros(21)
        for t in range(1, 21):
            value[t] = -0.5 * ill[t - 1] + 0.3 * rng.normal()
        rows += [(f"d{code}", 2000 + t, np.exp(ill[t] / 9), np.exp(value[t] / 9)) for t in range(21)]
    frame = pd.DataFrame(rows, columns=["area_code", "year", "rate", "value_added_per_hour"])
    made = joined(
        frame[["area_code", "year", "value_added_per_hour"]],
        frame.rename(columns={"year": "financial_year_start"})[
            ["area_code", "financial_year_start", "rate"]
        ].assign(recording_break=False),
        frame[["area_code", "year"]].assign(mortality_ratio=frame["rate"]),
    )
    section = Productivity(made)
    link = section.link("avoidable admissions to productivity", 1)
    assert link["upper"] < 0.0
    assert link["holm"] < 0.05
    assert not section.link("productivity to avoidable admissions", 1)["holm"] < 0.05


def links(holm):
    return pd.DataFrame(
        {
            "to_health": [True, False],
            "holm": holm,
            "estimate": [0.1, -0.1],
            "sample": ["before the pandemic"] * 2,
        }
    )


@pytest.mark.parametrize(("holm", "says"), [([0.5, 0.5], "none stands out"), ([0.5, 0.01], "1 stands out")])
def test_words_follow_the_count(holm, says):
    assert says in words.linked(links(holm)).split(";")[0]
