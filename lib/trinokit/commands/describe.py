"""Which parameters does a notebook take?"""

import click

from trinokit import parameters
from trinokit.commands.notebooks import find_notebook, notebook_purpose


@click.command()
@click.argument("notebook")
def describe(notebook: str) -> None:
    """Describe the parameters of NOTEBOOK: type, default and meaning."""
    path = find_notebook(notebook)
    click.echo(f"{path.stem}: {notebook_purpose(path)}\n")
    for parameter in parameters.declared_parameters(path).values():
        click.echo(f"  {parameter.name}: {parameter.kind} = {parameter.default!r}\n      {parameter.meaning}")
