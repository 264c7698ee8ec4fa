"""Flow of funds: hand cases, and identities to the unit."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.finance import flow_of_funds


def table(*rows):
    return pd.DataFrame(rows, columns=["item", "parent", "amount"])


HAND = table(
    ("all", None, 1000),
    ("health", "all", 600),
    ("hospitals", "health", 250),
    ("surgeries", "health", None),
    ("care", "all", 300),
)


def test_the_hand_case_line_by_line():
    flows = flow_of_funds(HAND, people=100.0, weighted_people=125.0, price_factor=1.1)
    assert (flows.whole, flows.total, flows.unit) == ("all", 1000, "thousand pounds")
    assert flows.lines["item"].tolist() == [
        "all",
        "health",
        "hospitals",
        "surgeries",
        "rest of health",
        "care",
        "rest of all",
    ]
    assert flows.lines["parent"].tolist() == ["", "all", "health", "health", "health", "all", "all"]
    np.testing.assert_array_equal(flows.lines["amount"], [1000, 600, 250, np.nan, 350, 300, 100])
    assert flows.lines["basis"].tolist() == ["published"] * 3 + ["not published", "rest", "published", "rest"]
    assert flows.lines["leaf"].tolist() == [False, False, True, True, True, True, True]
    assert flows["hospitals"] == 250
    assert flows["rest of health"] == 350
    assert flows.unknown == ("surgeries",)
    assert flows.known_share == 0.55, "hospitals and care of 1,000"
    np.testing.assert_allclose(flows.lines["share"], flows.lines["amount"] / 1000)
    np.testing.assert_allclose(flows.lines["real"], flows.lines["amount"] * 1.1)
    # 250 thousand pounds at 1.1 over 100 people
    assert flows.lines.set_index("item").loc["hospitals", "per_head"] == pytest.approx(2750.0)
    assert flows.lines.set_index("item").loc["hospitals", "per_weighted_head"] == pytest.approx(2200.0)
    assert (
        flows.sentence
        == "Of all, 1,000 thousand pounds, 55% can be followed to a named use; not published: surgeries."
    )
    pd.testing.assert_frame_equal(flows.to_frame(), flows.lines)


def test_leaves_sum_to_the_whole_to_the_unit():
    rng = np.random.default_rng(3)
    for _ in range(20):
        parts = rng.integers(0, 10**9, 6)
        rows = [("w", None, int(parts.sum() + rng.integers(0, 5)))]
        rows += [(f"p{i}", "w", int(p)) for i, p in enumerate(parts)]
        rows += [("p0a", "p0", int(parts[0] // 3)), ("p0b", "p0", int(parts[0] // 2))]
        flows = flow_of_funds(table(*rows))
        assert int(flows.leaves["amount"].sum()) == flows.total == rows[0][2]


def test_the_order_of_rows_does_not_matter():
    pd.testing.assert_frame_equal(flow_of_funds(HAND).lines, flow_of_funds(HAND.iloc[::-1]).lines)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("a", None, 1), ("a", "a", 1)], "'a' is there twice"),
        ([("a", None, 1), ("b", "c", 1)], "part of 'c', which is no item"),
        ([("a", None, 1), ("b", None, 1)], "2 items have none"),
        ([("a", None, 1.5)], "give whole units"),
        ([("a", None, np.inf)], "infinite"),
        ([("a", None, None)], "no amount above zero"),
        ([("a", None, 5), ("b", "a", 6)], "exceed it by 1"),
        ([("a", None, 5), ("b", "a", None), ("c", "b", 1)], "'b' has parts but no amount"),
        ([("a", None, 5), ("b", "c", 1), ("c", "b", 1)], "part of itself"),
        ([("a", None, 5), ("rest of a", "a", 1)], "choose another"),
    ],
)
def test_what_is_no_tree_of_whole_units_is_refused(rows, says):
    with pytest.raises(InputError, match=says):
        flow_of_funds(table(*rows))


def test_unknown_items_and_odd_numbers_are_refused():
    flows = flow_of_funds(HAND)
    with pytest.raises(InputError, match="no item 'x'"):
        flows["x"]
    with pytest.raises(InputError, match="not published"):
        flows["surgeries"]
    with pytest.raises(InputError, match="price_factor"):
        flow_of_funds(HAND, price_factor=0.0)
