"""Which addresses do the workloads mention, and where is that written?"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trinokit.architecture import uses
from trinokit.architecture import workloads as made
from trinokit.architecture.addresses import Address, addresses, asks_for_address, embedded
from trinokit.architecture.settings import Setting, Text, settings
from trinokit.architecture.variables import every_variable, expanded, variables
from trinokit.architecture.workloads import Workload
from trinokit.findings import CRITICAL, OK, Finding
from trinokit.objects import Object, Objects

# Rules and dashboards are full of links for people.
_NOT_CONFIGURATION = re.compile(r'^groups:|^\s*\{.*"panels"\s*:', re.S | re.M)
_PORT_KEY = re.compile("host(name)?$", re.I)


@dataclass(frozen=True)
class Mention:
    """A *workload* has an *address* from *evidence*, an object of its namespace, where it stands under *key*."""

    workload: Workload
    address: Address
    evidence: str
    key: str


def mentions(workload: Workload, objects: Objects) -> list[Mention]:
    """The addresses in the files, the environment and the arguments of *workload*, each place once."""
    known = every_variable(workload, objects)
    found = [*_in_files(workload, known, objects), *_in_environment(workload, objects), *_in_arguments(workload, known)]
    return list(dict.fromkeys(found))


def unreadable(objects: Objects) -> list[Finding]:
    """Texts in ConfigMaps that a workload mounts and that could not be read, so that their addresses are unknown."""
    texts = {
        (each, name): read.problem for workload in made.found(objects) for each, name, read in _texts(workload, objects)
    }
    findings = [
        Finding(CRITICAL, str(each), f"could not be read: {name}: {problem}")
        for (each, name), problem in texts.items()
        if problem
    ]
    return findings or [Finding(OK, "configuration", f"{len(texts)} texts that workloads mount could be read")]


def _texts(workload: Workload, objects: Objects) -> Iterator[tuple[Object, str, Text]]:
    for name, key in sorted(
        {(file.name, file.key) for file in uses.files(workload, objects) if file.kind == "ConfigMap"}
    ):
        object = objects.find("ConfigMap", workload.namespace, name)
        text = object.at("data", key) if object else None
        if text and not _NOT_CONFIGURATION.search(text):
            yield object, key, settings(key, text)


def _in_files(workload: Workload, known: dict, objects: Objects) -> Iterator[Mention]:
    for object, name, read in _texts(workload, objects):
        values = [Setting(each.key, expanded(each.value, known)) for each in read.settings]
        logical = {part for each in values if each.key == "dfs.nameservices" for part in each.value.split(",")}
        for key, address in _with_ports(values):
            if address.host not in logical:
                where = name if key == name else f"{name}: {key}"
                yield Mention(workload, address, f"ConfigMap/{object.name}", where)
        for address in _in_script(name, expanded(object.at("data", name), known)):
            yield Mention(workload, address, f"ConfigMap/{object.name}", name)


def _in_script(name: str, text: str) -> list[Address]:
    code = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return embedded("\n".join(code)) if name.endswith(".sh") else []


def _in_environment(workload: Workload, objects: Objects) -> Iterator[Mention]:
    for container in workload.containers:
        found = variables(container, workload, objects)
        for name, address in _with_ports([Setting(name, value) for name, value in found.items() if value]):
            yield Mention(workload, address, str(workload), f"env {name}")
        for name, value in found.items():
            if value is None and asks_for_address(name):
                yield Mention(workload, Address("unknown", "", None, f"$({name})"), str(workload), f"env {name}")


def _in_arguments(workload: Workload, known: dict) -> Iterator[Mention]:
    for container in workload.containers:
        every = [*(container.get("command") or []), *(container.get("args") or [])]
        for word, before in zip(every, ["", *every], strict=False):
            text = expanded(word, known)
            for name, address in _in_argument(text, before):
                yield Mention(workload, address, str(workload), f"args {name}".strip())


def _in_argument(text: str, before: str) -> Iterator[tuple[str, Address]]:
    if "\n" in text or len(text.split()) > 3:
        yield from (("", address) for address in embedded(text))
        return
    name, value = "", text
    if text.startswith("-") and "=" in text:
        name, _, value = text.partition("=")
    elif before.startswith("-") and "=" not in before:
        name = before
    yield from ((name, address) for address in addresses(name.lstrip("-"), value))


def _with_ports(values: Iterable[Setting]) -> Iterator[tuple[str, Address]]:
    """The addresses in *values*; a host takes the port from the setting beside it, as in DB_HOST and DB_PORT."""
    ports = {each.key.lower(): each.value for each in values if each.key.lower().endswith("port")}
    for each in values:
        beside = ports.get(_PORT_KEY.sub("port", each.key.lower()), "")
        for address in addresses(each.key, each.value):
            if beside.isdecimal() and not re.search(r":\d+$", address.written) and "://" not in address.written:
                address = Address(address.protocol, address.host, int(beside), f"{address.written}:{beside}")
            yield each.key, address
