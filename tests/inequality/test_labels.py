"""Labels of pandas objects: the same labels in another order give the same result, other labels are refused, everywhere alike."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import inequality as i
from healthdevo import mathematics as m
from healthdevo.errors import InputError

N = 12
RNG = np.random.default_rng(4)
LABELS = [f"E{k:02d}" for k in range(N)]
X = pd.Series(RNG.gamma(3.0, size=N), LABELS)
RANK = pd.Series(RNG.permutation(N) + 1.0, LABELS)
W = pd.Series(RNG.uniform(1, 3, N), LABELS)
GROUP = pd.Series(list("aaabbbcccddd"), LABELS)
FRAME = pd.DataFrame({"u": RNG.normal(size=N), "v": RNG.normal(size=N)}, LABELS)
BANDS = ["0-39", "40-74", "75+"]
WIDE = pd.DataFrame(RNG.uniform(60, 90, (N, 5)), LABELS, columns=list("vwxyz"))
PEOPLE = pd.DataFrame(RNG.uniform(1e3, 3e3, (N, 5)), LABELS, columns=list("vwxyz"))
COUNTS = pd.DataFrame(RNG.integers(20, 90, (N, 3)).astype(float), LABELS, columns=BANDS)
MANY = pd.DataFrame(RNG.uniform(3e3, 9e3, (N, 3)), LABELS, columns=BANDS)
STANDARD = pd.Series([40.0, 40.0, 20.0], BANDS)
SHARE = (X / 20).clip(0, 0.9)

CASES = {
    "gini_coefficient": (i.gini_coefficient, {"values": X, "weights": W}, {}),
    "theil_index": (i.theil_index, {"values": X, "weights": W, "clusters": GROUP}, {}),
    "atkinson_index": (i.atkinson_index, {"values": X, "weights": W}, {}),
    "hoover_index": (i.hoover_index, {"values": X, "weights": W}, {}),
    "concentration_index": (i.concentration_index, {"outcome": X, "rank_by": RANK, "weights": W}, {}),
    "concentration_curve": (i.concentration_curve, {"outcome": X, "rank_by": RANK}, {}),
    "grouped_concentration_index": (
        i.grouped_concentration_index,
        {"means": X, "rank_by": RANK, "population": W},
        {},
    ),
    "compare_concentration": (i.compare_concentration, {"outcome": X, "rank_by": RANK, "groups": GROUP}, {}),
    "concentration_decomposition": (
        i.concentration_decomposition,
        {"outcome": X, "rank_by": RANK, "covariates": FRAME},
        {},
    ),
    "regression_decomposition": (i.regression_decomposition, {"outcome": X, "covariates": FRAME}, {}),
    "nested_decomposition": (i.nested_decomposition, {"values": X, "nesting": GROUP, "weights": W}, {}),
    "gini_decomposition": (i.gini_decomposition, {"values": X, "groups": GROUP}, {}),
    "atkinson_decomposition": (i.atkinson_decomposition, {"values": X, "groups": GROUP}, {}),
    "kakwani_index": (i.kakwani_index, {"payment": X, "income": RANK, "weights": W}, {}),
    "between_group_variance": (
        i.between_group_variance,
        {"values": X, "population": W, "standard_errors": X / 10},
        {},
    ),
    "population_attributable_risk": (
        i.population_attributable_risk,
        {"values": SHARE, "population": W},
        {"scale": 1, "higher_is": "better"},
    ),
    "grouped_slope_index": (
        i.grouped_slope_index,
        {"values": SHARE, "population": W},
        {"scale": 1, "higher_is": "better"},
    ),
    "individual_slope_index": (
        i.individual_slope_index,
        {"outcome": SHARE, "group": RANK, "weights": W},
        {"higher_is": "better"},
    ),
    "survey_concentration_index": (
        i.survey_concentration_index,
        {"outcome": X, "group": RANK, "weights": W},
        {},
    ),
    "beta_convergence": (
        i.beta_convergence,
        {"start": X, "end": X**0.5, "weights": W, "controls": FRAME},
        {"years": 5},
    ),
    "means": (i.means, {"values": X, "groups": GROUP}, {}),
    "crude_rates": (i.crude_rates, {"counts": RANK, "population": W * 100}, {}),
    "proportions": (i.proportions, {"counts": RANK, "totals": RANK + W}, {}),
    "slope_index": (
        i.slope_index,
        {"values": WIDE, "population": PEOPLE, "standard_errors": WIDE / 90},
        {"higher_is": "better"},
    ),
    "directly_standardised_rates": (
        i.directly_standardised_rates,
        {"counts": COUNTS, "population": MANY},
        {"standard": STANDARD},
    ),
    "indirectly_standardised_ratios": (
        i.indirectly_standardised_ratios,
        {"counts": COUNTS.sum(axis=1), "population": MANY},
        {"reference_counts": STANDARD, "reference_population": STANDARD * 1e3},
    ),
    "life_tables": (
        lambda **a: i.life_tables(ages=BANDS, **a).at(0),
        {"deaths": COUNTS, "population": MANY},
        {},
    ),
    "series_noise": (
        lambda **a: pd.Series(i.series_noise(**a).standard_error),
        {"values": WIDE, "population": W},
        {},
    ),
    "funnel_significance": (
        m.funnel_significance,
        {"numerator": RANK, "denominator": X},
        {"statistic": "ratio"},
    ),
    "overdispersed_funnel": (
        lambda **a: m.overdispersed_funnel(**a).table["od_score"],
        {"numerator": RANK, "denominator": X},
        {"kind": "ratio"},
    ),
    "rank_intervals": (
        lambda **a: m.rank_intervals(**a).to_frame().set_index("label")["lower"],
        {"estimate": X, "standard_error": W},
        {},
    ),
}


def numbers(result):
    return result.to_numpy() if isinstance(result, pd.Series) else np.atleast_1d(result.estimate)


@pytest.mark.parametrize("name", CASES)
def test_another_order_of_labels_changes_nothing_and_other_labels_are_refused(name):
    function, given, options = CASES[name]
    first, *others = given
    wanted = numbers(function(**given, **options))
    plain = {k: v.to_numpy() if k != "nesting" and name not in FRAMES else v for k, v in given.items()}
    flat = {k: v.to_numpy() if isinstance(v, pd.Series) else v for k, v in options.items()}
    np.testing.assert_array_equal(numbers(function(**plain, **flat)), wanted)
    for other in others:
        moved = given | {other: given[other].sample(frac=1, random_state=3)}
        assert list(moved[other].index) != LABELS
        np.testing.assert_array_equal(numbers(function(**moved, **options)), wanted)
        strange = given | {other: given[other].rename(index={"E03": "W03"})}
        with pytest.raises(InputError, match=f"^{other}: its rows have no label 'E03', unlike {first}"):
            function(**strange, **options)


FRAMES = ("concentration_decomposition", "regression_decomposition", "beta_convergence")


def test_columns_are_put_in_one_order_too():
    args = {"standard_errors": WIDE / 90, "higher_is": "better"}
    wanted = i.slope_index(WIDE, PEOPLE, **args)
    turned = i.slope_index(WIDE, PEOPLE[list("zyxwv")], **args)
    np.testing.assert_array_equal(turned.estimate, wanted.estimate)
    assert list(wanted.index) == LABELS
    with pytest.raises(InputError, match="population: its columns have no label 'v'"):
        i.slope_index(WIDE, PEOPLE.rename(columns={"v": "u"}), **args)
    direct = i.directly_standardised_rates(COUNTS, MANY, STANDARD)
    mixed = i.directly_standardised_rates(COUNTS, MANY, STANDARD.iloc[[2, 0, 1]])
    np.testing.assert_array_equal(direct.upper, mixed.upper)
    with pytest.raises(InputError, match="standard: its rows have no label '0-39', unlike columns of counts"):
        i.directly_standardised_rates(COUNTS, MANY, pd.Series([1.0, 2.0, 3.0]))


def test_two_tables_in_different_order():
    health = pd.DataFrame({"outcome": [1, 2, 3, 4], "deaths": [10, 20, 30, 40]}, index=list("ABCD"))
    places = pd.DataFrame({"income": [4, 3, 2, 1], "population": 1000}, index=list("DCBA"))
    assert i.concentration_index(health["outcome"], places["income"]).estimate == pytest.approx(0.25)
    rates = i.crude_rates(health["deaths"], places["population"])
    assert rates["A"].estimate == 1000
    assert rates["D"].estimate == 4000


def test_labels_of_a_funnel_are_those_of_its_input():
    frame = pd.DataFrame({"observed": [160, 60, 100], "expected": 100.0}, index=["high", "low", "middle"])
    frame = frame.sort_values("observed")
    frame["where"] = m.funnel_significance(frame["observed"], frame["expected"], statistic="ratio")
    assert frame["where"].to_dict() == {
        "low": "Low (0.001)",
        "middle": "Not significant",
        "high": "High (0.001)",
    }
    assert list(m.funnel_points(frame["observed"], rate=frame["expected"]).index) == ["low", "middle", "high"]


def test_repeated_labels_are_paired_only_when_they_agree():
    twice = pd.Series([1.0, 2.0, 3.0], index=["a", "a", "b"])
    assert i.gini_coefficient(twice, twice).estimate > 0
    with pytest.raises(InputError, match="labels of its rows repeat"):
        i.gini_coefficient(twice, twice.iloc[::-1])
