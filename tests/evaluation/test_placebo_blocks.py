"""Blocks grown without a random draw."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.evaluation import Panel, compact_blocks, contiguous_groups, placebo_test


def lattice(side: int) -> pd.DataFrame:
    """Return who touches whom on a square of areas, with labels."""
    row, column = np.divmod(np.arange(side * side), side)
    touch = np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1
    labels = [f"A{i:02d}" for i in range(side * side)]
    return pd.DataFrame(touch, labels, labels)


def panel(labels: list[str], treated: int = 4, seed: int = 0) -> Panel:
    y = np.random.default_rng(seed).normal(size=(len(labels), 6))
    return Panel(y, np.outer(np.arange(len(labels)) < treated, np.arange(6) >= 3), labels, range(6))


def connected(block: np.ndarray, touch: np.ndarray) -> bool:
    reached, inside = {int(block[0])}, set(block.tolist())
    while True:
        more = {j for i in reached for j in inside if touch[i, j]} - reached
        if not more:
            return reached == inside
        reached |= more


def test_blocks_are_connected_compact_untreated_and_distinct():
    touch = lattice(8)
    p = panel(list(touch.index))
    blocks = compact_blocks(p, touch)
    matrix = touch.to_numpy()
    assert blocks.shape[1] == p.n_treated == 4
    assert not p.treated[blocks].any()
    assert all(connected(block, matrix) for block in blocks)
    assert len({tuple(block) for block in blocks}) == len(blocks)


def test_blocks_hang_together_more_closely_than_those_that_are_drawn():
    touch = lattice(9)
    p, matrix = panel(list(touch.index), treated=9), touch.to_numpy()

    def shared(blocks: np.ndarray) -> float:
        return float(np.mean([matrix[np.ix_(b, b)].sum() / 2 for b in blocks]))

    assert shared(compact_blocks(p, touch)) > shared(contiguous_groups(p, touch, draws=300)) + 1.0


def test_every_untreated_area_is_in_a_block_and_order_of_rows_does_not_matter():
    touch = lattice(6)
    p = panel(list(touch.index))
    blocks = compact_blocks(p, touch)
    assert set(np.unique(blocks)) == set(np.flatnonzero(~p.treated))
    mixed = touch.sample(frac=1.0, random_state=1)
    mixed = mixed.loc[:, touch.columns[::-1]]
    assert compact_blocks(p, mixed).tolist() == blocks.tolist()


def test_where_none_touches_the_nearest_over_the_map_joins():
    labels = list("ABCDEFG")  # a line, of which C and E are not in the panel
    line = pd.DataFrame(np.eye(7, k=1) + np.eye(7, k=-1), labels, labels)
    p = panel(["A", "B", "D", "F", "G"], treated=1)
    names = [[str(p.areas[i]) for i in block] for block in compact_blocks(p, line, size=3)]
    assert names == [["B", "D", "F"], ["D", "F", "G"]]


def test_an_area_that_the_map_does_not_reach_starts_no_block():
    touch = lattice(3)
    touch.loc["A08", :] = False
    touch.loc[:, "A08"] = False
    p = panel(list(touch.index), treated=1)
    assert 8 not in compact_blocks(p, touch, size=2)


def test_ranks_among_the_blocks_need_no_seed():
    touch = lattice(8)
    p = panel(list(touch.index), seed=3)
    first, second = (placebo_test(p, "did", groups=compact_blocks(p, touch)) for _ in range(2))
    assert first.p_absolute == second.p_absolute


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(index="A05"), "nothing is said about A05"),
        (lambda t: t.drop(columns="A05"), "nothing is said about A05"),
        (lambda t: t * 2, "only 0 and 1"),
        (lambda t: t.where(np.triu(np.ones(t.shape)) > 0, 0), "must be symmetric"),
        (lambda t: t * 0, "does the map reach 3 others"),
        (lambda t: pd.concat([t, t.loc[["A05"]]]), "A05 stands twice in its rows"),
        (lambda t: pd.concat([t, pd.DataFrame(0, ["X"], t.columns)]), "must be the same areas"),
    ],
)
def test_a_map_that_is_none_is_refused(change, words):
    touch = lattice(4).astype(int)
    with pytest.raises(InputError, match=words):
        compact_blocks(panel(list(touch.index)), change(touch))


def test_a_size_that_leaves_no_control_is_refused():
    touch = lattice(3)
    with pytest.raises(InputError, match="size: 8 areas cannot be grown from 8"):
        compact_blocks(panel(list(touch.index), treated=1), touch, size=8)
