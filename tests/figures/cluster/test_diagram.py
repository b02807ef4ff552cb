"""The picture of a cluster shows everything once, legibly, and broken arrows red."""

import random
from itertools import combinations, pairwise

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from trinokit import figures
from trinokit.figures.cluster import layout_and_arrows
from trinokit.figures.cluster.diagram_parts import diagram_parts

RED = "#c5221f"


def workloads(*rows: tuple) -> pd.DataFrame:
    names = ["namespace", "kind", "workload", "replicas_ready", "replicas_wanted", "note"]
    return pd.DataFrame(rows, columns=names).astype({"replicas_ready": "Int64", "replicas_wanted": "Int64"})


def dependencies(*rows: tuple) -> pd.DataFrame:
    names = ["from_namespace", "from_workload", "to_namespace", "to", "protocol", "state", "leads_to"]
    return pd.DataFrame(rows, columns=names, dtype="str")


def entries(*rows: tuple) -> pd.DataFrame:
    names = ["namespace", "entry", "entry_class", "host", "path", "service", "leads_to", "problem"]
    return pd.DataFrame(rows, columns=names, dtype="str")


def volumes(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["namespace", "capacity_gib", "phase", "mounted_by"])


def namespaces(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["namespace", "role", "config_maps", "secrets"])


BACKENDS = {"hive": "thrift", "minio": "s3", "mysql": "mysql", "redis": "redis", "search": "http", "queues": "kafka"}


def many(number: int) -> dict[str, pd.DataFrame]:
    """Tables of a platform with about *number* workloads, claims, ways in and hosts outside together."""
    chance = random.Random(7)
    teams = [f"team-{place}-warehouse-production" for place in range(5)]
    parts = [(space, "StatefulSet", f"{space}-server-{place}") for space in BACKENDS for place in range(2)]
    parts += [("monitoring", "Deployment", f"{name}-of-the-platform") for name in ("grafana", "prometheus", "alerts")]
    parts += [
        (teams[place % 5], "Deployment", f"{place}-component-of-the-platform") for place in range(number * 2 // 5)
    ]
    rows = [(*part, chance.choice([0, 2, 3, 3, 3]), 3, "") for part in parts]
    keys = [(space, f"{kind}/{name}") for space, kind, name in parts]
    uses = [(key, space) for key in keys if key[0] in teams for space in chance.sample(sorted(BACKENDS), 2)]
    links = [
        (
            *key,
            space,
            "Service/x",
            BACKENDS[space],
            chance.choice(["ok"] * 9 + ["forbidden"]),
            f"StatefulSet/{space}-server-0",
        )
        for key, space in uses
    ]
    hosts = [f"{place}.a-rather-long-name.example.com" for place in range(number // 15)]
    links += [(*chance.choice(keys), "", host, "http", "external", "") for host in hosts]
    links += [
        ("monitoring", "Deployment/prometheus-of-the-platform", *key, "metrics", "ok", key[1]) for key in keys[:40]
    ]
    links += [("hive", "StatefulSet/hive-server-0", "mysql", "Service/x", "mysql", "ok", "StatefulSet/mysql-server-1")]
    ways = [
        (to[0], f"Ingress/entry-{place}", "nginx", f"{place}.data.example.com", "/", "x", to[1], "")
        for place, to in enumerate(chance.choices(keys, k=number // 15))
    ]
    return {
        "workloads": workloads(*rows),
        "dependencies": dependencies(*links),
        "entries": entries(*ways),
        "volumes": volumes(*[(space, 100.0, "Bound", name) for space, name in chance.sample(keys, number // 4)]),
        "namespaces": namespaces(*[(space, "a role of its own", 3, 2) for space in [*teams, *BACKENDS, "monitoring"]]),
    }


def draw(tables: dict[str, pd.DataFrame]):
    return figures.cluster_diagram(
        tables["workloads"], **{name: tables[name] for name in tables if name != "workloads"}
    )


def small(**others: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Tables of a coordinator and workers that depend on a metastore, each part replaced by what is in *others*."""
    both = [("trino", f"Deployment/{name}", "hive") for name in ("coordinator", "worker")]
    return {
        "workloads": workloads(
            ("hive", "Deployment", "metastore", 1, 1, ""),
            ("trino", "Deployment", "coordinator", 1, 1, ""),
            ("trino", "Deployment", "worker", 3, 3, "autoscaled, 3 to 6"),
        ),
        "dependencies": dependencies(
            *[(*each, "Service/hms", "thrift", "ok", "Deployment/metastore") for each in both]
        ),
        "entries": entries(),
        "volumes": volumes(),
        "namespaces": namespaces(("hive", "metastore", 1, 0), ("trino", "query engine", 2, 1)),
    } | others


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def arrows(figure) -> list[tuple[str, bool]]:
    """The colour of each arrow, and whether it is dashed."""
    found = [patch for patch in figure.axes[0].patches if isinstance(patch, FancyArrowPatch)]
    return sorted((to_hex(arrow.get_edgecolor()), arrow.get_linestyle() not in ("-", "solid")) for arrow in found)


def extents(figure) -> dict[str, tuple]:
    """Where each text is, in dots: left, top, right, bottom."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = {text: text.get_window_extent(renderer) for text in figure.axes[0].texts if text.get_text()}
    height = figure.bbox.height
    return {text: (box.x0, height - box.y1, box.x1, height - box.y0) for text, box in boxes.items()}


def place(figure, name: str) -> tuple:
    return next(box for text, box in extents(figure).items() if text.get_text() == name)


def test_namespaces_have_their_roles_and_workloads_their_replicas():
    assert texts(draw(small())) == [
        *("thrift",),
        *("hive", "metastore", "1 ConfigMap"),
        *("trino", "query engine", "2 ConfigMaps, 1 Secret"),
        *("metastore", "Deployment 1/1"),
        *("coordinator", "Deployment 1/1"),
        *("worker", "Deployment 3/3 (3–6)"),
    ]


def test_who_depends_on_somebody_stands_left_of_it():
    figure = draw(small())

    assert place(figure, "coordinator")[2] < place(figure, "metastore")[0]


def test_whole_arrows_have_the_colour_of_their_protocol():
    assert arrows(draw(small())) == [("#e69f00", False)] * 2
    assert "broken" not in texts(draw(small()))


def test_a_broken_arrow_is_red_and_dashed():
    rows = [("trino", "Deployment/worker", "hive", "Service/hms", "thrift", "forbidden", "Deployment/metastore")]

    figure = draw(small(dependencies=dependencies(*rows)))

    assert arrows(figure) == [(RED, True)]
    assert texts(figure)[0] == "broken"


def test_a_service_that_is_not_there_is_drawn_where_it_should_be():
    rows = [("trino", "Deployment/worker", "hive", "Service/hms2", "thrift", "missing", "")]

    figure = draw(small(dependencies=dependencies(*rows)))

    assert texts(figure)[-6:-4] == ["hms2", "no Service"] or "hms2" in texts(figure)
    assert "no Service" in texts(figure)
    assert arrows(figure) == [(RED, True)]


def test_what_is_not_known_is_not_drawn():
    rows = [("trino", "Deployment/worker", "", "", "mysql", "unknown", "")]
    rows += [("trino", "Deployment/worker", "other", "Service/db", "mysql", "not read", "")]

    assert arrows(draw(small(dependencies=dependencies(*rows)))) == []


def test_three_that_depend_on_the_same_share_an_arrow():
    names = ["a", "b", "c"]
    rows = [("trino", f"Deployment/{name}", "hive", "Service/h", "thrift", "ok", "Deployment/m") for name in names]
    made = [("hive", "Deployment", "m", 1, 1, ""), *[("trino", "Deployment", name, 1, 1, "") for name in names]]

    def drawn(number: int) -> list:
        return arrows(draw(small(workloads=workloads(*made), dependencies=dependencies(*rows[:number]))))

    assert [len(drawn(number)) for number in (1, 2, 3)] == [1, 2, 1]


def test_a_namespace_in_which_much_depends_on_each_other_is_drawn_in_parts():
    names = ["web", "api", "cache", "db", "queue"]
    links = [("web", "api"), ("api", "cache"), ("api", "db"), ("web", "queue"), ("queue", "db")]
    rows = [("one", f"Deployment/{a}", "one", "Service/x", "http", "ok", f"Deployment/{b}") for a, b in links]
    made = workloads(*[("one", "Deployment", name, 1, 1, "") for name in names])
    roles = namespaces(("one", "everything", 3, 0))

    def boxes(number: int) -> list[str]:
        drawn = texts(draw(small(workloads=made, dependencies=dependencies(*rows[:number]), namespaces=roles)))
        return [text for text in drawn if text.startswith("one") or text.endswith("ConfigMaps")]

    assert boxes(4) == ["one", "3 ConfigMaps"]
    assert boxes(5) == ["one (1)", "3 ConfigMaps", "one (2)", "one (3)"]


def test_arrows_that_share_a_lane_keep_apart():
    passing = ["thrift", "mysql", "http"]
    rows = [("a", "Deployment/a", "c", "Service/x", protocol, "ok", "Deployment/c") for protocol in passing]
    rows += [
        (*place, "Service/x", "http", "ok", f"Deployment/{place[2]}")
        for place in (("a", "Deployment/a", "b"), ("b", "Deployment/b", "c"))
    ]
    made = workloads(*[(name, "Deployment", name, 1, 1, "") for name in "abc"])
    shown = diagram_parts(**small(workloads=made, dependencies=dependencies(*rows)))

    found = layout_and_arrows.arrow_paths(shown, layout_and_arrows.lay_out_sheet(shown, top=0.5))

    lanes = [
        path.vertices[len(path.vertices) // 2][1]
        for edge, path in found
        if edge.source[0] == "a" and edge.target[0] == "c"
    ]
    assert len(lanes) == 3
    assert min(below - above for above, below in pairwise(sorted(lanes))) > 0.05


@pytest.mark.parametrize("watching", [False, True])
def test_an_arrow_below_all_boxes_stays_on_the_page_and_above_what_watches(watching):
    names = [("a", "a"), ("d", "d"), ("c", "c"), ("e", "e"), *[("b", f"b{place}") for place in range(6)]]
    links = [("a", "b", "b0"), ("d", "b", "b0"), ("b", "c", "c"), ("b", "e", "e"), ("a", "c", "c"), ("d", "e", "e")]
    uses = [(a, f"Deployment/{a if a != 'b' else 'b0'}", b, f"Deployment/{to}") for a, b, to in links]
    rows = [(*start, b, "Service/x", "http", "ok", to) for *start, b, to in uses]
    made = [(space, "Deployment", name, 1, 1, "") for space, name in names + [("watch", "watch")] * watching]
    roles = namespaces(*[(name, "monitoring" if name == "watch" else "", 0, 0) for name in [*"abcde", "watch"]])
    shown = diagram_parts(**small(workloads=workloads(*made), dependencies=dependencies(*rows), namespaces=roles))

    page = layout_and_arrows.lay_out_sheet(shown, top=0.5)

    lowest = max(path.vertices[:, 1].max() for _, path in layout_and_arrows.arrow_paths(shown, page))
    assert lowest > max(area.bottom for key, area in page.boxes.items() if key != "watch")
    assert lowest < (page.boxes["watch"].y if watching else page.height)


def test_ways_in_are_on_the_left_and_hosts_outside_on_the_right():
    ways = entries(("trino", "Ingress/t", "nginx", "t.example.com", "/", "t", "Deployment/coordinator", ""))
    rows = [("trino", "Deployment/worker", "", "s3.example.com", "s3", "external", "")]

    figure = draw(small(entries=ways, dependencies=dependencies(*rows)))

    assert place(figure, "t.example.com")[2] < place(figure, "coordinator")[0]
    assert place(figure, "coordinator")[2] < place(figure, "s3.example.com")[0]
    assert arrows(figure) == [("#009e73", False), ("#3c4043", False)]


@pytest.mark.parametrize(("problem", "broken"), [("", False), ("there is no Service/t", True), ("no address …", False)])
def test_a_way_in_that_leads_nowhere_is_broken(problem, broken):
    leads_to = "" if broken else "Deployment/coordinator"
    ways = entries(("trino", "Ingress/t", "nginx", "t.example.com", "/", "t", leads_to, problem))

    figure = draw(small(entries=ways, dependencies=dependencies()))

    assert arrows(figure) == [(RED, True) if broken else ("#3c4043", False)]
    assert ("Ingress, no address" in texts(figure)) == problem.startswith("no address")


def test_monitoring_stands_below_all_others_and_marks_what_it_scrapes():
    made = workloads(("trino", "Deployment", "worker", 1, 1, ""), ("watch", "Deployment", "prometheus", 1, 1, ""))
    rows = [("watch", "Deployment/prometheus", "trino", "Service/w", "metrics", "ok", "Deployment/worker")]
    roles = namespaces(("trino", "query engine", 0, 0), ("watch", "monitoring", 0, 0))

    figure = draw(small(workloads=made, dependencies=dependencies(*rows), namespaces=roles))

    assert place(figure, "worker")[3] < place(figure, "prometheus")[1]
    assert arrows(figure) == []
    # One in the legend, one at the worker.
    assert sum(isinstance(patch, Circle) for patch in figure.axes[0].patches) == 2


def test_a_scrape_that_is_forbidden_is_an_arrow():
    made = workloads(("trino", "Deployment", "worker", 1, 1, ""), ("watch", "Deployment", "prometheus", 1, 1, ""))
    rows = [("watch", "Deployment/prometheus", "trino", "Service/w", "metrics", "forbidden", "Deployment/worker")]
    roles = namespaces(("trino", "query engine", 0, 0), ("watch", "monitoring", 0, 0))

    figure = draw(small(workloads=made, dependencies=dependencies(*rows), namespaces=roles))

    assert arrows(figure) == [(RED, True)]


def test_claims_are_summed_where_they_are_mounted_and_red_when_they_are_not_bound():
    claims = volumes(
        *[("hive", 500.0, "Bound", "Deployment/metastore") for _ in range(4)],
        *[("trino", size, phase, "Deployment/worker") for size, phase in ((10.0, "Bound"), (20.0, "Pending"))],
    )

    figure = draw(small(volumes=claims))

    colours = {text.get_text(): text.get_color() for text in figure.axes[0].texts}
    assert colours["4 × 500 GiB"] == "#3c4043"
    assert colours["2 claims, 30 GiB, Pending"] == RED


def test_too_few_replicas_are_red_and_unknown_ones_are_not():
    made = workloads(("a", "Deployment", "short", 1, 3, ""), ("a", "Deployment", "declared", None, 3, ""))

    figure = draw(small(workloads=made, dependencies=dependencies()))

    colours = {text.get_text(): text.get_color() for text in figure.axes[0].texts}
    assert colours["Deployment 1/3"] == RED
    assert colours["Deployment 3"] == "#3c4043"


def test_the_label_says_in_words_who_depends_on_whom_and_what_is_broken():
    rows = [("trino", "Deployment/worker", "hive", "Service/hms", "thrift", "wrong port", "Deployment/metastore")]

    assert draw(small()).get_label().endswith("Arrows: trino to hive. Broken: none.")
    assert (
        draw(small(dependencies=dependencies(*rows)))
        .get_label()
        .endswith("Arrows: trino to hive. Broken: trino to hive.")
    )
    assert draw(small(dependencies=dependencies())).get_label().endswith("Arrows: none. Broken: none.")


def test_a_cluster_without_workloads_is_drawn_as_a_sentence():
    figure = draw(small(workloads=workloads()))

    assert [text.get_text() for text in figure.texts] == ["Nothing to draw: the answer has no rows"]


@pytest.mark.parametrize("number", [30, 150])
def test_no_label_of_a_large_cluster_overlaps_another_or_leaves_the_page(number):
    figure = draw(many(number))

    boxes = list(extents(figure).values())
    assert len(boxes) > number
    assert not [
        (one, other)
        for one, other in combinations(boxes, 2)
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]
    assert min(box[0] for box in boxes) > 0
    assert max(box[2] for box in boxes) < figure.bbox.width
    assert max(box[3] for box in boxes) < figure.bbox.height


def test_a_large_cluster_stays_legible():
    figure = draw(many(150))

    assert 9 <= figure.get_figwidth() <= 13
    assert min(text.get_fontsize() for text in figure.axes[0].texts) >= 8


def test_a_label_stays_inside_what_it_labels():
    figure = draw(many(150))
    boxes = extents(figure).values()
    height = figure.bbox.height
    frames = [patch.get_window_extent() for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)]
    highest = min(height - frame.y1 for frame in frames)

    assert not [
        box
        for box in boxes
        if box[1] > highest
        and not any(frame.x0 < box[0] and box[2] < frame.x1 and height - frame.y1 < box[1] for frame in frames)
    ]


@pytest.mark.parametrize("number", [30, 150])
def test_no_arrow_crosses_a_node_that_it_does_not_belong_to(number):
    shown = diagram_parts(**many(number))
    page = layout_and_arrows.lay_out_sheet(shown, top=0.5)

    crossed = [
        (edge, key)
        for edge, path in layout_and_arrows.arrow_paths(shown, page)
        for key, area in page.nodes.items()
        if key[1] and key not in (edge.source, edge.target) and crosses(path, area)
    ]
    assert crossed == []


def crosses(path, area) -> bool:
    fine = Path(path.to_polygons(closed_only=False)[0]).interpolated(8)
    return any(area.x < x < area.right and area.y < y < area.bottom for x, y in fine.vertices)


def test_the_same_tables_make_the_same_picture():
    first, second = ({text.get_text(): box for text, box in extents(draw(many(60))).items()} for _ in range(2))

    assert first == second
