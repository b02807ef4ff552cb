"""Which Service leads to which pods, on which port, and are they ready?"""

from trinokit.architecture.workloads import Workload, is_pod_ready
from trinokit.objects import Object, Objects


def selected_workloads(service: Object, workloads: list[Workload]) -> list[Workload]:
    """The *workloads* whose pods the *service* selects."""
    selector = service.at("spec", "selector") or {}
    if not selector or service.at("spec", "type") == "ExternalName":
        return []
    return [
        each for each in workloads if each.namespace == service.namespace and selector.items() <= each.labels.items()
    ]


def service_type(service: Object) -> str:
    """The type of *service*; Headless where its name leads to the pods themselves."""
    if service.at("spec", "clusterIP") == "None":
        return "Headless"
    return service.at("spec", "type") or "ClusterIP"


def find_service_port(service: Object, port: int | str) -> dict | None:
    """The port of *service* whose number or name is *port*."""
    for each in service.at("spec", "ports") or []:
        if port in (each.get("port"), each.get("name")):
            return each
    return None


def format_port_numbers(service: Object) -> str:
    """The ports of *service*, in words."""
    return ", ".join(str(each["port"]) for each in service.at("spec", "ports") or [])


def target_port(service_port: dict, workload: Workload) -> int | None:
    """The port of the pods of *workload* that a *service_port* leads to; None when they name none so."""
    target = service_port.get("targetPort") or service_port["port"]
    if isinstance(target, int):
        return target
    return workload.ports.get((service_port.get("protocol") or "TCP", target))


def ready_pod_counts(
    service: Object, behind: list[Workload], running: dict, objects: Objects
) -> tuple[int | None, int | None]:
    """How many pods, or addresses, of how many behind *service* are ready; unknown where nothing is live."""
    if objects.side != "live" or service.at("spec", "type") == "ExternalName":
        return None, None
    # A condition that is not there counts as ready.
    # https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/
    states = {
        address: (each.get("conditions") or {}).get("ready") is not False
        for each in service_endpoints(service, objects)
        for address in each["addresses"]
    }
    if states:
        return sum(states.values()), len(states)
    pods = [pod for each in behind for pod in running.get((each.namespace, str(each)), [])]
    return sum(map(is_pod_ready, pods)), len(pods)


def service_endpoints(service: Object, objects: Objects) -> list[dict]:
    """The endpoints that the cluster itself lists for *service*."""
    return [
        endpoint
        for each in objects.of("EndpointSlice")
        if each.namespace == service.namespace and each.labels.get("kubernetes.io/service-name") == service.name
        for endpoint in each.at("endpoints") or []
    ]
