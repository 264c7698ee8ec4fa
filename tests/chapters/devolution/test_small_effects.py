"""Effects below one: which way they point depends on their sign alone, whatever their unit makes of their size."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from tests.kit.made_up import carrier, effect, placebo

from healthdevo.chapters.devolution import findings, words
from healthdevo.chapters.devolution.avoidable import findings as of_avoidable
from healthdevo.chapters.devolution.avoidable import words as avoidable
from healthdevo.chapters.devolution.words import STANDARD
from healthdevo.chapters.whole_system.words import agreement_of


@pytest.mark.parametrize("size", [0.7, 7.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_way_an_effect_points_does_not_depend_on_its_size(size: float, sign: float) -> None:
    one, more, other = sign * size, sign * size * 1.1, -sign * size
    good = placebo(one, 4)
    assert words.lasts(carrier("X", more, 2 * one, 4, 99), one)
    assert not words.lasts(carrier("X", other, 2 * one, 4, 99), one)
    assert "nothing of the finding" not in words.carrier_in_words(carrier("X", more, 2 * one, 4, 99), one)
    assert "nothing of the finding" in words.carrier_in_words(carrier("X", other, 2 * one, 4, 99), one)
    assert findings._holds(placebo(more, 4), good)
    assert not findings._holds(placebo(other, 4), good)
    assert of_avoidable.holds(good, placebo(more, 4))
    assert not of_avoidable.holds(good, placebo(other, 4))
    assert "both are unusual" in avoidable.ten_or_five(good, placebo(more, 4))
    assert "opposite" not in avoidable.ten_or_five(good, placebo(more, 4))
    assert "opposite" in avoidable.ten_or_five(good, placebo(other, 4))
    assert agreement_of(one, more, True) == "both point the same way"
    assert agreement_of(one, other, True) == "they point opposite ways"
    powers, others = effect(one, error=size / 10), effect(0.0, error=size / 10)
    for trends, hangs in ((one / 2, False), (0.49 * one, True), (other, True), (more, False)):
        said = words.difference(powers, others, trends)
        assert ("what one believes about earlier trends decides" in said) is hangs
        assert ("does not hang on them" in said) is not hangs


@pytest.mark.parametrize("size", [0.5, 5.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_designs_agree_where_all_point_one_way(size: float, sign: float) -> None:
    def title(values: list[float]) -> str:
        found = dict(zip(STANDARD, values, strict=True))
        subject = SimpleNamespace(
            name=lambda text: text, unit="deaths", rate="deaths", after="a", before="b", note="", table="under_75_mortality_three_year",
        )  # fmt: skip
        mortality = SimpleNamespace(subject=subject, outcomes={"persons": 1})
        return words.designs_chart(SimpleNamespace(found=lambda who, design: placebo(found[design], 4), mortality=mortality)).title  # type: ignore[arg-type]  # fmt: skip

    alike = [sign * size * (1 + 0.2 * i) for i in range(len(STANDARD))]
    most = size * (1 + 0.2 * (len(STANDARD) - 1))
    assert title(alike) == f"Five designs: {size:.1f} to {most:.1f} {'more' if sign > 0 else 'fewer'} deaths"
    assert title([-alike[0], *alike[1:]]).startswith("Five designs disagree: ")
