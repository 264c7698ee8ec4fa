"""A miniature book: a prose page, two chapters and an area template, small enough to build in a test."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import nbformat

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
  myst_substitutions: {area_name: London, area_label: London NHS region, page: area}
sphinx:
  config:
    language: en
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
- caption: Areas
  chapters:
  - file: book/areas/index
    sections:
    - file: book/areas/area
"""

INDEX = """\
# A miniature book

Attendances grew to {glue:text}`demand::total`, see {doc}`demand`.
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
from healthdevo.charts import finish, theme
data = pd.DataFrame({"year": [2020, 2021, 2022], "attendances": [1.0, 2.0, 4.0]})
with theme.applied():
    figure, axes = plt.subplots()
    axes.plot(data["year"], data["attendances"])
chart = finish(figure, figure_id="growth", title=TITLE, subtitle="Attendances, millions, 2020 to 2022",
               source="Own figures", alt="Line chart of attendances: they double each year, from 1 to 4 million.",
               data=data)
chart"""

TABLE = """\
from healthdevo.reporting import show_table
show_table(pd.DataFrame({"Year": ["2020", "2021"], "Attendances, *millions*": ["1.0", "2,000.5"], "Note": ["a|b", ""]}),
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
    return nbformat.writes(nbformat.v4.new_notebook(cells=made))


DEMAND = [
    ("md", "# Demand\n\nOne study {cite}`one` says so.", []),
    ("code", 'measure = "attendances"\nfactor = 2', ["parameters"]),
    ("code", "from healthdevo.reporting import say\nsay(total='1,234', claim='It *grew* by 4.0%.')", []),
    ("md", "The {{ measure }} were {glue:text}`total`. {glue:md}`claim`\n\nSee {numref}`fig-{{ page }}-growth`, "
           "{numref}`tab-{{ page }}-by-year` and $a = b^2$.\n\n$$\n\\sum_i x_i = 1\n$$\n\n## Growth", []),
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
    ("md", "## Growth\n\nSee {numref}`fig-{{ page }}-growth`.", []),
    ("code", CHART.replace("TITLE", "f'Attendances doubled in {area_code}'"), []),
]


def write(root: Path) -> Path:
    """Write the miniature book below a folder and return it."""
    files = {
        "_config.yml": CONFIG,
        "_toc.yml": TOC,
        "requirements.txt": "pinned==1\n",
        "book/index.md": INDEX,
        "book/references.md": BIBLIOGRAPHY,
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
        path.write_text(dedent(text) if name.endswith("ml") else text, encoding="utf-8")
    return root
