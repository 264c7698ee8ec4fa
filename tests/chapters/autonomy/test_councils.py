"""League tables of councils and boards: shares add up, windows are two years of the same councils, planted levels come back."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.councils import Councils, regions_of_councils
from healthdevo.chapters.autonomy.variation import by_level, level_columns


def test_rows_are_of_all_measures(chapter):
    rows = chapter.councils.rows
    assert rows["kind"].value_counts().to_dict() == {"Councils": 5, "Boards": 3}
    assert rows["reliability"].between(0, 1).all()
    assert (rows["width"] <= rows["areas"]).all()


def test_staying_councils_are_counted_by_hand(chapter):
    raw = tables.load("social_care_outcome").query("measure == 'workforce_turnover_rate'")
    wide = raw.pivot_table(index="area_code", columns="financial_year_start", values="value")[
        [2021, 2022]
    ].dropna()
    quarter = len(wide) // 4
    first, second = (set(wide[y].nsmallest(quarter).index) for y in (2021, 2022))
    own = chapter.councils.staying.set_index("name").loc["Staff turnover in social care"]
    assert own["best"] == pytest.approx(len(first & second) / quarter, abs=0.02)
    assert own["councils"] == len(wide)


def test_regions_hold_every_council_once():
    region = regions_of_councils()
    assert region["E08000003"] == "E12000002"
    assert region.nunique() == 9
    assert len(region) >= 150


def test_planted_levels_come_back():
    rng = np.random.default_rng(4)
    region = pd.Series({f"c{i:03d}": f"r{i % 9}" for i in range(180)})
    level = dict(zip(sorted(set(region)), 3.0 * rng.standard_normal(9), strict=True))
    own = pd.Series(1.0 * rng.standard_normal(180), index=region.index)
    panel = pd.DataFrame(
        {y: region.map(level) + own + 0.5 * rng.standard_normal(180) for y in range(2016, 2023)}
    ).rename_axis("area_code")
    section = Councils({}, {"quality_of_life": panel}, region, draws=50)
    shares = section.variation.set_index("part")["estimate"]
    truth = np.var(list(level.values()), ddof=1)
    assert shares["regions"] == pytest.approx(truth / (truth + 1.25), abs=0.05)
    assert shares["own changes and chance"] == pytest.approx(0.25 / (truth + 1.25), abs=0.02)


def test_gates_on_real_places_count_both_halves(chapter):
    rows = chapter.gate.real
    assert (rows["poorer"] + rows["richer"] == rows["earned"]).all()
    assert (rows["poorer_of"] + rows["richer_of"] == rows["count"]).all()
    plain = rows.iloc[0]
    assert plain["earned"] == int(chapter.gate.of_trusts.to_frame()["earned"].sum())
    fair = chapter.gate.adjusted(chapter.gate.trusts, "provider_code")
    mean = fair.groupby("provider_code")["lead"].mean()
    score = chapter.gate.board_of.reindex(mean.index).map(chapter.gate.deprivation)
    assert abs(np.corrcoef(mean, score)[0, 1]) < 1e-6  # nothing of deprivation is left


def test_every_nation_has_both_definitions(chapter):
    rows = chapter.nations.definitions
    assert rows.groupby("measure")["nation_code"].nunique().to_dict() == {"four_hours": 4, "spending": 4}
    assert chapter.nations.definitions_table() is not None


def test_doctors_of_general_practice(chapter):
    doctors = chapter.workforce.doctors
    assert doctors.shape == (42, 6)
    assert chapter.workforce.both_services.n == 42


@pytest.mark.parametrize(
    ("lower", "said"), [([0.3, 0.4], "In all two measures"), ([0.1, 0.4], "In one of two measures")]
)
def test_title_of_councils_that_stay(lower, said):
    rows = pd.DataFrame({"name": ["A", "B"], "best": [0.6, 0.5], "lower": lower})
    assert words.councils(SimpleNamespace(staying=rows)).title.startswith(said)


def test_a_column_for_each_level_keeps_its_shares():
    rows = pd.DataFrame(
        {
            "measure": ["a", "a", "b", "b", "b"],
            "part": ["regions", "trusts", "regions", "trusts", "chance"],
            "estimate": [0.1, 0.9, 0.2, 0.7, 0.1],
            "lower": 0.0,
            "upper": 1.0,
        }
    )
    wide = by_level(rows).set_index("measure")
    assert wide.loc["b", "chance estimate"] == 0.1
    assert wide.loc["a", "trusts estimate"] == 0.9
    assert np.isnan(wide.loc["a", "chance upper"])
    assert len(level_columns(rows)) == 3
