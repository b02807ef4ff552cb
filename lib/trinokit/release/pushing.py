"""How does a commit get to the remote, who proves that it is there, and what does a refusal mean?"""

import re
from collections.abc import Sequence
from itertools import takewhile

from trinokit.findings import CRITICAL, Finding
from trinokit.observations import RepositoryState
from trinokit.plan import Command, Outcome, Proof, Step
from trinokit.release.planned_branch_moves import BranchMove

# Hooks of the remote are its own, and may test what is pushed.
_PUSH_TIMEOUT_S, _PROOF_TIMEOUT_S = 600, 120
# Nothing but what is named goes to the remote, whatever git is set to push beside it.
_PUSH_WORDS = ("push", "--porcelain", "--no-follow-tags")
_REF_ABSENT_CODE = 2
_REFUSAL_PATTERNS = (
    (
        r"stale info|fetch first|non-fast-forward|remote ref updated since checkout|failed to update ref|cannot lock",
        "the remote has moved since it was read: run again, and the plan is made anew for what is there now",
    ),
    (
        r"GH006|GH013|[Pp]rotected branch|pre-receive hook declined|hook declined|TF402455|not allowed to push",
        "a hook of the remote refused it; for a branch that is changed by pull requests: -p protected '[\"{branch}\"]'",
    ),
    (
        r"[Pp]ermission|denied|403|not authorized|[Aa]uthentication",
        "it lets nobody push who is not entitled to: ask who owns the repository",
    ),
    (
        r"already exists",
        "the tag is there already: run again, and it is compared with the commit that is to be released",
    ),
    (r"remote ref does not exist", "it was deleted meanwhile: run again"),
    (r"atomic push failed|atomic transaction failed", "nothing of it was pushed, since a part of it was refused"),
    (
        r"Could not read from remote|unable to access|timed out|Connection|hung up|unexpected disconnect|Could not res",
        "the remote did not answer: run again, and it is read first what has come there",
    ),
)
_MAX_REASON_LENGTH = 300


def push_step(
    repository: RepositoryState, moves: Sequence[BranchMove], title: str, unmoved: Sequence[BranchMove] = ()
) -> Step:
    """Push *moves* all together or not at all, unless somebody has moved one of their branches, or an *unmoved* one.

    A branch that is new can be taken back. One that was moved cannot: whoever has it keeps it, and only a revert helps.
    """
    git, remote = _git_prefix(repository), repository.remote
    every = [*moves, *unmoved]
    leases = [f"--force-with-lease=refs/heads/{each.branch}:{each.old}" for each in every]
    specs = [f"{each.new}:refs/heads/{each.branch}" for each in every]
    return Step(
        title,
        Command((*git, *_PUSH_WORDS, "--atomic", *leases, remote, *specs)),
        undo=tuple(delete_branch_command(repository, each.branch, each.new) for each in moves if not each.old),
        seconds=_PUSH_TIMEOUT_S,
        proof=_push_proof(repository, [(f"refs/heads/{each.branch}", each.new, each.new) for each in moves]),
    )


def push_tag_step(repository: RepositoryState, tag: str, unmoved: Sequence[BranchMove]) -> Step:
    """Push the *tag* of this clone, unless the remote has one or somebody has moved an *unmoved* branch meanwhile.

    There is no undo: a tag that others may have is not taken back.
    """
    name = f"refs/tags/{tag}"
    leases = [f"--force-with-lease={name}:"]
    leases += [f"--force-with-lease=refs/heads/{each.branch}:{each.old}" for each in unmoved]
    specs = [f"{name}:{name}", *(f"{each.new}:refs/heads/{each.branch}" for each in unmoved)]
    argv = (*_git_prefix(repository), *_PUSH_WORDS, "--atomic", *leases, repository.remote, *specs)
    branch_text = f", while {unmoved[0].branch} is {unmoved[0].old:.8}" if unmoved else ""
    proof = _push_proof(repository, [(name, name, name)])
    return Step(f"Push the tag {tag}{branch_text}", Command(argv), seconds=_PUSH_TIMEOUT_S, proof=proof)


def delete_branch_step(repository: RepositoryState, branch: str, old: str) -> Step:
    """Delete the remote's *branch*, unless somebody has moved it from *old*."""
    lease = f"--force-with-lease=refs/heads/{branch}:"
    restore_branch = Command(
        (*_git_prefix(repository), *_PUSH_WORDS, lease, repository.remote, f"{old}:refs/heads/{branch}")
    )
    ask_remote = Command(
        (*_git_prefix(repository), "ls-remote", "--exit-code", repository.remote, f"refs/heads/{branch}")
    )
    return Step(
        f"Delete {branch} on {repository.remote}",
        delete_branch_command(repository, branch, old),
        undo=(restore_branch,),
        seconds=_PUSH_TIMEOUT_S,
        proof=Proof(ask_remote, _REF_ABSENT_CODE, _PROOF_TIMEOUT_S),
    )


def delete_branch_command(repository: RepositoryState, branch: str, old: str) -> Command:
    """The command that deletes the remote's *branch*, unless somebody has moved it from *old*."""
    lease = f"--force-with-lease=refs/heads/{branch}:{old}"
    return Command((*_git_prefix(repository), *_PUSH_WORDS, lease, repository.remote, f":refs/heads/{branch}"))


def refused_push_findings(outcomes: Sequence[Outcome]) -> list[Finding]:
    """What each refused push of *outcomes* means, and what to do about it."""
    return [
        Finding(CRITICAL, _refused_branch(outcome), f"was not pushed ({_refusal_reason(outcome)}): {meaning}")
        for outcome in outcomes
        if outcome.status == "failed" and "push" in outcome.step.command.argv
        for meaning in [_refusal_meaning(outcome)]
        if meaning
    ]


def _refusal_meaning(outcome: Outcome) -> str:
    output = "\n".join(_push_output(outcome))
    meanings = (meaning for pattern, meaning in _REFUSAL_PATTERNS if re.search(pattern, output))
    return next(meanings, "").replace("{branch}", _refused_branch(outcome))


def _push_output(outcome: Outcome) -> list[str]:
    """What the push itself said: its proof is refused as well, for another reason."""
    lines = outcome.said.splitlines()
    return [*takewhile(lambda line: not line.startswith(("proved by $", "not proved by $")), lines)]


def _refused_refs(outcome: Outcome) -> list[list[str]]:
    """Each ref that was refused itself, and not because of another one: what it was to be, and why not."""
    lines = [each.split("\t")[1:] for each in _push_output(outcome) if each.startswith("!\t")]
    return [each for each in lines if "atomic push failed" not in each[-1]] or lines


def _refusal_reason(outcome: Outcome) -> str:
    """The reason of the refusal, and what a hook of the remote said."""
    refusal = [each[-1] for each in _refused_refs(outcome)[:1]]
    remote_lines = [
        each.strip() for each in _push_output(outcome) if each.startswith("remote:") and each.strip() != "remote:"
    ]
    return " ".join([*refusal, *remote_lines] or [outcome.reason])[:_MAX_REASON_LENGTH]


def _refused_branch(outcome: Outcome) -> str:
    """The branch or tag of which the refusal tells, or else the last one that was to be pushed."""
    spec = next((each[0] for each in _refused_refs(outcome)), outcome.step.command.argv[-1])
    return spec.rpartition(":")[2].removeprefix("refs/heads/").removeprefix("refs/tags/")


def _push_proof(repository: RepositoryState, refs: Sequence[tuple[str, str, str]]) -> Proof:
    """The same push on trial: it is refused unless the remote has exactly what it is to have."""
    leases = [f"--force-with-lease={name}:{id}" for name, id, _ in refs]
    specs = [f"{object_id}:{name}" for name, _, object_id in refs]
    argv = (*_git_prefix(repository), *_PUSH_WORDS, "--dry-run", "--no-verify", *leases, repository.remote, *specs)
    return Proof(Command(argv), seconds=_PROOF_TIMEOUT_S)


def _git_prefix(repository: RepositoryState) -> tuple[str, ...]:
    return "git", "-C", repository.folder
