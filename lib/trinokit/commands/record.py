"""How is a cluster recorded from a command line? Its parts in, what was kept and what could not be read out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from trinokit import workspace
from trinokit.errors import ParameterError
from trinokit.findings import format_count
from trinokit.objects import SIDES


@click.command()
@click.argument("cluster")
@click.argument("name")
@click.option("--since", help="Start of the window, UTC, included.  [default: a day before --until]")
@click.option("--until", help="End of the window, UTC, excluded.  [default: now]")
@click.option("--unmasked", is_flag=True, help="Keep literals and comments in query texts.")
@click.option(
    "--part",
    "parts",
    type=click.Choice(("history", *SIDES, "releases", "prometheus", "running")),
    multiple=True,
    help="Save only this part; may be repeated.  [default: all that clusters.yaml says where to find]",
)
@click.option("--audit-log", default="", metavar="PATH", help="Save also the writes of these files; * names many.")
def record(cluster: str, name: str, parts: tuple[str, ...], audit_log: str, **history: object) -> None:
    """Save what CLUSTER answers now to recorded/NAME.

    That is its query history, its live and declared objects, the revisions of its Helm releases, what its Prometheus
    has loaded, what the JVMs of its Trino were started with and wrote first, and the writes that an audit log tells.
    Secrets are saved only as keyed hashes.
    """
    from trinokit import sources
    from trinokit.kerberos.jvm_config_files import trino_pods
    from trinokit.sources.recording import RecordedParts, record_cluster

    now = datetime.now(UTC).replace(microsecond=0)
    if cluster.startswith(workspace.RECORDED_PREFIX):
        raise ParameterError(
            f"Expected a cluster that runs, found the recording {cluster}.", remedy="copy its folder instead"
        )
    if Path(name).name != name or name.startswith("."):
        raise ParameterError(f"Expected a plain name for a folder, found {name!r}.", remedy="such as july")
    chosen = _chosen_parts(cluster, parts)
    folder = workspace.trinokit_home() / workspace.RECORDED_PREFIX / name
    wanted = RecordedParts(
        _history_request(now, **history) if "history" in chosen else None,
        tuple(side for side in SIDES if side in chosen),
        releases="releases" in chosen,
        prometheus="prometheus" in chosen,
        audit_log=audit_log,
        pods=trino_pods if "running" in chosen else None,
    )
    kept = record_cluster(sources.connect(cluster), folder, wanted, recorded_at=now.isoformat())
    click.echo(f"{folder}: {_recording_summary(kept)}")


def _chosen_parts(cluster: str, parts: tuple[str, ...]) -> list[str]:
    known = _available_parts(cluster)
    if absent := set(parts) - set(known):
        raise ParameterError(
            f"Expected parts of {cluster} that parameters/clusters.yaml names, found {', '.join(sorted(absent))}.",
            remedy=f"it names: {', '.join(known)}",
        )
    # Without a Trino to ask, commands would be run inside the pods, which nobody wants who does not say so.
    return list(parts) or [part for part in known if part != "running" or workspace.load_cluster(cluster).trino]


def _available_parts(name: str) -> list[str]:
    cluster = workspace.load_cluster(name)
    more = {
        "releases": cluster.kubernetes,
        "prometheus": cluster.prometheus,
        "running": cluster.trino or cluster.kubernetes,
    }
    return [*cluster.parts, *(part for part, where in more.items() if where)]


def _history_request(now: datetime, since: str | None, until: str | None, unmasked: bool) -> "History":  # noqa: F821
    from trinokit.sources.recording import HistoryPart
    from trinokit.window import Window, parse_moment

    until = until or now.isoformat()
    since = since or (parse_moment("until", until) - timedelta(days=1)).isoformat()
    return HistoryPart(Window.parse(since, until), masked=not unmasked)


def _recording_summary(kept: dict) -> str:
    told = [format_count(sum(said["objects"].values()), f"{side} object") for side, said in kept["objects"].items()]
    told += [f"not read: {what} ({why})" for said in kept["objects"].values() for what, why in said["unread"].items()]
    if "rows" in kept:
        rows = ", ".join(f"{count:,} {table}" for table, count in kept["rows"].items())
        texts = "masked" if kept["masked"] else "as they are"
        told.insert(0, f"{rows} from {kept['since']} until {kept['until']}, query texts {texts}")
    return "; ".join(told + _other_parts_summary(kept))


def _other_parts_summary(kept: dict) -> list[str]:
    told = []
    if "releases" in kept:
        told.append(format_count(kept["releases"], "revision of a Helm release", "revisions of Helm releases"))
        told += [f"not read: {what} ({why})" for what, why in kept["unread_releases"].items()]
    if "prometheus" in kept:
        told.append(f"Prometheus {kept['prometheus']}")
    if "running" in kept:
        said = kept["running"]
        told.append(
            f"{format_count(said['jvms'], 'JVM')} and {format_count(said['logs'], 'log of a pod', 'logs of pods')}"
        )
        told += [f"not read: {what} ({why})" for what, why in said["unread"].items()]
    if "audit" in kept:
        writes, problems = (format_count(kept["audit"][name], name[:-1]) for name in ("writes", "problems"))
        told.append(f"{writes} of the audit log, {problems} in it")
    return told
