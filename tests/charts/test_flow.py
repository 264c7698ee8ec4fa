"""Flows: parts must sum to their whole, every item is labelled with its amount, and no label hides another."""

import itertools
import re

import pandas as pd
import pytest

from healthdevo.charts import Caption, flow_chart
from healthdevo.errors import InputError

CAPTION = Caption(
    "flow", "Most goes to care", "Sums by use", "Own", "Flow of ten units to care and cure and their parts."
)
ROWS = [
    ("All", None, 10.0),
    ("Care", "All", 7.0),
    ("Homes", "Care", 6.9),
    ("Visits", "Care", 0.1),
    ("Cure", "All", 3.0),
]


def draw(rows=ROWS, **options):
    data = pd.DataFrame(rows, columns=["item", "of", "amount"])
    return flow_chart(data, item="item", parent="of", amount="amount", caption=CAPTION, **options)


def test_every_item_is_named_with_its_amount():
    chart = draw(value_format=lambda v: f"{v:.1f} units")
    for text in (
        "All: 10.0 units",
        "Care: 7.0 units",
        "Homes: 6.9 units",
        "Visits: 0.1 units",
        "Cure: 3.0 units",
    ):
        assert text in chart.svg
    assert chart.data["amount"].tolist() == [10.0, 7.0, 6.9, 0.1, 3.0]


def test_labels_of_small_parts_stand_a_line_apart():
    rows = [("All", None, 100.0), ("Most", "All", 99.6), *((f"Part {i}", "All", 0.1) for i in range(4))]
    chart = draw(rows)
    at = {}
    for y, text in re.findall(r"<text[^>]*?translate\([\d.]+ ([\d.]+)\)[^>]*>([^<]*)</text>", chart.svg):
        at[text] = float(y)
    for y, text in re.findall(r'<text[^>]* y="([\d.]+)"[^>]*>([^<]*)</text>', chart.svg):
        at[text] = float(y)
    parts = sorted(at[f"Part {i}: 0.1"] for i in range(4))
    assert min(b - a for a, b in itertools.pairwise(parts)) >= 10.0


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("All", None, 10.0), ("Care", "All", 7.0)], "sum to 7, not to 10"),
        ([*ROWS, ("Care", "All", 1.0)], "'Care' is there twice"),
        ([("All", None, 1.0), ("Care", None, 1.0)], "2 items have no parent"),
        ([("All", None, 1.0), ("Care", "Al", 1.0)], "part of 'Al', which is no item"),
        ([("All", None, -1.0)], "zero or more"),
        ([("All", None, 0.0), ("Care", "All", 0.0)], "nothing to draw"),
        ([("All", None, 1.0)], "0 groups"),
        ([("a", None, 1.0), ("b", "a", 1.0), ("c", "b", 1.0), ("d", "c", 1.0)], "three steps at most"),
        ([("a", None, 7.0), *((str(i), "a", 1.0) for i in range(7))], "7 groups"),
    ],
)
def test_what_is_no_flow_is_refused(rows, says):
    with pytest.raises(InputError, match=says):
        draw(rows)
