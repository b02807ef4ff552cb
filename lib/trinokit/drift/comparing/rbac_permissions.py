"""What may somebody do? Rules of a role, expanded to one verb on one resource each."""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

_PLAIN_WORD = re.compile(r"[a-z0-9*-]+")
_PLAIN_GROUP = re.compile(r"[a-z0-9.*-]+")
_RULE_KEYS = ("verbs", "apiGroups", "resources", "nonResourceURLs", "resourceNames")
_READ_VERBS, _WRITE_VERBS = {"get", "list", "watch"}, {"create", "patch", "update"}
_RBAC_GROUP = "rbac.authorization.k8s.io"


class _Escalation(NamedTuple):
    """What leads to more than is written: why, by which *verbs* (None: any), in which *group* (None: any)."""

    reason: str
    verbs: set[str] | None
    group: str | None
    resources: str


# https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
_ESCALATIONS = (
    _Escalation("reads Secrets", _READ_VERBS, "", "secrets"),
    _Escalation("acts as somebody else", {"impersonate"}, None, "users groups serviceaccounts userextras uids"),
    _Escalation("gives roles more than it has", {"escalate"}, _RBAC_GROUP, "roles clusterroles"),
    _Escalation("binds roles it does not have", {"bind"}, _RBAC_GROUP, "roles clusterroles"),
    _Escalation("binds roles", _WRITE_VERBS, _RBAC_GROUP, "rolebindings clusterrolebindings"),
    _Escalation("runs commands in pods", None, "", "pods/exec pods/attach pods/ephemeralcontainers"),
    _Escalation("makes tokens", {"create"}, "", "serviceaccounts/token"),
    _Escalation("checks tokens", {"create"}, "authentication.k8s.io", "tokenreviews"),
    _Escalation("reaches kubelets", None, "", "nodes/proxy"),
    _Escalation("approves certificates", _WRITE_VERBS, "certificates.k8s.io", "certificatesigningrequests/approval"),
    _Escalation("approves certificates", {"approve", "sign"}, "certificates.k8s.io", "signers"),
    _Escalation(
        "decides what is admitted",
        _WRITE_VERBS,
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations validatingwebhookconfigurations",
    ),
)


class Permission(NamedTuple):
    """One *verb* on one *resource* of one *group*, for the object *name*, or for each where that is None.

    For a URL the *group* is None and the URL is the *resource*.
    """

    verb: str
    group: str | None
    resource: str
    name: str | None = None

    def __str__(self) -> str:
        """As in ``get deployments.apps/scale "trino"`` or ``get /metrics``; no two powers are written alike."""
        if self.group is None:
            url = self.resource if self.resource.startswith("/") else f"URL {json.dumps(self.resource)}"
            return f"{_quote_unless_plain(self.verb)} {url}"
        resource, slash, subresource = self.resource.partition("/")
        group = f".{_quote_unless_plain(self.group, _PLAIN_GROUP)}" if self.group else ""
        name = "" if self.name is None else f" {json.dumps(self.name)}"
        subresource = f"/{_quote_unless_plain(subresource)}" if slash else ""
        return f"{_quote_unless_plain(self.verb)} {_quote_unless_plain(resource)}{group}{subresource}{name}"

    def covers(self, other: "Permission") -> bool:
        """Whether whoever has this one may do what *other* allows."""
        if self.verb not in ("*", other.verb) or (self.group is None) != (other.group is None):
            return False
        if self.group is None:
            return _url_covers(self.resource, other.resource)
        return (
            self.group in ("*", other.group)
            and _resource_covers(self.resource, other.resource)
            and self.name in (None, other.name)
        )

    @property
    def escalation(self) -> str:
        """Why it leads to more than is written; empty when it does not."""
        wide = {"every verb": self.verb, "every group": self.group, "every resource": self.resource}
        every = ", ".join(reason for reason, value in wide.items() if value == "*")
        return every or next((each.reason for each in _ESCALATIONS if self._is_in_scope(each)), "")

    @property
    def weight(self) -> int:
        """How much it matters: 0 for reading, 1 for changing, 2 for what leads to more than is written."""
        return 2 if self.escalation else int(self.verb not in _READ_VERBS)

    def _is_in_scope(self, scope: _Escalation) -> bool:
        return (
            (scope.verbs is None or self.verb in scope.verbs)
            and (self.group is not None and scope.group in (None, self.group))
            and any(_resource_covers(self.resource, each) for each in scope.resources.split())
        )


def permission_texts(rules: list[dict] | None) -> list[str]:
    """What *rules* of a Role or ClusterRole allow, one verb on one resource each, however they are grouped.

    >>> permission_texts([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}])
    ['get pods', 'list pods']
    """
    return sorted({str(power) for power in expand_role_rules(rules)})


def expand_role_rules(rules: list[dict] | None) -> Iterator[Permission]:
    """Every power that *rules* of a Role or ClusterRole give."""
    for rule in rules or []:
        verbs, groups, resources, urls, names = (rule.get(key) or [] for key in _RULE_KEYS)
        yield from (Permission(verb, None, url) for verb, url in product(verbs, urls))
        # An empty list of names means every object.
        yield from (Permission(*power) for power in product(verbs, groups, resources, names or [None]))


def _quote_unless_plain(word: str, plain: re.Pattern = _PLAIN_WORD) -> str:
    return word if plain.fullmatch(word) else json.dumps(word)


def _resource_covers(wide: str, narrow: str) -> bool:
    # https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
    _, slash, subresource = narrow.partition("/")
    return wide in ("*", narrow) or bool(slash and wide == f"*/{subresource}")


def _url_covers(wide: str, narrow: str) -> bool:
    return wide == narrow or (wide.endswith("*") and narrow.startswith(wide.rstrip("*")))
