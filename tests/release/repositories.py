"""A release as its runbook makes it: everything is read anew, planned, and carried out."""

import re
from collections.abc import Callable
from dataclasses import replace

from tests.sources.conftest import Clone
from tests.sources.git.conftest import Remote, commit
from tests.sources.git.made_once import once

from trinokit import shell
from trinokit.metric_gate_limits import GateLimits
from trinokit.observations import DeploymentHistory
from trinokit.plan import CommandRunner, Outcome, Plan, execute_plan
from trinokit.release import fact_gathering, naming, release_planning
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.release_facts import DeployedTarget, ReleaseFacts
from trinokit.release.release_request import CloneSpec, ReleaseRequest
from trinokit.sources.git import git_repository

NAMES = naming.release_names("v1", "new-feature", "v1.1.0")
_FORMAT = "%H|%s|%an <%ae>|%T|%P"
Read = Callable[[ReleaseRequest], tuple[tuple[DeployTarget, DeploymentHistory], ...]]


class Release:
    """A release from *clone* to *remote*, whose targets are *read* anew each time."""

    def __init__(self, clone: Clone, remote: Remote, read: Read | None = None) -> None:
        self.clone, self.remote, self._read = clone, remote, read
        self.worktrees = clone.folder.parent / "worktrees"
        self.limits = GateLimits()

    def request(self, **changes: object) -> ReleaseRequest:
        """What is requested: *changes* to what is usual."""
        return replace(ReleaseRequest(NAMES, clone=CloneSpec(worktree_folder=str(self.worktrees))), **changes)

    def facts(self, request: ReleaseRequest) -> ReleaseFacts:
        """Everything that is known, read now."""
        git = git_repository.open_clone(self.clone.folder, str(self.clone.folder), "origin")
        found = fact_gathering.gather_facts(git, request)
        return replace(
            found, targets=tuple(DeployedTarget(*each) for each in self._read(request)) if self._read else ()
        )

    def plan(self, request: ReleaseRequest) -> Plan:
        """What is left to do, read now; it is an error that there is no plan."""
        plan, findings = release_planning.release_plan(self.facts(request), request, self.limits)
        assert plan.title != "No plan", findings
        return plan

    def refused(self, request: ReleaseRequest) -> list[str]:
        """Why there is no plan."""
        plan, findings = release_planning.release_plan(self.facts(request), request, self.limits)
        assert (plan.title, plan.steps) == ("No plan", ())
        return [each.sentence for each in findings]

    def run(self, request: ReleaseRequest, run: CommandRunner = shell.run_command) -> list[Outcome]:
        """What became of all that was left to do."""
        return carried_out(self.plan(request), run)

    def reach(self, **changes: object) -> ReleaseRequest:
        """What was requested, of which nothing is left to do: *changes* to what is usual."""
        request = self.request(**changes)
        name = repr((sorted(changes.items()), self.limits))
        # What is deployed lies in no folder.
        if self._read:
            done(self.run(request))
        else:
            once(name, self.clone.folder.parent, lambda: done(self.run(request)))
        return request

    def statuses(self, request: ReleaseRequest) -> dict[str, str]:
        """The status of each step of the use case."""
        return {each.step: each.status for each in release_planning.release_progress(self.facts(request), request)}

    def branches(self) -> dict[str, str]:
        """The subject of what each ref of the remote names, by its short name."""
        told = self.remote.git("for-each-ref", "--format=%(refname:short)|%(*subject)%(subject)").splitlines()
        return dict(line.split("|") for line in told)


def carried_out(plan: Plan, run: CommandRunner = shell.run_command) -> list[Outcome]:
    """What became of each step of *plan*."""
    return execute_plan(plan, approved=plan.approval, run=run)


def done(outcomes: list[Outcome]) -> None:
    """All of *outcomes* are done."""
    assert [(each.step.title, each.status, each.said) for each in outcomes if each.status != "done"] == []


def failed(outcomes: list[Outcome]) -> Outcome:
    """The one that failed, after which nothing was reached."""
    statuses = [each.status for each in outcomes]
    number = statuses.index("failed")
    assert statuses == ["done"] * number + ["failed"] + ["not reached"] * (len(statuses) - number - 1)
    return outcomes[number]


def titles(plan: Plan) -> list[str]:
    """What the steps of *plan* are called, with the first letters of ids alone."""
    return [re.sub(r"\b[0-9a-f]{8,40}\b", "ID", step.title) for step in plan.steps]


def history(clone: Clone, branch: str) -> list[str]:
    """What git log tells of *branch*: subjects, authors, trees, and the subjects of parents."""
    rows = [line.split("|") for line in clone.git("log", "--topo-order", f"--format={_FORMAT}", branch).splitlines()]
    subjects = {row[0]: row[1] for row in rows}
    return ["|".join((*row[1:4], *(subjects[parent] for parent in row[4].split()))) for row in rows]


def pushed(clone: Clone, branch: str, subject: str, files: dict[str, str]) -> str:
    """The commit *subject* that somebody pushes to *branch* from *clone*."""
    clone.git("fetch", "--quiet", "origin")
    clone.git("checkout", "--quiet", "-B", branch, f"origin/{branch}")
    id = commit(clone, subject, files)
    clone.git("push", "--quiet", "origin", branch)
    return id
