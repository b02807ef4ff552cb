"""Which tickets does a live coordinator accept? Its configuration says, and by which names it is reached."""

from collections.abc import Iterator
from dataclasses import dataclass

from trinokit.architecture import config_references, entry_points, settings_parser
from trinokit.architecture.allowed_traffic import Network
from trinokit.architecture.workloads import Workload
from trinokit.objects import Object, Objects

_AUTHENTICATION_PREFIX = "http-server.authentication."


@dataclass(frozen=True)
class Acceptor:
    """A coordinator as its *config_map* sets it up: by which *types* it lets clients in, and what its principal is.

    *hostname* is empty where none is set; *names* are those under which Services and entries lead to it.
    """

    workload: str
    config_map: str
    types: tuple[str, ...]
    service: str
    hostname: str
    keytab: str
    names: tuple[str, ...] = ()

    @property
    def principal(self) -> str:
        """Its principal without the realm."""
        return f"{self.service}/{self.hostname}"


def coordinator_acceptors(live: Objects) -> tuple[Acceptor, ...]:
    """The live coordinators, by namespace and name."""
    network = Network(live)
    config_maps = [(workload, each) for workload in network.workloads for each in _config_maps(workload, live)]
    return tuple(_acceptor(workload, each, network) for workload, each in config_maps if _is_coordinator(each))


def _config_maps(workload: Workload, live: Objects) -> Iterator[Object]:
    for file in config_references.mounted_files(workload, live):
        if file.key == "config.properties" and file.kind == "ConfigMap":
            yield live.find("ConfigMap", workload.namespace, file.name)


def _config_properties(config_map: Object) -> dict[str, str]:
    text = (config_map.at("data") or {}).get("config.properties", "")
    return {each.key: each.value for each in settings_parser.parse_settings("config.properties", text).settings}


def _is_coordinator(config_map: Object) -> bool:
    return _config_properties(config_map).get("coordinator", "") == "true"


def _acceptor(workload: Workload, config_map: Object, network: Network) -> Acceptor:
    properties = _config_properties(config_map)
    return Acceptor(
        workload=f"{workload} in {workload.namespace}",
        config_map=str(config_map),
        types=tuple(
            each.strip().upper()
            for each in properties.get(f"{_AUTHENTICATION_PREFIX}type", "").split(",")
            if each.strip()
        ),
        service=properties.get(f"{_AUTHENTICATION_PREFIX}krb5.service-name", ""),
        hostname=properties.get(f"{_AUTHENTICATION_PREFIX}krb5.principal-hostname", ""),
        keytab=properties.get(f"{_AUTHENTICATION_PREFIX}krb5.keytab", ""),
        names=tuple(dict.fromkeys(_host_names(workload, network))),
    )


def _host_names(workload: Workload, network: Network) -> Iterator[str]:
    leading = [each for each in network.objects.of("Service") if workload in network.behind(each)]
    for each in leading:
        yield from (each.name, f"{each.name}.{each.namespace}")
        yield from (f"{each.name}.{each.namespace}.svc", f"{each.name}.{each.namespace}.svc.cluster.local")
    services = {(each.namespace, each.name) for each in leading}
    for row in entry_points.entry_point_table(network.objects).itertuples():
        if (row.namespace, row.service) in services:
            yield from (host.strip() for host in f"{row.host},{row.address}".split(",") if host.strip())
