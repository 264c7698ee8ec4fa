"""The CSV files that figures offer hold no formulas."""

import pandas as pd

from healthdevo.charts.download import csv_of
from healthdevo.files import harmless


def test_texts_that_look_like_formulas_get_an_apostrophe():
    frame = pd.DataFrame(
        {
            "name": ["=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3+cmd|' /C calc'!A0", "Kent", None],
            "n": [-1.0, 2.0, 3.0, 4.0, 5.0],
        }
    )
    assert csv_of(frame).splitlines() == [
        "name,n",
        "'=cmd|' /C calc'!A0,-1",
        "'@SUM(A1),2",
        "'-2+3+cmd|' /C calc'!A0,3",
        "Kent,4",
        ",5",
    ]


def test_numbers_and_intervals_in_words_stay():
    for text in ("-0.3 to 0.5", "+12%", "−4", "", "a=b"):
        assert harmless(text) == text
