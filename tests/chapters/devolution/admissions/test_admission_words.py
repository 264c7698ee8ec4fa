"""Sentences on both sides of their thresholds."""

from types import SimpleNamespace

import numpy as np
import pytest

from healthdevo.chapters.devolution import findings
from healthdevo.chapters.devolution.admissions import words
from healthdevo.chapters.devolution.mortality import Carrier


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


def test_movement_before_the_agreement():
    assert "widened by 4.5" in words.pretrend(4.5, made(4.5, 0.3))
    assert "a path of its own is not shown" in words.pretrend(4.5, made(4.5, 0.06))
    assert "narrowed by 4.5" in words.pretrend(-4.5, made(-4.5, 0.05))
    assert "was moving apart" in words.pretrend(-4.5, made(-4.5, 0.05))


def test_carrier_departures_blocks_and_counts():
    said = words.carrier(Carrier("Wigan", -38.0, -246.0, 18, 97))
    assert said.startswith("Wigan carries most: on its own the change is 246.0 fewer")
    assert "38.0 fewer" in said
    assert "18 of 97 blocks have as much left" in said

    def bounds(value):
        return SimpleNamespace(
            estimate=-43.0, breakdown=value, interval=lambda: SimpleNamespace(lower=-68.0, upper=-18.0)
        )

    assert "holds zero" in words.departures(bounds(float("nan")))
    assert "lost as soon as" in words.departures(bounds(0.04))
    assert "no more than 0.05 times" in words.departures(bounds(0.05))

    def cut(fewest, most):
        return words.disjoint(SimpleNamespace(blocks=(fewest, most), n=200, p_mean=0.33, p_minimum=0.16))

    assert "only 16 to 21 blocks" in cut(16, 21)
    assert "only 16 blocks" in cut(16, 16)
    assert "places move apart" in words.floor_words(25.9, 52.0)
    assert "large part" in words.floor_words(26.0, 52.0)


def test_readings_by_window_are_counted():
    def both(a, b):
        return {(2015, 2019): {"did": a, "sdid": b}}

    quiet = words.by_window(both(made(-5.0, 0.06), made(5.0, 0.5)))
    assert quiet == (
        "Of 2 such readings 1 find fewer admissions, and none is unusual: the least usual is matched by 6% of blocks"
    )
    assert "one is unusual" in words.by_window(both(made(-5.0, 0.05), made(5.0, 0.5)))
    assert "two are unusual" in words.by_window(both(made(-5.0, 0.05), made(5.0, 0.01)))
    told = words.moved_with("Then", made(-4.4, 0.9), made(-0.02, 0.5))
    assert told == "Then it is 4.4 fewer (89 of 99 blocks match), or −2.0% (49 of 99 blocks match)"


def test_texts_fill_the_page(page):
    texts = page.texts()
    assert texts["adm_compared"] == "245"
    assert texts["adm_gsc_rank"] == "one factor"
    assert all(text and "nan" not in text for text in texts.values())
