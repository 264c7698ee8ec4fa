"""The readings recomputed in another way, and what the verdict rests on."""

import numpy as np
import pytest

from healthdevo import tables
from healthdevo.chapters.devolution.admissions.readings import SCALES, STARTS
from healthdevo.evaluation import estimate_effect


def gap_of(page, log=False):
    y = np.log(page.readings.panel.outcome) if log else page.readings.panel.outcome
    own = page.readings.panel.treated
    return y[own].mean(axis=0) - y[~own].mean(axis=0)


def test_plain_differences_and_the_trend_are_recomputed(page):
    gap, log = gap_of(page), gap_of(page, log=True)
    found = page.readings.found
    assert found("did").estimate == pytest.approx(gap[12:].mean() - gap[:12].mean())
    assert found("did_log").estimate == pytest.approx(log[12:].mean() - log[:12].mean())
    line = np.polyfit(np.arange(12), gap[:12], 1)
    assert found("trend").estimate == pytest.approx((gap - np.polyval(line, np.arange(17)))[12:].mean())
    assert page.readings.trends.test.estimate == pytest.approx(line[0])


def test_the_share_of_blocks_is_counted(page):
    panel, blocks = page.readings.panel, page.readings.trends.blocks
    change = panel.outcome[:, 12:].mean(axis=1) - panel.outcome[:, :12].mean(axis=1)
    others = np.flatnonzero(~panel.treated)
    effects = [change[b].mean() - change[np.setdiff1d(others, b)].mean() for b in blocks]
    test = page.readings.found("did")
    assert test.effects == pytest.approx(np.array(effects))
    larger = int((np.abs(effects) >= abs(test.estimate)).sum())
    assert test.p_absolute == pytest.approx((1 + larger) / (1 + len(blocks)))


def test_the_main_design_is_the_package_s_and_first_looks_are_confirmed(page):
    main = page.readings.main
    assert main.estimate == pytest.approx(estimate_effect(page.readings.panel, "sdid").estimate)
    found, windows = page.readings.found, page.readings.windows
    assert page.readings.panel.n_controls == 245
    assert [round(found(d).estimate) for d in ("did", "sdid", "gsc1", "sc")] == [-36, -43, -70, -8]
    assert [round(windows[2016, 2019][d].estimate) for d in ("did", "sdid")] == [-29, -4]
    assert [round(windows[2015, 2023][d].estimate) for d in ("did", "sdid")] == [-63, -60]
    assert found("sdid", "random").p_absolute == pytest.approx(0.09, abs=0.02)


def test_every_start_and_end_has_its_own_panel(page):
    outcomes = {last: page.rates.outcome(last) for last in (2019, 2023)}
    assert set(page.readings.windows) == {(s, e) for s in STARTS for e in outcomes}
    for (start, last), tests in page.readings.windows.items():
        gap = outcomes[last].gap["gap"]
        change = gap[gap.index >= start].mean() - gap[gap.index < start].mean()
        assert tests["did"].estimate == pytest.approx(change)
        assert tuple(tests) == SCALES
    assert page.readings.longest is page.readings.windows[2015, 2023]


def test_the_verdict_rests_on_the_readings_shown(page):
    readings = page.readings
    verdict = readings.judgement.verdict
    assert verdict.parts == int(verdict.tests["passed"].iloc[:5].sum())
    assert verdict.strength == "no clear"
    values = verdict.tests["value"].tolist()
    assert values[0] == pytest.approx(readings.main.p_absolute)
    assert values[3] == pytest.approx(readings.judgement.relative.p_absolute)
    others = [readings.found(d).estimate for d in ("did", "sc", "gsc1", "gsc2")]
    assert values[1] == pytest.approx(min(v / readings.main.estimate for v in others))


def test_breaks_kept_and_what_could_be_found(page):
    outcome = page.rates.outcome(breaks=True)
    assert page.readings.with_breaks.estimate == pytest.approx(
        estimate_effect(outcome.panel(), "sdid").estimate
    )
    everything = page.readings.trends.given["everything"]
    assert page.readings.detectable == pytest.approx(2.8016 * np.std(everything.effects), rel=1e-4)


def test_chance_in_the_counts_is_that_of_independent_rates(page):
    readings = page.readings
    panel = readings.panel
    rows = tables.load("chronic_admission").set_index(["area_code", "financial_year_start"])
    half = (rows["upper"] - rows["lower"]).unstack() / 2 / 1.96
    errors = half.loc[panel.areas, panel.periods].to_numpy()
    own = panel.treated
    after = np.r_[np.zeros(12), np.full(5, 1 / 5)]
    least = np.sqrt((errors[own] ** 2 @ after**2).sum()) / 10
    assert least < readings.trends.floor.standard_error < 3 * least


def test_the_curve_has_every_choice_and_the_main_reading(page):
    rows = page.readings.curve.estimated
    assert len(rows) == 8 * 3 * 2 * 3 * 3
    assert not ((rows["near"] == "left out") & (rows["breaks"] == "kept")).any()
    main = rows[
        (rows["design"] == "Synthetic difference-in-differences")
        & (rows["start"] == "2015/16")
        & (rows["last"] == "2019/20")
        & (rows["controls"] == "England outside London")
        & (rows["near"] == "kept")
        & (rows["breaks"] == "left out")
    ]
    assert main["effect"].tolist() == pytest.approx([page.readings.main.estimate])


def test_charts_and_tables_show_every_reading(page):
    readings = page.readings
    assert len(page.designs.chart().data) == 5
    assert len(page.pre_trends.event_chart().data) == 17
    assert len(readings.curve_chart().data) == len(readings.curve.estimated)
    blocks, draws = len(readings.trends.blocks), 1000
    assert len(page.outcome.placebo_chart().data) == blocks + draws
    assert len(readings.windows_table().shown) == 6
    assert len(page.pre_trends.readings_table().shown) == len(page.pre_trends.readings_chart().data) == 9
    assert len(page.pre_trends.without_year_table().shown) == 13
    assert len(page.judgement.rule_table().shown) == 6
    assert len(readings.influence_table().shown) == 20


def test_figures_bear_the_outcome_s_name_and_say_that_broken_districts_are_left_out(page):
    charts = [
        page.designs.chart(),
        page.pre_trends.event_chart(),
        page.pre_trends.readings_chart(),
        page.outcome.placebo_chart(),
        page.rates.gap_chart(),
        page.rates.quarter_chart(),
        page.elsewhere.areas_chart(),
    ]
    for chart in charts:
        assert chart.figure_id.startswith("admissions-")
        assert "marked break of" in chart.subtitle
        assert "deaths" not in chart.title + chart.subtitle + chart.alt
        assert len(chart.title.split()) <= 12


def test_joint_test_and_each_year_left_out_are_recomputed(page):
    trends = page.pre_trends
    gap = gap_of(page)
    wald = trends.all_leads
    assert 0 < wald.p_absolute <= 1
    assert wald.p_absolute != trends.test.p_absolute
    rows = trends.without_year.set_index("year")
    assert rows.index.tolist() == ["none", *(f"{y}/{(y + 1) % 100:02d}" for y in range(2003, 2015))]
    without = np.delete(gap, 5)  # 2008/09
    assert rows.loc["2008/09", "did"] == pytest.approx(without[11:].mean() - without[:11].mean())


def test_other_areas_are_those_of_deaths_on_the_same_footing(page):
    from healthdevo.chapters.devolution.elsewhere import Elsewhere

    own, deaths = page.elsewhere, Elsewhere.load()
    assert set(own.deals["area_code"]) == set(deaths.deals["area_code"])
    rows = own.estimates.set_index("name")
    assert rows.loc["Greater Manchester", "effect"] == page.readings.main.estimate
    surrey = own.deals.set_index("name").loc["Surrey Heartlands"]
    panel = own.panel(surrey["districts"], surrey["start"])
    assert rows.loc["Surrey Heartlands", "effect"] == pytest.approx(estimate_effect(panel, "sdid").estimate)
    assert not set(panel.areas) & set(page.rates.broken)
    assert len(own.kinds_table().shown) == len(own.kinds)
    assert len(own.detectable_table().shown) == len(rows)
