"""Where an area stands on its page: every kind has ranks with intervals, boards their trusts as well."""

import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.area import AreaAutonomy, fill
from healthdevo.chapters.area.autonomy import words
from healthdevo.chapters.area.autonomy.figures import councils_within, group_of
from healthdevo.chapters.autonomy.measures import places
from healthdevo.errors import TableError


@pytest.mark.parametrize(
    ("code", "of"),
    [
        ("E54000057", 42),  # board
        ("E47000001", 17),  # combined authority
        ("E10000017", 151),  # county
        ("E08000003", 151),  # metropolitan district
        ("E06000053", 151),  # Isles of Scilly
        ("E07000008", 294),  # shire district
        ("E12000001", 9),  # region
    ],
)
def test_every_kind_stands_with_an_interval_and_no_verdict(code, of):
    section = AreaAutonomy.load(code)
    text = section.texts()["autonomy_here"]
    assert "(95% interval)" in text
    assert "A rank is not a verdict" in text
    assert section.rows["areas"].iloc[0] == of
    assert (section.rows["lower"] <= section.rows["rank"]).all()
    assert (section.rows["rank"] <= section.rows["upper"]).all()
    assert ("autonomy_board_without" in section.texts()) == (section.area.kind != "icb")
    assert "A rank is not a verdict" in words.standing_caption(section)
    assert section.standing_table() is not None


def test_a_shire_district_names_the_council_that_pays():
    assert "(area:E10000003)" in AreaAutonomy.load("E07000008").texts()["autonomy_here"]


def test_an_authority_is_the_mean_of_its_councils():
    rows = tables.load("social_care_outcome").query(
        "measure == 'workforce_turnover_rate' and financial_year_start == 2022"
    )
    ten = [f"E080000{i:02d}" for i in range(1, 11)]
    people = tables.load("population_year")
    people = people[(people["basis"] == "official") & (people["year"] == people["year"].max())]
    people = people.set_index("area_code")["persons"].reindex(ten)
    values = rows.set_index("area_code")["value"].reindex(ten)
    own = AreaAutonomy.load("E47000001").rows.set_index("measure")["value"]
    assert own["workforce_turnover_rate"] == pytest.approx((values * people).sum() / people.sum())
    within = councils_within("combined_authority")
    assert set(within.loc[within["region"] == "E47000001", "area_code"]) == set(ten)


def test_boards_of_april_2026_are_not_added_up():
    text = fill(AreaAutonomy, "E54000069").texts()
    assert list(text) == ["autonomy_instead"]
    assert "are not added up" in text["autonomy_instead"]
    assert "NHS Frimley ICB was split between several boards" in text["autonomy_instead"]
    whole = fill(AreaAutonomy, "E54000068").texts()["autonomy_instead"]
    assert "split" in whole or "left apart" in whole


@pytest.mark.parametrize("split", ["E54000034", "E54000025", "E54000023"])
def test_a_split_board_is_named_on_the_page_of_each_that_took_a_part(split):
    board = areas.get(split)
    heirs = areas.registry().succession.next_of(board)
    assert len(heirs) > 1
    for heir in heirs:
        assert (
            board.short_name
            in fill(AreaAutonomy, heir.code).texts()["autonomy_instead"].split("The earlier")[0]
        )


def test_trusts_are_those_of_the_board():
    board = places()["icb_code"]
    codes = set(board.index[board == "E54000057"])
    section = AreaAutonomy.load("E54000057").board
    assert set(section.trusts["provider_code"]) == codes & set(section.league.trusts["provider_code"])
    assert len(section.trusts) > 3
    assert section.table() is not None
    assert AreaAutonomy.load("E47000001").table() is None


def trusts(*intervals):
    rows = [
        {"name": f"T{i}", "rank": rank, "lower": lower, "upper": upper}
        for i, (rank, lower, upper) in enumerate(intervals)
    ]
    return pd.DataFrame(rows)


def test_words_of_the_trusts():
    assert "No acute trust here" in words.standing(trusts(), 129)
    assert "T0 is ranked 3 of 129" in words.standing(trusts((3, 1, 9)), 129)
    assert "not sure" in words.standing(trusts((3, 1, 9), (12, 9, 20)), 129)
    assert "do not overlap" in words.standing(trusts((3, 1, 8), (12, 9, 20)), 129)


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        (((1, 3), (5, 30)), "better half of boards for doctors"),
        (((1, 3), (25, 30)), "It is clearly in the worse half for sickness absence"),
        (
            ((30, 33), (5, 30)),
            "worse half of boards for doctors in general practice. In no measure is it clearly in the better",
        ),
        (((5, 33), (5, 30)), "in none of two measures"),
        (((5, 33),), "in this measure not clearly"),
    ],
)
def test_words_of_the_halves(spans, said):
    rows = pd.DataFrame(
        {
            "measure": ["doctors", "sickness"][: len(spans)],
            "lower": [a for a, _ in spans],
            "upper": [b for _, b in spans],
            "areas": 42,
        }
    )
    assert said in words.halves(rows, "boards", "It")


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (None, "no full four-hour figures"),
        ({"earned": False}, "would not have earned"),
        ({"earned": True, "would_lose": True, "period": "2023-01-01"}, "January 2023. It would no longer"),
        ({"earned": True, "would_lose": False, "period": "2023-01-01"}, "would still pass"),
    ],
)
def test_words_of_the_gate(record, said):
    assert said in words.gate(record, "X")


def test_other_areas_are_refused():
    with pytest.raises(TableError, match="there are figures of autonomy for regions"):
        AreaAutonomy.load("E92000001")


def test_groups():
    assert group_of(areas.get("E47000001")) == "combined_authority"
