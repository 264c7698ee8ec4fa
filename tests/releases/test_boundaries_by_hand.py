"""Months on which something begins or ends, which sheet is taken where several would do, and how much of a text or list is shown."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from healthdevo.errors import ReleaseError
from healthdevo.releases import Release, differing, fetching, ingesting, read_bytes
from healthdevo.releases.emergency_workbook import ProviderWorkbook
from healthdevo.releases.fetching import Limits, Page

from .samples import PAGE, V4, sheets_of_deaths
from .test_fetching import FILE, JUNE, get, server  # noqa: F401
from .writers import LISTED, provider_csv, providers_of, time_series, xlsx

DAY = datetime.date


def of_month(month: object, **changed: object) -> Release:
    return read_bytes(xlsx(providers_of(month, era="2019", **changed)), "a.xlsx")  # type: ignore[arg-type]


@pytest.mark.parametrize(("month", "counted"), [("July 2020", False), ("August 2020", True)])
def test_booked_attendances_are_counted_from_august_2020(month: str, counted: bool) -> None:
    release = of_month(month)
    assert release.tables["emergency_england_month"]["booked_counted"].tolist() == [counted]
    assert ("booked attendances are not told apart in this workbook" in release.notes) is counted


def test_a_workbook_of_providers_begins_in_june_2015() -> None:
    assert of_month("June 2015").edition == "provider file of June 2015"
    for month in ("May 2015", "June 2099"):
        with pytest.raises(ReleaseError, match=f"{month} is no month of this collection, which begins in June 2015"):  # fmt: skip
            of_month(month)


def test_the_month_is_looked_for_in_sixty_letters_and_shown_in_forty() -> None:
    for dots, found in ((50, True), (51, False)):
        text = "." * dots + "April 2016"
        if found:
            assert of_month(text).edition == "provider file of April 2016"
        else:
            with pytest.raises(ReleaseError, match=re.escape(f"names no month beside 'Period:': {'.' * 40!r} is none")):  # fmt: skip
                of_month(text)
    with pytest.raises(ReleaseError, match=r"the title block names no month beside 'Period:'(?!: )"):
        of_month("")


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        ("A&E Data", "Provider Level Data", "second"),
        ("Provider Level Data", "A&E Data", "first"),
        ("Trusts", "A&E Data", "second"),
        ("A&E Data", "Trusts", "first"),
        ("Trusts", "Hospitals", "first"),
        ("Trusts", "Provider Level Data", "second"),
        ("ICB Provider Data", "Trusts", "second"),
    ],
)
def test_the_sheet_of_providers_goes_before_that_of_all_data_and_that_before_others(first: str, second: str, taken: str) -> None:  # fmt: skip
    other = [(code, *who, (9, 9, 9), (0, 0, 0), (0, 0, 0), (0, 0, 0)) for code, *who in (row[:3] for row in LISTED)]  # fmt: skip
    fields = ("first", "second")
    sheets: dict[str, list[list[object]]] = {}
    for name, place in zip((first, second), fields, strict=True):
        rows = LISTED if place == taken else other
        sheets |= providers_of("April 2016", era="2019", listed=rows, sheet=name)  # type: ignore[arg-type]
    table = read_bytes(xlsx(sheets), "a.xlsx").tables["emergency_month"].set_index("department_type")
    assert table.loc["all", "attendances"] == sum(sum(row[3]) for row in LISTED)


def test_five_missing_months_of_a_series_are_named() -> None:
    months = [DAY(2018, 1, 1), DAY(2018, 8, 1)]
    with pytest.raises(ReleaseError) as error:
        read_bytes(xlsx(time_series(months)), "series.xlsx")
    assert str(error.value).endswith("the series lacks February 2018, March 2018, April 2018, May 2018, June 2018")  # fmt: skip


def test_attendances_within_four_hours_follow_from_those_over_them_but_not_in_the_trial() -> None:
    """Editions until 2017 have no columns of attendances within four hours; in the trial the two are not all attendances."""
    days = [d.date() for d in pd.date_range("2019-03-01", "2023-07-01", freq="MS")]
    sheets = time_series(days)
    sheets["Performance"] = [row[:2] + row[6:] if len(row) > 6 else row for row in sheets["Performance"]]
    release = read_bytes(xlsx(sheets), "series.xlsx")
    for kind, attended in (("1", 1000), ("2", 100), ("3", 500), ("all", 1600)):
        rows = release.tables["emergency_month"].set_index(["department_type", "month"]).loc[kind]
        told = rows["attendances_4_hour_reporting"]
        assert told.index[told.isna()].tolist() == list(pd.date_range("2019-05-01", "2023-05-01", freq="MS"))
        assert told["2019-03-01"] == attended
        assert told["2023-07-01"] == attended + (52 if kind in ("1", "all") else 0)


@pytest.mark.parametrize(
    ("day", "trial"),
    [(DAY(2019, 4, 1), False), (DAY(2019, 5, 1), True), (DAY(2023, 5, 1), True), (DAY(2023, 6, 1), False)],
)
def test_in_the_trial_within_and_over_four_hours_need_not_be_all(day: datetime.date, trial: bool) -> None:
    sheets = time_series([day])
    for column in (2, 5):
        sheets["Performance"][-1][column] += 1  # type: ignore[operator]
    if trial:
        rows = read_bytes(xlsx(sheets), "s.xlsx").tables["emergency_month"].set_index("department_type")
        assert rows.loc["1", ["attendances", "attendances_4_hour_reporting"]].tolist() == [1000, 1001]
    else:
        with pytest.raises(ReleaseError, match=f"{day:%B %Y}, within and over four hours add up to 1,601, but there were 1,600"):  # fmt: skip
            read_bytes(xlsx(sheets), "s.xlsx")


def test_all_within_four_hours_is_held_to_a_thousandth() -> None:
    for more, fits in ((0.0009, True), (0.0011, False)):
        sheets = time_series([DAY(2018, 1, 1)])
        for column in (2, 5):
            sheets["Performance"][-1][column] += more  # type: ignore[operator]
        if fits:
            assert read_bytes(xlsx(sheets), "s.xlsx").edition == "monthly time series as of January 2018"
        else:
            with pytest.raises(ReleaseError, match="within and over four hours add up to"):
                read_bytes(xlsx(sheets), "s.xlsx")


def test_what_is_no_count_is_shown_by_twenty_letters_and_a_code_by_forty() -> None:
    sheets = providers_of("April 2016", era="2019")
    (rows,) = sheets.values()
    ahead = next(i for i, row in enumerate(rows) if row and row[0] == "RJ1")
    rows[ahead][0] = "?" * 41
    with pytest.raises(ReleaseError, match=re.escape(f": {'?' * 40!r} is no code of an organisation")):  # fmt: skip
        read_bytes(xlsx(sheets), "a.xlsx")


def test_waits_of_four_to_twelve_hours_are_those_over_four_less_those_over_twelve() -> None:
    listed = [(*LISTED[0][:6], (93, 40, 4)), *LISTED[1:]]
    month = of_month("April 2016", listed=listed).tables["emergency_england_month"].iloc[0]
    others = sum(row[6][1] for row in LISTED[1:]), sum(row[6][2] for row in LISTED[1:])
    assert month["waits_over_4_hours_for_admission"] == 40 + others[0]
    assert month["waits_over_12_hours_for_admission"] == 4 + others[1]
    assert month["admissions_other"] == 93 + sum(row[6][0] for row in LISTED[1:])


def test_more_over_four_hours_than_came_is_an_error_and_as_many_is_none() -> None:
    def listed(over: int) -> list[tuple[object, ...]]:
        return [(*LISTED[0][:3], (30, 2, 0), (over, 2, 0), (0, 0, 0), (0, 0, 0)), *LISTED[1:]]

    rows = of_month("April 2016", listed=listed(30)).tables["emergency_provider_month"]
    assert rows.set_index(["provider_code", "department_type"]).loc[(LISTED[0][0], "1"), "over_4_hours"] == 30
    with pytest.raises(ReleaseError, match="31 stayed over four hours, but only 30 attended"):
        of_month("April 2016", listed=listed(31))


def test_a_dataset_is_called_by_a_hundred_and_twenty_letters_of_its_dimensions() -> None:
    release = read_bytes(V4.encode(), "a.csv")
    codes = ["calendar years", "administrative geography", "sex", "age groups"]
    assert release.title == f"dataset by {', '.join(codes)}"
    long = V4.replace("age-groups", "d" * 100)
    named = f"{', '.join(codes[:3])}, {'d' * 100}"
    assert read_bytes(long.encode(), "a.csv").title == f"dataset by {named[:120]}"


@pytest.mark.parametrize(("times", "fails"), [(5, False), (6, True)])
def test_a_server_may_send_on_five_times(server, tmp_path, times: int, fails: bool) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    names = [f"{FILE}?{i}" for i in range(1, times + 1)]
    for here, there in zip([FILE, *names], names, strict=False):
        server.answers[here] = lambda handler, to=there: handler.redirect(to)
    server.answers[names[-1]] = JUNE
    done = get(server, tmp_path)
    assert bool(done.failed) is fails
    assert len(done.downloads) == (not fails)
    if fails:
        assert "from one address to another without end" in done.failed[0]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://files.digital.nhs.uk/a.csv", ""),
        ("https://nomisweb.co.uk/a.csv", ""),
        ("https://www.nomisweb.co.uk/a.csv", ""),
        ("https://notnomisweb.co.uk/a.csv", "leads away from the publisher"),
        ("https://nhs.uk.example/a.csv", "leads away from the publisher"),
        ("https://other.example/a.csv", ""),
        ("https://other.example:444/a.csv", "leads away from the publisher"),
        ("http://files.digital.nhs.uk/a.csv", "is no https address"),
        ("ftp://files.digital.nhs.uk/a.csv", "is no https address"),
    ],
)
def test_addresses_of_the_page_and_of_official_hosts_are_permitted(url: str, said: str) -> None:
    page = Page("x", "X", "https://other.example/stats/", r"\.csv$")
    one = fetching._Downloader(page, Limits(), 1, None, page_of_links=False)
    if said:
        with pytest.raises(fetching._RefusedError, match=said):
            one.permitted(url)
    else:
        one.permitted(url)


def test_a_second_row_for_england_is_an_error_where_its_figures_are_others() -> None:
    sheets = providers_of("April 2016", era="2019")
    (rows,) = sheets.values()
    total = next(i for i, row in enumerate(rows) if row[2:3] == ["England"])
    rows.append(list(rows[total]))
    assert read_bytes(xlsx(sheets), "a.xlsx").edition == "provider file of April 2016"
    rows[-1][-1] = int(str(rows[-1][-1])) + 1
    with pytest.raises(ReleaseError, match="there is a second row for England, with other figures"):
        read_bytes(xlsx(sheets), "a.xlsx")


def test_the_layout_of_a_workbook_says_what_it_expects() -> None:
    assert ProviderWorkbook().expected.startswith("NHS England monthly A&E provider workbook: a sheet with")


def test_a_code_that_ended_in_a_month_is_still_there_in_that_month(monkeypatch: pytest.MonkeyPatch) -> None:
    last, first = pd.Timestamp("2022-06-01"), pd.Timestamp("2022-07-01")
    never = pd.Timestamp("NaT")
    area = pd.DataFrame(
        [
            ("nhs_region", "R1", "North", never, never),
            ("nhs_region", "R2", "South", never, never),
            ("icb", "B1", "NHS Old & Board", never, last),
            ("icb", "B2", "NHS New Board", first, never),
        ],
        columns=["kind", "area_code", "area_name", "valid_from", "valid_to"],
    )
    inside = pd.DataFrame(
        [("nhs_region", "B1", "R1", last), ("nhs_region", "B2", "R2", never), ("icb", "X", "B1", never)],
        columns=["container_kind", "member_code", "container_code", "valid_to"],
    )
    shown = {"area": area, "area_membership": inside}
    monkeypatch.setattr(ingesting.tables, "load", lambda name, source: shown[name])

    def boards(month: pd.Timestamp) -> dict[str, str]:
        found = ingesting._regions(month)
        assert (found.pop(ingesting._named("North")), found.pop(ingesting._named("South"))) == ("R1", "R2")
        return found

    assert boards(last) == {ingesting._named("NHS Old and Board"): "R1"}
    assert boards(first) == {ingesting._named("NHS New Board"): "R2"}


def test_spending_per_head_has_a_population_from_2010_and_the_newest_known(monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    base = pd.DataFrame({"council_code": ["C"], "financial_year_start": [2011], "population": [50.0]})
    people = pd.DataFrame({"area_code": ["A"] * 3, "year": [2009, 2010, 2011], "persons": [10.0, 40.0, 99.0]})
    shown = {"council_outturn": base, "population_year": people}
    monkeypatch.setattr(ingesting, "_load", lambda name, stage: shown[name])
    rows = pd.DataFrame({"council_code": ["C"] * 3, "financial_year_start": [2009, 2010, 2011], "spending": [100.0, 100.0, 100.0]})  # fmt: skip
    rows = rows.assign(council_name="c", council_class="UA", area_code="")
    councils = pd.DataFrame({"council_code": ["C"], "area_code": ["A"]})
    one = read_bytes(xlsx(providers_of()), "a.xlsx")
    found = ingesting._ready("council_outturn", rows, councils, councils, one, [], Path())
    assert found["area_code"].tolist() == ["A"] * 3
    assert found["spending_per_head"].isna().tolist() == [True, False, False]
    assert found["spending_per_head"].tolist()[1:] == [2.5, 2.0]


def test_the_folder_of_tables_is_described_in_one_indented_file(tmp_path: Path) -> None:
    ingesting._describe(tmp_path, {"a": {"name": "a"}})
    path = tmp_path / ingesting._DESCRIPTOR
    assert path.read_text(encoding="utf-8") == '{\n "resources": [\n  {\n   "name": "a"\n  }\n ]\n}\n'
    ingesting._describe(tmp_path, {"b": {"name": "b"}, "a": {"name": "a", "n": 2}})
    assert json.loads(path.read_text(encoding="utf-8")) == {"resources": [{"name": "b"}, {"name": "a", "n": 2}]}  # fmt: skip


def test_areas_that_ended_are_those_of_the_newest_period_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = pd.DataFrame({"area_code": list("ABC"), "year": [1, 2, 2], "n": [1.0, 1.0, 1.0]})
    own = pd.DataFrame({"area_code": list("BCDA"), "year": [2, 2, 3, 2], "n": [1.0, 4.0, 1.0, 9.0]})
    for frame, edition in ((embedded, "old"), (own, "new")):
        frame.attrs["origin"] = SimpleNamespace(edition=edition)
    columns = pd.DataFrame({"column": ["area_code", "year", "n"], "key": [True, True, False]})
    monkeypatch.setattr(differing.tables, "describe", lambda name: columns)
    monkeypatch.setattr(differing.tables, "load", lambda name, source: own if source == "mine" else embedded)
    found = differing._difference("t", "mine")
    assert (found.before, found.after) == ("old", "new")
    assert (found.new_periods, found.lost_periods) == (("3",), ("1",))
    assert (found.new_codes, found.ended_codes) == (("D",), ("B", "C"))
    assert [(r.key, r.before, r.after) for r in found.revisions if r.before == r.before and r.after == r.after] == [("C, 2", 1.0, 4.0)]  # fmt: skip


def test_downloads_of_the_latest_month_go_first_and_those_of_no_month_last() -> None:
    page = Page("ae", "A&E", "https://a.gov.uk/", r"csv$")

    def order(*names: str) -> list[str]:
        work = SimpleNamespace(_hrefs=lambda page, url: [f"https://a.gov.uk/{n}" for n in names])
        return [u.rsplit("/", 1)[-1] for u in fetching._Work.links(work, page, 9)]  # type: ignore[arg-type]

    assert order("x.csv", "May-2025.csv", "June-2025.csv", "y.csv") == ["June-2025.csv", "May-2025.csv", "x.csv", "y.csv"]  # fmt: skip
    long = "a" * 130
    assert fetching._name_of(f"https://a.gov.uk/{long}.csv") == "a" * 116 + ".csv"


def test_a_page_without_areas_is_told_by_its_place() -> None:
    ends = PAGE.index('"Hartlepool"')
    with pytest.raises(ReleaseError, match=r"^a\.csv.*: there is no area below the heading"):
        read_bytes(PAGE[:ends].encode(), "a.csv")


def test_a_table_of_ages_without_areas_is_told_by_the_place_of_its_heading() -> None:
    rows = sheets_of_deaths()["Persons"]
    sheets = {"Persons": rows[:3], "Males": [[], *rows[:3]]}
    with pytest.raises(ReleaseError, match=r"sheet 'Persons', line 3: there is no area below the heading"):
        read_bytes(xlsx(sheets), "deaths.xlsx")


def test_a_file_of_providers_without_rows_is_told_by_the_place_of_its_heading() -> None:
    text = provider_csv(figures=(), providers=(), total=None)
    with pytest.raises(ReleaseError, match=r"^a\.csv, line 1: there is no provider below the heading"):
        read_bytes(text.encode(), "a.csv")
