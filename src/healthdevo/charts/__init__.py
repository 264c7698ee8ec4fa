"""Charts of the book: one function for each kind of figure; each returns a ``Chart`` with its words and its data.

``plot(result)`` chooses the figure for a result.
"""

from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import CHART_MIME, Chart, finish
from healthdevo.charts.control import Icon, control_chart
from healthdevo.charts.effects import effect_path_chart, placebo_chart
from healthdevo.charts.fan import fan_chart
from healthdevo.charts.flow import flow_chart
from healthdevo.charts.funnel import funnel_chart
from healthdevo.charts.lines import Mark, Span, line_chart
from healthdevo.charts.maps import map_chart
from healthdevo.charts.matrix import matrix_chart
from healthdevo.charts.plot import plot
from healthdevo.charts.ranks import bar_chart, interval_chart
from healthdevo.charts.scatter import scatter_chart
from healthdevo.charts.shares import share_chart
from healthdevo.charts.sheet import Part, sheet
from healthdevo.charts.specification import specification_chart
from healthdevo.charts.table import (
    TABLE_MIME,
    Column,
    Table,
    estimate_column,
    made_column,
    page_table,
    share_column,
    span_column,
    text_column,
    value_column,
)
from healthdevo.charts.tiles import tile_chart
from healthdevo.charts.timeline import timeline_chart
from healthdevo.charts.waterfall import waterfall_chart

__all__ = [
    "CHART_MIME",
    "TABLE_MIME",
    "Caption",
    "Chart",
    "Column",
    "Icon",
    "Mark",
    "Part",
    "Span",
    "Table",
    "bar_chart",
    "control_chart",
    "effect_path_chart",
    "estimate_column",
    "fan_chart",
    "finish",
    "flow_chart",
    "funnel_chart",
    "interval_chart",
    "line_chart",
    "made_column",
    "map_chart",
    "matrix_chart",
    "page_table",
    "placebo_chart",
    "plot",
    "scatter_chart",
    "share_chart",
    "share_column",
    "sheet",
    "span_column",
    "specification_chart",
    "text_column",
    "tile_chart",
    "timeline_chart",
    "value_column",
    "waterfall_chart",
]
