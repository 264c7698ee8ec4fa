"""Funnels of trusts: counts of the tables, planted outliers, and words."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.funnels import COUNTED, Funnels


def made(shares, cases):
    month = pd.date_range("2025-04-01", periods=12, freq="MS")
    codes = [f"T{i:03d}" for i in range(len(shares))]
    frame = pd.DataFrame(
        [(c, m, s, n / 12) for c, s, n in zip(codes, shares, cases, strict=True) for m in month],
        columns=["provider_code", "month", "value", "size"],
    )
    test = frame[frame["month"] <= "2025-07-01"]
    earlier = frame.assign(month=frame["month"] - pd.DateOffset(months=2))
    monthly = {
        "four_hours": frame,
        "eighteen_weeks": test,
        "cancer": test,
        "diagnostics": earlier[earlier["month"] <= "2025-07-01"],
    }
    return Funnels(monthly, pd.Series(codes, index=codes))


def test_counts_are_those_of_the_table(chapter):
    counts = chapter.funnels.counts("cancer")
    table = tables.load("cancer_provider_month")
    table = table[(table["standard"] == "62_day") & table["month"].between("2025-04-01", "2025-07-01")]
    sums = table.groupby("provider_code")[["patients", "within_standard"]].sum()
    assert len(counts) > 110
    assert counts["cases"].to_numpy() == pytest.approx(sums.loc[counts.index, "patients"].to_numpy(float))
    assert counts["events"].to_numpy() == pytest.approx(
        sums.loc[counts.index, "within_standard"].to_numpy(float)
    )
    assert chapter.funnels.found["cancer"].target == pytest.approx(
        counts["events"].sum() / counts["cases"].sum()
    )
    rows = chapter.funnels.rows
    assert len(rows) == len(COUNTED)
    assert (rows["wide"] <= rows["plain"]).all()


def test_chance_alone_leaves_about_one_in_five_hundred_outside():
    rng = np.random.default_rng(5)
    cases = rng.integers(600, 6000, 400).astype(float)
    shares = rng.binomial(cases.astype(int), 0.7) / cases
    rows = made(shares, 12 * np.ones(400) * 0 + cases).rows.set_index("name")
    assert rows.loc["A&E within four hours", "plain"] <= 4
    assert rows.loc["A&E within four hours", "trusts"] == 400


def test_a_planted_outlier_is_named():
    rng = np.random.default_rng(6)
    cases = np.full(100, 3000.0)
    shares = 0.7 + 0.02 * rng.normal(size=100)
    shares[7] = 0.4
    section = made(shares, cases)
    assert section.rows["wide"].tolist() == [1, 1, 1, 1]
    assert section.beyond == ["T007"]
    assert "One of 100 trusts" in section.chart().title
    assert words.funnel_counts(section.rows).endswith("four outside the wider ones")
