"""The list of literature holds what the pages cite, and nothing else."""

import re
from pathlib import Path

import nbformat

BOOK = Path(__file__).parents[2] / "book"


def prose():
    """The Markdown of every page."""
    yield from (p.read_text(encoding="utf-8") for p in BOOK.rglob("*.md"))
    for path in BOOK.rglob("*.ipynb"):
        yield from (c.source for c in nbformat.read(path, 4).cells if c.cell_type == "markdown")


def test_every_work_is_cited_and_every_citation_has_its_work():
    works = set(re.findall(r"^@\w+\{([^,]+),", (BOOK / "references.bib").read_text(encoding="utf-8"), re.MULTILINE))  # fmt: skip
    cited = {
        key.strip()
        for text in prose()
        for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text)
        for key in keys.split(",")
    }
    assert len(works) > 15
    assert cited == works


def test_every_article_leads_to_its_text():
    entries = re.split(r"(?m)^(?=@)", (BOOK / "references.bib").read_text(encoding="utf-8"))
    articles = {m[1]: e for e in entries if (m := re.match(r"@article\{([^,]+),", e))}
    led = {key for key, e in articles.items() if re.search(r"^  doi += \{10\.\d{4,}/\S+\}$", e, re.MULTILINE)}
    assert set(articles) - led == {"martin2020"}  # its number was not seen
