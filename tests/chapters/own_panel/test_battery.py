"""A known effect is found by every design, none is not, and the page says both in words, tables and files."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas
from healthdevo.chapters.own_panel import Battery
from healthdevo.chapters.own_panel.battery import DESIGNS, OTHERS
from healthdevo.evaluation import Panel, difference_in_differences

from .conftest import START, YEARS, simulated


def test_a_known_effect_is_found_by_every_design(known):
    effects = known.battery.effects.set_index("design")
    assert set(effects.index) == set(DESIGNS)
    assert effects["effect"].between(2.5, 5.5).all(), effects["effect"]
    assert (effects.loc[["did", "sdid", "sc", "gsc1", "gsc2"], "lower"] > 0).all()
    assert known.battery.verdict.strength == "clear"
    assert known.battery.main.interval().lower < 4.0 < known.battery.main.interval().upper


def test_no_effect_is_not_made_one(nothing):
    assert nothing.battery.verdict.strength == "no clear"
    limits = nothing.battery.main.interval()
    assert limits.lower < 0.0 < limits.upper
    assert nothing.battery.detectable > abs(nothing.battery.main.estimate)
    assert "No clear evidence" in nothing.html()


def test_the_plain_difference_is_that_of_the_package(known):
    panel = known.own.panel
    found = known.battery.effects.set_index("design").loc["did", "effect"]
    assert found == pytest.approx(difference_in_differences(panel).estimate)
    before, after = panel.outcome[:, : known.battery.before], panel.outcome[:, known.battery.before :]
    change = after.mean(axis=1) - before.mean(axis=1)
    assert found == pytest.approx(change[panel.treated].mean() - change[~panel.treated].mean())


def test_every_part_that_a_referee_asks_for_is_there(known):
    battery = known.battery
    assert battery.path["period"].tolist() == [str(y) for y in YEARS]
    assert battery.path["effect"].iloc[battery.before - 1] == 0.0
    assert 0.0 < battery.pre_trend.p_absolute <= 1.0
    assert battery.persistence is not None
    assert battery.persistence[1] > 0.0
    assert battery.bounds is not None
    assert np.isfinite(battery.bounds.estimate)
    assert set(battery.leave_one_out["who"]) == {"treated", "untreated"}
    assert len(battery.curve.table) == 4 * 2 * 2 * 2 * 2
    assert (battery.earlier_starts["start"] < START).all()
    assert [p.heading for p in known.parts()][1:] == [
        "Every design", "Before the start", "What moves the answer", "What could be found", "The verdict", "What to keep in mind",
    ]  # fmt: skip


def test_the_verdict_is_the_rule_of_the_package_on_these_numbers(known):
    tests = known.battery.verdict.tests.set_index("test")["value"]
    designs = known.battery.effects.set_index("design")["effect"]
    kept = min(designs[d] / designs["sdid"] for d in OTHERS)
    assert tests.iloc[1] == pytest.approx(kept)
    assert tests.iloc[0] == known.battery.main.p_absolute


def test_files_hold_what_the_page_shows(known):
    table = pd.read_csv(io.StringIO(known.csv()))
    designs = table[table["part"] == "design"].set_index("name")["effect"]
    assert designs[DESIGNS["sdid"]] == pytest.approx(known.battery.main.estimate, rel=1e-4)
    assert set(table["part"]) == {"design", "period", "specification", "without", "made-up start"}
    record = json.loads(known.json())
    assert record["verdict"]["strength"] == "clear"
    assert record["treated"] == ["Place 00", "Place 01"]
    assert record["sentences"]["Finding"] in known.html()
    assert "deaths per 100,000" in record["sentences"]["Finding"]


def test_row_order_changes_nothing(write, known):
    shuffled = write(simulated(4.0).sample(frac=1.0, random_state=3))
    assert np.array_equal(shuffled.panel.outcome, known.own.panel.outcome)
    assert Battery.of(shuffled.panel).groups.tolist() == known.battery.groups.tolist()


def test_periods_as_text_give_the_same(write, known):
    frame = simulated(4.0)
    own = write(frame.assign(year=[f"{y}/{(y + 1) % 100:02}" for y in frame["year"]]), start="2010/11")
    battery = Battery.of(own.panel)
    columns = ["effect", "lower", "upper"]
    assert np.allclose(battery.effects[columns], known.battery.effects[columns])
    assert battery.earlier_starts["start"].tolist()[-1] == "2009/10"
    assert battery.curve.table["effect"].to_numpy() == pytest.approx(
        known.battery.curve.table["effect"].to_numpy()
    )


def test_one_treated_unit_is_compared_with_every_other(write):
    own = write(simulated(4.0, treated=1), treated=["Place 00"])
    battery = Battery.of(own.panel)
    assert battery.kind == "all"
    assert len(battery.groups) == own.panel.n_controls
    assert set(battery.leave_one_out["who"]) == {"untreated"}


def test_zero_or_negative_outcomes_lose_the_part_in_per_cent(write):
    frame = simulated(4.0)
    battery = Battery.of(write(frame.assign(rate=frame["rate"] - 60)).panel)
    assert battery.relative is None
    tests = battery.verdict.tests
    assert not tests["passed"].iloc[3]
    assert battery.verdict.strength == "some"


def test_english_districts_are_compared_with_blocks_of_neighbours():
    year = areas.boundary_years("district")[-1]
    codes = sorted(areas.boundaries("district", year).index)[:60]
    rng = np.random.default_rng(1)
    treated = np.isin(np.arange(60), [0, 1])
    panel = Panel(rng.normal(size=(60, 8)), np.outer(treated, np.arange(8) >= 5), codes, range(8))
    assert Battery.of(panel).kind == "neighbours"
