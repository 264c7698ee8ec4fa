"""The ledger: its rows, its record, and results against what chapters and published figures say."""

import json
import math
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.money.findings import unseen_headline
from healthdevo.claims import CLAIMS, ESSAYS, SCALE, Claim, Entry, Ledger, accept, changes, check
from healthdevo.claims import VERDICTS as RECORD
from healthdevo.claims.ledger import quoted
from healthdevo.claims.recording import VerdictsChangedError
from healthdevo.claims.results import demand, footprint, money, postcode_lottery, powers, spending
from healthdevo.claims.rules import AtLeast
from healthdevo.claims.sources import Sources
from healthdevo.errors import InputError, TableError

BOOK = Path(__file__).parents[2] / "book"
SOURCES = Sources(draws=19)


def headings(page):
    cells = json.loads((BOOK / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    lines = [line for c in cells if c["cell_type"] == "markdown" for line in "".join(c["source"]).split("\n")]
    return [line[3:] for line in lines if line.startswith("## ")]


def test_there_are_forty_rows_and_each_says_what_it_must():
    assert len(CLAIMS) >= 40
    assert len({c.name for c in CLAIMS}) == len(CLAIMS)
    assert {c.essay for c in CLAIMS} == set(ESSAYS)
    assert {c.side for c in CLAIMS} == {"for", "against"}
    for c in CLAIMS:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", c.name)
        assert [text[-1] for text in (c.claim, c.question, c.change)] == [".", "?", "."], c.name
        assert all(len(text.split()) <= 28 for text in (c.claim, c.question, c.change)), c.name
        if c.test is None:
            assert c.published, c.name
            assert c.needed.endswith("."), c.name


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.name)
def test_each_row_links_to_a_section_that_is_there(claim):
    page, heading = Entry(claim).place
    assert heading in headings(page)


def test_the_record_has_every_row_and_no_other():
    assert list(RECORD) == [c.name for c in CLAIMS]
    assert set(RECORD.values()) <= set(SCALE)
    assert {n for n, v in RECORD.items() if v == SCALE[-1]} == {c.name for c in CLAIMS if c.test is None}


def test_a_changed_verdict_is_refused_until_it_is_accepted(tmp_path):
    record = {"a": "supported", "gone": "supported"}
    found = {"a": "contradicted", "b": "supported"}
    with pytest.raises(
        VerdictsChangedError, match=r"(?s)3 verdicts.*a: supported, now contradicted.*claims --accept"
    ):
        check(found, record)
    with pytest.raises(VerdictsChangedError, match="1 verdict of the ledger differs"):
        check({"a": "contradicted"}, {"a": "supported"})
    path = tmp_path / "record.py"
    accept(found, path)
    read = {}
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), read)  # the module that was written
    assert read["VERDICTS"] == found
    assert changes(found, read["VERDICTS"]) == ()
    check(found, read["VERDICTS"])
    with pytest.raises(VerdictsChangedError, match="is no verdict"):
        accept({"a": "true"}, path)


def test_published_evidence_is_quoted_with_number_source_and_what_was_read():
    published = tables.load("published_estimate")
    said = quoted(published, "Morciano and others", "emergency admissions in both")
    assert "3.5 per cent (95% interval −0.3 to 7.2)" in said
    assert "Morciano and others, BMC Health Services Research 2021; read: abstract" in said
    with pytest.raises(TableError, match="has 0 rows"):
        quoted(published, "Nobody", "nothing")
    with pytest.raises(TableError, match="has 4 rows"):
        quoted(published, "Morciano", "emergency")
    for claim in CLAIMS:
        for key in claim.published:
            assert quoted(published, *key)


def test_results_are_those_of_published_figures_and_identities():
    assert demand.growth_in_nine_years(SOURCES).estimate == pytest.approx(
        0.17, abs=0.01
    )  # the chapter's headline
    assert money.seen_by_use(SOURCES).estimate == unseen_headline(SOURCES.flow).number
    say = footprint.say_in_decisions(SOURCES)
    assert (
        say.estimate
        == tables.load("influence_local_decisions").set_index("financial_year")["share"]["2024/25"]
    )
    penny = SOURCES.taxes.penny.fifths(0.0)
    assert money.rich_over_poor(SOURCES).estimate == pytest.approx(penny[5] / penny[1])
    held = powers.authorities_without_power(SOURCES)
    assert held.estimate == pytest.approx(17 / 20)  # 3 of 20, as the chapter on powers says
    same = footprint.same_borders(SOURCES)
    assert 0.0 <= same.estimate <= 1.0
    worth = spending.worth_of_prevention(SOURCES)
    # Martin, Lomas and Claxton, table 3: 14,912 / 4,845 and 11,973 / 2,725
    assert worth.interval().lower == pytest.approx(14912 / 4845)
    assert worth.interval().upper == pytest.approx(11973 / 2725)


def test_diabetes_is_the_mean_of_boards():
    rows = tables.load("recorded_illness_icb").query("condition == 'diabetes'")
    by_year = rows.groupby("financial_year_start")["prevalence"].mean()
    found = demand.diabetes_growth(SOURCES)
    assert found.estimate == pytest.approx(by_year.iloc[-1] - by_year.iloc[0])
    assert found.interval().lower < found.estimate < found.interval().upper


def test_widening_compares_districts_with_a_deal_with_the_others():
    # four districts with a deal spread from 1 to 3 apart, four others from 1 to 2: half as much again
    apart, mixed = np.array([-1.5, -0.5, 0.5, 1.5]), np.array([-0.5, -1.5, 1.5, 0.5])
    figures = pd.DataFrame(
        {2014: [*apart, *apart], 2024: [*(3 * mixed), *(2 * mixed)]},
        index=pd.Index(list("abcdefgh"), name="area_code"),
    )
    case = SimpleNamespace(figures=figures)
    found = postcode_lottery.widening(case, set("abcd"), "made up", logarithm=False)
    assert found.estimate == pytest.approx(1.5)
    assert found.interval().lower < 1.5 < found.interval().upper
    turned = postcode_lottery.widening(case, set("efgh"), "made up", logarithm=False)
    assert turned.estimate == pytest.approx(1 / 1.5)
    assert turned.interval().upper == pytest.approx(1 / found.interval().lower)


def test_a_ledger_of_few_rows_says_everything():
    chosen = [c for c in CLAIMS if c.name in ("demand_grew", "chronic_illness", "better_care_fund")]
    ledger = Ledger.load(SOURCES, chosen)
    assert ledger.verdicts == {n: RECORD[n] for n in ("demand_grew", "chronic_illness", "better_care_fund")}
    assert ledger.counts() == {SCALE[0]: 1, SCALE[1]: 1, SCALE[2]: 0, SCALE[3]: 0, SCALE[4]: 1}
    assert sum(ledger.counts("against").values()) == 0
    frame = ledger.to_frame().set_index("name")
    assert frame.loc["demand_grew", "section"].startswith("demand.html#the-claim-up-22-per-cent")
    assert frame.loc["demand_grew", "no_interval"]
    assert float(frame.loc["chronic_illness", "lower"]) < float(frame.loc["chronic_illness", "upper"])
    assert frame.loc["better_care_fund", "test"] == ""
    assert frame.loc["better_care_fund", "needed"]
    assert [row["name"] for row in json.loads(ledger.to_json())] == list(ledger.verdicts)
    said = {e.claim.name: e.said for e in ledger.entries}
    assert "no interval" in said["demand_grew"]
    assert "95% interval" in said["chronic_illness"]
    assert said["better_care_fund"].startswith("Published: ")
    with pytest.raises(VerdictsChangedError, match="gone"):
        ledger.checked()


def test_a_row_that_lacks_something_is_refused():
    whole = {
        "name": "a",
        "essay": "radix",
        "side": "for",
        "claim": "A.",
        "question": "B?",
        "change": "C.",
        "link": "demand#x",
    }
    with pytest.raises(InputError, match="no essay is called"):
        Claim(**whole | {"essay": "nobody"})
    with pytest.raises(InputError, match="published evidence"):
        Claim(**whole)
    with pytest.raises(InputError, match="a test needs a rule"):
        Claim(**whole, rule=AtLeast(0.5, 0.3, 0.1))
    with pytest.raises(InputError, match="change is empty"):
        Claim(**whole | {"change": " "}, published=(("a", "b"),), needed="C.")


def test_what_has_no_number_cannot_be_tested():
    claim = next(c for c in CLAIMS if c.name == "demand_grew")
    nothing = demand.growth_in_nine_years(SOURCES)
    assert Entry(claim, nothing).verdict.value == RECORD["demand_grew"]
    assert Entry(claim).verdict.value == SCALE[-1]
    assert math.isfinite(nothing.estimate)
