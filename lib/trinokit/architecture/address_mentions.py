"""Which addresses do the workloads mention, and where is that written?"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trinokit.architecture import config_references
from trinokit.architecture.address_parser import Address, embedded_addresses, is_address_key, parse_addresses
from trinokit.architecture.environment_variables import container_environment, expand_variables, workload_environment
from trinokit.architecture.settings_parser import ParsedConfig, Setting, parse_settings
from trinokit.architecture.workloads import Workload, find_workloads
from trinokit.findings import CRITICAL, OK, Finding
from trinokit.objects import Object, Objects

# Rules and dashboards are full of links for people.
_RULES_OR_DASHBOARD = re.compile(r'^groups:|^\s*\{.*"panels"\s*:', re.S | re.M)
_PORT_KEY = re.compile("host(name)?$", re.I)


@dataclass(frozen=True)
class Mention:
    """A *workload* has an *address* from *evidence*, an object of its namespace, where it stands under *key*."""

    workload: Workload
    address: Address
    evidence: str
    key: str


def address_mentions(workload: Workload, objects: Objects) -> list[Mention]:
    """The addresses in the files, the environment and the arguments of *workload*, each place once."""
    variables = workload_environment(workload, objects)
    mentions = [
        *_file_mentions(workload, variables, objects),
        *_environment_mentions(workload, objects),
        *_argument_mentions(workload, variables),
    ]
    return list(dict.fromkeys(mentions))


def unreadable_config_findings(objects: Objects) -> list[Finding]:
    """Texts in ConfigMaps that a workload mounts and that could not be read, so that their addresses are unknown."""
    texts = {
        (each, name): parsed.problem
        for workload in find_workloads(objects)
        for each, name, parsed in _mounted_texts(workload, objects)
    }
    findings = [
        Finding(CRITICAL, str(each), f"could not be read: {name}: {problem}")
        for (each, name), problem in texts.items()
        if problem
    ]
    return findings or [Finding(OK, "configuration", f"{len(texts)} texts that workloads mount could be read")]


def _mounted_texts(workload: Workload, objects: Objects) -> Iterator[tuple[Object, str, ParsedConfig]]:
    for name, key in sorted(
        {
            (file.name, file.key)
            for file in config_references.mounted_files(workload, objects)
            if file.kind == "ConfigMap"
        }
    ):
        object = objects.find("ConfigMap", workload.namespace, name)
        text = object.at("data", key) if object else None
        if text and not _RULES_OR_DASHBOARD.search(text):
            yield object, key, parse_settings(key, text)


def _file_mentions(workload: Workload, variables: dict, objects: Objects) -> Iterator[Mention]:
    for object, name, parsed in _mounted_texts(workload, objects):
        values = [Setting(each.key, expand_variables(each.value, variables)) for each in parsed.settings]
        logical = {part for each in values if each.key == "dfs.nameservices" for part in each.value.split(",")}
        for key, address in _addresses_with_ports(values):
            if address.host not in logical:
                location = name if key == name else f"{name}: {key}"
                yield Mention(workload, address, f"ConfigMap/{object.name}", location)
        for address in _script_addresses(name, expand_variables(object.at("data", name), variables)):
            yield Mention(workload, address, f"ConfigMap/{object.name}", name)


def _script_addresses(name: str, text: str) -> list[Address]:
    code = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return embedded_addresses("\n".join(code)) if name.endswith(".sh") else []


def _environment_mentions(workload: Workload, objects: Objects) -> Iterator[Mention]:
    for container in workload.containers:
        variables = container_environment(container, workload, objects)
        for name, address in _addresses_with_ports(
            [Setting(name, value) for name, value in variables.items() if value]
        ):
            yield Mention(workload, address, str(workload), f"env {name}")
        for name, value in variables.items():
            if value is None and is_address_key(name):
                yield Mention(workload, Address("unknown", "", None, f"$({name})"), str(workload), f"env {name}")


def _argument_mentions(workload: Workload, variables: dict) -> Iterator[Mention]:
    for container in workload.containers:
        every = [*(container.get("command") or []), *(container.get("args") or [])]
        for word, before in zip(every, ["", *every], strict=False):
            text = expand_variables(word, variables)
            for name, address in _argument_addresses(text, before):
                yield Mention(workload, address, str(workload), f"args {name}".strip())


def _argument_addresses(text: str, before: str) -> Iterator[tuple[str, Address]]:
    if "\n" in text or len(text.split()) > 3:
        yield from (("", address) for address in embedded_addresses(text))
        return
    name, value = "", text
    if text.startswith("-") and "=" in text:
        name, _, value = text.partition("=")
    elif before.startswith("-") and "=" not in before:
        name = before
    yield from ((name, address) for address in parse_addresses(name.lstrip("-"), value))


def _addresses_with_ports(values: Iterable[Setting]) -> Iterator[tuple[str, Address]]:
    """The addresses in *values*; a host takes the port from the setting beside it, as in DB_HOST and DB_PORT."""
    ports = {each.key.lower(): each.value for each in values if each.key.lower().endswith("port")}
    for each in values:
        port_text = ports.get(_PORT_KEY.sub("port", each.key.lower()), "")
        for address in parse_addresses(each.key, each.value):
            if port_text.isdecimal() and not re.search(r":\d+$", address.written) and "://" not in address.written:
                address = Address(address.protocol, address.host, int(port_text), f"{address.written}:{port_text}")
            yield each.key, address
