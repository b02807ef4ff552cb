"""May the pods of one workload reach those of another?"""

from dataclasses import dataclass
from functools import cached_property

from trinokit.architecture import policies, serving
from trinokit.architecture import workloads as made
from trinokit.architecture.policies import End
from trinokit.architecture.wording import listed
from trinokit.architecture.workloads import Workload
from trinokit.objects import Object, Objects


@dataclass(frozen=True)
class Network:
    """The workloads of *objects*, and what stands between them."""

    objects: Objects

    @cached_property
    def workloads(self) -> list[Workload]:
        """Every workload, by namespace and name."""
        return made.found(self.objects)

    @cached_property
    def running(self) -> dict[tuple[str, str], list[Object]]:
        """The live pods, by the namespace and the Kind/name of their workload."""
        return made.pods(self.objects)

    @cached_property
    def ends(self) -> dict[Workload, End]:
        """Each workload as a NetworkPolicy sees its pods."""
        return {each: self._end(each) for each in self.workloads}

    def behind(self, service: Object) -> list[Workload]:
        """The workloads whose pods *service* selects."""
        return self._behind[service]

    def idle(self, service: Object) -> bool:
        """Whether none of the pods behind a live *service* is ready."""
        return service in self._idle

    def refusal(self, source: Workload, target: Workload | End, port: int) -> str:
        """Which policies refuse traffic from *source* to a pod *port* of *target*, in words; empty where none does."""
        # Nothing keeps a pod from reaching itself.
        if source == target and source.object.at("spec", "replicas") in (None, 1):
            return ""
        end = target if isinstance(target, End) else self.ends[target]
        refused = policies.refused(self.ends[source], end, port, self.objects)
        if refused is None:
            return ""
        names = [f"{each.kind}/{each.name} in {each.namespace}" for each in refused.policies]
        do, way = "do" if len(names) > 1 else "does", "in" if refused.side == "ingress" else "out"
        return f"{listed(names)} {do} not let it {way} to port {port}"

    @cached_property
    def _behind(self) -> dict[Object, list[Workload]]:
        return {each: serving.chosen(each, self.workloads) for each in self.objects.of("Service")}

    @cached_property
    def _idle(self) -> set[Object]:
        answers = {
            service: serving.answering(service, behind, self.running, self.objects)
            for service, behind in self._behind.items()
        }
        return {service for service, (ready, _) in answers.items() if ready == 0}

    def _end(self, workload: Workload) -> End:
        live = self.running.get((workload.namespace, str(workload)), [])
        addresses = sorted({str(each.at("status", "podIP")) for each in live if each.at("status", "podIP")})
        shared = bool(workload.spec.get("hostNetwork"))
        return End(workload.namespace, workload.labels, tuple(addresses), workload.ports, shared)
