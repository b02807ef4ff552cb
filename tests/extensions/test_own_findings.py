"""Findings of one's own about JVM flags and about a release: what the door shows is judged once more."""

import pandas as pd
from tests.release.test_release_door import RECORDED

from trinokit import sources
from trinokit.findings import OK, WARNING, Finding, format_count
from trinokit.kerberos import check_jvm_flags
from trinokit.release import plan_release
from trinokit.release.release_facts import ReleaseFacts


def old_java_findings(nodes: pd.DataFrame, *, least: int) -> list[Finding]:
    """Nodes whose JVM is of a lower major than *least*."""
    old = nodes[nodes["java"] < least]
    findings = [Finding(WARNING, each.node, f"runs Java {each.java} (at least {least})") for each in old.itertuples()]
    return findings or [Finding(OK, "java", f"{format_count(len(nodes), 'node')}, none below Java {least}")]


def long_release_findings(facts: ReleaseFacts, *, limit: int) -> list[Finding]:
    """Whether the feature has more than *limit* commits, which nobody will review."""
    commits = format_count(len(facts.feature.commits), "commit")
    severity = WARNING if len(facts.feature.commits) > limit else OK
    return [Finding(severity, "review", f"the feature has {commits} (limit {limit})")]


def test_what_is_known_of_the_nodes_is_judged_once_more():
    flags = ["--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"]
    nodes = check_jvm_flags(sources.connect("recorded/kerberos"), flags).nodes_table()

    assert old_java_findings(nodes, least=17) == [Finding(OK, "java", "3 nodes, none below Java 17")]
    assert [each.severity for each in old_java_findings(nodes, least=99)] == [WARNING] * 3


def test_what_is_known_of_a_release_is_judged_once_more():
    facts = plan_release(RECORDED, sources).facts
    count = len(facts.feature.commits)

    assert long_release_findings(facts, limit=count)[0].severity == OK
    assert long_release_findings(facts, limit=count - 1)[0].severity == WARNING
