"""The specification curve holds every combination of choices."""

import pytest

from healthdevo.chapters.spending.words import PUBLIC_HEALTH


def test_the_curve_holds_the_main_estimate_and_every_combination(spending):
    curve = spending.curves.all[PUBLIC_HEALTH].table
    assert len(curve) == 3 * 3 * 2 * 4 * 3 >= 100
    main = curve.query(
        "estimator == 'two-way' and lag == 0 and controls == 'none' and weights == 'none' and sample == 'all'"
    )
    assert main["estimate"].iloc[0] == pytest.approx(
        spending.designs.coefficient(PUBLIC_HEALTH, "within").estimate
    )
    chart = spending.curves.chart()
    assert int(chart.data["main"].sum()) == 1
    within = spending.curves.within[PUBLIC_HEALTH].estimated
    assert f"of {len(within)} specifications within councils" in chart.title
