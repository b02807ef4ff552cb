"""The design as a table: who may import whom, who may touch the world, and the house numbers."""

import ast
import graphlib
import re
import tomllib
from functools import cache

import pytest

from tests.conftest import ROOT

LIB = ROOT / "lib" / "trinokit"
MODULES = {".".join(path.relative_to(LIB).with_suffix("").parts): path for path in sorted(LIB.rglob("*.py"))}

MAY_IMPORT = {
    "errors": set(),
    "findings": set(),
    "figure_image": set(),
    "figures": {"figure_image"},
    "window": {"errors"},
    "typed_yaml": {"errors"},
    "clusters_file": {"errors", "typed_yaml"},
    "clusters_and_recordings": {"clusters_file", "errors"},
    "objects": set(),
    "observations": {"objects"},
    "shell": {"errors"},
    "log_formatter": set(),
    "run_log": {"log_formatter"},
    "parameters": {"errors", "window"},
    "sources": {"errors", "objects", "clusters_and_recordings"},
    "performance": {"errors", "figures", "findings", "window"},
    "architecture": {"errors", "figures", "findings", "objects"},
    "drift": {"architecture", "errors", "observations", "findings", "objects", "typed_yaml"},
    "plan": {"errors", "findings"},
    "helm_command_prefix": set(),
    "kerberos": {"architecture", "errors", "observations", "findings", "helm_command_prefix", "objects", "plan"},
    "metric_gate_limits": {"errors"},
    "release": {
        *("architecture", "errors", "observations", "findings", "metric_gate_limits", "helm_command_prefix", "objects"),
        "plan",
    },
    "gate_watch": {"errors", "metric_gate_limits", "release", "sources"},
    "plan_rendering": {"findings", "plan"},
    "table_rendering": set(),
    "run_record": {"findings"},
    "report_head": {"findings", "run_record"},
    "report": {"figure_image", "findings", "plan", "plan_rendering", "report_head", "table_rendering"},
    "notebook_process": {"notebook_format", "run_log"},
    "findings_export": {"findings", "run_record"},
    "notebook_format": set(),
    "notebook_run": {
        "errors",
        "findings",
        "findings_export",
        "notebook_format",
        "parameters",
        "plan_rendering",
        "report",
        "report_head",
        "run_log",
        "run_record",
        "shell",
    },
    "commands": {
        "errors",
        "findings",
        "metric_gate_limits",
        "gate_watch",
        "kerberos",
        "notebook_run",
        "objects",
        "parameters",
        "plan",
        "release",
        "run_log",
        "sources",
        "window",
        "clusters_and_recordings",
    },
    "__main__": {"commands", "errors"},
    "__init__": set(),
}
# The rooms within sources: each part of the world knows those below it and none above.
IN_SOURCES = {
    "cache_folder": set(),
    "http_sessions": set(),
    "drift_input_files": set(),
    "source_repr": set(),
    "secrets": set(),
    "git": set(),
    "prometheus_configuration": {"http_sessions", "secrets"},
    "trino": {"http_sessions", "drift_input_files", "secrets"},
    "manifests": {"cache_folder", "git", "secrets"},
    "kubernetes": {"manifests", "secrets"},
    "jvms": {"secrets", "trino"},
    "kerberos": {"http_sessions", "secrets", "trino"},
}
PARTS = set(IN_SOURCES) - {"cache_folder", "http_sessions"}
IN_SOURCES |= {
    "live": PARTS,
    "recorded": PARTS - {"kerberos", "manifests"},
    "source": {"git", "kubernetes", "trino"},
    "optional_parts": {"jvms", "kubernetes", "source"},
    "cluster_facts_cache": {"cache_folder", "live", "recorded", "source"},
    "recording": PARTS | {"live", "recorded"},
}
OUTSIDE_SOURCES = {
    *("clusters_and_recordings", "clusters_file", "errors", "log_formatter", "objects", "observations", "shell"),
    "window",
}
MAY_IMPORT["sources"] |= {f"sources.{each}" for each in IN_SOURCES}
MAY_IMPORT |= {
    f"sources.{each}": OUTSIDE_SOURCES | {f"sources.{other}" for other in others} for each, others in IN_SOURCES.items()
}
ONLY_IN = {
    "subprocess": {"shell", "notebook_run"},
    "trino": {"sources.trino"},
    "gssapi": {"sources.trino"},
    "kubernetes": {"sources.kubernetes"},
    "urllib3": {"sources.kubernetes"},
    "duckdb": {"sources.recorded"},
    "sqlglot": {"sources.trino", "sources.live", "sources.recorded"},
    "requests": {"sources.http_sessions", "sources.kerberos", "sources.prometheus_configuration", "sources.trino"},
    "papermill": {"notebook_process"},
    "matplotlib": {"figure_image", "figures", "report"},
}
NAMES = {
    "cluster": "kubernetes",
    "yaml": "pyyaml",
    "PIL": "pillow",
    "IPython": "ipython",
    "jupyter_client": "jupyter-client",
    "promql_parser": "promql-parser",
}


def room(module: str) -> str:
    """The room that *module* is in; sources has rooms of its own, and its door."""
    first, *more = module.split(".")
    return f"sources.{more[0]}" if first == "sources" and more and more[0] != "__init__" else first


def rooms_imported(module: str) -> set[str]:
    """The rooms that *module* imports; who is outside sources sees it as one room."""
    own = {room(name.removeprefix("trinokit.")) for name in imports(module) if name.startswith("trinokit.")}
    outside = room(module).split(".")[0] != "sources"
    return {each.split(".")[0] if outside else each for each in own} - {room(module)}


@cache
def parsed(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text())


@cache
def imports(module: str) -> set[str]:
    """What *module* imports, at its top or later: modules of ours by their own names, others by theirs."""
    found = set()
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{name.name}" for name in node.names}
            modules = {each for each in inner if own_module(each)}
            found |= modules | ({node.module} if modules != inner else set())
    return found - {"trinokit"}


def own_module(name: str) -> str:
    """The key of MODULES for the module or package *name*; empty for what is none of ours."""
    inner = name.removeprefix("trinokit.") if name.startswith("trinokit.") else ""
    return next((each for each in (inner, f"{inner}.__init__") if each in MODULES), "")


def functions(module: str) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(parsed(module)) if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_it_may(module):
    assert rooms_imported(module) <= MAY_IMPORT[room(module)]


@pytest.mark.parametrize("module", MODULES)
def test_only_the_named_rooms_touch_the_world(module):
    for package, rooms in ONLY_IN.items():
        if room(module) not in rooms:
            assert package not in {name.split(".")[0] for name in imports(module)}


def test_no_import_runs_in_a_circle_not_even_a_late_one():
    known = {module: {own_module(name) for name in imports(module)} - {""} for module in MODULES}

    # Raises CycleError, with the circle.
    assert len([*graphlib.TopologicalSorter(known).static_order()]) == len(MODULES)


def test_no_room_of_sources_knows_one_above_it():
    # Raises CycleError, with the circle.
    order = [*graphlib.TopologicalSorter(IN_SOURCES).static_order()]

    assert set(order) == set(IN_SOURCES)


def test_no_room_is_missing_from_the_table():
    assert {room(module) for module in MODULES} == set(MAY_IMPORT)


def test_every_import_is_a_declared_dependency_and_every_dependency_is_used():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["kerberos"]
    names = {re.split(r"[<>=]", line)[0] for line in declared}
    used = {name.split(".")[0] for module in MODULES for name in imports(module)} - {"trinokit"}
    outside = {NAMES.get(name, name) for name in used if name not in __import__("sys").stdlib_module_names}

    assert outside <= names
    # These two are used as programs: the kernel that runs the notebooks, and the laboratory they are opened in.
    assert names - outside == {"ipykernel", "jupyterlab"}


def complexity(function: ast.FunctionDef) -> int:
    branches = (ast.If, ast.For, ast.While, ast.ExceptHandler, ast.IfExp, ast.comprehension, ast.BoolOp)
    return 1 + sum(isinstance(node, branches) for node in ast.walk(function))


@pytest.mark.parametrize("module", MODULES)
def test_the_house_numbers_hold(module):
    source = MODULES[module].read_text()
    tree = parsed(module)
    public = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]

    assert len(source.splitlines()) <= 300
    assert len(public) <= 7
    for function in functions(module):
        given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        assert function.end_lineno - function.lineno < 40, function.name
        assert complexity(function) <= 10, function.name
        assert len([name for name in given if name.arg not in ("self", "cls")]) <= 5, function.name
    for handler in [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]:
        assert handler.type is not None
        assert ast.unparse(handler.type) not in ("Exception", "BaseException")


@cache
def field_counts() -> dict[str, int]:
    """How many fields each class of ours has that is filled by its fields: dataclass, NamedTuple or Struct."""
    classes = [node for module in MODULES for node in ast.walk(parsed(module)) if isinstance(node, ast.ClassDef)]
    return {
        each.name: sum(isinstance(node, ast.AnnAssign) for node in each.body)
        for each in classes
        if re.search("dataclass|NamedTuple|Struct", " ".join(map(ast.unparse, [*each.decorator_list, *each.bases])))
    }


@pytest.mark.parametrize("module", MODULES)
def test_no_wide_class_is_filled_by_position(module):
    for call in [node for node in ast.walk(parsed(module)) if isinstance(node, ast.Call)]:
        wide = field_counts().get(ast.unparse(call.func).rpartition(".")[2], 0) > 4
        unpacked = any(isinstance(each, ast.Starred) for each in call.args)

        assert not wide or not unpacked and len(call.args) <= 4, ast.unparse(call)


def test_every_module_says_first_which_question_it_answers():
    for path in MODULES.values():
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_there_are_no_mocks_and_enough_tests():
    tests = [path for path in (ROOT / "tests").rglob("*.py")]
    words = ["unittest." + "mock", "Magic" + "Mock", "mocker" + "."]

    assert not [path for path in tests for word in words if word in path.read_text()]
    assert lines(tests) >= 1.2 * lines(MODULES.values())


def lines(paths: list) -> int:
    return sum(bool(line.strip()) for path in paths for line in path.read_text().splitlines())
