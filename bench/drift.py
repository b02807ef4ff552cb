"""Measure the drift audit on a real API server and write bench/drift.md: python -m bench.drift."""

import json
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import requests
import yaml
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build, cluster

from bench import filling
from bench.filling import NAMESPACE, filled
from bench.measuring import Cost, cost, cost_of
from bench.servers import kept, requests_of

SIZES, ROUNDS, A_FILE = (1_000, 5_000, 10_000, 20_000), 3, 50
LIMITED, LIMIT_REQUESTS, LIMIT_CPU_S, LIMIT_UNCHANGED_S = 10_000, 60, 2.0, 0.3
# kubectl diff asks twice for each object, one after the other, so more of them take as many times longer.
DIFFED = (1_000,)
RESULTS = Path(__file__).with_suffix(".md")


@dataclass(frozen=True)
class Measured:
    """What the audits of one size cost and whether they were right, and what kubectl diff cost, if it was asked."""

    cold: list[Cost]
    unchanged: list[Cost]
    requests: int
    right: bool
    diff: Cost | None
    diff_requests: dict[str, int]

    def cpu(self, which: str, step: str) -> float:
        """The median of the CPU seconds of one step."""
        return statistics.median(json.loads(each.output)["cpu_s"][step] for each in getattr(self, which))


def main() -> int:
    """Measure, print the page and keep it; 1 when a limit is broken or an answer is wrong, else 0."""
    return kept(RESULTS, SIZES, _measured, _page, _within)


def _measured(folder: Path, size: int) -> Measured:
    with filled(folder, size) as asked, tempfile.TemporaryDirectory() as scratch:
        repository = Path(scratch, "repository")
        _declare(repository, size)
        planted = _plant(asked, size)
        kubeconfig, kept = str(folder / "admin.kubeconfig"), Path(scratch, "kept")
        audit = partial(cost, "bench.auditing", kubeconfig, NAMESPACE, str(repository))
        filling.say("auditing")
        audit(str(kept))
        cold = []
        for number in range(ROUNDS):
            cold.append(audit(str(Path(scratch, f"kept-{number}"))))
        unchanged = [audit(str(kept)) for _ in range(ROUNDS)]
        found = [json.loads(each.output) for each in (*cold, *unchanged)]
        right = all(
            each["drift"] == planted and each["managers"] == ["kubectl-edit"] and not each["unread"] for each in found
        )
        requests = requests_of(
            folder, lambda config: cost("bench.auditing", config, NAMESPACE, str(repository), str(kept))
        )
        diff, diff_requests = _diff(asked, folder, repository) if size in DIFFED else (None, {})
        return Measured(cold, unchanged, requests, right, diff, diff_requests)


def _declare(repository: Path, size: int) -> None:
    """A repository that declares the objects as people write them, several in a file."""
    manifests = repository / "manifests"
    manifests.mkdir(parents=True)
    for first in range(0, size, A_FILE):
        bodies = [filling.object(number) for number in range(first, min(first + A_FILE, size))]
        (manifests / f"{first}.yaml").write_text(_written(bodies))
    git = ["git", "-C", str(repository), "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=All"]):
        subprocess.run([*git, *words], check=True, capture_output=True)


def _written(bodies: list[dict]) -> str:
    text = yaml.dump_all(bodies, Dumper=yaml.CSafeDumper)
    return text.replace("cpu: '1'", "cpu: 1000m").replace("memory: 1Gi", "memory: 1024Mi")


def _plant(asked: requests.Session, size: int) -> list[list[str]]:
    """Change one object in a hundred by hand, and return what an audit has to say of it."""
    planted = []
    for number in range(7, size, 100):
        # A hundred apart they would all be of one kind.
        body = filling.object(number := min(number + number // 100 % 10, size - 1))
        path, change, judged, where = _edit(body)
        url = f"{filling.place(body)}/{body['metadata']['name']}?fieldManager=kubectl-edit"
        headers = {"Content-Type": "application/strategic-merge-patch+json"}
        filling.ask(asked, "PATCH", url, data=json.dumps(change), headers=headers)
        planted.append([f"{body['kind']}/{body['metadata']['name']} in {NAMESPACE}", where or path, judged])
    return sorted(planted)


def _edit(body: dict) -> tuple[str, dict, str, str]:
    if body["kind"] == "ConfigMap":
        text = body["data"]["config.properties"].replace("value 3 ", "value 33 ")
        key = 'data["config.properties"]["property.3"]'
        return key, {"data": {"config.properties": text}}, "changed", ""
    if body["kind"] == "Deployment":
        container = {"name": "trino", "env": [{"name": "BY_HAND", "value": "1"}]}
        change = {"spec": {"template": {"spec": {"containers": [container]}}}}
        return "", change, "undeclared", "spec.template.spec.containers[name=trino].env[name=BY_HAND]"
    if body["kind"] == "Secret":
        return "data.password", {"stringData": {"password": "by hand"}}, "changed", ""
    return "metadata.labels.team", {"metadata": {"labels": {"team": "x"}}}, "undeclared", ""


def _diff(asked: requests.Session, folder: Path, repository: Path) -> tuple[Cost, dict[str, int]]:
    """What kubectl diff costs, and its requests: dry runs by the audit log, reads by the server's own count."""
    filling.say("kubectl diff")
    log = folder / f"audit-{cluster.PORT}.log"
    argv = [str(build.folder(CACHE) / "kubectl"), f"--kubeconfig={folder / 'admin.kubeconfig'}", "diff", "-f"]
    # It ends with 1 where something differs, and what it prints is not to be measured on its way through a pipe.
    shell = ["sh", "-c", '"$0" "$@" > /dev/null; test $? -le 1', *argv, str(repository / "manifests")]
    gets, begin = _gets(asked), log.stat().st_size
    found = cost_of(shell)
    with log.open("rb") as lines:
        lines.seek(begin)
        patches = sum(b"dryRun=All" in line and b"/namespaces/bench/" in line for line in lines)
    return found, {"GET": _gets(asked) - gets, "PATCH": patches}


def _gets(asked: requests.Session) -> int:
    text = filling.ask(asked, "GET", "/metrics").text
    kinds = "configmaps|deployments|secrets|serviceaccounts"
    counted = re.findall(rf'^apiserver_request_total{{.*resource="(?:{kinds})".*verb="GET".*}} (\S+)$', text, re.M)
    return int(sum(map(float, counted)))


def _within(size: int, measured: Measured) -> bool:
    if size != LIMITED:
        return measured.right
    quick = measured.cpu("cold", "audit") <= LIMIT_CPU_S and measured.cpu("unchanged", "audit") <= LIMIT_UNCHANGED_S
    return measured.right and quick and measured.requests <= LIMIT_REQUESTS


def _page(measured: dict[int, Measured]) -> str:
    columns = (
        "objects | audit, CPU s | unchanged, CPU s | download, CPU s | git, CPU s | whole process, CPU s | requests"
    )
    lines = [
        "# What a drift audit costs",
        "",
        f"A real API server on this machine, one object in a hundred changed by hand; medians of {ROUNDS} rounds,",
        "each in a process of its own. The audit compares, attributes and judges what was downloaded; *unchanged* is",
        "the same with the verdicts of the audit before. Git is read with what was parsed before in the cache.",
        "",
        f"| {columns} | peak memory, MB | |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for size, each in measured.items():
        verdict = "**wrong answer**" if not each.right else "limits met" if size == LIMITED else "right"
        verdict = verdict if _within(size, each) or not each.right else "**limit broken**"
        steps = [each.cpu(*which) for which in (("cold", "audit"), ("unchanged", "audit"), ("cold", "download"))]
        whole = statistics.median(one.cpu_s for one in each.cold)
        figures = [*steps, each.cpu("cold", "git"), whole]
        peak = max(one.peak_mb for one in each.cold)
        cells = (f"{size:,}", *(f"{one:.2f}" for one in figures), each.requests, f"{peak:.0f}", verdict)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", *_beside(measured), "", *_growth(measured)]
    return "\n".join(lines) + "\n"


def _beside(measured: dict[int, Measured]) -> list[str]:
    lines = ["| objects | asked by | time, s | CPU, s | requests | |", "| ---: | --- | ---: | ---: | ---: | --- |"]
    for size, each in measured.items():
        if each.diff:
            ours = statistics.median(one.seconds for one in each.cold)
            cpu = statistics.median(one.cpu_s for one in each.cold)
            asked = " and ".join(f"{number:,} {verb}" for verb, number in each.diff_requests.items())
            lines.append(f"| {size:,} | trinokit | {ours:.1f} | {cpu:.1f} | {each.requests} | |")
            slower = f"× {each.diff.seconds / ours:.0f} in time"
            lines.append(
                f"| {size:,} | kubectl diff | {each.diff.seconds:.1f} | {each.diff.cpu_s:.1f} | {asked} | {slower} |"
            )
    return lines


def _growth(measured: dict[int, Measured]) -> list[str]:
    limits = f"{LIMIT_REQUESTS} requests, {LIMIT_CPU_S:.0f} s of CPU for the audit and {LIMIT_UNCHANGED_S} s unchanged"
    small, large = measured[SIZES[0]], measured[SIZES[-1]]
    return [
        f"Limits: {limits}, for {LIMITED:,} objects.",
        "",
        "The cost grows with the number of objects that both sides have and with what the server filled in: "
        f"{small.cpu('cold', 'audit'):.2f} s for {SIZES[0]:,}, {large.cpu('cold', 'audit'):.2f} s for {SIZES[-1]:,}.",
    ]


if __name__ == "__main__":
    sys.exit(main())
