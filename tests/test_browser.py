"""A real browser opens the report: it asks for nothing, runs nothing, and can be read in the dark and on a phone."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from tests.conftest import ROOT
from tests.recordings import query, write_recording
from trinokit import plan_rendering
from trinokit import report as reports
from trinokit.findings import WARNING
from trinokit.notebook_run import RunRequest, run_notebook
from trinokit.objects import Object, Objects
from trinokit.plan import Command, Outcome, Plan, Proof, Step, undo_plan
from trinokit.report_head import ReportHead, WaitingPlan
from trinokit.sources.kubernetes import recorded_object_files
from trinokit.sources.recorded.recording_files import FORMAT_VERSION, MANIFEST_FILE, file_sha256

pytestmark = pytest.mark.expected_seconds(4)

HOSTILE = [
    'SELECT "</td></table><script>window.ran = 1</script>" FROM t',
    'SELECT "<img src=http://127.0.0.1:9/x onerror=window.ran=1>" FROM t',
    "SELECT 1 AS \"<svg onload=window.ran=1>\" -- </code><style>@import 'http://127.0.0.1:9/y'</style>",
    'SELECT "<a href=javascript:window.ran=1>click</a>" FROM t',
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    """The report on a history whose texts and user names try to break out."""
    home = tmp_path_factory.mktemp("hostile") / "home"
    for name in ("notebooks", "runbooks", "parameters"):
        shutil.copytree(ROOT / name, home / name)
    rows = [
        query(f"1200{number:02}", number, query=text, user=f"<b onmouseover=window.ran=1>{number}</b>", error_code=text)
        for number, text in enumerate(HOSTILE)
    ]
    failed = [
        row | {"query_state": "FAILED", "error_type": "<i>", "query_id": row["query_id"][:-1] + "b"} for row in rows
    ]
    write_recording(home / "recorded" / "hostile", rows + failed)
    given = {
        "cluster": "recorded/hostile",
        "since": "2026-07-01T12:00",
        "until": "2026-07-01T12:05",
        "least_queries": 1,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRINOKIT_HOME", str(home))
        order = RunRequest(home / "notebooks" / "query_performance.ipynb", given, home / "runs", None, WARNING)
        return run_notebook(order).folder / "query_performance.html"


@pytest.fixture(scope="module")
def hostile_cluster(tmp_path_factory) -> Path:
    """The report on a cluster whose configuration tries to break out."""
    home = tmp_path_factory.mktemp("hostile") / "home"
    for name in ("notebooks", "runbooks", "parameters"):
        shutil.copytree(ROOT / name, home / name)
    keys = ["<img/src=http://127.0.0.1:9/x/onerror=window.ran=1>", "</td></table><script>window.ran=1</script>"]
    text = "".join(
        f"{key.replace('=', chr(92) + '=').replace(':', chr(92) + ':')}.url=http://lost:80\n" for key in keys
    )
    volume = {"name": "files", "configMap": {"name": "settings"}}
    mount = {"name": "files", "mountPath": "/etc/<b onmouseover=window.ran=1>"}
    container = {"name": "main", "image": "<svg onload=window.ran=1>", "volumeMounts": [mount]}
    pods = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container], "volumes": [volume]}}
    settings, web = {"data": {"a.properties": text}}, {"spec": {"replicas": 1, "template": pods}}
    items = (
        Object("v1", "ConfigMap", "trino", "settings", json.dumps({"metadata": NAMED["settings"]} | settings).encode()),
        Object("apps/v1", "Deployment", "trino", "web", json.dumps({"metadata": NAMED["web"]} | web).encode()),
    )
    objects = Objects("live", items, {"Secret": "<script>window.ran=1</script>"}, {"trino": "<i>engine</i>"})
    folder = home / "recorded" / "hostile"
    said = {"live": recorded_object_files.write_objects(objects, folder / "objects" / "live")}
    files = {f"objects/live/{path.name}": file_sha256(path) for path in (folder / "objects" / "live").iterdir()}
    manifest = {
        "format": FORMAT_VERSION,
        "cluster": "<b>here</b>",
        "recorded_at": "2026-07-01",
        "objects": said,
        "files": files,
    }
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRINOKIT_HOME", str(home))
        given = {"cluster": "recorded/hostile"}
        order = RunRequest(home / "notebooks" / "cluster_topology.ipynb", given, home / "runs", None, WARNING)
        return run_notebook(order).folder / "cluster_topology.html"


NAMED = {name: {"name": name, "namespace": "trino"} for name in ("settings", "web")}


def reported(notebook: str, folder: Path) -> Path:
    record = run_notebook(RunRequest(ROOT / "notebooks" / f"{notebook}.ipynb", {}, folder, None, WARNING))
    return record.folder / f"{notebook}.html"


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    """The report on the queries of the recorded demo cluster."""
    return reported("query_performance", tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def topology(tmp_path_factory) -> Path:
    """The report on the recorded reference stack."""
    return reported("cluster_topology", tmp_path_factory.mktemp("topology"))


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> Path:
    """A report with a plan that failed and the way back, whose titles, commands and outputs try to break out."""
    text = "\n".join(HOSTILE) + "\n"
    command, back = Command(("kubectl", "apply", "-f", "-", *HOSTILE), text), Command(("rm", "x" * 500))
    change = "@@ -1 +1 @@\n" + "".join(f"-{line} \n+{line}\n" for line in HOSTILE)
    step = Step(HOSTILE[1], command, (back, command), change=change, proof=Proof(command, 2), otherwise=(command, back))
    made = Plan(HOSTILE[0], (step, step, step))
    stuck = (f"{HOSTILE[0]} {'x' * 300}",)
    failed = Outcome(step, "failed", f"{text}{'x' * 500}", HOSTILE[1], (HOSTILE[2],), stuck)
    outcomes = [Outcome(step, "done", text), failed, Outcome(step, "paused", text)]
    way_back = undo_plan(made, outcomes)
    waits = plan_rendering.render_outcomes(
        way_back, [Outcome(each, "not approved") for each in way_back.steps], "approved"
    )
    told = [
        plan_rendering.render_plan(made),
        plan_rendering.render_outcomes(made, outcomes, "approved"),
        plan_rendering.render_plan(way_back),
        waits,
    ]
    outputs = [nbformat.v4.new_output("display_data", each) for each in told]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=outputs)])
    waiting = WaitingPlan(title=HOSTILE[1], steps="1 step", command=f"trinokit run {'x' * 300} {HOSTILE[2]}")
    head = ReportHead(
        title="Plans", verdict="A PLAN WAITS", colour="critical", waiting=[waiting], parameters={}, made={}, command=""
    )
    page = reports.render_html(notebook, head)
    path = tmp_path_factory.mktemp("plan") / "plan.html"
    path.write_text(page)
    return path


REPORTS = {
    "demo": ("Query performance · recorded/demo", 11, 10),
    "topology": ("Cluster topology · recorded/reference", 9, 1),
}


@pytest.fixture(params=REPORTS)
def report(request) -> tuple[Path, str, int, int]:
    """A report with its title, and how many parts and figures it has."""
    return request.getfixturevalue(request.param), *REPORTS[request.param]


def opened(chromium, path: Path, **options: object) -> tuple[object, list[str]]:
    page = chromium.new_page(**options)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    return page, [url for url in requests if not url.startswith(("file:", "data:"))]


@pytest.mark.parametrize("name", ["demo", "topology", "hostile", "hostile_cluster", "plan"])
def test_no_request_leaves_the_file(chromium, request, name):
    page, requests = opened(chromium, request.getfixturevalue(name))
    for summary in page.query_selector_all("summary"):
        summary.click()

    assert requests == []
    assert page.evaluate("document.scripts.length") == 0
    page.close()


def test_no_text_of_a_query_or_a_user_becomes_markup(chromium, hostile):
    page, _ = opened(chromium, hostile)
    for cell in page.query_selector_all("td"):
        cell.hover(force=True)

    assert page.evaluate("window.ran") is None
    assert (
        page.query_selector_all("main svg, main script, main td img, main td a, main td b, main td i, main td style")
        == []
    )
    assert "window.ran = ?" not in page.inner_text("main")
    assert "<script>window.ran = 1</script>" in page.inner_text("main")
    page.close()


def test_no_text_of_a_cluster_becomes_markup(chromium, hostile_cluster):
    page, _ = opened(chromium, hostile_cluster)
    for cell in page.query_selector_all("td"):
        cell.hover(force=True)

    assert page.evaluate("window.ran") is None
    assert page.query_selector_all("main script, main svg, main td img, main td b, main td i") == []
    for text in ("<script>window.ran=1</script>", "<svg onload=window.ran=1>", "<i>engine</i>", "<img/src="):
        assert text in page.inner_text("main")
    page.close()


def test_no_text_of_a_plan_becomes_markup(chromium, plan):
    page, _ = opened(chromium, plan)
    for summary in page.query_selector_all("summary"):
        summary.click()

    texts = [code.inner_text() for code in page.query_selector_all(".plan pre code")]
    assert page.evaluate("window.ran") is None
    assert page.query_selector_all("script, svg, img, main a[href^=javascript], main b, main i, main style") == []
    assert all(any(text in command for command in texts) for text in HOSTILE)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_plan_is_readable_in_both_schemes_and_on_a_phone(chromium, plan, scheme):
    page, _ = opened(chromium, plan, color_scheme=scheme, viewport={"width": 390, "height": 800})
    for summary in page.query_selector_all("summary"):
        summary.click()

    kinds = (".added", ".removed", ".place", ".done td:nth-child(2)", ".failed td:nth-child(2)", ".approve code")
    later = (".aside p", ".aside code", ".outcomes .stuck", ".paused td:nth-child(2)")
    for selector in (".plan strong", ".plan code", *kinds, *later):
        assert contrast(page, selector) >= 4.5, selector
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("[...document.querySelectorAll('.output')].every(each => each.scrollWidth <= 390)")
    page.close()


def test_proof_and_fallback_are_lighter_than_the_command_that_they_belong_to(chromium, plan):
    page, _ = opened(chromium, plan)

    sizes = [page.evaluate(SIZE, selector) for selector in (".plan li > pre code", ".aside code")]
    assert contrast(page, ".aside code") < contrast(page, ".plan li > pre code")
    assert sizes[1] < sizes[0]
    assert page.locator(".aside").first.is_visible()
    page.close()


SIZE = "selector => parseFloat(getComputedStyle(document.querySelector(selector)).fontSize)"


def test_the_verdict_is_the_first_thing_to_be_seen(chromium, report):
    page, _ = opened(chromium, report[0], viewport={"width": 1200, "height": 800})

    assert page.locator(".verdict").bounding_box()["y"] < 200
    assert page.title() == report[1]
    page.close()


def test_the_contents_lead_to_each_part(chromium, report):
    page, _ = opened(chromium, report[0])
    links = page.query_selector_all("nav a")

    assert len(links) == report[2]
    for link in links:
        assert page.evaluate("link => !!document.getElementById(decodeURIComponent(link.hash.slice(1)))", link)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(chromium, report, scheme):
    page, _ = opened(chromium, report[0], color_scheme=scheme)

    for selector in ("body", ".verdict", "caption", "td", "a"):
        assert contrast(page, selector) >= 4.5, selector
    page.close()


def test_a_phone_needs_no_sideways_scrolling_of_the_page(chromium, report):
    page, _ = opened(chromium, report[0], viewport={"width": 390, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_every_figure_has_a_text_of_its_own(chromium, report):
    page, _ = opened(chromium, report[0])
    texts = [image.get_attribute("alt") for image in page.query_selector_all("figure img")]

    assert len(texts) == len(set(texts)) == report[3]
    assert all(len(text) > 30 for text in texts)
    page.close()


def test_the_report_is_small(report):
    assert report[0].stat().st_size < 500_000


def contrast(page, selector: str) -> float:
    # https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
    script = """selector => [
        getComputedStyle(document.querySelector(selector)).color,
        getComputedStyle(document.body).backgroundColor]"""
    lights = sorted(luminance(colour) for colour in page.evaluate(script, selector))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.strip("rgb()").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
