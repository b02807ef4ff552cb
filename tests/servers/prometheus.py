"""A private Prometheus, told what the reference stack tells its own."""

import shutil
import urllib.request
from pathlib import Path

import yaml

from tests.servers.kubernetes import cluster
from tests.servers.process import ready, start

PORT = 19090
URL = f"http://127.0.0.1:{PORT}"
CHART = Path(__file__).parents[2] / "deploy" / "reference"


def missing() -> list[str]:
    """What Prometheus needs and this machine has not."""
    lacks = "prometheus: apt-get install --no-install-recommends prometheus; its own service is not needed"
    return [] if shutil.which("prometheus") else [lacks]


def up(cache: Path, folder: Path) -> dict:
    """The process of a Prometheus with its data, its configuration and its rules in *folder*."""
    folder.mkdir()
    for path, text in files(cache).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    # Started in its folder it tells no path of this machine.
    argv = ["env", f"--chdir={folder}", "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    argv += [f"--web.listen-address=127.0.0.1:{PORT}", "--web.enable-lifecycle", "--log.level=warn"]
    process = start([*argv, "--storage.tsdb.retention.time=1h"], folder / "prometheus.log")
    return ready(process, lambda: _answers("/-/ready"), 60)


def files(cache: Path) -> dict[str, str]:
    """What the chart tells Prometheus, as files by their paths."""
    maps = _config_maps(cache)
    rules = {f"rules/{name}": text for name, text in maps["prometheus-rules"].items()}
    return {"prometheus.yml": loadable(maps["prometheus"]["prometheus.yml"]), **rules}


def loadable(configuration: str) -> str:
    """The *configuration* with its rules beside it, and files that are not there in place of Kubernetes.

    Debian's Prometheus is built without the discovery of Kubernetes. No name of a target resolves here.
    """
    told = yaml.safe_load(configuration)
    told["rule_files"] = ["rules/*.yaml"]
    for job in told["scrape_configs"]:
        if job.pop("kubernetes_sd_configs", None):
            job["file_sd_configs"] = [{"files": [f"targets/{job['job_name']}.json"]}]
    return yaml.safe_dump(told, sort_keys=False)


def reload() -> None:
    """Let Prometheus read its files again; raises HTTPError when it refuses them."""
    urllib.request.urlopen(urllib.request.Request(f"{URL}/-/reload", method="POST"), timeout=30).close()


def _config_maps(cache: Path) -> dict[str, dict[str, str]]:
    rendered = cluster.helm(cache, "template", "reference", str(CHART), "--namespace=reference")
    found = [each for each in yaml.load_all(rendered, yaml.CSafeLoader) if each and each["kind"] == "ConfigMap"]
    return {each["metadata"]["name"]: each["data"] for each in found if each["metadata"]["namespace"] == "monitoring"}


def _answers(path: str) -> bool:
    try:
        return urllib.request.urlopen(URL + path, timeout=5).status == 200
    except OSError:
        return False
