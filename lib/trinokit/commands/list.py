"""What is there to run? Notebooks, recordings and parameter files, a line each."""

import click

from trinokit import clusters_and_recordings
from trinokit.commands.notebooks import notebook_paths, notebook_purpose


@click.command("list")
def list_notebooks() -> None:
    """List the notebooks, the recordings and the parameter files."""
    for name, path in notebook_paths().items():
        click.echo(f"{name:<28} {notebook_purpose(path)}")
    for recording in clusters_and_recordings.recording_names():
        click.echo(f"{recording:<28} a recorded cluster")
    for path in sorted((clusters_and_recordings.trinokit_home() / "parameters").glob("*.*.yaml")):
        click.echo(f"{'parameters/' + path.name:<28} parameters for {path.name.partition('.')[0]}")
