"""Sentences on both sides of their thresholds."""

from types import SimpleNamespace

import numpy as np
import pytest

from healthdevo.chapters.devolution import findings
from healthdevo.chapters.devolution import words as shared
from healthdevo.chapters.devolution.admissions import words
from healthdevo.chapters.devolution.mortality import Carrier
from healthdevo.chapters.devolution.subject import ADMISSIONS


def made(estimate, share, blocks=99):
    matched = round(share * (blocks + 1)) - 1
    return SimpleNamespace(
        estimate=estimate,
        p_absolute=share,
        rank=matched + 1,
        effects=np.zeros(blocks),
        interval=lambda: SimpleNamespace(lower=estimate - 1, upper=estimate + 1),
    )


def test_headline_says_what_stands_out_and_what_does_not():
    said = findings.admissions_of(
        made(-43.0, 0.3), made(-0.05, 0.4), made(-4.0, 0.9), made(-60.0, 0.1), 117.0, "V."
    )
    assert "narrowed by 43 per 100,000 (2003/04 to 2014/15 against 2015/16 to 2019/20). 29 of the 99" in said
    assert "4.9% less (39 of 99 blocks match)" in said
    assert "from the budget in 2016/17 the change is 4 fewer (89 of 99" in said
    assert "to 2023/24 it is 60 fewer (9 of 99" in said
    assert "below about 117 per 100,000 would most likely go unseen. V." in said
    loud = findings.admissions_of(
        made(43.0, 0.01), made(0.05, 0.4), made(4.0, 0.9), made(60.0, 0.1), 117.0, "V."
    )
    assert "widened by 43" in loud
    assert "None of the 99 blocks" in loud
    assert "do not show" not in loud
    assert loud.endswith("V.")


def test_headline_and_short_form_agree(page):
    long, short = (f(page.readings) for f in (findings.admissions_headline, findings.admissions_manchester))
    assert long.name == "admissions_headline"
    assert short.name == "admissions_manchester"
    first = long.sentence.split("). ")[0]
    assert short.sentence.startswith(first)
    assert page.readings.judgement.verdict.sentence in long.sentence
    assert page.texts()["admissions_headline"] == long.sentence


@pytest.mark.parametrize(
    ("when", "said"),
    [((2014, 2), "had stopped growing before"), ((2014, 3), "went on growing up to")],
)
def test_when_the_gap_was_widest(when, said):
    assert said in words.timing(*when)


def test_shared_sentences_name_admissions_and_their_years():
    said = shared.pretrend(made(4.5, 0.06), ADMISSIONS)
    assert said.startswith("From 2003/04 to 2014/15 the gap widened by 4.5 admissions per 100,000 a year")
    assert "Blocks part so widely that it would be missed" in said
    assert "was moving apart" in shared.pretrend(made(-4.5, 0.05), ADMISSIONS)
    given = {"earlier trend": made(-5.0, 0.3), "everything": made(-6.0, 0.3)}
    assert "With the level of admissions and deprivation" in shared.given_in_words(given, ADMISSIONS)
    told = shared.made_up({2013: made(-20.0, 0.3)}, made(-36.0, 0.3), ADMISSIONS)
    assert "before 2015/16 alone" in told
    assert "For 2013/14" in told
    carrier = Carrier("Wigan", -38.0, -246.0, 18, 97)
    assert "246.0 fewer admissions per 100,000" in shared.carrier_in_words(carrier, -43.0, ADMISSIONS)
    assert "That is not unusual either" in shared.carrier_in_words(carrier, -43.0, ADMISSIONS, False)
    rare = Carrier("Wigan", -38.0, -246.0, 1, 97)
    assert "That is unusual:" in shared.carrier_in_words(rare, -43.0, ADMISSIONS, False)


@pytest.mark.parametrize(
    ("value", "said"),
    [(float("nan"), "holds zero"), (0.04, "lost as soon as"), (0.05, "no more than 0.05 times")],
)
def test_departures_from_parallel_trends(value, said):
    limits = SimpleNamespace(lower=-68.0, upper=-18.0)
    bounds = SimpleNamespace(estimate=-43.0, breakdown=value, interval=lambda: limits)
    told = shared.breakdown(bounds, ADMISSIONS)
    assert "from 2014/15 alone, one year of" in told
    assert said in told


@pytest.mark.parametrize(("counts", "said"), [(25.9, "places move apart"), (26.0, "large part")])
def test_chance_in_the_counts(counts, said):
    told = shared.floor_in_words(counts, 52.0, ADMISSIONS)
    assert told.startswith("Counting admissions alone leaves")
    assert said in told


def test_readings_by_window_are_counted():
    def both(a, b):
        return {(2015, 2019): {"did": a, "sdid": b}}

    quiet = words.by_window(both(made(-5.0, 0.06), made(5.0, 0.5)))
    assert quiet == (
        "Of 2 such readings 1 find fewer admissions, and none is unusual: the least usual is matched by 6% of blocks"
    )
    assert "one is unusual" in words.by_window(both(made(-5.0, 0.05), made(5.0, 0.5)))
    assert "two are unusual" in words.by_window(both(made(-5.0, 0.05), made(5.0, 0.01)))
    told = words.moved_with("Then", {"sdid": made(-4.4, 0.9), "sdid_log": made(-0.02, 0.5)})
    assert told == "Then it is 4.4 fewer (89 of 99 blocks match), or −2.0% (49 of 99 blocks match)"


def test_texts_fill_the_page(page):
    texts = page.texts()
    assert texts["adm_compared"] == "245"
    assert texts["adm_gsc_rank"] == "one factor"
    assert all(text and "nan" not in text for text in texts.values())
