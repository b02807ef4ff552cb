"""May the pods of one workload reach those of another?"""

from dataclasses import dataclass
from functools import cached_property

from trinokit.architecture import network_policy_evaluation, service_backends
from trinokit.architecture.network_policy_evaluation import TrafficEnd
from trinokit.architecture.table_building import join_names
from trinokit.architecture.workloads import Workload, find_workloads, pods_by_workload
from trinokit.objects import Object, Objects


@dataclass(frozen=True)
class Network:
    """The workloads of *objects*, and what stands between them."""

    objects: Objects

    @cached_property
    def workloads(self) -> list[Workload]:
        """Every workload, by namespace and name."""
        return find_workloads(self.objects)

    @cached_property
    def running(self) -> dict[tuple[str, str], list[Object]]:
        """The live pods, by the namespace and the Kind/name of their workload."""
        return pods_by_workload(self.objects)

    @cached_property
    def traffic_ends(self) -> dict[Workload, TrafficEnd]:
        """Each workload as a NetworkPolicy sees its pods."""
        return {each: self._traffic_end(each) for each in self.workloads}

    def behind(self, service: Object) -> list[Workload]:
        """The workloads whose pods *service* selects."""
        return self._workloads_by_service[service]

    def idle(self, service: Object) -> bool:
        """Whether none of the pods behind a live *service* is ready."""
        return service in self._unready_services

    def refusal(self, source: Workload, target: Workload | TrafficEnd, port: int) -> str:
        """Which policies refuse traffic from *source* to a pod *port* of *target*, in words; empty where none does."""
        # Nothing keeps a pod from reaching itself.
        if source == target and source.object.at("spec", "replicas") in (None, 1):
            return ""
        end = target if isinstance(target, TrafficEnd) else self.traffic_ends[target]
        refusal_reason = network_policy_evaluation.traffic_refusal(self.traffic_ends[source], end, port, self.objects)
        if refusal_reason is None:
            return ""
        names = [f"{each.kind}/{each.name} in {each.namespace}" for each in refusal_reason.policies]
        do, way = "do" if len(names) > 1 else "does", "in" if refusal_reason.side == "ingress" else "out"
        return f"{join_names(names)} {do} not let it {way} to port {port}"

    @cached_property
    def _workloads_by_service(self) -> dict[Object, list[Workload]]:
        return {each: service_backends.selected_workloads(each, self.workloads) for each in self.objects.of("Service")}

    @cached_property
    def _unready_services(self) -> set[Object]:
        answers = {
            service: service_backends.ready_pod_counts(service, behind, self.running, self.objects)
            for service, behind in self._workloads_by_service.items()
        }
        return {service for service, (ready, _) in answers.items() if ready == 0}

    def _traffic_end(self, workload: Workload) -> TrafficEnd:
        live = self.running.get((workload.namespace, str(workload)), [])
        addresses = sorted({str(each.at("status", "podIP")) for each in live if each.at("status", "podIP")})
        shared = bool(workload.spec.get("hostNetwork"))
        return TrafficEnd(
            namespace=workload.namespace,
            labels=workload.labels,
            ips=tuple(addresses),
            ports=workload.ports,
            on_host_network=shared,
        )
