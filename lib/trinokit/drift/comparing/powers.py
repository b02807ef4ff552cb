"""What may somebody do? Rules of a role, expanded to one verb on one resource each."""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

_PLAIN = re.compile(r"[a-z0-9*-]+")
_GROUP = re.compile(r"[a-z0-9.*-]+")
_FIELDS = ("verbs", "apiGroups", "resources", "nonResourceURLs", "resourceNames")
_READING, _WRITING = {"get", "list", "watch"}, {"create", "patch", "update"}
_RBAC = "rbac.authorization.k8s.io"
# What leads to more than is written: the reason, the verbs (none: any), the group (none: any) and the resources.
# https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
_LEADING = (
    ("reads Secrets", _READING, "", "secrets"),
    ("acts as somebody else", {"impersonate"}, None, "users groups serviceaccounts userextras uids"),
    ("gives roles more than it has", {"escalate"}, _RBAC, "roles clusterroles"),
    ("binds roles it does not have", {"bind"}, _RBAC, "roles clusterroles"),
    ("binds roles", _WRITING, _RBAC, "rolebindings clusterrolebindings"),
    ("runs commands in pods", None, "", "pods/exec pods/attach pods/ephemeralcontainers"),
    ("makes tokens", {"create"}, "", "serviceaccounts/token"),
    ("checks tokens", {"create"}, "authentication.k8s.io", "tokenreviews"),
    ("reaches kubelets", None, "", "nodes/proxy"),
    ("approves certificates", _WRITING, "certificates.k8s.io", "certificatesigningrequests/approval"),
    ("approves certificates", {"approve", "sign"}, "certificates.k8s.io", "signers"),
    (
        "decides what is admitted",
        _WRITING,
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations validatingwebhookconfigurations",
    ),
)


class Power(NamedTuple):
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
            return f"{_word(self.verb)} {url}"
        resource, slash, below = self.resource.partition("/")
        group = f".{_word(self.group, _GROUP)}" if self.group else ""
        name = "" if self.name is None else f" {json.dumps(self.name)}"
        return f"{_word(self.verb)} {_word(resource)}{group}{slash}{_word(below) if slash else ''}{name}"

    def covers(self, other: "Power") -> bool:
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
        return every or next((reason for reason, *what in _LEADING if self._is_among(*what)), "")

    @property
    def weight(self) -> int:
        """How much it matters: 0 for reading, 1 for changing, 2 for what leads to more than is written."""
        return 2 if self.escalation else int(self.verb not in _READING)

    def _is_among(self, verbs: set[str] | None, group: str | None, resources: str) -> bool:
        return (
            (verbs is None or self.verb in verbs)
            and (self.group is not None and group in (None, self.group))
            and any(_resource_covers(self.resource, each) for each in resources.split())
        )


def permissions(rules: list[dict] | None) -> list[str]:
    """What *rules* of a Role or ClusterRole allow, one verb on one resource each, however they are grouped."""
    return sorted({str(power) for power in expanded(rules)})


def expanded(rules: list[dict] | None) -> Iterator[Power]:
    """Every power that *rules* of a Role or ClusterRole give."""
    for rule in rules or []:
        verbs, groups, resources, urls, names = (rule.get(key) or [] for key in _FIELDS)
        yield from (Power(verb, None, url) for verb, url in product(verbs, urls))
        # An empty list of names means every object.
        yield from (Power(*power) for power in product(verbs, groups, resources, names or [None]))


def _word(word: str, plain: re.Pattern = _PLAIN) -> str:
    return word if plain.fullmatch(word) else json.dumps(word)


def _resource_covers(wide: str, narrow: str) -> bool:
    # https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
    _, slash, below = narrow.partition("/")
    return wide in ("*", narrow) or bool(slash and wide == f"*/{below}")


def _url_covers(wide: str, narrow: str) -> bool:
    return wide == narrow or (wide.endswith("*") and narrow.startswith(wide.rstrip("*")))
