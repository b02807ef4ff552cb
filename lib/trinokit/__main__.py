"""The command trinokit: list and describe notebooks, run one, record a cluster, keep the gate of one."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import yaml

from trinokit import parameters, workspace
from trinokit.errors import ParameterError, TrinokitError, did_you_mean
from trinokit.findings import Severity, format_count
from trinokit.gating.command import gate
from trinokit.objects import SIDES

_FAIL_ON_SEVERITIES = {"warning": Severity.WARNING, "critical": Severity.CRITICAL, "never": None}
_CLUSTER_PARAMETERS = ("cluster", "staging", "gate_baseline", "compare_with")
# What may stand in place of a cluster.
_NOT_A_CLUSTER = (("compare_with", "git"), ("staging", ""), ("gate_baseline", ""))
_EPILOG = """\b
Exit codes: 0 clean, 1 the run failed, 2 bad parameters, 3 findings at or above
--fail-on, 4 a plan waits for approval, 124 timed out, 143 stopped."""


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trinokit")
def cli() -> None:
    """Answer from real data how a Trino cluster on Kubernetes behaves."""


@cli.command("list")
def list_notebooks() -> None:
    """List the notebooks, the recordings and the parameter files."""
    for name, path in _notebook_paths().items():
        click.echo(f"{name:<28} {_notebook_purpose(path)}")
    for recording in workspace.recording_names():
        click.echo(f"{recording:<28} a recorded cluster")
    for path in sorted((workspace.trinokit_home() / "parameters").glob("*.*.yaml")):
        click.echo(f"{'parameters/' + path.name:<28} parameters for {path.name.partition('.')[0]}")


@cli.command()
@click.argument("notebook")
def describe(notebook: str) -> None:
    """Describe the parameters of NOTEBOOK: type, default and meaning."""
    path = _find_notebook(notebook)
    click.echo(f"{path.stem}: {_notebook_purpose(path)}\n")
    for parameter in parameters.declared_parameters(path).values():
        click.echo(f"  {parameter.name}: {parameter.kind} = {parameter.default!r}\n      {parameter.meaning}")


@cli.command()
@click.argument("notebook")
@click.option("-f", "--file", type=click.Path(dir_okay=False, path_type=Path), help="Parameters from a YAML file.")
@click.option(
    "-p", "--parameter", nargs=2, multiple=True, metavar="NAME VALUE", help="One parameter; goes before the file."
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="Where the run's folder goes.",
)
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), help="Stop after so many seconds, with exit code 124."
)
@click.option(
    "--fail-on",
    type=click.Choice(list(_FAIL_ON_SEVERITIES)),
    default="warning",
    show_default=True,
    help="Findings from here on give exit code 3.",
)
def run(notebook: str, file: Path | None, parameter: tuple[tuple[str, str], ...], **options: object) -> None:
    """Run NOTEBOOK and keep the executed notebook and its HTML report.

    Beside them, for programs: run.json, findings.sarif and findings.junit.xml.
    """
    path = _find_notebook(notebook)
    given = (_read_parameter_file(file) if file else {}) | dict(parameter)
    values = parameters.validate_parameters(known := parameters.declared_parameters(path), given, path.stem)
    _refuse_secrets(values)
    named = {name: values.get(name, known[name].default) for name in _CLUSTER_PARAMETERS if name in known}
    for name in [each for key, each in named.items() if (key, each) not in _NOT_A_CLUSTER]:
        _check_cluster_exists(name)
    # Loading what renders a report takes a second, and a mistake should not have to wait for it.
    from trinokit.notebook_run import RunRequest
    from trinokit.notebook_run import run_notebook as run_order

    record = run_order(RunRequest(path, values, **options | {"fail_on": _FAIL_ON_SEVERITIES[options["fail_on"]]}))
    click.echo(record["verdict"])
    if record["error"]:
        click.echo(record["error"], err=True)
    click.echo(Path(record["folder"], f"{path.stem}.html").resolve())
    for command in record["approve"]:
        click.echo(f"Read the plan in it; this carries it out:\n  {command}")
    sys.exit(record["exit_code"])


@cli.command()
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
    from trinokit.sources.recording import RecordedParts
    from trinokit.sources.recording import record_cluster as record_source

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
    kept = record_source(sources.connect(cluster), folder, wanted, recorded_at=now.isoformat())
    click.echo(f"{folder}: {_recording_summary(kept)}")


cli.add_command(gate)


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


def _notebook_paths() -> dict[str, Path]:
    folders = (workspace.trinokit_home() / name for name in ("notebooks", "runbooks"))
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.ipynb"))}


def _find_notebook(name: str) -> Path:
    known = _notebook_paths()
    wanted = Path(name).stem if name.endswith(".ipynb") else name
    if wanted not in known:
        raise ParameterError(
            f"Expected a notebook of notebooks/ or runbooks/, found {name!r}.",
            remedy=did_you_mean(wanted, known) or f"known are: {', '.join(known)}",
        )
    return known[wanted]


def _notebook_purpose(path: Path) -> str:
    first = "".join(json.loads(path.read_text())["cells"][0]["source"]).splitlines()
    return next((line for line in first if line and not line.startswith("#")), first[0].lstrip("# "))


def _read_parameter_file(path: Path) -> dict[str, object]:
    # The base loader leaves every scalar a text, so that 007, 1.10, 12:30 and yes stay what they are.
    try:
        values = yaml.load(path.read_text(), yaml.BaseLoader)
    except (OSError, yaml.YAMLError) as error:
        raise ParameterError(f"Expected parameters in {path}, found: {error}", remedy="ls parameters/") from error
    if not isinstance(values, dict):
        raise ParameterError(
            f"Expected lines such as `cluster: production` in {path}, found none.", remedy="ls parameters/"
        )
    return values


def _refuse_secrets(values: dict[str, object]) -> None:
    """Raises ParameterError for a flag with a secret, which would stand in the record of the run."""
    flags = [(name, item) for name, value in values.items() if isinstance(value, list) for item in value if "-" in item]
    if not flags:
        return
    from trinokit.kerberos.flag_validation import secret_name_in

    for name, item in flags:
        if found := secret_name_in(item):
            raise ParameterError(
                f"Expected no secret in {name}, found one behind {found}, which is not repeated here.",
                remedy="keep it in a file or in an environment variable, and leave it out",
            )


def _check_cluster_exists(name: str) -> None:
    known = workspace.recording_folder if name.startswith(workspace.RECORDED_PREFIX) else workspace.load_cluster
    known(name)


def main() -> None:
    """Run the command; an error is a sentence and a remedy, never a traceback."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(143)
    except TrinokitError as error:
        click.echo(f"{type(error).__name__}: {error}", err=True)
        sys.exit(2 if isinstance(error, ParameterError) else 1)


if __name__ == "__main__":
    main()
