"""A folder of own tables made of published files, and what it changes."""

import contextlib
import datetime
import io
import json
import shutil

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.cli import main
from healthdevo.errors import ReleaseError, TableError
from healthdevo.releases import diff, ingest
from healthdevo.releases.joining import Candidate, compare, join_periods

from .writers import BOOKED_FIGURES, outturn, provider_csv, time_series, whole_month, xlsx

JULY, MARCH, APRIL = (pd.Timestamp(m) for m in ("2025-07-01", "2026-03-01", "2026-04-01"))
EVIL = "=cmd|' /C calc'!A0"
#: AQN04 as in June 2026: 3,396 attendances and 10 booked ones.
AQN04 = [0, 0, 3396, 0, 0, 10, 0, 0, 81, *[0] * 9]
NEW = [50, 0, 0, 5, 0, 0, 7, 0, 0, 1, 0, 0, 0, 0, 9, 0, 0, 0]


@pytest.fixture(scope="module")
def march():
    frame = tables.load("emergency_provider_month")
    return frame[frame["month"] == MARCH]


@pytest.fixture(scope="module")
def april(march, tmp_path_factory):
    """A file of April 2026: March's figures, but for one provider, with new ones: one in a region, one in a board of 2026, one of which nothing is known."""
    path = tmp_path_factory.mktemp("files") / "april.csv"
    new = {
        "AQN04": ("NHS ENGLAND SOUTH EAST ", "PHL", AQN04),
        "ZZ9": ("NHS ENGLAND LONDON", EVIL, NEW),
        "ZZ8": ("ATLANTIS", "NOWHERE", NEW),
        "ZZ7": ("NHS CENTRAL EAST INTEGRATED CARE BOARD ", "WALK-IN", NEW),
    }
    path.write_text(whole_month(march, "APRIL-2026", **new), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def grown(april, tmp_path_factory):
    """What the command prints, and the folder in which April was added."""
    folder = tmp_path_factory.mktemp("grown") / "mine"
    return ingest([april], folder, append=True), folder


def test_later_months_are_added_to_what_is_there(grown, march):
    done, folder = grown
    own, embedded = (
        tables.load("emergency_provider_month", source=folder),
        tables.load("emergency_provider_month"),
    )
    pd.testing.assert_frame_equal(own[own["month"] <= MARCH].reset_index(drop=True), embedded)
    fresh = own[own["month"] == APRIL].set_index(["provider_code", "department_type"])
    assert len(fresh) == len(march) + 2
    assert fresh.loc[("AQN04", "3"), ["attendances", "attendances_booked", "over_4_hours"]].tolist() == [
        3406,
        10,
        81,
    ]
    assert fresh.loc[
        ("ZZ9", "1"), ["attendances", "attendances_booked", "over_4_hours", "admissions_via_ae"]
    ].tolist() == [55, 5, 8, 9]
    assert "added: April 2026" in done.text
    assert "april.csv: NHS England, provider file of April 2026; 18 totals agree to the unit" in done.text
    origin = tables.origin("emergency_provider_month", source=folder)
    assert origin.edition == "provider files up to March 2026; provider file of April 2026"
    assert origin.coverage == "England, April 2016 to April 2026"
    assert origin.publisher == "NHS England"


def test_england_regions_and_boards_follow(grown, march):
    _, folder = grown
    table = tables.load("emergency_month", source=folder)
    own = table.query("month == @APRIL and department_type == 'all'").set_index("area_code")["attendances"]
    before = (
        tables.load("emergency_month")
        .query("month == @MARCH and department_type == 'all'")
        .set_index("area_code")["attendances"]
    )
    aqn04 = 3406 - int(march.set_index("provider_code").loc["AQN04", "attendances"])
    # the providers of March add up to 19 more than England's series has, as published
    assert own["E92000001"] == before["E92000001"] + 19 + aqn04 + 3 * 55
    assert own["E40000005"] == before["E40000005"] + aqn04
    assert own["E40000003"] == before["E40000003"] + 55
    assert own["E40000007"] == before["E40000007"] + 55
    assert own["E54000027"] == before["E54000027"]
    assert set(own.index) == set(before.index)
    england = tables.load("emergency_england_month", source=folder).iloc[-1]
    assert england["month"] == APRIL
    assert england[
        ["admissions_other", "waits_over_4_hours_for_admission", "waits_over_12_hours_for_admission"]
    ].tolist() == [143_887, 123_870, 46_665]
    assert any("36 boards" in caveat for caveat in tables.origin("emergency_month", source=folder).caveats)


def test_new_providers_have_harmless_names_and_unknown_ones_are_told(grown):
    done, folder = grown
    known = tables.load("emergency_provider", source=folder).set_index("provider_code")
    assert known.loc["ZZ9", ["provider_name", "nhs_region_code"]].tolist() == [f"'{EVIL}", "E40000003"]
    assert known.loc["AQN04", "last_month"] == APRIL
    assert known.loc["ZZ7", "nhs_region_code"] == "E40000007"
    assert known["icb_code"].isna()["ZZ7"]
    assert "ZZ8" not in known.index
    assert (
        "left out: april.csv: provider ZZ8 (NOWHERE), because its region 'ATLANTIS' is not known" in done.text
    )


def test_the_difference_names_months_and_codes(grown):
    found = {d.table: d for d in diff(grown[1])}
    one = found["emergency_provider_month"]
    assert (one.new_periods, one.lost_periods, one.new_codes, one.ended_codes, one.revisions) == (
        ("2026-04",),
        (),
        ("ZZ7", "ZZ9"),
        (),
        (),
    )
    assert "new periods: 2026-04" in one.text


def test_the_newest_edition_wins_and_older_files_change_nothing(grown, march, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(grown[1], folder)
    paths = [tmp_path / name for name in ("one.xlsx", "two.xlsx", "march.csv")]
    months = [APRIL.date()]
    for path, published, more in zip(paths, ("14th May 2026", "11th June 2026"), (0, 5), strict=False):
        sheets = time_series(months, published=published, scale=1500)
        for sheet, row in (("Activity", -2), ("Performance", -1)):
            for column in (2, 5):
                sheets[sheet][row][column] += more
        path.write_bytes(xlsx(sheets))
    paths[2].write_text(
        whole_month(march, "MARCH-2026", AQN04=("NHS ENGLAND SOUTH EAST", "PHL", AQN04)), encoding="utf-8"
    )
    done = ingest(paths, folder, append=True)
    england = (
        tables.load("emergency_month", source=folder)
        .query("area_code == 'E92000001' and month == @APRIL")
        .set_index("department_type")
    )
    assert england.loc["1", "attendances"] == 1_500_005
    assert "one.xlsx not used (two.xlsx is newer): April 2026" in done.text
    assert "march.csv not used (what is there is of a newer edition): March 2026" in done.text
    assert "AQN04, 2026-03, 3, attendances: 3,122 to 3,406" in done.text


def test_the_same_figures_again_change_nothing():
    rows = pd.DataFrame({"month": [APRIL, APRIL], "area_code": ["A", "B"], "attendances": [1.0, 2.0]})
    same = Candidate("two.xlsx", "as of April", datetime.date(2026, 6, 11), rows)
    joined = join_periods(
        rows,
        {APRIL: [same]},
        period="month",
        key=["area_code", "month"],
        released=datetime.date(2026, 5, 14),
        keep=True,
        replace=False,
    )
    assert [(c.file, when, why) for c, when, why, _ in joined.left] == [
        ("two.xlsx", APRIL, "the figures are the same")
    ]
    assert not joined.used


def test_without_append_the_folder_holds_what_the_files_hold_and_figures_are_checked(april, tmp_path):
    ingest([april], tmp_path / "mine")
    own = tables.load("emergency_provider_month", source=tmp_path / "mine")
    assert set(own["month"]) == {APRIL}
    assert (
        tables.origin("emergency_provider_month", source=tmp_path / "mine").edition
        == "provider file of April 2026"
    )
    small = tmp_path / "small.csv"
    small.write_text(provider_csv("APRIL-2026"), encoding="utf-8")
    with pytest.raises(TableError, match="times smaller than the embedded table has for the same areas"):
        ingest([small], tmp_path / "other")
    assert not list((tmp_path / "other").iterdir())


def test_one_bad_file_stops_all_and_leaves_what_was_there(april, grown, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(grown[1], folder)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    bad, worse = tmp_path / "bad.csv", tmp_path / "worse.csv"
    bad.write_text(provider_csv("MAY-2026").replace(",2000,", ",2001,"), encoding="utf-8")
    with pytest.raises(
        ReleaseError, match="nothing was written, because 1 of 2 files can't be used"
    ) as caught:
        ingest([april, bad], folder, append=True)
    assert "bad.csv, line 5: the rows do not add up" in str(caught.value)
    figures = [list(row) for row in BOOKED_FIGURES]
    figures[0][6] = 5000  # over four hours, of 1,020
    worse.write_text(provider_csv("MAY-2026", figures=figures), encoding="utf-8")
    with pytest.raises(ReleaseError, match="5,006 stayed over four hours, but only 1,020 attended"):
        ingest([worse], folder, append=True)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_waiting_lists_and_cancer_waits_are_added_and_lacking_months_named(tmp_path):
    waiting = tables.load("waiting_list_provider_month").query("month == @MARCH")
    cancer = tables.load("cancer_provider_month").query("month == @JULY")
    lines = [
        "Period,Provider Org Code,Provider Org Name,Commissioner Org Code,RTT Part Type,Treatment Function Code,Treatment Function Name,"
        "Gt 00 To 01 Weeks SUM 1,Gt 20 To 21 Weeks SUM 1,Gt 104 Weeks SUM 1,Total All"
    ]
    for row in waiting.itertuples():
        over = 0 if pd.isna(row.over_52_weeks) else int(row.over_52_weeks)
        rest = row.incomplete - row.within_18_weeks - over
        lines.append(
            f"RTT-April-2026,{row.provider_code},X,15F,Part_2,C_999,Total,{row.within_18_weeks},{rest},{over},{row.incomplete}"
        )
    codes = {"28_day_diagnosis": "FDS", "31_day": "31D", "62_day": "62D"}
    people = ["Month,Basis,Org_Code,Standard_or_Item,Cancer_Type,Referral_Route_or_Stage,Total,Within"]
    for row in cancer.itertuples():
        people.append(
            f"Apr 2026,Provider,{row.provider_code},{codes[row.standard]},ALL CANCERS,ALL ROUTES,{row.patients},{row.within_standard}"
        )
    files = []
    for name, content in (("rtt.csv", lines), ("cancer.csv", people)):
        files.append(tmp_path / name)
        files[-1].write_text("\n".join(content), encoding="utf-8")
    done = ingest(files, tmp_path / "mine", append=True)
    assert done.text.count("added: April 2026") == 2
    assert done.text.count("this layout was not tested on files as published") == 2
    own = tables.load("waiting_list_provider_month", source=tmp_path / "mine")
    assert (
        own.query("month == @APRIL")[["incomplete", "within_18_weeks"]].sum().tolist()
        == waiting[["incomplete", "within_18_weeks"]].sum().tolist()
    )
    assert (
        own.query("month < @APRIL").reset_index(drop=True).equals(tables.load("waiting_list_provider_month"))
    )
    told = tables.origin("waiting_list_provider_month", source=tmp_path / "mine")
    assert [c for c in told.caveats if "not held" in c] == ["August 2025 to February 2026 are not held."]
    assert (
        "Months taken in from NHS England's extracts hold all providers, also those outside the NHS."
        in told.caveats
    )
    told = tables.origin("cancer_provider_month", source=tmp_path / "mine")
    assert "August 2025 to March 2026 are not held." in told.caveats
    grown = tables.load("cancer_provider_month", source=tmp_path / "mine").query("month == @APRIL")
    assert grown["patients"].sum() == cancer["patients"].sum()


@pytest.fixture(scope="module")
def spent(tmp_path_factory):
    """A folder into which the command took an outturn, and what it printed."""
    place = tmp_path_factory.mktemp("spent")
    path, folder = place / "rs.xlsx", place / "mine"
    path.write_bytes(xlsx(outturn("2024-25")))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert main(["ingest", str(path), "--into", str(folder), "--append"]) == 0
    return folder, printed.getvalue()


def test_a_later_outturn_is_added_with_population_and_per_head(spent):
    own = (
        tables.load("council_outturn", source=spent[0])
        .query("financial_year_start == 2024 and council_code == 'E0101'")
        .set_index("service")
    )
    assert own.loc["culture", ["spending", "population", "spending_per_head", "area_code"]].tolist() == [
        -4_101_000,
        200_028,
        -20.5,
        "E06000022",
    ]


def test_revisions_have_their_sizes():
    before = pd.DataFrame({"code": ["a", "b", "c"], "n": [1.0, 2.0, 3.0]})
    after = pd.DataFrame({"code": ["a", "b", "d"], "n": [1.0, 7.0, 4.0]})
    found = compare(before, after, ["code"])
    assert [str(r) for r in found] == ["c, n: 3 to nothing", "d, n: nothing to 4", "b, n: 2 to 7"]
    assert found[2].size == 5


def test_the_command_line(spent, tmp_path, capsys):
    folder, printed = spent
    assert "added: 2024/25" in printed
    assert printed.rstrip().endswith(f"healthdevo data check --data {folder.resolve()}")
    assert main(["data", "diff", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "new periods: 2024" in said
    assert "revised" not in said
    assert main(["ingest", str(tmp_path / "none.csv"), "--into", str(folder)]) == 1
    assert "none.csv can't be read: No such file" in capsys.readouterr().err
    entries = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    assert {len(f["sha256"]) for e in entries for f in e["files"]} == {64}


def test_what_can_not_be_written_to_or_compared(april, tmp_path):
    with pytest.raises(ReleaseError, match="has no own table"):
        diff(tmp_path)
    with pytest.raises(ReleaseError, match="is the folder of the embedded tables"):
        ingest([april], tables.root())
    with pytest.raises(ReleaseError, match="is a file: name a folder"):
        ingest([april], april)
