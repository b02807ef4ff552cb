"""A stand-in for kubelets: a real Trino for each pod of a namespace, started with the jvm.config it finds there."""

import contextlib
import json
import os
import signal
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.servers import trino
from tests.servers.kubernetes import cluster
from tests.servers.process import Missing, alive, last_lines, start, stop, wait

PORT = 18090
URL = f"http://127.0.0.1:{PORT}"
PLUGINS = ("tpch", "jmx")
# As in a container, where the JVM is the first process and sees no other.
_CONTAINER = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
# A pod with this gate waits until its Trino is started, and is ready when that answers. KWOK takes care of any
# other pod, and makes it ready at once.
GATE = "trinokit.test/jvm"

# Half the work of a usual start: no second compiler, and a collector without threads of its own.
JVM = """\
-server
-Xmx768M
-XX:+UseSerialGC
-XX:-UsePerfData
-XX:TieredStopAtLevel=1
-XX:+ExitOnOutOfMemoryError
-Djdk.attach.allowAttachSelf=true
-Dfile.encoding=UTF-8
"""
_CONFIG = {
    "coordinator": "coordinator=true\nnode-scheduler.include-coordinator={alone}\n",
    "worker": "coordinator=false\nshutdown.grace-period=1s\n",
}
# What Trino's chart lets a worker do first; here nobody runs it.
_SHUT_DOWN = (
    "curl -X PUT -d '\"SHUTTING_DOWN\"' -H 'Content-type: application/json' http://localhost:8080/v1/info/state"
)
_USUAL = "http-server.http.port=8080\ndiscovery.uri=http://trino:8080\nquery.max-memory-per-node=300MB\n"
# What a Trino on this machine has otherwise than a pod: where it listens, whom it asks, and what is not mounted here.
_OWN = ("http-server.", "discovery.", "internal-communication.", "node.internal-address", "plugin.dir")
_MORE = """\
http-server.http.port={port}
node.internal-address={address}
node.bind-ip={address}
discovery.uri={url}
internal-communication.shared-secret=of-this-machine-only
plugin.dir={folder}/plugin
exchange.max-error-duration=5s
query.remote-task.max-error-duration=5s
"""


def manifests(jvm: str = JVM, workers: int = 1, kind: str = "Deployment") -> list[dict]:
    """ConfigMaps and workloads of a Trino as the chart makes them, each with *jvm* as its jvm.config.

    Without *workers* the coordinator works itself, since it would let every query wait for one.
    Only the pods of a *kind* StatefulSet have names that are known beforehand, so that KWOK runs commands in them.
    """
    sizes = {"coordinator": 1, "worker": workers}
    configs = {role: text.format(alone=str(not workers).lower()) + _USUAL for role, text in _CONFIG.items()}
    return [
        made
        for role, size in sizes.items()
        for made in (_config_map(role, jvm, configs[role]), _workload(role, size, kind))
    ]


def _about(role: str) -> dict:
    labels = {"app.kubernetes.io/name": "trino", "app.kubernetes.io/instance": "trino"}
    return {"name": f"trino-{role}", "labels": labels | {"app.kubernetes.io/component": role}}


def _config_map(role: str, jvm: str, config: str) -> dict:
    data = {
        "jvm.config": jvm,
        "config.properties": config,
        "node.properties": "node.environment=test\nnode.data-dir=/data/trino\n",
    }
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _about(role), "data": data}


def _workload(role: str, size: int, kind: str) -> dict:
    about = _about(role)
    container = {
        "name": "trino",
        "image": f"trinodb/trino:{trino.VERSION}",
        "ports": [{"name": "http", "containerPort": 8080}],
        "volumeMounts": [{"name": "config", "mountPath": "/etc/trino"}],
    }
    pod = {
        "schedulingGates": [{"name": GATE}],
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": f"trino-{role}"}}],
        "terminationGracePeriodSeconds": 60,
    }
    if role == "worker":
        container["lifecycle"] = {"preStop": {"exec": {"command": ["/bin/sh", "-c", _SHUT_DOWN]}}}
    template = {"metadata": {"labels": about["labels"]}, "spec": pod}
    spec = {"replicas": size, "selector": {"matchLabels": about["labels"]}, "template": template}
    if kind == "StatefulSet":
        spec |= {"serviceName": "trino", "podManagementPolicy": "Parallel"}
    elif role == "coordinator":
        spec["strategy"] = {"type": "Recreate"}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": about, "spec": spec}


@dataclass
class Node:
    """The Trino of one pod: its *process*, and the *address* on which it listens and which is the pod's own.

    The process is the one that made the container; the JVM in it is `jvm`.
    """

    pod: str
    uid: str
    address: str
    process: dict
    gated: bool
    told: str = "starting"

    @property
    def log(self) -> Path:
        """What the JVM wrote."""
        return Path(self.process["log"])

    @property
    def jvm(self) -> int | None:
        """The id of the JVM outside its container; None once it has ended."""
        children = Path(f"/proc/{self.process['pid']}/task/{self.process['pid']}/children")
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            return next(map(int, children.read_text().split()), None)
        return None


@dataclass
class Jvms:
    """The Trinos of a namespace, by the uid of their pod while it lives, and of those that are gone what they wrote."""

    nodes: dict[str, Node] = field(default_factory=dict)
    gone: list[Node] = field(default_factory=list)
    problems: list[BaseException] = field(default_factory=list)

    def first_lines(self, pod: str, lines: int = 30) -> list[str]:
        """The first lines that the last JVM of *pod* wrote, also when it is gone."""
        node = [each for each in [*self.gone, *self.nodes.values()] if each.pod == pod][-1]
        return node.log.read_text(errors="replace").splitlines()[:lines]

    def serving(self, pods: int, seconds: float = 240) -> list[str]:
        """The names of exactly so many *pods* once each one's Trino answers."""
        settled = wait(lambda: bool(self.problems) or self._ready() == pods == len(self.nodes), seconds)
        if self.problems:
            raise self.problems[0]
        if not settled:
            told = [f"{each.pod} is {each.told}:\n{last_lines(each.process)}" for each in [*self.nodes.values()]]
            raise Missing(f"Not {pods} pods have a Trino that answers:\n" + "\n".join(told))
        return sorted(each.pod for each in self.nodes.values())

    def ended(self, pods: int, seconds: float = 60) -> list[str]:
        """The names of the pods whose JVM ended by itself, once there are so many of them."""
        over = lambda: [each.pod for each in [*self.nodes.values()] if each.told == "ended"]  # noqa: E731
        if not wait(lambda: bool(self.problems) or len(over()) >= pods, seconds):
            raise Missing(f"Only {len(over())} of {pods} JVMs ended.")
        return sorted(over())

    def _ready(self) -> int:
        return sum(each.told == "ready" for each in [*self.nodes.values()])


@contextmanager
def following(cache: Path, namespace: str, folder: Path) -> Iterator[Jvms]:
    """The Trinos of the pods of *namespace*, started and stopped as pods come and go, until the block is left.

    Their files are in *folder*. As a kubelet does, a JVM is started with the ConfigMap as it is at that moment, and a
    later change of the ConfigMap does not reach it. One that ends by itself is not started again.
    Raises Missing where another one is at work: a coordinator would answer for the other.
    """
    with socket.socket() as tried:
        if tried.connect_ex(("127.0.0.1", PORT)) == 0:
            raise Missing(f"Something listens on port {PORT} already, where the coordinator is to be.")
    _plugins(cache, folder)
    jvms, over = Jvms(), threading.Event()
    api = _Api(cache, namespace)

    def follow() -> None:
        try:
            while not over.wait(0.5):
                _follow(api, jvms, cache, folder)
        except BaseException as problem:
            jvms.problems.append(problem)
            raise

    thread = threading.Thread(target=follow, name=f"trinos of {namespace}")
    thread.start()
    try:
        yield jvms
    finally:
        over.set()
        thread.join()
        _stop(jvms, [*jvms.nodes.values()], cache)


def _plugins(cache: Path, folder: Path) -> None:
    (folder / "plugin").mkdir(parents=True)
    for name in PLUGINS:
        (folder / "plugin" / name).symlink_to(trino.install(cache) / "plugin" / name)


def _follow(api: "_Api", jvms: Jvms, cache: Path, folder: Path) -> None:
    pods = {pod["metadata"]["uid"]: pod for pod in api.get("pods")["items"]}
    live = {uid: pod for uid, pod in pods.items() if "deletionTimestamp" not in pod["metadata"]}
    # A coordinator that comes must find the port of the one that went.
    _stop(jvms, [node for uid, node in jvms.nodes.items() if uid not in live], cache)
    for uid, pod in live.items():
        if uid in jvms.nodes:
            _contain(jvms.nodes[uid], cache)
            if (told := _told(jvms.nodes[uid])) != jvms.nodes[uid].told:
                _tell(api, jvms.nodes[uid], told)
        elif "jvm.config" in (files := _mounted(api, pod)):
            address, etc = _configure(jvms, files, folder / uid / pod["metadata"]["name"])
            process = _launched(cache, etc)
            # From here on it is stopped, whatever happens.
            jvms.nodes[uid] = Node(pod["metadata"]["name"], uid, address, process, _gated(pod))
            _enter(api, cache, jvms.nodes[uid])


def _configure(jvms: Jvms, files: dict[str, str], folder: Path) -> tuple[str, Path]:
    """A free address, and the folder with *files* as they are to be for a Trino of this machine that listens there."""
    config = files["config.properties"]
    coordinates = "coordinator=true" in config.splitlines()
    taken = {node.address for node in jvms.nodes.values()}
    address = next(each for each in _addresses(coordinates) if each not in taken)
    own = [line for line in config.splitlines() if not line.startswith(_OWN) and ".config-files" not in line]
    more = _MORE.format(port=PORT, address=address, url=URL, folder=folder.parents[1])
    etc = folder / "etc"
    (etc / "catalog").mkdir(parents=True)
    place = f"node.environment=test\nnode.data-dir={folder}/data\n"
    files |= {"config.properties": "\n".join([*own, more]), "node.properties": place}
    files |= {f"catalog/{plugin}.properties": f"connector.name={plugin}\n" for plugin in PLUGINS}
    for key, text in files.items():
        (etc / key).write_bytes(text.encode())
    return address, etc


def _enter(api: "_Api", cache: Path, node: Node) -> None:
    """Let commands in the pod run beside the JVM of *node*, and say that it starts."""
    if not wait(lambda: node.jvm is not None or not alive(node.process), 60):
        raise Missing(f"No container can be made here: {last_lines(node.process)}")
    _contain(node, cache)
    _tell(api, node, "starting")


def _contain(node: Node, cache: Path) -> None:
    """Bring the container that KWOK knows of up to date, as long as its log is about the beginning."""
    if node.pod in cluster.PODS and node.told != "ready":
        # A JVM that ended at once cannot be entered, and 0 is nobody.
        cluster.contain(_cluster(cache), node.pod, node.jvm or 0, node.log.read_text(errors="replace"))


def _cluster(cache: Path) -> Path:
    return Path(json.loads((cache / "servers.json").read_text())["folder"], "kubernetes")


def _launched(cache: Path, etc: Path) -> dict:
    # As the image does: https://github.com/trinodb/trino/blob/476/core/docker/bin/run-trino
    java = trino.java_home()
    launcher = str(trino.install(cache) / "bin" / "launcher")
    argv = [*_CONTAINER, launcher, "run", f"--etc-dir={etc}", f"-Dnode.id={etc.parent.name}"]
    search = f"{java}/bin:{os.environ['PATH']}"
    return start(argv, etc.parent / "log", JAVA_HOME=str(java), PATH=search)


def _mounted(api: "_Api", pod: dict) -> dict[str, str]:
    names = [each["configMap"]["name"] for each in pod["spec"].get("volumes", []) if "configMap" in each]
    try:
        found = [api.get(f"configmaps/{name}")["data"] for name in names]
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return {}
        raise
    return next((data for data in found if "jvm.config" in data), {})


def _addresses(coordinates: bool) -> list[str]:
    return ["127.0.0.1"] if coordinates else [f"127.0.0.{number}" for number in range(2, 250)]


def _gated(pod: dict) -> bool:
    return GATE in [each["name"] for each in pod["spec"].get("schedulingGates", [])]


def _told(node: Node) -> str:
    if not alive(node.process):
        return "ended"
    if node.told == "ready":
        return "ready"
    try:
        with urllib.request.urlopen(f"http://{node.address}:{PORT}/v1/info", timeout=2) as answer:
            return "starting" if json.load(answer)["starting"] else "ready"
    except (urllib.error.URLError, OSError, ValueError):
        return node.told


def _tell(api: "_Api", node: Node, told: str) -> None:
    """Say in the status of the pod what became of its Trino; a pod without the gate is left to KWOK."""
    node.told = told
    if not node.gated:
        return
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ended = {"exitCode": 1, "reason": "Error", "startedAt": now, "finishedAt": now}
    state = {"terminated": ended} if told == "ended" else {"running": {"startedAt": now}}
    container = {"name": "trino", "image": "", "imageID": "", "ready": told == "ready", "restartCount": 0}
    truth = "True" if told == "ready" else "False"
    conditions = [{"type": kind, "status": truth, "lastTransitionTime": now} for kind in ("Ready", "ContainersReady")]
    status = {
        "phase": "Running",
        "podIP": node.address,
        "podIPs": [{"ip": node.address}],
        "conditions": conditions,
        "containerStatuses": [{**container, "state": state}],
    }
    with contextlib.suppress(_Gone):
        api.patch(f"pods/{node.pod}/status", {"status": status})
        # KWOK takes over only pods that are Pending, so the status comes first.
        if told == "starting":
            api.patch(f"pods/{node.pod}", {"spec": {"schedulingGates": None}})


def _stop(jvms: Jvms, nodes: list[Node], cache: Path) -> None:
    for node in nodes:
        if (jvm := node.jvm) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(jvm, signal.SIGTERM)
    for node in nodes:
        if not wait(lambda node=node: not alive(node.process), 60):
            # What made the container is deaf to anything milder, and takes the JVM along.
            os.kill(node.process["pid"], signal.SIGKILL)
        stop(node.process, 10)
        if node.pod in cluster.PODS:
            cluster.vacate(_cluster(cache), node.pod)
        jvms.gone.append(jvms.nodes.pop(node.uid))


class _Gone(Exception):
    """A pod went before its status could be told."""


@dataclass(frozen=True)
class _Api:
    """The API server, asked for what is in *namespace* as the administrator."""

    cache: Path
    namespace: str

    def get(self, path: str) -> dict:
        return self._answer("GET", path)

    def patch(self, path: str, body: dict) -> None:
        try:
            self._answer("PATCH", path, body)
        except urllib.error.HTTPError as error:
            if error.code in (404, 409):
                raise _Gone(path) from error
            raise Missing(f"PATCH {path}: {error.read().decode()[:500]}") from error

    def _answer(self, method: str, path: str, body: dict | None = None) -> dict:
        access = json.loads(cluster.kubeconfig(self.cache).read_text())
        place, user = access["clusters"][0]["cluster"], access["users"][0]["user"]
        context = ssl.create_default_context(cafile=place["certificate-authority"])
        context.load_cert_chain(user["client-certificate"], user["client-key"])
        kind = {"Content-Type": "application/strategic-merge-patch+json"}
        url = f"{place['server']}/api/v1/namespaces/{self.namespace}/{path}"
        given = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=given, method=method, headers=kind)
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return json.load(answer)
