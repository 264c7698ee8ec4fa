"""Slopes of the gaps, before and after 2010, recomputed."""

import numpy as np
import pytest


@pytest.mark.parametrize("cause", ["preventable", "treatable"])
def test_slopes_are_those_of_the_gap(page, cause):
    gap, found = page.ccgs.gaps[cause], page.trends.slopes.loc[cause]
    for name, (first, last) in {
        "early": (2005, 2010),
        "late": (2010, 2014),
        "after": (2014, 2018),
    }.items():
        slope = np.polyfit(np.arange(first, last + 1), gap.loc[first:last], 1)[0]
        assert found[name] == pytest.approx(slope), name
    rows = page.trends.paces[cause].set_index("first")
    assert rows["after"].iloc[0] == pytest.approx(-found["after"])
    whole = np.polyfit(np.arange(2005, 2015), gap.loc[:2014], 1)[0]
    assert rows.loc[2005, "before"] == pytest.approx(-whole)
    assert page.trends.before[cause].estimate == pytest.approx(whole)
    assert rows.loc[2010, "before"] == pytest.approx(-found["late"])


def test_five_years_carry_on_the_line_of_2010_to_2014(page):
    gap = page.ccgs.gaps["preventable"]
    line = np.polyfit(np.arange(2010, 2015), gap.loc[2010:2014], 1)
    left = gap.loc[2015:] - np.polyval(line, np.arange(2015, 2019))
    assert page.trends.five_years["preventable"].estimate == pytest.approx(left.mean())


def test_figures_and_tables_of_the_page_are_drawn(page):
    chart = page.trends.gap_chart()
    assert len(chart.data) == 4 * 14
    assert len(page.trends.paces_table("treatable").shown) == 6


def test_every_text_is_finished_wording(page):
    texts = page.texts()
    assert all(isinstance(text, str) and text.strip() for text in texts.values())
    assert not [name for name, text in texts.items() if "nan" in text or "not available" in text]
