"""What the page says follows the counts."""

from healthdevo.chapters.claims import words
from healthdevo.claims import SCALE

SUPPORTED, PARTLY, NOT, CONTRADICTED, UNTESTED = SCALE


def counts(**given):
    names = {"s": SUPPORTED, "p": PARTLY, "n": NOT, "c": CONTRADICTED, "u": UNTESTED}
    return {name: given.get(key, 0) for key, name in names.items()}


def test_one_and_several_are_told_apart():
    assert (
        words.told(counts(s=1, p=2, n=1, c=2))
        == "1 holds, 2 hold in part, 1 is not borne out and 2 are contradicted"
    )
    assert words.told(counts(s=2, n=2)) == "2 hold and 2 are not borne out"
    assert words.told(counts(u=3)) == "none has a result"


def test_the_headline_counts_what_can_be_tested():
    assert (
        words.headline(counts(s=2, u=1))
        == "Of 3 claims in five essays, public data can test 2. Of these, 2 hold."
    )


def test_both_sides_get_the_same_words():
    said = words.sides(counts(s=2, c=1), counts(s=2, c=1, u=1))
    first, second = said.split(" Against it ")
    assert first.removeprefix("For devolving ") == second
    assert second == "there are 3 tested claims. Of these, 2 hold and 1 is contradicted."


def test_the_chart_says_how_many_hold_of_those_tested():
    caption = words.verdicts_chart(counts(s=2, n=1), counts(s=1, u=4))
    assert caption.title == "3 of 4 tested claims hold in full"


def test_what_became_of_proposals_is_counted():
    said = words.became({"yes": 1, "partly": 2, "no": 1, "the opposite": 3})
    assert said.startswith("7 claims propose something")
    assert "1 has come about" in said
    assert "2 in part and 1 not." in said
    assert "For 3 the opposite" in said
