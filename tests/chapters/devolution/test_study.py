"""The stored study belongs to its settings and to what its code does, whatever its comments and imports say."""

import ast

import pytest

from healthdevo import tables
from healthdevo.chapters.devolution import study


def test_stored_study_belongs_to_the_settings_and_the_code():
    stored = tables.load("simulation_study")
    assert set(stored["settings_hash"]) == {study.settings_hash()}, "run `make study` again"
    assert set(stored["seed"]) == {study.SETTINGS["seed"]}
    assert set(stored["scenario"]) >= set(study.SETTINGS["panel"]["scenarios"])
    assert {0.0, 0.2} <= set(stored.loc[stored["study"] == "deaths", "effect"])


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
