"""Experiments are judged by rule, and an effect that is planted is found."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.devolution.designs import groups_of, placebo_of
from healthdevo.chapters.reorganisation.chapter import Reorganisation
from healthdevo.chapters.reorganisation.experiments import LEAST, Experiments


def by_name(section: Experiments, name: str):
    return next(s for s in section.outcomes if s.name == name)


def test_every_pair_is_judged_or_has_a_reason(section):
    rows = section.results
    possible = rows["reason"] == ""
    assert rows.loc[possible, ["effect", "p_value", "own_trend"]].notna().all(axis=None)
    assert rows.loc[~possible, "effect"].isna().all()
    assert (rows.loc[possible, ["before", "after"]] >= LEAST).all(axis=None)
    assert set(rows["experiment"]) == set(tables.load("reorganisation")["experiment"])
    assert not rows.duplicated(["experiment", "outcome"]).any()
    assert not possible[rows["experiment"].isin(["Surrey, 2027", "Integrated care boards, 2026"])].any()


def test_controls_were_not_reorganised_in_the_years_of_the_figures(section):
    deaths = by_name(section, "Preventable deaths under 75")
    panel = section.panel("Dorset, 2019", deaths)
    own = {"E06000058", "E06000059"}
    assert set(panel.areas[panel.treated]) == own
    rows = tables.load("reorganisation")
    other = rows[
        rows["vesting_date"].between("2014-01-01", "2024-12-31") & (rows["experiment"] != "Dorset, 2019")
    ]
    assert not set(panel.areas) & (set(other["area_code"]) | set(other["predecessor_code"]))
    assert 2019 not in list(panel.periods)


def test_the_nine_of_2009_are_nine(section):
    panel = section.panel("Nine new unitary councils, 2009", by_name(section, "Life expectancy"))
    assert panel.n_treated == 9
    assert list(panel.periods) == [2002, 2003, 2004, 2005, 2006, 2010, 2011, 2012]


def test_a_planted_effect_is_found(section):
    deaths = by_name(section, "Preventable deaths under 75")
    panel = section.panel("Northamptonshire, 2021", deaths)
    planted = panel.outcome.copy()
    planted[panel.treatment] += 60.0
    groups = groups_of(panel, 0, 100)
    plain = placebo_of(panel, "sdid", groups)
    moved = placebo_of(dataclasses.replace(panel, outcome=planted), "sdid", groups)
    assert moved.estimate - plain.estimate == pytest.approx(60.0, abs=1e-6)
    assert moved.p_absolute <= 0.05 < plain.p_absolute


def test_tables_and_figure_show_the_same_rows(section):
    assert len(section.table().shown) == len(section.chart().data) == len(section.tested)
    reasons = section.reasons_table()
    assert len(reasons.shown) == len(section.not_possible)
    assert (reasons.shown["Why not"] != "").all()
    dated = section.dated_table()
    assert len(dated.shown) == section.reorganisation["experiment"].nunique()
    assert pd.Series(dated.data["vesting"]).is_monotonic_increasing
    assert np.isfinite(section.tested["standard_error"]).all()


def test_councils_one_by_one_are_those_of_the_groups(section):
    alone = section.one_by_one
    groups = section.tested[section.tested["health"] & (section.tested["treated"] > 1)]
    assert len(alone) == groups["treated"].sum()
    assert (alone["treated"] == 1).all()
    assert set(alone.loc[alone["experiment"].str.startswith("Nine"), "council"]) >= {
        "Cornwall",
        "Wiltshire",
        "Bedford",
    }
    assert len(section.one_by_one_table().shown) == len(alone)


def test_the_page_says_all_its_texts(section):
    assert all(Reorganisation(section).texts().values())
