"""What is known of a cluster beside its objects?"""

from trinops.evidence.clones import Clone
from trinops.evidence.cluster import AuditLog, Loaded, Release, Write
from trinops.evidence.jvms import Java, Jvm, Log, Pod, Running
from trinops.evidence.realms import Attempt, Keytab, KeytabKey, Krb5, Realm

__all__ = [
    "Attempt",
    "AuditLog",
    "Clone",
    "Java",
    "Jvm",
    "Keytab",
    "KeytabKey",
    "Krb5",
    "Loaded",
    "Log",
    "Pod",
    "Realm",
    "Release",
    "Running",
    "Write",
]
