"""Every assertion of the essays is taken up, every proposal has its outcome, and no page speaks of essays without naming one."""

import datetime
import json
import re
from pathlib import Path

import pytest

from healthdevo import tables
from healthdevo.claims import ANSWERS, ASSERTIONS, CLAIMS, ESSAYS, SINCE, Since
from healthdevo.errors import InputError

ROOT = Path(__file__).parents[2]
NAMES = {c.name: c for c in CLAIMS}
SYSTEMS = {
    "growing A&E demand": ("demand_grew",),
    "ageing, poorer health, supply": ("demand_from_ageing", "demand_from_poorer"),
    "poorer communities": ("demand_from_poorer", "unequal_regions"),
    "wider determinants, prosperity and health": (
        "determinants_together",
        "health_makes_prosperity",
        "prosperity_makes_health",
        "health_makes_productivity",
    ),
    "postcode lottery, two tiers, territorial justice": (
        "lottery_came_first",
        "two_tiers",
        "regions_diverge",
        "territorial_justice",
    ),
    "a regional authority on an economic footprint": ("economic_footprint", "footprint_pays"),
    "integration, prevention, fewer stays; chronic illness": (
        "avoidable_admissions",
        "fewer_stays",
        "fewer_delays",
        "integration_and_admissions",
        "chronic_illness",
    ),
    "decided since: authorities, borders, duty, ministers' powers": (
        "equal_partners",
        "ministers_powers",
        "too_timid",
    ),
    "one model does not fit all": ("one_place_not_another", "not_every_shire"),
    "mayors, combined authorities, staggered deals": ("one_elected_leader", "staggered_deals"),
    "the Greater Manchester deal": (
        "deal_saves_lives",
        "deal_matters_for_poorest",
        "money_of_the_deal",
        "system_betters",
    ),
    "devolved budget, flows, open books": ("too_timid", "closed_books"),
    "five-year budgets": ("five_year_budgets",),
    "prevention": ("keep_healthy", "prevention_pays_in_time", "health_as_investment"),
    "health taxes and equalisation": ("local_health_tax", "centre_keeps_sharing"),
    "employers": ("employer_discount",),
    "exemption from directives and targets": (
        "exempt_from_targets",
        "targets_move_waits",
        "better_care_fund",
    ),
    "earned autonomy, league tables": (
        "good_stay_good",
        "gate_frees_the_wrong",
        "gate_refuses_the_good",
        "league_tables_mislead",
    ),
    "triple devolution": (
        "places_differ_locally",
        "boards_matter",
        "freedom_makes_better_trusts",
        "power_to_patients",
    ),
    "national versus local": ("centre_keeps_sharing", "fiscal_devil", "federal_remains"),
    "workforce, culture, shared leadership, legitimacy": (
        "integrated_workforce",
        "culture_changes_results",
        "morale_and_results",
        "shared_leadership_is_hard",
        "active_citizens",
        "one_elected_leader",
    ),
}
"""The systems that the essays propose or fear, each with its rows."""


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_proposed_or_feared_system_is_in_the_ledger(system):
    assert set(SYSTEMS[system]) <= set(NAMES)


@pytest.mark.parametrize("essay", ESSAYS)
def test_every_assertion_has_rows_of_its_ledger_or_a_reason(essay):
    taken_up = ASSERTIONS[essay]
    assert len(taken_up) >= 7
    for assertion in taken_up:
        assert bool(assertion.rows) != bool(assertion.why_none), assertion.text
        assert set(assertion.rows) <= set(NAMES), assertion.text
    assert len({a.text for a in taken_up}) == len(taken_up)


def test_every_row_takes_up_an_assertion():
    used = {row for taken_up in ASSERTIONS.values() for a in taken_up for row in a.rows}
    assert used == set(NAMES)
    assert sum(bool(a.why_none) for taken_up in ASSERTIONS.values() for a in taken_up) <= 3


@pytest.mark.parametrize("name", SINCE)
def test_what_became_of_a_proposal_has_date_source_and_check(name):
    since = SINCE[name]
    assert name in NAMES
    assert since.answer in ANSWERS
    year, month, *day = (int(part) for part in since.when.split("-"))
    assert datetime.date(2022, 1, 1) <= datetime.date(year, month, day[0] if day else 1)
    assert datetime.date(year, month, day[0] if day else 1) <= datetime.date(2026, 11, 26)
    assert len(since.what.split()) <= 30
    if since.source.startswith("http"):
        assert re.fullmatch(r"https?://\S+\.\S+", since.source)
    else:
        assert since.source in set(tables.describe()["name"])
    assert since.checked


def test_every_answer_is_given_and_a_wrong_one_is_refused():
    assert {s.answer for s in SINCE.values()} == set(ANSWERS)
    with pytest.raises(InputError, match="is not valid"):
        Since("perhaps", "2026-01-01", "A thing.", "devolution_power")
    with pytest.raises(InputError, match="are needed"):
        Since("yes", "2026-01-01", "A thing", "devolution_power")


SPOKEN = ("Radix", "King's Fund", "Localis", "Shared Intelligence", "blog on triple devolution")


def paragraphs():
    for path in sorted((ROOT / "book").rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for text in "".join(cell["source"]).split("\n\n"):
                    yield path.name, text
    for path in sorted((ROOT / "book").rglob("*.md")):
        for text in path.read_text(encoding="utf-8").split("\n\n"):
            yield path.name, text


def test_no_page_speaks_of_essays_without_naming_one():
    found = [(n, t) for n, t in paragraphs() if re.search(r"\bessays?\b", t, re.IGNORECASE)]
    assert found
    silent = [(n, t) for n, t in found if not any(name in t for name in SPOKEN)]
    assert not silent


def test_computed_words_speak_of_essays_only_where_the_page_names_them():
    named = {"claims", "balance", "opening"}  # their pages name or link to all five
    for path in sorted((ROOT / "src/healthdevo/chapters").rglob("*.py")):
        text = re.sub(r'"""(?:.|\n)*?"""', "", path.read_text(encoding="utf-8"))
        if re.search(r"\bessays? (?:say|propose|ask|claim|argue)", text, re.IGNORECASE):
            pytest.fail(f"{path}: names no essay")
        if re.search(r"\bfive essays\b", text):
            assert path.relative_to(ROOT / "src/healthdevo/chapters").parts[0] in named, path
