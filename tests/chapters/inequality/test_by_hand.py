"""Numbers of the chapter against sums written out here: small made-up tables, and the committed ones by another route."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from healthdevo.chapters.common import normal_estimate
from healthdevo.chapters.inequality import Inequality, words
from healthdevo.chapters.inequality.gradient import Gradient
from healthdevo.chapters.inequality.reproduction import Reproduction

ENGLAND = "E92000001"
Z = 1.959963984540054


@pytest.fixture(scope="module")
def chapter() -> Inequality:
    return Inequality.load()


def deaths(rows: list[tuple[int, str, str, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["year", "sex", "age_group", "deaths"])


def test_error_of_a_tenth_is_the_spread_of_ages_at_death(chapter: Inequality) -> None:
    # ages in another order than their bands; women, and years out of the period, must not count
    last = [("5-9", 30), ("0", 10), ("1-4", 20), ("10+", 40)]
    within = [(2018, "male", "10+", 60), (2019, "male", "0", 40)]
    beside = [(2017, "male", "0", 900), (2021, "male", "0", 900), (2019, "female", "0", 900)]
    made_up = deaths([*((2020, "male", *row) for row in last), *within, *beside])
    gradient = replace(chapter.gradient, deaths=made_up)
    # middles of 0, 1 to 4, 5 to 9, and 10 onwards, which is as wide as the band before it
    ages = np.repeat([0.5, 3.0, 7.5, 12.5], [50, 20, 30, 100])
    expected = np.sqrt(ages.var() / (200 / 10))
    assert gradient.decile_error("life_expectancy", "male", 2018, 2020) == pytest.approx(expected)
    # a period that runs past the counts takes as many of the latest years as it has
    ages = np.repeat([0.5, 3.0, 7.5, 12.5], [10 + 900 + 40, 20, 30, 40])
    assert gradient.decile_error("life_expectancy", "male", 2021, 2023) == pytest.approx(
        np.sqrt(ages.var() / (ages.size / 10))
    )


def test_error_of_a_value_adds_its_rounding(chapter: Inequality) -> None:
    gradient = chapter.gradient
    for row in gradient.errors.iloc[::37].itertuples():
        chance = gradient.decile_error(row.measure, row.sex, row.period_start_year, row.period_end_year)
        assert row.error == pytest.approx(np.sqrt(chance**2 + 0.1**2 / 12))
        assert row.people == gradient.weights[row.decile]


def test_errors_of_gap_and_ratio_are_those_of_two_tenths(chapter: Inequality) -> None:
    gradient, draw = chapter.gradient, np.random.default_rng(5)
    for row in gradient.gaps.iloc[[0, 7, -1]].to_dict("records"):
        same = (gradient.errors[["measure", "sex", "period_start_year"]] == [row["measure"], row["sex"], row["period_start_year"]]).all(axis=1)  # fmt: skip
        one = gradient.errors[same].set_index("decile")
        (error,) = one["error"].unique()
        assert (row["worst"], row["best"]) == (one.loc[1, "value"], one.loc[10, "value"])
        worst, best = (row[k] + error * draw.standard_normal(200_000) for k in ("worst", "best"))
        assert row["gap_error"] == pytest.approx((best - worst).std(), rel=0.02)
        assert row["ratio_error"] == pytest.approx((best / worst).std(), rel=0.02)
        assert row["slope_upper"] - row["slope"] == pytest.approx(Z * row["slope_error"])
        assert row["slope"] - row["slope_lower"] == pytest.approx(Z * row["slope_error"])
        slopes = gradient.slope(row["measure"], row["sex"], row["period_start_year"])
        assert (row["slope"], row["slope_error"]) == pytest.approx((slopes.estimate, slopes.standard_error))


def test_errors_of_a_change_are_those_of_two_periods(chapter: Inequality) -> None:
    gradient = chapter.gradient
    assert set(gradient.changes["index"]) == {"gap", "ratio", "slope", "relative"}
    assert len(gradient.changes) == 2 * 2 * 4
    for row in gradient.changes.to_dict("records"):
        ends = [gradient.gap(row["measure"], row["sex"], year) for year in (2013, 2022)]
        assert [row["start"], row["end"]] == [end[row["index"]] for end in ends]
        error = sum(end[f"{row['index']}_error"] ** 2 for end in ends) ** 0.5
        assert row["standard_error"] == pytest.approx(error)
        assert row["upper"] - row["change"] == pytest.approx(Z * error) == row["change"] - row["lower"]
        unit = gradient.change(row["measure"], row["sex"], row["index"]).unit
        assert unit == ("years" if row["index"] in {"gap", "slope"} else "")


def test_tenths_are_drawn_with_their_limits(chapter: Inequality) -> None:
    gradient = chapter.gradient
    drawn = gradient.decile_chart().data.set_index(["series", "decile"])
    assert len(drawn) == 2 * 2 * 10
    latest = gradient.errors[gradient.errors["period_start_year"] == 2022]
    for sex, name in (("male", "men"), ("female", "women")):
        for measure, kind in (("life_expectancy", "life"), ("healthy_life_expectancy", "healthy life")):
            (series,) = {s for s in drawn.index.levels[0] if s.lower() == f"{name},\n{kind}"}
            one, same = drawn.loc[series], (latest["sex"] == sex) & (latest["measure"] == measure)
            error = latest[same].set_index("decile")["error"]
            raw = gradient.deciles[
                (gradient.deciles["period_start_year"] == 2022) & (gradient.deciles["sex"] == sex)
            ]
            assert one["value"].to_dict() == raw.set_index("decile")[measure].to_dict()
            assert (one["upper"] - one["value"]).to_dict() == pytest.approx((Z * error).to_dict())
            assert (one["value"] - one["lower"]).to_dict() == pytest.approx((Z * error).to_dict())
    for measure in ("life_expectancy", "healthy_life_expectancy"):
        gaps = gradient.gaps[gradient.gaps["measure"] == measure]
        data = gradient.slope_chart(measure).data
        assert data["slope"].tolist() == gaps["slope"].tolist()
        assert data["slope_upper"].tolist() == gaps["slope_upper"].tolist()


def test_weights_and_small_areas_are_those_of_england(chapter: Inequality) -> None:
    gradient = chapter.gradient
    assert gradient.small_areas == 32_844  # lower-layer areas of 2011
    assert list(gradient.weightings) == [
        "people on the 2019 index",
        "people on the 2015 index",
        "equal tenths",
    ]
    assert set(gradient.weightings["equal tenths"]) == {1.0}
    assert gradient.weights.index.tolist() == list(range(1, 11))


def drawn_verdict(reproduction: Reproduction, ours: float, published: float) -> str:
    return reproduction._verdicts(pd.Series([ours]), pd.Series([published])).iloc[0]


def test_verdicts_on_both_sides_of_rounding(chapter: Inequality) -> None:
    found = chapter.reproduction
    likely = found.rounding_likely
    assert 0.05 < likely < 0.15
    said = {
        (8.04, 8.0): "matches",
        (7.96, 8.0): "matches",
        (8.06, 8.0): "within rounding",
        (7.94, 8.0): "within rounding",
        (8.0 + likely, 8.0): "within rounding",
        (8.0 - likely, 8.0): "within rounding",
        (8.0 + likely + 0.001, 8.0): "beyond rounding",
        (8.0 - likely - 0.001, 8.0): "beyond rounding",
        (np.nan, 8.0): "not computable",
    }
    assert {pair: drawn_verdict(found, *pair) for pair in said} == said


def test_a_difference_is_ours_less_published_and_is_drawn_so(chapter: Inequality) -> None:
    found = chapter.reproduction
    done = found.done
    assert (done["ours"] - done["slope_index"]).to_numpy() == pytest.approx(done["difference"].to_numpy())
    drawn = found.chart().data
    latest = done[done["edition"] == "ohid_2026"]
    assert drawn["difference"].tolist() == latest["difference"].tolist()
    assert (drawn["difference"] - found.rounding_likely).tolist() == drawn["lower"].tolist()
    assert (drawn["difference"] + found.rounding_likely).tolist() == drawn["upper"].tolist()


def test_reasons_why_an_index_is_not_matched(chapter: Inequality) -> None:
    found = chapter.reproduction
    ours = found.recomputed
    keys = ["sex", "period_start_year"]
    first = found.published[found.published["area_code"] == ENGLAND].merge(
        ours.iloc[:, 0].rename("value").reset_index(), on=keys
    )
    for edition, moved, why in (
        ("ohid_2026", 0.0, "matches"),
        ("ohid_2026", 5.0, "unexplained"),
        ("ohid_2022", 5.0, "other edition"),
        ("ohid_2022", 0.0, "matches"),
    ):
        one = first[first["edition"] == edition].iloc[[-1]]
        published = one.assign(slope_index=round(float(one["value"].iloc[0]) + moved, 1)).drop(
            columns="value"
        )
        row = replace(found, published=published).indices.iloc[0]
        assert row["why"] == words.WHY[why]
    # one that other weights reproduce, and ours do not
    gradient = chapter.gradient
    lop = gradient.people.assign(
        population=gradient.people["population"].where(gradient.people["index_year"] != 2019, gradient.people["decile"] ** 4)
    )  # fmt: skip
    other = Reproduction(replace(gradient, people=lop), found.published)
    reasons = other.indices.query("edition == 'ohid_2026'").set_index(keys)
    gone = other.recomputed
    near = (gone.iloc[:, 1:].sub(reasons["slope_index"], axis=0).abs() < 0.05).any(axis=1)
    far = (gone.iloc[:, 0] - reasons["slope_index"]).abs() > other.rounding_likely + 0.01
    assert (near & far).any()
    assert set(reasons.loc[near & far, "why"]) == {words.WHY["other weights"]}


def test_counts_by_edition_and_by_weights_are_those_of_the_rows(chapter: Inequality) -> None:
    found = chapter.reproduction
    summary, indices = found.summary, found.indices
    for name, edition in (
        ("2019 edition", "phe_2019"),
        ("2022 edition", "ohid_2022"),
        ("2026 edition", "ohid_2026"),
    ):
        rows = indices[indices["edition"].map(words.EDITIONS) == name]
        england, local = summary[summary["edition"] == name].to_dict("records")
        assert england["areas"] == "England"
        assert england["published"] == len(rows)
        assert england["recomputed"] == rows["ours"].notna().sum()
        assert england["largest_difference"] == pytest.approx(
            (rows["ours"] - rows["slope_index"]).abs().max()
        )
        for verdict in ("matches", "within rounding", "beyond rounding"):
            assert england[verdict.replace(" ", "_")] == (rows["verdict"] == verdict).sum(), edition
        places = found.local[found.local["edition"].map(words.EDITIONS) == name]
        assert local["areas"] == f"{len(set(places['area_code']))} local areas"
        assert ENGLAND not in set(places["area_code"])
        assert local["published"] == len(places)
        assert (local["matches"], local["beyond_rounding"]) == (0, 0)
        assert np.isnan(local["largest_difference"])
    latest = indices[indices["edition"] == "ohid_2026"].set_index(["sex", "period_start_year"])["slope_index"]
    table = found.weighting_summary.set_index("weights")
    for name in table.index:
        off = (found.recomputed[name] - latest).dropna().abs()
        assert table.loc[name, "largest_difference"] == pytest.approx(off.max())
        assert table.loc[name, ["matches", "within_rounding", "beyond_rounding"]].sum() == len(off)
        assert table.loc[name, "beyond_rounding"] == (off > found.rounding_likely + 1e-6).sum()


def test_editions_differ_as_made(chapter: Inequality) -> None:
    keys = {"period_start_year": 2015, "period_end_year": 2017, "sex": "male"}
    rows = [{"area_code": f"E0{i}", **keys, "edition": e, "slope_index": v + d}
            for i, v in enumerate([7.0, 8.0, 9.0, 5.0])
            for e, d in (("ohid_2022", 0.0), ("ohid_2026", [0.0, 0.1, -0.7, 0.0][i]))]  # fmt: skip
    (row,) = replace(chapter.reproduction, published=pd.DataFrame(rows)).edition_agreement.to_dict("records")
    assert (row["first"], row["second"], row["pairs"], row["equal"]) == (
        "2022 edition",
        "2026 edition",
        4,
        0.5,
    )
    assert row["typical_difference"] == pytest.approx((0.5 / 4) ** 0.5)
    assert row["largest"] == pytest.approx(0.7)


def test_districts_counted_by_edition_and_sex(chapter: Inequality) -> None:
    found = chapter.districts
    summary = found.summary.set_index(["edition", "sex"])
    assert len(summary) == 4
    for (edition, sex), rows in found.changes.groupby(["edition", "sex"], observed=True):
        row, change, n = summary.loc[(edition, sex)], rows["change"], len(rows)
        assert row["areas"] == n
        assert row["mean_change"] == pytest.approx(change.sum() / n)
        error = (((change - change.sum() / n) ** 2).sum() / (n - 1) / n) ** 0.5
        assert row["upper"] - row["mean_change"] == pytest.approx(Z * error)
        assert row["mean_change"] - row["lower"] == pytest.approx(Z * error)
        assert row["rose"] == sum(rows["end"] > rows["start"])
        # a change is significant by itself when it is more than 1.96 of its standard errors
        assert row["single_tests"] == sum(change.abs() > Z * rows["standard_error"])
        assert row["by_chance"] == pytest.approx(n / 20)
        clear = rows[rows["adjusted"] < 0.1]
        assert row["beyond_noise_up"] == sum(clear["end"] > clear["start"])
        assert row["beyond_noise_down"] == sum(clear["end"] < clear["start"])
        assert row["z_spread"] == pytest.approx(np.std(change / rows["standard_error"], ddof=1))
        assert (rows["upper"] - rows["change"]).to_numpy() == pytest.approx(
            Z * rows["standard_error"].to_numpy()
        )


def test_a_change_of_nothing_neither_rose_nor_fell(chapter: Inequality) -> None:
    found = replace(chapter.districts)
    found.__dict__["changes"] = pd.DataFrame(
        {"edition": "ohid_2026", "sex": "male", "start_period": "a", "end_period": "b", "z": [1.0, 0.0, -3.0, 4.0],
         "change": [1.0, 0.0, -2.0, 3.0], "beyond_noise": [False, True, True, True], "p_value": [0.3, 0.05, 0.01, 0.049]}
    )  # fmt: skip
    (row,) = found.summary.to_dict("records")
    assert (row["rose"], row["beyond_noise_up"], row["beyond_noise_down"]) == (2, 1, 1)
    assert (row["single_tests"], row["by_chance"]) == (2, pytest.approx(0.2))
    assert row["mean_change"] == pytest.approx(0.5)


def test_strongest_and_manchester(chapter: Inequality) -> None:
    found = chapter.districts
    latest = found.changes[found.changes["edition"] == "ohid_2026"]
    drawn = found.chart().data
    assert drawn["change"].is_monotonic_decreasing
    assert len(drawn) == 14
    strongest = latest.sort_values("z", key=lambda z: -z.abs())[:14]
    assert sorted(drawn["change"]) == sorted(strongest["change"])
    assert sorted(drawn["upper"]) == sorted(strongest["upper"])
    assert found.one_error == pytest.approx(latest["standard_error"].median() / 2**0.5)
    own = found.manchester
    error = sum(own["standard_error"] ** 2) ** 0.5 / len(own)
    expected = normal_estimate("difference", own["change"].mean() - found.elsewhere["change"].mean(), error)
    assert found.manchester_against_elsewhere.standard_error == pytest.approx(error)
    assert found.manchester_against_elsewhere.interval() == expected.interval()
    assert not set(own["area_code"]) & set(found.elsewhere["area_code"])


def test_noise_is_checked_against_published_limits(chapter: Inequality) -> None:
    found = chapter.districts
    wider = found.limits.assign(
        upper=found.limits["lower"] + 2 * (found.limits["upper"] - found.limits["lower"])
    )
    assert replace(found, limits=wider).noise_check == pytest.approx(found.noise_check / 2)
    assert 1.0 < found.noise_check < 1.5


def test_tenths_without_a_count_have_no_weight(chapter: Inequality) -> None:
    gradient: Gradient = chapter.gradient
    people = gradient.people
    lacking = people.assign(population=people["population"].where(people["index_year"] == 2019))
    assert list(replace(gradient, people=lacking).weightings) == ["people on the 2019 index", "equal tenths"]
