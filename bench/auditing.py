"""What does an audit cost? Printed as JSON, by a process of its own.

Run it: python -m bench.auditing KUBECONFIG NAMESPACE REPOSITORY KEPT; KEPT is a file for the comparisons of the audit
before this one, which need not be there.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from bench.reading import CONTEXT
from trinokit.clusters_file import Cluster, DeclaredPart, KubernetesAccess
from trinokit.drift import comparison_cache, detection
from trinokit.sources.live import Live

_DAY = date(2026, 11, 24)


def audited(kubeconfig: str, namespace: str, repository: str, kept: str) -> dict:
    """The CPU seconds of each step of an audit, and the drift that it found, as object and path."""
    where = KubernetesAccess({"trino": namespace}, context=CONTEXT, kubeconfig=kubeconfig)
    part = DeclaredPart(path="manifests", repository=repository, namespace=namespace)
    source, cpu, path = Live("bench", Cluster(kubernetes=where, declared=[part]), ""), {}, Path(kept)
    with _timed(cpu, "git"):
        declared = source.objects.declared()
    with _timed(cpu, "download"):
        live = source.objects.live(also=declared)
    before = path.read_bytes() if path.exists() else b""
    with _timed(cpu, "audit"):
        found = detection.drift_between(declared, live, detection.DriftEvidence(), on=_DAY, cached=before)
    path.write_bytes(comparison_cache.dump_comparisons(found.comparisons, found.schemas))
    ours = [each for each in found.drift if each.object.namespace == namespace]
    return {
        "cpu_s": cpu,
        "drift": sorted([str(each.object), each.where, each.judged] for each in ours),
        "managers": sorted({each.authors[0].manager for each in ours}),
        "objects": sum(each.namespace == namespace for each in live.items),
        "unread": dict(live.unread),
    }


@contextmanager
def _timed(cpu: dict[str, float], step: str) -> Iterator[None]:
    began = time.process_time()
    yield
    cpu[step] = time.process_time() - began


if __name__ == "__main__":
    # A proxy of the machine would be measured, too.
    os.environ["NO_PROXY"] = "127.0.0.1"
    print(json.dumps(audited(*sys.argv[1:])))
