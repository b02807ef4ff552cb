"""What is said of plugins is what their own libraries do on a real JDK, with and without the flags."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from tests.conftest import REQUIRED
from tests.servers import trino
from tests.servers.__main__ import CACHE

from trinokit.kerberos import plugins_using_jdk_internals
from trinokit.kerberos.plugins_using_jdk_internals import PluginUse

# The very files that Trino 476 comes with.
LIBRARIES = (
    "io.trino.hadoop:hadoop-apache:3.3.5-3",
    "org.apache.kafka:kafka-clients:4.0.0",
    "com.oracle.database.jdbc:ojdbc11:23.8.0.25.04",
    "org.slf4j:slf4j-api:2.0.17",
)
KRB5_CONF = """\
[libdefaults]
default_realm = HOME.TEST
dns_lookup_realm = false
[realms]
HOME.TEST = { kdc = 127.0.0.1:9 }
OTHER.TEST = { kdc = 127.0.0.1:9 }
[domain_realm]
kms.other.test = OTHER.TEST
"""
EXPORT = "--add-exports=java.security.jgss/{}=ALL-UNNAMED"
HDFS = {"connector.name": "hive", "fs.hadoop.enabled": "true", "hive.hdfs.authentication.type": "KERBEROS"}


@pytest.fixture(scope="module")
def jars() -> list[Path]:
    """The libraries, fetched through Maven the first time that the servers are required."""
    folder = CACHE / "downloads"
    found = [folder / f"{name}-{version}.jar" for _, name, version in (each.split(":") for each in LIBRARIES)]
    if trino.java_home() is None or not (all(jar.exists() for jar in found) or (REQUIRED and shutil.which("mvn"))):
        reason = (
            "no JDK, or no libraries of Trino; fetch them: apt-get install maven, TRINOKIT_SERVERS=required make test"
        )
        (pytest.fail if REQUIRED else pytest.skip)(reason)
    for artifact, jar in zip(LIBRARIES, found, strict=True):
        if not jar.exists():
            wanted = [f"-Dartifact={artifact}:jar", f"-DoutputDirectory={folder}"]
            subprocess.run(["mvn", "-q", "-B", "dependency:copy", *wanted], check=True, stdin=subprocess.DEVNULL)
    return found


@pytest.fixture(scope="module")
def answers(jars, tmp_path_factory):
    """What the libraries answer on a JVM that is started with *flags*."""
    folder = tmp_path_factory.mktemp("touches")
    (folder / "krb5.conf").write_text(KRB5_CONF)
    source, java = Path(__file__).with_name("Touches.java"), trino.java_home() / "bin"
    subprocess.run([java / "javac", "-nowarn", "-d", folder, source], check=True, capture_output=True)

    def run(*flags: str) -> dict[str, str]:
        known = ["-Djava.security.krb5.conf=krb5.conf", "-cp", ":".join(map(str, [folder, *jars]))]
        done = subprocess.run(
            [java / "java", *flags, *known, "Touches"], cwd=folder, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return dict(line.split(": ") for line in done.stdout.splitlines() if ": " in line)

    return run


def test_without_the_flag_hadoop_takes_the_default_realm_and_kafka_knows_no_error(answers):
    assert answers() == {
        "default realm": "HOME.TEST",
        "principal": "HTTP/kms.other.test@HOME.TEST",
        "error": "null",
        "class is there": "true",
    }


def test_with_the_flag_hadoop_asks_krb5_conf_and_kafka_knows_the_error(answers):
    assert answers(EXPORT.format("sun.security.krb5")) == {
        "default realm": "HOME.TEST",
        "principal": "HTTP/kms.other.test@OTHER.TEST",
        "error": "TICKET_NOT_YET_VALID",
        "class is there": "true",
    }


def test_the_other_flags_change_nothing(answers):
    others = ("internal", "internal.crypto", "internal.ccache", "internal.ktab")

    assert answers(*(EXPORT.format(f"sun.security.krb5.{each}") for each in others)) == answers()


def test_no_class_of_these_libraries_mentions_another_package(jars):
    mentioned = {}
    for jar in jars:
        with zipfile.ZipFile(jar) as archive:
            for name in archive.namelist():
                content = archive.read(name) if name.endswith(".class") else b""
                if b"sun/security/krb5" in content or b"sun.security.krb5" in content:
                    mentioned.setdefault(jar.name, set()).add(name.rpartition("/")[2])

    assert mentioned == {
        # KDiag names a system property.
        "hadoop-apache-3.3.5-3.jar": {"KDiag.class", "KerberosUtil.class"},
        "kafka-clients-4.0.0.jar": {"KerberosError.class"},
        "ojdbc11-23.8.0.25.04.jar": {"AuthenticationService.class"},
    }


@pytest.mark.parametrize("connector", ["delta_lake", "hive", "hudi", "iceberg"])
def test_a_catalog_of_files_uses_the_package_where_it_reaches_hdfs_with_kerberos(connector):
    found = plugins_using_jdk_internals.plugin_use({**HDFS, "connector.name": connector})

    why = "fs.hadoop.enabled=true, hive.hdfs.authentication.type=kerberos"
    assert (found.plugin, found.package, found.needed, found.why) == (
        connector.replace("_", "-"),
        "sun.security.krb5",
        "yes",
        why,
    )
    assert found.effect_without_export.startswith(
        "its Hadoop client asks for the realm of a server that it reaches over HTTP"
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"fs.hadoop.enabled": "false"}, "fs.hadoop.enabled is not true"),
        ({"fs.hadoop.enabled": ""}, "fs.hadoop.enabled is not true"),
        ({"hive.hdfs.authentication.type": "NONE"}, "hive.hdfs.authentication.type is not kerberos"),
    ],
)
def test_a_catalog_of_files_needs_nothing_elsewhere(change, why):
    found = plugins_using_jdk_internals.plugin_use({**HDFS, **change})

    assert (found.needed, found.why) == ("no", why)


@pytest.mark.parametrize(
    ("properties", "plugin", "why"),
    [
        (
            {"connector.name": "kafka", "kafka.config.resources": "/etc/kafka.properties"},
            "kafka",
            "kafka.config.resources is set",
        ),
        (
            {"event-listener.name": "kafka", "kafka-event-listener.client-config-overrides": "sasl.password=hidden"},
            "kafka-event-listener",
            "kafka-event-listener.client-config-overrides is set",
        ),
        (
            {"exchange-manager.name": "hdfs", "hdfs.config.resources": "/etc/core-site.xml"},
            "exchange-hdfs",
            "hdfs.config.resources is set",
        ),
        (
            {"access-control.name": "ranger", "ranger.hadoop.config.resource": "/etc/core-site.xml"},
            "ranger",
            "ranger.hadoop.config.resource is set",
        ),
    ],
)
def test_a_plugin_may_use_the_package_where_a_file_decides_that_is_not_looked_into(properties, plugin, why):
    found = plugins_using_jdk_internals.plugin_use(properties)

    assert (found.plugin, found.package, found.needed, found.why) == (plugin, "sun.security.krb5", "perhaps", why)


def test_a_plugin_without_that_file_needs_nothing():
    assert (
        plugins_using_jdk_internals.plugin_use({"connector.name": "kafka"}).why == "kafka.config.resources is not set"
    )
    assert plugins_using_jdk_internals.plugin_use({"event-listener.name": "kafka"}).why == (
        "kafka-event-listener.config.resources and kafka-event-listener.client-config-overrides are not set"
    )
    assert plugins_using_jdk_internals.plugin_use({"access-control.name": "ranger"}).needed == "no"


def test_oracle_mentions_a_class_and_needs_no_flag():
    without = "its Oracle driver looks up whether the JDK has one of the classes, which needs no flag"

    assert plugins_using_jdk_internals.plugin_use({"connector.name": "oracle"}) == PluginUse(
        "oracle", effect_without_export=without
    )
    assert plugins_using_jdk_internals.plugin_use({"resource-groups.configuration-manager": "db"}) == PluginUse(
        "resource-group-managers", effect_without_export=without
    )


@pytest.mark.parametrize(
    "properties", [{}, {"connector.name": "tpch"}, {"access-control.name": "file"}, {"coordinator": "true"}]
)
def test_any_other_file_is_of_no_plugin_that_mentions_a_package(properties):
    assert plugins_using_jdk_internals.plugin_use(properties) is None
