"""What git promises is rendered from the commit alone, as a whole or not at all."""

import os
import select
import shutil
import socket
import sys
from pathlib import Path

import pytest
from tests.sources.conftest import Clone
from tests.sources.programs import program

from trinokit.clusters_file import DeclaredPart
from trinokit.errors import SourceError
from trinokit.objects import Objects
from trinokit.sources.manifests.manifest_rendering import declared_objects

SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: %s\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {a: '1'}\n"
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %(kind)ss.example.com}
spec: {group: example.com, names: {kind: %(kind)s}, scope: %(scope)s}
"""
CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: trino\nversion: 1.0.0\n",
    "chart/values.yaml": "workers: 1\nname: worker\n",
    "chart/crds/grid.yaml": DEFINITION % {"kind": "Grid", "scope": "Namespaced"},
    "chart/files/jvm.config": "-server\r\n-Xmx1G\n",
    "chart/templates/config.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-{{ .Values.name }}
data:
  workers: {{ .Values.workers | quote }}
  kubernetes: {{ .Capabilities.KubeVersion.Version }}
  namespace: {{ .Release.Namespace }}
  jvm.config: {{ .Files.Get "files/jvm.config" | quote }}
  found: {{ (lookup "v1" "Namespace" "" "default") | toJson | quote }}
""",
    "chart/templates/hook.yaml": SERVICE % "hook" + "  annotations: {helm.sh/hook: pre-install}\n",
    "values/production.yaml": "workers: 7\n",
    "values/colour.yaml": "name: blue\nworkers: 3\n",
}
KUSTOMIZATION = "resources: [%s]\n"


@pytest.fixture(autouse=True)
def rendering(monkeypatch) -> None:
    """The real helm and kubectl are on the PATH."""
    for name in ("helm", "kubectl"):
        monkeypatch.setenv("PATH", str(Path(program(name)).parent), prepend=os.pathsep)


def of(clone: Clone, *parts: DeclaredPart) -> Objects:
    return declared_objects(list(parts), home=clone.folder.parent)


def part(path: str, **options: object) -> DeclaredPart:
    return DeclaredPart(path, repository="clone", **options)


def names(found: Objects) -> list[str]:
    return [str(each) for each in found.items]


def test_a_folder_declares_what_its_manifests_hold(clone):
    clone.commit(
        {
            "k8s/b.yaml": SERVICE % "one" + "---\n" + SERVICE % "two",
            "k8s/a/deep.yml": CONFIG % "deep",
            "k8s/c.json": '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "three", "namespace": "own"}}',
            "k8s/README.md": "no manifest",
            "k8s-more/other.yaml": SERVICE % "other",
        }
    )

    found = of(clone, part("k8s", namespace="trino"))
    assert (found.side, found.unread) == ("declared", {})
    assert names(found) == [
        "ConfigMap/deep in trino",
        "Service/one in trino",
        "Service/two in trino",
        "Service/three in own",
    ]
    assert [each.body for each in found.items[:2]] == [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "deep", "namespace": "trino"},
            "data": {"a": "1"},
        },
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "one", "namespace": "trino"}},
    ]


def test_only_the_commit_counts_and_the_clone_stays_as_it_is(clone):
    first = clone.commit({"k8s/a.yaml": SERVICE % "promised"})
    clone.commit({"k8s/a.yaml": SERVICE % "later"})
    clone.write({"k8s/a.yaml": SERVICE % "edited", "k8s/b.yaml": SERVICE % "untracked"})
    before = clone.everything()

    assert names(of(clone, part("k8s", commit=first[:10]))) == ["Service/promised in default"]
    assert names(of(clone, part("k8s"))) == ["Service/later in default"]
    assert clone.everything() == before


def test_what_is_told_about_the_declared_side_is_the_same_everywhere(clone):
    first = clone.commit({"a/a.yaml": SERVICE % "a", "b/b.yaml": SERVICE % "b"})
    second = clone.commit({})

    found = of(clone, part("a", commit="HEAD~1"), part("./b/", commit="main"))
    assert found.about == {"declared 1": f"a at {first}", "declared 2": f"./b/ at {second}"}
    assert found.items == of(clone, part("a"), part("b")).items
    assert [each.raw for each in found.items] == [each.raw for each in of(clone, part("a"), part("b")).items]


def test_a_repository_is_named_from_home_or_by_its_whole_path(clone, monkeypatch):
    clone.commit({"a.yaml": SERVICE % "a"})
    monkeypatch.setenv("HOME", str(clone.folder.parent))

    assert names(declared_objects([DeclaredPart(".")], home=clone.folder)) == ["Service/a in default"]
    assert names(declared_objects([DeclaredPart(".", repository=str(clone.folder))], home=Path("/"))) == [
        "Service/a in default"
    ]
    assert names(declared_objects([DeclaredPart(".", repository="~/clone")], home=Path("/"))) == [
        "Service/a in default"
    ]


def test_nothing_is_left_behind(clone, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    clone.commit(CHART | {"broken/a.yaml": "a: b: c"})

    of(clone, part("chart", release="trino"))
    with pytest.raises(SourceError, match="expected YAML"):
        of(clone, part("broken"))

    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_chart_declares_what_helm_renders_at_the_commit(clone):
    clone.commit(CHART)
    clone.write({"values/production.yaml": "workers: 99\n"})

    chart = part(
        "chart",
        namespace="trino",
        release="blue",
        values=["values/colour.yaml", "./values/production.yaml"],
        kube_version="1.31.2",
    )
    found = of(clone, chart)
    assert names(found) == ["CustomResourceDefinition/Grids.example.com", "ConfigMap/blue-blue in trino"]
    assert found.items[1].body["data"] == {
        "workers": "7",
        "kubernetes": "v1.31.2",
        "namespace": "trino",
        "jvm.config": "-server\r\n-Xmx1G\n",
        "found": "{}",
    }


def test_a_kustomize_tree_declares_what_it_builds(clone):
    clone.commit(
        {
            "base/kustomization.yaml": KUSTOMIZATION % "service.yaml",
            "base/service.yaml": SERVICE % "trino",
            "overlay/Kustomization": KUSTOMIZATION % "../base" + "namespace: blue\nnamePrefix: a-\n",
        }
    )

    assert names(of(clone, part("overlay"))) == ["Service/a-trino in blue"]
    assert names(of(clone, part("base", namespace="trino"))) == ["Service/trino in trino"]


@pytest.fixture
def kustomize(tmp_path, monkeypatch) -> None:
    """A kustomize on the PATH that declares its arguments and the names of its environment."""
    code = """import json, os, sys
data = {"asked": " ".join(sys.argv[1:]), "environment": " ".join(sorted(os.environ))}
print(json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}))
"""
    (tmp_path / "kustomize").write_text(f"#!{sys.executable} -I\n{code}")
    (tmp_path / "kustomize").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)


def test_kustomize_itself_is_asked_where_it_is_there_and_told_nothing_by_the_environment(clone, kustomize, monkeypatch):
    clone.commit({"base/kustomization.yml": ""})
    for variable in ("HELM_NAMESPACE", "KUBERNETES_SERVICE_HOST", "GIT_DIR", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "misleading")

    [found] = of(clone, part("base")).items
    assert found.body["data"]["asked"] == "build ./base"
    assert set(found.body["data"]["environment"].split()) - {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"} == {
        *("ALL_PROXY", "GIT_ALLOW_PROTOCOL", "GIT_TERMINAL_PROMPT", "HOME", "HTTPS_PROXY", "HTTP_PROXY"),
        *("KUBECONFIG", "PATH", "TMPDIR"),
    }


@pytest.mark.parametrize("base", ["https://example.com/base.yaml", "https://example.com/charts//base?ref=v1"])
def test_rendering_asks_no_network(clone, monkeypatch, base):
    clone.commit({"base/kustomization.yaml": KUSTOMIZATION % f"'{base}'"})
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.getsockname()[1]}")

        with pytest.raises(SourceError, match=r"Expected kubectl kustomize \./base to succeed(?s:.)*https"):
            of(clone, part("base"))

        assert select.select([proxy], [], [], 0)[0] == []


def test_an_object_that_needs_no_namespace_gets_none(clone):
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reader, namespace: trino}\n"
    clone.commit({"a.yaml": role + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: trino}\n"})

    found = of(clone, part(".", namespace="trino"))
    assert names(found) == ["ClusterRole/reader", "Namespace/trino"]
    assert [each.body["metadata"] for each in found.items] == [{"name": "reader"}, {"name": "trino"}]


def test_a_definition_that_is_declared_says_where_its_resources_live(clone):
    resource = "apiVersion: example.com/v1\nkind: %s\nmetadata: {name: a}\n---\n"
    kinds = {"Grid": "Cluster", "Line": "Namespaced"}
    clone.commit(
        {
            "resources/a.yaml": "".join(resource % kind for kind in [*kinds, "Unknown"]),
            "other/a.yaml": "apiVersion: elsewhere.com/v1\nkind: Grid\nmetadata: {name: a}\n",
            "crds/a.yaml": "---\n".join(DEFINITION % {"kind": kind, "scope": scope} for kind, scope in kinds.items()),
            "crds/b.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: b}\n",
        }
    )

    assert names(of(clone, part("resources"), part("other"), part("crds")))[:4] == [
        "Grid/a",
        "Line/a in default",
        "Unknown/a in default",
        "Grid/a in default",
    ]


def test_every_kind_of_kubernetes_lives_where_the_server_says(clone, kubectl):
    listed = [line.split()[-3:] for line in kubectl("api-resources", "--no-headers").splitlines()]
    manifest = "apiVersion: %s\nkind: %s\nmetadata: {name: a}\n"
    clone.commit({"a.yaml": "---\n".join(manifest % (version, kind) for version, _, kind in listed)})

    found = {(each.api_version, each.kind): each.namespace for each in of(clone, part(".")).items if each.is_built_in}
    asked = {(version, kind): "default" if namespaced == "true" else "" for version, namespaced, kind in listed}
    assert len(found) > 60
    assert found == {kind: namespace for kind, namespace in asked.items() if kind in found}


def test_an_object_that_is_declared_twice_is_refused_with_both_places(clone):
    commit = clone.commit({"a/a.yaml": SERVICE % "trino", "b/b.yaml": SERVICE % "trino" + "  namespace: here\n"})

    places = f"a/a.yaml at {commit[:12]} and in b/b.yaml at {commit[:12]}"
    with pytest.raises(SourceError, match=f"Expected each object once, found Service/trino in here in {places}"):
        of(clone, part("a", namespace="here"), part("b"))
    assert len(of(clone, part("a"), part("b")).items) == 2


def test_an_object_is_the_same_in_every_version_of_its_kind(clone):
    scaler = "apiVersion: autoscaling/%s\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n"
    clone.commit({"a.yaml": scaler % "v1" + "---\n" + scaler % "v2"})

    with pytest.raises(SourceError, match="found HorizontalPodAutoscaler/a in default in a.yaml at .* and in a.yaml"):
        of(clone, part("."))


UNSTABLE = {
    "chart/Chart.yaml": CHART["chart/Chart.yaml"],
    "chart/templates/all.yaml": CONFIG % "steady"
    + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: access}\ndata: {key: {{ randAlphaNum 9 | b64enc }}}\n"
    + "---\n"
    + SERVICE % "web-{{ randNumeric 9 }}",
}


def test_what_comes_out_otherwise_each_time_is_told_as_it_came_out_the_second_time(clone):
    clone.commit(UNSTABLE | {"k8s/a.yaml": SERVICE % "a"})

    found = of(clone, part("chart", release="blue"), part("k8s"))
    once, again = ({each.kind: each for each in items} for items in (found.items, found.unstable))
    web = {each.name for each in found.unstable if each.kind == "Service"}
    assert sorted(once) == ["ConfigMap", "Secret", "Service"]
    assert sorted(each.kind for each in found.unstable) == ["Secret", "Service", "Service"]
    assert once["Secret"].body["data"] != again["Secret"].body["data"]
    # The name is another one each time, so each of the two is there once.
    assert len(web) == 2
    assert web > {each.name for each in found.items if each.name.startswith("web-")}


def test_a_chart_that_comes_out_the_same_has_nothing_unstable(clone):
    clone.commit(CHART)

    assert of(clone, part("chart", release="blue")).unstable == ()


BROKEN = [
    ("chart", {}, {}, "Expected the release under which the chart chart is installed, found none"),
    ("chart", {"release": "a", "values": ["values/produktion.yaml"]}, {}, "did you mean values/production.yaml?"),
    ("chart", {"release": "a", "values": ["../x.yaml"]}, {}, "Expected the values ../x.yaml at"),
    ("chart", {"release": "a", "kube_version": "new"}, {}, 'could not parse "new" as version'),
    ("chart", {"release": "a"}, {"chart/templates/a.yaml": "{{ fail `no way` }}"}, "no way"),
    ("chart", {"release": "a"}, {"chart/templates/a.yaml": "kind: A\n"}, "helm template chart at "),
    (
        "chart",
        {"release": "a"},
        {
            "chart/Chart.yaml": CHART["chart/Chart.yaml"]
            + "dependencies: [{name: b, version: 1.0.0, repository: 'https://b'}]"
        },
        "missing in charts/ directory: b",
    ),
    ("charts", {}, {}, "did you mean chart?"),
    ("/chart", {}, {}, "Expected a folder /chart at"),
    ("values/colour.yaml", {}, {}, "Expected a folder values/colour.yaml at .*, found a file"),
    ("values", {}, {}, "values/colour.yaml at .*, line 1: expected an object that can be named, found one"),
    ("values", {"release": "a"}, {}, "Expected a chart in values at .* found no Chart.yaml"),
    ("chart/files", {}, {}, r"Expected manifests in chart/files at .*, found none of \*.yaml, \*.yml, \*.json"),
    ("a", {}, {"a/a.yaml": b"\xff"}, "Expected text in a/a.yaml at .*, found: 'utf-8' codec can't decode"),
    ("a", {}, {"a/a.yaml": SERVICE % "a" + "spec: {a: b: c}\n"}, "a/a.yaml at .*, line 5: expected YAML"),
    ("a", {}, {"a/kustomization.yaml": KUSTOMIZATION % "none.yaml"}, "Expected kubectl kustomize ./a to succeed"),
    ("a", {"commit": "nothing"}, {}, "Expected a commit nothing in"),
    ("a", {"commit": "HEAD:values"}, {}, "Expected a commit HEAD:values in"),
]


@pytest.mark.parametrize(("path", "options", "files", "message"), BROKEN)
def test_a_part_that_is_broken_makes_no_half_a_set(clone, path, options, files, message):
    clone.commit(CHART | {"good/a.yaml": SERVICE % "good"} | files)

    with pytest.raises(SourceError, match=f"(?s){message}") as refused:
        of(clone, part("good"), part(path, **options))
    assert refused.value.remedy
    assert "trinokit-" not in str(refused.value)


def test_content_that_is_not_in_the_repository_is_refused(clone):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"
    full = clone.commit(
        CHART
        | {"k8s/a.yaml": SERVICE % "a", "k8s/big.bin": pointer, "b.yaml": pointer, "fine/a.yaml": SERVICE % "fine"}
    )
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{full},vendor/charts")
    clone.git("commit", "--quiet", "--message", "submodule")

    with pytest.raises(SourceError, match="Expected the content of k8s/big.bin at .*, found a pointer to Git LFS"):
        of(clone, part("k8s"))
    with pytest.raises(SourceError, match="Expected the content of b.yaml at .*, found a pointer to Git LFS"):
        of(clone, part("chart", release="a", values=["b.yaml"]))
    for path in ("vendor", "vendor/charts", "vendor/charts/trino"):
        with pytest.raises(SourceError, match="Expected the content of vendor/charts at .*, found a submodule"):
            of(clone, part(path))
    assert names(of(clone, part("fine"))) == ["Service/fine in default"]


@pytest.mark.parametrize("linked", [False, True])
def test_line_ends_are_read_alike_whether_or_not_there_is_a_link(clone, linked):
    clone.write({"k8s/a.yaml": (CONFIG % "a").replace("\n", "\r\n"), "k8s/b.yaml": (CONFIG % "b").replace("\n", "\r")})
    if linked:
        (clone.folder / "link").symlink_to("k8s")
    clone.commit({})

    assert [each.body["data"] for each in of(clone, part("k8s")).items] == [{"a": "1"}] * 2


def test_a_link_is_followed_within_the_commit_only(clone):
    clone.write({"base/a.yaml": SERVICE % "a", "good/b.yaml": SERVICE % "b"})
    (clone.folder / "good" / "a.yaml").symlink_to("../base/a.yaml")
    (clone.folder / "bad").mkdir()
    (clone.folder / "bad" / "a.yaml").symlink_to("/etc/passwd")
    (clone.folder / "lost").mkdir()
    (clone.folder / "lost" / "a.yaml").symlink_to("nothing.yaml")
    clone.commit({})

    assert names(of(clone, part("good"))) == ["Service/a in default", "Service/b in default"]
    with pytest.raises(SourceError, match="found a link that leads out of the repository"):
        of(clone, part("bad"))
    with pytest.raises(SourceError, match=r"Expected text in lost/a.yaml at .*, found: No such file or directory\."):
        of(clone, part("lost"))


def test_a_program_that_is_missing_is_told(clone, tmp_path, monkeypatch):
    clone.commit(CHART | {"base/kustomization.yaml": KUSTOMIZATION % "a.yaml", "base/a.yaml": SERVICE % "a"})
    (tmp_path / "git").symlink_to(shutil.which("git"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SourceError, match="Expected the program helm, found(?s:.)*install helm"):
        of(clone, part("chart", release="a"))
    with pytest.raises(SourceError, match="Expected the program kubectl, found(?s:.)*install kubectl"):
        of(clone, part("base"))
