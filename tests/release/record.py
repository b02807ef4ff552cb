"""Record recorded/release: python -m tests.release.record

Deploys a Trino to staging and to production, develops a feature for it, records both with the repository, and takes it
all away again.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tests.conftest import ROOT
from tests.release import platform
from tests.release.platform import PLACES
from tests.servers import __main__ as servers
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster

from trinokit.clusters_file import Cluster, DeclaredPart, KubernetesAccess
from trinokit.release import fact_gathering, naming
from trinokit.release.release_request import ReleaseRequest
from trinokit.sources.git import git_repository
from trinokit.sources.live import Live
from trinokit.sources.recording import RecordedParts, record_cluster

NAME = "release"


def main() -> int:
    """Record the platform in place of the recording that is there."""
    if servers.running() is None:
        print("no server runs; start them: make servers", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as home:
        kubectl = partial(cluster.kubectl, CACHE)
        with platform.deployed(Path(home), kubectl, {place: place for place in PLACES}) as deployed:
            deployed.clone.git("branch", "feature_v1_new-feature", "master_v1")
            platform.develop(deployed.clone, "feature_v1_new-feature", platform.FEATURE, platform.DOCUMENTS)
            git = git_repository.open_clone(deployed.clone.folder, "platform", "origin")
            # The merges are made, and kept with the rest, so that they have the same ids wherever they are shown.
            fact_gathering.gather_facts(git, ReleaseRequest(naming.release_names("v1", "new-feature", "v1.1.0")))
            folder = ROOT / "recorded" / NAME
            shutil.rmtree(folder, ignore_errors=True)
            parts = RecordedParts(sides=("live",), releases=True, repository=git)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            record_cluster(
                Live("production", _both(), "mysql.trino_events.trino_queries"), folder, parts, recorded_at=now
            )
            print(folder.relative_to(ROOT))
    return 0


def _both() -> Cluster:
    """Staging and production as one cluster."""
    declared = [DeclaredPart(platform.CHART, release=platform.RELEASE, namespace=place) for place in PLACES]
    where = {"context": cluster.CONTEXT, "kubeconfig": str(cluster.kubeconfig(CACHE))}
    return Cluster(kubernetes=KubernetesAccess({place: place for place in PLACES}, **where), declared=declared)


if __name__ == "__main__":
    sys.exit(main())
