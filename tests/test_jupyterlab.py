"""An analyst opens the notebook in JupyterLab, runs all cells, and sees what was committed."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from tests.conftest import ROOT, new_home
from tests.servers.process import wait

NOTEBOOKS = sorted(path for folder in ("notebooks", "runbooks") for path in (ROOT / folder).glob("*.ipynb"))
OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--port=0",
    "--ServerApp.token=a-test",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
)

pytestmark = pytest.mark.expected_seconds(30)


def results(path: Path) -> list[str]:
    """What the cells of a notebook show, as text."""
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return [output.get("data", {}).get("text/plain", "?") for cell in cells for output in cell.outputs]


@pytest.fixture(scope="module")
def lab(chromium, tmp_path_factory) -> Iterator[tuple[Path, str]]:
    """A home without outputs, and the address of the JupyterLab that shows it."""
    folder = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        home = new_home(folder / "home", patch)
        shutil.copytree(ROOT / "recorded", home / "recorded", dirs_exist_ok=True)
        environment = {**os.environ, "HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    argv = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={home}", *OPTIONS]
    log = folder / "lab.log"
    with log.open("wb") as output, subprocess.Popen(argv, env=environment, stdout=output, stderr=output) as server:
        try:
            assert wait(lambda: address(log), 180), log.read_text()
            yield home, address(log)
        finally:
            server.terminate()


@pytest.mark.parametrize("committed", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_in_jupyterlab_as_it_was_committed(chromium, lab, committed):
    home, where = lab
    place = committed.relative_to(ROOT)
    path = home / place
    expected = results(path)
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        cell.update({"outputs": [], "execution_count": None} if cell.cell_type == "code" else {})
    nbformat.write(notebook, path)

    # A workspace of its own, in which no other notebook is open.
    shown = run_all(chromium, f"{where}/lab/workspaces/{path.stem}/tree/{place}?token=a-test", path, len(expected))

    assert shown == expected


def address(log: Path) -> str:
    """Where JupyterLab says that it listens."""
    found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
    return found[0] if found else ""


def run_all(chromium, url: str, path: Path, outputs: int) -> list[str]:
    """What the cells show once there are *outputs*, as JupyterLab has saved it."""
    page = chromium.new_page(viewport={"width": 1300, "height": 900})
    page.goto(url, timeout=180_000)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=180_000)
    # What is run before the kernel is there is run by nobody.
    page.get_by_text("| Idle").wait_for(timeout=180_000)
    page.get_by_role("menuitem", name="Run", exact=True).click(timeout=180_000)
    page.get_by_text("Run All Cells", exact=True).click(timeout=180_000)
    deadline, shown = time.monotonic() + 300, []
    while len(shown) < outputs and time.monotonic() < deadline:
        page.wait_for_timeout(1000)
        page.keyboard.press("Control+s")
        # A file that is being saved is empty for a moment.
        with contextlib.suppress(nbformat.reader.NotJSONError):
            shown = results(path)
    page.close()
    return shown
