"""What do tests of releases share? A bare remote, an operator's clone of it, and somebody else's."""

import pytest
from tests.release.repositories import Release
from tests.sources.git import conftest
from tests.sources.git.conftest import clone, other, remote

__all__ = ["clone", "developed", "other", "remote", "started"]


@pytest.fixture
def started(clone, remote) -> Release:
    """The starting point of the use case: the version branch, and nothing else."""
    conftest.seed(clone)
    return Release(clone, remote)


@pytest.fixture
def developed(started) -> Release:
    """The feature branch with two commits, pushed; the version branch is checked out."""
    conftest.feature(started.clone)
    started.clone.git("checkout", "--quiet", conftest.MASTER)
    return started
