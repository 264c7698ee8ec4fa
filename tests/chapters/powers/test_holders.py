"""Who holds which power follows the table on the day."""

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.powers import Powers
from healthdevo.chapters.powers.holders import Holders
from healthdevo.chapters.powers.words import DOMAINS, SHORT


@pytest.fixture(scope="module")
def holders() -> Holders:
    return Holders.load()


def test_every_standing_authority_has_one_cell_for_each_domain(holders):
    assert len(holders.matrix) == len(holders.standing) * len(DOMAINS)
    assert not holders.matrix.duplicated(["authority", "domain"]).any()
    born = tables.load("combined_authority")
    alive = set(born.loc[born["legal_end"].isna(), "area_code"])
    assert alive <= set(holders.standing["area_code"])
    shown = holders.chart().data
    assert len(shown) == len(holders.matrix)


def test_powers_count_only_between_their_days(holders):
    own = {
        day: Holders(holders.authorities, holders.powers, pd.Timestamp(day))
        for day in ("2014-01-01", "2018-12-31", "2023-01-01")
    }
    assert own["2014-01-01"].budget_now == []
    assert own["2018-12-31"].budget_now == ["Greater Manchester"]  # Surrey Heartlands no longer stands
    assert own["2023-01-01"].budget_now == []
    assert "Greater Manchester" in own["2018-12-31"].by_law


def test_what_all_were_given_is_not_anybodys_own(holders):
    duty = holders.own[holders.own["domain"] == "duty"].set_index("authority")["strength"]
    assert duty["Tees Valley"] == "none"
    assert duty["Greater London Authority"] == "statutory"
    everyone = holders.matrix[holders.matrix["domain"] == "duty"].set_index("authority")["strength"]
    assert everyone["Tees Valley"] == "statutory"
    assert everyone["Cornwall"] == "none"  # a council, no combined authority
    seat = holders.matrix[holders.matrix["domain"] == "board_seat"].set_index("authority")["strength"]
    assert seat["Tees Valley"] == "influence"
    assert seat["Lancashire"] == "none"  # without a mayor


def test_holders_are_those_a_second_count_finds(holders):
    rows = holders.powers
    now = rows[(rows["valid_from"] <= holders.day) & ~(rows["valid_to"] < holders.day)]
    health = now[now["domain"].isin(["planning", "budget", "public_health", "social_care", "prevention"])]
    law = set(health.loc[health["strength"] == "statutory", "authority"]) & set(holders.strategic)
    assert set(holders.by_law) == law == {"Greater Manchester", "East Midlands"}
    weaker = set(health.loc[health["strength"].isin(["delegated", "memorandum"]), "authority"])
    assert set(holders.agreed) == (weaker & set(holders.strategic)) - law


def test_tables_show_the_powers_and_their_sources(holders):
    table = holders.table()
    assert len(table.shown) == len(holders.standing)
    assert list(table.shown.columns) == ["Authority", *DOMAINS.values()]
    dated = holders.dated_table()
    assert (dated.shown["Source"] != "").all()
    assert dated.data["valid_from"].is_monotonic_increasing
    assert dated.data["source"].str.startswith("http").all()
    assert set(SHORT.values()) & set(dated.shown["Authority"])


def test_page_texts_and_figures_are_there():
    chapter = Powers.load()
    texts = chapter.texts()
    assert all(texts.values())
    assert chapter.steps.timeline().data["event_date"].is_monotonic_increasing
    assert 8 <= len(chapter.steps.national) <= 24  # readable
    assert len(chapter.holders.chart().title.split()) <= 10
    assert len(chapter.steps.timeline().title.split()) <= 10
