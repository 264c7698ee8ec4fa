"""England of any day from 2009 to 2028, the boards of April 2026, the authorities of November 2026, and what leads to them."""

import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.errors import AreaError

TODAY = "2026-11-26"

# boards, combined and strategic authorities, counties, districts; some counts of other days than those in test_reconciliation were noted from the registry and hold it to them
COUNTS = [
    ("2009-04-01", 0, 1, 27, 326),
    ("2011-04-01", 0, 2, 27, 326),
    ("2014-04-15", 0, 6, 27, 326),
    ("2019-04-01", 0, 11, 26, 317),
    ("2021-04-01", 0, 11, 24, 309),
    ("2023-04-01", 42, 11, 21, 296),
    ("2024-05-07", 42, 12, 21, 296),
    ("2026-03-31", 42, 19, 21, 296),
    ("2026-04-01", 36, 19, 21, 296),
    (TODAY, 36, 20, 21, 296),
    ("2027-04-01", 36, 20, 20, 287),
    ("2028-04-01", 36, 20, 20, 287),
]


@pytest.mark.parametrize(("on", "boards", "authorities", "counties", "districts"), COUNTS)
def test_england_on_a_day(on: str, boards: int, authorities: int, counties: int, districts: int) -> None:
    kinds = ("icb", "combined_authority", "county", "district")
    found = tuple(len(areas.list_areas(kind, on)) for kind in kinds)
    assert found == (boards, authorities, counties, districts)
    assert len(areas.members("E92000001", "district", on)) == districts
    if boards:
        share = areas.registry().containment("district", "icb", on)
        assert len(share.members) == districts
        assert share.share.sum(axis=1) == pytest.approx(1.0, abs=3e-6)


def test_questions_without_a_date_stay_with_the_boards_of_the_figures() -> None:
    assert areas.reference_date().isoformat() == "2026-03-31"
    assert len(areas.peers("E54000057")) == 41
    assert len(areas.peers("E54000057", TODAY)) == 35


@pytest.mark.parametrize(
    ("code", "before"),
    [
        ("E54000071", ["E54000027", "E54000028"]),
        ("E54000057", []),
        ("E06000066", ["E07000187", "E07000188", "E07000189", "E07000246", "E10000027"]),
    ],
)
def test_what_adds_up_exactly(code: str, before: list[str]) -> None:
    assert [a.code for a in areas.exact_predecessors(code)] == before


@pytest.mark.parametrize(
    ("code", "divided"),
    [
        ("E54000065", {"E54000025"}),
        ("E54000066", {"E54000023", "E54000025"}),
        ("E54000067", {"E54000034"}),
        ("E54000068", {"E54000023"}),
        ("E54000069", {"E54000034"}),
        ("E54000070", {"E54000034"}),
    ],
)
def test_six_boards_hold_part_of_a_divided_one(code: str, divided: set[str]) -> None:
    with pytest.raises(AreaError, match="has no exact series") as caught:
        areas.exact_predecessors(code)
    named = {c for c in ("E54000023", "E54000025", "E54000034") if f"{c} (" in str(caught.value)}
    assert named == divided


def test_a_new_board_has_its_districts_by_shares() -> None:
    found = areas.registry().containment("district", ["E54000070", "E54000065"], TODAY)
    share = dict(zip([a.code for a in found.members], found.share.tolist(), strict=True))
    assert share["E06000060"] == pytest.approx([0.988189, 0.011811], abs=1e-6)  # Buckinghamshire
    assert share["E07000180"][0] == pytest.approx(0.952811, abs=1e-6)  # Vale of White Horse
    assert {a.code for a in areas.parents("E07000073", TODAY) if a.kind == "icb"} == {"E54000066"}  # Harlow
    assert {a.code for a in areas.parents("E07000202", TODAY) if a.kind == "icb"} == {"E54000068"}  # Ipswich


def test_counts_of_a_divided_board_are_not_recoded() -> None:
    counts = pd.DataFrame({"area_code": ["E54000027", "E54000028"], "n": [3, 4]})
    result = areas.recode_to(counts, on=TODAY, value="n")
    assert result.set_index("area_code")["n"].to_dict() == {"E54000071": 7}
    with pytest.raises(AreaError, match="split"):
        areas.recode_to(pd.DataFrame({"area_code": ["E54000034"], "n": [3]}), on=TODAY, value="n")


def test_every_strategic_authority_of_today_is_an_area_with_its_dates() -> None:
    frame = tables.load("strategic_authority")
    today = frame[frame["status"] == "in operation"].set_index("area_code")
    listed = {a.code: a for a in areas.list_areas("combined_authority", TODAY)}
    assert len(today) == 20
    assert set(today.index) == set(listed)
    assert today["tier"].value_counts().to_dict() == {"mayoral": 11, "established": 7, "foundation": 2}
    for code, row in today.iterrows():
        assert listed[str(code)].valid_from == row["established"].date()
        expected = {
            "london": "strategic authority of London",
            "combined_authority": "combined authority",
            "combined_county_authority": "combined county authority",
        }[row["kind"]]
        assert listed[str(code)].kind_title == expected
    own = sorted(code for code, area in listed.items() if not area.official_code)
    assert own == ["OWN-CHESHIRE-WARRINGTON", "OWN-CUMBRIA", "OWN-HAMPSHIRE-SOLENT", "OWN-SUSSEX-BRIGHTON"]
    assert [len(areas.members(code, "district", TODAY)) for code in own] == [3, 2, 14, 13]


def test_planned_councils_come_on_their_day() -> None:
    with pytest.raises(AreaError, match="ended on 2027-03-31; succeeded by OWN-EAST-SURREY"):
        areas.get("E07000207", "2027-04-01")
    with pytest.raises(AreaError, match="began on 2027-04-01"):
        areas.get("OWN-WEST-SURREY", TODAY)
    assert areas.get("OWN-WEST-SURREY", "2027-04-01").kind == "unitary_authority"
    surrey = areas.planned_successors("E10000030")
    assert surrey["council_name"].tolist() == ["East Surrey", "West Surrey"]
    assert set(surrey["status"]) == {"law"}
    forest = areas.planned_successors("E07000091")  # New Forest is divided
    assert forest["council_name"].tolist() == ["Mid Hampshire", "South West Hampshire"]
    assert forest["part"].tolist() == [True, True]


@pytest.fixture(scope="module")
def entries() -> pd.DataFrame:
    return areas.finder_entries(TODAY)


@pytest.mark.parametrize(
    ("text", "code", "note"),
    [
        ("Salford", "E08000006", ""),
        ("Hull", "E06000010", ""),
        ("Newcastle", "E08000021", ""),
        ("Brighton", "E06000043", ""),
        ("Middlesbrough", "E06000002", ""),
        ("Mayor of the West Midlands", "E47000007", ""),
        ("Mayor of London", "E61000001", ""),
        ("Mayor of Cumbria", "OWN-CUMBRIA", "no mayor elected yet"),
        ("NHS Cheshire and Merseyside ICB", "E54000008", ""),
        ("Allerdale", "E06000063", "non-metropolitan district until 2023, now Cumberland"),
        ("NHS Norfolk and Waveney ICB", "E54000022", "integrated care board until 2026, now NHS Norfolk and Suffolk ICB"),
        ("NHS Norfolk and Waveney ICB", "E54000068", "integrated care board until 2026, now NHS Norfolk and Suffolk ICB"),
        ("NHS Frimley ICB", "E54000070", "integrated care board until 2026, partly now NHS Thames Valley ICB"),
        ("North of Tyne combined authority", "E47000014", "combined authority until 2024, now North East combined authority (from 2024)"),
        ("East Surrey", "E07000207", "council planned by law for 2027"),
        ("North Hampshire", "E07000084", "council announced for 2028"),
        ("Bolton NHS Foundation Trust", "E54000057", "A&E department; this is its board"),
        ("Whitstable Medical Practice", "E54000032", "urgent care or minor injuries; this is its board"),
    ],
)  # fmt: skip
def test_a_name_leads_to_its_page(entries: pd.DataFrame, text: str, code: str, note: str) -> None:
    row = entries[(entries["text"] == text) & (entries["code"] == code)]
    assert row["note"].tolist() == [note]
    assert row["title"].tolist() == [areas.get(code).label]
    assert row["kind"].tolist() == [areas.get(code).kind]


def test_every_entry_leads_to_a_page_and_none_repeats(entries: pd.DataFrame) -> None:
    today = {a.code for a in areas.list_areas(on=TODAY)}
    ended = {a.code for a in areas.list_areas("icb", TODAY, include_ended=True)}
    assert len(ended) == 49
    assert set(entries["code"]) == (today | ended) - {"E92000001"}
    assert not entries.duplicated(["text", "code"]).any()
    assert (entries["text"].str.strip() != "").all()
    assert list(entries.columns) == list(areas.FINDER_COLUMNS)


def test_a_day_before_knows_nothing_of_what_came_later() -> None:
    before = areas.finder_entries("2026-03-31")
    assert "NHS Thames Valley ICB" not in set(before["title"])
    assert "Mayor of Hampshire and the Solent" not in set(before["text"])
