"""The same release as another edition may lay it out: read to the same figures, or refused with the reason."""

import re

import pytest

from healthdevo.errors import ReleaseError
from healthdevo.releases import read_bytes

from .writers import PLAIN, PLAIN_FIGURES, as_csv, outturn, provider_csv, providers_of, xlsx

PLAIN_TEXT = provider_csv()
LINES = PLAIN_TEXT.split("\r\n")[:-1]
WIDE = "," * 21


def file_of(lines):
    return "\r\n".join(lines).encode()


def beside(heading, cell, place=0):
    """Return the file with one more column."""
    rows = [line.split(",") for line in LINES]
    return file_of(
        [",".join([*row[:place], cell if i else heading, *row[place:]]) for i, row in enumerate(rows)]
    )


SAME = {
    "columns in another order": file_of([",".join(reversed(line.split(","))) for line in LINES]),
    "title rows above": file_of(["A&E attendances,,", "Published:,10 July 2025", "", *LINES]),
    "total above": file_of([LINES[0], LINES[4], WIDE, *LINES[1:4]]),
    "England in place of TOTAL": provider_csv(total=("MSitAE-JUNE-2025", "-", "England", "England")).encode(),
    "grand total": provider_csv(total=("Grand Total", "", "", "")).encode(),
    "blank lines between": file_of([part for line in LINES for part in (line, "")]),
    "footnotes": file_of([*LINES, WIDE, f"Source: SDCS 2025{WIDE}", '"Note: types 1, 2 and 3"']),
    "shares as text": beside("% within 4 hours", "95.2%", 22),
    "code of the board": beside("ICB Code", "QE1", 3),
    "financial year": beside("Year", "2025/26"),
    "semicolons": PLAIN_TEXT.replace(",", ";").encode(),
    "tabs": PLAIN_TEXT.replace(",", "\t").encode(),
    "UTF-16": PLAIN_TEXT.encode("utf-16"),
    "a day in the period": PLAIN_TEXT.replace("MSitAE-JUNE-2025", "30/06/2025").encode(),
    "a workbook": xlsx({"Notes": [["x"]], "Data": [["title"], [], *(line.split(",") for line in LINES)]}),
}


@pytest.fixture(scope="module")
def same():
    return read_bytes(PLAIN_TEXT.encode(), "a.csv").tables


@pytest.mark.parametrize("kind", SAME)
def test_the_provider_file_in_other_forms_has_the_same_figures(same, kind):
    release = read_bytes(SAME[kind], "a.csv")
    assert len(release.checks) == 18
    for name in ("emergency_provider_month", "emergency_month", "emergency_england_month"):
        own = release.tables[name]
        key = [c for c in ("provider_code", "month", "department_type") if c in own]
        assert (
            own.sort_values(key)
            .reset_index(drop=True)
            .equals(same[name].sort_values(key).reset_index(drop=True))
        )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (beside("Left before being seen", "12"), "line 1, column 'Left before being seen': no layout of this file has such a column"),
        (beside("A&E attendances Type 5 code", "12"), "no layout of this file has such a column"),
        (PLAIN_TEXT.replace(",1000,", ",*,", 1).encode(), "line 2, column 'a&e attendances type 1': '*' in place of a count"),
        (file_of([*LINES[:3], LINES[0], *LINES[3:]]), "a.csv, line 4: the heading stands here again"),
        (PLAIN_TEXT.replace("JUNE-2025", "MARCH 2025/26").encode(), "'MSitAE-MARCH 2025/26' is no month"),
        (
            provider_csv("MAY-2019", headings=PLAIN[:10] + PLAIN[12:], figures=[(*f[:6], *f[8:]) for f in PLAIN_FIGURES]).encode(),
            "without booked appointments (to July 2020), but the column 'patients who have waited 12+ hrs from dta to admission' is missing",
        ),
    ],
)  # fmt: skip
def test_what_another_edition_may_not_have(data, message):
    with pytest.raises(ReleaseError, match=re.escape(message)):
        read_bytes(data, "a.csv")


def swapped(rows, old, new):
    return [[new if cell == old else cell for cell in row] for row in rows]


MONTH = providers_of("August 2016")["Provider Level Data"]


@pytest.mark.parametrize(
    "sheets",
    [
        {"Sheet1": MONTH},
        {"Contents": [["A&E"]], "Trusts": [[]] * 8 + [["", *row] for row in MONTH]},
        {"Data": swapped(MONTH, "England", "Total")},
        {"Data": [[f"{c:.1%}" if isinstance(c, float) else f"{c:,}" if isinstance(c, int) else c for c in row] for row in MONTH]},
        {"Data": swapped(MONTH, 0, "-")},
    ],
)  # fmt: skip
def test_the_workbook_of_providers_in_other_forms(sheets):
    own = read_bytes(xlsx(sheets), "a.xls").tables["emergency_provider_month"]
    assert own["attendances"].sum() == 4600
    assert own["over_4_hours"].sum() == 302


def test_a_suppressed_count_of_a_workbook_is_not_read_as_nothing():
    with pytest.raises(
        ReleaseError, match=r"line 10, column 'a&e attendances: type 2 .*': '\*' in place of a count"
    ):
        read_bytes(xlsx({"Data": swapped(MONTH, 100, "*")}), "a.xls")
    bare = [list(row) for row in MONTH]
    bare[next(i for i, row in enumerate(bare) if "England" in row)][4] = ""
    with pytest.raises(ReleaseError, match="there is no figure for England to reconcile with"):
        read_bytes(xlsx({"Data": bare}), "a.xls")


def test_the_outturn_in_other_forms():
    sheets = outturn("2024-25")
    rows = sheets["RS_LA_Data_2024-25"]
    whole = read_bytes(xlsx(sheets), "a.xlsx").tables["council_outturn"]
    for data in (
        as_csv(rows).encode(),
        xlsx({"Sheet1": [[]] * 5 + swapped(swapped(rows, "Local authority", "Authority name"), "E-code", "Ecode")}),
        xlsx({"Sheet1": [[*row[4::-1], *row[5:]] for row in rows]}),
        xlsx({"Sheet1": [*rows[:5], rows[10], *rows[5:10], *rows[11:]]}),
        xlsx({"Sheet1": [[f"{c:,}" if isinstance(c, int) and i > 4 and r > 4 else c for i, c in enumerate(row)] for r, row in enumerate(rows)]}),
    ):  # fmt: skip
        assert read_bytes(data, "a.csv").tables["council_outturn"].equals(whole)


def test_workbooks_of_councils_that_are_not_the_summary():
    head = ["E-code", "ONS Code", "Local authority", "Class", "Adult Social Care", "TOTAL ADULT SOCIAL CARE"]
    rows = [["Revenue Outturn (RO3) 2018-19"], head, ["E0101", "E06000022", "Bath", "UA", 1, 2]]
    with pytest.raises(
        ReleaseError, match=r"such as RSX or one of RO1 to RO6, but not the outturn summary \(RS\)"
    ):
        read_bytes(xlsx({"RO3": rows}), "a.xlsx")
