"""Concentration indices of groups and of survey persons, against reference values and theory."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.inequality.concentration import concentration_index
from healthdevo.inequality.survey_concentration import group_concentration_index, survey_concentration_index

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
CASES = ["gaps_ordered_percent", "gaps_ordered_rate"]
WHO = ["OrderedSample", "OrderedMulti_1", "OrderedMulti_2", "testthat_ordered"]


@pytest.mark.parametrize("case", [*CASES, *(pytest.param(c, marks=needs_golden) for c in WHO)])
def test_groups_match_the_reference(case):
    if case in CASES:
        data, expected = (pd.read_csv(REFERENCE / case / f"{n}.csv") for n in ("input", "expected"))
    else:
        data, expected = (
            pd.read_csv(Path(GOLDEN) / "inequality" / "who" / f"{case}_{n}.csv") for n in ("in", "out")
        )
    data = data.sort_values("subgroup_order")
    scale = float(data["indicator_scale"].iloc[0])
    rows = expected[expected["fn"].isin(["aci", "rci"])]
    assert len(rows) >= 6
    for row in rows.to_dict("records"):
        variant = row["variant"]
        named = variant.removesuffix("_bounded") if variant.endswith("_bounded") else ""
        values = data["estimate"] / (scale if variant == "bounded" else 1.0)
        result = group_concentration_index(
            values,
            None if variant == "nopop" else data["population"],
            normalisation=named or ("generalised" if row["fn"] == "aci" else "relative"),
            bounds=(0.0, scale) if named else None,
            levels=0.99 if "0.99" in variant else 0.95,
        )
        ours = [result.estimate, result.standard_error, result.interval().lower, result.interval().upper]
        np.testing.assert_allclose(
            ours, [row[c] for c in ("estimate", "se", "lowerci", "upperci")], rtol=1e-8, atol=1e-12
        )


@needs_golden
def test_golden_survey():
    folder = Path(GOLDEN) / "inequality" / "who"
    data, expected = (pd.read_csv(folder / f"IndividualSample_sba_{n}.csv") for n in ("in", "out"))
    design = {"strata": data["strata"], "clusters": data["psu"]}
    rows = expected[expected["fn"].isin(["aci", "rci"])]
    assert len(rows) == 4
    for row in rows.to_dict("records"):
        result = survey_concentration_index(
            data["sba"],
            data["subgroup_order"],
            weights=data["weight"],
            normalisation="generalised" if row["fn"] == "aci" else "relative",
            **(design if row["variant"] == "survey" else {}),
        )
        np.testing.assert_allclose(result.estimate, row["estimate"], rtol=1e-6)
        np.testing.assert_allclose(result.standard_error, row["se"], rtol=1e-5)
        limits = [result.interval().lower, result.interval().upper]
        np.testing.assert_allclose(limits, [row["lowerci"], row["upperci"]], rtol=1e-5)


def survey(seed=0, n=500):
    generator = np.random.default_rng(seed)
    group = generator.integers(1, 6, n)
    return pd.DataFrame(
        {
            "group": group,
            "outcome": generator.gamma(2.0, 1.0 + 0.2 * group),
            "weight": generator.uniform(0.5, 2.0, n),
            "cluster": generator.integers(0, 40, n),
        }
    )


@pytest.mark.parametrize(
    ("index", "bounds"), [("relative", None), ("generalised", None), ("erreygers", (0, 60))]
)
def test_without_a_design_the_error_is_the_robust_one(index, bounds):
    data = survey()
    ours = survey_concentration_index(
        data["outcome"], data["group"], weights=data["weight"], normalisation=index, bounds=bounds
    )
    peer = concentration_index(
        data["outcome"], data["group"], data["weight"], normalisation=index, bounds=bounds, robust=True
    )
    assert ours.estimate == pytest.approx(peer.estimate, rel=1e-12)
    # n / (n - 1) here, n / (n - 2) there
    n = len(data)
    assert ours.standard_error == pytest.approx(peer.standard_error * np.sqrt((n - 2) / (n - 1)), rel=1e-6)


def test_rows_in_any_order_and_clusters_that_matter():
    data = survey(1)
    shuffled = data.sample(frac=1, random_state=1)
    results = [
        survey_concentration_index(d["outcome"], d["group"], weights=d["weight"], clusters=d["cluster"])
        for d in (data, shuffled)
    ]
    assert results[0].estimate == pytest.approx(results[1].estimate, rel=1e-12)
    assert results[0].standard_error == pytest.approx(results[1].standard_error, rel=1e-9)
    alone = survey_concentration_index(data["outcome"], data["group"], weights=data["weight"])
    assert alone.standard_error != pytest.approx(results[0].standard_error, rel=1e-3)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match=r"pd\.Categorical"):
        survey_concentration_index([1.0, 2, 3], ["a", "b", "c"])
    with pytest.raises(InputError, match="one finite number"):
        survey_concentration_index([1.0, np.nan, 3], [1, 2, 3])
    with pytest.raises(InputError, match="one cluster"):
        survey_concentration_index([1.0, 2, 3], [1, 2, 3], clusters=[1, 1, 1])


@pytest.mark.parametrize("design", [False, True])
@pytest.mark.parametrize("normalisation", ["generalised", "relative"])
def test_indices_of_a_drawn_survey_match_the_formulas(reference, normalisation, design):
    data, expected = reference("survey_drawn")
    measure = "aci" if normalisation == "generalised" else "rci"
    row = expected[(expected["measure"] == measure) & (expected["design"] == design)].iloc[0]
    units = {"strata": data["stratum"], "clusters": data["cluster"]} if design else {}
    result = survey_concentration_index(
        data["outcome"], data["group"], weights=data["weight"], normalisation=normalisation, **units
    )
    ours = [result.estimate, result.standard_error, result.interval().lower, result.interval().upper]
    np.testing.assert_allclose(ours, row[["estimate", "se", "lower", "upper"]].astype(float), rtol=1e-9)
