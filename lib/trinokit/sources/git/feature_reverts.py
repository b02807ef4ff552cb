"""What brought a feature to a branch, and what took it back? A revert may be reverted itself, any number of times."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from trinokit.sources.git.ancestry import Ancestry
from trinokit.sources.git.equivalent_commits import EquivalentCommits


@dataclass
class RevertTracker:
    """How a feature stands on a branch, as one commit after another is told, the oldest first.

    *takes* has, of each commit that matters, the one that brought in what it is about, and whether it takes that back:
    bringing it in does not, and reverting turns it round. *brought* are those whose effect lasts, and *gone* has the
    commits that took back what others brought.
    """

    effects: dict[str, tuple[str, bool]]
    brought: set[str] = field(default_factory=set)
    gone: dict[str, str] = field(default_factory=dict)

    def undo(self, commit: str, undone: Sequence[str]) -> None:
        """Let *commit* revert the commits *undone*."""
        for source, taken in [self.effects[each] for each in undone]:
            self.effects[commit] = (source, not taken)
            if taken:
                self.gone.pop(source, None)
                self.brought.add(source)
            else:
                self.gone[source] = commit
                self.brought.discard(source)

    def apply_delivery(self, commit: str, whole: bool) -> None:
        """Let *commit* bring the feature or a part of it; the *whole* of it leaves nothing that is gone."""
        self.brought.add(commit)
        if whole:
            self.gone.clear()


def track_reverts(own: set[str], has: set[str], ancestry: Ancestry, does: EquivalentCommits) -> RevertTracker:
    """How the feature whose commits are *own* stands on a branch that *has* these commits."""
    bringing = {*own, *does.equivalents, *ancestry.merges_bringing(own)}
    tracker = RevertTracker({commit: (commit, False) for commit in bringing})
    for commit in [each for each in reversed(ancestry.parents) if each in has]:
        undone = [each for each in map(ancestry.named, does.reverts.get(commit, ())) if each in tracker.effects]
        if undone:
            tracker.undo(commit, undone)
        elif commit in bringing:
            tracker.apply_delivery(commit, own <= does.equivalents.get(commit, set()))
    return tracker
