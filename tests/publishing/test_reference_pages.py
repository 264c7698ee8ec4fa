"""The reference has every public function, and its tables name only what exists."""

import re
from pathlib import Path

import pytest
import yaml
from tests.kit.exports import FAMILIES, exported

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "book" / "reference"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_its_page_made_from_docstrings_and_a_table(family):
    text = (PAGES / f"{family}.md").read_text(encoding="utf-8")
    assert f".. automodule:: healthdevo.{family}\n" in text
    assert ":imported-members:" in text
    rows = re.findall(r"^\| .*healthdevo\..*\|$", text, re.M)
    assert rows
    named = set(re.findall(rf"~healthdevo\.{family}\.(\w+)`", text))
    assert named
    assert not named - set(exported(family))


def test_the_table_of_contents_has_every_page_of_the_reference():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = set(re.findall(r"book/reference/(\w+)", str(toc)))
    assert listed == {path.stem for path in PAGES.iterdir() if path.suffix in {".md", ".ipynb"}}
