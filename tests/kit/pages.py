"""Pages of the book run as plain code, and what they say and show written down: every text, and the numbers behind every figure and table.

``python -m tests.kit.pages`` writes ``tests/chapters/recorded`` anew, as is needed when tables, words or figures change on purpose: read the
difference before it is committed.
"""

from __future__ import annotations

import ast
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from healthdevo.charts import Chart, Table

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests/chapters/recorded"
COLUMNS = ["item", "column", "rows", "total", "size", "text"]
NEAR = 1e-4
"""Relative difference that processors may make."""
PICTURE = '<svg viewBox="0 0 9 9"><style></style></svg>'


@contextmanager
def _heard() -> Iterator[dict[str, str]]:
    """Note what a page says; draw no pictures."""
    import myst_nb

    from healthdevo.charts import chart

    said: dict[str, str] = {}
    glue, draw = myst_nb.glue, chart.svg_of
    myst_nb.glue = lambda name, text, display=False: said.__setitem__(name, text.text)
    chart.svg_of = lambda figure: PICTURE
    try:
        yield said
    finally:
        myst_nb.glue, chart.svg_of = glue, draw


def executed(notebook: Path, **parameters: str) -> tuple[Any, dict[str, str], list[Any]]:
    """Run the code of a notebook here; return it with the names of texts on its cells, the texts by name, and what its cells show."""
    from papermill.iorw import load_notebook_node

    page = load_notebook_node(str(notebook))
    shown: list[Any] = []
    names: dict[str, Any] = {"__name__": "page"}
    with _heard() as said:
        for cell in page.cells:
            if cell.cell_type != "code":
                continue
            before = set(said)
            code = ast.parse(cell.source)
            last = code.body.pop() if code.body and isinstance(code.body[-1], ast.Expr) else None
            exec(compile(code, str(notebook), "exec"), names)
            if "parameters" in cell.metadata.get("tags", ()):
                names.update(parameters)
            if last is not None:
                shown.append(eval(compile(ast.Expression(last.value), str(notebook), "eval"), names))
            cell.outputs = [_named(name) for name in said if name not in before]
    return page, said, [one for one in shown if one is not None]


def _named(name: str) -> Any:
    """Return the output by which an executed notebook gives a text its name."""
    import nbformat

    return nbformat.v4.new_output("display_data", metadata={"scrapbook": {"name": name}})


def run(notebook: Path, **parameters: str) -> tuple[dict[str, str], list[Any]]:
    """Run the code of a notebook here; return its texts by name and what its cells show."""
    return executed(notebook, **parameters)[1:]


def record(said: dict[str, str], shown: list[Any]) -> pd.DataFrame:
    """Return texts and columns of figures and tables, each as one row: a column of numbers by the
    weighted total and size of its rows, one of words by its check sum."""
    rows = [(name, "", 0, np.nan, np.nan, text) for name, text in said.items()]
    for one in shown:
        if not isinstance(one, Chart | Table):
            continue
        name = one.figure_id if isinstance(one, Chart) else one.table_id
        if isinstance(one, Chart):
            rows.append((name, "caption", 0, np.nan, np.nan, f"{one.title} | {one.subtitle} | {one.alt}"))
        else:
            rows.append((name, "caption", 0, np.nan, np.nan, one.caption))
        for column in one.data.columns:
            values = one.data[column]
            if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
                weighted = np.nan_to_num(values.to_numpy(float), posinf=7e7, neginf=-7e7) * np.arange(
                    1, len(values) + 1
                )
                rows.append(
                    (name, str(column), len(values), float(weighted.sum()), float(np.abs(weighted).sum()), "")
                )
            else:
                texts = [f"{v:.4g}" if isinstance(v, float) else str(v) for v in values]
                letters = zlib.crc32("\n".join(texts).encode())
                rows.append((name, str(column), len(values), np.nan, np.nan, f"{letters:08x}"))
    return pd.DataFrame(rows, columns=COLUMNS)


def differences(found: pd.DataFrame, written: pd.DataFrame) -> list[str]:
    """Return what a page says or shows otherwise than was written down."""
    told = []
    keys = ["item", "column"]
    both = written.merge(found, on=keys, how="outer", suffixes=("", "_now"), indicator=True)
    for row in both.to_dict("records"):
        name = f"{row['item']} {row['column']}".strip()
        if row["_merge"] != "both":
            told.append(f"{name}: only {'written down' if row['_merge'] == 'left_only' else 'on the page'}")
        elif row["text"] != row["text_now"]:
            told.append(f"{name}: {row['text_now']!r}, written down as {row['text']!r}")
        elif row["rows"] != row["rows_now"] or (
            abs(row["total"] - row["total_now"]) > NEAR * row["size"]
            or abs(row["size"] - row["size_now"]) > NEAR * row["size"]
        ):
            told.append(
                f"{name}: {row['rows_now']} rows, {row['total_now']:.8g} in all; "
                f"written down as {row['rows']} rows, {row['total']:.8g}"
            )
    return told


def written(page: str) -> pd.DataFrame:
    """Return what was written down of a page."""
    return pd.read_csv(RECORDED / f"{page}.csv", dtype={"text": str}, keep_default_na=False, na_values={"total": [""], "size": [""]})  # fmt: skip


PAGES: dict[str, tuple[str, dict[str, str]]] = {
    name: (f"book/{name}.ipynb", {})
    for name in ("demand", "inequality", "postcode_lottery", "powers", "reorganisation")
} | {
    f"area_{code}": ("book/areas/area.ipynb", {"area_code": code})
    for code in ("E54000057", "E47000008", "E06000066", "E10000034")
}
"""Pages that take seconds; what takes longer has its numbers recomputed in tests of its own."""


def main() -> int:
    """Write down what pages say and show; arguments name pages."""
    import time

    RECORDED.mkdir(exist_ok=True)
    for page in sys.argv[1:] or PAGES:
        notebook, parameters = PAGES[page]
        start = time.process_time()
        record(*run(ROOT / notebook, **parameters)).to_csv(
            RECORDED / f"{page}.csv", index=False, float_format="%.9g"
        )
        sys.stdout.write(f"{page}: {time.process_time() - start:.0f} s of processor\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
