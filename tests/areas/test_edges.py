"""Registries of a few areas, with days, shares and lists exactly on the edge of what is valid; and which of several a message names."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from tests.areas.conftest import AREA_COLUMNS, MEMBERSHIP_COLUMNS

from healthdevo.areas import Registry, aggregate_counts, aggregate_rates, recode_to
from healthdevo.areas.coded_frame import some
from healthdevo.areas.frames import split_codes, texts
from healthdevo.errors import AreaError, InputError

DISTRICTS = ("E07000001", "E07000002", "E07000003")
BOARDS = ("E54000001", "E54000002", "E54000003")


def area(code: str, name: str, kind: str, first: str | None = "2009-04-01", last: str | None = None, after: str = "") -> tuple[object, ...]:  # fmt: skip
    return (code, name, kind, "", first, last, False, after, "")


PLACES = [
    area(c, n, "non_metropolitan_district")
    for c, n in zip(DISTRICTS, ("Ayton", "Beeford", "Ceedale"), strict=True)
]
PLACES += [
    area(c, f"NHS {n} Integrated Care Board", "icb")
    for c, n in zip(BOARDS, ("One", "Two", "Three"), strict=True)
]


def registry(rows: list[tuple[object, ...]], places: list[tuple[object, ...]] = PLACES) -> Registry:
    frame = pd.DataFrame(rows, columns=MEMBERSHIP_COLUMNS)
    return Registry(pd.DataFrame(places, columns=AREA_COLUMNS), frame)


def row(member: str, container: str, share: float = 1.0, first: str | None = "2009-04-01", last: str | None = None) -> tuple[object, ...]:  # fmt: skip
    return (member, container, first, last, share)


def counts(known: Registry, codes: tuple[str, ...] = DISTRICTS, to: object = "icb", on: str = "2020-01-01", **options: object) -> list[float]:  # fmt: skip
    frame = pd.DataFrame({"area_code": list(codes), "n": np.arange(1, len(codes) + 1) * 100})
    return aggregate_counts(frame, to=to, value="n", on=on, registry=known, **options)["n"].tolist()


def test_long_lists_end_in_a_number() -> None:
    names = [f"n{i}" for i in range(14)]
    assert some(names[:12]).endswith("n10 and n11")
    assert some(names[:13]).endswith("n10, n11 and 1 more")
    assert some(names, 4) == "n0, n1, n2, n3 and 10 more"
    assert split_codes(" E1;E2 ,E3  E4 ") == ("E1", "E2", "E3", "E4")
    assert texts(pd.DataFrame({"a": [1, 2]}), "b") == ["", ""]


def test_membership_holds_on_its_first_and_last_day() -> None:
    known = registry(
        [
            row("E07000001", "E54000001", last="2015-03-31"),
            row("E07000001", "E54000002", first="2015-04-01"),
            row("E07000002", "E54000002"),
            row("E07000003", "E54000001"),
        ]
    )
    assert [a.code for a in known.members("E54000001", "district", "2015-03-31")] == [
        "E07000001",
        "E07000003",
    ]
    assert [a.code for a in known.members("E54000001", "district", "2015-04-01")] == ["E07000003"]
    assert [a.code for a in known.members("E54000002", "district", "2015-03-31")] == ["E07000002"]
    assert [a.code for a in known.members("E54000002", "district", "2015-04-01")] == [
        "E07000001",
        "E07000002",
    ]
    assert [a.code for a in known.members("E54000001", "district", "2009-04-01")] == [
        "E07000001",
        "E07000003",
    ]


def test_what_a_membership_may_say() -> None:
    def refused(rows: list[tuple[object, ...]], says: str) -> None:
        with pytest.raises(InputError, match=says):
            registry(rows)

    registry([row("E07000001", "E54000001", 1.0 + 5e-7)])
    registry([row("E07000001", "E54000001", 1e-9)])
    refused([row("E07000001", "E54000001", 1.0 + 2e-6)], "is 1.000002")
    refused([row("E07000001", "E54000001", 0.0)], "is 0.0; it must lie above 0")
    registry([row("E07000001", "E54000001", first="2010-01-01", last="2010-01-01")])
    refused([row("E07000001", "E54000001", first="2010-01-02", last="2010-01-01")], "ends before it begins")
    twice = [
        row("E07000001", "E54000001", 0.5, last="2012-03-31"),
        row("E07000001", "E54000001", 0.6, first="2012-04-01"),
    ]
    registry(twice)
    registry([twice[0], row("E07000001", "E54000002", 0.5, first="2010-04-01")])
    registry([twice[0], row("E07000002", "E54000001", 0.5, first="2010-04-01")])
    refused(
        [row("E07000002", "E54000001"), twice[0], row("E07000001", "E54000001", 0.6, first="2012-03-31")],
        "E07000001 in E54000001 has overlapping periods, from 2009-04-01 and from 2012-03-31",
    )
    refused([row(f"X{i}", "E54000001") for i in range(6)], r"X0, X1, X2, X3 and X4 not in the registry")
    itself = registry([row("E54000001", "E54000001"), row("E07000001", "E54000001")])
    assert [a.code for a in itself.members("E54000001", "district", "2020-01-01")] == ["E07000001"]
    places = [area("E07000001", "Ayton", "non_metropolitan_district", "2010-01-01", "2010-01-01")]
    assert registry([], places).get("E07000001").valid_to == dt.date(2010, 1, 1)


def test_the_last_day_of_change_stands_where_members_are_never_all_known() -> None:
    places = [
        *PLACES[:1],
        area("E54000001", "NHS One Integrated Care Board", "icb"),
        area("E54000002", "NHS Two Integrated Care Board", "icb", "2012-04-01"),
        area("E54000003", "NHS Three Integrated Care Board", "icb", "2009-04-01"),
    ]
    never = registry([row("E07000001", "E54000001", last="2011-03-31")], places)
    assert never.reference_date == dt.date(2012, 4, 1)
    filled = registry([row("E07000001", "E54000001"), row("E07000001", "E54000003", 0.5)], places)
    assert filled.reference_date == dt.date(2009, 4, 1)


def test_only_boards_that_hold_part_of_a_cut_district_are_named() -> None:
    known = registry(
        [
            row("E07000001", "E54000001", 0.25),
            row("E07000001", "E54000002", 0.75),
            row("E07000002", "E54000003"),
            row("E07000003", "E54000003"),
        ]
    )
    with pytest.raises(AreaError) as caught:
        counts(known)
    assert (
        "boundaries cut 1 districts: E07000001 (Ayton), 25.0% in NHS One ICB and 75.0% in NHS Two ICB."
        in str(caught.value)
    )
    assert counts(known, population_shares=True) == [25.0, 75.0, 500.0]
    rates = pd.DataFrame({"area_code": DISTRICTS, "rate": [4.0, 10.0, 40.0], "people": [100.0, 200.0, 100.0]})
    options = {
        "to": "icb",
        "value": "rate",
        "weights": "people",
        "on": "2020-01-01",
        "registry": known,
        "population_shares": True,
    }
    found = aggregate_rates(rates, **options)
    assert found["rate"].tolist() == [4.0, 4.0, 20.0]
    assert found["people"].tolist() == [25.0, 75.0, 300.0]
    with pytest.raises(InputError, match=r"is -1 for E07000002 \(Beeford\); weights are not negative"):
        aggregate_rates(rates.assign(people=[100.0, -1.0, -2.0]), **options)
    with pytest.raises(InputError, match="sums to 0 over the members of E54000001"):
        aggregate_rates(rates.assign(people=[0.0, 1.0, 0.0]), **options)
    assert aggregate_rates(rates.assign(people=[1.0, 1.0, 0.0]), **options)["rate"].tolist() == [
        4.0,
        4.0,
        10.0,
    ]


@pytest.mark.parametrize(
    ("second", "settled"), [(0.4985, True), (0.4975, False), (0.5015, True), (0.5025, False)]
)
def test_shares_within_two_in_a_thousand_of_one_are_scaled_to_it(second: float, settled: bool) -> None:
    known = registry([row("E07000001", "E54000001", 0.5), row("E07000001", "E54000002", second)])
    share = known.containment("district", ["E54000001"], "2020-01-01").share[0, 0]
    assert share == pytest.approx(0.5 / (0.5 + second) if settled else 0.5, rel=1e-12)


def test_areas_by_way_of_others_and_by_their_districts() -> None:
    """A region of two boards; a county of two districts, one of them cut by the authority, the other inside."""
    places = [
        *PLACES,
        area("E12000001", "North", "region"),
        area("E10000001", "Ayshire", "county"),
        area("E10000002", "Ceeshire", "county"),
        area("E47000001", "Ay", "combined_authority"),
    ]
    rows = [
        row("E07000001", "E54000001"),
        row("E07000002", "E54000002"),
        row("E07000003", "E54000003"),
        row("E54000001", "E12000001"),
        row("E54000002", "E12000001"),
        row("E07000001", "E10000001"),
        row("E07000002", "E10000001"),
        row("E07000003", "E10000002"),
        row("E07000001", "E47000001"),
    ]

    def shares(known: Registry, kind: str, to: str) -> dict[str, float]:
        found = known.containment(kind, [to], "2020-01-01")
        return {m.code: float(s) for m, s in zip(found.members, found.share[:, 0], strict=True)}

    known = registry(rows, places)
    assert shares(known, "district", "E12000001") == {"E07000001": 1.0, "E07000002": 1.0}
    cut = shares(known, "county", "E47000001")
    assert list(cut) == ["E10000001"]
    assert np.isnan(cut["E10000001"])
    both = registry([*rows, row("E07000002", "E47000001")], places)
    assert shares(both, "county", "E47000001") == {"E10000001": 1.0}
    part = registry([*rows, row("E07000002", "E47000001", 0.5)], places)
    assert np.isnan(shares(part, "county", "E47000001")["E10000001"])
    other = registry([*rows[:3], *rows[5:8], row("E07000003", "E47000001")], places)
    assert shares(other, "county", "E47000001") == {"E10000002": 1.0}
    # a board that lies in the region only in part is no way to its districts
    loose = registry([*rows[:3], row("E54000001", "E12000001", 0.5)], places)
    assert "E07000001" not in shares(loose, "district", "E12000001") or np.isnan(
        shares(loose, "district", "E12000001")["E07000001"]
    )


def test_counts_of_what_merged_are_added_up_by_group() -> None:
    places = [
        area("E07000001", "Ayton", "non_metropolitan_district", last="2019-03-31", after="E07000003"),
        area("E07000002", "Beeford", "non_metropolitan_district", last="2019-03-31", after="E07000003"),
        area("E07000003", "Ayton and Beeford", "non_metropolitan_district", "2019-04-01"),
        area("E07000004", "Deeham", "non_metropolitan_district"),
    ]
    known = registry([], places)
    frame = pd.DataFrame(
        [("E07000001", 2018, 1, 1.5), ("E07000002", 2018, 2, np.nan), ("E07000004", 2018, 9, 9.0), ("E07000003", 2019, 7, 7.0), ("E07000004", 2020, 5, 5.0)],
        columns=["area_code", "year", "n", "x"],
    )  # fmt: skip
    options = {"on": "2020-01-01", "by": "year", "registry": known}
    found = recode_to(frame, value="n", **options)
    assert found.to_numpy().tolist() == [
        ["E07000003", 2018, 3],
        ["E07000004", 2018, 9],
        ["E07000003", 2019, 7],
        ["E07000004", 2020, 5],
    ]
    assert found["n"].dtype == np.int64
    told = recode_to(frame, value=["n", "x"], missing="propagate", **options)
    assert told["x"].isna().tolist() == [True, False, False, False]
    assert told["x"].tolist()[1:] == [9.0, 7.0, 5.0]
    with pytest.raises(InputError, match=r"'x' is missing for E07000002 \(Beeford\) in year 2018;"):
        recode_to(frame, value="x", **options)
    with pytest.raises(
        AreaError, match=r"there only in part; missing are E07000002 \(Beeford\) in year 2018"
    ):
        recode_to(frame.drop(index=1), value="n", **options)
    both = pd.concat(
        [frame, pd.DataFrame([("E07000003", 2018, 4, 4.0)], columns=frame.columns)], ignore_index=True
    )
    with pytest.raises(AreaError, match="counted twice"):
        recode_to(both, value="n", **options)
    with pytest.raises(InputError, match=r"more than one row for E07000004 \(Deeham\) in year 2018$"):
        recode_to(pd.concat([frame, frame.iloc[[2]]]), value="n", **options)
    with pytest.raises(InputError, match=r"E07000004 \(Deeham\); name the columns"):
        recode_to(frame, value="n", on="2020-01-01", registry=known)
    split = [
        area(
            "E07000001", "Ayton", "non_metropolitan_district", last="2019-03-31", after="E07000002;E07000003"
        ),
        area("E07000002", "Beeford", "non_metropolitan_district", "2019-04-01"),
        area("E07000003", "Ceedale", "non_metropolitan_district", "2019-04-01"),
    ]
    with pytest.raises(AreaError, match=r"it was split\."):
        recode_to(frame.iloc[[0]], value="n", on="2020-01-01", registry=registry([], split))
    with pytest.raises(AreaError, match=r"into which it would have to be split\."):
        recode_to(frame.iloc[[3]], value="n", on="2018-01-01", registry=known)
    assert recode_to(frame.iloc[[0]], value="n", on="2019-03-31", registry=known)["n"].tolist() == [1]


def test_a_long_code_is_cut_in_a_message() -> None:
    known = registry([])
    with pytest.raises(AreaError) as caught:
        known.get("x" * 80)
    assert repr("x" * 80) in str(caught.value)
    with pytest.raises(AreaError) as caught:
        known.get("x" * 81)
    assert repr("x" * 80 + " ...") in str(caught.value)
    with pytest.raises(AreaError, match=r"E54000001 is given more than once"):
        known.containers(["E54000001", "E54000002", "E54000001"], "2020-01-01")
    with pytest.raises(AreaError, match="no area was given"):
        known.containers([], "2020-01-01")
