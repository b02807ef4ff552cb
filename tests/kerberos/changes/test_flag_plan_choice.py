"""Which plan there is: one in git or one in ConfigMaps, none where nothing is left to do, and none with a reason."""

from tests.kerberos.samples import INTERNAL, KRB5, PLAIN, running, stack

from trinokit.findings import CRITICAL, Finding
from trinokit.kerberos.changes.config_deployment import DeployOptions
from trinokit.kerberos.changes.flag_plan_choice import plan_flag_changes
from trinokit.kerberos.node_jvm_configs import TrinoNode, find_nodes
from trinokit.kerberos.trino_workloads import find_jvm_config_files
from trinokit.observations import Clone
from trinokit.plan import Plan

RIGHT = f"{PLAIN}{KRB5}\n"
MEANS = DeployOptions(("kubectl",), 60)
ABSENT = Clone("", "", "", "", "", problem="Expected a clone, found none.", remedy="make one")
NOTHING = (Plan("Everything is in force", ()), [])


def of(text: str, *flags: str, declared: str = "") -> tuple[TrinoNode, ...]:
    live = stack(text, text)
    promised = stack(declared, declared, side="declared") if declared else None
    return find_nodes(find_jvm_config_files(promised, live), live, running(*flags))


def test_without_a_clone_the_config_maps_are_changed():
    plan, findings = plan_flag_changes(of(PLAIN), None, [KRB5], None, MEANS)

    assert [step.title.split()[0] for step in plan.steps] == ["Change", "Restart", "Wait"] * 2
    assert findings == []


def test_where_everything_is_in_force_no_clone_is_needed():
    assert plan_flag_changes(of(RIGHT, KRB5), None, [KRB5], ABSENT, MEANS) == NOTHING
    assert plan_flag_changes(of(RIGHT, KRB5, declared=RIGHT), None, [KRB5], ABSENT, MEANS) == NOTHING


def test_a_clone_that_is_needed_and_not_there_is_the_reason_for_no_plan():
    reason = [Finding(CRITICAL, "plan", "there is none: Expected a clone, found none. (make one)")]

    for known in (of(PLAIN), of(RIGHT), of(RIGHT, KRB5, declared=PLAIN)):
        assert plan_flag_changes(known, None, [KRB5], ABSENT, MEANS) == (Plan("No plan", ()), reason)


def test_what_cannot_be_read_is_not_taken_for_being_in_force():
    [plan, findings] = plan_flag_changes((), None, [KRB5], ABSENT, MEANS)

    assert (plan.steps, [each.severity for each in findings]) == ((), [CRITICAL])


def test_a_flag_that_no_jdk_of_the_nodes_takes_is_not_planned():
    wrong = INTERNAL.replace("internal", "interna1")

    plan, [finding] = plan_flag_changes(of(PLAIN), None, [KRB5, wrong], None, MEANS)

    assert plan == Plan("No plan", ())
    assert finding.severity == CRITICAL
    assert f"found that {wrong} names the package sun.security.krb5.interna1" in finding.sentence
