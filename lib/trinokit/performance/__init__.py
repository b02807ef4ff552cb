"""How do the queries behave? Tables of answers in, tables and findings out."""

from trinokit.performance.measurements import Measurement as Measurement
from trinokit.performance.query_performance import QueryPerformance as QueryPerformance
from trinokit.performance.query_performance import measure_queries as measure_queries
