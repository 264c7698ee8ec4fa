"""Limits move where the process moved for good, and only there."""

import numpy as np
import pytest

from healthdevo.errors import InputError
from healthdevo.series.stable_shift import stable_shift_chart


def test_limits_breaks_and_rules_agree_with_the_reference(reference):
    inputs, expected = reference("stable_shift", dtype=str, keep_default_na=False)
    assert inputs["case"].nunique() == 7
    for case, rows in inputs.groupby("case"):
        want = expected[expected["case"] == case]
        chart = stable_shift_chart(
            rows["count"].astype(float),
            rows["size"].astype(float) if rows["size"].iloc[0] else None,
            kind=rows["kind"].iloc[0],
            dates=rows["x"].to_list(),
        )
        for column in ("cl", "lcl", "ucl"):
            np.testing.assert_allclose(
                chart.table[column], want[column].astype(float), rtol=1e-9, err_msg=case
            )
        for column in ("excluded", "beyond", "shift"):
            assert (
                chart.table[column].astype(int).tolist() == want[column].astype(float).astype(int).tolist()
            ), case
        assert chart.table["calculation"].tolist() == (want["period_type"] == "calculation").tolist()


def test_a_passing_shift_is_left_alone():
    rng = np.random.default_rng(1)
    y = rng.normal(10, 1, 90)
    passing, lasting = y.copy(), y.copy()
    passing[40:50] += 4
    lasting[40:] += 4
    assert stable_shift_chart(passing).breaks == ()
    assert 38 <= stable_shift_chart(lasting).breaks[0] <= 41


def test_a_shift_at_the_very_end_waits_for_more_points():
    rng = np.random.default_rng(2)
    y = np.concatenate([rng.normal(10, 1, 40), rng.normal(15, 1, 20)])
    assert stable_shift_chart(y).breaks == ()


def test_too_few_points_give_a_reason():
    chart = stable_shift_chart(np.arange(11.0))
    assert chart.table["cl"].isna().all()
    assert chart.sentence == "No limits were established: 11 points are fewer than the 21 needed."


def test_constant_series_have_one_period():
    chart = stable_shift_chart([4.0] * 60)
    assert chart.breaks == ()
    assert chart.table["beyond"].sum() == chart.table["shift"].sum() == 0
    assert chart.sentence == "There was no stable shift."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": [1.0, np.nan]}, "leave out missing rows on purpose"),
        ({"values": [-1.0], "kind": "c"}, "give 0 or more"),
        ({"values": [1.0], "kind": "u"}, "kind"),
        ({"values": [1.0], "kind": "p"}, "denominators"),
        ({"values": [3.0], "sizes": [1.0], "kind": "p"}, "smaller"),
        ({"values": [1.0], "period_min": 2}, "period_min"),
        ({"values": [1.0], "dates": [1, 2]}, "labels"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        stable_shift_chart(**arguments)
