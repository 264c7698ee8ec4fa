"""What could be seen: against the textbook's formula, simulation, and made-up places."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo.chapters.balance import words
from healthdevo.chapters.balance.power import (
    AFTER,
    BEFORE,
    POINTS,
    WANTED,
    Measuring,
    changes,
    fall,
    needed,
    published,
    spread,
)
from healthdevo.errors import InputError


@pytest.fixture(scope="module")
def measuring():
    return Measuring.load()


@pytest.mark.parametrize("deviation", [0.02, 0.05, 0.11])
def test_the_number_needed_finds_the_fall_four_times_in_five(deviation):
    n = needed(deviation)
    rng = np.random.default_rng(1)
    shift = -np.log(1.0 - WANTED)
    first = rng.normal(0.0, deviation, (20_000, n))
    second = rng.normal(-shift, deviation, (20_000, n))
    found = stats.ttest_ind(first, second, axis=1).pvalue <= 0.05
    assert 0.785 <= found.mean() <= 0.93  # whole areas only, so it is at least four in five
    fewer = stats.ttest_ind(first[:, : n - 1], second[:, : n - 1], axis=1).pvalue <= 0.05
    assert n == 2 or fewer.mean() < 0.80


def test_changes_are_means_after_less_means_before_and_less_those_of_all():
    rng = np.random.default_rng(2)
    logs = rng.normal(size=(12, 9))
    groups = np.array([[0, 1], [5, 7], [2, 11]])
    found = changes(logs, groups, 4, 2)
    assert found.shape == (4, 3)
    for s, start in enumerate(range(4, 8)):
        each = logs[:, start : start + 2].mean(axis=1) - logs[:, start - 4 : start].mean(axis=1)
        expected = [each[list(g)].mean() - each.mean() for g in groups]
        assert found[s] == pytest.approx(expected)
    assert spread(found) == pytest.approx(np.sqrt(np.mean([row.var(ddof=1) for row in found])))


def test_one_authority_shows_what_the_noncentral_t_says(measuring):
    for row in measuring.rows.to_dict("records"):
        panel = measuring.outcomes[row["outcome"]].panel()
        apart = float((~panel.treated).sum()) / 10.0
        error = row["deviation"] * np.sqrt(1.0 + 1.0 / apart)
        size = -np.log(1.0 - row["one"]) / error
        critical = stats.t.ppf(0.975, apart - 1.0)
        power = stats.nct.sf(critical, apart - 1.0, size) + stats.nct.cdf(-critical, apart - 1.0, size)
        assert power == pytest.approx(0.8, abs=1e-6)


def test_all_years_and_both_outcomes_are_there(measuring):
    rows = measuring.rows
    assert set(rows["outcome"]) == {words.DEATHS, words.ADMISSIONS}
    assert rows.groupby("outcome")["after"].apply(list).tolist() == [list(AFTER)] * 2
    assert (rows["starts"] >= 1).all()
    deaths = rows[rows["outcome"] == words.DEATHS]
    assert deaths["starts"].tolist() == [10 - BEFORE - a + 1 for a in AFTER]
    assert (rows["districts"] > rows["authorities"]).all()  # a district strays more than ten together
    best = measuring.best(words.DEATHS)
    assert best["authorities"] == deaths["authorities"].min()


def test_surveys_need_as_many_as_the_formula_says(measuring):
    share = float(measuring.survey["share"].iloc[0])
    for row in measuring.survey.to_dict("records"):
        size = 2.0 * (np.arcsin(np.sqrt(share + row["rise"])) - np.arcsin(np.sqrt(share)))
        n = 2.0 * ((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) / size) ** 2
        assert n <= row["people"] <= n + 11.0
    assert tuple(measuring.survey["rise"]) == POINTS
    assert measuring.lag >= 1


def test_falls_and_releases():
    assert fall(-np.log(0.95)) == pytest.approx(0.05)
    assert published("edition of 2023, revised 2026") == 2026
    with pytest.raises(InputError, match="names no year"):
        published("spring")


def test_quiet_places_need_two_and_words_follow():
    assert needed(1e-4) == 2
    rows = {"deaths": {"one": 0.01}, "stays": {"one": 0.2}}
    assert "unseen in stays" in words.one_authority(rows, 3, 0.05)
    assert "would most likely be seen" in words.one_authority({"deaths": {"one": 0.01}}, 1, 0.05)
    assert "without delay" in words.when(2, 0, 2030)
    many = {"a": {"authorities": 2, "after": 1}, "b": {"authorities": 30, "after": 2}}
    said = words.how_many(many, 0.05, 20)
    assert "for one year, for a" in said
    assert "enough for a, too few for b" in said


def test_figures_and_tables_say_what_they_show(measuring):
    chart = measuring.chart()
    assert len(chart.title.split()) <= 10
    assert len(chart.data) == 2 * len(AFTER)
    shown = measuring.table()
    assert len(shown.shown) == len(measuring.rows)
    assert isinstance(shown.data, pd.DataFrame)
