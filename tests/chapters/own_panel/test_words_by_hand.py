"""Sentences on a policy of a user's own, of made-up results on both sides of every threshold."""

from __future__ import annotations

from types import SimpleNamespace as Made
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.kit.made_up import placebo

from healthdevo.chapters.own_panel import words

NAN = float("nan")


def page(unit: str = "", *, treated: int = 2, notes: tuple[str, ...] = (), **battery: Any) -> Any:
    areas = np.array([f"A{i}" for i in range(12)])
    panel = Made(outcome_name="beds", areas=areas, treated=list(range(treated)), shape=(12, 6), n_controls=12 - treated, periods=list(range(2010, 2016)))  # fmt: skip
    given: dict[str, Any] = {
        "start": 2014, "before": 4, "kind": "all", "groups": [0] * 19, "main": placebo(-2.0, lower=-3.0, upper=-1.0),
        "verdict": Made(strength="some", sentence="So."), "positive": True, "conditional": 1, "rows": (), "panel": Made(n_treated=1),
    }  # fmt: skip
    return Made(
        own=Made(panel=panel, notes=notes), unit=unit, source="s", battery=Made(**{**given, **battery})
    )


def test_who_is_treated_and_when() -> None:
    assert words.who(page()) == (
        "Treated from 2014: A0 and A1. They are compared with 10 untreated units. There are 4 periods before (2010 to 2013) and 2 after (to 2015)."
    )
    assert "Treated from 2014: A0, A1, A2, A3, A4, A5, A6 and A7. They" in words.who(page(treated=8))
    assert "A6, A7 and 1 more. They are compared with 3 untreated" in words.who(page(treated=9))
    assert "A6, A7 and 3 more. They" in words.who(page(treated=11))


def test_what_was_found() -> None:
    assert words.outcome(page()) == "beds"
    assert words.outcome(page("per head")) == "beds (per head)"
    assert words.title(page()) == "Some evidence that the policy changed beds"
    said = words.headline(page())
    assert said.startswith(
        "From 2014 on, beds of the treated was lower than expected without the policy: the difference is −2 (95% interval −3 to −1). So."
    )
    assert said.endswith(" So.")
    assert "was higher than" in words.headline(page(main=placebo(0.5)))
    assert "was lower than" in words.headline(page(main=placebo(0.0)))
    assert (
        words.interval(1.0, NAN, 2.0)
        == words.interval(1.0, 0.0, NAN)
        == "1 (no 95% interval: too few groups)"
    )
    assert "no 95%" not in words.interval(1.0, 0.5, 2.0)
    assert "for 1,234 all groups of as many untreated units. An effect is rare" in words.method(
        page(groups=[0] * 1234)
    )


def test_designs_that_agree() -> None:
    effects = pd.DataFrame({"effect": [-3.0, -0.5, 0.0, 2.0, NAN]})
    one = page(effects=effects)
    assert (
        words.designs(one)
        == "2 of 4 designs that could run give an effect of the same sign; they run from −3 to 2."
    )
    assert words.designs_caption(one).title == "2 of 4 designs agree on the direction"
    assert words.designs_caption(one).alt == "Chart of the effects of 4 designs with intervals and a line at no effect; 2 lie on the side of the main design."  # fmt: skip
    assert words.designs(page(effects=effects, main=placebo(0.5))).startswith("1 of 4 designs")


@pytest.mark.parametrize(("matched", "differ"), [(4, True), (5, False)])
def test_earlier_trends_at_one_in_twenty(matched: int, differ: bool) -> None:
    said = words.before(page(pre_trend=placebo(0.5, matched)))
    assert said.startswith(f"Before the start the gap moved by 0.5 a period. {matched + 1}% of groups moved apart as fast, ")  # fmt: skip
    assert ("earlier trends differed. The verdict counts that against the effect." in said) is differ
    assert ("earlier trends did not stand out. A test that finds nothing does not show" in said) is not differ


def test_how_trends_go_on() -> None:
    assert words.persistence(page(persistence=None)).startswith(
        "How far earlier differences in trend go on can't be"
    )
    said = words.persistence(page(persistence=(0.5, 0.1)))
    assert said.startswith(
        "Among untreated groups 50% of an earlier difference in trend went on (95% interval 30% to 70%). None"
    )


def test_how_far_trends_may_differ() -> None:
    for found, begins in (
        (None, "There are too few groups"), (Made(breakdown=NAN), "If trends could"), (Made(breakdown=0.0), "If trends could"), (Made(breakdown=-1.0), "If trends could"),
        (Made(breakdown=0.5), "The sign holds as long as no change of trend after the start exceeds 0.5 times the largest"),
    ):  # fmt: skip
        assert words.bounds(page(bounds=found)).startswith(begins)


def test_leaving_one_out_and_earlier_starts() -> None:
    left = pd.DataFrame({"left_out": ["A", "B", "C"], "effect": [-2.5, -1.0, -3.2]})
    assert words.leave_out(page(leave_one_out=left)) == (
        "Leaving out one unit at a time gives effects from −3.2 to −1. It depends most on C: without it the effect is −3.2."
    )
    assert words.leave_out(page(leave_one_out=left.iloc[:0])) == "There is no unit that can be left out."
    early = pd.DataFrame({"start": [2011, 2012, 2013], "effect": [0.5, -0.75, 0.2]})
    assert words.starts(page(earlier_starts=early)) == (
        "A made-up start in 2012, with nothing behind it, gives −0.75, the largest of 3 tried. Such effects should be small beside the real one."
    )
    assert words.starts(page(earlier_starts=early.iloc[:0])).startswith("There are too few periods before")
    assert words.detectable(page(detectable=0.25)).startswith("An effect of 0.25 would be found four times in five.")  # fmt: skip


def test_cautions() -> None:
    plain = words.cautions(page(notes=("a note",)))
    assert (plain[0], len(plain)) == ("a note", 2)
    few = words.cautions(page(groups=[0] * 18))
    assert (
        few[0]
        == "With 18 groups no effect can be rarer than one in 19, so the rule can't find clear evidence."
    )
    for kind, treated, said in (("all", 2, True), ("all", 1, False), ("neighbours", 2, False)):
        found = words.cautions(page(kind=kind, panel=Made(n_treated=treated)))
        assert any(s.startswith("Groups drawn without a map") for s in found) is said
    bad = words.cautions(page(positive=False, conditional=None, rows=(Made(reason="too few", design=next(iter(words.DESIGNS))), Made(reason="", design="x"))))  # fmt: skip
    assert [s[:20] for s in bad[:2]] == ["Some values are zero", "Too few groups share"]
    assert bad[2].endswith(" could not run: too few.")
    assert len(bad) == 4


def test_captions_of_paths_groups_and_specifications() -> None:
    for value, side in ((0.5, "above"), (0.0, "below"), (-0.5, "below")):
        assert (
            words.path_caption(page(main=placebo(value))).title
            == f"After 2014 the treated lie {side} the others"
        )
    assert "from 2010 to 2015, with intervals; the policy starts in 2014." in words.path_caption(page()).alt
    main = Made(rank=4, effects=np.zeros(30), estimate=-2.0)
    assert words.placebo_caption(page(main=main)).title == "3 of 30 groups without the policy changed as much"
    rows = pd.DataFrame({"lower": [0.5, -1.0, 0.0, -2.0], "upper": [2.0, 0.0, 1.0, -0.5], "effect": [1.0, -0.5, 0.5, -1.0]})  # fmt: skip
    told = words.curve_caption(page(curve=Made(estimated=rows, median=0.25)))
    assert told.title == "50% of 4 ways to compute it leave out zero"
    assert told.alt == "Specification curve of 4 effects from −1 to 1, median 0.25."
