"""Which rules does a role have, also one that collects those of other roles?"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from trinokit.architecture.label_selectors import selector_matches
from trinokit.objects import Object, Objects

_BOOTSTRAP_LABEL = ("kubernetes.io/bootstrapping", "rbac-defaults")


@dataclass(frozen=True)
class RoleLookup:
    """The roles of *own*, and of *known* those that it lacks."""

    own: Objects
    role_objects: Objects | None = field(default=None)

    def rules(self, kind: str, namespace: str, name: str) -> list[dict] | None:
        """The rules of a role; none where there is no such role."""
        role = self.own.find(kind, namespace, name)
        if role is None:
            role = self.role_objects.find(kind, namespace, name) if self.role_objects else None
        elif self.own.side == "declared" and role.at("aggregationRule"):
            return self.collected_rules(role)
        return role.at("rules") if role else None

    def collected_rules(self, role: Object, visited_roles: tuple[str, ...] = ()) -> list[dict]:
        """The rules that an aggregated *role* collects from those with its labels, declared or made by Kubernetes."""
        rules: list[dict] = []
        for each in self._collectable_roles():
            if each.name in (role.name, *visited_roles) or not selects_role(role, each):
                continue
            nested = each.at("aggregationRule") is not None
            rules += self.collected_rules(each, (*visited_roles, role.name)) if nested else each.at("rules") or []
        return rules

    def _collectable_roles(self) -> Iterator[Object]:
        yield from self.own.of("ClusterRole")
        for each in self.role_objects.of("ClusterRole") if self.role_objects else ():
            if self.own.find("ClusterRole", "", each.name) is None and is_made_by_kubernetes(each):
                yield each


def is_made_by_kubernetes(object: Object) -> bool:
    """Whether Kubernetes itself makes *object* when a cluster begins."""
    label, value = _BOOTSTRAP_LABEL
    return object.labels.get(label) == value


def selects_role(role: Object, other: Object) -> bool:
    """Whether the aggregated *role* collects the rules of the *other* one, by its labels."""
    return any(
        selector_matches(each, other.labels) for each in role.at("aggregationRule", "clusterRoleSelectors") or []
    )
