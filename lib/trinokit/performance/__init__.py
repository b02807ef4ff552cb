"""How do the queries behave? Tables of answers in, tables and findings out."""

from trinokit.performance.measurement_catalogue import Measurement as Measurement
from trinokit.performance.performance_door import QueryPerformance as QueryPerformance
from trinokit.performance.performance_door import measure_queries as measure_queries
