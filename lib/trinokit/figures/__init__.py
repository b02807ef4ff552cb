"""How does a table look? Table in, matplotlib Figure out; the docstring is the caption."""

from trinokit.figures.bar_charts import coverage_chart as coverage_chart
from trinokit.figures.bar_charts import failures_chart as failures_chart
from trinokit.figures.bar_charts import longest_queries_chart as longest_queries_chart
from trinokit.figures.bar_charts import query_states_chart as query_states_chart
from trinokit.figures.bar_charts import query_types_chart as query_types_chart
from trinokit.figures.bar_charts import user_load_chart as user_load_chart
from trinokit.figures.chart_decorator import Chart as Chart
from trinokit.figures.chart_decorator import with_caption as with_caption
from trinokit.figures.cluster.diagram import cluster_diagram as cluster_diagram
from trinokit.figures.drawing import panel_figure as panel_figure
from trinokit.figures.time_series_and_distributions import execution_time_chart as execution_time_chart
from trinokit.figures.time_series_and_distributions import (
    execution_time_histogram_chart as execution_time_histogram_chart,
)
from trinokit.figures.time_series_and_distributions import throughput_chart as throughput_chart
from trinokit.figures.time_series_and_distributions import time_spent_chart as time_spent_chart
