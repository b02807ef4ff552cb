"""How much does a command tell of what it asks? The option -v, which several of them have."""

import click

verbosity_option = click.option(
    "-v",
    "--verbose",
    "verbosity",
    count=True,
    help="Tell on standard error what is asked and how long it takes; -vv tells each request.",
)
