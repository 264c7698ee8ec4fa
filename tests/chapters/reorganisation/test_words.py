"""Words of the chapter follow the numbers on each side of every branch."""

import pandas as pd
import pytest

from healthdevo.chapters.reorganisation.findings import headline_of
from healthdevo.chapters.reorganisation.words import by_trend, chart, one_by_one, standing_out


def changes(p, own, trend=(-1.0, 1.0)) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "experiment": ["Dorset, 2019", "Suffolk districts, 2019"],
            "outcome": ["All deaths", "District council services"],
            "unit": ["points", "pounds"],
            "health": [True, False],
            "effect": [-2.0, 3.0],
            "lower": [-4.0, -1.0],
            "upper": [0.5, 7.0],
            "p_value": p,
            "own_trend": trend,
            "p_own_trend": own,
        }
    )


@pytest.mark.parametrize(
    ("health", "away", "kept", "words"),
    [
        (7, 0, 0, ["no change in health that stands out, in 7 tests", "does not show that there was none"]),
        (
            40,
            1,
            0,
            ["1 of 40 changes in health stand out; chance alone would give about 2", "None stays once"],
        ),
        (40, 5, 1, ["1 of them stays once"]),
        (40, 5, 2, ["2 of them stay once"]),
    ],
)
def test_headline(health, away, kept, words):
    said = headline_of(health, away, kept, 10, 2)
    assert all(w in said for w in words)
    assert said.endswith("In council spending 2 of 10 stand out.")


@pytest.mark.parametrize(
    ("p", "own", "trend", "words"),
    [
        ([0.2, 0.3], [0.2, 0.2], (-1.0, 1.0), "No change stands out"),
        ([0.01, 0.3], [0.2, 0.2], (-1.0, 1.0), "carried on, none of these does"),
        ([0.01, 0.3], [0.01, 0.2], (1.0, 1.0), "carried on, none of these does"),
        ([0.01, 0.3], [0.01, 0.2], (-1.0, 1.0), "all deaths in Dorset 2019 still does"),
        ([0.01, 0.01], [0.01, 0.01], (-1.0, 1.0), "district council services in Suffolk 2019 still do"),
    ],
)
def test_standing_out(p, own, trend, words):
    assert words in standing_out(changes(p, own, trend))


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ([0.2, 0.2], "No further change"),
        (
            [0.2, 0.01],
            "a change stands out that does not otherwise: district council services in Suffolk 2019 (1 pounds)",
        ),
        ([0.01, 0.01], "2 changes stand out that do not otherwise"),
    ],
)
def test_by_trend(own, words):
    assert words in by_trend(changes([0.2, 0.2], own))


def test_title_counts_what_stands_out():
    assert chart(changes([0.01, 0.3], [0.2, 0.2])).title == "1 of 2 changes stand out, 1 of them in health"


@pytest.mark.parametrize(
    ("p", "words"),
    [
        ([0.2, 0.3], "none of 2 changes stands out, where chance alone would give about 0.1"),
        ([0.01, 0.3], "1 of 2 changes stands out (all deaths in Cornwall)"),
        ([0.01, 0.02], "2 of 2 changes stand out (all deaths in Cornwall and all deaths in Wiltshire)"),
    ],
)
def test_councils_one_by_one(p, words):
    rows = pd.DataFrame({"council": ["Cornwall", "Wiltshire"], "outcome": "All deaths", "p_value": p})
    assert words in one_by_one(rows)
