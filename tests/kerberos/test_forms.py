"""Every broken form of a jvm.config on a real Trino: the file has the flag, and what runs tells what is wrong with it.

One JVM has all the forms with which it starts, each on another package.
"""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.servers import jvms, trino
from tests.servers.__main__ import CACHE
from tests.servers.kubernetes import cluster

from trinokit.clusters_file import Cluster, KubernetesAccess, TrinoAccess
from trinokit.findings import CRITICAL, OK, WARNING, Finding
from trinokit.kerberos.argument_faults import escape_invisible
from trinokit.kerberos.flag_findings import flag_findings
from trinokit.kerberos.node_jvm_configs import TrinoNode, find_nodes
from trinokit.kerberos.startup_logs import startup_log_findings
from trinokit.kerberos.trino_workloads import find_jvm_config_files, trino_pods
from trinokit.observations import PodContainer, PodLog
from trinokit.sources.live import Live

# There is one port for a coordinator in a pod, and one KDC of the real Trino.
pytestmark = pytest.mark.xdist_group("pods")

JGSS = "--add-exports=java.security.jgss/sun.security"
TO = "=ALL-UNNAMED"


@dataclass(frozen=True)
class Form:
    """How a file has *flags*: as the one *argument* that is void, *why*, and what the JVM *says* of it."""

    text: str
    flags: tuple[str, ...]
    argument: str
    why: str
    says: str


def unknown(target: str) -> str:
    return f"WARNING: Unknown module: {target} specified to --add-exports"


def flag(package: str) -> str:
    return f"{JGSS}.{package}{TO}"


def pair(one: str, between: str, other: str) -> Form:
    """Two flags that come as one argument."""
    fused = f"{flag(one)} {flag(other)}"
    says = unknown(f"ALL-UNNAMED {flag(other)}")
    return Form(
        f"{flag(one)}{between}{flag(other)}", (flag(one), flag(other)), fused, "two flags in one argument", says
    )


def behind(package: str, text: str, stays: str, why: str) -> Form:
    """A flag with *text* behind it, of which *stays* becomes a part of the flag."""
    return Form(
        f"{flag(package)}{text}", (flag(package),), f"{flag(package)}{stays}", why, unknown(f"ALL-UNNAMED{stays}")
    )


def mistaken(names: str, why: str) -> Form:
    """A flag that names *names*, which is no package."""
    text = f"{JGSS}.{names}{TO}"
    return Form(text, (), text, why, f"WARNING: package sun.security.{names} not in java.security.jgss")


VOID = {
    "a blank behind it": behind("krb5", " ", " ", "ends in a blank"),
    "a tab behind it": behind("krb5.internal", "\t", "\t", "ends in a tab"),
    "a backslash and an empty line behind it": behind("krb5.internal.crypto", " \\\n", " ", "ends in a blank"),
    "another flag on its line": pair("krb5.internal.ccache", " ", "krb5.internal.ktab"),
    "another flag behind a backslash": pair("krb5.internal.rcache", " \\\n  ", "krb5.internal.util"),
    "a note behind it": behind(
        "jgss.krb5", " # for HDFS", " # for HDFS", "has a comment behind the flag, which is part of it"
    ),
    "a wildcard": mistaken("krb5.internal.crypto.*", "has a wildcard, which the JVM takes for a name"),
    "two packages": mistaken(
        "jgss.spi,sun.security.jgss.spnego", "names several packages: each needs a flag of its own"
    ),
    "its target in small letters": Form(
        f"{JGSS}.jgss.wrapper=all-unnamed",
        (flag("jgss.wrapper"),),
        f"{JGSS}.jgss.wrapper=all-unnamed",
        "has all-unnamed in place of ALL-UNNAMED",
        unknown("all-unnamed"),
    ),
    "a module that is none": Form(
        f"--add-exports=java.security.krb5/sun.security.krb5{TO}",
        (f"--add-exports=java.security.krb5/sun.security.krb5{TO}",),
        f"--add-exports=java.security.krb5/sun.security.krb5{TO}",
        "names the module java.security.krb5, which JDK 25 does not have",
        unknown("java.security.krb5"),
    ),
}
GOOD = {
    "blanks before it": (f"  {flag('jgss')}", flag("jgss")),
    "the end of a line of Windows": (f"{flag('jgss.krb5.internal')}\r", flag("jgss.krb5.internal")),
    "its value on a line of its own": (
        flag("krb5.internal.crypto.dk").replace("=", "\n", 1),
        flag("krb5.internal.crypto.dk"),
    ),
    "another like it": (f"{flag('jgss.spnego')}\n{flag('jgss.spnego')}", flag("jgss.spnego")),
}
NO_CLASS = "Error: Could not find or load main class "
# With these the JVM does not start at all, and this is what it says.
FATAL = {
    "quotes": (f'"{flag("krb5")}"', f'{NO_CLASS}"{flag("krb5").replace("/", ".")}"'),
    "a dash of a text editor": (flag("krb5").replace("--", "\u2013"), NO_CLASS),
    "a blank in place of =": (
        flag("krb5").replace("=", " ", 1),
        f"Unrecognized option: {flag('krb5').replace('=', ' ', 1)}",
    ),
    "one dash": (flag("krb5")[1:], f"Unrecognized option: {flag('krb5')[1:]}"),
    "a heap that swallows it": (
        f"-Xmx256M \\\n{flag('krb5')}",
        f"Invalid maximum heap size: -Xmx256M {flag('krb5')}",
    ),
    "a backslash alone": ("\\ \n", f"{NO_CLASS}\\␠"),
    "no target": (f"{JGSS}.krb5", "java.lang.RuntimeException: Unable to parse --add-exports <module>=<value>"),
}


@pytest.fixture(scope="module")
def found(kubectl, tmp_path_factory) -> Iterator[tuple[list[TrinoNode], PodLog]]:
    """The node of a Trino with all forms in its jvm.config, and what its JVM wrote."""
    name = f"test-{secrets.token_hex(4)}"
    forms = [*(form.text for form in VOID.values()), *(text for text, _ in GOOD.values())]
    items = jvms.manifests(jvms.JVM + "".join(f"{each}\n" for each in forms), workers=0, kind="StatefulSet")
    kubectl("create", "namespace", name)
    try:
        given = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        kubectl("apply", "-n", name, "-f", "-", given=given)
        with jvms.following(CACHE, name, tmp_path_factory.mktemp("forms") / "nodes") as running:
            running.serving(1)
            yield _known(name)
    finally:
        kubectl("delete", "namespace", name, "--wait=false")


def _known(namespace: str) -> tuple[list[TrinoNode], PodLog]:
    where = {"kubeconfig": str(cluster.kubeconfig(CACHE)), "context": cluster.CONTEXT}
    known = Cluster(trino=TrinoAccess(jvms.URL), kubernetes=KubernetesAccess({"query engine": namespace}, **where))
    source = Live("formed", known, "mysql.trino_events.trino_queries")
    live = source.objects.live()
    pods = trino_pods(live)
    every = find_nodes(find_jvm_config_files(None, live), live, source.jvms.running(pods, patience_s=60))
    [log] = source.jvms.pod_logs(pods)
    return [node for node in every if node.role == "coordinator"], log


@pytest.mark.parametrize("form", VOID.values(), ids=VOID)
def test_a_flag_that_the_file_has_is_void_in_what_runs_and_its_fault_is_named(found, form):
    known, log = found
    [node] = known
    shown = f"`{escape_invisible(form.argument)}` ({form.why}"

    assert form.text in node.config_file.live
    assert form.argument in node.running
    assert form.says in log.lines
    for wanted in form.flags:
        sentence = f"{wanted} is in force on 0 of 1 coordinator: live and running have {shown}"
        assert (CRITICAL, node.config_file.subject, sentence) in began(flag_findings(known, [wanted]), len(sentence))
    if not form.flags:
        sentence = f"live has {shown}"
        assert (WARNING, node.config_file.subject, sentence) in began(flag_findings(known, []), len(sentence))


def began(findings: list[Finding], length: int) -> list[tuple]:
    """Each of *findings* with the first *length* letters of its sentence, behind which it may ask what was meant."""
    return [(each.severity, each.subject, each.sentence[:length]) for each in findings]


@pytest.mark.parametrize(("text", "wanted"), GOOD.values(), ids=GOOD)
def test_a_form_that_looks_wrong_and_works_is_in_force(found, text, wanted):
    known, _ = found
    [node] = known

    assert text in node.config_file.live
    assert Finding(OK, "flags", f"{wanted} is in force on 1 coordinator, each of which was asked") in flag_findings(
        known, [wanted]
    )


def test_the_jvm_complains_of_the_void_forms_and_of_no_other(found):
    _, log = found
    heard = [line for line in log.lines if line.startswith(("WARNING: Unknown module", "WARNING: package"))]

    assert sorted(heard) == sorted(form.says for form in VOID.values())
    assert startup_log_findings([log]) == [
        Finding(WARNING, "logs", f"the JVM of trino-coordinator-0 says: {escape_invisible(line)}")
        for line in dict.fromkeys(heard)
    ]


@pytest.mark.parametrize(("form", "says"), FATAL.values(), ids=FATAL)
def test_a_form_with_which_no_jvm_starts_is_told_by_the_log(servers, tmp_path, form, says):
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "jvm.config").write_text(f"{jvms.JVM}{form}\n")
    (etc / "node.properties").write_text(f"node.environment=test\nnode.data-dir={tmp_path}/data\n")
    (etc / "config.properties").touch()
    java = trino.java_home()
    paths = {"JAVA_HOME": str(java), "PATH": f"{java}/bin:{os.environ['PATH']}"}
    argv = [trino.install(CACHE) / "bin" / "launcher", "run", f"--etc-dir={etc}"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, env=os.environ | paths)

    told = startup_log_findings(
        [PodLog(PodContainer("trino", "trino-worker-0", "trino"), tuple((done.stderr + done.stdout).splitlines()))]
    )

    assert done.returncode == 1
    assert (CRITICAL, "logs") in [(each.severity, each.subject) for each in told]
    assert [each for each in told if each.sentence.startswith(f"the JVM of trino-worker-0 says: {says}")]
