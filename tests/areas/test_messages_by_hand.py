"""Messages about areas, and ranks of matches, as numbers and words written out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from healthdevo import areas
from healthdevo.areas import aggregation, search
from healthdevo.areas.area import Area
from healthdevo.errors import AreaError


def test_who_aggregates_from_districts_is_not_told_to() -> None:
    container = SimpleNamespace(short_name="North")
    found = SimpleNamespace(members=["A", "B"], containers=[container], share=np.array([[np.nan], [1.0]]))
    for kind, hint in (("district", ""), ("county", " Aggregate from districts instead.")):
        of = SimpleNamespace(code=kind, plural="areas")
        with pytest.raises(AreaError) as caught:
            aggregation._refuse_cuts(found, of, True)  # type: ignore[arg-type]
        assert str(caught.value) == f"to: boundaries cut areas for which no population share is recorded: A by North.{hint}"  # fmt: skip


@pytest.mark.parametrize(
    ("query", "rank"),
    [
        ("upper-ayton-vale-hill", 1.0),
        ("ayton", 3.15),
        ("ayton-vale", 3.1),
        ("upper-ayton-vale", 3.05),
        ("uavh", 4.0),
        ("uav", 4.5),
        ("ayt-va", 5.0),
        ("zzz", None),
    ],
)
def test_ranks_of_matches(query: str, rank: float | None) -> None:
    area = Area("E07000001", "Upper Ayton Vale Hill", "non_metropolitan_district")
    found = search._score(query, query.replace("-", ""), area)
    assert found == (None if rank is None else pytest.approx(rank))


def test_three_areas_that_begin_alike_are_offered_for_what_is_no_area() -> None:
    with pytest.raises(AreaError) as caught:
        areas.what_is("Wesxq zzwv qq")
    offered = [str(a) for a in areas.find("Wes")[:3]]
    assert len(offered) == 3
    assert all(one in str(caught.value) for one in offered)
    assert str(areas.find("Wes")[3]) not in str(caught.value)
