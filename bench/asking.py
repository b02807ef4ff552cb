"""How long does one cluster take to answer every question of the notebook? Printed as JSON, by a process of its own.

Run it: python -m bench.asking CLUSTER TABLE SINCE UNTIL; an empty TABLE is the cluster's own.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from trinokit import clusters_and_recordings, parameters, sources
from trinokit.sources.trino import questions

NOTEBOOK = "query_performance"


def questions_of(notebook: Path) -> list[str]:
    """The questions that *notebook* asks, in its order."""
    cells = json.loads(notebook.read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return re.findall(r'\.ask\(\s*"(\w+)"', code)


def main(cluster: str, table: str, since: str, until: str) -> dict:
    """The seconds for connecting and for each question, and what shows that the answers are about this history."""
    notebook = clusters_and_recordings.trinokit_home() / "notebooks" / f"{NOTEBOOK}.ipynb"
    defaults = {name: known.default for name, known in parameters.declared_parameters(notebook).items()}
    values = defaults | {"since": since, "until": until}
    seconds: dict[str, float] = {}

    def timed(name: str, ask: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        began = time.perf_counter()
        answer = ask()
        seconds[name] = time.perf_counter() - began
        return answer

    source = timed("connect", lambda: sources.connect(cluster, table=table))
    about = timed("about", source.queries.source_table)
    extent = timed("extent", lambda: source.queries.require_completed_queries(since, until))
    answers = {}
    for name in questions_of(notebook):
        given = {needed: values[needed] for needed in questions.load_question(name).parameters}
        answers[name] = timed(name, lambda name=name, given=given: source.ask(name, **given))
    if empty := [name for name, answer in answers.items() if answer.empty]:
        raise SystemExit(f"Expected an answer to every question, found no rows for {', '.join(empty)}.")
    facts = about.set_index("fact")["value"]
    return {
        "questions": seconds,
        "query_count": int(extent["query_count"].sum()),
        "rows_lost": int(answers["coverage"]["rows_lost"].sum()),
        "trino": facts["Trino"],
        "window": facts.get("window", "selected by DuckDB"),
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
