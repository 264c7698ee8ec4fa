"""What a name stands for on ten days from 2009 to 2028: authorities, boards, councils, groups that are not covered, and what is planned."""

import re

import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.errors import AreaError, InputError

TODAY = "2026-11-26"
DAYS = ("2009-04-01", "2011-04-01", "2014-11-03", "2017-05-04", "2019-04-01", "2021-04-01", "2023-04-01", TODAY, "2027-04-01", "2028-04-01")  # fmt: skip
DOT, TO_COME, ENDED = "exists", "to come", "ended"
# for each name and code: on how many of the ten days it is to come, exists, has ended
COURSES = [
    ("Cumbria", "E10000006", 0, 6, 4),
    ("Cumbria", "OWN-CUMBRIA", 7, 3, 0),
    ("Cumberland", "E06000063", 6, 4, 0),
    ("Westmorland and Furness", "E06000064", 6, 4, 0),
    ("Somerset", "E10000027", 0, 6, 4),
    ("Somerset", "E06000066", 6, 4, 0),
    ("Somerset West and Taunton", "E07000246", 4, 2, 4),
    ("Taunton Deane", "E07000190", 0, 4, 6),
    ("North Yorkshire", "E06000065", 6, 4, 0),
    ("Harrogate", "E07000165", 0, 6, 4),
    ("Bournemouth", "E06000028", 0, 4, 6),
    ("Bournemouth, Christchurch and Poole", "E06000058", 4, 6, 0),
    ("Dorset", "E06000059", 4, 6, 0),
    ("Northamptonshire", "E10000021", 0, 5, 5),
    ("West Northamptonshire", "E06000062", 5, 5, 0),
    ("East Surrey", "OWN-EAST-SURREY", 8, 2, 0),
    ("West Surrey", "OWN-WEST-SURREY", 8, 2, 0),
    ("Surrey", "E10000030", 0, 8, 2),
    ("Woking", "E07000217", 0, 8, 2),
    ("Greater Manchester", "E47000001", 1, 9, 0),
    ("Sheffield City Region", "E47000002", 2, 8, 0),
    ("North of Tyne", "E47000011", 4, 3, 3),
    ("Tees Valley", "E47000006", 3, 7, 0),
    ("Greater Lincolnshire", "E47000017", 7, 3, 0),
    ("Hull and East Yorkshire", "E47000016", 7, 3, 0),
    ("Devon and Torbay", "E47000015", 7, 3, 0),
    ("Lancashire", "E47000018", 7, 3, 0),
    ("Sussex and Brighton", "OWN-SUSSEX-BRIGHTON", 7, 3, 0),
    ("Cheshire and Warrington", "OWN-CHESHIRE-WARRINGTON", 7, 3, 0),
    ("Hampshire and the Solent", "OWN-HAMPSHIRE-SOLENT", 7, 3, 0),
    ("NHS Frimley ICB", "E54000034", 6, 1, 3),
    ("NHS Thames Valley", "E54000070", 7, 3, 0),
    ("NHS Devon ICB", "E54000037", 6, 4, 0),
    ("Greater London Authority", "E61000001", 0, 10, 0),
    ("Mayor of London", "E61000001", 0, 10, 0),
    ("Kent", "E10000016", 0, 10, 0),
    ("E06000052", "E06000052", 0, 10, 0),
]  # fmt: skip


def of(name: str, code: str, on: str = TODAY) -> areas.Answer:
    return next(a for a in areas.what_is(name, on) if a.code == code)


@pytest.mark.parametrize(("name", "code", "before", "during", "after"), COURSES)
def test_a_name_has_an_answer_for_each_of_ten_days(name, code, before, during, after):
    found = [of(name, code, day).state for day in DAYS]
    assert [state == DOT for state in found] == [areas.get(code).is_current(day) for day in DAYS]
    assert found == [TO_COME] * before + [DOT] * during + [ENDED] * after


def test_everything_of_today_says_what_it_is_and_since_when():
    kinds = {"combined_authority", "icb", "county", *areas.KIND_GROUPS["district"]}
    today = [a for a in areas.list_areas(on=TODAY) if a.kind in kinds]
    assert len(today) == 373
    for area in today[::16]:
        found = of(area.label, area.code)
        assert found.state == DOT
        assert f"{area.short_name} is " in found.sentences[0]
        assert area.kind_title in found.sentences[0]
        assert ("since" in found.sentences[0]) != area.valid_from_is_floor
        assert ("on record from 1 April" in found.text) == area.valid_from_is_floor


@pytest.mark.parametrize(
    ("name", "on", "said"),
    [
        ("Greater Essex", TODAY, "Its councils are to be Essex, Southend-on-Sea and Thurrock."),
        ("Greater Essex", "2012-06-01", "On 1 June 2012 nothing of this name existed."),
        ("Norfolk and Suffolk", TODAY, "Norfolk and Suffolk is a planned strategic authority."),
        ("Mid Hampshire", TODAY, "a council announced for 1 April 2028; no order was found."),
        ("Mid Hampshire Council", "2028-04-01", "No page with a known address was seen."),
    ],
)  # fmt: skip
def test_what_is_only_planned_is_found_and_said_to_be(name, on, said):
    planned = [a for a in areas.what_is(name, on) if a.state == "planned"]
    assert len(planned) == 1
    assert planned[0].code == ""
    assert said in planned[0].text


@pytest.mark.parametrize(
    ("name", "code", "on", "said"),
    [
        ("Woking", "E07000217", TODAY, "On 1 April 2027 West Surrey takes the place of Woking, by law."),
        ("Woking", "E07000217", "2027-04-01", "It was followed by West Surrey."),
        ("Eastleigh", "E07000086", "2028-04-01", "South West Hampshire was to take the place of Eastleigh on 1 April 2028, as announced. This rests on one secondary source"),
        ("Winchester", "E07000094", TODAY, "Part of it rests on no page that was seen"),
        ("Ashford", "E07000105", TODAY, "The councils of Kent and Medway are to be reorganised for 1 April 2028, as ministers decided on 16 July 2026. Only the statement’s address was seen"),
        ("Nottingham", "E06000018", TODAY, "one council for Nottingham with parts of Broxtowe, Gedling and Rushcliffe"),
        ("Hastings", "E07000062", TODAY, "a decision was not found"),
        ("NHS Gloucestershire ICB", "E54000043", TODAY, "shares its leaders with NHS Bristol, North Somerset and South Gloucestershire ICB, as agreed in June 2025. Boards that do are said to have to merge by April 2027; no order was found."),
        ("NHS South West London ICB", "E54000031", TODAY, "without plans to merge"),
        ("Cumbria", "OWN-CUMBRIA", TODAY, "Its first mayor is to be elected in May 2027."),
        ("Lancashire", "E47000018", TODAY, "By the Act of 2026 it is a foundation strategic authority. It has no elected mayor."),
        ("East Midlands", "E47000013", TODAY, "A public register of September 2026 gives it the established tier"),
        ("Taunton Deane", "E07000190", TODAY, "It was followed by Somerset West and Taunton and then by Somerset."),
        ("East Surrey", "OWN-EAST-SURREY", TODAY, "East Surrey is to be a unitary authority from 1 April 2027, by law. It takes the place of Elmbridge"),
        ("NHS Thames Valley ICB", "E54000070", "2012-06-01", "began on 1 April 2026; on 1 June 2012 it did not exist."),
        ("Manchester", "E08000003", TODAY, "Manchester is a metropolitan district."),
    ],
)  # fmt: skip
def test_what_became_of_it_and_what_is_planned_is_said(name, code, on, said):
    assert said in of(name, code, on).text


def test_plans_are_not_told_for_days_before_they_were_known():
    assert areas.plans("E07000217", "2012-06-01") == []
    assert areas.plans("E08000003") == []
    assert "reorganised" not in of("Kent", "E10000016", "2019-04-01").text


@pytest.mark.parametrize(
    "name", ["Salford PCT", "Bury Primary Care Trust", "North West Strategic Health Authority"]
)
def test_older_bodies_are_said_not_to_be_covered(name):
    found = areas.what_is(name, "2009-04-01")
    assert [a.state for a in found] == ["not covered"]
    assert "are not in the registry" in found[0].text


def test_commissioning_groups_are_known_by_name_and_lead_to_their_board():
    found = areas.what_is("NHS Salford CCG")
    assert [(a.state, a.name) for a in found] == [(ENDED, "NHS Salford CCG")]
    assert "Its districts lie in NHS Greater Manchester ICB today." in found[0].text
    assert areas.what_is("Salford clinical commissioning group", "2019-04-01")[0].state == "not covered"
    unknown = areas.what_is(
        "NHS North East London CCG"
    )  # merged late: never taken for the board of that name
    assert [a.state for a in unknown] == ["not covered"]


def test_what_is_no_name_is_refused():
    with pytest.raises(AreaError, match="is no authority, board or council"):
        areas.what_is("xqzt")
    with pytest.raises(InputError, match="is not a name"):
        areas.what_is("  ")
    with pytest.raises(InputError, match="not a date"):
        areas.what_is("Kent", "2026")


# --- the tables behind it ---------------------------------------------------------------------------------------------------------------


def test_areas_to_be_reorganised_are_the_fourteen_and_sussex_and_no_council_is_in_two_plans():
    frame = tables.load("planned_reorganisation")
    assert frame.groupby("status")["reorganisation"].nunique().to_dict() == {"consulted": 1, "decided": 14}
    known = set(tables.load("planned_council")["replaces_area_code"])
    counties = {a.code for a in areas.list_areas("county", TODAY)}
    assert not known & set(frame["area_code"])
    # with Surrey, Hampshire, Essex, Norfolk and Suffolk, every county of England has a plan
    assert counties == (known | set(frame["area_code"])) & counties
    decided = frame.loc[frame["status"] == "decided", "area_code"]
    councils = len(decided) + sum(
        len(areas.children(str(c), "district", TODAY)) for c in decided if c in counties
    )
    (said,) = [
        c
        for c in tables.descriptor.package().tables["planned_reorganisation"].caveats
        if "councils of today" in c
    ]
    assert f"They have {councils} councils of today" in said


def test_boards_that_share_leaders_are_of_today_and_not_alone():
    frame = tables.load("board_cluster")
    assert set(frame["area_code"]) <= {a.code for a in areas.list_areas("icb", TODAY)}
    assert frame.groupby("cluster")["area_code"].size().min() >= 2
    for name, rows in frame.groupby("cluster"):
        for code in rows["area_code"]:
            short = re.sub(r"^NHS | ICB$", "", areas.get(str(code)).short_name)
            assert short in name


def test_the_caveat_on_announced_councils_counts_the_notes_that_were_read():
    frame = tables.load("planned_council")
    notes = frame["source"].dropna()[lambda s: s.str.contains("/doc/source/")].nunique()
    (said,) = [
        c for c in tables.descriptor.package().tables["planned_council"].caveats if "public notes" in c
    ]
    assert f"{notes} public notes" in said
    unseen = frame[frame["verification"] == "not found"]
    assert unseen["source"].isna().all()
    assert unseen["note"].notna().all()
    assert frame.loc[frame["verification"] != "not found", "source"].notna().all()


def test_no_study_is_said_to_have_been_read_whole():
    read = tables.load("quoted_finding")["read_in"]
    assert read.str.contains("abstract|excerpt").all()
    assert pd.Series(read).str.contains("stored copy|another page|excerpt").all()
