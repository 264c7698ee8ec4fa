"""A miniature book: a prose page, two chapters and an area template, small enough to build in a test."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest

from healthdevo import tables
from healthdevo.publishing.project import Project
from healthdevo.publishing.tasks import Outcome, Task

CODES = ("E92000001", "E40000003", "E40000010")  # England, London, North West

CONFIG = """\
title: A miniature book
author: Its authors
copyright: "2026"
only_build_toc_files: true
execute: {execute_notebooks: auto, stderr_output: remove-warn}
bibtex_bibfiles: [book/references.bib]
launch_buttons: {notebook_interface: classic}
parse:
  myst_enable_extensions: [colon_fence, dollarmath, substitution, deflist]
  myst_substitutions: {area_name: London, area_label: London NHS region, area_kind: NHS region, measure: attendances}
sphinx:
  recursive_update: true  # as in the real book
  config:
    language: en
    nb_code_prompt_show: Show the code
    html_math_renderer: mathml
    html_static_path: [book/_static]
    html_css_files: [book.css]
    extensions: [sphinx_togglebutton, sphinx_copybutton, sphinx_comments, myst_nb, jupyter_book, sphinx_external_toc, sphinx_design,
                 sphinx_book_theme, sphinxcontrib.bibtex, healthdevo.publishing.sphinx_extension]
healthdevo:
  areas: {template: book/areas/area, index: book/areas/index, kinds: [nhs_region], valid_on: 2024-04-01}
"""

TOC = """\
format: jb-book
root: book/index
parts:
- caption: England
  numbered: true
  chapters:
  - file: book/demand
  - file: book/supply
  - file: book/references
  - file: book/made
- caption: Areas
  chapters:
  - file: book/areas/index
    sections:
    - file: book/areas/area
"""

INDEX = """\
# A miniature book

Attendances grew to {glue:text}`demand.ipynb::total:s`, see {doc}`demand`.
"""

BIBLIOGRAPHY = """\
# References

```{bibliography}
```
"""

AREAS = """\
# Find your area

Choose a page.

<!-- areas -->
"""

CHART = """\
import pandas as pd
import matplotlib.pyplot as plt
from healthdevo.charts import Caption, finish, theme
data = pd.DataFrame({"year": [2020, 2021, 2022], "attendances": [1.0, 2.0, 4.0]})
with theme.applied():
    figure, axes = plt.subplots()
    axes.plot(data["year"], data["attendances"])
caption = Caption("growth", TITLE, "Attendances, millions, 2020 to 2022", "Own figures",
                  "Line chart of attendances: they double each year, from 1 to 4 million.")
chart = finish(figure, caption, data)
chart"""

PLAIN_CHART = """\
from IPython.display import display
display({"application/vnd.healthdevo.chart+json": {
    "figure_id": "growth", "title": f"Attendances doubled in {area_code}", "subtitle": "Attendances, millions",
    "source": "Own figures", "alt": "Line chart of attendances: they double each year, from 1 to 4 million.",
    "svg": "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'><path d='M0 9L9 0'/></svg>",
    "csv": "year,attendances\\n2020,1\\n"}}, raw=True)"""

TABLE = """\
from healthdevo.charts import page_table, text_column
rows = pd.DataFrame({"Year": ["2020", "2021"], "Attendances, *millions*": ["1.0", "2,000.5"], "Note": ["a|b", ""]})
page_table(rows, [text_column(name, name) for name in rows.columns],
           table_id="by-year", caption="Attendances by year.", source="Own figures")"""

REFERENCES = "@article{one, author={A. Author}, title={A title}, journal={A journal}, year={2020}}\n"


def notebook(*cells: tuple[str, str, list[str]]) -> str:
    """Return a notebook's text from (type, source, tags)."""
    made = []
    for kind, source, tags in cells:
        cell = (nbformat.v4.new_markdown_cell if kind == "md" else nbformat.v4.new_code_cell)(source)
        cell["id"] = f"c{len(made)}"
        if tags:
            cell.metadata["tags"] = tags
        made.append(cell)
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.writes(nbformat.v4.new_notebook(cells=made, metadata=kernel))


DEMAND = [
    ("md", "# Demand\n\nOne study {cite}`one` says so.", []),
    ("code", 'measure = "attendances"\nfactor = 2', ["parameters"]),
    ("code", "from healthdevo.chapters.common import say\nsay(total='1,234', claim='It *grew* by 4.0%.')", []),
    ("md", "The {{ measure }} were {glue:text}`total`. {glue:md}`claim`\n\nSee {fig}`growth`, {tab}`by-year` and $a = b^2$.\n\n$$\n\\sum_i x_i = 1\n$$\n\n## Growth", []),
    ("code", CHART.replace("TITLE", "'Attendances doubled: in each year'"), []),
    ("code", TABLE, []),
]  # fmt: skip

SUPPLY = [("md", "# Supply\n\nNothing is computed.", []), ("code", "1 + 1", ["show-input"])]

AREA = [
    ("md", "# {{ area_label }}\n\nThis page is about {{ area_name }}, an {{ area_kind }}.", []),
    ("code", 'area_code = "E40000003"', ["parameters"]),
    (
        "code",
        "import os\nif area_code == os.environ.get('BROKEN_AREA'):\n    raise ValueError(f'no rows for {area_code}')",
        [],
    ),
    ("md", "## Growth\n\nSee {fig}`growth`.", []),
    ("code", PLAIN_CHART, []),
]

MADE = """\
---
nosearch: true
---

# How it was made

<!-- made -->
"""


def write(root: Path) -> Path:
    """Write the miniature book below a folder and return it."""
    files = {
        "_config.yml": CONFIG,
        "_toc.yml": TOC,
        "requirements.txt": "pinned==1\n",
        "book/index.md": INDEX,
        "book/references.md": BIBLIOGRAPHY,
        "book/made.md": MADE,
        "book/areas/index.md": AREAS,
        "book/references.bib": REFERENCES,
        "book/_static/book.css": ".hd-title { font-weight: bold; }\n",
        "book/demand.ipynb": notebook(*DEMAND),
        "book/supply.ipynb": notebook(*SUPPLY),
        "book/areas/area.ipynb": notebook(*AREA),
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def write_data(folder: Path) -> Path:
    """Write a data folder whose registry knows England and two NHS regions only."""
    source = Path(__file__).parents[2] / "data"
    package = json.loads((source / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"] = [r for r in package["resources"] if r["name"] in ("area", "area_membership")]
    (folder / "tables").mkdir(parents=True)
    for resource in package["resources"]:
        packed = (source / resource["path"]).read_bytes()
        text = (gzip.decompress(packed) if resource["path"].endswith(".gz") else packed).decode()
        head, *rows = list(csv.reader(text.splitlines()))
        keys = [head.index(name) for name in ("area_code", "member_code", "container_code") if name in head]
        kept = [row for row in rows if all(row[i] in CODES for i in keys)]
        resource["path"] = f"tables/{resource['name']}.csv"
        with (folder / resource["path"]).open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, lineterminator="\n").writerows([head, *kept])
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_data(tmp_path_factory.mktemp("figures") / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEALTHDEVO_DATA", str(folder))
        tables.refresh()
    return folder


@pytest.fixture
def project(tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A fresh miniature book, in a folder with a space in its name."""
    monkeypatch.setenv("HEALTHDEVO_DATA", str(data_folder))
    monkeypatch.delenv("HEALTHDEVO_PROJECT", raising=False)
    monkeypatch.delenv("HEALTHDEVO_OVERLAY", raising=False)
    root = write(tmp_path / "a book")
    monkeypatch.chdir(root)
    return Project.load(root)


@pytest.fixture(scope="module")  # not longer: while it lasts, every test reads its figures
def book_root(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Iterator[Path]:
    """A miniature book that the slow tests share."""
    root = write(tmp_path_factory.mktemp("shared") / "book")
    before = os.environ.get("HEALTHDEVO_DATA")
    os.environ["HEALTHDEVO_DATA"] = str(data_folder)
    yield root
    os.environ.pop("HEALTHDEVO_DATA")
    if before is not None:
        os.environ["HEALTHDEVO_DATA"] = before


class PaperEngine:
    """An engine that starts no kernel: it copies the template and writes down what it was asked for."""

    def __init__(
        self, broken: Mapping[str, str] | None = None, reads: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.broken = dict(broken or {})
        self.reads = dict(reads or {})
        self.asked: list[Task] = []

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        for task in reversed(tasks):
            self.asked.append(task)
            if task.name in self.broken:
                yield Outcome(task.name, False, 0.1, self.broken[task.name])
                continue
            output = Path(task.output)
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(Path(task.template).read_text(encoding="utf-8"), encoding="utf-8")
            yield Outcome(task.name, True, 0.1, reads=self.reads.get(task.name, ()))

    @property
    def names(self) -> list[str]:
        return sorted(task.name for task in self.asked)


@pytest.fixture
def paper_engine() -> Callable[..., Any]:
    return PaperEngine


@pytest.fixture
def make_notebook() -> Callable[..., str]:
    return notebook
