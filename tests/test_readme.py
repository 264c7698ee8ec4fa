"""README.md says what the chapters compute, and names only what exists."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from healthdevo.chapters.balance import Balance
from healthdevo.chapters.demand.attendances import Demand
from healthdevo.chapters.devolution.chapter import Devolution
from healthdevo.chapters.health_in_all_policies.chapter import HealthInAllPolicies
from healthdevo.chapters.inequality.chapter import Inequality
from healthdevo.chapters.opening import Opening
from healthdevo.chapters.postcode_lottery.chapter import PostcodeLottery
from healthdevo.chapters.powers.chapter import Powers
from healthdevo.chapters.reorganisation.chapter import Reorganisation
from healthdevo.chapters.spending.chapter import Spending
from healthdevo.publishing.readme import stated

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXTS: dict[str, Callable[[], dict[str, str]]] = {
    "index": lambda: Opening.load().texts(),
    "balance": lambda: {f.name: f.sentence for f in [Balance.load().finding()]},
    "demand": lambda: Demand.load().texts(),
    "inequality": lambda: Inequality.load().texts(),
    "postcode_lottery": lambda: PostcodeLottery.load().texts(),
    "spending": lambda: Spending.load().texts(),
    "health_in_all_policies": lambda: HealthInAllPolicies.load().texts(),
    "devolution": lambda: Devolution.load().texts(),
    "powers": lambda: Powers.load().texts(),
    "reorganisation": lambda: Reorganisation.load().texts(),
}


SAID = stated(README)


def test_there_are_findings():
    assert SAID


@pytest.mark.long
@pytest.mark.usefixtures("national_results_once")
@pytest.mark.parametrize("chapter", sorted({chapter for chapter, _ in SAID}))
def test_findings_are_those_of_the_chapter(chapter):
    computed = TEXTS[chapter]()
    said = {name: text for (of, name), text in SAID.items() if of == chapter}
    assert said == {name: computed.get(name) for name in said}


def test_no_finding_is_typed_by_hand():
    findings = README.split("## What the book finds")[1].split("\n## ")[0]
    by_hand = re.sub(r"<!-- say .*?<!-- end -->", "", findings, flags=re.DOTALL)
    years_and_the_claim = re.sub(r"\b(19|20)\d\d(/\d\d)?\b|\b22 per cent\b", "", by_hand)
    assert not re.findall(r"\d", years_and_the_claim)


def test_the_two_commands_and_every_named_file_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^book:", makefile, re.MULTILINE)
    assert re.search(r"^test:", makefile, re.MULTILINE)
    for name in re.findall(r"`((?:[A-Za-z_.]+/)*[A-Za-z_]+\.(?:md|yml|cff))`", README):
        assert (ROOT / name).exists(), name
