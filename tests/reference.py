"""What of docs/ is made of the code? Parameters, a schema and the picture: python -m tests.reference."""

import json
import shutil
import tempfile
from pathlib import Path

import msgspec

from tests.conftest import ROOT
from trinokit import parameters
from trinokit.clusters_file import Cluster
from trinokit.notebook_run import RunRequest, run_notebook

DOCS = ROOT / "docs"
PICTURED = ROOT / "notebooks" / "query_performance.ipynb"
# The width of a column of text, and as much of the page as a reader sees first.
_PICTURE_SIZE = {"width": 1000, "height": 760}


def parameters_page() -> str:
    """The page that lists the parameters of every notebook and runbook."""
    lines = [
        "# Parameters",
        "",
        "Made of the notebooks by `make docs`; `trinokit describe NOTEBOOK` says the same.",
        "",
    ]
    lines += [
        "A parameter is given with `-p NAME VALUE`, or in a YAML file with `-f`; what is given with `-p` goes first.",
        "",
    ]
    for path in [*sorted(ROOT.glob("notebooks/*.ipynb")), *sorted(ROOT.glob("runbooks/*.ipynb"))]:
        lines += [f"## {path.stem}", "", "| parameter | type | default | meaning |", "|---|---|---|---|"]
        for each in parameters.declared_parameters(path).values():
            default = ", ".join(f"`{item}`" for item in each.default) if isinstance(each.default, list) else ""
            default = default or ("" if each.default in ("", []) else f"`{each.default}`")
            lines.append(f"| `{each.name}` | {each.kind} | {_cell(default)} | {_cell(each.meaning)} |")
        lines.append("")
    return "\n".join(lines)


def clusters_schema() -> str:
    """The JSON Schema of clusters.yaml, which editors check a file with while it is written."""
    (clusters,), parts = msgspec.json.schema_components((dict[str, Cluster],), ref_template="#/$defs/{name}")
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "parameters/clusters.yaml"}
    schema |= {"type": "object", "required": ["clusters"], "additionalProperties": False}
    return json.dumps(schema | {"properties": {"clusters": clusters}, "$defs": parts}, indent=2) + "\n"


def take_picture(target: Path) -> None:
    """Run the demo, and keep the top of its report as the PNG *target*; needs chromium."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        record = run_notebook(RunRequest(PICTURED, {}, Path(folder), None, None))
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = browser.new_page(viewport=_PICTURE_SIZE, color_scheme="light")
        page.goto((record.folder / f"{PICTURED.stem}.html").resolve().as_uri())
        page.screenshot(path=target)
        browser.close()


def main() -> None:
    """Write all of it anew; the picture only where there is a browser."""
    (DOCS / "parameters.md").write_text(parameters_page())
    (DOCS / "clusters.schema.json").write_text(clusters_schema())
    if shutil.which("chromium"):
        take_picture(DOCS / "report.png")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
