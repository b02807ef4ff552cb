"""Which addresses does a setting hold? Hosts, ports and protocols, never users, passwords or paths."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

DEFAULT_PORTS = {
    "thrift": 9083, "mysql": 3306, "postgresql": 5432, "redis": 6379, "hdfs": 8020, "kafka": 9092, "mongodb": 27017,
    "zookeeper": 2181, "ldap": 389, "ldaps": 636, "cassandra": 9042, "kerberos": 88, "http": 80, "https": 443,
    "sqlserver": 1433, "oracle": 1521, "trino": 8080, "clickhouse": 8123, "elasticsearch": 9200, "memcached": 11211,
}  # fmt: skip
_PROTOCOL_BY_SCHEME = {
    "mariadb": "mysql", "postgres": "postgresql", "rediss": "redis", "webhdfs": "hdfs", "mongodb+srv": "mongodb",
    "presto": "trino", "hive2": "thrift", "plaintext": "kafka", "ssl": "kafka", "sasl_ssl": "kafka", "zk": "zookeeper",
    "sasl_plaintext": "kafka", "redis+sentinel": "redis", "oracle:thin": "oracle", "swebhdfs": "hdfs",
}  # fmt: skip
# Behind these stands a bucket or a path, and no host.
_SCHEMES_WITHOUT_HOST = {"s3", "s3a", "s3n", "gs", "file", "classpath", "jceks", "local", "unix", "viewfs"}
_PROTOCOL_BY_WORD = {
    "scrape_configs": "metrics", "redis": "redis", "mysql": "mysql", "mariadb": "mysql", "kafka": "kafka",
    "broker": "kafka", "bootstrap": "kafka", "cassandra": "cassandra", "metastore": "thrift", "mongo": "mongodb",
    "postgres": "postgresql", "ldap": "ldap", "kdc": "kerberos", "admin_server": "kerberos", "zookeeper": "zookeeper",
    "quorum": "zookeeper", "minio": "s3", "s3": "s3", "namenode": "hdfs", "hdfs": "hdfs", "memcache": "memcached",
    "elasticsearch": "elasticsearch", "opensearch": "elasticsearch",
}  # fmt: skip
# A key that may hold a host alone, and one that may hold a host and a port.
_HOST_KEY = re.compile(r"(^|[._-])(hosts?|hostname|endpoint|nodes|contact-points|kdc|admin_server|quorum)$", re.I)
_ADDRESS_KEY = re.compile(
    r"(^|[._-])(hosts?|hostname|endpoints?|nodes|contact-points|kdc|admin_server|quorum|addr(ess)?(es)?|ur[il]s?|"
    r"servers?|brokers?|targets?|peers?|seeds?|replicaof|slaveof|sentinel)$|(rpc|http)-address",
    re.I,
)
# What a process tells others about itself, where it listens, and what people read.
_NO_DEPENDENCY_KEY = re.compile(
    r"root_url|server_url|redirect|external[._-]?url|advertise|bind|(^|[._-])listen([._-]|$)|internal-address|\$schema|runbook|"
    r"description|summary|annotations|documentation|homepage|image|^user\b|http_addr$",
    re.I,
)
_URL = re.compile(
    r"(?P<jdbc>jdbc:)?(?P<scheme>[a-z][a-z0-9+_-]*(?::[a-z0-9+_-]+)*?):(?P<at>@?)//(?P<hosts>[^/?#;\s\"'<>|]*)", re.I
)
_ORACLE_THIN_URL = re.compile(r"(?P<jdbc>jdbc:)(?P<scheme>oracle):thin:@(?!//)(?P<hosts>[^/?#;\s:]+:\d+)", re.I)
_HOST_AND_PORT = re.compile(
    r"(?P<host>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:]+\])(?::(?P<port>\d{1,5}))?", re.I
)
_REPLICA_OF = re.compile(r"(?:\S+\s+)?(?P<host>\S+)\s+(?P<port>\d{2,5})(?:\s+\d+)?")
_NUMBER_RANGE = re.compile(r"\{(\d+)\.\.\.(\d+)\}")
_MOST_IN_RANGE = 64


@dataclass(frozen=True, order=True)
class Address:
    """A *host*, its *port* where one is known, the *protocol*, and the address as it is *written*.

    No host where a part of it is a variable whose value is not known.
    """

    protocol: str
    host: str
    port: int | None
    written: str


def parse_addresses(key: str, value: str) -> list[Address]:
    """The addresses that *value* holds when it is the setting *key*; nothing when it is no address.

    >>> [(each.host, each.port) for each in parse_addresses("connection-url", "jdbc:mysql://db.sales:3306/shop")]
    [('db.sales', 3306)]
    """
    if _NO_DEPENDENCY_KEY.search(key):
        return []
    value = value.strip().strip("\"'")
    if key.lower().endswith(("replicaof", "slaveof", "sentinel")) and (match := _REPLICA_OF.fullmatch(value)):
        value = f"{match['host']}:{match['port']}"
    addresses = list(_url_addresses(key, value)) or list(_plain_addresses(key, value))
    return list(dict.fromkeys(addresses))


def embedded_addresses(text: str) -> list[Address]:
    """The addresses inside a longer *text*, such as a script: those with a scheme whose port everybody knows."""
    addresses = [address for match in _URL.finditer(text) for address in _addresses_of_url(match, "")]
    return [each for each in dict.fromkeys(addresses) if each.protocol in DEFAULT_PORTS and each.host]


def is_address_key(key: str) -> bool:
    """Whether the name of the setting *key* says that its value is an address."""
    return bool(_ADDRESS_KEY.search(key)) and not _NO_DEPENDENCY_KEY.search(key)


def _url_addresses(key: str, value: str) -> Iterator[Address]:
    # Spaces, or a comma before the next scheme, part one address from the next.
    parts = re.split(r"\s+|,\s*(?=[A-Za-z][\w+.-]*:/?/?)", value)
    matches = [_URL.match(part) or _ORACLE_THIN_URL.match(part) for part in parts]
    if matches[0]:
        yield from (address for match in filter(None, matches) for address in _addresses_of_url(match, key))


def _addresses_of_url(match: re.Match, key: str) -> Iterator[Address]:
    scheme = match["scheme"].lower()
    first = scheme.partition(":")[0]
    protocol = _PROTOCOL_BY_SCHEME.get(scheme) or _PROTOCOL_BY_SCHEME.get(first) or first
    if first in _SCHEMES_WITHOUT_HOST:
        return
    port = DEFAULT_PORTS.get(protocol)
    word = _protocol_of_key(key)
    if protocol in ("http", "https"):
        protocol = word if word in ("s3", "metrics") else "http"
    before = f"{match['jdbc'] or ''}{match['scheme']}://"
    # Whoever puts a user and a password before the host does not want them in a report.
    for part in _expand_ranges(match["hosts"].rpartition("@")[2]):
        host_match = _HOST_AND_PORT.fullmatch(part)
        if host_match:
            yield Address(protocol, _normalized_host(host_match), _valid_port(host_match["port"], port), before + part)
        elif "$" in part:
            yield Address(protocol, "", None, before + part)


def _plain_addresses(key: str, value: str) -> Iterator[Address]:
    if not is_address_key(key):
        return
    parts = re.findall(r"[^,;\s]+", value)
    matches = [_HOST_AND_PORT.fullmatch(part) for part in parts]
    if all(matches) and (_HOST_KEY.search(key) or all(each["port"] for each in matches)):
        yield from map(partial(_plain_address, key), filter(_is_host, matches))
    elif len(parts) == 1 and "$" in value:
        yield Address(_protocol_of_key(key) or "tcp", "", None, value)


def _plain_address(key: str, match: re.Match) -> Address:
    protocol = _protocol_of_key(key) or _protocol_of_port(match["port"])
    return Address(protocol, _normalized_host(match), _valid_port(match["port"], DEFAULT_PORTS.get(protocol)), match[0])


def _is_host(match: re.Match) -> bool:
    # A lone number is a count or a port.
    return match["host"].lower() not in ("true", "false") and not match["host"].isdecimal()


def _expand_ranges(hosts: str) -> Iterator[str]:
    """Each of *hosts*, which a comma parts; minio-{0...3} are four."""
    for host in filter(None, hosts.split(",")):
        span = _NUMBER_RANGE.search(host)
        if span is None:
            yield host
            continue
        first, last = int(span[1]), int(span[2])
        for number in range(first, min(last, first + _MOST_IN_RANGE) + 1):
            yield from _expand_ranges(host[: span.start()] + str(number) + host[span.end() :])


def _normalized_host(match: re.Match) -> str:
    return match["host"].strip("[]").rstrip(".").lower()


def _valid_port(written: str | None, usual: int | None) -> int | None:
    number = int(written) if written else usual
    return number if number is not None and 0 < number < 65536 else None


def _protocol_of_key(key: str) -> str:
    lowered = key.lower()
    return next((protocol for word, protocol in _PROTOCOL_BY_WORD.items() if word in lowered), "")


def _protocol_of_port(port: str | None) -> str:
    return next((protocol for protocol, usual in DEFAULT_PORTS.items() if port == str(usual)), "tcp")
