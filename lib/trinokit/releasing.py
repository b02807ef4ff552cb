"""What is known of a release now? Git, its remote and the targets are asked, and what they say is put together."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from trinokit import sources
from trinokit.evidence import Feature, Readiness
from trinokit.gating import watching
from trinokit.release import carrying, documents, preflight, rollouts, route, targets
from trinokit.release.standing import Facts
from trinokit.release.targets import What
from trinokit.release.wishes import Target, Wish
from trinokit.sources.git.joining import Rule
from trinokit.sources.git.reader import Git
from trinokit.sources.live import Live
from trinokit.sources.recorded import Recorded

Held = tuple[Live | Recorded, Target]


def held(name: str, cluster: str, place: str, what: What) -> tuple[Held, ...]:
    """The target *name* at *place* in *cluster* with the source that tells of it; none where either is empty.

    Raises ParameterError where there is no such cluster, where *what* cannot be deployed there, or where clusters.yaml
    does not name what its gate asks.
    """
    if not cluster or not place:
        return ()
    source = sources.connect(cluster)
    found = targets.target(name, place, cluster, source.kubectl, what)
    if found and isinstance(source, Live):
        # A gate that finds out only after the deployment would have it taken back.
        watching.check(source, found)
    return ((source, found),) if found else ()


def facts(git: Git, wish: Wish, held: Sequence[Held]) -> Facts:
    """Everything that is known of the release that *wish* names, read now from *git*, its remote and *held* targets.

    Where the clone does not have its whole history, only that is told. Raises SourceError for what cannot be read.
    """
    repository, names = git.now(), wish.names
    tips = [names.master, names.feature, names.release_branch]
    ready = git.readiness([name for name in tips if name in repository.heads])
    found = Facts(repository, Feature(), targets=_deployed(held))
    if ready.shallow:
        return replace(found, checks=preflight.checked(repository, ready, found.feature, wish))
    return _joined(git, wish, found, ready)


def below(git: Git, folder: str) -> str:
    """The *folder* of our own worktrees, seen from the folder above parameters/; as it is for a recording."""
    return str(sources.place(folder)) if Path(git.named).is_absolute() else folder


def _joined(git: Git, wish: Wish, found: Facts, ready: Readiness) -> Facts:
    repository, names = found.repository, wish.names
    feature = git.feature(names.feature, names.release_branch, names.master, names.release)
    presence = git.presence(feature, route.branches(repository, wish))
    rule = Rule(wish.version_files, names.release, wish.worktree, carrying.newer(repository, names))
    joined = git.joined(route.joins(repository, wish, feature, presence), rule)
    planned = git.presence(feature, route.tips(repository, wish, joined))
    changelog = git.text(feature.tip, wish.changelog) if feature.tip and wish.changelog else None
    checks = (
        *preflight.checked(repository, ready, feature, wish),
        *documents.checked(feature.changed, wish, changelog),
    )
    return replace(found, feature=feature, presence=presence, joined=joined, planned=planned, checks=checks)


def _deployed(held: Sequence[Held]) -> tuple:
    return tuple((target, sources.deployed(source, target, rollouts.unready)) for source, target in held)
