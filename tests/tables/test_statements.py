"""Every dated statement is listed with its source and how it was checked; the command lists them."""

import re

import pytest

from healthdevo import tables
from healthdevo.claims.since import SINCE, since_statements
from healthdevo.cli import main
from healthdevo.tables import descriptor
from healthdevo.tables.statements import STATEMENTS, UNVERIFIED, dated_statements


@pytest.fixture(scope="module")
def rows():
    return dated_statements()


def test_every_table_that_says_how_it_was_checked_is_listed():
    checked = {
        name
        for name, table in descriptor.package().tables.items()
        if {"source", "verification"} <= {f.name for f in table.fields}
    }
    assert checked - {"planned_authority"} == set(STATEMENTS) - {"advanced_trust_candidate"}
    # planned_authority has no day yet to state; the trusts' table names one page for each row and no check


def test_the_days_of_the_registry_are_those_of_statements_with_a_source(rows):
    registered = tables.load("combined_authority").set_index("area_code")["legal_start"]
    said = (
        tables.load("strategic_authority").dropna(subset=["area_code"]).set_index("area_code")["established"]
    )
    # a plain list of instruments; each day is stated with its page in the register of authorities
    assert registered.to_dict() == said.reindex(registered.index).to_dict()


def test_every_row_with_a_day_is_there(rows):
    for name, (day, _) in STATEMENTS.items():
        expected = tables.load(name)[day].notna().sum()
        assert (rows["table"] == name).sum() == expected, name
    assert rows["day"].notna().all()
    assert (rows["statement"].str.strip() != "").all()


def test_what_is_verified_has_an_address_or_stands_in_the_law(rows):
    good = rows[rows["verified"]]
    assert not good["verification"].isin(UNVERIFIED).any()
    assert good["source"].str.match(r"https?://").all()
    two = good[good["verification"] == "two sources"]
    lacking = two[(two["second_source"] == "") & two["table"].isin(["decision", "devolution_event"])]
    assert lacking.empty
    seen = rows[rows["verification"] == "address seen"]
    assert set(seen["table"]) == {"decision", "devolution_event", "planned_reorganisation"}
    assert seen["source"].str.startswith("https://").all()


def test_the_decisions_of_the_year_are_in_the_list(rows):
    said = " ".join(rows.loc[rows["day"] >= "2025-01-01", "statement"])
    for part in (
        "134 councils",
        "income tax",
        "82%",
        "thirty-six",
        "health duty",
        "Health Bill",
        "Eight trusts",
    ):
        assert part in said, part


def test_the_command_lists_them(capsys, rows):
    assert main(["data", "statements"]) == 0
    said = capsys.readouterr().out.splitlines()
    every = since_statements(rows)
    assert len(every) == len(rows) + len(SINCE)
    assert len(said) == 2 * len(every) + 1
    assert any("claims: local_health_tax" in line for line in said)
    assert re.fullmatch(
        r"\d+ dated statements: \d+ with two sources or the law's text, \d+ with less", said[-1]
    )
    assert main(["data", "statements", "--unverified"]) == 0
    fewer = capsys.readouterr().out.splitlines()
    assert len(fewer) == 2 * int((~every["verified"]).sum()) + 1
    assert not any(line.strip().startswith(("two sources:", "legislation:")) for line in fewer)
