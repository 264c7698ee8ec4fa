"""Head and foot of a page: what it is about in few words, and where its notebook opens."""

import pytest
from docutils import nodes

from healthdevo.errors import BuildError
from healthdevo.publishing import page_head


def page(*paragraphs):
    section = nodes.section("", *(nodes.paragraph("", text) for text in paragraphs))
    return nodes.document(None, None, "", section)


def test_the_first_paragraph_that_says_something_describes_a_page():
    assert page_head.description(page("Short.", "This page says what it is about in a sentence."), "T") == (
        "This page says what it is about in a sentence."
    )
    assert page_head.description(page(), "Title: book") == "Title: book"
    assert page_head.description(None, "Search") == "Search"


def test_long_texts_end_with_a_sentence_or_between_words():
    whole = (
        "The first sentence is as long as this and it says enough for a reader. " + "The second goes on " * 20
    )
    assert (
        page_head.description(page(whole), "T")
        == "The first sentence is as long as this and it says enough for a reader."
    )
    cut = page_head.description(page("word " * 80), "T")
    assert len(cut) <= 160
    assert cut.endswith("word …")


def test_a_head_names_the_address_only_where_the_book_has_one():
    without = page_head.head("A & B", 'says "x"', "areas/a.html", "", "Book", root="../")
    assert 'content="A &amp; B"' in without
    assert "og:url" not in without
    assert 'property="og:image" content="../_static/social.png"' in without
    whole = page_head.head("A", "x", "areas/a.html", "https://example.org/", "Book")
    assert 'property="og:url" content="https://example.org/areas/a.html"' in whole


def test_repositories_that_are_none_are_refused():
    assert page_head.repository_of({}) is None
    assert page_head.repository_of({"repository": {"url": ""}}) is None
    with pytest.raises(BuildError, match=r"repository: url: .example\.org/x. is no address"):
        page_head.repository_of({"repository": {"url": "example.org/x"}})


def test_a_foot_offers_the_notebook_and_other_places_only_with_a_repository():
    assert page_head.foot("areas/leeds", "book/areas/area.ipynb", None) == (
        '<p class="hd-foot"><a class="hd-notebook" href="../notebooks/areas/leeds.ipynb" download>Download this page as a notebook</a>.</p>\n'
    )
    assert "Binder</a>, <a" in page_head.foot("money", "book/money.ipynb", ("https://github.com/a/b", "main"))
