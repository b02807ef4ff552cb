"""How is a cluster recorded from a command line? Its parts in, what was kept and what could not be read out."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from trinokit import clusters_and_recordings, run_log
from trinokit.commands.verbosity import verbosity_option
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
@verbosity_option
def record(cluster: str, name: str, parts: tuple[str, ...], audit_log: str, verbosity: int, **history: object) -> None:
    """Save what CLUSTER answers now to recorded/NAME.

    That is its query history, its live and declared objects, the revisions of its Helm releases, what its Prometheus
    has loaded, what the JVMs of its Trino were started with and wrote first, and the writes that an audit log tells.
    Secrets are saved only as keyed hashes.
    """
    from trinokit import sources
    from trinokit.kerberos.trino_workloads import trino_pods
    from trinokit.sources.recording import RecordedParts, record_cluster

    now = datetime.now(UTC).replace(microsecond=0)
    if cluster.startswith(clusters_and_recordings.RECORDED_PREFIX):
        raise ParameterError(
            f"Expected a cluster that runs, found the recording {cluster}.", remedy="copy its folder instead"
        )
    if Path(name).name != name or name.startswith("."):
        raise ParameterError(f"Expected a plain name for a folder, found {name!r}.", remedy="such as july")
    chosen = _chosen_parts(cluster, parts)
    folder = clusters_and_recordings.trinokit_home() / clusters_and_recordings.RECORDED_PREFIX / name
    parts_to_record = RecordedParts(
        _history_request(now, **history) if "history" in chosen else None,
        tuple(side for side in SIDES if side in chosen),
        releases="releases" in chosen,
        prometheus="prometheus" in chosen,
        audit_log=audit_log,
        pods=trino_pods if "running" in chosen else None,
    )
    with run_log.shown_on(sys.stderr, verbosity):
        manifest = record_cluster(sources.connect(cluster), folder, parts_to_record, recorded_at=now.isoformat())
    click.echo(f"{folder}: {_recording_summary(manifest)}")


def _chosen_parts(cluster: str, parts: tuple[str, ...]) -> list[str]:
    available_parts = _available_parts(cluster)
    if absent := set(parts) - set(available_parts):
        raise ParameterError(
            f"Expected parts of {cluster} that parameters/clusters.yaml names, found {', '.join(sorted(absent))}.",
            remedy=f"it names: {', '.join(available_parts)}",
        )
    # Without a Trino to ask, commands would be run inside the pods, which nobody wants who does not say so.
    return list(parts) or [
        part for part in available_parts if part != "running" or clusters_and_recordings.load_cluster(cluster).trino
    ]


def _available_parts(name: str) -> list[str]:
    cluster = clusters_and_recordings.load_cluster(name)
    other_parts = {
        "releases": cluster.kubernetes,
        "prometheus": cluster.prometheus,
        "running": cluster.trino or cluster.kubernetes,
    }
    return [*cluster.parts, *(part for part, access in other_parts.items() if access)]


def _history_request(now: datetime, since: str | None, until: str | None, unmasked: bool) -> "History":  # noqa: F821
    from trinokit.sources.recording import HistoryPart
    from trinokit.window import Window, parse_moment

    until = until or now.isoformat()
    since = since or (parse_moment("until", until) - timedelta(days=1)).isoformat()
    return HistoryPart(Window.parse(since, until), masked=not unmasked)


def _recording_summary(manifest: dict) -> str:
    lines = [
        format_count(sum(side_manifest["objects"].values()), f"{side} object")
        for side, side_manifest in manifest["objects"].items()
    ]
    lines += [
        f"not read: {kind} ({reason})"
        for side_manifest in manifest["objects"].values()
        for kind, reason in side_manifest["unread"].items()
    ]
    if "rows" in manifest:
        rows = ", ".join(f"{count:,} {table}" for table, count in manifest["rows"].items())
        texts = "masked" if manifest["masked"] else "as they are"
        lines.insert(0, f"{rows} from {manifest['since']} until {manifest['until']}, query texts {texts}")
    return "; ".join(lines + _other_parts_summary(manifest))


def _other_parts_summary(manifest: dict) -> list[str]:
    lines = []
    if "releases" in manifest:
        lines.append(format_count(manifest["releases"], "revision of a Helm release", "revisions of Helm releases"))
        lines += [f"not read: {kind} ({reason})" for kind, reason in manifest["unread_releases"].items()]
    if "prometheus" in manifest:
        lines.append(f"Prometheus {manifest['prometheus']}")
    if "running" in manifest:
        jvms = manifest["running"]
        lines.append(
            f"{format_count(jvms['jvms'], 'JVM')} and {format_count(jvms['logs'], 'log of a pod', 'logs of pods')}"
        )
        lines += [f"not read: {kind} ({reason})" for kind, reason in jvms["unread"].items()]
    if "audit" in manifest:
        writes, problems = (format_count(manifest["audit"][name], name[:-1]) for name in ("writes", "problems"))
        lines.append(f"{writes} of the audit log, {problems} in it")
    return lines
