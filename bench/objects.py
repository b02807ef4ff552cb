"""Measure reading a cluster's objects from a real API server and write bench/objects.md: python -m bench.objects."""

import json
import statistics
import sys
from functools import partial
from pathlib import Path

from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build

from bench.filling import KINDS, NAMESPACE, filled
from bench.measuring import Cost, cost, cost_of
from bench.servers import kept, requests_of

SIZES, ROUNDS = (1_000, 10_000), 3
LIMIT_REQUESTS, LIMIT_CPU_S = 60, 2.0
RESULTS = Path(__file__).with_suffix(".md")


def main() -> int:
    """Measure, print the page and keep it; 1 when a limit is broken or objects are missing, else 0."""
    return kept(RESULTS, SIZES, _measured, _page, _within)


def _measured(folder: Path, size: int) -> dict:
    with filled(folder, size):
        kubeconfig = str(folder / "admin.kubeconfig")
        ways = {
            "trinokit": partial(cost, "bench.reading", "trinokit", kubeconfig, NAMESPACE),
            "the Python client's typed lists": partial(cost, "bench.reading", "typed", kubeconfig, NAMESPACE),
            "kubectl get": partial(cost_of, _kubectl(kubeconfig)),
        }
        rounds = [{name: way() for name, way in ways.items()} for _ in range(ROUNDS)]
        requests = requests_of(folder, lambda config: cost("bench.reading", "trinokit", config, NAMESPACE))
        return {"requests": requests, "ways": {name: [each[name] for each in rounds] for name in ways}}


def _kubectl(kubeconfig: str) -> list[str]:
    get = [f"--kubeconfig={kubeconfig}", "get", KINDS, "-n", NAMESPACE, "-o", "json"]
    # The lists are not to be measured on their way through a pipe.
    return ["sh", "-c", 'exec "$0" "$@" > /dev/null; echo "{}"', str(build.folder(CACHE) / "kubectl"), *get]


def _within(size: int, measured: dict) -> bool:
    ours = [json.loads(each.output) for each in measured["ways"]["trinokit"]]
    whole = all(each["objects"] >= size and not each["unread"] for each in ours)
    return whole and measured["requests"] <= LIMIT_REQUESTS and _cpu(measured["ways"]["trinokit"]) <= LIMIT_CPU_S


def _cpu(costs: list[Cost]) -> float:
    return statistics.median(each.cpu_s for each in costs)


def _page(measured: dict[int, dict]) -> str:
    lines = [
        "# What reading a cluster's objects costs",
        "",
        f"A real API server on this machine; medians of {ROUNDS} rounds in turns, each in a process of its own.",
        "CPU is that of the client's whole process, starting Python included; trinokit reads every usual kind,",
        "cluster-scoped ones too, and hashes Secrets; the others read the four kinds that were created.",
        "",
        "| objects | read by | requests | CPU, s | against trinokit | time, s | peak memory, MB | |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for size, each in measured.items():
        ours = _cpu(each["ways"]["trinokit"])
        for name, costs in each["ways"].items():
            mine = name == "trinokit"
            verdict = ("limits met" if _within(size, each) else "**broken**") if mine else ""
            seconds = statistics.median(one.seconds for one in costs)
            cells = (f"{size:,}", name, each["requests"] if mine else "", f"{_cpu(costs):.2f}")
            cells += (
                f"× {_cpu(costs) / ours:.1f}",
                f"{seconds:.2f}",
                f"{max(one.peak_mb for one in costs):.0f}",
                verdict,
            )
            lines.append(f"| {' | '.join(map(str, cells))} |")
    small, large = (json.loads(measured[size]["ways"]["trinokit"][0].output) for size in SIZES)
    lines += [
        "",
        f"Limits: {LIMIT_REQUESTS} requests and {LIMIT_CPU_S:.0f} s of CPU for {SIZES[-1]:,} objects.",
        "",
        "The cost grows with the bytes that are listed, above a fixed part of about thirty requests: "
        f"{small['mb']:.1f} MB take {small['cpu_s']:.2f} s of CPU after the start of Python, "
        f"{large['mb']:.1f} MB take {large['cpu_s']:.2f} s.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
