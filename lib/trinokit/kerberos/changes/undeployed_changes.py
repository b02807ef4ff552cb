"""What else does an upgrade deploy, because git has moved on since the release was deployed last?"""

from collections.abc import Mapping, Sequence

from trinokit.findings import WARNING, Finding, format_count
from trinokit.kerberos.trino_workloads import JvmConfigFile
from trinokit.objects import Object, ObjectIdentity, Objects
from trinokit.observations import Clone, HelmRevision

_MAX_SHOWN = 5
# A sum of another object, which is compared itself.
_CHECKSUM_PREFIX = "checksum/"


def undeployed_change_findings(
    config_files: Sequence[JvmConfigFile], declared: Objects, releases: Sequence[HelmRevision], clone: Clone
) -> list[Finding]:
    """The objects of the release of *clone* that git has otherwise than they were deployed last, jvm.config aside.

    Neither Secrets are looked at, since what they hold is mostly given to helm from elsewhere, nor what each rendering
    makes anew.
    """
    revisions = [each for each in releases if (each.name, each.namespace) == (clone.release, clone.namespace)]
    last = max(revisions, key=lambda each: each.revision, default=None)
    if last is None:
        return []
    declared_by_identity = {each.identity: each for each in declared.items}
    aside = {
        each.identity
        for each in (
            *(config_file.config_map for config_file in config_files if config_file.config_map),
            *declared.unstable,
        )
    }
    names = [
        f"{each}"
        for each in last.items
        if each.kind != "Secret" and each.identity not in aside and _differs_from_git(each, declared_by_identity)
    ]
    if not names:
        return []
    more = f" and {len(names) - _MAX_SHOWN} more" if len(names) > _MAX_SHOWN else ""
    return [
        Finding(
            WARNING,
            f"the release {last.name} in {last.namespace}",
            f"git differs from revision {last.revision} in {format_count(len(names), 'other object')}, "
            f"{', '.join(names[:_MAX_SHOWN])}{more}: an upgrade changes that too, unless it comes of values that helm "
            "was given from elsewhere",
        )
    ]


def _differs_from_git(deployed: Object, declared_by_identity: Mapping[ObjectIdentity, Object]) -> bool:
    # What Helm keeps says nothing of kinds that live in no namespace.
    anywhere = deployed.identity._replace(namespace="")
    declared = declared_by_identity.get(deployed.identity) or declared_by_identity.get(anywhere)
    return declared is None or _comparable_value(deployed.body) != _comparable_value(declared.body)


def _comparable_value(value: object) -> object:
    """*value* without what only says where it is, and without sums of other objects."""
    if isinstance(value, list):
        return [_comparable_value(each) for each in value]
    if not isinstance(value, dict):
        return value
    bare = {key: _comparable_value(each) for key, each in value.items() if not key.startswith(_CHECKSUM_PREFIX)}
    if isinstance(bare.get("metadata"), dict):
        bare["metadata"].pop("namespace", None)
    return bare
