"""A live coordinator is compared with what clients ask for, and with the names under which they reach it."""

from dataclasses import replace

import pytest
from tests.architecture.objects import objects, service, workload
from tests.kerberos.login.test_keytab_checks import GOOD, REFUSED, URL

from trinokit.findings import CRITICAL, INFO, OK, Finding
from trinokit.kerberos.login import diagnosis as kerberos
from trinokit.kerberos.login.acceptor import Acceptor, coordinator_acceptors
from trinokit.objects import Objects

CONFIG = """\
coordinator=true
http-server.authentication.type=password, KERBEROS
http-server.authentication.krb5.service-name=trino
http-server.authentication.krb5.principal-hostname=trino.example.com
http-server.authentication.krb5.keytab=/etc/trino/kerberos/trino.keytab
"""
INGRESS = """
kind: Ingress
metadata: {name: trino}
spec:
  rules:
    - host: trino.example.com
      http: {paths: [{path: /, backend: {service: {name: trino, port: {number: 8443}}}}]}
"""
NAMES = ("trino", "trino.trino", "trino.trino.svc", "trino.trino.svc.cluster.local", "trino.example.com")


def live(config: str = CONFIG, ingress: str = INGRESS) -> Objects:
    """A coordinator and a worker, each with its ConfigMap."""
    parts = []
    for role, text in (("coordinator", config), ("worker", "coordinator=false\n")):
        volumes = [{"name": "config", "configMap": {"name": f"trino-{role}"}}]
        mounts = [{"name": "config", "mountPath": "/etc/trino"}]
        parts.append(workload(f"trino-{role}", pod={"volumes": volumes}, container={"volumeMounts": mounts}))
        parts.append({"kind": "ConfigMap", "metadata": {"name": f"trino-{role}"}, "data": {"config.properties": text}})
    return objects(*parts, service("trino", 8443, app="trino-coordinator"), ingress)


def found(config: str, **more: str) -> list[Finding]:
    """What is said of the coordinator beside what is said of everything else."""
    realm = replace(GOOD, **more)
    return [each for each in kerberos.login_findings(realm, live(config)) if each not in kerberos.login_findings(realm)]


def test_a_coordinator_is_what_its_config_map_says_and_reached_by_each_name():
    assert coordinator_acceptors(live()) == (
        Acceptor(
            workload="Deployment/trino-coordinator in trino",
            config_map="ConfigMap/trino-coordinator in trino",
            types=("PASSWORD", "KERBEROS"),
            service="trino",
            hostname="trino.example.com",
            keytab="/etc/trino/kerberos/trino.keytab",
            names=NAMES,
        ),
    )


def test_one_that_accepts_what_clients_ask_for_is_in_order():
    sentence = "accepts tickets for trino/trino.example.com, which clients ask for"

    assert found(CONFIG) == [Finding(OK, "ConfigMap/trino-coordinator in trino", sentence)]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "password, KERBEROS",
            "PASSWORD",
            "lets nobody in by Kerberos: http-server.authentication.type is PASSWORD",
        ),
        (
            "http-server.authentication.type=password, KERBEROS\n",
            "",
            "lets nobody in by Kerberos: http-server.authentication.type is not set",
        ),
        (
            "service-name=trino",
            "service-name=HTTP",
            "accepts tickets for HTTP/trino.example.com, and clients ask for trino/trino.example.com: write service: "
            "HTTP and hostname: trino.example.com into clusters.yaml, or change it there",
        ),
        (
            "hostname=trino.example.com",
            "hostname=trino",
            "accepts tickets for trino/trino, and clients ask for trino/trino.example.com: write service: trino and "
            "hostname: trino into clusters.yaml, or change it there",
        ),
        (
            "http-server.authentication.krb5.principal-hostname=trino.example.com\n",
            "",
            "has no http-server.authentication.krb5.principal-hostname, so its principal has the name of its pod, "
            "which no client asks for: set it to trino.example.com",
        ),
        (
            "hostname=trino.example.com",
            "hostname=${ENV:HOST}",
            "could not be compared: its principal is trino/${ENV:HOST}, in variables",
        ),
    ],
)
def test_one_that_accepts_other_tickets_is_told(old, new, sentence):
    assert found(CONFIG.replace(old, new)) == [Finding(CRITICAL, "ConfigMap/trino-coordinator in trino", sentence)]


def test_a_ticket_that_it_refuses_is_put_down_to_its_configuration():
    told = found(CONFIG.replace("service-name=trino", "service-name=HTTP"), login=REFUSED)

    assert [each.subject for each in told] == ["ConfigMap/trino-coordinator in trino", URL]
    assert told[1].sentence.endswith(", as was to be expected: see ConfigMap/trino-coordinator in trino")


def test_a_host_under_which_nobody_reaches_it_is_told_to_clients():
    realm = replace(GOOD, service="trino/TRINO.example.com")
    elsewhere = INGRESS.replace("host: trino.example.com", "host: sql.example.com")

    assert [each for each in kerberos.login_findings(realm, live(ingress=elsewhere)) if each.severity == INFO] == [
        Finding(
            INFO,
            "Deployment/trino-coordinator in trino",
            "is reached as trino, trino.trino, trino.trino.svc, trino.trino.svc.cluster.local, sql.example.com, and "
            "its principal has the host trino.example.com: clients must give it, as hostname_override in Python",
        )
    ]
    assert not [each for each in kerberos.login_findings(realm, live()) if each.severity == INFO]


def test_a_cluster_without_a_coordinator_could_not_be_compared():
    assert Finding(
        CRITICAL, "coordinator", "could not be compared: no live ConfigMap with its config.properties"
    ) in kerberos.login_findings(GOOD, objects())


def test_the_table_says_what_it_is_set_up_for():
    lines = [tuple(row) for row in kerberos.login_table(GOOD, live()).itertuples(index=False)]

    assert lines[-4:] == [
        ("ConfigMap/trino-coordinator in trino", "authentication", "PASSWORD,KERBEROS"),
        ("ConfigMap/trino-coordinator in trino", "principal", "trino/trino.example.com"),
        ("ConfigMap/trino-coordinator in trino", "keytab", "/etc/trino/kerberos/trino.keytab"),
        ("Deployment/trino-coordinator in trino", "reached as", ", ".join(NAMES)),
    ]
