"""Measure the questions on a synthetic history and write bench/results.md: python -m bench."""

import json
import statistics
import sys
import tempfile
from pathlib import Path

from bench import results
from bench.history import DAY, HOUR
from bench.measuring import Cost, Failed, cost
from bench.results import PUSHED_DOWN, READ_WHOLE, RECORDING, SIZES, Asked, Generated, Measured, Report
from bench.servers import CLUSTER, TABLE, VIEW, Unavailable, loaded
from trinokit.sources.recorded.recording_files import HISTORY_STEM
from trinokit.window import Window

NOTEBOOK, ROUNDS, WARM_UPS = "query_performance", 3, 2
ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).with_name("results.md")
# A way to ask: a cluster, a table of it, and a window.
Way = tuple[str, str, Window]


def main() -> int:
    """Measure everything, print the page and keep it; 1 when a limit is broken or an answer wrong, else 0."""
    try:
        measured = _measured()
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    page = results.page(measured, ROUNDS)
    RESULTS.write_text(page)
    print(page)
    return 0 if results.within(measured) else 1


def _measured() -> Measured:
    with tempfile.TemporaryDirectory(prefix="trinokit-bench-") as folder:
        home = _home(Path(folder))
        generated = {results.rows(rows): _generated(home, rows) for rows in SIZES}
        recorded = _rounds(home, {results.rows(rows): (_name(rows), "", DAY) for rows in SIZES})
        live, refusal = _live(home)
        reports = [_report(None, results.DEMO), *(_report(home, results.rows(rows), _name(rows)) for rows in SIZES)]
    return Measured(generated, recorded, live, refusal, reports)


def _home(folder: Path) -> Path:
    for name in ("notebooks", "parameters"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "recorded").mkdir()
    return folder


def _name(rows: int) -> str:
    return f"recorded/synthetic-{rows}"


def _generated(home: Path, rows: int) -> Generated:
    _say(f"generating {rows:,} rows")
    made = json.loads(cost("bench.history", str(home / _name(rows)), str(rows)).output)
    return Generated(**made, size_mb=(home / _name(rows) / f"{HISTORY_STEM}.parquet").stat().st_size / 1e6)


def _live(home: Path) -> tuple[dict[str, Asked], str]:
    history = _name(SIZES[1])
    tables = {RECORDING: (history, ""), PUSHED_DOWN: (CLUSTER, TABLE), READ_WHOLE: (CLUSTER, VIEW)}
    windows = {"day": DAY, "hour": HOUR}
    ways = {f"{how}, {span}": (*where, windows[span]) for span in windows for how, where in tables.items()}
    try:
        _say("loading the history into the servers")
        with loaded(home / history):
            for _ in range(WARM_UPS):
                _say("warming up Trino")
                _asked(home, list(ways.values()))
            return _rounds(home, ways), ""
    except (Unavailable, Failed) as error:
        return {}, str(error)


def _rounds(home: Path, ways: dict[str, Way]) -> dict[str, Asked]:
    # In turns, so that a noisy minute of the machine hits every way alike.
    rounds = []
    for number in range(1, ROUNDS + 1):
        _say(f"asking in {len(ways)} ways, round {number} of {ROUNDS}")
        rounds.append(_asked(home, list(ways.values())))
    return {name: _median([done[place] for done in rounds]) for place, name in enumerate(ways)}


def _asked(home: Path, ways: list[Way]) -> list[Cost]:
    return [
        cost("bench.asking", cluster, table, window.since.isoformat(), window.until.isoformat(), home=home)
        for cluster, table, window in ways
    ]


def _median(costs: list[Cost]) -> Asked:
    answers = [json.loads(each.output) for each in costs]
    questions = [each.pop("questions") for each in answers]
    return Asked(
        seconds=statistics.median(each.seconds for each in costs),
        peak_mb=max(each.peak_mb for each in costs),
        questions={name: statistics.median(each[name] for each in questions) for name in questions[0]},
        **answers[0],
    )


def _report(home: Path | None, label: str, cluster: str = "") -> Report:
    _say(f"reporting on {label}")
    asked = {"cluster": cluster, "since": DAY.since.isoformat(), "until": DAY.until.isoformat()} if cluster else {}
    options = [word for name, value in asked.items() for word in ("-p", name, value)]
    with tempfile.TemporaryDirectory(prefix="trinokit-bench-") as output:
        try:
            run = cost("trinokit", "run", NOTEBOOK, *options, "--fail-on", "never", "--output", output, home=home)
        except Failed as error:
            return Report(label, refusal=str(error))
        [page] = Path(output).glob("*/*.html")
        return Report(label, run.seconds, run.peak_mb, page.stat().st_size / 1000)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
