"""A page made without the book says where another page would have spoken, and leaves what it has."""

from types import SimpleNamespace

from healthdevo.publishing.pages import _alone


def cell(text, kind="markdown"):
    return SimpleNamespace(cell_type=kind, source=text)


def test_a_sentence_of_a_page_that_is_not_here_is_told_as_such():
    shown = _alone(cell("**A.** {glue:text}`other.ipynb::headline:s` [Read](other.ipynb)."), {"this"})
    assert shown.source == (
        "**A.** *This page stands alone; the book says here what another of its pages found.* [Read](other.ipynb)."
    )


def test_sentences_of_pages_that_are_here_stand():
    for text in ("{glue:text}`other.ipynb::headline:s`", "{glue:md}`own`", "no glue"):
        assert _alone(cell(text), {"this", "other"}).source == text


def test_code_is_left_as_it_is():
    code = cell("x = '{glue:text}`other.ipynb::headline:s`'", "code")
    assert _alone(code, {"this"}) is code
