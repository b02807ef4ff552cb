"""A Trino of one coordinator and its workers as objects, and the JVMs that run in its pods."""

from datetime import UTC, datetime

from tests.architecture.objects import config_map, mounting, objects, pod, workload

from trinokit.objects import Objects
from trinokit.observations import Jvm, RunningJvms

KRB5 = "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"
INTERNAL = "--add-exports=java.security.jgss/sun.security.krb5.internal=ALL-UNNAMED"
BOTH = (KRB5, INTERNAL)
PLAIN = "-server\n-Xmx8G\n"
RIGHT = PLAIN + f"{KRB5}\n{INTERNAL}\n"
PASTED = PLAIN + f"{KRB5} \\\n{INTERNAL}\n"
CHANGED = "2026-11-24T12:00:00Z"
BEFORE = datetime(2026, 11, 24, 11, tzinfo=UTC)
AFTER = datetime(2026, 11, 24, 13, tzinfo=UTC)
IMAGE = "trinodb/trino:476"


def deployment(role: str, *, image: str = IMAGE, config: str = "", **parts: dict) -> dict:
    """The Deployment of a role, which mounts the ConfigMap of its name, or *config*, at /etc/trino."""
    labels = {"app.kubernetes.io/name": "trino", "app.kubernetes.io/component": role}
    mounts = mounting(config or f"trino-{role}", "/etc/trino")
    container = {"name": "trino", "image": image, **mounts["container"], **parts.pop("container", {})}
    return workload(f"trino-{role}", container=container, pod=mounts["pod"], labels=labels, **parts)


def configured(role: str, text: str) -> dict:
    """The ConfigMap of a role with jvm.config as *text*, written at CHANGED."""
    coordinator = "true" if role == "coordinator" else "false"
    body = config_map(f"trino-{role}", {"jvm.config": text, "config.properties": f"coordinator={coordinator}\n"})
    fields = {"f:data": {"f:jvm.config": {}}}
    body["metadata"]["managedFields"] = [{"manager": "helm", "time": CHANGED, "fieldsV1": fields}]
    return body


def member(role: str, number: int, **more: object) -> dict:
    """A pod of a role; its address ends in *number*."""
    return pod(f"trino-{role}-{number}", owner=f"Deployment/trino-{role}", podIP=f"10.0.0.{number}", **more)


def stack(coordinator: str, worker: str, *, workers: int = 3, side: str = "live") -> Objects:
    """A side with these texts; on the live one with pods, of which the coordinator's is number 9."""
    texts = {"coordinator": coordinator, "worker": worker}
    parts = [part for role, text in texts.items() for part in (deployment(role), configured(role, text))]
    if side == "live":
        parts += [member("coordinator", 9), *(member("worker", number) for number in range(1, workers + 1))]
    return objects(*parts, side=side)


def jvm(node: str, *arguments: str, java: str = "25.0.3+9-LTS", **more: object) -> Jvm:
    """A JVM of Trino 476 that began after CHANGED."""
    return Jvm(node, arguments, "jmx", **{"java": java, "trino": "476", "started": AFTER} | more)


def running(*flags: str, workers: int = 3, java: str = "25.0.3+9-LTS", **more: object) -> RunningJvms:
    """The JVMs of `stack`, each with *flags* behind -Xmx8G and with what the launcher adds."""
    names = ["trino-coordinator-9", *(f"trino-worker-{number}" for number in range(1, workers + 1))]
    jvms = [jvm(name, "-Xmx8G", *flags, f"-Dnode.id={name}", java=java, **more) for name in names]
    return RunningJvms(tuple(jvms))
