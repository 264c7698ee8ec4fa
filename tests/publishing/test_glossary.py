"""First uses of a term are linked to its meaning; the book's own glossary is in order."""

import re
from pathlib import Path

import nbformat
import pytest
from docutils import nodes
from docutils.core import publish_doctree

from healthdevo.publishing.glossary import Meaning, first_uses, meanings, pattern

BOOK = Path(__file__).parents[2] / "book"
TERMS = {
    term: Meaning(term, identifier, text)
    for term, identifier, text in (
        ("block", "term-block", "Neighbours."),
        ("blocks", "term-block", "Neighbours."),
        ("ICB", "term-ICB", "A board."),
        ("integrated care board", "term-ICB", "A board."),
        ("A&E", "term-A-E", "Emergency care."),
        ("difference in differences", "term-did", "A change less a change."),
        ("synthetic difference in differences", "term-sdid", "A weighted one."),
    )
}


def links(text):
    document = publish_doctree(text)
    first_uses(document, TERMS, "glossary.html")
    return document, [
        (n.astext(), n["refuri"], n["reftitle"])
        for n in document.findall(nodes.reference)
        if "term" in n["classes"]
    ]


def test_the_first_use_is_linked_and_no_other():
    document, found = links(
        "The ICB has A&E. An integrated care board, ICB, has two.\n\nBlocks of A&E; a block."
    )
    assert found == [
        ("ICB", "glossary.html#term-ICB", "A board."),
        ("A&E", "glossary.html#term-A-E", "Emergency care."),
        ("Blocks", "glossary.html#term-block", "Neighbours."),
    ]
    assert (
        document.astext()
        == "The ICB has A&E. An integrated care board, ICB, has two.\n\nBlocks of A&E; a block."
    )


def test_the_longest_term_wins_and_hyphens_do_not_matter():
    _, found = links("Synthetic difference-in-differences, then difference in\ndifferences.")
    assert [words.replace("\n", " ") for words, *_ in found] == [
        "Synthetic difference-in-differences",
        "difference in differences",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Blocks\n======\n\nNothing here.",
        "``ICB`` and `ICB <https://example.org>`_",
        "A roadblock, blocked, icb, A&Es-to-be",
    ],
)
def test_headings_code_links_and_parts_of_words_are_left_alone(text):
    assert links(text)[1] == []


def test_without_terms_nothing_changes():
    assert first_uses(publish_doctree("An ICB."), {}, "glossary.html") == []


def test_a_glossary_gives_terms_places_and_first_sentences():
    document = publish_doctree("ICB\n  A board. It plans.\n\nblock\n  Neighbours.")
    for term in document.findall(nodes.term):
        term["ids"] = [f"term-{term.astext()}"]
    assert meanings(document) == {
        "ICB": Meaning("ICB", "term-ICB", "A board."),
        "block": Meaning("block", "term-block", "Neighbours."),
    }


def entries():
    """Terms and meanings of the book's glossary, read from its source."""
    for block in re.findall(
        r"```\{glossary\}\n(.*?)```", (BOOK / "glossary.md").read_text(encoding="utf-8"), re.DOTALL
    ):
        for entry in block.strip("\n").split("\n\n"):
            lines = entry.splitlines()
            yield (
                [x for x in lines if not x.startswith(" ")],
                " ".join(x.strip() for x in lines if x.startswith(" ")),
            )


def prose():
    """All that the book's pages and the functions behind them can say."""
    texts = [p.read_text(encoding="utf-8") for p in BOOK.rglob("*.md") if p.name != "glossary.md"]
    texts += [
        cell.source for p in BOOK.rglob("*.ipynb") for cell in nbformat.read(p, 4).cells if cell.cell_type == "markdown"
    ]  # fmt: skip
    package = BOOK.parent / "src" / "healthdevo"
    for room in ("chapters", "claims"):
        texts += [p.read_text(encoding="utf-8") for p in (package / room).rglob("*.py")]
    texts.append((package / "areas" / "kinds.py").read_text(encoding="utf-8"))
    return "\n".join(texts)


def test_every_term_has_one_meaning_of_one_or_two_short_sentences():
    seen = [term for terms, _ in entries() for term in terms]
    assert len(seen) == len(set(seen)) > 50
    for terms, meaning in entries():
        parts = re.split(r"(?<=[.?!])\s+(?=[A-Z0-9\"])", meaning)
        assert 1 <= len(parts) <= 3, terms
        assert all(len(part.split()) <= 28 for part in parts), (terms, meaning)
        assert meaning.endswith((".", "?")), terms


def test_every_term_is_used():
    text = prose()
    made = [{term: Meaning(term, "x", "y") for term in terms} for terms, _ in entries()]
    assert [list(terms) for terms in made if not pattern(terms).search(text)] == []
