"""Sentences turn with the numbers."""

import dataclasses
from types import SimpleNamespace

import pandas as pd
import pytest

from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.findings import headline
from healthdevo.results import Estimate, Interval


def test_texts_and_ids(chapter):
    texts = chapter.texts()
    assert all(t.strip() for t in texts.values())
    assert f"{100 * chapter.league.ranks.swappable:.0f}%" in texts["autonomy_headline"]
    sections = (
        "funnels",
        "next_year",
        "agreement",
        "gate",
        "variation",
        "directives",
        "nations",
        "workforce",
    )
    charts = [getattr(chapter, s).chart() for s in ("league", *sections)]
    charts += [chapter.nations.gaps_chart(), chapter.workforce.links_chart()]
    shown = [getattr(chapter, s).page_table() for s in sections]
    ids = [c.figure_id for c in charts] + [
        t.table_id + "-table" for t in (*shown, chapter.league.funnel_table())
    ]
    assert len(set(ids)) == len(ids) == 20
    assert all(len(c.title.split()) <= 10 for c in charts)


@pytest.mark.parametrize(("lower", "said"), [(0.26, "clearly more"), (0.24, "not clearly more")])
def test_the_headline_turns_with_the_interval(chapter, lower, said):
    stay = Estimate("x", 0.5, 0.1, (Interval(0.95, lower, 0.8),), 100, "m")
    following = SimpleNamespace(found={"four_hours": SimpleNamespace(best_stay=stay)})
    text = headline(chapter.league, following, chapter.gate).sentence
    assert f"That is {said}" in text


@pytest.mark.parametrize(("width", "said"), [(33.0, "could be quite different"), (31.0, "within a quarter")])
def test_league_title(width, said):
    ranks = SimpleNamespace(width=width, __len__=None)
    ranks = type("R", (), {"width": width, "__len__": lambda self: 128})()
    assert said in words.league(SimpleNamespace(ranks=ranks)).title


@pytest.mark.parametrize(("fair", "said"), [(0.05, "Adjusting"), (0.09, "gate frees")])
def test_gate_title(fair, said):
    rows = pd.DataFrame(
        {
            "policy": ["gate", "adjusted gate"],
            "name": ["a", "b"],
            "false_grants": 0.1,
            "false_refusals": [0.1, fair],
        }
    )
    assert said in words.gate(SimpleNamespace(rows=rows, draws=5)).title


@pytest.mark.parametrize(("trusts", "said"), [(0.5, "not boards or regions"), (0.1, "between boards")])
def test_variation_title(trusts, said):
    rows = pd.DataFrame(
        {"measure": "m", "part": ["regions", "boards", "trusts"], "estimate": [0.0, 0.3, trusts]}
    )
    assert said in words.variation(SimpleNamespace(rows=rows)).title


def test_counts_in_titles():
    care = pd.DataFrame({"kind": ["care", "care"], "estimate": [0.1, 0.2], "lower": [0.01, -0.01]})
    assert words.agreement(SimpleNamespace(frame=care)).title.startswith("One of 2 pairs")
    rows = pd.DataFrame({"measure": ["a", "b"], "best": [0.5, 0.3], "lower": [0.3, 0.2]})
    assert "In 1 of 2 measures" in words.next_year(SimpleNamespace(rows=rows)).title


@pytest.mark.parametrize(
    ("counts", "said"),
    [((1, 4, 2, 4), "fewer than"), ((3, 4, 2, 4), "more than"), ((2, 4, 2, 4), "as many as")],
)
def test_poorer_boards(counts, said):
    assert said in words.poorer(counts)


@pytest.mark.parametrize(
    ("low", "first", "then"),
    [(0.1, "goes with better", "also improved more"), (-0.1, "does not clearly", "do not clearly")],
)
def test_culture(low, first, then):
    frame = pd.DataFrame({"estimate": 0.2, "lower": low, "upper": 0.3}, index=["between", "within"])
    text = words.culture(frame)
    assert first in text
    assert then in text


def test_sections_are_frozen(chapter):
    with pytest.raises(dataclasses.FrozenInstanceError):
        chapter.league.trusts = None
