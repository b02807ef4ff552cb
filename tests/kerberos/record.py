"""Record recorded/kerberos: python -m tests.kerberos.record

Deploys a Trino whose five flags were pasted with the backslashes of a shell, records what is declared, live and
running, and takes it away again.
"""

import gzip
import json
import os
import re
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import yaml
from tests.conftest import ROOT
from tests.kerberos import platform
from tests.servers import __main__ as servers
from tests.servers import trino
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import build, cluster

from trinokit import clusters_and_recordings, sources
from trinokit.kerberos.trino_workloads import trino_pods
from trinokit.objects import SIDES
from trinokit.sources.recorded.recording_files import JVMS_FILE, MANIFEST_FILE, file_sha256
from trinokit.sources.recording import RecordedParts, record_cluster

NAME, NAMESPACE = "kerberos", "analytics"


def main() -> int:
    """Record the platform in place of the recording that is there."""
    if servers.running() is None:
        print("no server runs; start them: make servers", file=sys.stderr)
        return 1
    os.environ["PATH"] = f"{build.folder(CACHE)}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        os.environ["TRINOKIT_HOME"] = home
        os.environ |= {f"GIT_{role}_{name}": "nobody" for role in ("AUTHOR", "COMMITTER") for name in ("NAME", "EMAIL")}
        (folder / "notebooks").mkdir()
        (folder / "parameters").mkdir()
        cluster.kubectl(CACHE, "create", "namespace", NAMESPACE)
        try:
            with platform.deployed(folder, NAMESPACE, workers=2) as deployed:
                entry = deployed.entry
                entry["declared"][0]["repository"] = deployed.clone.folder.name
                clusters = yaml.safe_dump({"clusters": {"production": entry}})
                (folder / "parameters" / "clusters.yaml").write_text(clusters)
                _record()
        finally:
            cluster.kubectl(CACHE, "delete", "namespace", NAMESPACE, "--wait=false")
    return 0


def _as_in_the_image(folder: Path) -> None:
    """Name the paths of this machine in the recording in *folder* as those of Trino's image."""
    path, manifest = folder / JVMS_FILE, json.loads((folder / MANIFEST_FILE).read_text())
    text = gzip.decompress(path.read_bytes()).decode()
    server = str(trino.install(CACHE))
    home = re.escape(f"{clusters_and_recordings.trinokit_home()}/nodes/")
    text = re.sub(rf"{home}[^/]+/[^/]+/(etc|data)", r"/\1/trino", text.replace(server, "/usr/lib/trino"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    manifest["files"][JVMS_FILE] = file_sha256(path)
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=1) + "\n")


def _record() -> None:
    folder = ROOT / "recorded" / NAME
    shutil.rmtree(folder, ignore_errors=True)
    parts = RecordedParts(sides=SIDES, releases=True, pods=trino_pods)
    record_cluster(
        sources.connect("production"), folder, parts, recorded_at=datetime.now(UTC).isoformat(timespec="seconds")
    )
    _as_in_the_image(folder)
    print(folder.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
