"""A kind of area is one row: names, order, groups, comparisons and messages follow from it."""

import ast
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import healthdevo
from healthdevo import areas, tables
from healthdevo.areas import KIND_GROUPS, KIND_TITLES, KINDS, Kind, Kinds, Registry
from healthdevo.errors import AreaError

SOURCE = Path(healthdevo.__file__).parent

PLACE = Kind("place", "place-based partnership", "place-based partnerships", ending="Place", said_by="place")
PARISH = Kind(
    "parish", "parish", "parishes", ("district",), compared_with="district", sections=("inequality",)
)


@pytest.fixture(scope="module")
def wider(area_frame: pd.DataFrame, membership_frame: pd.DataFrame) -> Registry:
    """The made-up country with partnerships between boards and authorities, and parishes among the districts."""
    at = KINDS.codes.index("combined_authority")
    kinds = replace(KINDS, rows=(*KINDS.rows[:at], PLACE, *KINDS.rows[at:], PARISH))
    new = pd.DataFrame(
        {
            "area_code": ["L1", "L2", "P1"],
            "area_name": ["Ayton place-based partnership", "Beeford", "Geeton"],
            "kind": ["place", "place", "parish"],
            "valid_from": ["2022-07-01", "2022-07-01", "2009-04-01"],
        }
    )
    inside = pd.DataFrame(
        {
            "member_code": ["E06000001", "P1", "E06000002", "P1", "P1"],
            "container_code": ["L1", "L1", "L2", "E12000001", "E54000001"],
            "valid_from": ["2022-07-01"] * 5,
            "population_share": 1.0,
        }
    )
    return Registry(pd.concat([area_frame, new]), pd.concat([membership_frame, inside]), kinds=kinds)


def test_a_new_kind_has_its_place_and_its_words(wider: Registry) -> None:
    assert wider.kinds()[3:6] == ("icb", "place", "combined_authority")
    assert wider.kinds()[-1] == "parish"
    first, second = wider.list_areas("place")
    assert (first.short_name, first.label, first.slug) == ("Ayton Place", "Ayton Place", "ayton-place")
    assert (second.label, second.kind_title) == ("Beeford Place", "place-based partnership")
    assert wider.find("beeford", kind="place") == [second]


def test_a_new_kind_counts_in_its_groups(wider: Registry) -> None:
    assert "parish" in wider.kind_members("district")
    assert "parish" not in wider.kind_members("upper_tier")
    assert [a.code for a in wider.members("L1", "district", "2023-01-01")] == ["E06000001", "P1"]
    # not said directly: the partnership lies in the region because all of its districts do
    assert [a.code for a in wider.members("E12000001", "place", "2023-01-01")] == ["L1", "L2"]
    assert "P1" in [a.code for a in wider.members("E92000001", "district", "2023-01-01")]


def test_a_new_kind_is_compared_as_its_row_says(wider: Registry) -> None:
    assert [a.code for a in wider.peers("L1")] == ["L2"]
    peers = {a.kind for a in wider.peers("P1", "2023-01-01")}
    assert peers == {"unitary_authority", "metropolitan_district", "non_metropolitan_district"}
    assert wider.get("P1").kind_row.sections == ("inequality",)


def test_counts_add_up_to_a_new_kind(wider: Registry) -> None:
    counts = pd.DataFrame({"area_code": ["E06000001", "P1", "E06000002"], "n": [3, 4, 5]})
    result = areas.aggregate_counts(counts, to="place", value="n", on="2023-01-01", registry=wider)
    assert result.set_index("area_code")["n"].to_dict() == {"L1": 7, "L2": 5}
    with pytest.raises(AreaError, match="there are no place-based partnerships on 2010-01-01"):
        areas.aggregate_counts(counts, to="place", value="n", on="2010-01-01", registry=wider)
    own = pd.DataFrame({"area_code": ["L1", "L2"], "n": [1, 2]})
    with pytest.raises(AreaError, match="place-based partnerships do not fill"):
        areas.aggregate_counts(own, to="E12000001", value="n", on="2023-01-01", registry=wider)


def test_a_kind_without_a_row_gets_plain_words_and_comes_last() -> None:
    kinds = KINDS.among(["police_force", "icb", "country"])
    assert kinds.codes == ("country", "icb", "police_force")
    assert kinds.group_codes == ()
    assert (kinds["police_force"].title, kinds["police_force"].plural) == (
        "police force",
        "areas of kind police_force",
    )
    assert kinds.members("district") == ()


def test_groups_name_kinds_that_exist_and_codes_are_unique() -> None:
    every = (*KINDS.codes, *KINDS.group_codes)
    assert len(set(every)) == len(every)
    assert {group for row in KINDS.rows for group in row.groups} == set(KINDS.group_codes)
    assert {row.peers for row in KINDS.rows} <= set(every)
    assert isinstance(KINDS, Kinds)
    assert list(KIND_TITLES) == list(every)
    assert KIND_GROUPS["upper_tier"][0] == "county"


def test_the_descriptor_of_the_data_folder_knows_the_same_kinds() -> None:
    from healthdevo.tables.descriptor import package

    allowed = set(package().table("area").field("kind").enum)
    assert allowed == set(KINDS.codes) == set(tables.load("area")["kind"])


def test_no_other_module_lists_kinds() -> None:
    kinds = {*KINDS.codes, *KINDS.group_codes}
    # a pool of comparison districts and the name of two columns: choices of an analysis, not lists of what there is
    pools = ("chapters/devolution/panels.py", "chapters/postcode_lottery/levels.py")
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).as_posix() in ("areas/kinds.py", *pools):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
            named = [p.value for p in parts if isinstance(p, ast.Constant) and p.value in kinds]
            if len(named) > 1:
                found.append(f"{path.relative_to(SOURCE)}:{node.lineno}: {named}")
    assert not found
