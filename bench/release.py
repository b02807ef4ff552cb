"""Measure what a release reads of a made repository and write bench/release.md: python -m bench.release."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from trinokit.release import fact_gathering, naming, release_planning
from trinokit.release.release_request import GateLimits, ReleaseRequest
from trinokit.sources.git import git_repository

SIZES, ROUNDS, LIMITED, LIMIT_S = (1_000, 5_000, 20_000), 5, 5_000, 5.0
FILES, LINES, VERSIONS, TOPICS, FEATURE_COMMITS = 300, 40, 10, 50, 8
MASTER, FEATURE, RELEASE = "master_v1", "feature_v1_new-feature", "release_v1.1.0"
PLAN = "the whole plan"
REQUEST = ReleaseRequest(naming.release_names("v1", "new-feature", "v1.1.0"))
RESULTS = Path(__file__).with_suffix(".md")
_WHO = "A Developer <developer@example.com>"


def main() -> int:
    """Measure, print the page and keep it; 1 when a limit is broken, else 0."""
    measured = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="trinokit-bench-") as folder:
            print(f"reading {size:,} commits", file=sys.stderr, flush=True)
            measured[size] = _measured(make_repository(Path(folder), size))
    page = _page(measured)
    RESULTS.write_text(page)
    print(page)
    return 0 if measured[LIMITED][PLAN] <= LIMIT_S else 1


def make_repository(folder: Path, commits: int) -> Path:
    """A clone in *folder* whose remote beside it has so many *commits*, on branches of versions, topics and a feature.

    Half of them lead to main, the other half are spread over the branches of the versions, which begin along it.
    """
    remote, clone = folder / "remote.git", folder / "clone"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(remote)], check=True)
    stream = "".join(_stream(commits)).encode()
    subprocess.run(["git", "fast-import", "--quiet"], cwd=remote, input=stream, check=True)
    subprocess.run(["git", "clone", "--quiet", str(remote), str(clone)], check=True)
    for key, value in {"user.name": "bench", "user.email": "bench@example.com"}.items():
        subprocess.run(["git", "config", key, value], cwd=clone, check=True)
    return clone


def _stream(commits: int) -> Iterator[str]:
    """What fast-import reads: each commit changes one file, and has the number of its commit for a mark."""
    along, beside = commits // 2, commits // 2 // VERSIONS
    yield from _commits("refs/heads/main", 1, along)
    mark = along
    for version in range(1, VERSIONS + 1):
        begins = along * version // (VERSIONS + 1)
        yield from _commits(f"refs/heads/master_v{version}", mark + 1, beside, begins)
        yield f"reset refs/tags/v{version}.0.0\nfrom :{mark + beside // 2}\n\n"
        mark += beside
    tip = along + beside
    yield from _commits(f"refs/heads/{FEATURE}", mark + 1, FEATURE_COMMITS, tip)
    yield f"reset refs/heads/{RELEASE}\nfrom :{tip}\n\n"
    for topic in range(TOPICS):
        yield f"reset refs/heads/topic/{topic}\nfrom :{along - topic}\n\n"


def _commits(ref: str, first: int, count: int, begins: int = 0) -> Iterator[str]:
    for mark in range(first, first + count):
        message = f"Change {mark}"
        text = "".join(f"line {line} as it was at commit {mark - mark % (line + 7)}\n" for line in range(LINES))
        yield f"commit {ref}\nmark :{mark}\ncommitter {_WHO} {1_700_000_000 + mark * 600} +0000\n"
        yield f"data {len(message)}\n{message}\n"
        yield f"from :{begins}\n" if begins and mark == first else ""
        yield f"M 100644 inline src/part{mark % 17}/file{mark % FILES}.py\ndata {len(text)}\n{text}\n"


def _measured(clone: Path) -> dict[str, float]:
    git = git_repository.open_clone(clone, str(clone), "origin")
    seconds, now = {}, None
    seconds["what the remote has, first time"], now = _timed(git.now, 1)
    seconds["what the remote has, again"], now = _timed(git.now)
    branches = {name: id for name, id in now.heads.items() if name.startswith("master_v")}
    seconds["whether the clone is ready"], _ = _timed(lambda: git.readiness((MASTER, FEATURE, RELEASE)))
    seconds["the feature"], feature = _timed(lambda: git.feature(FEATURE, RELEASE, MASTER, "v1.1.0"))
    seconds[f"which of {len(branches)} branches have it"], _ = _timed(lambda: git.presence(feature, branches))
    seconds[PLAN], _ = _timed(lambda: _plan(git))
    return seconds


def _plan(git: git_repository.GitRepository) -> None:
    """Everything that is shown of a release, from the first question to the plan."""
    facts = fact_gathering.gather_facts(git, REQUEST)
    plan, findings = release_planning.release_plan(facts, REQUEST, GateLimits())
    if not plan.steps:
        raise SystemExit(f"Expected a plan, found none: {findings}")


def _timed(ask: Callable, rounds: int = ROUNDS) -> tuple:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        answer = ask()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken), answer


def _page(measured: dict[int, dict[str, float]]) -> str:
    lines = [
        "# What a release reads of a repository",
        "",
        f"A made repository with a remote beside it, {VERSIONS} branches of versions, {TOPICS} of topics, and",
        f"a feature of {FEATURE_COMMITS} commits; medians of {ROUNDS} rounds in one process.",
        "",
        "| read | " + " | ".join(f"{size:,} commits, s" for size in measured) + " |",
        "| --- |" + " ---: |" * len(measured),
    ]
    for what in measured[LIMITED]:
        lines.append(f"| {what} | " + " | ".join(f"{seconds[what]:.2f}" for seconds in measured.values()) + " |")
    return "\n".join([*lines, "", f"Limit: {LIMIT_S:g} s for {PLAN} with {LIMITED:,} commits.", ""])


if __name__ == "__main__":
    sys.exit(main())
