"""What was measured, in tables? And was it within the limits, and what does it grow with?"""

import os
import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

LIMIT_S, LIMIT_MB, AIM_S, AIM_MB, LIMIT_KB = 60, 2000, 10, 1000, 500
DEMO = "the demo recording"
RECORDING, PUSHED_DOWN, READ_WHOLE = "recording", "Trino, window pushed down", "Trino, whole table read"
SIZES = (10_000, 100_000, 1_000_000)


def rows(count: int) -> str:
    """*count* in words, such as 100 k rows."""
    return f"{count // 1_000_000} M rows" if count >= 1_000_000 else f"{count // 1000} k rows"


SMALL, MIDDLE, LARGE = (rows(count) for count in SIZES)


@dataclass(frozen=True)
class Generated:
    """A synthetic recording: its *rows*, how many more are *rows_lost* on purpose, and the size of its file."""

    rows: int
    rows_lost: int
    size_mb: float


@dataclass(frozen=True)
class Asked:
    """What all questions cost when asked in one way: the median of several rounds, and the highest peak."""

    seconds: float
    peak_mb: float
    questions: dict[str, float]
    query_count: int
    rows_lost: int
    trino: str
    window: str

    @property
    def asking(self) -> float:
        """The seconds for connecting and for all questions, without starting Python."""
        return sum(self.questions.values())


@dataclass(frozen=True)
class Report:
    """What a whole run of the notebook cost, or why it could not be measured."""

    label: str
    seconds: float = 0
    peak_mb: float = 0
    size_kb: float = 0
    refusal: str = ""


@dataclass(frozen=True)
class Measured:
    """Everything that was measured."""

    generated: dict[str, Generated]
    recorded: dict[str, Asked]
    live: dict[str, Asked]
    refusal: str
    reports: list[Report]


def within(measured: Measured) -> bool:
    """Whether all questions over a million rows stayed within 60 s and 2 GB, and were answered right."""
    large = measured.recorded[LARGE]
    right = all(_right(measured, name) for name in measured.recorded)
    return right and large.seconds <= LIMIT_S and large.peak_mb <= LIMIT_MB


def _right(measured: Measured, name: str) -> bool:
    # A wrong answer can be fast, too.
    asked, made = measured.recorded[name], measured.generated[name]
    return (asked.query_count, asked.rows_lost) == (made.rows, made.rows_lost)


def page(measured: Measured, rounds: int) -> str:
    """Everything that was measured, as Markdown."""
    parts = [
        "# What the questions cost",
        "Measured on a **synthetic history**: generated rows that no real cluster is behind.\n"
        f"{_machine(measured)}\n"
        f"Times are medians of {rounds} rounds in turns, peaks are the highest of all rounds;"
        " compare ratios, since machines are noisy.",
        "## Limits\n",
        _limits(measured),
        "## All questions of the notebook over a recording",
        "Each size in a process of its own; the time includes starting Python and loading the libraries.",
        _recorded(measured),
        "Seconds by question, and how many times as long ten times the rows take.",
        _questions(measured.recorded, LARGE, MIDDLE),
        f"## The same questions through Trino and MariaDB, {MIDDLE}",
        _live(measured),
        "## The report",
        "A whole run: kernel, questions, figures, HTML. The peak is that of the largest process. "
        "The synthetic day is shown in the notebook's own bins.",
        _reports(measured.reports),
        "## What the cost grows with",
        "\n".join(_growth(measured)),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _machine(measured: Measured) -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    trino = next(iter(measured.live.values())).trino if measured.live else "not asked"
    return (
        f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GB of memory, Python {platform.python_version()}, "
        f"DuckDB {version('duckdb')}, pandas {version('pandas')}, Trino {trino}."
    )


def _limits(measured: Measured) -> str:
    large, demo = measured.recorded[LARGE], measured.reports[0]
    lines = [
        _judged(f"all questions over {LARGE}, time", large.seconds, LIMIT_S, AIM_S, "s"),
        _judged(f"all questions over {LARGE}, memory", large.peak_mb, LIMIT_MB, AIM_MB, "MB"),
        ("report of the demo recording", f"{LIMIT_KB} KB", "", "", f"not measured: {_short(demo.refusal)}")
        if demo.refusal
        else _judged("report of the demo recording", demo.size_kb, LIMIT_KB, LIMIT_KB, "KB"),
    ]
    return _table(("", "limit", "aim", "measured", ""), lines)


def _judged(what: str, found: float, limit: float, aim: float, unit: str) -> tuple[str, ...]:
    verdict = "**broken**" if found > limit else "aim met" if found <= aim else "limit met, aim missed"
    return what, f"{limit:,} {unit}", f"{aim:,} {unit}", f"{_number(found)} {unit}", verdict


def _recorded(measured: Measured) -> str:
    lines = []
    for name, asked in measured.recorded.items():
        made = measured.generated[name]
        numbers = map(_number, (asked.seconds, asked.asking, asked.peak_mb, made.size_mb))
        verdict = "right" if _right(measured, name) else "**wrong**"
        answer = f"{asked.query_count:,} queries, {asked.rows_lost:,} lost (of {made.rows_lost:,}): {verdict}"
        lines.append((name, *numbers, answer))
    return _table(("", "time, s", "of it asking, s", "peak memory, MB", "file, MB", "answer"), lines)


def _questions(asked: dict[str, Asked], dearer: str, cheaper: str) -> str:
    lines = [
        (
            name,
            *(f"{each.questions[name]:.3f}" for each in asked.values()),
            f"× {asked[dearer].questions[name] / asked[cheaper].questions[name]:.1f}",
        )
        for name in asked[dearer].questions
    ]
    return _table(("", *asked, f"{dearer} / {cheaper}"), lines)


def _live(measured: Measured) -> str:
    if not measured.live:
        return f"**Not measured**: {_short(measured.refusal)}"
    lines = [_beside(name, asked, measured.live) for name, asked in measured.live.items()]
    header = ("", "window", "rows in it", "asking, s", "against the recording", "peak memory of the client, MB")
    day = {name.removesuffix(", day"): asked for name, asked in measured.live.items() if name.endswith(", day")}
    return "\n\n".join(
        [_table(header, lines), "Seconds by question, the whole day.", _questions(day, PUSHED_DOWN, RECORDING)]
    )


def _beside(name: str, asked: Asked, live: dict[str, Asked]) -> tuple[str, ...]:
    recording = live[f"{RECORDING}, {name.rpartition(', ')[2]}"]
    ratio = f"× {asked.asking / recording.asking:.1f}"
    return name, asked.window, f"{asked.query_count:,}", _number(asked.asking), ratio, _number(asked.peak_mb)


def _reports(reports: list[Report]) -> str:
    lines = [
        (each.label, f"not measured: {_short(each.refusal)}", "", "")
        if each.refusal
        else (each.label, _number(each.size_kb), _number(each.seconds), _number(each.peak_mb))
        for each in reports
    ]
    return _table(("", "HTML, KB", "time, s", "peak memory, MB"), lines)


def _growth(measured: Measured) -> Iterable[str]:
    small, middle, large = (measured.recorded[name] for name in (SMALL, MIDDLE, LARGE))
    costs = large.questions
    dearest = max(costs, key=costs.get)
    million = (large.asking - middle.asking) / 0.9, (large.peak_mb - middle.peak_mb) / 0.9
    yield (
        f"- **Recording: with the rows in the window, above a fixed part.** {SMALL} already take "
        f"{_number(small.seconds)} s, {_number(small.asking)} s of it asking, and {_number(small.peak_mb)} MB. "
        f"Ten times the rows, {MIDDLE} to {LARGE}, cost {large.asking / middle.asking:.1f} times the asking and "
        f"{large.peak_mb / middle.peak_mb:.1f} times the memory; a further million costs about "
        f"{_number(million[0])} s and {_number(million[1])} MB. "
        f"The dearest question is `{dearest}`, {costs[dearest] / large.asking:.0%} of the asking at {LARGE}."
    )
    if measured.live:
        yield _growth_live(measured.live)
    sizes = {each.label: each.size_kb for each in measured.reports if not each.refusal}
    if SMALL in sizes and LARGE in sizes:
        yield (
            "- **Report: with the bins and lines that it shows, not with the rows.** "
            f"{LARGE} make it {sizes[LARGE] / sizes[SMALL]:.2f} times as large as {SMALL}."
        )


def _growth_live(live: dict[str, Asked]) -> str:
    part = live[f"{RECORDING}, hour"].query_count / live[f"{RECORDING}, day"].query_count
    less = live[f"{PUSHED_DOWN}, hour"].asking / live[f"{PUSHED_DOWN}, day"].asking
    more = {
        span: live[f"{READ_WHOLE}, {span}"].asking / live[f"{PUSHED_DOWN}, {span}"].asking for span in ("day", "hour")
    }
    return (
        "- **Trino: with the rows in the window where the database selects them, else with the rows in the table.** "
        f"Pushed down, the hour has {part:.0%} of the day's rows and takes {less:.0%} of its time: "
        "a question costs something before its first row. "
        f"Reading the whole table takes {more['hour']:.1f} times as long for the hour, "
        f"and {more['day']:.1f} times for the day, when all rows are needed anyway."
    )


def _table(header: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    rule = ("---", *["---:"] * (len(header) - 1))
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, rule, *lines))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _short(refusal: str) -> str:
    # The first line says what, the last ones why; no folder of this machine belongs into a page that others read.
    lines = refusal.strip().splitlines()
    chosen = " ".join(dict.fromkeys(lines[:1] + lines[-3:]))
    return re.sub(r"(?<![\w:/])/[\w.-]+(/[\w.-]+)+", "…", " ".join(chosen.split()))[:500]
