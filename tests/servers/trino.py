"""A real Trino: one coordinator that also works, its event listener writing to MariaDB."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from tests.servers import kdc, mariadb
from tests.servers.process import ready, start

VERSION = "476"
HTTP_PORT = 18080
HTTPS_PORT = 18443
USER = "analyst"
PLUGINS = (
    "tpch",
    "memory",
    "jmx",
    "mysql",
    "mysql-event-listener",
    "resource-group-managers",
    "password-authenticators",
)
OLDEST_JAVA = 24

# Half the work of a usual start, and of short queries: no second compiler. What is over is not looked after for long.
JVM = """\
-server
-Xmx3G
-XX:TieredStopAtLevel=1
-XX:+UseG1GC
-XX:G1HeapRegionSize=32M
-XX:+ExplicitGCInvokesConcurrent
-XX:+ExitOnOutOfMemoryError
-XX:ReservedCodeCacheSize=256M
-Djdk.attach.allowAttachSelf=true
-Dfile.encoding=UTF-8
"""
NODE = """\
node.environment=test
node.id=test-coordinator-0
node.data-dir={folder}/data
"""
CONFIG = """\
coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port={http}
node.internal-address=127.0.0.1
discovery.uri=http://127.0.0.1:{http}
query.max-memory=1GB
query.max-memory-per-node=800MB
task.info.max-age=2m
event-listener.config-files={folder}/etc/event-listener.properties
http-server.authentication.type=KERBEROS,PASSWORD
http-server.authentication.krb5.service-name={service}
http-server.authentication.krb5.principal-hostname={host}
http-server.authentication.krb5.keytab={keytab}
http-server.authentication.krb5.user-mapping.pattern=(.*)(@.*)
http.authentication.krb5.config={folder}/kdc/krb5.conf
http-server.authentication.allow-insecure-over-http=true
http-server.https.enabled=true
http-server.https.port={https}
http-server.https.keystore.path={folder}/etc/server.p12
http-server.https.keystore.key={password}
internal-communication.shared-secret={password}
"""
GROUPS = {
    "rootGroups": [
        {
            "name": "global",
            "softMemoryLimit": "90%",
            "hardConcurrencyLimit": 20,
            "maxQueued": 100,
            "subGroups": [
                {"name": "etl", "softMemoryLimit": "60%", "hardConcurrencyLimit": 1, "maxQueued": 2},
                {"name": "reports", "softMemoryLimit": "20%", "hardConcurrencyLimit": 4, "maxQueued": 20},
                {"name": "adhoc", "softMemoryLimit": "60%", "hardConcurrencyLimit": 10, "maxQueued": 50},
            ],
        }
    ],
    "selectors": [
        {"source": "etl.*", "group": "global.etl"},
        {"source": "trinokit", "group": "global.reports"},
        {"group": "global.adhoc"},
    ],
}


def missing(cache: Path) -> list[str]:
    """What Trino needs and this machine has not."""
    lacks = []
    if not (cache / f"trino-server-{VERSION}").exists() and not shutil.which("mvn"):
        lacks.append("mvn: apt-get install maven")
    if java_home() is None:
        lacks.append(f"a JDK of version {OLDEST_JAVA} or newer: install Temurin 25 and set JAVA_HOME to its folder")
    return lacks


def java_home() -> Path | None:
    """The folder of the newest JDK that runs this Trino: JAVA_HOME or one of the usual JVM folders."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    homes += sorted(Path("/usr/lib/jvm").glob("*")) + sorted(Path("/opt").glob("*jdk*"))
    versions = [(_java_version(home), home) for home in homes]
    usable = [(version, home) for version, home in versions if version >= OLDEST_JAVA]
    return max(usable)[1] if usable else None


def install(cache: Path) -> Path:
    """The folder of the unpacked server, fetched through Maven the first time."""
    server = cache / f"trino-server-{VERSION}"
    if server.exists():
        return server
    downloads = cache / "downloads"
    archive = downloads / f"trino-server-{VERSION}.tar.gz"
    if not archive.exists():
        print(f"fetching trino-server {VERSION} (821 MB, about half a minute) ...", flush=True)
        artifact = f"-Dartifact=io.trino:trino-server:{VERSION}:tar.gz"
        subprocess.run(
            ["mvn", "-q", "-B", "dependency:copy", artifact, f"-DoutputDirectory={downloads}"],
            check=True,
            stdin=subprocess.DEVNULL,
        )
    print("unpacking the server and the plugins that are needed ...", flush=True)
    unpacked = cache / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    subprocess.run(["tar", "xzf", archive, "-C", unpacked], check=True)
    whole = unpacked / server.name
    for plugin in (whole / "plugin").iterdir():
        if plugin.name not in PLUGINS:
            shutil.rmtree(plugin)
    whole.rename(server)
    unpacked.rmdir()
    return server


def up(cache: Path, folder: Path, password: str) -> dict:
    """The process of a Trino that answers queries, its configuration and data in *folder*, beside those of the KDC."""
    server, java = install(cache), java_home()
    _configure(folder, java, password)
    search = f"{java}/bin:{os.environ['PATH']}"
    argv = [str(server / "bin" / "launcher"), "run", f"--etc-dir={folder}/etc"]
    return ready(start(argv, folder / "trino.log", JAVA_HOME=str(java), PATH=search), _answers, 240)


def _configure(folder: Path, java: Path, password: str) -> None:
    catalogs = folder / "etc" / "catalog"
    catalogs.mkdir(parents=True)
    database = f"jdbc:mysql://127.0.0.1:{mariadb.PORT}"
    files = {
        "jvm.config": JVM,
        "node.properties": NODE.format(folder=folder),
        "config.properties": _config(folder, password),
        "event-listener.properties": "event-listener.name=mysql\nmysql-event-listener.db.url="
        f"{database}/{mariadb.EVENTS}?user=trino&password={password}\n",
        "resource-groups.json": json.dumps(GROUPS),
        "resource-groups.properties": "resource-groups.configuration-manager=file\n"
        f"resource-groups.config-file={folder}/etc/resource-groups.json\n",
        "password-authenticator.properties": "password-authenticator.name=file\n"
        f"file.password-file={folder}/etc/password.db\n",
        "password.db": f"{USER}:{_password_hash(password)}\n",
        "catalog/tpch.properties": "connector.name=tpch\n",
        "catalog/memory.properties": "connector.name=memory\nmemory.max-data-per-node=512MB\n",
        "catalog/jmx.properties": "connector.name=jmx\n",
        "catalog/mysql.properties": f"connector.name=mysql\nconnection-url={database}\n"
        f"connection-user=trino\nconnection-password={password}\n",
    }
    for name, text in files.items():
        (folder / "etc" / name).write_text(text)
    _certificate(folder / "etc", java, password)


def _config(folder: Path, password: str) -> str:
    service, host = kdc.SERVICE.split("/")
    known = {"folder": folder, "password": password, "http": HTTP_PORT, "https": HTTPS_PORT}
    return CONFIG.format(service=service, host=host, keytab=kdc.keytab(folder / "kdc", kdc.SERVICE), **known)


def _certificate(etc: Path, java: Path, password: str) -> None:
    store = ["-keystore", etc / "server.p12", "-storetype", "PKCS12", "-storepass", password, "-alias", "trino"]
    names = ["-dname", "CN=localhost", "-ext", "SAN=DNS:localhost,IP:127.0.0.1", "-validity", "30"]
    key = ["-genkeypair", "-keyalg", "RSA", "-keysize", "2048"]
    keytool = java / "bin" / "keytool"
    subprocess.run([keytool, *key, *names, *store], check=True, capture_output=True)
    export = ["-exportcert", "-rfc", "-file", etc / "server.pem"]
    subprocess.run([keytool, *export, *store], check=True, capture_output=True)


def _password_hash(password: str) -> str:
    # https://trino.io/docs/current/security/password-file.html
    salt = hashlib.sha256(password.encode()).digest()[:16]
    digest = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 1000, 32)
    return f"1000:{salt.hex()}:{digest.hex()}"


def _java_version(home: Path) -> int:
    release = home / "release"
    found = re.search(r'JAVA_VERSION="(\d+)', release.read_text()) if release.exists() else None
    return int(found[1]) if found and (home / "bin" / "keytool").exists() else 0


def _answers() -> bool:
    # The node joins a moment after the server says that it has started, so a query is the test.
    request = urllib.request.Request(
        f"http://127.0.0.1:{HTTP_PORT}/v1/statement",
        data=b"SELECT count(*) FROM tpch.tiny.nation",
        headers={"X-Trino-User": "readiness", "X-Trino-Source": "readiness"},
    )
    try:
        page = json.load(urllib.request.urlopen(request, timeout=10))
        while "nextUri" in page:
            request = urllib.request.Request(page["nextUri"], headers={"X-Trino-User": "readiness"})
            page = json.load(urllib.request.urlopen(request, timeout=10))
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return "error" not in page
