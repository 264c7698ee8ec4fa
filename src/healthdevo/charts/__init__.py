"""Charts of the book: one function for each kind of figure; each returns a ``Chart`` with its words and its data."""

from healthdevo.charts.chart import CHART_MIME, Chart, finish
from healthdevo.charts.lines import Mark, Span, line_chart
from healthdevo.charts.ranks import bar_chart, interval_chart
from healthdevo.charts.scatter import scatter_chart
from healthdevo.charts.shares import share_chart

__all__ = [
    "CHART_MIME",
    "Chart",
    "Mark",
    "Span",
    "bar_chart",
    "finish",
    "interval_chart",
    "line_chart",
    "scatter_chart",
    "share_chart",
]
