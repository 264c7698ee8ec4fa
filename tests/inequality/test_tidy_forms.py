"""A tidy form gives, for every label, what the array form gives for the rows of that label."""

import numpy as np
import pandas as pd
import pytest

import healthdevo as hd
from healthdevo.errors import InputError

inequality = hd.inequality


def _frame(seed=0):
    rng = np.random.default_rng(seed)
    rows = [
        {"area": area, "fifth": fifth, "value": 50.0 + 5.0 * fifth + rng.normal(), "people": rng.uniform(50, 90), "error": 1.0 + rng.random()}
        for area in ("Wigan", "Bolton", "Bury")
        for fifth in range(1, 6)
    ]  # fmt: skip
    return pd.DataFrame(rows).sample(frac=1.0, random_state=1)


_DISPERSION = {
    "gini_coefficient": {},
    "theil_index": {},
    "mean_log_deviation": {},
    "generalised_entropy": {"alpha": 2.0},
    "atkinson_index": {"aversion": 0.5},
    "hoover_index": {},
    "kolm_index": {"alpha": 0.1},
    "coefficient_of_variation": {},
    "variance_of_logs": {},
}
_GAPS = {
    "difference": ({"higher_is": "better", "ordered": True}, False, True),
    "ratio": ({"higher_is": "worse", "ordered": True}, False, True),
    "population_attributable_risk": ({"higher_is": "better", "scale": 100, "ordered": True}, True, False),
    "population_attributable_fraction": ({"higher_is": "better", "scale": 100, "ordered": True}, True, False),
    "grouped_slope_index": ({"higher_is": "better", "scale": 100}, True, False),
    "group_concentration_index": ({}, True, False),
}
_SPREAD = (
    "mean_difference_from_mean",
    "index_of_disparity",
    "between_group_variance",
    "between_group_standard_deviation",
    "between_group_coefficient_of_variation",
    "between_group_theil_index",
    "between_group_mean_log_deviation",
)


def _same(found, frame, compute):
    assert found.index.tolist() == ["Bolton", "Bury", "Wigan"]
    for label in found.index:
        alone = compute(frame[frame["area"] == label].sort_values("fifth"))
        assert found[label].estimate == pytest.approx(alone.estimate, rel=1e-12)
        assert found[label].standard_error == pytest.approx(alone.standard_error, rel=1e-9, nan_ok=True)
        if alone.intervals:
            assert [i.upper for i in found[label].intervals] == pytest.approx(
                [i.upper for i in alone.intervals]
            )
        assert found[label].n == alone.n


@pytest.mark.parametrize("name", _DISPERSION)
@pytest.mark.parametrize("weights", [None, "people"])
def test_dispersion(name, weights):
    frame, options = _frame(), _DISPERSION[name] | {"levels": (0.8, 0.95)}
    found = getattr(inequality, f"{name}_by")(frame, "value", weights, by="area", **options)
    measure = getattr(inequality, name)
    _same(
        found,
        frame,
        lambda part: measure(
            part["value"].to_numpy(), None if weights is None else part[weights].to_numpy(), **options
        ),
    )


@pytest.mark.parametrize("name", _GAPS)
def test_gaps_of_ordered_groups(name):
    options, people, errors = _GAPS[name]
    frame = _frame()
    columns = ({"population": "people"} if people else {}) | ({"standard_error": "error"} if errors else {})
    found = getattr(inequality, f"{name}_by")(frame, "value", group="fifth", by="area", **columns, **options)

    def compute(part):
        arrays = ({"population": part["people"].to_numpy()} if people else {}) | (
            {"standard_errors": part["error"].to_numpy()} if errors else {}
        )
        return getattr(inequality, name)(part["value"].to_numpy(), **arrays, **options)

    _same(found, frame, compute)


@pytest.mark.parametrize("name", _SPREAD)
def test_spread_between_groups(name):
    frame = _frame()
    found = getattr(inequality, f"{name}_by")(frame, "value", "people", by="area", standard_error="error")
    _same(
        found,
        frame,
        lambda part: getattr(inequality, name)(
            part["value"].to_numpy(), part["people"].to_numpy(), standard_errors=part["error"].to_numpy()
        ),
    )


def test_a_reference_is_named_by_its_label():
    frame = _frame().assign(fifth=lambda f: f["fifth"].map(dict(zip(range(1, 6), "abcde", strict=True))))
    found = inequality.mean_difference_from_reference_by(
        frame, "value", "people", group="fifth", by="area", reference="d"
    )
    _same(
        found,
        frame,
        lambda part: inequality.mean_difference_from_reference(
            part["value"].to_numpy(), part["people"].to_numpy(), reference=3
        ),
    )
    with pytest.raises(InputError, match=r"reference: there is no 'z' in column fifth; there are 'a', 'b'"):
        inequality.mean_difference_from_reference_by(
            frame, "value", "people", group="fifth", by="area", reference="z"
        )


def test_labels_in_no_order_are_refused_where_order_is_the_meaning():
    frame = _frame().assign(fifth=lambda f: f["fifth"].map(str))
    with pytest.raises(InputError, match="fifth"):
        inequality.difference_by(frame, "value", group="fifth", by="area", higher_is="better", ordered=True)
    twice = pd.concat([_frame(), _frame().iloc[:1]])
    with pytest.raises(InputError, match=r"fifth: row \d+ repeats \d; give each subgroup one row"):
        inequality.grouped_slope_index_by(
            twice, "value", "people", group="fifth", by="area", higher_is="better", scale=100
        )


def test_a_fault_names_column_and_label():
    frame = _frame()
    frame.loc[frame["area"] == "Bury", "value"] = -1.0
    with pytest.raises(InputError, match=r"^value: .* \(area 'Bury'\)$"):
        inequality.theil_index_by(frame, "value", by="area")
    with pytest.raises(InputError, match=r"no column 'rate'"):
        inequality.theil_index_by(frame, "rate", by="area")
    with pytest.raises(InputError, match=r"frame: has no rows"):
        inequality.theil_index_by(frame.iloc[:0], "value", by="area")


def test_several_columns_name_an_area_and_none_means_all():
    frame = _frame().assign(year=lambda f: np.where(f["fifth"] > 2, 2015, 2014))
    found = inequality.gini_coefficient_by(frame, "value", by=["area", "year"])
    part = frame[(frame["area"] == "Bury") & (frame["year"] == 2015)]
    assert found[("Bury", 2015)].estimate == pytest.approx(
        inequality.gini_coefficient(part["value"]).estimate
    )
    whole = inequality.gini_coefficient_by(frame, "value")
    assert whole["all"].estimate == pytest.approx(inequality.gini_coefficient(frame["value"]).estimate)


def test_people_of_a_survey():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "area": rng.choice(["a", "b"], 400),
            "fifth": rng.integers(1, 6, 400),
            "income": rng.uniform(1, 9, 400),
        }
    )
    frame["ill"] = (rng.random(400) < 0.5 - 0.06 * frame["fifth"]).astype(float)
    part = frame[frame["area"] == "b"]
    found = inequality.concentration_index_by(frame, "ill", "income", by="area")
    assert found["b"].estimate == pytest.approx(
        inequality.concentration_index(part["ill"].to_numpy(), part["income"].to_numpy()).estimate
    )
    found = inequality.individual_slope_index_by(
        frame, "ill", "fifth", by="area", higher_is="worse", link="identity"
    )
    alone = inequality.individual_slope_index(
        part["ill"].to_numpy(), part["fifth"].to_numpy(), higher_is="worse", link="identity"
    )
    assert found["b"].estimate == pytest.approx(alone.estimate)
    found = inequality.survey_concentration_index_by(frame, "ill", "fifth", by="area")
    alone = inequality.survey_concentration_index(part["ill"].to_numpy(), part["fifth"].to_numpy())
    assert found["b"].estimate == pytest.approx(alone.estimate)
    found = inequality.kakwani_index_by(frame.assign(tax=frame["income"] ** 1.2), "tax", "income", by="area")
    alone = inequality.kakwani_index(part["income"].to_numpy() ** 1.2, part["income"].to_numpy())
    assert found["b"].estimate == pytest.approx(alone.estimate)
    after = frame.assign(after=frame["income"] ** 0.9)
    found = inequality.reynolds_smolensky_index_by(after, "income", "after", by="area")
    alone = inequality.reynolds_smolensky_index(part["income"].to_numpy(), part["income"].to_numpy() ** 0.9)
    assert found["b"].estimate == pytest.approx(alone.estimate)


def test_rates_have_one_row_for_each_area():
    frame = pd.DataFrame({"area": ["b", "a"], "sex": ["f", "f"], "n": [3.0, 5.0], "of": [10.0, 20.0]})
    found = inequality.proportions_by(frame, "n", "of", by="area")
    alone = inequality.proportions([5.0, 3.0], [20.0, 10.0])
    assert found.index.tolist() == ["a", "b"]
    np.testing.assert_allclose(found.lower, alone.lower)
    np.testing.assert_allclose(
        inequality.crude_rates_by(frame, "n", "of", by=["area", "sex"]).upper,
        inequality.crude_rates([5.0, 3.0], [20.0, 10.0]).upper,
    )
    with pytest.raises(InputError, match=r"frame: row 1 is a second one for sex 'f'; add the counts up"):
        inequality.crude_rates_by(frame, "n", "of", by="sex")
    with pytest.raises(InputError, match="row 1 is a second one for the one area"):
        inequality.crude_rates_by(frame, "n", "of")
    assert inequality.crude_rates_by(frame.iloc[:1], "n", "of")["all"].estimate == 30_000.0


def test_a_fault_of_a_rate_names_the_column_of_the_frame():
    frame = pd.DataFrame({"area": ["b", "a"], "n": [-3.0, 5.0], "of": [10.0, 20.0]})
    for form in (inequality.proportions_by, inequality.crude_rates_by):
        with pytest.raises(InputError, match=r"^n: row 1 \(label 'b'\) is -3"):
            form(frame, "n", "of", by="area")


def test_means_of_groups():
    frame = _frame()
    found = inequality.means_by(frame, "value", by="area", levels=(0.5, 0.95))
    alone = inequality.means(frame["value"].to_numpy(), frame["area"].tolist(), levels=(0.5, 0.95))
    assert found.index.tolist() == alone.index.tolist()
    np.testing.assert_allclose(found.lower, alone.lower)
    assert len(inequality.means_by(frame, "value", by=["area", "fifth"])) == 15
    assert inequality.means_by(frame, "value").n.tolist() == [15]


def test_indirect_standardisation_joins_bands_by_their_first_age():
    frame = pd.DataFrame(
        {
            "area": list("aabb"),
            "age": ["65+", "0-64"] * 2,
            "n": [13, 2, 7, 4],
            "people": [500, 1000, 400, 900],
        }
    )
    reference = {
        "reference_counts": pd.Series([400, 100], ["65+", "0-64"]),
        "reference_population": {0: 1e5, 65: 2e4},
    }
    columns = {"age": "age", "count": "n", "population": "people", "by": "area"}
    arrays = ([[2, 13], [4, 7]], [[1000, 500], [900, 400]], [100, 400], [1e5, 2e4])
    found = inequality.indirectly_standardised_ratios_by(frame, **columns, **reference)
    np.testing.assert_allclose(found.lower, inequality.indirectly_standardised_ratios(*arrays).lower)
    found = inequality.indirectly_standardised_rates_by(frame, **columns, **reference)
    np.testing.assert_allclose(found.estimate, inequality.indirectly_standardised_rates(*arrays).estimate)
    with pytest.raises(InputError, match="reference_population: its bands differ"):
        inequality.indirectly_standardised_rates_by(
            frame, **columns, **reference | {"reference_population": {0: 1.0}}
        )


def test_every_measure_of_arrays_has_a_tidy_form():
    """Decompositions, curves and helpers return more than a number for each label; a few have a tidy form of an older name."""
    other_names = {
        "grouped_concentration_index": "grouped_concentration_by",
        "nested_decomposition": "decomposition_by",
        "beta_convergence": None,  # a regression over areas, not a measure of one
        "lifespan_variation": "lifespan_variation_of_tables",
        "redistribution": None,  # several indices at once; each has its tidy form
        "series_noise": None,
        "without_noise": None,
        "sigma_convergence": None,  # takes a tidy frame itself
        "compare_concentration": None,
        "quantile_groups": None,
        "standard_by_age": None,
        "first_ages": None,
        "dispersion_measures": "dispersion_by",
    }
    names = set(inequality.__all__)
    for name in names:
        if name.endswith(("_by", "_curve", "_decomposition")) or not name.islower() or name in other_names:
            continue
        if name in {"lifespan_variation_of_tables"}:
            continue
        assert f"{name}_by" in names, name
    assert {other for other in other_names.values() if other} <= names
