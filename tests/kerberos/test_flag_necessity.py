"""Whether the flags are needed: who touches what they export, and what could not be looked at."""

import pytest
from tests.architecture.objects import config_map, objects, workload

from trinokit.findings import CRITICAL, INFO, WARNING, Finding
from trinokit.kerberos import flag_necessity
from trinokit.observations import Jvm, RunningJvms

PACKAGES = ("", ".internal", ".internal.crypto", ".internal.ccache", ".internal.ktab")
FLAGS = tuple(f"--add-exports=java.security.jgss/sun.security.krb5{each}=ALL-UNNAMED" for each in PACKAGES)
INTERNAL = ", ".join(f"sun.security.krb5{each}" for each in PACKAGES[1:])
TPCH, HIVE = "connector.name=tpch\n", "connector.name=hive\nfs.hadoop.enabled=true\n"
KERBEROS = f"{HIVE}hive.hdfs.authentication.type=KERBEROS\n"
HADOOP = (
    "its Hadoop client asks for the realm of a server that it reaches over HTTP, such as a KMS; without the flag it "
    "takes the default realm, whatever [domain_realm] of krb5.conf says. HDFS and the metastore do not need it"
)
WHY = "fs.hadoop.enabled=true, hive.hdfs.authentication.type=kerberos"
RUNNING = RunningJvms((Jvm("trino-1", (), "test", trino="476"),))
NOT_NEEDED = Finding(
    INFO,
    "flags",
    "are not needed: no catalog and no plugin uses what they export; they do no harm "
    "(measured on Trino 476 with JDK 25)",
)
IDLE = Finding(INFO, "flags", f"export {INTERNAL}, which no plugin of Trino 476 touches; one of your own may")


def trino(
    catalogs: dict[str, str] | None = None, *, image: str = "trinodb/trino:476", kind: str = "ConfigMap", **files: str
):
    """A coordinator with these *catalogs* in a *kind*, and other files of /etc/trino, their ending left out."""
    etc = {"jvm.config": "-Xmx1G\n", "config.properties": "coordinator=true\n"}
    etc |= {f"{name.replace('_', '-')}.properties": text for name, text in files.items()}
    source = {"ConfigMap": {"configMap": {"name": "catalogs"}}, "Secret": {"secret": {"secretName": "catalogs"}}}
    volumes = [{"name": "etc", "configMap": {"name": "etc"}}, {"name": "catalogs", **source[kind]}]
    mounts = [{"name": "etc", "mountPath": "/etc/trino"}, {"name": "catalogs", "mountPath": "/etc/trino/catalog"}]
    container = {"name": "trino", "image": image, "volumeMounts": mounts}
    given = {f"{name}.properties": text for name, text in (catalogs or {}).items()}
    return objects(
        workload("trino-coordinator", container=container, pod={"volumes": volumes}),
        config_map("etc", etc),
        config_map("catalogs", given, kind=kind),
    )


def rows(live, flags=FLAGS) -> list[tuple]:
    return [tuple(row) for row in flag_necessity.flag_necessity_table(live, RUNNING, flags).itertuples(index=False)]


def test_flags_that_nothing_touches_are_not_needed_and_may_stay():
    live = trino({"tpch": TPCH})

    assert flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS) == [NOT_NEEDED, IDLE]
    assert rows(live) == [("trino", "catalog tpch", "", "", "no", "", "its plugin does not touch the packages")]


def test_a_catalog_that_reaches_hdfs_with_kerberos_uses_the_first_of_them():
    live = trino({"lake": KERBEROS, "tpch": TPCH})

    sentence = f"uses sun.security.krb5 ({WHY}): {HADOOP}"
    assert flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS) == [
        Finding(INFO, "catalog lake in trino", sentence),
        IDLE,
    ]
    assert rows(live)[0] == ("trino", "catalog lake", "hive", "sun.security.krb5", "yes", "yes", WHY)


def test_a_package_that_is_used_and_not_among_the_flags_is_a_warning():
    live = trino({"lake": KERBEROS})

    sentence = f"uses sun.security.krb5, which is not among the flags ({WHY}): {HADOOP}"
    assert flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS[1:]) == [
        Finding(WARNING, "catalog lake in trino", sentence),
        IDLE,
    ]
    assert rows(live, FLAGS[1:])[0][5] == "no"


@pytest.mark.parametrize(
    "flag",
    [
        "--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
        "--add-exports=java.security.jgss/sun.security.krb5=java.base,ALL-UNNAMED",
    ],
)
def test_opening_a_package_or_naming_a_second_target_exports_it_too(flag):
    assert rows(trino({"lake": KERBEROS}), (flag,))[0][5] == "yes"


@pytest.mark.parametrize(
    "flag",
    [
        "--add-exports=java.security.jgss/sun.security.krb5=jdk.security.auth",
        "--add-exports=java.base/sun.security.krb5=ALL-UNNAMED",
        "--add-exports=java.security.jgss/sun.security.krb5.internal=ALL-UNNAMED",
        "--add-exports=java.security.jgss/sun.security.jgss=ALL-UNNAMED",
    ],
)
def test_another_module_package_or_target_is_not_the_flag_that_is_used(flag):
    assert rows(trino({"lake": KERBEROS}), (flag,))[0][5] == "no"


def test_a_catalog_of_files_without_kerberos_needs_none():
    live = trino({"lake": HIVE})

    assert flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS) == [NOT_NEEDED, IDLE]
    assert rows(live)[0][4:] == ("no", "yes", "hive.hdfs.authentication.type is not kerberos")


def test_other_plugins_than_connectors_are_looked_at_too():
    live = trino(
        {"tpch": TPCH},
        event_listener="event-listener.name=kafka\nkafka-event-listener.config.resources=/etc/kafka.properties\n",
        access_control="access-control.name=file\n",
    )

    [finding, _] = flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS)
    assert (finding.severity, finding.subject) == (INFO, "event-listener.properties in trino")
    assert finding.sentence.startswith(
        "may use sun.security.krb5 (kafka-event-listener.config.resources is set): its Kafka client asks which error"
    )
    assert [row[1] for row in rows(live)] == ["catalog tpch", "event-listener.properties"]


def test_a_variable_of_the_pod_stands_for_its_value():
    live = objects(
        workload(
            "trino-coordinator",
            container={
                "name": "trino",
                "image": "trinodb/trino:476",
                "env": [{"name": "AUTHENTICATION", "value": "KERBEROS"}],
                "volumeMounts": [{"name": "etc", "mountPath": "/etc/trino/catalog"}],
            },
            pod={"volumes": [{"name": "etc", "configMap": {"name": "etc"}}]},
        ),
        config_map("etc", {"lake.properties": f"{HIVE}hive.hdfs.authentication.type=${{ENV:AUTHENTICATION}}\n"}),
    )

    assert rows(live)[0][4] == "yes"


def test_a_catalog_that_a_secret_has_could_not_be_looked_at():
    live = trino({"lake": KERBEROS}, kind="Secret")

    sentence = "could not be looked at, so it may need the flags: Secret/catalogs has it as a hash"
    verdict = NOT_NEEDED.sentence.replace("needed: no", "needed: of what could be looked at, no")
    assert flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS) == [
        Finding(CRITICAL, "catalog lake in trino", sentence),
        Finding(INFO, "flags", verdict),
        IDLE,
    ]
    assert rows(live)[0][4:] == ("not known", "", "Secret/catalogs has it as a hash")


def test_a_plugin_that_a_secret_configures_could_not_be_looked_at_where_it_may_be_one_of_those():
    mounts = {name: f"/etc/trino/{name}.properties" for name in ("event-listener", "password-authenticator")}
    container = {
        "name": "trino",
        "image": "trinodb/trino:476",
        "volumeMounts": [{"name": "own", "mountPath": path, "subPath": path[11:]} for path in mounts.values()],
    }
    secret = config_map("own", {path[11:]: "hmac-sha256:00" for path in mounts.values()}, kind="Secret")
    volumes = [{"name": "own", "secret": {"secretName": "own"}}]
    live = objects(workload("trino-coordinator", container=container, pod={"volumes": volumes}), secret)

    sentence = "could not be looked at, so it may need the flags: Secret/own has it as a hash"
    critical = [
        each for each in flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS) if each.severity == CRITICAL
    ]
    assert critical == [Finding(CRITICAL, "event-listener.properties in trino", sentence)]
    assert rows(live) == [
        ("trino", "event-listener.properties", "", "", "not known", "", "Secret/own has it as a hash"),
    ]


def test_catalogs_that_are_made_with_sql_could_not_be_looked_at():
    live = trino(config="coordinator=true\ncatalog.management=dynamic\n")

    sentence = "could not be looked at: they are made with SQL (catalog.management=dynamic): SHOW CATALOGS"
    assert flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS)[0] == Finding(
        CRITICAL, "catalogs in trino", sentence
    )


def test_another_version_was_not_measured_and_what_runs_counts():
    live, older = trino({"tpch": TPCH}), RunningJvms((Jvm("a", (), "test", trino="465"), Jvm("b", (), "test")))

    sentence = (
        "runs 465, whose plugins were not looked at: what is said of plugins was measured on Trino 476 with JDK 25"
    )
    assert flag_necessity.flag_necessity_findings(live, older, FLAGS)[0] == Finding(WARNING, "Trino", sentence)
    tagged = flag_necessity.flag_necessity_findings(
        trino({"tpch": TPCH}, image="trinodb/trino:470"), RunningJvms(), FLAGS
    )[0]
    assert tagged == Finding(WARNING, "Trino", sentence.replace("465", "470"))
    assert flag_necessity.flag_necessity_findings(trino({"tpch": TPCH}, image="trinodb/trino:470"), RUNNING, FLAGS) == [
        NOT_NEEDED,
        IDLE,
    ]


def test_an_image_of_somebody_else_may_have_plugins_of_its_own():
    live = trino({"tpch": TPCH}, image="registry.test:5000/platform/trino:476")

    sentence = (
        "runs the image registry.test:5000/platform/trino:476, whose plugins were not looked at: "
        "ask jdeps --jdk-internals for its jars"
    )
    [found, verdict, _] = flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS)
    assert found == Finding(WARNING, "Deployment/trino-coordinator in trino", sentence)
    assert "of what could be looked at" in verdict.sentence


@pytest.mark.parametrize("image", ["trinodb/trino:476", "registry.test:5000/mirror/trinodb/trino:476@sha256:abc"])
def test_a_mirror_has_the_same_image(image):
    assert flag_necessity.flag_necessity_findings(trino({"tpch": TPCH}, image=image), RUNNING, FLAGS) == [
        NOT_NEEDED,
        IDLE,
    ]


def test_a_mounted_plugin_was_not_looked_at():
    container = {
        "name": "trino",
        "image": "trinodb/trino:476",
        "volumeMounts": [{"name": "own", "mountPath": "/usr/lib/trino/plugin/own"}],
    }
    labels = {"app.kubernetes.io/name": "trino", "app.kubernetes.io/component": "worker"}
    live = objects(workload("trino-worker", container=container, labels=labels))

    sentence = (
        "has plugins of its own in /usr/lib/trino/plugin/own, which were not looked at: "
        "ask jdeps --jdk-internals for its jars"
    )
    assert flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS)[0] == Finding(
        WARNING, "Deployment/trino-worker in trino", sentence
    )


def test_kerberos_of_the_coordinator_itself_needs_none():
    live = trino({"tpch": TPCH}, config="coordinator=true\nhttp-server.authentication.type=PASSWORD, KERBEROS\n")

    sentence = "logs users in with Kerberos (http-server.authentication.type), which needs none of the flags"
    assert flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS) == [
        NOT_NEEDED,
        IDLE,
        Finding(INFO, "coordinator in trino", sentence),
    ]


def test_flags_for_something_else_are_named_without_their_values():
    flags = (FLAGS[0], "--add-opens=java.base/java.nio=ALL-UNNAMED", "-Dname=value")

    assert flag_necessity.flag_necessity_findings(trino({"tpch": TPCH}), RUNNING, flags)[-1] == Finding(
        INFO,
        "flags",
        "--add-opens=java.base/java.nio=ALL-UNNAMED, -Dname open no package of Kerberos: not looked at",
    )


@pytest.mark.parametrize("live", [None, objects(workload("web", container={"image": "nginx"}))])
def test_without_a_trino_nothing_could_be_looked_at(live):
    sentence = "could not be looked at: no workload of Trino is known, so neither are its catalogs"

    assert flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS) == [
        Finding(CRITICAL, "need of the flags", sentence)
    ]
    assert rows(live) == []


def test_coordinator_and_workers_that_see_the_same_catalog_are_one_row():
    both = trino({"lake": KERBEROS})
    worker = workload(
        "trino-worker",
        container={
            "name": "trino",
            "image": "trinodb/trino:476",
            "volumeMounts": [{"name": "catalogs", "mountPath": "/etc/trino/catalog"}],
        },
        pod={"volumes": [{"name": "catalogs", "configMap": {"name": "catalogs"}}]},
    )
    live = objects(*(each.body for each in both.items), worker)

    assert len(rows(live)) == 1
    assert [finding.subject for finding in flag_necessity.flag_necessity_findings(live, RUNNING, FLAGS)] == [
        "catalog lake in trino",
        "flags",
    ]
