"""Cells, months, totals, revisions and sums of areas, each against what was written out by hand."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from healthdevo.releases.differing import Difference
from healthdevo.releases.joining import Candidate, Revision, compare, join_periods
from healthdevo.releases.regions import area_rows
from healthdevo.releases.release import Check, count, heading, month_of, quantity, text_of, total_of
from healthdevo.releases.tidy import Bands

NAN = float("nan")


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1,234", 1234.0), ("1234", 1234.0), ("-1.5", -1.5), ("−1.5", -1.5), ("+2e3", 2000.0), ("1e13", 1e13), (7.0, 7.0), (" 1,234,567.5 ", 1234567.5), ("9999999999999", 9999999999999.0), ("\xa05", 5.0), ("-", None), ("N/A", None), ("[c]", None), ("", None)],
)  # fmt: skip
def test_cells_as_numbers(cell: object, value: float | None) -> None:
    assert quantity(cell) == value


@pytest.mark.parametrize("cell", ["1,23", "12,34,567", "1.2.3", "five", "£5", "1e14", "-1e14", 2e13, -2e13, "10000000000001"])  # fmt: skip
def test_cells_that_are_no_numbers(cell: object) -> None:
    with pytest.raises(ValueError, match=r"a number is expected|too large"):
        quantity(cell)


def test_counts_are_whole_and_not_below_nothing() -> None:
    assert [count(c) for c in ("0", "5.0", 3.0, "", "1,000")] == [0, 5, 3, None, 1000]
    for cell in ("-1", "0.5", -1.0, 2.5):
        with pytest.raises(ValueError, match="a whole number of at least 0"):
            count(cell)


def test_cells_as_texts() -> None:
    assert [text_of(c) for c in (5.0, 5.5, 1e15, 999999999999999.0, " a\xa0 b\ufeff")] == ["5", "5.5", "1000000000000000.0", "999999999999999", "a b"]  # fmt: skip
    assert heading("Number of A & E Attendances Type 1 [note 3]") == "a&e attendances type 1"
    assert heading("Number of a&e attendances (note 12)") == "a&e attendances"
    assert (
        heading("Patients who have waited 4-12 hs from DTA") == "patients who have waited 4-12 hrs from dta"
    )


@pytest.mark.parametrize(
    ("cell", "month"),
    [("MSitAE-FEBRUARY-2026", "2026-02"), ("Feb 2026", "2026-02"), ("2026-02-28", "2026-02"), ("2026-02", "2026-02"), ("28/02/2026", "2026-02"), ("01/12/2025", "2025-12"), ("Nov-25", "2025-11"), ("Sept 2024", "2024-09"), ("December 1999", "1999-12"), (datetime.date(2024, 1, 31), "2024-01"), ("2026-02-01T00:00:00", "2026-02"), ("January 2025 to January 2025", "2025-01")],
)  # fmt: skip
def test_months(cell: object, month: str) -> None:
    assert month_of(cell) == pd.Timestamp(f"{month}-01")


@pytest.mark.parametrize("cell", ["", "2026", "May", "March 2025/26", "2026-02-30", "31/11/2025", "13/13/2025", "May and June 2025", "May 2024 and May 2025", "Ma 2025", "2026-00", "May-1825", "Ja 2025", "May 1825"])  # fmt: skip
def test_no_months(cell: str) -> None:
    assert month_of(cell) is None


def test_a_total_is_met_within_what_rounding_allows() -> None:
    assert Check("x", 10.0, 12.5).difference == 2.5
    assert [Check("x", 10.0, v, allowed=2.0).ok for v in (8.0, 12.0, 7.9, 12.1)] == [True, True, False, False]
    assert Check("x", 10.0, 99.0, known="said so").ok
    assert not Check("x", 10.0, 9.0).ok
    said: list[str] = []
    opened = SimpleNamespace(
        wrong=lambda text, sheet, row: ValueError(text) if not said.append(text) else None
    )
    total_of(opened, None, 1, [Check("x", 1.0, 1.0)])
    for n, more in ((1, ""), (3, ""), (4, "; and 1 more"), (6, "; and 3 more")):
        with pytest.raises(ValueError, match="do not add up"):
            total_of(opened, None, 1, [Check(f"part {i}", 1000.0, 998.0) for i in range(n)])
        assert said[-1].count("published 1,000, rows add up to 998, difference -2") == min(n, 3)
        assert said[-1].endswith(f"{more})")


def test_bands_hold_headings_within_their_limits() -> None:
    band = Bands("over_18", 18, 52, "part", "x")
    assert [band.holds(f"Gt {a} To {b} Weeks SUM 1".lower()) for a, b in ((18, 19), (51, 52), (17, 18), (52, 53))] == [True, True, False, False]  # fmt: skip
    assert not band.holds("gt 52 weeks sum 1")
    assert Bands("over_52", 52, float("inf"), "part", "x").holds("gt 52 weeks sum 1")


FIRST = pd.DataFrame(
    {
        "code": ["A", "A", "B", "C"],
        "month": [1, 2, 1, 1],
        "n": [10.0, 20.0, 30.0, NAN],
        "m": [1, 2, 3, 4],
        "text": list("abcd"),
    }
)
SECOND = pd.DataFrame(
    {
        "code": ["A", "A", "B", "D"],
        "month": [1, 2, 1, 1],
        "n": [10.0, 25.0, NAN, 7.0],
        "m": [1, 2, 33, 5],
        "text": list("zbcd"),
    }
)


def test_revisions_are_found_with_their_sizes_the_largest_first() -> None:
    found = [(r.key, r.column, r.before, r.after) for r in compare(FIRST, SECOND, ["code", "month"])]
    assert [f[:2] for f in found] == [
        ("B, 1", "n"),
        ("C, 1", "n"),
        ("D, 1", "n"),
        ("B, 1", "m"),
        ("A, 2", "n"),
    ]
    expected = [(30.0, NAN), (NAN, NAN), (NAN, 7.0), (3.0, 33.0), (20.0, 25.0)]
    np.testing.assert_array_equal([f[2:] for f in found], expected)
    assert compare(FIRST, FIRST, ["code", "month"]) == ()
    near = FIRST.assign(n=FIRST["n"] * (1 + 0.9e-6))
    assert compare(FIRST, near, ["code", "month"]) == ()
    far = compare(FIRST, FIRST.assign(n=FIRST["n"] * (1 + 1.2e-6)), ["code", "month"])
    assert len(far) == 3
    small = FIRST.assign(n=FIRST["n"] / 1000)
    assert compare(small, small.assign(n=small["n"] + 0.9e-6), ["code", "month"]) == ()
    assert len(compare(small, small.assign(n=small["n"] + 1.2e-6), ["code", "month"])) == 3
    assert compare(FIRST[["code", "text"]], SECOND[["code", "text"]], ["code"]) == ()
    assert Revision("k", "c", 5.0, 2.0).size == 3.0
    assert Revision("k", "c", NAN, 2.0).size == float("inf") == Revision("k", "c", 2.0, NAN).size
    assert str(Revision("k", "c", 1234.5, NAN)) == "k, c: 1,234.5 to nothing"


def candidate(file: str, day: int, value: float, rank: int = 0, month: int = 2) -> Candidate:
    rows = pd.DataFrame({"code": ["A"], "month": [month], "n": [value]})
    return Candidate(file, file, datetime.date(2026, 1, day), rows, rank)


def joined(*offered: Candidate, keep: bool = True, replace: bool = False, month: int = 2):
    base = pd.DataFrame({"code": ["A", "A"], "month": [1, 2], "n": [10.0, 20.0]})
    return join_periods(
        base, {month: offered}, period="month", key=["code", "month"], released=datetime.date(2026, 1, 10), keep=keep, replace=replace,
    )  # fmt: skip


def test_the_newest_edition_of_a_period_is_taken() -> None:
    two = joined(candidate("old", 11, 21.0), candidate("new", 12, 22.0))
    assert two.frame["n"].tolist() == [10.0, 22.0]
    assert (two.added, two.replaced) == ((), (2,))
    assert [(r.before, r.after) for r in two.revisions] == [(20.0, 22.0)]
    assert [(c.file, when, why) for c, when, why, _ in two.left] == [("old", 2, "new is newer")]
    assert [(r.before, r.after) for r in two.left[0][3]] == [(21.0, 22.0)]
    ranked = joined(candidate("low", 12, 21.0, 0), candidate("high", 12, 22.0, 1))
    assert ranked.used[2].file == "high"
    for day, taken in ((9, False), (10, False), (11, True)):
        assert bool(joined(candidate("x", day, 22.0)).used) is taken, day
        assert joined(candidate("x", day, 22.0), replace=True).used
    older = joined(candidate("x", 9, 22.0))
    assert older.frame["n"].tolist() == [10.0, 20.0]
    assert older.left[0][2] == "what is there is of a newer edition"
    same = joined(candidate("x", 12, 20.0), replace=True)
    assert same.left[0][2] == "the figures are the same"
    fresh = joined(candidate("x", 1, 30.0, month=3), month=3)
    assert fresh.added == (3,)
    assert fresh.frame["n"].tolist() == [10.0, 20.0, 30.0]
    alone = joined(candidate("x", 1, 22.0), keep=False)
    assert alone.frame["n"].tolist() == [22.0]
    assert alone.added == (2,)


def test_a_difference_is_told_with_ten_of_each_and_the_number_of_the_rest() -> None:
    def told(n: int) -> list[str]:
        names = tuple(f"c{i}" for i in range(n))
        revisions = tuple(Revision(f"k{i}", "c", 1.0, 2.0) for i in range(n))
        return Difference("t", "old", "new", 1000, 2000, names, (), (), (), revisions).text.split("\n")

    assert told(0) == ["t: new in place of old; 2,000 rows in place of 1,000", "  the figures are the same"]
    assert told(10)[1].endswith("c8, c9")
    assert told(12)[1].endswith("c9 and 2 more")
    assert told(12)[2] == "  revised: 12 figures, the largest:"
    assert len(told(12)) == 13


def test_boards_and_regions_are_sums_of_their_providers() -> None:
    month = pd.Timestamp("2020-01-01")  # within the months of the pilot
    rows = [
        ("P1", month, "1", 100.0, 10.0, 30.0, 5.0),
        ("P2", month, "1", 200.0, 0.0, NAN, 7.0),  # a trust of the pilot
        ("P3", month, "3", 50.0, 1.0, 2.0, 0.0),
        ("P1", pd.Timestamp("2019-12-01"), "1", 999.0, 9.0, 9.0, 9.0),
    ]
    columns = [
        "provider_code",
        "month",
        "department_type",
        "attendances",
        "attendances_booked",
        "over_4_hours",
        "admissions_via_ae",
    ]
    providers = pd.DataFrame(
        {
            "provider_code": ["P1", "P2", "P3"],
            "nhs_region_code": ["R1", "R1", "R2"],
            "icb_code": ["B1", "B1", None],
        }
    )
    found = area_rows(pd.DataFrame(rows, columns=columns), providers, month).set_index(
        ["area_code", "department_type"]
    )
    assert set(found.index) == {
        ("R1", "1"),
        ("R1", "all"),
        ("R2", "3"),
        ("R2", "all"),
        ("B1", "1"),
        ("B1", "all"),
    }
    for area in ("R1", "B1"):
        one = found.loc[(area, "all")]
        assert one[["attendances", "attendances_booked", "over_4_hours", "attendances_4_hour_reporting", "admissions_via_ae"]].tolist() == [300.0, 10.0, 30.0, 100.0, 12.0]  # fmt: skip
    assert set(found["month"]) == {month}
    assert set(found["four_hour_basis"]) == {"without_pilot_trusts"}
    for day, basis in (
        ("2019-05-01", "without_pilot_trusts"),
        ("2019-04-01", "all_providers"),
        ("2023-05-01", "without_pilot_trusts"),
        ("2023-06-01", "all_providers"),
    ):
        when = pd.Timestamp(day)
        frame = pd.DataFrame(rows, columns=columns).assign(month=when, provider_code=["P1", "P2", "P3", "P4"])
        assert set(
            area_rows(frame, pd.concat([providers, providers.tail(1).assign(provider_code="P4")]), when)[
                "four_hour_basis"
            ]
        ) == {basis}
    bare = pd.DataFrame(rows, columns=columns).assign(attendances_booked=NAN)
    assert area_rows(bare, providers, month)["attendances_booked"].isna().all()
