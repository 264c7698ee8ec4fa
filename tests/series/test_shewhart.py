"""Shewhart charts agree with worked examples, and with limits of their own distributions."""

import numpy as np
import pytest

from healthdevo.errors import InputError
from healthdevo.series.shewhart import p_prime_chart, runs_test, shewhart_chart


def positions(text):
    return [int(p) for p in text.split(";")] if text else []


def test_charts_agree_with_worked_examples(reference):
    inputs, expected = reference("shewhart_charts", dtype=str, keep_default_na=False)
    assert inputs["case"].nunique() == 8
    for case, rows in inputs.groupby("case"):
        first, want = rows.iloc[0], expected[expected["case"] == case].reset_index(drop=True)
        chart = shewhart_chart(
            rows["value"].astype(float),
            rows["size"].astype(float) if first["size"] else None,
            kind=first["kind"],
            baseline=int(first["baseline"]) if first["baseline"] else None,
            exclude=positions(first["exclude"]),
            parts=positions(first["parts"]),
            multiplier=float(first["multiplier"]),
        )
        for column in ("cl", "lcl", "ucl"):
            np.testing.assert_allclose(chart.table[column], want[column].astype(float), rtol=1e-9, atol=1e-12)
        for ours, theirs in (
            ("signal", "sigma.signal"),
            ("part", "part"),
            ("included", "include"),
            ("baseline", "baseline"),
        ):
            assert chart.table[ours].astype(int).tolist() == want[theirs].astype(int).tolist(), (case, ours)
        for test, (_, part) in zip(chart.runs, want.groupby("part"), strict=True):
            theirs = part.iloc[0]
            assert test.useful == int(theirs["n.useful"])
            assert test.longest_run == int(theirs["longest.run"])
            assert test.longest_run_max == int(theirs["longest.run.max"])
            assert test.crossings == int(theirs["n.crossings"])
            assert test.crossings_min == int(theirs["n.crossings.min"])
            assert int(test.signal) == int(theirs["runs.signal"])


def test_critical_values_of_runs_are_the_published_ones(carried):
    table = carried("runs_critical_values")
    for row in table.itertuples(index=False):
        test = runs_test(np.tile([0.0, 1.0], row[0])[: row[0]], 0.5)
        assert (test.useful, test.longest_run_max, test.crossings_min) == row


def test_runs_leave_out_points_on_the_centre():
    test = runs_test([1, 0, 1, 1, -1, np.nan, -1, 1], 0.0)
    assert (test.useful, test.longest_run, test.crossings) == (6, 3, 2)
    assert runs_test([0.0, 0.0], 0.0).useful == 0
    assert runs_test([1.0] * 20, 0.0).signal


def test_p_prime_widens_what_binomial_limits_make_too_narrow():
    rng = np.random.default_rng(5)
    n = np.full(60, 200_000)
    y = rng.binomial(n, rng.normal(0.75, 0.01, 60))
    plain = shewhart_chart(y, n, kind="p").table["signal"].mean()
    prime = p_prime_chart(y, n).table["signal"].mean()
    assert plain > 0.5
    assert prime < 0.05


def test_primed_charts_of_constant_counts_do_not_fail():
    table = shewhart_chart([5.0] * 10, kind="c'").table
    assert table[["cl", "lcl", "ucl"]].eq(5.0).all(axis=None)
    assert shewhart_chart([0.0] * 5, [10.0] * 5, kind="p'").table["ucl"].eq(0.0).all()


def test_sentence_counts_points():
    chart = shewhart_chart([10, 11, 9, 10, 11, 9, 10, 90], kind="i", baseline=7)
    assert chart.sentence.startswith("1 point of 8 beyond")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": [1.0], "kind": "x"}, "kind"),
        ({"values": []}, "values"),
        ({"values": [-1.0], "kind": "c"}, "at least 0"),
        ({"values": [1.0], "kind": "p"}, "denominators"),
        ({"values": [3.0], "sizes": [2.0], "kind": "p"}, "exceeds"),
        ({"values": [3.0], "sizes": [0.0], "kind": "u"}, "above 0"),
        ({"values": [3.0], "exclude": [1]}, "exclude"),
        ({"values": [3.0], "parts": [-1]}, "parts"),
        ({"values": [3.0], "baseline": 0}, "baseline"),
        ({"values": [3.0], "exclude": [0]}, "no point"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        shewhart_chart(**arguments)
