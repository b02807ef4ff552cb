"""Findings say where a flag is lost on its way from git to the JVM, and what could not be looked at."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.architecture.objects import objects
from tests.conftest import ROOT
from tests.kerberos.samples import (
    BEFORE,
    BOTH,
    INTERNAL,
    KRB5,
    PASTED,
    PLAIN,
    RIGHT,
    configured,
    deployment,
    jvm,
    member,
    running,
    stack,
)
from tests.servers import trino

from trinokit.clusters_file import Cluster, TrinoAccess
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.kerberos.flag_findings import flag_findings
from trinokit.kerberos.node_jvm_configs import find_nodes
from trinokit.kerberos.startup_logs import startup_log_findings
from trinokit.kerberos.trino_workloads import find_jvm_config_files
from trinokit.objects import Objects
from trinokit.observations import PodContainer, PodLog, RunningJvms
from trinokit.sources.live import Live
from trinokit.sources.recorded import Recorded

WORKER = "Deployment/trino-worker in trino"
COORDINATOR = "Deployment/trino-coordinator in trino"
NAMED = f"2 flags ({KRB5}, {INTERNAL})"


def findings(
    live: Objects | None, jvms: RunningJvms, declared: Objects | None = None, flags: tuple = BOTH
) -> list[Finding]:
    return flag_findings(find_nodes(find_jvm_config_files(declared, live), live, jvms), flags)


def of(subject: str, found: list[Finding]) -> list[tuple]:
    return [(each.severity, each.sentence) for each in found if each.subject == subject]


def test_all_is_well_when_every_node_has_every_flag():
    declared, live = stack(RIGHT, RIGHT, side="declared"), stack(RIGHT, RIGHT)

    assert findings(live, running(*BOTH), declared) == [
        Finding(OK, "flags", "all 2 flags are in force on 1 coordinator and 3 workers, each of which was asked")
    ]
    assert findings(live, running(*BOTH), declared, (KRB5,)) == [
        Finding(OK, "flags", f"{KRB5} is in force on 1 coordinator and 3 workers, each of which was asked")
    ]


def test_forty_workers_give_one_finding():
    live = stack(PLAIN, PLAIN, workers=40)

    assert findings(live, running(workers=40), stack(PLAIN, PLAIN, side="declared")) == [
        Finding(CRITICAL, COORDINATOR, f"{NAMED} are in force on 0 of 1 coordinator: neither declared nor live has it"),
        Finding(CRITICAL, WORKER, f"{NAMED} are in force on 0 of 40 workers: neither declared nor live has it"),
    ]


def test_the_pasted_lines_are_named_for_what_they_became():
    fused = f"{KRB5} {INTERNAL}"
    found = findings(stack(PASTED, PASTED), running(fused), stack(PASTED, PASTED, side="declared"))

    assert of(WORKER, found) == [
        (
            CRITICAL,
            f"{NAMED} are in force on 0 of 3 workers: "
            f"live and running have `{KRB5} {INTERNAL}` (two flags in one argument)",
        )
    ]


def test_many_flags_of_which_the_same_is_to_be_said_are_not_spelt_out():
    five = (*BOTH, "-Da=1", "-Db=2", "-ea")
    found = findings(stack(PLAIN, PLAIN), running(INTERNAL), flags=five)
    four = ", ".join(each for each in five if each != INTERNAL)

    assert of(WORKER, findings(stack(PLAIN, PLAIN), running(), flags=five)) == [
        (CRITICAL, "each of the 5 flags is in force on 0 of 3 workers: live lacks it")
    ]
    assert of(WORKER, found)[0] == (CRITICAL, f"4 flags ({four}) are in force on 0 of 3 workers: live lacks it")


def test_a_blank_at_the_end_is_seen_in_what_runs_although_live_is_right():
    found = findings(stack(RIGHT, RIGHT), running(f"{KRB5} ", INTERNAL, started=BEFORE))

    assert of(WORKER, found) == [
        (
            CRITICAL,
            f"{KRB5} is in force on 0 of 3 workers: live has it, running has `{KRB5}␠` (ends in a blank); "
            "restart: it was changed at 2026-11-24 12:00:00, after they had begun",
        )
    ]


def test_what_is_not_deployed_yet_is_told_apart():
    found = findings(stack(PLAIN, PLAIN), running(), stack(RIGHT, RIGHT, side="declared"))

    assert of(WORKER, found) == [
        (CRITICAL, f"{NAMED} are in force on 0 of 3 workers: it is declared and not deployed, live lacks it")
    ]


def test_nodes_that_lag_are_named_and_have_to_restart():
    jvms = running(*BOTH, started=BEFORE)
    behind = jvm("trino-worker-2", "-Xmx8G", started=BEFORE)
    jvms = RunningJvms(tuple(behind if each.node == behind.node else each for each in jvms.jvms))
    found = findings(stack(RIGHT, RIGHT), jvms)

    assert of(WORKER, found) == [
        (
            CRITICAL,
            f"{NAMED} are in force on 2 of 3 workers, not on trino-worker-2: live has it, running lacks it; "
            "restart: it was changed at 2026-11-24 12:00:00, after they had begun",
        )
    ]


def test_a_node_that_began_after_the_change_was_given_another_file():
    [(_, sentence)] = of(WORKER, findings(stack(RIGHT, RIGHT), running()))

    assert sentence.endswith("before they began: see whether they are given another jvm.config")


def test_a_node_of_unknown_age_has_to_restart():
    [(_, sentence)] = of(WORKER, findings(stack(RIGHT, RIGHT), running(started=None)))

    assert sentence.endswith("live has it, running lacks it; restart")


def test_what_the_next_restart_takes_away_is_told():
    found = findings(stack(PLAIN, f"{KRB5} \n{INTERNAL}\n{PLAIN}"), running(*BOTH))

    assert of(COORDINATOR, found) == [
        (WARNING, f"{NAMED} are in force on 1 coordinator, but live lacks it: the next restart takes it away")
    ]
    assert of(WORKER, found) == [
        (
            WARNING,
            f"{KRB5} is in force on 3 workers, but live has `{KRB5}␠` (ends in a blank): "
            "the next restart takes it away",
        )
    ]
    assert [each.severity for each in found if each.subject == "flags"] == [OK]


def test_what_the_next_upgrade_takes_away_is_told():
    found = findings(stack(RIGHT, RIGHT), running(*BOTH), stack(RIGHT, PLAIN, side="declared"))

    assert of(WORKER, found) == [
        (WARNING, f"{NAMED} are in force on 3 workers, but declared lacks it: what is applied next takes it away")
    ]


def test_a_forgotten_role_is_told():
    jvms = running(*BOTH, workers=0)
    found = findings(stack(RIGHT, PLAIN), RunningJvms((*jvms.jvms, *running().jvms[1:])))

    assert of(WORKER, found) == [
        (
            CRITICAL,
            f"{NAMED} are in force on 0 of 3 workers: live lacks it; "
            "the coordinator has it, and each role has a jvm.config of its own",
        )
    ]


def test_a_flag_that_this_jdk_cannot_heed_is_void_wherever_it_stands():
    wrong = KRB5.replace("krb5", "krb9")
    live = stack(f"{PLAIN}{wrong}\n", f"{PLAIN}{wrong}\n")
    [(severity, sentence)] = of(WORKER, findings(live, running(wrong), flags=(wrong,)))

    assert severity == CRITICAL
    assert sentence.startswith(f"{wrong} is in force on 0 of 3 workers: live and running have `{wrong}` (")


def test_opening_a_package_exports_it_as_well():
    opened = KRB5.replace("exports", "opens")
    live = stack(PLAIN + opened, PLAIN + opened)

    assert [each.severity for each in findings(live, running(opened), flags=(KRB5,))] == [OK]


def test_what_cannot_be_read_is_critical_and_said_once():
    found = findings(stack(RIGHT, RIGHT), RunningJvms(unread={"every node": "the password was refused"}))

    assert found == [
        Finding(CRITICAL, COORDINATOR, "what runs on trino-coordinator-9 could not be read: the password was refused"),
        Finding(
            CRITICAL,
            WORKER,
            "what runs on trino-worker-1, trino-worker-2, trino-worker-3 could not be read: the password was refused",
        ),
    ]


def test_a_flag_is_not_in_force_after_a_start_where_only_the_file_can_be_read():
    found = findings(stack(PASTED, RIGHT), RunningJvms(unread={"every node": "down"}))

    assert (
        CRITICAL,
        f"{NAMED} are not in force after a start: live has `{KRB5} {INTERNAL}` (two flags in one argument)",
    ) in of(COORDINATOR, found)
    assert [each.severity for each in found if each.subject == WORKER] == [CRITICAL]


def test_no_node_at_all_is_critical():
    assert findings(None, RunningJvms()) == [
        Finding(CRITICAL, "Trino", "no node was found: no workload is one of Trino, and no JVM told what it runs")
    ]


def test_a_file_that_nobody_can_read_is_critical_and_what_runs_is_judged():
    live = objects(deployment("worker"), member("worker", 1))
    found = findings(live, RunningJvms((jvm("trino-worker-1", KRB5),)))

    assert of(WORKER, found) == [
        (
            CRITICAL,
            "its jvm.config could not be read: ConfigMap/trino-worker, where it may be, could not be found",
        ),
        (CRITICAL, f"{INTERNAL} is in force on 0 of 1 worker: running lacks it"),
    ]


def test_where_neither_the_file_nor_what_runs_is_known_only_that_is_said():
    found = findings(objects(deployment("worker"), member("worker", 1)), RunningJvms())

    assert of(WORKER, found) == [
        (CRITICAL, "its jvm.config could not be read: ConfigMap/trino-worker, where it may be, could not be found"),
        (CRITICAL, "what runs on trino-worker-1 could not be read: no JVM of Trino was found in it"),
    ]


def test_all_is_not_well_while_one_node_was_not_read():
    found = findings(stack(RIGHT, RIGHT), running(*BOTH, workers=2))

    assert found == [
        Finding(CRITICAL, WORKER, "what runs on trino-worker-3 could not be read: no JVM of Trino was found in it")
    ]


def test_a_fault_that_runs_as_well_is_told_for_the_files_that_have_it():
    live = stack(RIGHT + "-Dx=1 \n", RIGHT)

    assert of(COORDINATOR, findings(live, running(*BOTH, "-Dx=1 "))) == [
        (WARNING, "live has `-Dx=1␠` (ends in a blank)")
    ]


def test_without_kubernetes_what_runs_is_judged_alone():
    jvms = RunningJvms((jvm("a", *BOTH, coordinator=True), jvm("b", f"{KRB5}\\", INTERNAL, coordinator=False)))

    assert findings(None, jvms) == [
        Finding(
            CRITICAL, "workers", f"{KRB5} is in force on 0 of 1 worker: running has `{KRB5}\\` (ends in a backslash)"
        ),
    ]


def test_other_faults_in_the_file_are_told_with_the_side_that_has_them():
    text = RIGHT + "-Dx=1 \n--add-exports=java.base/sun.nio.ch=all-unnamed\n"
    found = findings(stack(text, RIGHT), running(*BOTH), stack(text, RIGHT, side="declared"))

    assert [each for each in of(COORDINATOR, found) if each[0] == WARNING] == [
        (WARNING, "declared and live have `-Dx=1␠` (ends in a blank)"),
        (
            WARNING,
            "declared and live have `--add-exports=java.base/sun.nio.ch=all-unnamed` "
            "(has all-unnamed in place of ALL-UNNAMED)",
        ),
        (
            WARNING,
            "1 of 1 coordinator runs without what is live: -Dx=1␠, --add-exports=java.base/sun.nio.ch=all-unnamed; "
            "restart trino-coordinator-9",
        ),
    ]


def test_arguments_that_lag_are_told_once_for_a_role():
    found = findings(stack(RIGHT, RIGHT + "-Dnew=1\n"), running(*BOTH, "-Dold=1"))

    assert of(WORKER, found) == [
        (
            WARNING,
            "3 of 3 workers run without what is live: -Dnew=1; restart trino-worker-1, trino-worker-2, trino-worker-3",
        ),
        (INFO, "what runs has more than jvm.config, from the launcher or before the last change: -Dold=1"),
    ]


def test_what_the_launcher_and_the_jdk_add_is_expected():
    added = ["-Dconfig=/etc/trino/config.properties", "-Dlog.levels-file=/x", "--add-modules=jdk.incubator.vector"]
    added += ["--sun-misc-unsafe-memory-access=allow", "-XX:+UseCompactObjectHeaders", "-Dplugin.dir=/usr/lib"]

    assert [each.severity for each in findings(stack(RIGHT, RIGHT), running(*BOTH, *added))] == [OK]


def test_a_flag_from_a_variable_of_the_container_stays_in_force():
    options = {"env": [{"name": "JAVA_TOOL_OPTIONS", "value": KRB5}]}
    live = objects(deployment("worker", container=options), configured("worker", PLAIN), member("worker", 1))
    found = findings(live, RunningJvms((jvm("trino-worker-1", KRB5, "-Xmx8G"),)), flags=(KRB5,))

    assert of(WORKER, found) == [
        (INFO, f"{KRB5} is in force on 1 worker through a variable of the container, not through jvm.config"),
        (INFO, f"1 argument comes with a variable of the container: {KRB5}"),
    ]


def test_different_versions_are_told():
    jvms = running(*BOTH)
    old = replace(jvms.jvms[2], java="24.0.1", trino="475")
    found = findings(stack(RIGHT, RIGHT), RunningJvms((*jvms.jvms[:2], old, *jvms.jvms[3:])))

    assert of("nodes", found) == [
        (
            WARNING,
            "have different JDKs: 24 on trino-worker-2; 25 on trino-coordinator-9, trino-worker-1, trino-worker-3",
        ),
        (
            WARNING,
            "have different versions of Trino: "
            "475 on trino-worker-2; 476 on trino-coordinator-9, trino-worker-1, trino-worker-3",
        ),
    ]


def test_an_ending_pod_does_not_count_and_is_told():
    ending = member("worker", 2)
    ending["metadata"]["deletionTimestamp"] = "2026-11-24T12:00:00Z"
    live = objects(deployment("worker"), configured("worker", RIGHT), member("worker", 1), ending)
    found = findings(live, RunningJvms((jvm("trino-worker-1", *BOTH, "-Xmx8G"), jvm("trino-worker-2", "-Xmx8G"))))

    assert found == [
        Finding(OK, "flags", "all 2 flags are in force on 1 worker, each of which was asked"),
        Finding(INFO, WORKER, "trino-worker-2 is ending"),
    ]


def test_a_jvm_without_a_pod_is_judged_and_told():
    found = findings(stack(RIGHT, RIGHT, workers=0), RunningJvms((*running(*BOTH, workers=0).jvms, jvm("x", KRB5))))

    assert (CRITICAL, f"{INTERNAL} is in force on 0 of 1 node: running lacks it") in of("nodes", found)
    assert of("Trino", found) == [(INFO, "x runs, and no pod of it is known")]


def test_what_a_real_trino_runs_with_beyond_its_jvm_config_is_of_its_launcher(servers):
    url = f"http://127.0.0.1:{trino.HTTP_PORT}"
    told = Live("here", Cluster(TrinoAccess(url=url)), "mysql.trino_events.trino_queries").jvms.running()
    text = Path(servers["folder"], "etc", "jvm.config").read_text()
    [one] = told.jvms
    pods = [member("coordinator", 9)]
    pods[0]["metadata"]["name"] = one.node
    live = objects(deployment("coordinator"), configured("coordinator", text), *pods)

    assert [each.severity for each in findings(live, told, flags=("-XX:+UseG1GC",))] == [OK]
    assert of(COORDINATOR, findings(live, told, flags=(KRB5,))) == [
        (CRITICAL, f"{KRB5} is in force on 0 of 1 coordinator: live lacks it")
    ]


def test_the_recorded_seed_is_void_in_every_jvm_that_was_recorded():
    source = Recorded("recorded/kerberos", ROOT / "recorded" / "kerberos")
    live = source.objects.live()
    found = findings(live, source.jvms.running(), source.objects.declared(), BOTH)

    assert [(each.severity, each.subject) for each in found] == [
        (CRITICAL, "StatefulSet/trino-coordinator in analytics"),
        (CRITICAL, "StatefulSet/trino-worker in analytics"),
    ]
    assert {each.sentence.rpartition(" (")[2] for each in found} == {"five flags in one argument)"}


def log(*lines: str, name: str = "trino-worker-1", problem: str = "") -> PodLog:
    return PodLog(PodContainer("trino", name, "trino"), lines, problem)


STARTED = "2026-11-24T17:46:33.372Z\tINFO\tmain\tio.airlift.log.Logging\tLogging to stderr"
UNKNOWN = "WARNING: Unknown module: ALL-UNNAMED  specified to --add-exports"


@pytest.mark.parametrize(
    ("severity", "line"),
    [
        (WARNING, UNKNOWN),
        (WARNING, "WARNING: package sun.security.krb5.* not in java.security.jgss"),
        (WARNING, "OpenJDK 64-Bit Server VM warning: Ignoring option --illegal-access=permit; support was removed"),
        (CRITICAL, "Unrecognized option: --add-exports java.security.jgss/sun.security.krb5=ALL-UNNAMED"),
        (CRITICAL, "Unrecognized VM option 'UseG1GC '"),
        (CRITICAL, "Error: Could not create the Java Virtual Machine."),
        (CRITICAL, "Error: Could not find or load main class \\"),
        (CRITICAL, "Error: --add-exports requires modules to be specified"),
        (CRITICAL, "Error occurred during initialization of boot layer"),
        (CRITICAL, "java.lang.RuntimeException: Unable to parse --add-exports <module>=<value>: java.base/x"),
        (CRITICAL, "Invalid maximum heap size: -Xmx1G --add-exports=x"),
        (INFO, "Picked up JAVA_TOOL_OPTIONS: -Da=1"),
        (INFO, "NOTE: Picked up JDK_JAVA_OPTIONS: -Da=1"),
    ],
)
def test_what_a_jvm_says_of_its_flags_is_told(severity, line):
    assert startup_log_findings([log(line, STARTED)]) == [
        Finding(severity, "logs", f"the JVM of trino-worker-1 says: {line}")
    ]


def test_what_several_say_is_told_once():
    assert startup_log_findings([log(UNKNOWN, STARTED), log(UNKNOWN, name="b")]) == [
        Finding(WARNING, "logs", f"the JVM of trino-worker-1, b says: {UNKNOWN}")
    ]


def test_a_log_that_begins_with_the_launcher_has_its_beginning():
    assert startup_log_findings([log("procname shim does not exist", UNKNOWN)]) == [
        Finding(WARNING, "logs", f"the JVM of trino-worker-1 says: {UNKNOWN}")
    ]


def test_logs_that_complain_of_nothing_are_told():
    other = "WARNING: A Java agent has been loaded dynamically (/tmp/jol.jar)"

    assert startup_log_findings([log(other, STARTED), log(STARTED)]) == [
        Finding(OK, "logs", "the first lines of 2 pods complain of no flag")
    ]
    assert startup_log_findings([]) == []


def test_a_log_that_cannot_be_read_or_lost_its_beginning_is_told():
    late = "2026-11-24T17:46:33.372Z\tINFO\tquery-1\tio.trino.event.QueryMonitor\tTIMELINE"

    assert startup_log_findings(
        [log(problem="forbidden"), log(late, name="b"), log(name="c"), log(STARTED, name="d")]
    ) == [
        Finding(CRITICAL, "logs", "the log of trino-worker-1 could not be read: forbidden"),
        Finding(
            WARNING,
            "logs",
            "the log of b, c does not go back to the start: what the JVM said of its flags is gone",
        ),
    ]


def test_a_fused_argument_of_a_jvm_that_nobody_asked_for_is_told():
    jvms = RunningJvms((jvm("a", KRB5, "-Dx=1 -Xmx1G", coordinator=True),))

    assert of("coordinators", findings(None, jvms, flags=(KRB5,))) == [
        (WARNING, "running has `-Dx=1 -Xmx1G` (two flags in one argument)")
    ]
