"""How does a table look? Table in, matplotlib Figure out; the docstring is the caption."""

from trinokit.figures.by_line import (
    coverage as coverage,
)
from trinokit.figures.by_line import (
    failures as failures,
)
from trinokit.figures.by_line import (
    load_per_user as load_per_user,
)
from trinokit.figures.by_line import (
    longest_queries as longest_queries,
)
from trinokit.figures.by_line import (
    query_states as query_states,
)
from trinokit.figures.by_line import (
    query_types as query_types,
)
from trinokit.figures.cluster.drawn import (
    architecture as architecture,
)
from trinokit.figures.over_time import (
    distribution as distribution,
)
from trinokit.figures.over_time import (
    execution_time as execution_time,
)
from trinokit.figures.over_time import (
    throughput as throughput,
)
from trinokit.figures.over_time import (
    time_spent as time_spent,
)
