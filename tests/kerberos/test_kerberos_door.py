"""The door asks its source only for what a question needs, and answers as the runbook shows it."""

import pytest

from trinokit import sources
from trinokit.errors import ParameterError
from trinokit.findings import CRITICAL, INFO
from trinokit.kerberos import FlagChange, JvmFlagCheck, check_jvm_flags
from trinokit.kerberos.kerberos_door import clone_to_change

RECORDED = "recorded/kerberos"
KRB5 = "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"


PARTS = ("objects", "provenance", "jvms", "login", "git", "commands")


class Counted:
    """A source, or a part of it, that counts what it is asked for."""

    def __init__(self, source: object, asked: list[str] | None = None) -> None:
        self.source, self.asked = source, [] if asked is None else asked

    def __getattr__(self, name: str) -> object:
        found = getattr(self.source, name)
        if name in PARTS:
            return Counted(found, self.asked)
        self.asked.append(name)
        return found


@pytest.fixture
def counted() -> Counted:
    return Counted(sources.connect(RECORDED))


@pytest.fixture
def check(counted) -> JvmFlagCheck:
    return check_jvm_flags(counted, [f"{KRB5} \\"])


def test_flags_that_are_no_flags_are_refused_before_anything_is_read(counted):
    with pytest.raises(ParameterError, match="Expected JVM flags, found none"):
        check_jvm_flags(counted, [])

    assert counted.asked == []


def test_the_cluster_is_read_when_it_is_needed_and_once(counted, check):
    assert check.pasted_table()["flag"].tolist() == [KRB5]
    assert counted.asked == []

    assert check.nodes_table()["role"].tolist() == ["coordinator", "worker", "worker"]
    check.flags_by_role_table()
    check.opened_packages_table()
    check.necessity_table()
    check.findings()

    assert sorted(counted.asked) == ["find_side", "live", "running"]


def test_a_login_is_tried_where_it_is_wanted(counted, check):
    login = check.check_login(wanted=False)

    assert [finding.severity for finding in login.findings()] == [INFO]
    assert login.table().empty
    assert "attempt" not in counted.asked
    [found] = check.check_login(wanted=True).findings()
    assert (found.severity, found.sentence) == (
        CRITICAL,
        "could not be checked: nobody can log into a recording; name a cluster that is live",
    )


def test_an_undo_needs_neither_git_nor_helm(counted, check, tmp_path):
    with pytest.raises(ParameterError, match="approval of a plan that was carried out"):
        check.plan(FlagChange(), undo="plan-00000000", journal=tmp_path)

    assert counted.asked == ["run"]


@pytest.mark.parametrize(
    ("change", "titles"),
    [
        ("git", ["Change values/production.yaml", "Commit it on main"]),
        ("configmap", ["Change jvm.config of ConfigMap/trino-worker in analytics, unless somebody else has"]),
    ],
)
def test_a_plan_changes_git_or_the_cluster(check, tmp_path, change, titles):
    proposed = check.plan(FlagChange(change=change), undo="", journal=tmp_path)

    assert [step.title for step in proposed.plan.steps][: len(titles)] == titles
    assert not proposed.is_undo


def test_a_clone_that_is_not_there_is_a_caveat(tmp_path):
    check = check_jvm_flags(Lost(sources.connect(RECORDED)), [KRB5])

    proposed = check.plan(FlagChange(), undo="", journal=tmp_path)

    assert proposed.plan.steps == ()
    [caveat] = proposed.caveats
    assert caveat.sentence.startswith("there is none: Expected the clone that it was deployed from")


class NoClone:
    """The git part of a source whose clone is gone."""

    def declared_clone(self, path: str) -> None:
        raise ParameterError("Expected the clone that it was deployed from, found none.", remedy="clone it")


class Lost(Counted):
    """A source whose clone is gone."""

    git = NoClone()


def test_after_a_plan_the_cluster_is_read_anew(counted, check, tmp_path):
    executed = check.plan(FlagChange(), undo="", journal=tmp_path).execute(approved="")
    counted.asked.clear()

    verified = check.verify(executed, patience_seconds=900)

    assert sorted(counted.asked) == ["find_side", "live", "running"]
    assert verified.flags_by_role_table().equals(check.flags_by_role_table())
    assert [finding.sentence.partition(":")[0] for finding in verified.findings()][:1] == [
        f"{KRB5} is in force on 0 of 1 coordinator"
    ]


def test_a_change_that_is_not_one_in_git_needs_no_clone():
    assert clone_to_change(sources.connect(RECORDED), FlagChange("configmap", "")) is None


def test_the_clone_of_a_recording_is_the_one_that_was_recorded():
    clone = clone_to_change(sources.connect(RECORDED), FlagChange("git", ""))

    assert (clone.repository, clone.path, clone.release, clone.problem) == ("clone", "charts/trino", "trino", "")
    assert sorted(clone.files) == ["charts/trino/Chart.yaml", "charts/trino/values.yaml", "values/production.yaml"]


def test_a_clone_that_is_not_there_says_so_in_its_problem():
    clone = clone_to_change(sources.connect("recorded/reference"), FlagChange("git", ""))

    assert (
        clone.problem == "Expected the clone that recorded/reference was deployed from, found that it was not recorded."
    )
    assert clone.remedy.endswith("trinokit record CLUSTER NAME --part running")


def test_a_part_that_is_not_declared_is_the_problem(home):
    (home / "parameters" / "clusters.yaml").write_text(
        "clusters:\n  here:\n    declared:\n      - path: charts/trino\n        release: trino\n"
    )
    clone = clone_to_change(sources.connect("here"), FlagChange("git", "charts/other"))

    assert clone.problem == "Expected the path of one declared part, found 'charts/other'."
