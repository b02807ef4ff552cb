"""A real KDC: MIT's, with a realm that nobody else on this machine sees."""

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.servers.process import ready, start, stop

PORT = 18888
REALM = "TEST.LOCAL"
SERVICE = "HTTP/localhost"
USERS = ("trinokit", "analyst")
# Debian keeps the programs of a server where only root looks for them.
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"

CLIENT = """\
[libdefaults]
    default_realm = {default_realm}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    udp_preference_limit = 1
{more}
[realms]
    {realm} = {{
        kdc = 127.0.0.1:{port}
    }}
"""
SERVER = """\
[kdcdefaults]
    kdc_listen = 127.0.0.1:{port}
    kdc_tcp_listen = 127.0.0.1:{port}

[realms]
    {realm} = {{
        database_name = {folder}/principal
        key_stash_file = {folder}/stash
        acl_file = {folder}/kadm5.acl
        supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
    }}

[logging]
    kdc = FILE:{folder}/kdc.log
"""


def missing() -> list[str]:
    """What the KDC needs and this machine has not."""
    packages = {
        "krb5kdc": "krb5-kdc",
        "kadmin.local": "krb5-admin-server",
        "kinit": "krb5-user",
        "faketime": "faketime",
    }
    absent = [package for program, package in packages.items() if not shutil.which(program, path=PATH)]
    lacks = [f"Kerberos: apt-get install --no-install-recommends {' '.join(absent)}"] if absent else []
    if not find_spec("gssapi"):
        lacks.append("gssapi: apt-get install libkrb5-dev gcc python3-dev, then pip install -e '.[kerberos]'")
    return lacks


def up(folder: Path) -> dict:
    """The process of a KDC with its database in *folder*, and there a keytab each of the service and the users."""
    create(folder)
    for name in (SERVICE, *USERS):
        add(folder, name)
        export(folder, name, keytab(folder, name))
    return serve(folder)


def create(folder: Path, port: int = PORT) -> None:
    """An empty database of the realm in *folder*, whose KDC is to listen on *port*."""
    folder.mkdir(mode=0o700)
    client(folder / "krb5.conf", port)
    (folder / "kdc.conf").write_text(SERVER.format(folder=folder, port=port, realm=REALM))
    (folder / "kadm5.acl").touch()
    _run(folder, "kdb5_util", "create", "-s", "-r", REALM, "-P", secrets.token_hex(12))


def serve(folder: Path, port: int = PORT, ahead_s: int = 0) -> dict:
    """The process of a KDC of the database in *folder*, its clock so many seconds ahead."""
    conf = folder / f"kdc-{port}.conf"
    conf.write_text(SERVER.format(folder=folder, port=port, realm=REALM))
    # The program faketime would stand between us and the process that is to be stopped.
    [library] = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
    fake = {"LD_PRELOAD": str(library), "FAKETIME": f"{ahead_s:+d}"} if ahead_s else {}
    more = environment(folder) | {"KRB5_KDC_PROFILE": str(conf), "PATH": PATH} | fake
    argv = [shutil.which("krb5kdc", path=PATH), "-n", "-r", REALM, "-P", str(folder / f"kdc-{port}.pid")]
    return ready(start(argv, folder / f"krb5kdc-{port}.log", **more), lambda: _listens(port), 30)


@contextmanager
def alone(folder: Path, port: int, *principals: str) -> Iterator[dict]:
    """The process of a KDC of its own with *principals* and their keytabs in *folder*, until the block is left."""
    create(folder, port)
    for name in principals:
        add(folder, name)
        export(folder, name, keytab(folder, name))
    process = serve(folder, port)
    try:
        yield process
    finally:
        stop(process)


def client(path: Path, port: int = PORT, *, default_realm: str = REALM, realm: str = REALM, more: str = "") -> Path:
    """A krb5.conf at *path* that leads to the KDC on *port*, with *more* lines among the defaults."""
    path.write_text(CLIENT.format(port=port, default_realm=default_realm, realm=realm, more=more))
    return path


def environment(folder: Path) -> dict[str, str]:
    """Which variables lead the programs of Kerberos to the realm in *folder*."""
    return {"KRB5_CONFIG": str(folder / "krb5.conf"), "KRB5_KDC_PROFILE": str(folder / "kdc.conf")}


def keytab(folder: Path, principal: str) -> Path:
    """Where the keytab of *principal* lies."""
    return folder / f"{principal.replace('/', '-')}.keytab"


def add(folder: Path, principal: str, *options: str) -> None:
    """A new *principal* with a random key."""
    admin(folder, "addprinc", "-randkey", *options, principal)


def export(folder: Path, principal: str, path: Path) -> Path:
    """The keys of *principal* in the keytab *path*, which stay what they are."""
    admin(folder, "ktadd", "-norandkey", "-k", str(path), principal)
    return path


def admin(folder: Path, *words: str) -> str:
    """What kadmin.local says to *words*."""
    return _run(folder, "kadmin.local", "-r", REALM, *words)


def dump(folder: Path) -> str:
    """The whole database, to be taken back by `load`."""
    return _run(folder, "kdb5_util", "-r", REALM, "dump")


def load(folder: Path, dumped: str) -> None:
    """Make the database again what it was when it was *dumped*."""
    path = folder / f"dump-{secrets.token_hex(4)}"
    path.touch(mode=0o600)
    path.write_text(dumped)
    _run(folder, "kdb5_util", "-r", REALM, "load", str(path))
    path.unlink()


def _run(folder: Path, *argv: str) -> str:
    variables = {**os.environ, **environment(folder), "PATH": PATH}
    done = subprocess.run(argv, env=variables, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    # kadmin.local tells of what it could not do, and ends with 0 all the same.
    if done.returncode or f"{argv[0]}:" in done.stderr:
        raise RuntimeError(f"{' '.join(argv)} failed: {done.stderr}")
    return done.stdout


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True
