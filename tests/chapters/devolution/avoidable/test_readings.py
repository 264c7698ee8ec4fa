"""The readings recomputed in another way."""

import numpy as np
import pytest

from healthdevo.chapters.devolution.avoidable.readings import FACTORS, READINGS


def wide_of(page, cause):
    panel = page.ccgs.panels[cause]
    return panel.outcome[panel.treated], panel.outcome[~panel.treated]


@pytest.mark.parametrize("cause", ["preventable", "treatable", "avoidable"])
def test_plain_difference_and_trend_carried_on_are_recomputed(page, cause):
    own, others = wide_of(page, cause)
    gap = own.mean(axis=0) - others.mean(axis=0)
    assert page.readings.tests[cause]["did"].estimate == pytest.approx(gap[10:].mean() - gap[:10].mean())
    line = np.polyfit(np.arange(10), gap[:10], 1)
    left = gap - np.polyval(line, np.arange(14))
    assert page.readings.tests[cause]["trend"].estimate == pytest.approx(left[10:].mean())
    log = np.log(own).mean(axis=0) - np.log(others).mean(axis=0)
    assert page.readings.tests[cause]["did_log"].estimate == pytest.approx(log[10:].mean() - log[:10].mean())


def test_given_the_trend_takes_off_the_share_that_goes_on(page):
    given, plain = page.readings.given["preventable"], page.readings.tests["preventable"]["did"]
    trend = page.readings.tests["preventable"]["trend"]
    carried = plain.estimate - trend.estimate  # what carrying the whole trend on takes off
    assert given.actual == pytest.approx(plain.estimate)
    assert given.expected == pytest.approx(given.persistence * carried)


def test_every_reading_stands_in_chart_and_table(page):
    assert len(page.readings.table().shown) == len(READINGS)
    chart = page.readings.chart()
    assert len(chart.data) == 2 * (len(READINGS) - 2)
    ranks = page.readings.choice["treatable"].ranks.set_index("rank")["effect"]
    for k in FACTORS:
        assert page.readings.tests["treatable"][f"gsc{k}"].estimate == pytest.approx(ranks[k])
    assert ranks[0] == pytest.approx(page.readings.tests["treatable"]["did"].estimate)


def test_checks_of_the_plain_difference_are_recomputed(page):
    own, others = wide_of(page, "preventable")

    def change(a, b, before=slice(0, 10), after=slice(10, 14)):
        gap = a.mean(axis=0) - b.mean(axis=0)
        return gap[after].mean() - gap[before].mean()

    left_out = [change(np.delete(own, i, axis=0), others) for i in range(10)]
    assert page.readings.without_one["effect"].iloc[1:].tolist() == pytest.approx(left_out)
    made_up = page.readings.made_up_starts.set_index("start")["effect"]
    assert made_up[2010] == pytest.approx(change(own, others, slice(0, 5), slice(5, 10)))
    panel, near = page.ccgs.panels["preventable"], page.ccgs.neighbours
    touching = near.loc[panel.areas, panel.areas[panel.treated]].any(axis=1).to_numpy()[~panel.treated]
    assert 0 < touching.sum() < 30
    assert page.readings.away_from_the_border == pytest.approx(change(own, others[~touching]))
    test = page.readings.given["preventable"]
    assert page.readings.detectable["preventable"] == pytest.approx(2.8016 * np.std(test.effects), rel=1e-4)


def test_separate_blocks_share_no_group_and_rank_the_same_differences(page):
    plain, given = page.readings.separate["preventable"]
    assert plain.estimate == pytest.approx(page.readings.tests["preventable"]["did"].estimate)
    counts = plain.partitions["blocks"].cumsum().to_numpy()
    for first, last in zip([0, *counts[:5]], counts[:5], strict=False):
        cut = plain.groups[first:last].ravel()
        assert len(set(cut)) == len(cut)
    largest = np.maximum.reduceat(np.abs(plain.effects), [0, *counts[:-1]])
    assert plain.share_first == pytest.approx((largest < abs(plain.estimate)).mean())
    assert given.blocks == plain.blocks


def test_blocks_drawn_at_random_learn_from_other_blocks_of_the_same_panels(page):
    drawn, compact = page.readings.given_drawn["preventable"], page.readings.given["preventable"]
    assert len(drawn.effects) == 2000
    assert drawn.actual == pytest.approx(compact.actual)
    assert 0 < drawn.persistence < 1
