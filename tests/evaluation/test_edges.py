"""The panel, its conditions, blocks of a map, few areas and the verdict's rule, at the edges of what is valid, and which label a message names."""

import math

import numpy as np
import pandas as pd
import pytest
from tests.kit.refusing import refused

from healthdevo.evaluation import Panel, compact_blocks, verdict
from healthdevo.evaluation.few_areas import few, smallest_group, spread_of_groups, stretched_by_few


def made(outcome=None, first=(2, 3, 9), areas=("a", "b", "c"), periods=(1, 2, 3, 4), **options):
    outcome = np.arange(12.0).reshape(3, 4) if outcome is None else outcome
    treatment = np.array([[p >= f for p in periods] for f in first])
    return Panel(outcome, treatment, areas, periods, **options)


def test_a_panel_is_put_in_order_and_counts():
    mixed = Panel(
        np.array([[4.0, 3.0], [2.0, 1.0]]), np.array([[1, 0], [0, 0]]), ["b", "a"], [2, 1], np.array([2.0, 5.0]),
        np.array([[40.0, 30.0], [20.0, 10.0]]),
    )  # fmt: skip
    assert mixed.outcome.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert mixed.treatment.tolist() == [[False, False], [False, True]]
    assert mixed.covariates[:, :, 0].tolist() == [[10.0, 20.0], [30.0, 40.0]]
    assert mixed.covariate_names == ("x1",)
    assert mixed.weights.tolist() == [5.0, 2.0]
    assert mixed.to_frame().to_numpy().tolist() == [
        ["a", 1, 1.0, 0, 5.0, 10.0], ["a", 2, 2.0, 0, 5.0, 20.0], ["b", 1, 3.0, 0, 2.0, 30.0], ["b", 2, 4.0, 1, 2.0, 40.0],
    ]  # fmt: skip
    panel = made(weights=np.array([1.0, 3.0, 9.0]))
    assert (panel.n_treated, panel.n_controls, panel.shape) == (2, 1, (3, 4))
    assert panel.adoption.tolist() == [1, 2, 4]
    assert panel.cohorts.tolist() == [1, 2]
    assert panel.treated_weights.tolist() == [0.25, 0.75]
    assert panel.treated_areas == ("a", "b")
    assert panel.absorbing
    assert panel.balanced
    assert made().weights.tolist() == [1.0] * 3
    assert panel.select(areas=["c", "a"], periods=[2, 4]).outcome.tolist() == [[1.0, 3.0], [9.0, 11.0]]
    assert panel.select(areas=np.array([False, True, True])).areas.tolist() == ["b", "c"]
    assert panel.drop(["b"]).areas.tolist() == ["a", "c"]
    assert panel.with_treatment({"c": 4}).adoption.tolist() == [4, 4, 3]


def test_messages_of_a_panel_name_the_first_that_is_wrong():
    refused(lambda: made(areas=("a", "b", "b")), "areas: b occurs twice")
    refused(lambda: made(periods=(1, 2, 3)), "periods: 3 labels for 4 periods")
    odd = np.arange(12.0).reshape(3, 4)
    odd[1, 2] = odd[2, 3] = math.inf
    refused(lambda: made(odd), "infinite for b in 3")
    refused(lambda: made(np.full((3, 4), np.nan)), "nothing is observed")
    refused(lambda: made(weights=np.array([1.0, 0.0, 1.0])), "weights: one positive")
    refused(lambda: made(np.zeros(3)), "got 1 dimension")
    holes = np.ones((3, 4, 2))
    holes[1, 3, 1] = holes[2, 0, 0] = np.nan
    refused(lambda: made(covariates=holes), "for b in 4, where the outcome is observed")
    refused(lambda: made(covariates=np.ones((3, 4, 2)), covariate_names=("p",)), "1 names for 2 covariates")
    refused(lambda: Panel(odd[:1, :2], np.array([[0, 2]]), ["a"], [1, 2]), "2 is not valid; use 0 or 1")
    refused(lambda: made().select(areas=["a", "z", "y"]), "'z' is not one of the 3 areas")
    refused(lambda: made().with_treatment({"z": 1}), "'z' is not among the 3 areas")
    frame = made().to_frame()
    refused(
        lambda: Panel.from_frame(
            pd.concat([frame, frame.iloc[[5, 2]]]),
            area="area",
            time="period",
            outcome="outcome",
            treatment="treatment",
        ),
        "b in 2 occurs twice",
    )
    text = frame.astype({"outcome": object})
    text["outcome"] = [("x" if i == 4 else "y" if i == 7 else v) for i, v in enumerate(text["outcome"])]
    refused(
        lambda: Panel.from_frame(text, area="area", time="period", outcome="outcome", treatment="treatment"),
        "row 4 ('x')",
    )
    heavy = frame.assign(w=[1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 3, 1])
    refused(
        lambda: Panel.from_frame(
            heavy, area="area", time="period", outcome="outcome", treatment="treatment", weights="w"
        ),
        "varies within b",
    )
    for periods, fine in (
        (["2016-01", "2016-02"], True),
        (["01-2016", "02-2016"], False),
        (["w1", "w2"], True),
        (["1-2", "1-3"], False),
    ):
        if fine:
            assert Panel(np.ones((1, 2)), np.zeros((1, 2)), ["a"], periods).shape == (1, 2)
        else:
            refused(
                lambda p=periods: Panel(np.ones((1, 2)), np.zeros((1, 2)), ["a"], p), "order of the alphabet"
            )


def test_what_a_design_needs_at_the_edge():
    panel = made(first=(3, 4, 9))
    panel.require("it", balanced=True, pre_periods=2, never_treated=1)
    refused(
        lambda: panel.require("it", pre_periods=3),
        "a has 2 period(s) before its treatment; it needs at least 3",
    )
    refused(lambda: panel.require("it", never_treated=2), "1 never-treated area(s)", "at least 2")
    refused(lambda: panel.require("it", simultaneous=True), "start in 2 different periods")
    made(first=(3, 3, 9)).require("it", simultaneous=True)
    refused(lambda: made(first=(9, 9, 9)).require("it"), "no area is treated")
    made(first=(3, 9, 9)).require("it")
    refused(lambda: made(first=(3, 4, 4)).require("it"), "0 never-treated")
    made(first=(3, 4, 4)).require("it", never_treated=0)
    refused(lambda: made(first=(9, 1, 3)).require("it"), "b has 0 period(s)")
    gaps = np.arange(12.0).reshape(3, 4)
    gaps[1, 1] = gaps[2, 0] = np.nan
    refused(
        lambda: made(gaps, first=(9, 3, 9)).require("it", balanced=True),
        "2 outcome(s) are missing, the first for b in 2",
    )
    off = Panel(np.ones((3, 3)), np.array([[0, 0, 0], [0, 1, 0], [0, 1, 0]]), list("abc"), [1, 2, 3])
    refused(lambda: off.require("it"), "treatment of b switches off")
    off.require("it", absorbing=False)
    refused(
        lambda: made(first=(3, 4, 9), covariates=np.ones((3, 4))).require("it", covariates=False),
        "does not use covariates",
    )


def test_few_areas_by_hand():
    assert few(19, 50)
    assert few(50, 19)
    assert not few(20, 20)
    assert smallest_group(np.array([3, 3, 3, 5, 5])) == 2
    scores = np.array([[1.0], [-1.0], [2.0], [0.5], [3.0]])
    error, degrees = spread_of_groups(scores, np.array([0, 0, 1, 1, 1]))
    one, two = 2 * 2 / 1, (4 + 0.25 + 9) * 3 / 2
    assert error[0] == pytest.approx(math.sqrt(one + two))
    assert degrees[0] == pytest.approx((one + two) ** 2 / (one**2 / 1 + two**2 / 2))
    alone, endless = spread_of_groups(scores[:2], np.array([0, 1]))
    assert alone[0] == pytest.approx(math.sqrt(2))
    assert math.isinf(endless[0])
    assert stretched_by_few(2.0, 5, 40) == pytest.approx((2 * math.sqrt(5 / 4), 4.0))
    assert stretched_by_few(2.0, 40, 2) == pytest.approx((2 * math.sqrt(2), 1.0))


HOLDS = {
    "placebo_p": 0.05, "designs": {"d": -0.5, "e": -1.0}, "conditional_effect": -0.1, "conditional_p": 0.05,
    "relative_effect": -0.1, "relative_p": 0.05, "pre_rmspe": 0.49,
}  # fmt: skip


def test_each_part_of_the_verdict_on_its_threshold():
    whole = verdict(-1.0, **HOLDS, pretrend_p=0.051)
    assert (whole.strength, whole.parts) == ("clear", 5)
    assert whole.sentence == "Our rule calls this clear evidence of an effect: all 5 parts hold."
    assert whole.tests["value"].tolist() == pytest.approx([0.05, 0.5, 0.05, 0.05, 0.49, 0.051])
    assert whole.tests["passed"].all()
    for change in (
        {"placebo_p": 0.051}, {"designs": {"d": -0.499}}, {"designs": {"d": 0.6}}, {"conditional_p": 0.051}, {"conditional_effect": 0.1},
        {"conditional_effect": 0.0}, {"relative_p": 0.051}, {"relative_effect": 0.0}, {"relative_effect": 0.1}, {"pre_rmspe": 0.5},
    ):  # fmt: skip
        found = verdict(-1.0, **(HOLDS | change))
        assert found.parts == 4, change
        assert found.strength == ("no clear" if "placebo_p" in change else "some"), change
        assert "4 of its 5 parts hold" in found.sentence
    moved = verdict(-1.0, **HOLDS, pretrend_p=0.05)
    assert (moved.strength, moved.parts) == ("some", 5)
    assert (
        moved.sentence
        == "Our rule calls this some evidence of an effect, but not clear evidence: all 5 parts hold, and trends differed before."
    )
    three = HOLDS | {"conditional_p": 1.0, "relative_p": 1.0}
    assert verdict(-1.0, **three).strength == "some"
    assert verdict(-1.0, **three, pretrend_p=0.01).strength == "no clear"
    two = three | {"pre_rmspe": 0.5}
    assert verdict(-1.0, **two).strength == "no clear"
    one = two | {"designs": {"d": 0.0}}
    assert "1 of its 5 parts holds." in verdict(-1.0, **one).sentence
    assert "none of its 5 parts hold." in verdict(-1.0, **(one | {"placebo_p": 1.0})).sentence
    for name in ("placebo_p", "conditional_p", "relative_p"):
        for value in (-0.01, 1.01):
            refused(lambda n=name, v=value: verdict(-1.0, **(HOLDS | {n: v})), f"{name}: {value}")
        assert verdict(-1.0, **(HOLDS | {name: 0.0})).parts == 5
    refused(lambda: verdict(-1.0, **HOLDS, pretrend_p=1.1), "pretrend_p: 1.1")
    refused(lambda: verdict(0.0, **HOLDS), "no sign to keep")
    refused(lambda: verdict(-1.0, **(HOLDS | {"pre_rmspe": -0.1})), "pre_rmspe: -0.1")
    assert verdict(-1.0, **(HOLDS | {"pre_rmspe": 0.0})).parts == 5
    refused(lambda: verdict(-1.0, **(HOLDS | {"designs": {}})), "at least one other design")


def test_blocks_grow_along_the_map():
    """A line of six, the first treated; a block of two from each of the five others."""
    names = list("abcdef")
    line = pd.DataFrame(
        (np.abs(np.subtract.outer(np.arange(6), np.arange(6))) == 1).astype(int), names, names
    )
    panel = Panel(np.ones((6, 2)), np.array([[0, 1]] + [[0, 0]] * 5), names, [1, 2])
    # equally near on both sides: the first by label
    assert compact_blocks(panel, line, size=2).tolist() == [[1, 2], [2, 3], [3, 4], [4, 5]]
    assert compact_blocks(panel, line, size=3).tolist() == [[1, 2, 3], [2, 3, 4], [3, 4, 5]]
    assert compact_blocks(panel, line).tolist() == [[1], [2], [3], [4], [5]]
    assert compact_blocks(panel, line, size=4).shape[1] == 4
    refused(lambda: compact_blocks(panel, line, size=5), "5 areas cannot be grown from 5")
    refused(lambda: compact_blocks(panel, line, size=0), "size: 0")
    parted = line.copy()
    parted.loc["c", "d"] = parted.loc["d", "c"] = 0
    assert compact_blocks(panel, parted, size=3).tolist() == [[3, 4, 5]]
    refused(lambda: compact_blocks(panel, parted, size=4), "reach 3 others")
    refused(lambda: compact_blocks(panel, line.drop(index="c"), size=2), "nothing is said about c")
    wrong = line.copy()
    wrong.loc["b", "e"] = 1
    refused(lambda: compact_blocks(panel, wrong, size=2), "must be symmetric")
    refused(lambda: compact_blocks(panel, line * 2, size=2), "only 0 and 1")
    refused(
        lambda: compact_blocks(panel, pd.concat([line, line.iloc[[3, 1]]]), size=2),
        "d stands twice in its rows",
    )
    own = line + np.eye(6, dtype=int)
    assert compact_blocks(panel, own, size=2).tolist() == [[1, 2], [2, 3], [3, 4], [4, 5]]
