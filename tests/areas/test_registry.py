import datetime as dt
from dataclasses import FrozenInstanceError

import pandas as pd
import pytest

from healthdevo.areas import Registry
from healthdevo.errors import AreaError, InputError


def codes(areas: list) -> list[str]:
    return [a.code for a in areas]


def test_get_by_official_and_by_directory_code(registry: Registry) -> None:
    area = registry.get("E54000001")
    assert (area.name, area.kind, area.ods_code) == (
        "NHS Ayton and Beeford Integrated Care Board", "icb", "QAA",
    )  # fmt: skip
    assert (area.valid_from, area.valid_to) == (dt.date(2022, 7, 1), None)
    assert registry.get("QAA") is area
    assert registry.by_ods_code("Y02").code == "E40000002"
    with pytest.raises(FrozenInstanceError):
        area.name = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    "slip",
    [
        "E5400001",
        "e54000001",
        "E54000001 ",
        "\tE54000001",
        "E54OOOO01",
        "E540000001",
        "E54-000001",
        "54000001",
    ],
)
def test_a_misspelt_code_is_refused_with_the_nearest(registry: Registry, slip: str) -> None:
    with pytest.raises(AreaError, match="not an area of the registry") as caught:
        registry.get(slip)
    assert caught.value.suggestions[0] == "E54000001 (NHS Ayton and Beeford ICB)"
    assert "E54000001" in str(caught.value)


def test_a_misspelt_name_is_refused_with_the_nearest(registry: Registry) -> None:
    for wrong in ("NHS Ceedael", "nhs ceedale icbb"):
        with pytest.raises(AreaError) as caught:
            registry.get(wrong)
        assert any("E54000002" in s for s in caught.value.suggestions)


def test_a_code_without_resemblance_still_gets_an_error(registry: Registry) -> None:
    for wrong in ("", "   ", "?!", "Zzzzzz"):
        with pytest.raises(AreaError, match="not an area"):
            registry.get(wrong)
    with pytest.raises(AreaError, match=r"None is not text"):
        registry.get(None)  # type: ignore[arg-type]
    with pytest.raises(AreaError) as caught:
        registry.get("E" + "9" * 500)
    assert len(str(caught.value)) < 400


def test_an_ended_area_is_refused_on_later_dates_with_what_succeeded_it(registry: Registry) -> None:
    assert registry.get("E07000002").valid_to == dt.date(2019, 3, 31)
    assert registry.get("E07000002", "2019-03-31").code == "E07000002"
    with pytest.raises(
        AreaError, match=r"ended on 2019-03-31; succeeded by E07000004 \(Dee and Eel\)"
    ) as caught:
        registry.get("E07000002", "2019-04-01")
    assert caught.value.suggestions == ("E07000004 (Dee and Eel)",)


def test_succession_is_followed_to_the_date(registry: Registry) -> None:
    with pytest.raises(AreaError, match=r"E07000001 \(Ceedale\) and E07000002") as caught:
        registry.get("E07000008", "2020-01-01")
    assert caught.value.suggestions == ("E07000001 (Ceedale)", "E07000004 (Dee and Eel)")
    split, merged, successors = (
        registry.get("E07000008"),
        registry.get("E07000004"),
        registry.succession.successors,
    )
    assert codes(successors(split, "2015-01-01")) == ["E07000001", "E07000002"]
    assert codes(successors(split, "2011-01-01")) == ["E07000008"]
    assert successors(merged, "2011-01-01") == []


def test_an_area_before_its_time_names_its_predecessors(registry: Registry) -> None:
    with pytest.raises(AreaError, match="began on 2019-04-01 and does not exist on 2018-01-01") as caught:
        registry.get("E07000004", "2018-01-01")
    assert caught.value.suggestions == ("E07000002 (Deeham-on-Sea)", "E07000003 (Eel's Green)")
    with pytest.raises(AreaError, match=r"recorded from 2009-04-01 only"):
        registry.get("E06000001", "2001-01-01")


def test_another_code_of_an_area_leads_to_it(registry: Registry) -> None:
    with pytest.raises(AreaError, match="another code") as caught:
        registry.get("E54000009")
    assert caught.value.suggestions == ("E54000001 (NHS Ayton and Beeford ICB)",)


def test_directory_codes_are_exact(registry: Registry) -> None:
    for wrong in ("qaa", "QAX", "", None):
        with pytest.raises(AreaError, match="no directory code"):
            registry.by_ods_code(wrong)  # type: ignore[arg-type]
    with pytest.raises(AreaError, match="began on 2022-07-01"):
        registry.by_ods_code("QAA", on="2020-01-01")


def test_resolve_takes_codes_exact_names_and_slugs_but_no_doubt(registry: Registry) -> None:
    for text in (
        "E54000002",
        "QBB",
        "nhs ceedale icb",
        "nhs-ceedale-icb",
        "NHS CEEDALE INTEGRATED CARE BOARD",
    ):
        assert registry.resolve(text).code == "E54000002"
    assert registry.resolve("North", kind="nhs_region").code == "E40000001"
    with pytest.raises(AreaError, match="names 2 areas") as caught:
        registry.resolve("North")
    assert caught.value.suggestions == ("E12000001 (North region)", "E40000001 (North NHS region)")
    with pytest.raises(AreaError, match="not of kind 'icb'"):
        registry.resolve("E12000001", kind="icb")
    with pytest.raises(AreaError, match="not an area"):
        registry.resolve("Norht")


def test_listing_by_kind_group_and_date(registry: Registry) -> None:
    assert codes(registry.list_areas("icb")) == ["E54000001", "E54000002"]
    assert registry.list_areas("icb", "2022-06-30") == []
    before, after = (codes(registry.list_areas("district", d)) for d in ("2019-03-31", "2019-04-01"))
    assert set(before) - set(after) == {"E07000002", "E07000003"}
    assert set(after) - set(before) == {"E07000004"}
    assert codes(registry.list_areas("upper_tier", "2020-01-01")) == [
        "E06000001", "E06000002", "E08000001", "E10000001",
    ]  # fmt: skip
    assert len(registry.list_areas()) == len(registry)
    with pytest.raises(AreaError, match="'icbs' is not a kind") as caught:
        registry.list_areas("icbs")
    assert caught.value.suggestions == ("icb",)


def test_kinds_run_from_wide_to_narrow_and_unknown_kinds_are_kept(
    registry: Registry, area_frame: pd.DataFrame, membership_frame: pd.DataFrame
) -> None:
    assert registry.kinds()[:4] == ("country", "region", "nhs_region", "icb")
    assert "london_borough" not in registry.kinds()
    extra = pd.concat(
        [area_frame, pd.DataFrame({"area_code": ["P1"], "area_name": ["Beat"], "kind": ["police_force"]})]
    )
    wider = Registry(extra, membership_frame)
    assert wider.kinds()[-1] == "police_force"
    assert wider.get("P1").kind_title == "police force"


def test_membership_is_dated(registry: Registry) -> None:
    def authority(day: str) -> list[str]:
        return codes(registry.members("E47000001", "district", day))

    assert authority("2015-01-01") == ["E06000001", "E08000001"]
    assert authority("2017-01-01") == ["E06000001", "E06000002", "E08000001"]
    assert authority("2018-04-01") == ["E06000001", "E08000001"]
    assert authority("2025-04-01") == ["E06000001", "E08000002"]
    assert "E47000001" in codes(registry.parents("E06000002", "2018-03-31"))
    assert "E47000001" not in codes(registry.parents("E06000002", "2018-04-01"))
    with pytest.raises(AreaError, match="began on 2014-04-01"):
        registry.members("E47000001", "district", "2013-01-01")


def test_parents_and_children(registry: Registry) -> None:
    assert codes(registry.parents("E07000001", "2023-01-01")) == [
        "E12000002",
        "E54000001",
        "E54000002",
        "E10000001",
    ]
    assert codes(registry.children("E92000001", "region")) == ["E12000001", "E12000002"]
    assert codes(registry.children("E40000001")) == ["E54000001"]
    assert registry.parents("E92000001") == []
    assert codes(registry.children("E10000001", on="2010-01-01")) == ["E07000001", "E07000002", "E07000003"]


def test_members_are_found_through_areas_between_and_by_districts(registry: Registry) -> None:
    every = codes(registry.list_areas("district", "2023-01-01"))
    assert codes(registry.members("E92000001", "district", "2023-01-01")) == every
    assert codes(registry.members("E40000002", "district", "2023-01-01")) == ["E07000001", "E07000004"]
    # the county lies in the region because all of its districts do
    assert codes(registry.members("E12000002", "county", "2023-01-01")) == ["E10000001"]
    assert registry.members("E12000001", "county", "2023-01-01") == []
    found = registry.containment("district", "E92000001", "2023-01-01")
    assert found.share.tolist() == [[1.0]] * len(every)


def test_shares_that_are_rounded_come_to_one(registry: Registry) -> None:
    found = registry.containment("district", "icb", "2023-01-01")
    row = [m.code for m in found.members].index("E07000001")
    assert found.share[row].sum() == pytest.approx(1.0, abs=1e-15)
    assert found.share[row, 0] == pytest.approx(0.25 / 0.9999)
    assert not found.share.flags.writeable


def test_peers_exist_at_the_same_time(registry: Registry) -> None:
    assert codes(registry.peers("E54000001")) == ["E54000002"]
    assert codes(registry.peers("E54000001", include_self=True)) == ["E54000001", "E54000002"]
    assert codes(registry.peers("E07000002")) == ["E07000001", "E07000003"]
    assert codes(registry.peers("E07000001")) == ["E07000004"]


def test_the_first_of_a_name_keeps_the_plain_slug(registry: Registry) -> None:
    slugs = [a.slug for a in registry]
    assert len(set(slugs)) == len(slugs)
    assert registry.get("E08000001").slug == "effton"
    assert registry.get("E08000002").slug == "effton-from-2025"
    assert registry.get("E08000002").label == "Effton (from 2025)"


def test_the_reference_date_is_the_last_with_known_members(
    registry: Registry, area_frame: pd.DataFrame, membership_frame: pd.DataFrame
) -> None:
    assert registry.reference_date == dt.date(2025, 4, 1)
    late = pd.DataFrame(
        {"area_code": ["E54000003"], "area_name": ["NHS New Integrated Care Board"], "kind": ["icb"],
         "valid_from": ["2026-04-01"], "valid_from_is_floor": [False]}
    )  # fmt: skip
    wider = Registry(pd.concat([area_frame, late]), membership_frame)
    assert wider.reference_date == dt.date(2025, 4, 1)
    assert codes(wider.peers("E54000001")) == ["E54000002"]
    assert codes(wider.peers("E54000003")) == ["E54000001", "E54000002"]


def test_a_broken_registry_is_refused(area_frame: pd.DataFrame, membership_frame: pd.DataFrame) -> None:
    def broken(
        column: str, value: object, row: int = 0, table: str = "area"
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        frames = {"area": area_frame.astype(object), "membership": membership_frame.astype(object)}
        frames[table].loc[row, column] = value
        return frames["area"], frames["membership"]

    cases = [
        (broken("area_code", "E12000001"), "E12000001 stands in several rows"),
        (broken("area_code", None), "row 0 has no area_code"),
        (broken("successor_code", "E99"), "successor_code E99 of E92000001 is not in the registry"),
        (broken("valid_from", "soon"), "no date"),
        (
            broken("valid_from", "2030-01-01", 12),
            "E07000002 has valid_from 2030-01-01 after valid_to 2019-03-31",
        ),
        (broken("member_code", "E99", 0, "membership"), "E99 not in the registry"),
        (
            broken("population_share", 1.2, 0, "membership"),
            "population_share of E12000001 in E92000001 is 1.2",
        ),
        (broken("population_share", None, 0, "membership"), "is nan"),
        (broken("valid_to", "1990-01-01", 0, "membership"), "ends before it begins"),
        (broken("member_code", "E12000002", 0, "membership"), "overlapping periods"),
    ]
    for frames, message in cases:
        with pytest.raises(InputError, match=message):
            Registry(*frames)
    with pytest.raises(InputError, match="lacks kind"):
        Registry(area_frame.drop(columns="kind"), membership_frame)
    with pytest.raises(InputError, match="lacks container_code"):
        Registry(area_frame, membership_frame.drop(columns="container_code"))


def test_row_order_does_not_matter(
    registry: Registry, area_frame: pd.DataFrame, membership_frame: pd.DataFrame
) -> None:
    other = Registry(area_frame.iloc[::-1], membership_frame.sample(frac=1, random_state=3))
    assert other.list_areas() == registry.list_areas()
    for kind, to in (("district", "icb"), ("district", "region"), ("upper_tier", "region")):
        a, b = (r.containment(kind, to, "2023-01-01") for r in (registry, other))
        assert (a.members, a.containers, a.share.tolist()) == (b.members, b.containers, b.share.tolist())
