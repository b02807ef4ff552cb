"""What is known of a cluster beside its objects, and of the repositories that it is deployed from?"""

from trinokit.observations.clones import Clone
from trinokit.observations.commit_joins import (
    Conflict,
    ConflictHunk,
    ConflictPolicy,
    Join,
    JoinMethod,
    JoinResult,
    ResolvedVersion,
)
from trinokit.observations.deployments import DeployedRevision, DeploymentHistory
from trinokit.observations.input_files import TextFile
from trinokit.observations.jvms import Jvm, LocalJava, PodContainer, PodLog, RunningJvms
from trinokit.observations.login_attempts import Keytab, KeytabKey, Krb5Config, LoginAttempt, LoginStep
from trinokit.observations.object_provenance import AuditedWrite, AuditLog, HelmRevision, PrometheusState
from trinokit.observations.repositories import BranchPresence, CloneReadiness, Commit, Feature, RepositoryState

__all__ = [
    "LoginStep",
    "AuditLog",
    "Clone",
    "Commit",
    "Conflict",
    "ConflictPolicy",
    "DeploymentHistory",
    "Feature",
    "JoinMethod",
    "ConflictHunk",
    "LocalJava",
    "Join",
    "JoinResult",
    "Jvm",
    "Keytab",
    "KeytabKey",
    "Krb5Config",
    "PrometheusState",
    "PodLog",
    "PodContainer",
    "BranchPresence",
    "CloneReadiness",
    "LoginAttempt",
    "HelmRevision",
    "RepositoryState",
    "DeployedRevision",
    "RunningJvms",
    "ResolvedVersion",
    "TextFile",
    "AuditedWrite",
]
