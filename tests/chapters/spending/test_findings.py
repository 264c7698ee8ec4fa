"""The finding follows the intervals."""

from healthdevo.chapters.spending.findings import headline
from healthdevo.chapters.spending.words import ADULT, PUBLIC_HEALTH


def test_headline_follows_the_intervals(coefficient):
    unclear, fewer = coefficient(-0.05, -0.2, 0.1), coefficient(-0.2, -0.3, -0.1)
    more = coefficient(0.2, 0.1, 0.3)

    def said(coefficients, published=-0.115):
        return headline(coefficients, published, "2013 to 2022").sentence

    none = said({PUBLIC_HEALTH: unclear, ADULT: unclear})
    assert none.startswith("These data cannot tell")
    assert "published" in none
    assert "published" not in said({PUBLIC_HEALTH: unclear}, -0.5)
    mixed = said({PUBLIC_HEALTH: fewer, ADULT: unclear})
    assert "more public health spending had fewer" in mixed
    assert "adult social care these data cannot tell" in mixed
    assert "had more preventable deaths" in said({PUBLIC_HEALTH: more})


def test_finding_names_its_window(spending):
    (finding,) = spending.findings
    assert finding.name == "spending_headline"
    assert finding.window == spending.texts()["spending_years"]
