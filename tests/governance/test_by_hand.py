"""Numbers worked out by hand, what is valid at its very edge, and which number a message names."""

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.kit.refusing import refused

from healthdevo.governance import (
    apply_gate,
    area_types,
    binomial_pass,
    border_overlap,
    chance_of_same_quarter,
    commuting_communities,
    detectable_change,
    fewest_movers,
    largest_partners,
    league_table,
    least_self_containment,
    measure_agreement,
    merge_by_commuting,
    partition_agreement,
    rank_stability,
    self_containment,
    share_inside,
    simulate_gates,
    split_markets,
    variance_shares,
    years_to_detect,
)
from healthdevo.governance.commuting import flow_matrix


def flows(*rows):
    return pd.DataFrame(rows, columns=["residence_code", "workplace_code", "people"])


def regions(*rows):
    return pd.DataFrame(rows, columns=["area_code", "region", "share"])


# ---------------------------------------------------------------------------------------------------------- commuting

TWO = flows(("A", "A", 60), ("A", "B", 40), ("B", "B", 100))


def test_messages_of_flows_name_the_first_that_is_wrong():
    refused(
        lambda: flow_matrix(flows(("A", "B", 1), ("C", "D", 1), ("A", "B", 1), ("C", "D", 1))),
        "the pair 'A' to 'B'",
    )
    many = regions(("A", "r", 1.0), ("B", "r", 1.2), ("B", "s", 1.3))
    refused(lambda: self_containment(TWO, many), "share: row 1 is 1.2")
    refused(
        lambda: self_containment(TWO, regions(("A", "r", 1.0), ("Q", "r", 1.0), ("P", "r", 1.0))),
        "'Q' is not in the flows",
    )
    refused(lambda: self_containment(TWO, regions(("A", "r", 0.5), ("A", "r", 0.5))), "stands twice")
    refused(lambda: largest_partners(TWO, ["A", "Z", "Y"]), "inside: 'Y'")
    refused(lambda: largest_partners(TWO, []), "it is empty")
    refused(lambda: largest_partners(TWO, ["A"], 0), "number: 0")
    refused(lambda: least_self_containment(0.0), "workers: 0.0")
    assert least_self_containment(0.5) == 0.75


def test_self_containment_with_nobody_and_at_the_share_required():
    held = self_containment(TWO, regions(("A", "r", 1.0), ("B", "s", 0.0)))
    assert held["s"][["residents", "workers", "inside"]].tolist() == [0.0, 0.0, 0.0]
    assert math.isnan(held["s"]["least"])
    assert not held["s"]["economic"]
    just = flows(("A", "A", 75), ("A", "B", 25), ("B", "A", 25), ("B", "B", 74), ("B", "C", 1))
    rows = self_containment(just, regions(("A", "A", 1.0), ("B", "B", 1.0))).table
    assert rows["required"].tolist() == [0.75, 0.75]
    assert rows["economic"].tolist() == [True, False], "three quarters is enough"
    assert rows["least"].tolist() == [0.75, 0.74]
    assert rows["net"].tolist() == [0.0, -1.0]
    large = self_containment(flows(("A", "A", 20_000), ("B", "A", 5_000)), regions(("A", "A", 1.0)))
    assert large["A"]["required"] == pytest.approx(2 / 3), "at the size of the larger side"
    assert large.sentence == "1 of 1 region is self-contained enough to be a labour market of its own."
    two = self_containment(just, regions(("A", "A", 1.0), ("B", "B", 1.0)))
    assert two.sentence == "1 of 2 regions are self-contained enough to be a labour market of their own."
    refused(lambda: two["x"], "no region 'x'; there are 2")
    assert two.to_frame()["region"].tolist() == ["A", "B"]


def test_partners_are_counted_over_all_commuters():
    many = flows(
        ("A", "A", 1),
        ("A", "D", 2),
        ("A", "C", 2),
        ("A", "B", 5),
        ("A", "E", 0),
        ("B", "A", 1),
        ("B", "B", 7),
    )
    found = largest_partners(many, ["A"], 3)
    assert found.to_numpy().tolist() == [
        ["out", "B", 5, 0.5], ["out", "C", 2, 0.2], ["out", "D", 2, 0.2], ["in", "B", 1, 0.5],
    ]  # fmt: skip
    assert len(largest_partners(many, ["A"], 1)) == 2
    eight = flows(*[("A", c, n) for n, c in enumerate("BCDEFGH", 1)])
    assert largest_partners(eight, ["A"])["area_code"].tolist() == list("HGFED"), "five unless told"
    nobody = flows(("A", "B", 0), ("B", "A", 0), ("B", "B", 4))
    assert largest_partners(nobody, ["A"]).empty


# -------------------------------------------------------------------------------------------------- maps drawn by work


def test_the_region_joined_is_the_one_with_the_strongest_tie():
    """A sends 40 of 100 to B, whose workers are many, and 30 to C, whose workers are few: Smart's tie goes to C."""
    one = flows(("A", "A", 30), ("A", "B", 40), ("A", "C", 30), ("B", "B", 960), ("C", "C", 95))
    # to B: 40^2 / (100 x 1000) = 0.016; to C: 30^2 / (100 x 125) = 0.072
    found = merge_by_commuting(one, least_people=0.0)
    assert found.regions.to_dict() == {"A": "C", "B": "B", "C": "C"}
    # 120 come from B to A as well: that tie counts both ways
    other = flows(
        ("A", "A", 30), ("A", "B", 40), ("A", "C", 30), ("B", "B", 960), ("B", "A", 120), ("C", "C", 95)
    )
    # to B: 1600 / (100 x 1000) + 120^2 / (1080 x 150) = 0.105
    assert merge_by_commuting(other, least_people=0.0).regions.to_dict() == {"A": "B", "B": "B", "C": "C"}


def test_the_rule_that_ends_joining():
    # both keep three quarters and are of 100 people
    both = flows(("A", "A", 75), ("A", "B", 25), ("B", "B", 75), ("B", "A", 25))
    assert len(merge_by_commuting(both, least_people=0.0)) == 2
    assert len(merge_by_commuting(both, least_people=100.0)) == 2, "as many as asked for"
    assert len(merge_by_commuting(both, least_people=101.0)) == 1
    assert len(merge_by_commuting(both)) == 1, "3,500 people unless told"
    assert len(merge_by_commuting(both, least_people=0.0, least_share=0.76)) == 1
    assert len(merge_by_commuting(both, least_people=0.0, least_share=0.75)) == 2
    assert len(merge_by_commuting(both, least_people=0.0, least_share=1.0)) == 1
    assert len(merge_by_commuting(both, least_people=0.0, regions=1)) == 1
    assert len(merge_by_commuting(both, least_people=0.0, regions=2)) == 2
    large = flows(("A", "A", 3500), ("B", "B", 3499), ("B", "A", 1))
    assert len(merge_by_commuting(large)) == 2
    assert len(merge_by_commuting(large.assign(people=[3500, 3498, 1]))) == 1
    refused(lambda: merge_by_commuting(both, least_people=-1.0), "least_people: -1.0")
    refused(lambda: merge_by_commuting(both, least_share=1.1), "least_share: 1.1")
    refused(lambda: merge_by_commuting(both, regions=0), "regions: 0")
    refused(lambda: commuting_communities(both, resolution=0.0), "resolution: 0.0")
    refused(lambda: commuting_communities(both, seed=-1), "seed: -1")
    assert len(commuting_communities(both, seed=0, resolution=0.5)) == 1


def test_the_least_self_contained_goes_first():
    """B keeps least; joined to C it lifts nobody else, so A then goes to where its tie is."""
    three = flows(
        ("A", "A", 60), ("A", "D", 40), ("B", "B", 20), ("B", "C", 80), ("C", "C", 100), ("D", "D", 100), ("D", "A", 10)
    )  # fmt: skip
    found = merge_by_commuting(three, least_people=0.0, regions=3)
    assert found.regions.to_dict() == {"A": "A", "B": "C", "C": "C", "D": "D"} or len(found) == 2
    small = flows(("A", "A", 10), ("B", "B", 1000), ("C", "C", 2000), ("A", "C", 1))
    assert merge_by_commuting(small, least_people=500.0).regions.to_dict() == {"A": "C", "B": "B", "C": "C"}


def test_places_that_touch_nothing_stay_alone():
    both = flows(
        ("A", "A", 10), ("A", "B", 90), ("B", "B", 90), ("B", "A", 10), ("C", "C", 10), ("C", "A", 90)
    )
    touch = pd.DataFrame({"first": ["A"], "second": ["B"]})
    found = merge_by_commuting(both, neighbours=touch, least_people=0.0)
    assert found.regions.to_dict() == {"A": "B", "B": "B", "C": "C"} or found.regions.nunique() == 2
    assert found.regions["C"] == "C"
    assert found.regions["A"] == found.regions["B"]
    bad = pd.DataFrame({"first": ["A", "Y", "Z"], "second": ["B", "A", "A"]})
    refused(lambda: merge_by_commuting(both, neighbours=bad), "neighbours: 'Y' is not a place")
    refused(
        lambda: merge_by_commuting(
            both, neighbours=bad.rename(columns={"first": "second", "second": "first"})
        ),
        "'Y'",
    )


def test_a_start_is_kept_where_it_passes():
    both = flows(("A", "A", 90), ("B", "B", 90), ("C", "C", 90), ("A", "C", 10))
    start = pd.Series(["y", "x", "y"], index=["B", "C", "A"])
    found = merge_by_commuting(both, start=start, least_people=0.0)
    assert found.regions["A"] == found.regions["B"] != found.regions["C"]
    assert (
        found.sentence
        == "3 places make 2 regions by commuting, 2 of them self-contained by the official rule."
    )
    refused(lambda: merge_by_commuting(both, start=start.iloc[:1]), "start: 'A' has no group")
    refused(lambda: merge_by_commuting(both, start=pd.concat([start, start])), "twice")
    refused(
        lambda: merge_by_commuting(both, start=pd.Series(["y", None, "y"], index=["B", "C", "A"])),
        "a group is missing",
    )


def test_a_region_is_named_for_its_place_with_most_workers_and_counted_with_all_flows():
    many = flows(
        ("A", "A", 50), ("B", "A", 60), ("B", "B", 50), ("A", "X", 10), ("X", "B", 20), ("C", "C", 100)
    )
    for found in (
        merge_by_commuting(many, ["X"], least_people=0.0, regions=2),
        commuting_communities(many, ["X"]),
    ):
        assert found.regions.to_dict() == {"A": "A", "B": "A", "C": "C"}
        row = found.table.loc["A"]
        assert row[["residents", "workers", "inside", "net"]].tolist() == [170.0, 180.0, 160.0, 10.0]
        assert row[["lives_and_works", "works_and_lives"]].tolist() == [160 / 170, 160 / 180]
    assert commuting_communities(many, ["X"]).method == "communities at resolution 1"
    refused(lambda: merge_by_commuting(many, ["A", "B", "C", "X"]), "every place")


def test_communities_are_those_of_greatest_modularity():
    """Two triangles with one thin tie between them, by going through all ways to part six places."""
    rng = np.random.default_rng(4)
    rows = [(a, b, int(rng.integers(5, 15))) for part in ("ABC", "DEF") for a, b in combinations(part, 2)]
    one = flows(*rows, ("C", "D", 3), *[(c, c, 500) for c in "ABCDEF"])
    tie = np.zeros((6, 6))
    for a, b, n in [*rows, ("C", "D", 3)]:
        tie["ABCDEF".index(a), "ABCDEF".index(b)] += n
    tie = tie + tie.T

    def modularity(group):
        same = np.equal.outer(group, group)
        degree = tie.sum(axis=1)
        return ((tie - np.outer(degree, degree) / tie.sum()) * same).sum() / tie.sum()

    ways = [np.array(w) for w in np.ndindex(1, 2, 3, 4, 4, 4)]
    best = max(ways, key=modularity)
    found = commuting_communities(one).regions.reindex(list("ABCDEF"))
    assert partition_agreement(found.to_numpy(), best).adjusted_rand == 1.0
    assert len(commuting_communities(one, resolution=50.0)) == 6


# ------------------------------------------------------------------------------------------------------------ borders


def test_changes_that_would_show():
    z = 1.959963985 + 0.841621234
    assert detectable_change(200.0) == pytest.approx(z * math.sqrt(2 / 200))
    assert detectable_change(200.0, 3, 0.9, 0.5) == pytest.approx(1.644853627 * math.sqrt(2 / 600))
    assert detectable_change(1.0, 1, 0.01, 0.01) == 0.0, "less than no power asked for"
    # sixteen years: 2 (z 0.05 / 0.05)^2 = 15.7
    assert years_to_detect(0.05, 0.05) == 16
    assert years_to_detect(0.05, 0.05, most=16) == 16
    assert years_to_detect(0.05, 0.05, most=15) is None
    assert years_to_detect(0.05, 0.1) == math.ceil(2 * z**2 / 4)
    exact = z * math.sqrt(2 / 9)
    assert years_to_detect(1.0, exact) == 9, "exactly nine are nine"
    assert years_to_detect(1.0, exact * 0.999) == 10
    assert years_to_detect(1.0, z * math.sqrt(2 / 99)) == 99, "99 is the most unless told"
    assert years_to_detect(1.0, z * math.sqrt(2 / 99.5)) is None
    assert years_to_detect(1e-9, 1.0) == 1
    assert years_to_detect(1e9, 1e-9) is None
    for change, says in (((0.0, 1.0), "error: 0.0"), ((1.0, 0.0), "change: 0.0"), ((1.0, 1.0, 0), "most: 0")):
        refused(lambda c=change: years_to_detect(*c), says)
    refused(lambda: detectable_change(0.0), "events: 0.0")
    refused(lambda: detectable_change(1.0, 0), "years: 0")
    for name in ("level", "power"):
        for value in (0.0, 1.0):
            refused(lambda n=name, v=value: detectable_change(1.0, **{n: v}), f"{name}: {value}")


def test_borders_within_and_beyond_the_tolerance():
    parts = pd.DataFrame({"first": list("aabc"), "second": list("xyyz"), "people": [98, 2, 98, 100]})
    found = border_overlap(parts)
    # a-x: 0.98 of a and all of x; b-y: all of b and 0.98 of y; c-z whole
    assert found.table["same"].tolist() == [True, False, True, True]
    assert found.table["of_first"].tolist() == pytest.approx([0.98, 0.02, 1.0, 1.0])
    assert found.table["of_second"].tolist() == pytest.approx([1.0, 0.02, 0.98, 1.0])
    assert found.same == pytest.approx(296 / 298)
    jaccard = [98 / 100, 2 / 198, 98 / 100, 1.0]
    assert found.shared == pytest.approx(np.dot(jaccard, [98, 2, 98, 100]) / 298)
    assert found.n == 4
    assert border_overlap(parts, 0.01).table["same"].tolist() == [False, False, False, True]
    assert border_overlap(parts, 0.0).same == pytest.approx(100 / 298)
    assert border_overlap(parts, 0.49).n == 4
    refused(lambda: border_overlap(parts, 0.5), "tolerance: 0.5")
    refused(lambda: border_overlap(parts, -0.1), "tolerance: -0.1")
    assert found.sentence == "For 99% of people the two areas are the same."


def test_markets_cut_at_the_tolerance():
    parts = pd.DataFrame({"market": list("mmnn"), "area": list("abab"), "people": [98, 2, 97, 3]})
    found = split_markets(parts)
    # of m, 98 of 100 are in a: whole; of n, 97: cut. b holds 2 of m, within the tolerance, and 3 of n
    assert found.loc["a"].tolist() == [195.0, 1, 1, 97.0, 97 / 195]
    assert found.loc["b"].tolist() == [5.0, 0, 1, 5.0, 1.0]
    assert found.columns.tolist() == ["people", "whole", "cut", "people_cut", "share_cut"]


def test_the_share_inside_weighs_by_people():
    found = share_inside([1, 3, 5], ["a", "a", "b"], [1, 3, 4])
    # mean 3.75; a has mean 2.5: inside 1 x 2.25 + 3 x 0.25 = 3; in all 7.5625 + 3 x 0.5625 + 4 x 1.5625 = 15.5
    assert found.estimate == pytest.approx(3 / 15.5)
    assert found.n == 3
    assert found.table.iloc[0].tolist() == [2, 0.5]
    assert math.isnan(found.standard_error)


def test_agreement_by_hand():
    one = partition_agreement(["a"], ["x"])
    assert (one.adjusted_rand, one.variation_of_information, one.moved, one.n) == (1.0, 0.0, 0.0, 1)
    assert partition_agreement(list("abcd"), list("wxyz")).adjusted_rand == 1.0
    found = partition_agreement(list("aabbbc"), list("xxxyyy"), [1, 2, 3, 4, 5, 6])
    # pairs: a-x 1, b-x 0, b-y 1: together 2; rows 1 + 3 = 4, columns 3 + 3 = 6, of 15
    assert found.adjusted_rand == pytest.approx((2 - 4 * 6 / 15) / (5 - 4 * 6 / 15))
    p = np.array([3, 3, 9, 6]) / 21  # a-x, b-x, b-y, c-y
    entropy = [-(q * np.log2(q)).sum() for q in (p, np.array([3, 12, 6]) / 21, np.array([6, 15]) / 21)]
    assert found.variation_of_information == pytest.approx(2 * entropy[0] - entropy[1] - entropy[2])
    assert found.moved == pytest.approx(1 - (3 + 9) / 21), "a with x, b with y"
    assert found.n == 6
    assert found.sentence == "The adjusted Rand index of the two maps is 0.12 (1: equal, 0: as if at random)."


def test_movers_of_unnamed_areas_and_words():
    parts = pd.DataFrame(
        {"first": ["a", "a", "b", "none"], "second": ["x", "y", "y", "z"], "people": [60, 40, 30, 70]}
    )
    found = fewest_movers(parts)
    assert (found.movers, found.people, found.share, found.n) == (40.0, 200.0, 0.2, 2)
    assert found.table["stays"].tolist() == [True, False, True, True]
    assert found.sentence == "At least 20% of people would have to change area for all borders to match."
    assert fewest_movers(parts.assign(first=["a", "a", "b", "b"]), "together").movers == 70.0


# --------------------------------------------------------------------------------------------------------------- gates


def test_gates_at_the_edge():
    assert binomial_pass(0.0, 1, 3) == 0.0
    assert binomial_pass(1.0, 3, 3) == 1.0
    assert binomial_pass(0.5, 2, 2) == 0.25
    refused(lambda: binomial_pass(-0.1, 1, 1), "chance: -0.1")
    refused(lambda: binomial_pass(0.5, 0, 1), "k: 0 of n = 1")
    refused(lambda: binomial_pass(0.5, 2, 1), "k: 2 of n = 1")
    frame = pd.DataFrame({"a": list("xxyy"), "t": [1, 2, 1, 2], "v": [5, 5, 5, 4]})
    record = apply_gate(frame, area="a", period="t", value="v", threshold=5, k=2, n=2)
    assert record.table["earned"].tolist() == [True, False], "at the threshold is enough"
    assert record.table["waited"].iloc[0] == 2.0
    assert record.table["period"].tolist() == [2, None] or math.isnan(record.table["period"].iloc[1])
    worse = apply_gate(frame, area="a", period="t", value="v", threshold=4, k=1, n=1, higher_is="worse").table
    assert worse["earned"].tolist() == [False, True]
    assert worse["waited"].iloc[1] == 2.0
    assert worse["share_above"].tolist() == [0.0, 0.5]
    again = pd.concat([frame, frame.iloc[[2, 0]]])
    refused(
        lambda: apply_gate(again, area="a", period="t", value="v", threshold=5, k=1, n=1),
        "'y' has period 1 twice",
    )
    short = frame.iloc[:3]
    refused(
        lambda: apply_gate(short, area="a", period="t", value="v", threshold=5, k=1, n=2),
        "'y' has 1 periods; the gate looks at 2",
    )


def worlds(quality, burden, *, noise, threshold, k, n, periods, persistence=0.0, drift=0.0, draws=20, seed=0):
    """The four policies again, place by place and period by period."""
    order = np.lexsort((burden, quality))
    q, b = np.array(quality)[order], np.array(burden)[order]
    rng = np.random.default_rng(seed)
    waits = {
        name: np.full((draws, q.size), np.nan) for name in ("gate", "adjusted gate", "trajectory", "all")
    }
    for d in range(draws):
        error = rng.standard_normal((q.size, periods))
        for i in range(q.size):
            for t in range(1, periods):
                error[i, t] = persistence * error[i, t - 1] + math.sqrt(1 - persistence**2) * error[i, t]
        walk = np.zeros((q.size, periods))
        if drift:
            steps = rng.standard_normal((q.size, periods))
            for i in range(q.size):
                for t in range(1, periods):
                    walk[i, t] = walk[i, t - 1] + drift * steps[i, t]
        for i in range(q.size):
            fair = q[i] + walk[i] + noise * error[i]
            for name, seen in (("gate", fair - b[i]), ("adjusted gate", fair)):
                ends = [t for t in range(n, periods + 1) if (seen[t - n : t] >= threshold).sum() >= k]
                waits[name][d, i] = min(ends, default=np.nan)
            half = periods // 2
            if np.mean((fair - b[i])[-half:]) > np.mean((fair - b[i])[:half]):
                waits["trajectory"][d, i] = periods
            waits["all"][d, i] = 0
    good, heavy = q >= threshold, b > np.median(b)
    table = {}
    for name, wait in waits.items():
        free = np.isfinite(wait)
        rates = {
            "false_grants": free[:, ~good], "false_refusals": ~free[:, good], "ever": free,
            "poorer": free[:, heavy], "richer": free[:, ~heavy], "poorer_good": free[:, heavy & good],
        }  # fmt: skip
        row = {}
        for key, event in rates.items():
            row[key] = event.mean(axis=1).mean()
            row[f"{key}_error"] = event.mean(axis=1).std(ddof=1) / math.sqrt(draws)
        row["wait"] = np.nanmean(wait[:, good])
        table[name] = row
    return pd.DataFrame(table).T


@pytest.mark.parametrize(
    "more", [{}, {"persistence": 0.6}, {"drift": 0.4}, {"persistence": 0.3, "drift": 0.7}]
)
def test_every_rate_of_gates_is_that_of_a_plain_loop(more):
    quality, burden = [0.0, -0.6, 0.3, 1.0, -1.0, 0.2, 0.4], [0.0, 0.5, 1.0, -0.5, 0.2, 0.8, -1.0]
    options = {"noise": 0.7, "threshold": 0.2, "k": 2, "n": 3, "periods": 7, "draws": 25, "seed": 5} | more
    found = simulate_gates(quality, burden, **options)
    plain = worlds(quality, burden, **options)
    mine = found.table.set_index("policy")
    assert found.draws == 25
    assert set(mine.columns) == set(plain.columns)
    np.testing.assert_allclose(
        mine.loc[plain.index, plain.columns].to_numpy(float), plain.to_numpy(float), atol=1e-12
    )


def test_what_gates_are_simulated_at_the_edge():
    base = {"noise": 0.0, "threshold": 0.5, "k": 1, "n": 1, "periods": 4, "draws": 20}
    found = simulate_gates([0.0, 0.5], [0.0, 0.0], **base).table.set_index("policy")
    assert found.loc["gate", ["false_grants", "false_refusals", "ever", "wait"]].tolist() == [
        0.0,
        0.0,
        0.5,
        1.0,
    ]
    assert math.isnan(found.loc["gate", "poorer"]), "nobody is more burdened than the median"
    assert math.isnan(simulate_gates([0.0, 0.5], [0.0, 9.0], **base).table["wait"].iloc[0]), (
        "no good place ever earns"
    )
    for change, says in (
        ({"draws": 19}, "draws: 19"), ({"periods": 3}, "at least 4"), ({"n": 5, "periods": 4}, "at least 5"),
        ({"periods": 10_001}, "periods: 10001"), ({"noise": -0.1}, "noise: -0.1"), ({"drift": -0.1}, "drift: -0.1"),
        ({"persistence": -0.1}, "persistence: -0.1"), ({"persistence": 1.0}, "persistence: 1.0"), ({"threshold": 0.6}, "no place"),
        ({"threshold": 0.0}, "every place"),
    ):  # fmt: skip
        refused(lambda c=change: simulate_gates([0.0, 0.5], [0.0, 0.0], **(base | c)), says)
    assert simulate_gates([0.0, 0.5], [0.0, 0.0], **(base | {"n": 5, "periods": 5})).draws == 20


# -------------------------------------------------------------------------------------------------------- league tables


def test_resampled_league_tables_are_order_statistics_of_ranks():
    y, s = np.array([4.0, 3.0, 2.5, 1.0, 0.5]), np.array([1.0, 0.5, 1.5, 1.0, 0.7])
    found = league_table(y, s, method="resampling", draws=200, seed=6, levels=(0.5, 0.9))
    value = -y + s * np.random.default_rng(6).standard_normal((200, 5))
    rank = value.argsort(axis=1).argsort(axis=1) + 1
    held = np.sort(rank, axis=0)
    for j, cut in enumerate((50, 10)):
        assert found.lower[:, j].tolist() == held[cut].tolist()
        assert found.upper[:, j].tolist() == held[199 - cut].tolist()
    np.testing.assert_allclose(found.shrunk, -value.mean(axis=0))
    np.testing.assert_allclose(found.first_quarter, (rank == 1).mean(axis=0))
    np.testing.assert_allclose(found.last_quarter, (rank == 5).mean(axis=0))
    assert found.spread == pytest.approx(y.std(ddof=1))
    assert found.reliability == pytest.approx(1 - (s**2).mean() / y.var(ddof=1))
    pairs = [(value[:, j] <= value[:, i]).mean() > 0.05 for i in range(5) for j in range(i + 1, 5)]
    assert found.swappable == pytest.approx(np.mean(pairs))
    assert found.width == np.median(held[149] - held[50] + 1)
    noisy = league_table(y, 10 * s, method="resampling", draws=50)
    assert noisy.reliability == 0.0


def test_the_shrunken_league_table_is_the_posterior_on_its_grid():
    """Mean of the spread and of true values by summing over the grid, not by drawing."""
    y, s = np.array([28.0, 8, -3, 7, -1, 1, 18, 12]), np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
    top = 3 * y.std(ddof=1)
    taus = (np.arange(1000) + 0.5) / 1000 * top
    weight, means = [], []
    for tau in taus:
        v = s**2 + tau**2
        precision = (1 / v).sum()
        centre = (y / v).sum() / precision
        # marginal likelihood of the spread: the density of estimates over that of their mean
        weight.append(math.exp(-((y - centre) ** 2 / v + np.log(v)).sum() / 2) / math.sqrt(precision))
        means.append(centre + tau**2 / (tau**2 + s**2) * (y - centre))
    weight = np.array(weight) / np.sum(weight)
    found = league_table(y, s, draws=8000, seed=3)
    spread = float(weight @ taus)
    assert found.spread == pytest.approx(
        spread, abs=4 * math.sqrt(weight @ taus**2 - spread**2) / math.sqrt(8000)
    )
    np.testing.assert_allclose(found.shrunk, weight @ np.array(means), atol=0.5)
    assert found.reliability == pytest.approx(found.spread**2 / (found.spread**2 + (s**2).mean()))
    small = 0.5 * (y - y.mean()) / y.std(ddof=1)
    sure = league_table(small, np.full(8, 1e-3), draws=200, levels=0.9)
    assert sure.spread > 0.3
    np.testing.assert_allclose(sure.shrunk, small, atol=1e-3)


def test_draws_of_one_true_value_scatter_as_its_posterior():
    from healthdevo.governance.league_tables import _hierarchical

    y, s = np.array([0.0, 10.0, 20.0, 40.0]), np.array([0.5, 1.0, 2.0, 4.0])
    value, spread = _hierarchical(y, s, 40_000, np.random.default_rng(2))
    # the spread is large beside the errors, so a value's posterior is close to its own estimate and error
    shrink = (spread[:, None] ** 2 / (spread[:, None] ** 2 + s**2)).mean(axis=0)
    np.testing.assert_allclose(value.std(axis=0), s * np.sqrt(shrink), rtol=0.04)
    apart = spread.min() > 0
    assert apart
    alike, none = _hierarchical(np.full(5, 3.0), np.ones(5), 60, np.random.default_rng(2))
    assert (alike == 3.0).all()
    assert not none.any()
    assert alike.shape == (60, 5)


def test_ties_of_a_league_table_share_the_smaller_rank():
    found = league_table([2.0, 1.0, 2.0, 0.0], [0.1] * 4, draws=50)
    assert found.rank.tolist() == [1, 3, 1, 4]
    assert list(found.index) == [0, 1, 2, 3]
    assert found.lower[:, 0].tolist() == [1, 3, 1, 4]
    assert found.upper[:, 0].tolist() == [2, 3, 2, 4]
    assert found.swappable == pytest.approx(1 / 6)
    assert found.levels == (0.95,)
    refused(lambda: league_table([1.0, 2, 3, 4], [1.0] * 4, draws=49), "draws: 49")


# ------------------------------------------------------------------------------------------------- agreement, stability


def test_intervals_of_agreement_are_quantiles_of_resampled_places():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        rng.normal(size=(12, 2)).round(2), columns=["x", "y"], index=[f"p{i:02d}" for i in range(12)]
    )
    frame["y"] += frame["x"]
    pair = frame.to_numpy()

    def tau(d):
        differences = [(a - b) for a, b in combinations(d, 2)]
        signs = np.sign(differences)
        own = [(signs[:, j] != 0).sum() for j in (0, 1)]
        return signs.prod(axis=1).sum() / math.sqrt(own[0] * own[1])

    draw = np.random.default_rng(4)
    drawn = [tau(pair[draw.integers(0, 12, 12)]) for _ in range(60)]
    table = measure_agreement(frame, draws=60, seed=4, levels=(0.5, 0.9)).table
    assert table["estimate"].tolist() == pytest.approx([tau(pair)] * 2)
    for row, (low, high) in zip(table.itertuples(), ((0.25, 0.75), (0.05, 0.95)), strict=True):
        assert (row.lower, row.upper) == pytest.approx(tuple(np.quantile(drawn, [low, high])))
        assert (row.n, row.reason) == (12, "")


def test_agreement_takes_the_places_that_have_both():
    x = np.arange(10.0)
    frame = pd.DataFrame(
        {"x": x, "y": np.where(x < 2, np.nan, x), "z": np.where(x < 3, np.nan, -x), "w": -x},
        index=list("abcdefghij"),
    )
    found = measure_agreement(frame, draws=50)
    table = found.table.set_index(["first", "second"])
    assert table.loc[("x", "y"), ["n", "estimate"]].tolist() == pytest.approx([8, 1.0])
    assert table.loc[("x", "z"), "n"] == 7
    assert table.loc[("x", "z"), "reason"] == "fewer than eight places have both"
    assert math.isnan(table.loc[("x", "z"), "lower"])
    known = table["estimate"].dropna()
    assert found.mean == pytest.approx(known.mean())
    assert known.round(12).to_dict() == {("x", "y"): 1.0, ("x", "w"): -1.0, ("y", "w"): -1.0}
    assert found.sentence == "Rank correlations of the measures run from −1 to 1, −0.33 on average."
    refused(lambda: measure_agreement(frame[["x"]]), "it has 1 columns")
    refused(lambda: measure_agreement(frame, draws=49), "draws: 49")
    refused(lambda: measure_agreement(frame[["x", "x"]]), "each once")
    refused(lambda: measure_agreement(frame.iloc[:0]), "one row for each place")
    assert measure_agreement(frame[["x", "w"]], draws=50).mean == pytest.approx(-1.0)


def test_intervals_of_stability_are_quantiles_of_resampled_places():
    rng = np.random.default_rng(5)
    x = rng.normal(size=12)
    y = 0.6 * x + rng.normal(size=12)
    found = rank_stability(x, y, draws=60, seed=2, levels=(0.5, 0.9))
    order = np.argsort(x)
    a, b = x[order], y[order]

    def by_hand(p, q):
        size = 3

        def top(v):
            return v >= np.sort(v)[-size]

        best, worst = ((top(s * p) & top(s * q)).sum() / top(s * p).sum() for s in (1, -1))
        slope = np.cov(p, q)[0, 1] / p.var(ddof=1)
        return [np.corrcoef(p, q)[0, 1], stats.spearmanr(p, q).statistic, best, worst, 1 - slope]

    chosen = np.random.default_rng(2).integers(0, 12, (60, 12))
    drawn = np.array([by_hand(a[c], b[c]) for c in chosen])
    parts = (found.correlation, found.rank_correlation, found.best_stay, found.worst_stay, found.pull)
    for j, (one, value) in enumerate(zip(parts, by_hand(a, b), strict=True)):
        assert one.estimate == pytest.approx(value)
        assert one.standard_error == pytest.approx(drawn[:, j].std(ddof=1))
        assert one.n == 12
        for level, low, high in ((0.5, 0.25, 0.75), (0.9, 0.05, 0.95)):
            i = one.interval(level)
            assert (i.lower, i.upper) == pytest.approx(tuple(np.quantile(drawn[:, j], [low, high])))
    assert found.n == 12


def test_stability_at_the_edge():
    assert rank_stability(range(8), range(8), draws=50).best_stay.estimate == 1.0
    refused(lambda: rank_stability(range(8), range(8), draws=49), "draws: 49")
    refused(lambda: rank_stability([1] * 8, range(8)), "before: all places")
    # sixth to eighth are equal: three are in the highest quarter of two, of whom one is there again
    tied = rank_stability([1, 2, 3, 4, 5, 6, 6, 6], [8, 7, 6, 5, 4, 3, 2, 9], draws=50)
    assert tied.best_stay.estimate == pytest.approx(1 / 3)
    refused(lambda: chance_of_same_quarter(-1.1), "correlation: -1.1")
    assert chance_of_same_quarter(-0.0001) < 0.25 < chance_of_same_quarter(0.0001)


# ------------------------------------------------------------------------------------------------- types and variances


def test_types_by_hand():
    x = pd.DataFrame(
        {"x": [0.0, 2.0, 10.0, 12.0, 100.0], "y": [5.0, 6.0, 7.0, 8.0, 9.0]}, index=list("abcde")
    )
    found = area_types(x[["x"]], [2, 3], draws=5)

    # with three types e is alone (0); with two, silhouettes by distances
    def silhouette(groups):
        values, own = x["x"].to_numpy(), []
        for i, g in enumerate(groups):
            inside = [abs(values[i] - values[j]) for j, h in enumerate(groups) if h == g and j != i]
            others = [
                np.mean([abs(values[i] - values[j]) for j, h in enumerate(groups) if h == o])
                for o in set(groups) - {g}
            ]
            own.append((min(others) - np.mean(inside)) / max(min(others), np.mean(inside)) if inside else 0.0)
        return np.mean(own)

    assert found.choice.loc[2, "silhouette"] == pytest.approx(silhouette([0, 0, 0, 0, 1]))
    assert found.choice.loc[3, "silhouette"] == pytest.approx(silhouette([0, 0, 1, 1, 2]))
    assert found.count == (2 if silhouette([0, 0, 0, 0, 1]) > silhouette([0, 0, 1, 1, 2]) else 3)
    three = area_types(x, [3], draws=5)
    assert three.types.tolist() == [3, 3, 2, 2, 1], "the highest first"
    assert three.centres.to_numpy().tolist() == [[100.0, 9.0, 1], [11.0, 7.5, 2], [1.0, 5.5, 2]]
    assert three.centres.columns.tolist() == ["x", "y", "areas"]
    assert three.stability == three.choice.loc[3, "stability"]
    row = three.choice.loc[3]
    assert row["lower"] <= row["stability"] <= row["upper"] <= 1.0
    four = area_types(x, [4], draws=2)
    assert four.count == 4, "a and b lie as far apart as c and d: one of the pairs is parted all the same"
    assert four.stability == four.choice.loc[4, "stability"]
    refused(lambda: area_types(x, [5], draws=2), "counts: 5", "below the 5 distinct areas")
    refused(lambda: area_types(x, [1], draws=2), "counts: 1")
    refused(lambda: area_types(x, [9, 7], draws=2), "counts: 9")
    refused(lambda: area_types(x.assign(y=1.0), [2]), "'y' is the same everywhere")
    nine = pd.DataFrame({"x": np.arange(9.0) ** 2}, index=list("abcdefghi"))
    assert area_types(nine, draws=2).choice.index.tolist() == [3, 4, 5, 6, 7]


def test_stability_of_types_is_agreement_with_maps_of_resampled_areas():
    from healthdevo.governance.typology import _means, _nearest

    rng = np.random.default_rng(8)
    x = pd.DataFrame(rng.normal(size=(14, 2)), columns=["x", "y"], index=[f"a{i:02d}" for i in range(14)])
    found = area_types(x, [3], draws=12, seed=4)
    z = (x - x.mean()) / x.std(ddof=0)
    z = z.to_numpy()
    first = _nearest(z, _means(z, 3))
    draw, steady = np.random.default_rng(4), []
    for _ in range(12):
        drawn = z[draw.integers(0, 14, 14)]
        centres = _means(drawn, 3)
        again = [int(np.argmin([((row - c) ** 2).sum() for c in centres])) for row in z]
        steady.append(partition_agreement(first, again).adjusted_rand)
    row = found.choice.loc[3]
    assert row["stability"] == pytest.approx(np.mean(steady))
    assert (row["lower"], row["upper"]) == pytest.approx(tuple(np.quantile(steady, [0.05, 0.95])))
    assert partition_agreement(found.types.to_numpy(), first).adjusted_rand == 1.0


def test_types_are_made_by_ward_and_means():
    """Each area lies nearest to the mean of its own type: the fixed point of k-means."""
    rng = np.random.default_rng(9)
    x = pd.DataFrame(rng.normal(size=(40, 2)), columns=["x", "y"], index=[f"a{i:02d}" for i in range(40)])
    found = area_types(x, [4], draws=2)
    z = ((x - x.mean()) / x.std(ddof=0)).to_numpy()
    types = found.types.to_numpy()
    means = np.array([z[types == t].mean(axis=0) for t in (1, 2, 3, 4)])
    nearest = ((z[:, None] - means[None]) ** 2).sum(axis=2).argmin(axis=1) + 1
    assert nearest.tolist() == types.tolist()
    assert found.sentence.startswith("40 areas make 4 types; made from resampled areas")


def panel(values):
    return pd.DataFrame(
        [(f"p{i}", t, v) for i, row in enumerate(values) for t, v in enumerate(row) if not np.isnan(v)], columns=["place", "t", "y"]
    )  # fmt: skip


def test_variances_of_an_unbalanced_panel_solve_their_equations():
    """Expected sums of squares are worked out from the covariance of all rows, without the formula."""
    values = np.array([[1.0, 2.0, 6.0], [4.0, np.nan, 10.0], [0.0, 3.0, np.nan], [7.0, 5.0, 9.0]])
    frame = panel(values)
    y = frame["y"].to_numpy()
    n = y.size
    same = [np.equal.outer(frame[c].to_numpy(), frame[c].to_numpy()).astype(float) for c in ("place", "t")]
    means = [np.full((n, n), 1 / n), *[s / s.sum(axis=1, keepdims=True) for s in same], np.eye(n)]
    effects = [np.ones((n, n)), *same, np.eye(n)]
    a = np.array([[np.trace(m @ e) for e in effects] for m in means])
    centred = y - y.mean()
    expected = np.linalg.solve(a, [centred @ m @ centred for m in means])[1:]
    found = variance_shares(frame, "y", ["place"], "t", draws=50)
    assert found.components.tolist() == pytest.approx(expected.tolist())
    parts = np.maximum(expected, 0)
    assert found.total == pytest.approx(parts.sum())
    np.testing.assert_allclose(found.estimate, parts / parts.sum())
    assert found.n.tolist() == [n] * 3


def test_intervals_of_variances_are_quantiles_of_simulated_panels():
    rng = np.random.default_rng(2)
    frame = panel(rng.normal(size=(6, 4)) + rng.normal(size=(6, 1)) + rng.normal(size=4))
    frame["chance"] = 0.1
    found = variance_shares(
        frame, "y", ["place"], "t", sampling_variance="chance", draws=80, seed=3, levels=(0.5, 0.9)
    )
    # balanced: the analysis of variance of each simulated panel
    scale = frame["y"].std(ddof=0)
    fitted = np.array([found.components[c] for c in ("place", "common periods", "own changes")])
    fitted[-1] += 0.1
    sd = np.sqrt(np.maximum(fitted, 0)) / scale
    draw, shares = np.random.default_rng(3), []
    for _ in range(80):
        e = sd[2] * draw.standard_normal(24)
        y = (
            e + np.repeat(sd[0] * draw.standard_normal(6), 4) + np.tile(sd[1] * draw.standard_normal(4), 6)
        ).reshape(6, 4)
        rows, columns = y.mean(axis=1), y.mean(axis=0)
        within = ((y - rows[:, None] - columns + y.mean()) ** 2).sum() / 15
        parts = np.array(
            [
                (4 * rows.var(ddof=1) - within) / 4,
                (6 * columns.var(ddof=1) - within) / 6,
                within - 0.1 / scale**2,
                0.1 / scale**2,
            ]
        )
        shares.append(np.maximum(parts, 0) / np.maximum(parts, 0).sum())
    shares = np.array(shares)
    np.testing.assert_allclose(found.standard_error, shares.std(axis=0, ddof=1))
    for j, (low, high) in enumerate(((0.25, 0.75), (0.05, 0.95))):
        np.testing.assert_allclose(found.lower[:, j], np.quantile(shares, low, axis=0), atol=1e-12)
        np.testing.assert_allclose(found.upper[:, j], np.quantile(shares, high, axis=0), atol=1e-12)
    assert found.components["noise"] == pytest.approx(0.1)


def test_messages_of_variances_name_the_first_that_is_wrong():
    frame = panel(np.arange(9.0).reshape(3, 3) ** 2).assign(board=lambda f: f["place"])
    refused(
        lambda: variance_shares(pd.concat([frame, frame.iloc[[4, 1]]]), "y", ["place"], "t"),
        "'p1' has period 1 twice",
    )
    moved = frame.assign(board=["u", "u", "v", "u", "v", "w", "u", "u", "u"])
    refused(lambda: variance_shares(moved, "y", ["board", "place"], "t"), "place: 'p1' lies in 3 of 'board'")
    refused(lambda: variance_shares(frame, "y", "place", "t"), "nested: 'place'")
    refused(lambda: variance_shares(frame, "y", ["y"], "t"), "names a column twice")
    refused(
        lambda: variance_shares(frame.rename(columns={"place": "noise"}), "y", ["noise"], "t"),
        "is called as a part",
    )
    refused(lambda: variance_shares(frame, "y", ["place"], "t", draws=49), "draws: 49")
