"""Matrices: one cell for each row and column, told apart by letter and by shade."""

import pandas as pd
import pytest

from healthdevo.charts import Caption, matrix_chart
from healthdevo.errors import InputError

CAPTION = Caption(
    "cells", "Beta has a duty", "Powers of two places", "Own", "Matrix of two places and two powers."
)
CELLS = pd.DataFrame(
    {
        "who": ["Beta", "Beta", "Alpha", "Alpha"],
        "what": ["duty", "budget", "duty", "budget"],
        "how": ["law", "none", "none", "none"],
    }
)
LEVELS, MARKS = {"none": "none found", "law": "by law"}, {"none": "–", "law": "L"}


def draw(data=CELLS, **options):
    words = {"row": "who", "column": "what", "level": "how", "levels": LEVELS, "marks": MARKS}
    return matrix_chart(data, **(words | options), caption=CAPTION)


def test_every_cell_has_its_letter_and_the_key_its_words():
    chart = draw()
    assert len(chart.data) == 4
    assert chart.svg.count(">–<") == 3
    assert chart.svg.count(">L<") == 1
    assert "by law" in chart.svg
    assert chart.svg.index("Beta") < chart.svg.index("Alpha")  # in the order given


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (CELLS.iloc[:3], {}, "3 cells for 2 rows and 2 columns"),
        (pd.concat([CELLS, CELLS.iloc[:1]]), {}, "'Beta' has 'duty' twice"),
        (CELLS.assign(how="luck"), {}, "level 'luck' is not one of none, law with a mark"),
        (CELLS, {"marks": {"none": "–"}}, "level 'law' is not one of"),
        (
            CELLS,
            {"levels": dict.fromkeys("abcdef", "x"), "marks": dict.fromkeys("abcdef", "x")},
            "6 levels; at most 5",
        ),
        (CELLS.drop(columns="how"), {}, "how"),
        (CELLS.iloc[:0], {}, "row"),
    ],
)
def test_wrong_input_is_one_clear_message(data, options, message):
    with pytest.raises(InputError, match=message):
        draw(data, **options)
