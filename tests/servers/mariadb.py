"""A private MariaDB: the database that Trino's MySQL event listener fills."""

import getpass
import shutil
import subprocess
from pathlib import Path

from tests.servers.process import ready, start

PORT = 13306
EVENTS = "trino_events"
SCRATCH = "scratch"

CONFIGURATION = """\
[mysqld]
datadir={folder}/data
socket={folder}/mysqld.sock
pid-file={folder}/mysqld.pid
bind-address=127.0.0.1
port={port}
character-set-server=utf8mb4
innodb_buffer_pool_size=512M
innodb_flush_log_at_trx_commit=2
max_allowed_packet=64M
"""


def missing() -> list[str]:
    """What MariaDB needs and this machine has not."""
    programs = ("mariadbd", "mariadb-install-db", "mariadb")
    absent = [program for program in programs if not _program(program)]
    return [f"{', '.join(absent)}: apt-get install mariadb-server"] if absent else []


def up(folder: Path, password: str) -> dict:
    """The process of a MariaDB with its data in *folder* and the databases that Trino uses."""
    folder.mkdir(parents=True)
    configuration = folder / "my.cnf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=PORT))
    defaults, user = f"--defaults-file={configuration}", f"--user={getpass.getuser()}"
    subprocess.run(
        [_program("mariadb-install-db"), defaults, user, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        capture_output=True,
    )
    process = start([_program("mariadbd"), defaults, user], folder / "mariadb.log")
    ready(process, lambda: _answers(folder), 60)
    execute(folder, _databases(password))
    return process


def execute(folder: Path, sql: str) -> str:
    """What MariaDB answers to *sql*, one tab-separated line a row."""
    return subprocess.run(
        ["mariadb", f"--socket={folder}/mysqld.sock", "-uroot", "--batch", "--skip-column-names"],
        input=sql,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def _databases(password: str) -> str:
    statements = [f"CREATE USER trino@{host} IDENTIFIED BY '{password}'" for host in ("localhost", "'127.0.0.1'")]
    for database in (EVENTS, SCRATCH):
        statements.append(f"CREATE DATABASE {database}")
        statements += [f"GRANT ALL ON {database}.* TO trino@{host}" for host in ("localhost", "'127.0.0.1'")]
    return ";\n".join(statements) + ";"


def _answers(folder: Path) -> bool:
    try:
        return bool(execute(folder, "SELECT 1"))
    except subprocess.CalledProcessError:
        return False


def _program(name: str) -> str | None:
    return shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
