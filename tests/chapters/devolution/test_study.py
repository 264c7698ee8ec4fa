"""The stored study belongs to its settings and to what its code does, whatever its comments and imports say."""

import ast

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.devolution import study
from healthdevo.evaluation import standard_designs


@pytest.fixture(scope="module")
def stored():
    return tables.load("simulation_study")


def test_stored_study_belongs_to_the_settings_and_the_code(stored):
    assert set(stored["settings_hash"]) == {study.settings_hash()}, "run `make study` again"
    assert set(stored["seed"]) == {study.SETTINGS["seed"]}
    cases = stored[["study", "design", "case_hash"]].drop_duplicates()
    assert {tuple(row) for row in cases.to_numpy()} == {
        (name, design, study.case_hash(name, design))
        for name, designs in study.DESIGNS.items()
        for design in designs
    }
    assert set(stored["scenario"]) >= {
        *study.SETTINGS["panel"]["scenarios"],
        *study.SETTINGS["trends"]["persistence"],
    }
    assert {0.0, 0.2} <= set(stored.loc[stored["study"] == "deaths", "effect"])


def test_what_is_stored_is_not_run_again(stored, monkeypatch):
    def never(*_):
        raise AssertionError("it was run")

    ran = []

    def part(wanted):
        ran.append(sorted(wanted))
        frame = stored[(stored["study"] == "deaths") & stored["design"].isin(list(wanted))]
        return frame.drop(columns=["study", "seed", "settings_hash", "case_hash"])

    for name in ("panel", "trends", "pre-trends"):
        monkeypatch.setitem(study.CALLS, name, (never, *study.CALLS[name][1:]))
    known = stored.drop_duplicates(["study", "design"]).set_index(["study", "design"])["case_hash"]
    monkeypatch.setattr(study, "case_hash", lambda name, design: known[name, design])
    monkeypatch.setitem(study.CALLS, "deaths", (part,))
    old = stored.assign(
        case_hash=stored["case_hash"].where(
            (stored["study"] != "deaths") | (stored["design"] != "difference-in-differences"), "0" * 16
        )
    )
    again = study.run(old)
    assert ran == [["difference-in-differences"]]
    pd.testing.assert_frame_equal(again, stored.assign(settings_hash=study.settings_hash())[again.columns])


def test_a_design_is_known_by_all_modules_of_the_family_that_it_uses():
    found = study.imported(["healthdevo.evaluation.synthetic_did"])
    assert "healthdevo.evaluation.simplex" in found
    assert "healthdevo.evaluation.panel" not in found
    for name, designs in study.DESIGNS.items():
        hashes = {study.case_hash(name, design) for design in designs}
        assert len(hashes) == len(designs)
    assert {*study.DESIGNS["panel"]} == {*standard_designs(), "differences less own trends"}


def test_given_earlier_trends_nothing_of_them_is_taken_for_an_effect(stored):
    rows = stored[stored["study"] == "trends"].set_index(["scenario", "effect", "design"])
    given = rows.xs("differences given earlier trend", level="design")
    plain = rows.xs("difference-in-differences", level="design")
    own = rows.xs("differences less own trends", level="design")
    assert (given["bias"].abs() <= 3 * given["bias_error"]).all()
    assert plain.loc[("earlier trends go on", 0.0), "bias"] < -5 * plain["bias_error"].max()
    assert (own["bias"] > 10 * own["bias_error"]).all()  # a region chosen for its fall returns to the mean
    size = given.xs(0.0, level="effect")["rejection"]
    assert (size <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)).all()


def test_tests_of_earlier_trends_among_blocks_keep_their_size(stored):
    rows = stored[(stored["study"] == "pre-trends") & (stored["effect"] == 0)]
    size = rows.pivot_table(index="scenario", columns="design", values="rejection")
    error = np.sqrt(0.05 * 0.95 / study.SETTINGS["pre-trends"]["repetitions"]["size"])
    for design in ("slope among blocks", "Wald among blocks", "largest lead among blocks"):
        assert abs(size[design].mean() - 0.05) < 0.02
        assert (abs(size[design] - 0.05) < 0.02 + 2 * error).all()
    few = size.index.str.endswith(" 2 treated")
    assert (size.loc[few, ["event study", "group-time effects"]] > 0.9).all(axis=None)
    ten = size.index.str.endswith(", 10 treated")
    assert (size.loc[ten, "event study"] > 0.15).all()
    assert size.loc["noise that neighbours share, 10 treated", "slope among random groups"] > 0.1
    planted = stored[(stored["study"] == "pre-trends") & (stored["effect"] > 0)]
    power = planted.pivot_table(index="scenario", columns="design", values="rejection")
    assert (power["slope among blocks"] >= power["Wald among blocks"]).mean() > 0.8
    assert power.loc["independent noise, 10 treated", "slope among blocks"] > 0.6


def test_simulated_panels_are_of_the_real_size(mortality):
    world = study.SETTINGS["panel"]["world"]
    panel = mortality.panels["persons"]
    assert (world["areas"], world["periods"]) == panel.shape
    assert (world["treated"], world["start"]) == (panel.n_treated, int(panel.cohorts[0]))
    y = panel.outcome[~panel.treated]
    rest = y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean()
    assert world["noise"] == pytest.approx(float(rest.std()), rel=0.15)


CODE = '''
class A:
    """Words."""
    size: int = 3

    def f(self, x: float, *, y: float = 1.0) -> float:
        """More words."""
        import math
        return math.sqrt(x) + y  # a note
'''


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("# a note", "# another", True),
        ("More words", "Fewer words", True),
        ('        """More words."""\n', "", True),
        ("x: float", "x: int", True),
        (" -> float", "", True),
        ("        import math\n", "        import math as math\n", True),
        ("+ y", "- y", False),
        ("y: float = 1.0", "y: float = 2.0", False),
        ("size: int = 3", "size: int = 4", False),
    ],
)
def test_only_the_meaning_of_code_counts(old, new, same):
    assert old in CODE
    before, after = study.meaning(ast.parse(CODE)), study.meaning(ast.parse(CODE.replace(old, new)))
    assert (before == after) is same
