"""Maps by commuting find planted regions, keep their own rules, and do not depend on the order of rows."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.governance import (
    commuting_communities,
    merge_by_commuting,
    partition_agreement,
    self_containment,
)

GROUPS = np.repeat(np.arange(6), 7)
CODES = [f"p{i:02d}" for i in range(len(GROUPS))]


def planted(seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for i, a in enumerate(CODES):
        for j, b in enumerate(CODES):
            mean = 9000 if i == j else 1500 if GROUPS[i] == GROUPS[j] else 60
            rows.append((a, b, int(rng.poisson(mean))))
        rows.append((a, "abroad", 200))
    return pd.DataFrame(rows, columns=["residence_code", "workplace_code", "people"])


@pytest.mark.parametrize(
    "made",
    [
        lambda f: merge_by_commuting(f, ["abroad"]),
        lambda f: merge_by_commuting(f, ["abroad"], regions=6),
        lambda f: commuting_communities(f, ["abroad"]),
        lambda f: commuting_communities(f, ["abroad"], seed=7),
    ],
)
def test_planted_regions_are_found_in_any_order_of_rows(made):
    flows = planted()
    found = made(flows)
    assert partition_agreement(found.regions.reindex(CODES), GROUPS).adjusted_rand == 1.0
    again = made(flows.sample(frac=1.0, random_state=3))
    assert found.regions.equals(again.regions)


def test_a_map_keeps_its_rules_and_adds_up():
    flows = planted(4)
    found = merge_by_commuting(flows, ["abroad"], least_share=0.8, least_people=30000)
    held = self_containment(flows, found.to_frame().assign(share=1.0)).table
    assert (held["least"] >= 0.8).all()
    assert (held["residents"] >= 30000).all()
    assert np.allclose(held["least"], found.table["least"].reindex(held.index))
    assert set(found.regions) <= set(CODES)
    assert len(found.regions) == len(CODES)


def test_only_neighbours_are_joined():
    line = pd.DataFrame({"first": CODES[:-1], "second": CODES[1:]})
    found = merge_by_commuting(planted(), ["abroad"], neighbours=line, regions=6)
    for _, places in found.regions.groupby(found.regions):
        at = sorted(CODES.index(c) for c in places.index)
        assert at == list(range(at[0], at[-1] + 1))
    assert len(found) == 6


def test_communities_as_a_start_are_joined_until_they_pass():
    flows = planted(5)
    begun = commuting_communities(flows, ["abroad"], resolution=8.0)
    assert len(begun) > 6
    joined = merge_by_commuting(flows, ["abroad"], start=begun.regions)
    assert joined.table["economic"].all()


@pytest.mark.parametrize(
    "call",
    [
        lambda f: merge_by_commuting(f, least_share=0.0),
        lambda f: merge_by_commuting(f, regions=0),
        lambda f: merge_by_commuting(f, neighbours=pd.DataFrame({"first": ["p00"], "second": ["zz"]})),
        lambda f: merge_by_commuting(f, start=pd.Series(["a"], index=["p00"])),
        lambda f: merge_by_commuting(f, [*CODES, "abroad"]),
        lambda f: commuting_communities(f, resolution=0.0),
        lambda f: commuting_communities(f, seed=-1),
    ],
)
def test_refusals(call):
    with pytest.raises(InputError):
        call(planted())
