"""README.md says what the chapters compute, and names only what exists."""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest

from healthdevo.chapters.balance.advice import Advice
from healthdevo.chapters.balance.chapter import Balance
from healthdevo.chapters.balance.power import Measuring
from healthdevo.chapters.balance.tiers import Tiers
from healthdevo.chapters.common import Finding, sentences
from healthdevo.chapters.demand.attendances import Demand
from healthdevo.chapters.devolution import findings as of_devolution
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.mortality import Mortality
from healthdevo.chapters.health_in_all_policies.chapter import HealthInAllPolicies
from healthdevo.chapters.inequality.chapter import Inequality
from healthdevo.chapters.opening import Opening
from healthdevo.chapters.postcode_lottery.chapter import PostcodeLottery
from healthdevo.chapters.postcode_lottery.findings import answer
from healthdevo.chapters.powers.chapter import Powers
from healthdevo.chapters.reorganisation import findings as of_reorganisation
from healthdevo.chapters.reorganisation.experiments import Experiments
from healthdevo.chapters.spending.chapter import Spending
from healthdevo.claims import CLAIMS, Ledger
from healthdevo.claims.sources import Sources
from healthdevo.publishing.readme import stated

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _judgement() -> Judgement:
    return Judgement.of(Mortality.load())


def _balance() -> Finding:
    """Return the chapter's finding, from the one row of the ledger that it quotes."""
    sources = Sources()
    quoted = Ledger.load(sources, [c for c in CLAIMS if c.name == "centre_keeps_sharing"])
    return Balance(Advice.of(quoted), Tiers(sources), Measuring.load(), sources).finding()


def _postcode_lottery() -> Finding:
    chapter, found = PostcodeLottery.load(), of_devolution.manchester(_judgement())
    return answer(chapter.levels, chapter.convergence, found, _judgement().verdict.strength)


# What a chapter finds, without the rest of its page: a page that does not say its finding cannot be built.
TEXTS: dict[str, Callable[[], dict[str, str]]] = {
    "index": lambda: sentences(Opening.load().findings()),
    "balance": lambda: sentences([_balance()]),
    "demand": lambda: Demand.load().texts(),
    "inequality": lambda: Inequality.load().texts(),
    "postcode_lottery": lambda: sentences([_postcode_lottery()]),
    "spending": lambda: sentences(Spending.load().findings),
    "health_in_all_policies": lambda: sentences(HealthInAllPolicies.load().findings),
    "devolution": lambda: sentences([of_devolution.headline(_judgement())]),
    "powers": lambda: Powers.load().texts(),
    "reorganisation": lambda: sentences([of_reorganisation.headline(Experiments.load())]),
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
