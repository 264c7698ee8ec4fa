"""Timelines: events in order, each with its date and words."""

import pandas as pd
import pytest

from healthdevo.charts import Caption, timeline_chart
from healthdevo.errors import InputError

WORDS = {
    "figure_id": "steps",
    "title": "Three steps",
    "subtitle": "Steps by date",
    "source": "Own",
    "alt": "Timeline of three steps between 2011 and 2016.",
}
CAPTION = {"caption": Caption(**WORDS)}
EVENTS = pd.DataFrame(
    {
        "when": pd.to_datetime(["2016-04-01", "2011-04-01", "2014-11-03"]),
        "what": ["Budget", "Authority", "Agreement"],
        "kind": ["power", "body", "power"],
        "written": ["spring 2016", "Apr 2011", "3 Nov 2014"],
    }
)
KINDS = {"power": "power or money", "body": "a body"}


def draw(data=EVENTS, **options):
    return timeline_chart(data, **({"date": "when", "text": "what"} | CAPTION | options))


def test_events_stand_in_order_with_month_and_year():
    chart = draw()
    assert chart.data["what"].tolist() == ["Authority", "Agreement", "Budget"]
    assert chart.svg.index("Authority") < chart.svg.index("Agreement") < chart.svg.index("Budget")
    assert "Nov 2014" in chart.svg


def test_dates_may_be_written_otherwise_and_kinds_are_explained():
    chart = draw(date_text="written", group="kind", groups=KINDS)
    assert "spring 2016" in chart.svg
    assert "Apr 2016" not in chart.svg
    assert "power or money" in chart.svg


def test_long_words_make_a_taller_picture():
    def height(chart):
        return float(chart.svg.split('viewBox="0 0 ')[1].split('"')[0].split()[1])

    assert height(draw(EVENTS.assign(what=EVENTS["what"] + " and more words" * 12))) > height(draw()) + 50


def test_missing_dates_and_unknown_kinds_are_refused():
    with pytest.raises(InputError, match="no date"):
        draw(EVENTS.assign(when=EVENTS["when"].where(EVENTS["what"] != "Budget")))
    with pytest.raises(InputError, match="kind 'body'"):
        draw(group="kind", groups={"power": "power"})
