"""The folder of own tables: every file is used or refused, and what is implausible is not believed."""

import datetime
import json

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.common import source_line
from healthdevo.cli import main
from healthdevo.errors import TableError
from healthdevo.tables import descriptor
from healthdevo.tables.failure import Failure
from healthdevo.tables.plausible import implausible

from .conftest import AREA, COUNT


@pytest.fixture
def own(tmp_path, folder):
    place = tmp_path / "own"
    place.mkdir()
    return place


def refused(own, name="count"):
    with pytest.raises(TableError) as caught:
        tables.load(name, source=own)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("counts.csv", "counts.csv is the name of no table: did you mean count.csv?"),
        ("Count.CSV", "Count.CSV is the name of no table: did you mean count.csv?"),
        ("count.xlsx", "count.xlsx is a spreadsheet: save the sheet as CSV, under the name count.csv"),
        ("budget.xls", "budget.xls is a spreadsheet: save the sheet as CSV, under the name <table>.csv"),
        ("count.txt", "count.txt is no CSV file by its name: call it count.csv"),
        ("something.csv", "something.csv is the name of no table; `healthdevo data list` shows them"),
        (
            "tables/count.csv",
            "tables/ is a folder (count.csv is in it): own tables stand in the folder itself",
        ),
        ("more/", "more/ is a folder: own tables stand in the folder itself"),
    ],
)
def test_a_file_that_stands_for_no_table_is_refused(own, name, expected):
    if name.endswith("/"):
        (own / name).mkdir()
    else:
        (own / name).parent.mkdir(exist_ok=True)
        (own / name).write_text(COUNT)
    assert expected in refused(own)
    assert expected in refused(own, "area"), "whichever table is asked for"
    with pytest.raises(TableError):
        tables.own_tables(source=own)


def test_notes_may_lie_beside_own_tables(own):
    for name in ("README.md", "notes.txt", ".hidden", "LICENSE"):
        (own / name).write_text("words")
    (own / "count.csv").write_text(COUNT)
    assert tables.own_tables(source=own) == ("count",)
    assert tables.own_tables() == ()
    (own / "late.csv").write_text(COUNT)
    assert "late.csv" in refused(own), "a file that comes later is seen"


def test_every_page_says_whose_figures_they_are(own, monkeypatch):
    (own / "count.csv").write_text(COUNT)
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(own))
    assert source_line("count") == "Nobody, Count (first; replaced by the user's own table)"
    assert source_line("area") == "Nobody, Area (first)"
    made = {
        "name": "count",
        "publisher": "The council",
        "title": "Our counts",
        "edition": "spring",
        "release": "2026",
        "sources": [{"title": "a ledger"}],
        "licenses": [{"title": "open"}],
        "caveats": ["rounded"],
    }
    (own / "datapackage.json").write_text(json.dumps({"resources": [made]}))
    assert source_line("count") == "The council, Our counts (spring; replaced by the user's own table)"
    origin = tables.load("count").attrs["origin"]
    assert (origin.sources, origin.licence, origin.caveats) == (("a ledger",), "open", ("rounded",))
    assert (
        origin.sentence == "Source: The council, Our counts (spring, 2026; replaced by the user's own table)."
    )
    assert tables.load_sound("count").frame.attrs["origin"] == origin
    (own / "count.csv").write_text(COUNT.replace("W1,2024-01-01,all,12", "W1,2024-01-01,all,13"))
    kept = tables.load_sound("count")
    assert list(kept.set_aside) == ["W1"]
    assert kept.frame.attrs["origin"].overlay, "also when an area was set aside"
    assert kept.frame.attrs["origin"].rows == len(kept.frame) == 3


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "is no descriptor of own tables"),
        (
            '{"resources": [{"name": "coun"}]}',
            "describes coun, but no file of that name is there; did you mean count?",
        ),
        (
            '{"resources": [{"name": "x"}]}',
            "describes x, but no file of that name is there; the folder has count",
        ),
        ('{"resources": [{"name": "count", "sources": "me"}]}', "licenses, sources and caveats are lists"),
        ('{"resources": [{"name": "count", "editions": ["a"]}]}', "editions is an object"),
    ],
)
def test_a_wrong_descriptor_of_own_tables_is_refused(own, content, expected):
    (own / "count.csv").write_text(COUNT)
    (own / "datapackage.json").write_text(content)
    assert expected in refused(own)


def test_what_pandas_writes_is_read_again(own, folder):
    frame = tables.load("count")
    frame.assign(female=frame["female"].astype(float)).to_csv(own / "count.csv", index=False)
    text = (own / "count.csv").read_text()
    assert ",6.0," in text
    assert "True" in text
    again = tables.load("count", source=own)
    pd.testing.assert_frame_equal(again, frame)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("\n\n" + COUNT, "line 1 is blank; the heading must be the first line, and line 3 looks like it"),
        ("Counts of people\nSource: nobody\n" + COUNT, "line 1 is not the heading of this table; the heading must be the first line, and line 3"),
        ("\n\n", "the file is empty"),
        ("\n1,2\n", "line 1 is blank; it must be the heading: area_code,month,kind"),
        (COUNT.replace(",", ";"), "its cells are separated by semicolons; separate them by commas"),
        (COUNT.replace(",", "\t"), "its cells are separated by tabs; separate them by commas"),
        (COUNT.encode("utf-16"), "it is encoded in UTF-16; save it as UTF-8"),
        (b"<!DOCTYPE html><html><body>404", "it is a web page (perhaps an error page"),
        (b"PK\x03\x04rest", "it is a spreadsheet or another archive"),
        (b"\xd0\xcf\x11\xe0rest", "it is an old spreadsheet (.xls)"),
        (b"%PDF-1.7", "it is a PDF document"),
        (b"area_code\0,month\n", "it holds a null character in row 1"),
        (b"\x1f\x8b\x08", "it is compressed (gzip); its name must end in .csv.gz"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_told_once(own, content, expected):
    (own / "count.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    message = refused(own)
    assert expected in message
    assert message.count("\n") == 1, message


def test_one_mistake_is_one_line(own):
    (own / "count.csv").write_text(COUNT.replace("2024-01-01", "01/01/2024"))
    assert refused(own).splitlines() == [
        "table count breaks its descriptor: 6 failures",
        "table count, column month, 6 of 6 rows (first row 2, value '01/01/2024'; row 3, value '01/01/2024'; row 4, value "
        "'01/01/2024'): must be a date as year-month-day, such as 2024-04-01",
    ]
    (own / "count.csv").write_text(COUNT.replace("persons,male,female", "all,,"))
    message = refused(own)
    assert "row 1, columns female, male and persons: the column is missing" in message
    assert message.count("\n") <= 3
    with pytest.raises(TableError) as caught:
        tables.load("count", source=own)
    assert len(caught.value.every) >= 5, "each single one is at hand"


def test_kinds_of_failures_are_told_in_the_order_in_which_they_come():
    wrong = [
        Failure("t", "too small", 4, "b", "1"),
        Failure("t", "too large", 5, "a", "9"),
        Failure("t", "too small", 6, "b", "0"),
        Failure("t", "no such file"),
    ]
    assert tables.grouped(wrong) == (
        "table t, column b, 2 times (first row 4, value '1'; row 6, value '0'): too small",
        "table t, row 5, column a, value '9': too large",
        "table t: no such file",
    )


def test_months_are_their_first_day(tmp_path):
    frame = tables.load("emergency_month").head(2)
    ends = frame.assign(month=frame["month"] + pd.offsets.MonthEnd(0))
    ends.to_csv(tmp_path / "emergency_month.csv", index=False)
    with pytest.raises(
        TableError, match=r"column month, 2 of 2 rows.*must be the first day of a month, such as 2026-03-01"
    ):
        tables.load("emergency_month", source=tmp_path)
    listed = tables.describe("emergency_month").set_index("column")
    assert "first day of a month" in listed.loc["month", "valid"]


def plausible(frame, **options):
    package = descriptor.package()
    return [
        str(f)
        for f in implausible(
            frame, range(2, len(frame) + 2), package.table("council_outturn"), package, **options
        )
    ]


def test_thousands_of_pounds_are_not_pounds():
    frame = tables.load("council_outturn")
    part = frame[frame["area_code"] == "E08000003"].reset_index(drop=True)
    assert plausible(part) == []
    year = int(part["financial_year_start"].max())
    wrong = part.assign(
        spending=part["spending"].where(part["financial_year_start"] != year, part["spending"] / 1000)
    )
    (message,) = plausible(wrong)
    assert (
        f"column spending, value '{wrong.loc[wrong['financial_year_start'] == year, 'spending'].iloc[0]:g}'"
        in message
    )
    assert (
        f"the values of financial_year_start {year} are about 800 times smaller than the embedded table has"
        in message
    )
    assert "pounds" in message
    (larger,) = plausible(
        wrong.assign(
            spending=part["spending"].where(part["financial_year_start"] != year, part["spending"] * 1000)
        )
    )
    assert "about 1,000 times larger" in larger
    assert plausible(part.assign(spending=part["spending"] * 20)) == []


def test_figures_of_the_future_are_not_believed():
    part = tables.load("council_outturn").head(3)
    late = part.assign(financial_year_start=2030)
    found = plausible(late, today=datetime.date(2026, 11, 27))
    assert [f.split(": ", 1)[1] for f in found] == ["lies in the future (today is 2026-11-27)"] * 3
    assert plausible(part.assign(financial_year_start=2026), today=datetime.date(2026, 11, 27)) == []


def test_who_is_sure_says_why(tmp_path):
    frame = tables.load("council_outturn")
    part = frame[(frame["area_code"] == "E08000003") & (frame["financial_year_start"] == 2019)]
    wrong = part.assign(
        spending=part["spending"] // 1000, spending_per_head=part["spending"] // 1000 / part["population"]
    )
    tables.save(wrong, "council_outturn", folder=tmp_path)
    with pytest.raises(TableError, match=r"times smaller than the embedded"):
        tables.load("council_outturn", source=tmp_path)
    with pytest.raises(TableError, match=r"times smaller than the embedded"):
        tables.load_sound("council_outturn", source=tmp_path)
    made = {"resources": [{"name": "council_outturn", "implausible": "a scenario of ours"}]}
    (tmp_path / "datapackage.json").write_text(json.dumps(made))
    origin = tables.load("council_outturn", source=tmp_path).attrs["origin"]
    assert "figures confirmed by the user: a scenario of ours" in origin.cited


def test_a_rate_must_be_its_parts_divided(tmp_path):
    part = tables.load("council_outturn").dropna().head(3)
    (tmp_path / "council_outturn.csv").write_text(
        part.assign(spending_per_head=part["spending_per_head"] / 1000).to_csv(index=False)
    )
    with pytest.raises(
        TableError, match=r"spending_per_head must be spending divided by population, within 0.006"
    ):
        tables.load("council_outturn", source=tmp_path)


def test_a_newer_edition_keeps_its_name(tmp_path):
    frame = tables.load("under_75_mortality")
    newer = frame[(frame["edition"] == "ohid_2023") & (frame["area_code"] == "E92000001")].assign(
        edition="ohid_2027"
    )
    newer.to_csv(tmp_path / "under_75_mortality.csv", index=False)
    with pytest.raises(TableError, match=r'a newer edition keeps its own name.*"ohid_2027": "ohid_2026"'):
        tables.load("under_75_mortality", source=tmp_path)

    def describe(editions):
        made = {"resources": [{"name": "under_75_mortality", "editions": editions}]}
        (tmp_path / "datapackage.json").write_text(json.dumps(made))

    describe({"ohid_2027": "ohid_2023"})
    loaded = tables.load("under_75_mortality", source=tmp_path)
    assert len(tables.single_edition(loaded, "ohid_2023")) == len(newer)
    assert "ohid_2027 in place of ohid_2023" in loaded.attrs["origin"].cited
    describe({"ohid_2027": "ohid_1999"})
    with pytest.raises(
        TableError, match="'ohid_1999' under `editions` is no embedded edition: ohid_2023, ohid_2026"
    ):
        tables.load("under_75_mortality", source=tmp_path)
    both = pd.concat([newer, newer.assign(edition="ohid_2023")])
    both.to_csv(tmp_path / "under_75_mortality.csv", index=False)
    describe({"ohid_2027": "ohid_2023"})
    with pytest.raises(TableError, match="ohid_2027 can't be used in place of ohid_2023: there are several"):
        tables.load("under_75_mortality", source=tmp_path)


def test_the_command_tells_of_own_tables(own, capsys, monkeypatch):
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", "")  # restored afterwards: the option sets it
    (own / "count.csv").write_text(COUNT.replace("0.5", "x"))
    assert main(["data", "list", "--data", str(own)]) == 0
    assert "(your own table)" in capsys.readouterr().out
    assert main(["data", "check", "--data", str(own)]) == 1
    assert "column rate, value 'x': must be a number" in capsys.readouterr().err
    assert main(["data", "check", "--json", "--data", str(own)]) == 1
    (only,) = json.loads(capsys.readouterr().out)
    assert (only["row"], only["column"], only["value"]) == (2, "rate", "x")
    (own / "counts.csv").write_text(AREA)
    assert main(["data", "list", "--data", str(own)]) == 1
    assert "did you mean count.csv" in capsys.readouterr().err


HEADINGS = {
    "ae": "Period,Org Code,Parent Org,Org name,A&E attendances Type 1,A&E attendances Type 2\nMSitAE-JUNE-2026,RYY,x,y,1,2\n",
    "fingertips": "Indicator ID,Indicator Name,Area Code,Area Name,Time period,Value,Denominator\n1,a,E1,b,2020,3,4\n",
    "waiting times": "Period,Provider Org Code,RTT Part Type,Treatment Function Code,Total All\nRTT-April-2026,RR8,Part_2,C_999,4\n",
    "nomis": "DATE_NAME,GEOGRAPHY_NAME,GEOGRAPHY_CODE,OBS_VALUE\n2020,a,E1,3\n",
}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEADINGS["ae"], "row 1: count.csv is not in the form of this table: it is NHS England's monthly A&E provider file, as published; make a folder of own tables from it: healthdevo ingest count.csv --into DIR"),
        ("Title\n\n" + HEADINGS["ae"], "row 3: count.csv is not in the form of this table: it is NHS England's monthly A&E provider file"),
        (HEADINGS["fingertips"], "it is an OHID Fingertips indicator export, as published, and no table of the project takes it; read it with healthdevo.releases.read"),
        (HEADINGS["fingertips"], ", or use it as an indicator: healthdevo run --area CODE --indicator count.csv"),
        (HEADINGS["waiting times"], "it is NHS England's referral-to-treatment extract, as published; make a folder of own tables from it: healthdevo ingest count.csv --into DIR"),
        (HEADINGS["nomis"], "it is a Nomis export of ONS observations"),
    ],
)  # fmt: skip
def test_a_file_as_published_is_named_with_its_command(own, content, expected):
    (own / "count.csv").write_text(content)
    message = refused(own)
    assert expected in message
    assert len(message.splitlines()) == 2
