"""Words of the chart on an area's health duty: what is not clear is neither better nor worse."""

from types import SimpleNamespace

import pandas as pd

from healthdevo.chapters.area.duty import words


def test_only_what_is_clear_counts_as_better_or_worse() -> None:
    section = SimpleNamespace(
        rows=pd.DataFrame({"side": [-1, -1, 0, 0, 0, 1]}), area=SimpleNamespace(short_name="Ayton")
    )
    caption = words.chart(section)
    assert caption.title == "Worse than England on two of six measures"
    assert (
        caption.alt
        == "Dot chart of 6 measures for Ayton: clearly better than England on 1, clearly worse on 2."
    )
