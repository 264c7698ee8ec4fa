"""Self-containment by hand, identities of flows, and the official rule at its published corners."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.governance import largest_partners, least_self_containment, self_containment

FLOWS = pd.DataFrame(
    [("A", "A", 60), ("A", "B", 30), ("A", "X", 10), ("B", "B", 100), ("B", "A", 20), ("X", "A", 40)],
    columns=["residence_code", "workplace_code", "people"],
)


def regions(**of):
    return pd.DataFrame(
        [(a, r, 1.0) for r, members in of.items() for a in members], columns=["area_code", "region", "share"]
    )


def test_by_hand():
    row = self_containment(FLOWS, regions(both="AB", a="A")).table
    assert row.loc["both", ["residents", "workers", "inside", "net"]].tolist() == [220, 250, 210, 30]
    assert row.loc["a", ["residents", "workers", "inside"]].tolist() == [100, 120, 60]
    assert row.loc["both", "lives_and_works"] == 210 / 220
    assert row.loc["both", "works_and_lives"] == 210 / 250
    assert row.loc["a", "least"] == 0.5
    assert not row.loc["a", "economic"]
    assert row.loc["both", "economic"]


def test_flows_of_any_set_add_up_exactly():
    rng = np.random.default_rng(1)
    codes = [f"p{i}" for i in range(12)]
    flows = pd.DataFrame(
        [(a, b, int(rng.integers(0, 5000))) for a in codes for b in codes], columns=FLOWS.columns
    )
    total = flows["people"].sum()
    for _ in range(20):
        chosen = [c for c in codes if rng.random() < 0.5] or codes[:1]
        rest = [c for c in codes if c not in chosen]
        row = self_containment(flows, regions(s=chosen, **({"rest": rest} if rest else {}))).table
        inside = flows[flows["residence_code"].isin(chosen) & flows["workplace_code"].isin(chosen)][
            "people"
        ].sum()
        assert row.loc["s", "inside"] == inside
        assert row["residents"].sum() == total == row["workers"].sum()
        assert row["net"].sum() == 0


def test_a_cut_place_is_spread_like_its_people():
    cut = pd.DataFrame({"area_code": ["A", "A", "B"], "region": ["r", "s", "s"], "share": [0.25, 0.75, 1.0]})
    row = self_containment(FLOWS, cut).table
    assert row.loc["r", "inside"] == 15
    assert row.loc["r", "residents"] == 25
    assert row.loc["s", "inside"] == 0.75 * 60 + 100 + 0.75 * 30 + 0.75 * 20


def test_the_official_rule_at_its_corners():
    assert [least_self_containment(n) for n in (1, 3500, 25000, 4e6)] == [0.75, 0.75, 2 / 3, 2 / 3]
    assert least_self_containment(14250) == pytest.approx((0.75 + 2 / 3) / 2)


def test_partners():
    found = largest_partners(FLOWS, ["A"], 2)
    assert found.to_numpy().tolist() == [
        ["out", "B", 30, 0.3],
        ["out", "X", 10, 0.1],
        ["in", "X", 40, 40 / 120],
        ["in", "B", 20, 20 / 120],
    ]


@pytest.mark.parametrize(
    ("flows", "said"),
    [
        (pd.concat([FLOWS, FLOWS.head(1)]), "twice"),
        (FLOWS.assign(people=-1), "people"),
        (FLOWS.drop(columns="people"), "people"),
    ],
)
def test_refusals(flows, said):
    with pytest.raises(InputError, match=said):
        self_containment(flows, regions(a="A"))


def test_a_place_without_flows_is_refused():
    with pytest.raises(InputError, match="'Q' is not in the flows"):
        self_containment(FLOWS, regions(a="Q"))
    with pytest.raises(InputError, match="'Q'"):
        largest_partners(FLOWS, ["Q"])


def test_sentence():
    assert self_containment(FLOWS, regions(both="AB", a="A")).sentence.startswith("1 of 2 regions are")
