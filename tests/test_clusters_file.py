"""clusters.yaml says where each cluster is, and a slip in it is found on its line."""

import pytest

from tests.conftest import ROOT
from trinokit import clusters_file
from trinokit.clusters_file import Cluster, DeclaredPart, KerberosLogin, KubernetesAccess, PrometheusAccess, TrinoAccess
from trinokit.errors import ParameterError

GOOD = """\
clusters:
  production:
    trino:
      url: https://trino.example.com
      user: report
      password: env:TRINO_PASSWORD
    table: mysql.events.trino_queries
    kubernetes:
      context: production
      namespaces:
        query engine: trino
        storage: [minio, hive-storage]
      kinds: [scaledobjects.keda.sh]
    declared:
      - path: charts/trino
        repository: ../deploy
        commit: v1.4.0
        release: trino
        namespace: trino
        values: [values/production.yaml]
      - path: overlays/production
    prometheus:
      url: http://prometheus.example.com:9090
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "clusters.yaml"
    path.write_text(GOOD)
    return path


def test_a_cluster_is_what_its_entry_says(path):
    assert clusters_file.read_clusters(path) == {
        "production": Cluster(
            trino=TrinoAccess("https://trino.example.com", "report", "env:TRINO_PASSWORD"),
            table="mysql.events.trino_queries",
            kubernetes=KubernetesAccess(
                {"query engine": "trino", "storage": ["minio", "hive-storage"]},
                context="production",
                kinds=["scaledobjects.keda.sh"],
            ),
            declared=[
                DeclaredPart("charts/trino", "../deploy", "v1.4.0", "trino", "trino", ["values/production.yaml"]),
                DeclaredPart("overlays/production"),
            ],
            prometheus=PrometheusAccess("http://prometheus.example.com:9090"),
        )
    }


def test_a_namespace_has_the_role_under_which_it_is_named(path):
    roles = clusters_file.read_clusters(path)["production"].kubernetes.roles

    assert roles == {"trino": "query engine", "minio": "storage", "hive-storage": "storage"}


def test_a_cluster_has_the_parts_that_its_entry_names(path):
    assert clusters_file.read_clusters(path)["production"].parts == ["history", "live", "declared"]
    assert Cluster(declared=[DeclaredPart("x")]).parts == ["declared"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("user: report", "usr: report", r"line 5: object contains unknown field `usr`.\n  -> did you mean user\?"),
        ("user: report", "user: 5", "line 5: expected `str`, got `int`"),
        ("      url: https://trino.example.com\n", "", "line 4: object missing required field `url`"),
        ("table: mysql", "tabel: mysql", r"line 7: object contains unknown field `tabel`.\n  -> did you mean table\?"),
        ("clusters:", "cluster:", r"line 1: object contains unknown field `cluster`.\n  -> did you mean clusters\?"),
        ("https://trino", "trino", "line 4: expected http:// or https:// before the url, found trino.example.com"),
        ("https://trino", "http://trino", "line 4: expected https:// for a user with a password, found http://"),
        ("user: report", "url: x", "line 5: expected each key once, found 'url' again"),
        ("user: report", "user: [", "Expected YAML, found in "),
        (
            "context: pro",
            "contxt: pro",
            r"line 9: object contains unknown field `contxt`.\n  -> did you mean context\?",
        ),
        ("      context: production\n", "", "line 9: expected either context or in_cluster"),
        ("context: production", "context: a\n      in_cluster: true", "line 9: expected either context or in_cluster"),
        ("kinds: [scaledobjects.keda.sh]", "kinds: scaledobjects.keda.sh", "line 13: expected `array`, got `str`"),
        ("storage: [minio, hive-storage]", "storage: 5", r"line 12: expected `str \| array`, got `int`"),
        (
            "path: overlays/production",
            "pth: x",
            r"line 21: object contains unknown field `pth`.\n  -> did you mean path\?",
        ),
        ("commit: v1.4.0", "commit: 1.4", "line 17: expected `str`, got `float`"),
        ("http://prometheus", "prometheus", "line 23: expected http:// or https:// before the url"),
    ],
)
def test_a_slip_is_found_on_its_line(path, old, new, message):
    path.write_text(GOOD.replace(old, new))

    with pytest.raises(ParameterError, match=message):
        clusters_file.read_clusters(path)


def test_a_cluster_of_which_nothing_could_be_asked_is_refused(path):
    path.write_text("clusters:\n  nothing:\n    table: a.b.c\n")

    with pytest.raises(ParameterError, match="line 3: expected trino, kubernetes or declared"):
        clusters_file.read_clusters(path)


def test_a_kubeconfig_has_no_place_beside_the_service_account():
    with pytest.raises(ValueError, match="expected no kubeconfig where in_cluster is set"):
        KubernetesAccess({"trino": "trino"}, in_cluster=True, kubeconfig="x")


def test_a_cluster_asks_for_at_least_one_namespace():
    with pytest.raises(ValueError, match="expected at least one namespace"):
        KubernetesAccess({}, context="x")


def test_the_clusters_that_are_committed_can_be_read():
    known = clusters_file.read_clusters(ROOT / "parameters" / "clusters.yaml")

    assert known["test"].parts == ["history", "live", "declared"]


KERBEROS = """\
      kerberos:
        principal: report@EXAMPLE.COM
        keytab: ~/report.keytab
        service: HTTP
        hostname: trino
        config: /etc/krb5.example.conf
"""


def test_a_cluster_is_logged_into_by_kerberos_as_its_entry_says(path):
    path.write_text(GOOD.replace("      password: env:TRINO_PASSWORD\n", KERBEROS))

    assert clusters_file.read_clusters(path)["production"].trino == TrinoAccess(
        "https://trino.example.com",
        "report",
        kerberos=KerberosLogin("report@EXAMPLE.COM", "~/report.keytab", "HTTP", "trino", "/etc/krb5.example.conf"),
    )


def test_without_more_it_is_the_own_ticket_for_the_usual_service(path):
    path.write_text(GOOD.replace("password: env:TRINO_PASSWORD", "kerberos: {}"))

    assert clusters_file.read_clusters(path)["production"].trino.kerberos == KerberosLogin(
        None, None, "trino", None, None
    )


def test_a_cluster_has_either_a_password_or_kerberos(path):
    path.write_text(GOOD.replace("    table:", KERBEROS + "    table:"))

    with pytest.raises(ParameterError, match="line 4: expected either password or kerberos"):
        clusters_file.read_clusters(path)


def test_a_ticket_does_not_travel_in_clear(path):
    text = GOOD.replace("      password: env:TRINO_PASSWORD\n", KERBEROS)
    path.write_text(text.replace("url: https://trino", "url: http://trino"))

    with pytest.raises(ParameterError, match="line 4: expected https:// for Kerberos, found http://"):
        clusters_file.read_clusters(path)


def test_a_slip_in_kerberos_is_found_on_its_line(path):
    path.write_text(GOOD.replace("password: env:TRINO_PASSWORD", "kerberos:\n        principle: report"))

    with pytest.raises(
        ParameterError, match=r"line 7: object contains unknown field `principle`.\n  -> did you mean principal\?"
    ):
        clusters_file.read_clusters(path)
