"""A private Kubernetes: etcd, the real control plane with RBAC and an audit log, and KWOK in place of kubelets."""

import json
import os
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.kubernetes import build
from tests.servers.process import Missing, ready, start

PORT, CONTEXT = 16443, "trinokit-test"
ETCD, _ETCD_PEERS, _CONTROLLERS, _SCHEDULER, _KWOK = 12379, 12380, 11257, 11259, 11247
NODES = 5
STACK = ("trino", "minio", "redis", "hive", "hive-storage", "mysql", "monitoring")
# Where tests apply the same stack a second time, with kubectl.
APPLIED = tuple(f"{namespace}-applied" for namespace in STACK)

AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {
            "level": "None",
            "resources": [
                {"group": "", "resources": ["events"]},
                {"group": "events.k8s.io", "resources": ["events"]},
                {"group": "coordination.k8s.io", "resources": ["leases"]},
            ],
        },
        {"level": "None", "verbs": ["get", "list", "watch"]},
        {"level": "RequestResponse", "namespaces": [*STACK, *APPLIED]},
        {"level": "Metadata"},
    ],
}

# What a cloud's load balancer and an Ingress controller do here: give an address to whoever waits for one.
ADDRESSES = [
    {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": f"address-of-{kind.lower()}"},
        "spec": {
            "resourceRef": {"apiGroup": group, "kind": kind},
            "selector": {
                "matchExpressions": [
                    *conditions,
                    {"key": ".status.loadBalancer.ingress.[].ip", "operator": "DoesNotExist"},
                ]
            },
            "next": {"statusTemplate": f"loadBalancer: {{ingress: [{{ip: {address}}}]}}"},
        },
    }
    for kind, group, address, conditions in (
        ("Service", "v1", "192.0.2.10", [{"key": ".spec.type", "operator": "In", "values": ["LoadBalancer"]}]),
        ("Ingress", "networking.k8s.io/v1", "192.0.2.20", []),
    )
]

# Pods that can be given a container, whichever namespace they are in: KWOK runs no commands in others, and has no log
# of them.
PODS = ("trino-coordinator-0", *(f"trino-worker-{number}" for number in range(4)))
# Every command in a pod begins with this shell, which enters the namespaces of the process that the file names.
_SHELL = """\
#!/bin/sh
[ -n "$CONTAINER" ] || exec /bin/sh "$@"
exec nsenter --target "$(cat "$CONTAINER")" --pid --mount /bin/sh "$@"
"""


def missing(cache: Path) -> list[str]:
    """What Kubernetes needs and this machine has not."""
    lacks = build.missing(cache)
    return lacks if shutil.which("openssl") else [*lacks, "openssl: apt-get install openssl"]


def servers(cache: Path, folder: Path) -> dict[str, Callable[[], dict]]:
    """How each server of a cluster with its data in *folder* is started, in the order in which they need each other."""
    return {
        "etcd": lambda: etcd(build.install(cache), folder),
        "kube-apiserver": lambda: apiserver(build.folder(cache), folder, PORT),
        "kube-controller-manager": lambda: _controllers(build.folder(cache), folder),
        "kube-scheduler": lambda: _scheduler(build.folder(cache), folder),
        "kwok": lambda: _kwok(build.folder(cache), folder, cache),
    }


def kubeconfig(cache: Path) -> Path:
    """Where the administrator's access to the running cluster lies."""
    return cache / "kubeconfig"


def kubectl(cache: Path, *arguments: str, given: str = "") -> str:
    """What kubectl prints as the administrator, with *given* on its standard input; raises CalledProcessError."""
    return _run(cache, "kubectl", *arguments, given=given)


def helm(cache: Path, *arguments: str) -> str:
    """What helm prints as the administrator; raises CalledProcessError."""
    return _run(cache, "helm", *arguments)


def _run(cache: Path, program: str, *arguments: str, given: str = "") -> str:
    argv = [build.folder(cache) / program, f"--kubeconfig={kubeconfig(cache)}", *arguments]
    return subprocess.run(argv, input=given, check=True, capture_output=True, text=True, timeout=180).stdout


def audit_log(folder: Path, port: int = PORT) -> Path:
    """What the API server on *port* writes of each request once it has answered it; *folder* is that of the cluster."""
    return folder / f"audit-{port}.log"


@contextmanager
def container(folder: Path, pod: str, first: int, wrote: str = "") -> Iterator[None]:
    """Run commands in the *pod*, one of PODS, beside the process *first*, and let its log be what it *wrote*.

    *folder* is that of the cluster. There is one of each name, whatever its namespace.
    """
    held = folder / "containers" / pod
    in_use = held.exists() and Path("/proc", held.read_text()).exists()
    assert not in_use, f"Expected {pod} to be nobody's, found it in use by another test; both belong to one lane."
    contain(folder, pod, first, wrote)
    try:
        yield
    finally:
        vacate(folder, pod)


def contain(folder: Path, pod: str, first: int, wrote: str) -> None:
    """From now on, commands in *pod* run beside the process *first*, and its log is what it *wrote*."""
    lines = wrote.removesuffix("\n").split("\n") if wrote else []
    (folder / "containers" / pod).write_text(str(first))
    # As container runtimes write it.
    text = "".join(f"2026-07-01T12:00:00.000000000Z stderr F {line}\n" for line in lines)
    (folder / "containers" / f"{pod}.log").write_bytes(text.encode())


def vacate(folder: Path, pod: str) -> None:
    """From now on, *pod* has no container."""
    for name in (pod, f"{pod}.log"):
        (folder / "containers" / name).unlink(missing_ok=True)


def _containers(folder: Path) -> list[dict]:
    made = []
    for pod in PODS:
        about = {"apiVersion": "kwok.x-k8s.io/v1alpha1", "metadata": {"name": pod}}
        spec, path = {"selector": {"matchNames": [pod]}}, f"{folder}/containers/{pod}"
        entered = {"local": {"envs": [{"name": "CONTAINER", "value": path}]}}
        made.append({**about, "kind": "ClusterExec", "spec": {**spec, "execs": [entered]}})
        made.append({**about, "kind": "ClusterLogs", "spec": {**spec, "logs": [{"logsFile": f"{path}.log"}]}})
    return made


def etcd(programs: Path, folder: Path) -> dict:
    """The process of an etcd with its data in *folder*, and the certificates that the others need."""
    folder.mkdir()
    _certificates(folder)
    client, peer = f"http://127.0.0.1:{ETCD}", f"http://127.0.0.1:{_ETCD_PEERS}"
    argv = [programs / "etcd", f"--data-dir={folder}/etcd", "--unsafe-no-fsync", "--logger=zap", "--log-level=warn"]
    argv += [f"--listen-client-urls={client}", f"--advertise-client-urls={client}"]
    argv += [f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}"]
    process = start(argv, folder / "etcd.log")
    return ready(process, lambda: _answers(f"{client}/health"), 60)


def apiserver(programs: Path, folder: Path, port: int, *more: str) -> dict:
    """The process of an API server on *port* over the etcd of *folder*, with *more* flags."""
    policy = folder / "audit-policy.json"
    policy.write_text(json.dumps(AUDIT_POLICY))
    argv = [
        programs / "kube-apiserver",
        f"--etcd-servers=http://127.0.0.1:{ETCD}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder}/certificates-{port}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
        "--endpoint-reconciler-type=none",
        "--allow-privileged=true",
        f"--client-ca-file={folder}/ca.crt",
        f"--tls-cert-file={folder}/kube-apiserver.crt",
        f"--tls-private-key-file={folder}/kube-apiserver.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder}/service-accounts.key",
        f"--service-account-signing-key-file={folder}/service-accounts.key",
        f"--audit-policy-file={policy}",
        f"--audit-log-path={audit_log(folder, port)}",
        *more,
    ]
    process = start(argv, folder / f"kube-apiserver-{port}.log")
    # The namespaces and the roles of a new cluster appear a moment after the server has become ready.
    url = f"https://127.0.0.1:{port}"
    return ready(process, lambda: all(_answers(f"{url}{path}", folder) for path in _FIRST), 120)


_FIRST = ("/readyz", "/api/v1/namespaces/default", "/apis/rbac.authorization.k8s.io/v1/clusterroles/cluster-admin")


def _controllers(programs: Path, folder: Path) -> dict:
    config = _access(folder, "kube-controller-manager")
    argv = [programs / "kube-controller-manager", f"--kubeconfig={config}", "--bind-address=127.0.0.1"]
    argv += [f"--secure-port={_CONTROLLERS}", "--leader-elect=false", "--use-service-account-credentials"]
    argv += [f"--service-account-private-key-file={folder}/service-accounts.key", f"--root-ca-file={folder}/ca.crt"]
    argv += ["--cluster-cidr=10.244.0.0/16", "--node-monitor-grace-period=120s", "--concurrent-deployment-syncs=10"]
    process = start(argv, folder / "kube-controller-manager.log")
    account = f"https://127.0.0.1:{PORT}/api/v1/namespaces/default/serviceaccounts/default"
    return ready(process, lambda: _answers(account, folder), 120)


def _scheduler(programs: Path, folder: Path) -> dict:
    config = _access(folder, "kube-scheduler")
    argv = [programs / "kube-scheduler", f"--kubeconfig={config}", "--bind-address=127.0.0.1"]
    argv += [f"--secure-port={_SCHEDULER}", "--leader-elect=false"]
    argv += [f"--authentication-kubeconfig={config}", f"--authorization-kubeconfig={config}"]
    process = start(argv, folder / "kube-scheduler.log")
    return ready(process, lambda: _answers(f"https://127.0.0.1:{_SCHEDULER}/healthz"), 120)


def _kwok(programs: Path, folder: Path, cache: Path) -> dict:
    config = _access(folder, "admin")
    shutil.copy2(config, kubeconfig(cache))
    stages = folder / "stages.yaml"
    usual = subprocess.run([programs / "kwok-stages"], check=True, capture_output=True, text=True).stdout
    stages.write_text("\n---\n".join([usual, *map(json.dumps, [*ADDRESSES, *_containers(folder)])]))
    argv = [programs / "kwok", f"--kubeconfig={config}", f"--config={stages}", "--manage-all-nodes=true"]
    argv += ["--cidr=10.244.0.0/16", "--node-ip=127.0.0.1", f"--node-port={_KWOK}"]
    argv += [f"--server-address=127.0.0.1:{_KWOK}", "--node-lease-duration-seconds=40"]
    for name in ("bin", "containers"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "bin" / "sh").write_text(_SHELL)
    (folder / "bin" / "sh").chmod(0o755)
    process = start(argv, folder / "kwok.log", PATH=f"{folder}/bin:{os.environ['PATH']}")
    kubectl(cache, "apply", "-f", "-", given=json.dumps({"apiVersion": "v1", "kind": "List", "items": _nodes()}))
    return ready(process, lambda: _ready_nodes(cache) == NODES, 120)


def _nodes() -> list[dict]:
    size = {"cpu": "32", "memory": "256Gi", "pods": "110", "ephemeral-storage": "1Ti"}
    return [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": f"node-{number}",
                "labels": {
                    "kubernetes.io/hostname": f"node-{number}",
                    "kubernetes.io/os": "linux",
                    "kubernetes.io/arch": "amd64",
                    "topology.kubernetes.io/zone": "abc"[number % 3],
                },
            },
            "status": {"capacity": size, "allocatable": size},
        }
        for number in range(NODES)
    ]


def _ready_nodes(cache: Path) -> int:
    conditions = '{.items[*].status.conditions[?(@.type=="Ready")].status}'
    return kubectl(cache, "get", "nodes", "-o", f"jsonpath={conditions}").split().count("True")


def _certificates(folder: Path) -> None:
    subjects = {
        "kube-apiserver": "/CN=kube-apiserver",
        "admin": "/O=system:masters/CN=admin",
        "kube-controller-manager": "/CN=system:kube-controller-manager",
        "kube-scheduler": "/CN=system:kube-scheduler",
    }
    new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=trinokit-test-ca"]
    _openssl(*new, "-keyout", folder / "ca.key", "-out", folder / "ca.crt")
    _openssl("genrsa", "-out", folder / "service-accounts.key", "2048")
    for name, subject in subjects.items():
        certificate(folder, name, subject)


def certificate(folder: Path, name: str, subject: str) -> None:
    """A key and a certificate for *subject*, signed by the cluster's own authority, as *name*.key and *name*.crt."""
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    extensions.write_text(
        "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc\nextendedKeyUsage=serverAuth,clientAuth\n"
    )
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{name}.key"]
    _openssl("req", "-new", *key, "-subj", subject, "-out", request)
    signer = ["-CA", folder / "ca.crt", "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", "30"]
    _openssl("x509", "-req", "-in", request, *signer, "-extfile", extensions, "-out", folder / f"{name}.crt")


def access(folder: Path, user: dict, port: int = PORT) -> str:
    """A kubeconfig for *user*, such as a client certificate or a token, of the API server on *port*."""
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": f"{folder}/ca.crt"}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": CONTEXT, "cluster": cluster}],
            "users": [{"name": CONTEXT, "user": user}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
            "current-context": CONTEXT,
        }
    )


def _access(folder: Path, name: str) -> Path:
    path = folder / f"{name}.kubeconfig"
    path.touch(mode=0o600)
    user = {"client-certificate": f"{folder}/{name}.crt", "client-key": f"{folder}/{name}.key"}
    path.write_text(access(folder, user))
    return path


def _openssl(*arguments: object) -> None:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"openssl {arguments[0]} failed: {done.stderr[-500:]}")


def _answers(url: str, folder: Path | None = None) -> bool:
    context = (
        ssl._create_unverified_context() if folder is None else ssl.create_default_context(cafile=folder / "ca.crt")
    )
    if folder is not None:
        context.load_cert_chain(folder / "admin.crt", folder / "admin.key")
    try:
        return urllib.request.urlopen(url, timeout=5, context=context).status == 200
    except (urllib.error.URLError, OSError):
        return False
