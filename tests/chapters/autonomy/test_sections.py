"""Numbers of the chapter against published ones, hand cases and identities."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.autonomy.gate import FIRST, quarters
from healthdevo.chapters.autonomy.league import DOMAINS, errors_of_average, spelled
from healthdevo.chapters.autonomy.measures import MEASURES, monthly, window
from healthdevo.governance import binomial_pass


def test_the_league_follows_the_official_table(chapter):
    table = chapter.league.table
    assert len(table) == 129
    assert table["segment"].value_counts().to_dict() == {3: 70, 4: 36, 1: 16, 2: 7}
    official = tables.load("oversight_trust").set_index("provider_code")["average_score"]
    scores = table["provider_code"].map(official)
    assert scores.is_monotonic_increasing
    assert (table["rank"] == scores.rank(method="min")).all()
    assert ((table["lower"] <= table["rank"]) & (table["rank"] <= table["upper"])).mean() > 0.95
    assert table["first_quarter"].sum() == pytest.approx(129 // 4)
    best, worst = chapter.league.sure
    assert best == (table["first_quarter"] >= 0.95).sum()
    assert worst == (table["last_quarter"] >= 0.95).sum()
    count, chance = chapter.league.in_first_segment
    assert count == 16
    assert 0.5 < chance < 1.0


def test_errors_of_averages_are_those_of_a_planted_disagreement():
    rng = np.random.default_rng(0)
    scores = pd.DataFrame(
        rng.normal(size=(4000, 1)) + np.arange(5) + 0.7 * rng.normal(size=(4000, 5)), columns=DOMAINS
    )
    assert errors_of_average(scores).iloc[0] == pytest.approx(0.7 / np.sqrt(5), rel=0.03)
    scores.iloc[0, 0] = np.nan
    assert errors_of_average(scores).iloc[0] == pytest.approx(0.7 / np.sqrt(4), rel=0.03)


def test_reweighting_moves_nobody_where_domains_agree(chapter):
    trusts = chapter.league.trusts.copy()
    for d in DOMAINS:
        trusts[d] = np.arange(len(trusts), dtype=float)
    assert type(chapter.league)(trusts).reweighted == 1.0
    assert chapter.league.reweighted > 10


def test_names_are_spelled():
    assert spelled("GUY'S AND ST THOMAS' NHS FOUNDATION TRUST") == "Guy's and St Thomas'"


def test_monthly_values_are_the_tables_own():
    found = monthly()
    assert list(found) == list(MEASURES)
    wait = (
        tables.load("waiting_list_provider_month")
        .set_index(["provider_code", "month"])
        .loc[("R0A", "2024-04-01")]
    )
    value = found["eighteen_weeks"].set_index(["provider_code", "month"]).loc[("R0A", "2024-04-01"), "value"]
    assert value == pytest.approx(90637 / 188827)
    assert wait["incomplete"] == 188827
    days = found["discharge"].set_index(["provider_code", "month"]).loc[("R0A", "2022-04-01"), "value"]
    assert days == pytest.approx(-480.13 * 30 / 6393)


def test_windows_take_trusts_with_every_month():
    month = pd.to_datetime(["2024-04-01", "2024-05-01", "2024-04-01", "2025-04-01"])
    frame = pd.DataFrame(
        {"provider_code": ["a", "a", "b", "a"], "month": month, "value": [1.0, 3.0, 9.0, 7.0]}
    )
    assert window(frame, ("2024-04", "2024-05")).to_dict() == {"a": 2.0}
    assert window(frame, ("2025", "2025")).to_dict() == {"a": 7.0}


def test_rates_are_the_published_ones_of_july_2025():
    cancer = tables.load("cancer_provider_month")
    july = cancer[cancer["month"] == "2025-07-01"].groupby("standard")[["patients", "within_standard"]].sum()
    share = 100 * july["within_standard"] / july["patients"]
    assert share.to_dict() == pytest.approx(
        {"28_day_diagnosis": 76.6, "31_day": 92.4, "62_day": 69.2}, abs=0.07
    )


def test_quarters_by_hand():
    month = pd.date_range(FIRST, periods=6, freq="MS")
    rows = [(p, m, 100, over) for p, over in (("a", 10), ("b", 20), ("c", 40)) for m in month]
    rows += [("d", month[0], 100, 0)]
    found = quarters(pd.DataFrame(rows, columns=["p", "month", "attendances", "over_4_hours"]), "p")
    assert found.groupby("p")["lead"].first().round(9).to_dict() == {"a": 0.1, "b": 0.0, "c": -0.2}
    assert found["quarter"].nunique() == 2


def test_the_gate_on_real_figures(chapter):
    gate = chapter.gate
    table = gate.of_trusts.to_frame()
    wide = gate.trusts.pivot_table(index="provider_code", columns="quarter", values="lead")
    again = (wide >= 0).astype(int).T.rolling(8).sum().max() >= 6
    assert (table.set_index("area")["earned"] == again).all()
    a, m, b, n = gate.by_deprivation
    assert a + b == gate.of_boards.to_frame()["earned"].sum()
    assert m + n == len(gate.of_boards.to_frame())
    assert gate.by_lot == pytest.approx(37 / 256) == binomial_pass(0.5, 6, 8)
    rows = gate.rows.set_index("policy")
    assert rows.loc["all", "ever"] == 1.0
    assert rows.loc["trajectory", "ever"] == pytest.approx(0.5, abs=0.05)
    assert gate.world["periods"] == 20


def test_variance_shares_add_up_and_culture_is_of_the_same_trusts(chapter):
    rows = chapter.variation.rows
    assert rows.groupby("name")["estimate"].sum().to_numpy() == pytest.approx(np.ones(8))
    shares = chapter.variation.found["cancer"]
    cancer = chapter.variation.monthly["cancer"].merge(
        chapter.variation.where, left_on="provider_code", right_index=True
    )
    chance = (cancer["value"] * (1 - cancer["value"]) / cancer["size"].astype(float)).mean()
    assert shares.components["noise"] == pytest.approx(chance)
    pair = chapter.agreement.frame.set_index(["first", "second"])
    levels = chapter.agreement.levels
    both = levels[["Staff engagement", "Staff morale"]].dropna()
    expected = both.corr(method="kendall").iloc[0, 1]
    assert pair.loc[("Staff engagement", "Staff morale"), "estimate"] == pytest.approx(expected)
    assert set(pair["kind"]) == {"care", "staff", "care and staff"}


def test_next_year_rows_are_of_two_windows(chapter):
    rows = chapter.next_year.rows.set_index("measure")
    frame = chapter.next_year.monthly["cancer"]
    first, second = (window(frame, w) for w in (MEASURES["cancer"].first, MEASURES["cancer"].second))
    both = pd.concat([first, second], axis=1, join="inner")
    q = len(both) // 4
    stay = len(set(both.iloc[:, 0].nlargest(q).index) & set(both.iloc[:, 1].nlargest(q).index)) / q
    assert rows.loc["Cancer treated within 62 days", "best"] == pytest.approx(stay)
    assert rows.loc["Cancer treated within 62 days", "correlation"] == pytest.approx(both.corr().iloc[0, 1])
