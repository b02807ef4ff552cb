"""What is known of a cluster beside its objects, and of the repositories that it is deployed from?"""

from trinokit.evidence.clones import Clone
from trinokit.evidence.cluster import AuditLog, Loaded, Release, Write
from trinokit.evidence.deployments import Deployed, Revision
from trinokit.evidence.joins import Conflict, How, Hunk, Join, Joined, Versioned
from trinokit.evidence.jvms import Java, Jvm, Log, Pod, Running
from trinokit.evidence.realms import Attempt, Keytab, KeytabKey, Krb5, Realm
from trinokit.evidence.repositories import Commit, Feature, Presence, Readiness, Repository

__all__ = [
    "Attempt",
    "AuditLog",
    "Clone",
    "Commit",
    "Conflict",
    "Deployed",
    "Feature",
    "How",
    "Hunk",
    "Java",
    "Join",
    "Joined",
    "Jvm",
    "Keytab",
    "KeytabKey",
    "Krb5",
    "Loaded",
    "Log",
    "Pod",
    "Presence",
    "Readiness",
    "Realm",
    "Release",
    "Repository",
    "Revision",
    "Running",
    "Versioned",
    "Write",
]
