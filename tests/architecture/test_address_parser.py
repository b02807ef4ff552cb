"""Addresses are found in every way of writing them, and nothing else is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trinokit.architecture.address_parser import Address, embedded_addresses, is_address_key, parse_addresses


def found(key: str, value: str) -> list[tuple]:
    return [(each.protocol, each.host, each.port) for each in parse_addresses(key, value)]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("hive.metastore.uri", "thrift://h:9083", [("thrift", "h", 9083)]),
        ("hive.metastore.uri", "thrift://a:1,thrift://b:2", [("thrift", "a", 1), ("thrift", "b", 2)]),
        ("hive.metastore.uri", "thrift://a, thrift://b", [("thrift", "a", 9083), ("thrift", "b", 9083)]),
        ("s3.endpoint", "http://minio.minio:9000", [("s3", "minio.minio", 9000)]),
        ("hive.s3.endpoint", "https://s3.example.com", [("s3", "s3.example.com", 443)]),
        ("fs.s3a.endpoint", "minio:9000", [("s3", "minio", 9000)]),
        ("redis.nodes", "a:6380,b", [("redis", "a", 6380), ("redis", "b", 6379)]),
        ("connection-url", "jdbc:mysql://db:3306/x?user=u&password=p", [("mysql", "db", 3306)]),
        ("connection-url", "jdbc:mariadb://db/x", [("mysql", "db", 3306)]),
        ("connection-url", "jdbc:mysql:loadbalance://a:1,b/x", [("mysql", "a", 1), ("mysql", "b", 3306)]),
        ("connection-url", "jdbc:postgresql://db/x", [("postgresql", "db", 5432)]),
        ("connection-url", "jdbc:sqlserver://db:1433;databaseName=x", [("sqlserver", "db", 1433)]),
        ("connection-url", "jdbc:oracle:thin:@//db:1521/x", [("oracle", "db", 1521)]),
        ("connection-url", "jdbc:oracle:thin:@db:1521:x", [("oracle", "db", 1521)]),
        ("mysql-event-listener.db.url", "jdbc:mysql://m:3306/t", [("mysql", "m", 3306)]),
        ("mongodb.connection-url", "mongodb://u:p@a:27017,b/?x=1", [("mongodb", "a", 27017), ("mongodb", "b", 27017)]),
        ("fs.defaultFS", "hdfs://namenode/path", [("hdfs", "namenode", 8020)]),
        ("discovery.uri", "http://trino:8080", [("http", "trino", 8080)]),
        ("discovery.uri", "https://trino", [("http", "trino", 443)]),
        ("kafka.nodes", "k1:9092, k2:9092", [("kafka", "k1", 9092), ("kafka", "k2", 9092)]),
        ("KAFKA_LISTENERS_URL", "PLAINTEXT://k:9092", [("kafka", "k", 9092)]),
        ("cassandra.contact-points", "c1;c2", [("cassandra", "c1", 9042), ("cassandra", "c2", 9042)]),
        ("hbase.zookeeper.quorum", "z1,z2", [("zookeeper", "z1", 2181), ("zookeeper", "z2", 2181)]),
        ("dfs.namenode.rpc-address.ns.nn1", "nn1:8020", [("hdfs", "nn1", 8020)]),
        ("kdc", "kdc.example.com", [("kerberos", "kdc.example.com", 88)]),
        ("MYSQL_HOST", "db", [("mysql", "db", 3306)]),
        ("DB_HOST", "db.ns.svc", [("tcp", "db.ns.svc", None)]),
        ("DB_ADDR", "db:5432", [("postgresql", "db", 5432)]),
        ("ldap.url", "ldaps://ldap.example.com", [("ldaps", "ldap.example.com", 636)]),
        ("replicaof", "redis-0 6379", [("tcp", "redis-0", 6379)]),
        ("sentinel", "mymaster redis-0 6379 2", [("tcp", "redis-0", 6379)]),
        ("scrape_configs[redis].targets", "redis:9121", [("metrics", "redis", 9121)]),
        ("datasources[P].url", "http://prometheus:9090", [("http", "prometheus", 9090)]),
        ("endpoint", "http://[fd00::1]:9000", [("http", "fd00::1", 9000)]),
        ("url", "HTTP://Trino.:8080/", [("http", "trino", 8080)]),
        ("url", "'http://a:1'", [("http", "a", 1)]),
        ("", "http://minio-{0...2}.minio:9000/data", [("http", f"minio-{n}.minio", 9000) for n in range(3)]),
        ("url", "http://a:99999", [("http", "a", None)]),
    ],
)
def test_an_address_is_found(key, value, expected):
    if key in ("replicaof", "sentinel"):
        expected = [("redis", *each[1:]) for each in expected]

    assert found(key, value) == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hive.metastore.warehouse.dir", "s3a://bucket/path"),
        ("hive.metastore.warehouse.dir", "file:///data"),
        ("GF_SERVER_ROOT_URL", "https://grafana.example.com"),
        ("MINIO_SERVER_URL", "http://minio:9000"),
        ("hive.metastore.thrift.bind.host", "a"),
        ("listen", "a:80"),
        ("$schema", "http://json-schema.org/x"),
        ("rules[0].annotations.runbook_url", "https://wiki.example.com/x"),
        ("image", "trino:476"),
        ("window", "12:30"),
        ("hosts", "10"),
        ("server", "nginx"),
        ("endpoint", "true"),
        ("note", "see http://example.com"),
        ("server", "a, b:c d"),
        ("connector.name", "hive"),
        ("url", ""),
        ("url", "://"),
    ],
)
def test_what_is_no_address_of_another_is_none(key, value):
    assert parse_addresses(key, value) == []


def test_users_passwords_paths_and_queries_are_not_kept():
    [address] = parse_addresses("url", "https://user:pa$$word@hooks.example.com:8443/T000/token?key=secret")

    assert address == Address("http", "hooks.example.com", 8443, "https://hooks.example.com:8443")


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("connection-url", "jdbc:mysql://${ENV:HOST}:3306/x", "jdbc:mysql://${ENV:HOST}:3306"),
        ("hive.metastore.uri", "${ENV:METASTORE}", "${ENV:METASTORE}"),
    ],
)
def test_an_address_with_an_unknown_part_has_no_host(key, value, written):
    [address] = parse_addresses(key, value)

    assert (address.host, address.port, address.written) == ("", None, written)


def test_a_range_cannot_become_endless():
    assert len(parse_addresses("", "http://m-{1...999999}:9000")) == 65


def test_addresses_inside_a_script_are_found():
    script = 'until mc alias set s http://minio:9000 "$A"; do sleep 1; done\ncurl -s https://$HOST/x s3://bucket/y'

    assert embedded_addresses(script) == [Address("http", "minio", 9000, "http://minio:9000")]


@pytest.mark.parametrize(
    ("key", "asks"), [("DB_URL", True), ("s3.endpoint", True), ("DB_PASSWORD", False), ("X", False)]
)
def test_a_name_tells_whether_an_address_is_expected(key, asks):
    assert is_address_key(key) is asks


KEYS = st.sampled_from(["url", "redis.nodes", "DB_HOST", "replicaof", "s3.endpoint", "x", ""])
PIECES = st.sampled_from(
    ["http://", "jdbc:", "a", ":80", ",", "@", "{1...3}", "${X}", " ", "//", "[::1]", "mysql:", "/"]
)


@given(KEYS, st.text() | st.lists(PIECES, max_size=12).map("".join))
def test_whatever_is_written_a_host_is_a_host(key, value):
    for each in parse_addresses(key, value):
        assert not set(each.host) & set(" /@,$")
        assert each.port is None or 0 < each.port < 65536


@given(st.text() | st.lists(PIECES, max_size=30).map("".join))
def test_no_script_is_too_strange(text):
    assert all(each.host for each in embedded_addresses(text))
