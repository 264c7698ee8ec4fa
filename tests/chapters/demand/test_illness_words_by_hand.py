"""Two counts of diabetes side by side, with the figures that they have."""

from types import SimpleNamespace

import pandas as pd
import pytest

from healthdevo.chapters.demand import illness_words


@pytest.mark.parametrize(
    ("last", "end"),
    [
        (7.12345, "Both rise, by 0.89 and 0.5 points"),
        (6.0, "The two do not move alike, by −0.23 and 0.5 points"),
    ],
)
def test_counts_have_three_figures_and_their_moves_two(last: float, end: str) -> None:
    rows = pd.DataFrame({"recorded": [6.2345, last], "index": [5.0, 5.5]}, index=[2015, 2021])
    said = illness_words.counted_twice(SimpleNamespace(counted_twice=rows))
    assert said.startswith("Of diabetes, registers of practices have 6.23% in 2015 and ")
    assert said.endswith(end)
    assert ("7.12% in 2021" in said) == (last > 7)
