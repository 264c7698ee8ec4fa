"""Words follow the numbers on each side of every branch."""

from types import SimpleNamespace

import pandas as pd
import pytest

from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.findings import headline_of


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ((20, 19, 20), (32, 25, 36), 36, 4, ["A", "B", "C", "D"]),
            [
                "all 20 strategic",
                "32 of the 36 boards",
                "The four boards that fall short are A, B, C and D",
                "every board passes",
            ],
        ),
        (((2, 1, 3), (4, 3, 4), 3, 0, []), ["two of the 3", "all 4 boards", "three boards pass"]),
        (((2, 1, 3), (3, 3, 4), 4, 1, ["A"]), ["The board that falls short is A."]),
    ],
)
def test_headline(arguments, said):
    text = headline_of(*arguments)
    assert all(s in text for s in said)
    assert ("fall" in text) == bool(arguments[3])


def tiers(low, like, late, n=36):
    rows = [("Strategic authorities", 20, 20, 20, 20), ("Boards since April 2026", low, like, late, n)]
    return pd.DataFrame(
        rows, columns=["tier", "main_low", "like_2021_low", "census_2021_low", "areas"]
    ).assign(median=0.5)


def test_census():
    assert "that census cannot tell them apart" in words.census(tiers(32, 32, 36))
    assert "cannot tell" not in words.census(tiers(32, 32, 35))
    assert "cannot tell" not in words.census(tiers(36, 36, 36))


@pytest.mark.parametrize(
    ("after", "way"), [(0.2, ": more share"), (0.1, ": fewer share"), (0.151, ": about as many share")]
)
def test_borders(after, way):
    rows = pd.DataFrame(
        {
            "kind": "combined_authority",
            "on": ["2026-03-31", "2026-11-26"],
            "same": [0.15, after],
            "same_areas": [3, 3],
            "areas": 20,
            "names": [["A", "B"]] * 2,
        }
    )
    assert way in words.borders(rows)


def test_markets():
    rows = pd.DataFrame(
        {
            "kind": ["board", "combined_authority"],
            "share_cut": [0.56, 0.61],
            "people_cut": [31e6, 2e7],
            "cutting": [36, 20],
            "areas": [36, 20],
            "holding": [30, 9],
            "equal": [0, 1],
            "tenth_cut": [0.3, 0.2],
        }
    )
    assert "All 36 boards cut some" in words.markets(rows, ["A"])
    assert "none equal one" in words.markets(rows, ["A"])
    one = rows.assign(cutting=[3, 20], equal=[1, 1])
    assert "Three of 36 boards cut some" in words.markets(one, ["A"])
    assert "one equals one" in words.markets(one, ["A"])


def test_boards_chart():
    rows = pd.DataFrame({"least": [0.5, 0.8]})
    assert words.boards_chart(rows, 2 / 3).title == "One of 2 boards is no labour market of its own"
    assert words.boards_chart(rows + 0.3, 2 / 3).title.startswith("All 2 boards")


@pytest.mark.parametrize(
    ("stability", "said"), [(0.75, "they are steady"), (0.6, "fairly steady"), (0.59, "not steady")]
)
def test_kinds(stability, said):
    section = SimpleNamespace(
        types=SimpleNamespace(count=5, stability=stability),
        coastal=["Alpha", "Beta"],
    )
    assert said in words.kinds(section)


def test_results():
    rows = pd.DataFrame(
        {
            "areas": ["Upper-tier councils", "Upper-tier councils, without London", "Boards"],
            "kind": ["upper_tier", "upper_tier", "icb"],
            "london": [True, False, True],
            "outcome": ["level", "deaths", "level"],
            "n": [150, 120, 36],
            "correlation": [-0.5, 0.3, 0.0],
            "lower": [-0.7, 0.1, -0.3],
            "upper": [-0.2, 0.5, 0.3],
        }
    )
    said = words.results(SimpleNamespace(table=rows, smallest=lambda n: 0.45))
    assert said.startswith("With London, one of 2 correlations")
    assert (
        "Without London it is one of 1. This is preventable deaths under 75 of upper-tier councils (0.30)."
        in said
    )
    assert "only a correlation of 0.45" in said
    none = rows.assign(lower=-0.9, upper=0.9)
    assert "Without London it is none of 1. Of 1" in words.results(
        SimpleNamespace(table=none, smallest=lambda n: 0.45)
    )


def test_shared_borders():
    rows = pd.DataFrame(
        {"outcome": ["level", "deaths"], "n": 3, "others": 17, "lower": [-1.0, 2.0], "upper": [1.0, 3.0]}
    )
    assert "They differ from the others in preventable deaths under 75" in words.shared(rows)
    assert "In none of two outcomes" in words.shared(rows.assign(lower=-1.0))


def test_by_type():
    frame = pd.DataFrame({"between": [0.4, 0.01], "chance": [0.01, 0.01]}, index=["deaths", "deaths_change"])
    said = words.by_type(SimpleNamespace(outcomes=frame))
    assert "40% in preventable deaths under 75" in said


def test_size_without_a_passing_tier():
    rows = pd.DataFrame(
        {
            "tier": ["Districts", "Regions"],
            "people": [1e5, 6e6],
            "work_inside": [0.4, 0.9],
            "deprivation_inside": [0.7, 0.9],
            "change": [0.1, 0.02],
        }
    )
    assert "is that of regions, with about 6.0 million" in words.size(SimpleNamespace(tiers=rows))
    assert "No tier's middle area" in words.size(SimpleNamespace(tiers=rows.assign(work_inside=0.5)))


def test_own_sentence():
    numbers = {"lives_and_works": 0.7, "works_and_lives": 0.68, "required": 2 / 3, "people": 1e6}
    assert "would be a labour" in words.own_sentence(["A", "B"], numbers)
    assert "would not be" in words.own_sentence(["A"], numbers | {"works_and_lives": 0.6})
    assert "these 7 districts" in words.own_sentence(list("abcdefg"), numbers)
