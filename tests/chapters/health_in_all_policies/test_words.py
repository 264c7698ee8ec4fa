"""Sentences and titles follow the numbers."""

import numpy as np

from healthdevo.chapters.common import OUTCOME
from healthdevo.chapters.health_in_all_policies import words
from healthdevo.chapters.health_in_all_policies.findings import headline


def test_words_follow_the_numbers(chapter):
    frame = chapter.directions.links.assign(holm=1.0)
    assert "none of 8 links from prosperity to health and none of 8" in words.lagged(frame)
    one = frame.assign(
        holm=np.where((frame["sample"] == "before the pandemic") & frame["to_health"], 0.01, 1.0)
    )
    assert "8 of 8 links from prosperity to health and 0 of 8" in words.lagged(one)
    texts, between = chapter.texts(), chapter.shares.between
    assert f"{100 * chapter.shares.between.r2:.0f}%" in texts["hiap_headline"]
    assert "do not show health following" in texts["hiap_headline"]
    assert "do not show" not in headline(between, between, between, "2013 to 2022").sentence
    assert all(text.strip() for text in texts.values())


def test_charts_say_what_was_computed(chapter):
    assert f"{100 * chapter.shares.within.r2:.0f}%" in chapter.shares.within_chart().title
    changes = chapter.incomes.changes
    weak = abs(np.corrcoef(changes["household_income_per_head"], changes[OUTCOME])[0, 1]) < 0.3
    assert ("did not see" in chapter.incomes.changes_chart().title) == weak
    ids = [
        c.figure_id
        for c in (
            chapter.shares.explained_chart(),
            chapter.shares.between_chart(),
            chapter.incomes.levels_chart(),
            chapter.directions.chart(),
        )
    ]
    tables_ = [chapter.shares.table().table_id, chapter.directions.table().table_id]
    assert len({*ids, *tables_}) == len(ids) + len(tables_)


def test_titles_on_incomes_turn_with_the_correlation():
    assert "did not see" in words.income_changes(100, -0.29, 2013).title
    assert "fall more" in words.income_changes(100, -0.31, 2013).title
    assert "fall less" in words.income_changes(100, 0.31, 2013).title
    assert "fewer" in words.income_levels(100, -0.1).title
    assert "more" in words.income_levels(100, 0.1).title


def test_title_on_directions_counts_links_that_stand_out(chapter):
    links = chapter.directions.links.query("sample == 'before the pandemic' and lag == 1")
    assert "neither" in words.directions(links.assign(holm=0.051)).title
    assert f"{len(links)} of {len(links)} links" in words.directions(links.assign(holm=0.049)).title
