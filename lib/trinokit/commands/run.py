"""How is a notebook run from a command line? Mistakes are told before anything is loaded that runs one."""

import sys
from pathlib import Path

import click
import yaml

from trinokit import clusters_and_recordings, parameters
from trinokit.commands.notebooks import find_notebook
from trinokit.commands.verbosity import verbosity_option
from trinokit.errors import ParameterError
from trinokit.findings import Severity

_FAIL_ON_SEVERITIES = {"warning": Severity.WARNING, "critical": Severity.CRITICAL, "never": None}
_CLUSTER_PARAMETERS = ("cluster", "staging", "gate_baseline", "compare_with")
# What may stand in place of a cluster.
_NOT_A_CLUSTER = (("compare_with", "git"), ("staging", ""), ("gate_baseline", ""))


@click.command()
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
@verbosity_option
def run(notebook: str, file: Path | None, parameter: tuple[tuple[str, str], ...], **options: object) -> None:
    """Run NOTEBOOK and keep the executed notebook and its HTML report.

    Beside them, for programs: run.json, findings.sarif and findings.junit.xml; and run.log, which tells from the
    beginning on what is asked, how long that takes, what is tried again and what is not read.
    """
    path = find_notebook(notebook)
    parameters_given = (_read_parameter_file(file) if file else {}) | dict(parameter)
    values = parameters.validate_parameters(
        declared := parameters.declared_parameters(path), parameters_given, path.stem
    )
    _refuse_secrets(values)
    cluster_parameters = {
        name: values.get(name, declared[name].default) for name in _CLUSTER_PARAMETERS if name in declared
    }
    for name in [each for key, each in cluster_parameters.items() if (key, each) not in _NOT_A_CLUSTER]:
        _check_cluster_exists(name)
    # Loading what renders a report takes a second, and a mistake should not have to wait for it.
    from trinokit.notebook_run import RunRequest, run_notebook

    record = run_notebook(RunRequest(path, values, **options | {"fail_on": _FAIL_ON_SEVERITIES[options["fail_on"]]}))
    click.echo(record.verdict)
    if record.error:
        click.echo(record.error, err=True)
    click.echo((record.folder / f"{path.stem}.html").resolve())
    for command in record.approve:
        click.echo(f"Read the plan in it; this carries it out:\n  {command}")
    sys.exit(record.exit_code)


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
        if secret_name := secret_name_in(item):
            raise ParameterError(
                f"Expected no secret in {name}, found one behind {secret_name}, which is not repeated here.",
                remedy="keep it in a file or in an environment variable, and leave it out",
            )


def _check_cluster_exists(name: str) -> None:
    find_cluster = (
        clusters_and_recordings.recording_folder
        if name.startswith(clusters_and_recordings.RECORDED_PREFIX)
        else clusters_and_recordings.load_cluster
    )
    find_cluster(name)
