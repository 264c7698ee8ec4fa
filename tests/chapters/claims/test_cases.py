"""Both cases are equally long, and every sentence of fact rests on rows with the verdicts it was written for."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from healthdevo.chapters.claims.cases import AGAINST, CASES, FOR
from healthdevo.claims import CLAIMS, Entry, Judged, Verdict
from healthdevo.claims import VERDICTS as RECORD
from healthdevo.errors import InputError
from healthdevo.results import Estimate

NAMES = {c.name for c in CLAIMS}
ROOT = Path(__file__).parents[3]


def facts(case):
    return (*case.strongest, *case.also, case.weakest)


def words(case):
    return sum(len(f.text.split()) for f in facts(case))


def test_for_and_against_are_of_equal_length_and_number():
    assert len(facts(FOR)) == len(facts(AGAINST))
    assert len(FOR.strongest) + len(FOR.also) == 10
    assert abs(words(FOR) - words(AGAINST)) <= 0.1 * min(words(FOR), words(AGAINST))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_sentence_rests_on_rows_with_the_recorded_verdict(case):
    for fact in facts(case):
        assert fact.rows, fact.text
        for name, verdict in fact.rows.items():
            assert name in NAMES
            assert RECORD[name] == verdict.value, name
        assert all(len(s.split()) <= 28 for s in fact.text.split(". ")), fact.text


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_ten_arguments_a_side_have_each_a_paragraph_and_a_row(case):
    page = (ROOT / f"book/case_{case.name}.ipynb").read_text(encoding="utf-8")
    assert len(case.arguments) == 10
    assert len({argument for argument, _, _ in case.arguments}) == 10
    for argument, paragraph, rows in case.arguments:
        assert 2 <= len(argument.split()) <= 6
        assert f"{{glue:text}}`{paragraph}`" in page
        assert rows
        assert set(rows) <= NAMES
    assert f"{{glue:text}}`case_{case.name}_weakest`" in page
    assert "case.table(ledger)" in page


def test_no_argument_is_made_twice_on_one_side():
    for case in CASES.values():
        rows = [rows for _, _, rows in case.arguments]
        assert len(set(rows)) == len(rows)


def test_both_main_outcomes_are_in_both_cases():
    for case in CASES.values():
        assert {"deal_saves_lives", "avoidable_admissions"} <= set(case.rows)


def test_a_comparison_of_groups_not_drawn_by_lot_is_no_strongest_evidence():
    for case in CASES.values():
        for fact in case.strongest:
            assert not {"regions_diverge", "two_tiers"} & set(fact.rows)
    told = next(f for f in FOR.also if "regions_diverge" in f.rows)
    assert "did not fall by lot" in told.text


def entry(name, value, verdict):
    result = Judged(name, value, float("nan"), (), 1, "made up", reason="none")
    return SimpleNamespace(claim=SimpleNamespace(name=name), result=result, verdict=verdict)


def test_numbers_come_from_the_ledger_and_a_changed_verdict_stops_the_sentence():
    fact = next(f for f in FOR.strongest if "neighbourhoods" in f.rows)
    held = SimpleNamespace(entries=(entry("neighbourhoods", 0.637, Verdict.SUPPORTED),))
    assert fact.said(held).startswith("Of the inequality in length of life, 64% lies inside districts.")
    fell = SimpleNamespace(entries=(entry("neighbourhoods", 0.1, Verdict.CONTRADICTED),))
    with pytest.raises(InputError, match="is contradicted; this sentence was written for supported"):
        fact.said(fell)
    assert isinstance(held.entries[0].result, Estimate)
    assert Entry(CLAIMS[0]).verdict is Verdict.NOT_TESTABLE
