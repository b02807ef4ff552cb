"""The command trinokit: what it can be told to do, and how an error is told."""

import sys

import click

from trinokit.commands.describe import describe
from trinokit.commands.gate import gate
from trinokit.commands.list import list_notebooks
from trinokit.commands.record import record
from trinokit.commands.run import run
from trinokit.errors import ParameterError, TrinokitError

_EPILOG = """\b
Exit codes: 0 clean, 1 the run failed, 2 bad parameters, 3 findings at or above
--fail-on, 4 a plan waits for approval, 124 timed out, 143 stopped."""


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trinokit")
def cli() -> None:
    """Answer from real data how a Trino cluster on Kubernetes behaves."""


for _command in (list_notebooks, describe, run, record, gate):
    cli.add_command(_command)


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
