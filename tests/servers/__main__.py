"""Start and stop the real servers: python -m tests.servers up | down | status."""

import argparse
import fcntl
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.servers import kdc, mariadb, prometheus, trino
from tests.servers.kubernetes import cluster
from tests.servers.process import Missing, alive, stop

CACHE = Path(os.environ.get("TRINOKIT_CACHE") or Path.home() / ".cache" / "trinokit")
STATE = CACHE / "servers.json"


def running() -> dict | None:
    """What is known of the servers that run now: their folder, processes and password; None while they start."""
    if not STATE.exists():
        return None
    state = json.loads(STATE.read_text())
    return state if state.get("all") and all(alive(process) for process in state["processes"].values()) else None


def up(owner: str = "") -> dict:
    """Start every server for *owner* unless they run already; nothing stays behind when one of them fails."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "servers.lock").open("w") as lock:
        # Whoever comes second waits, and finds what the first has started.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return running() or _start(owner)


def _start(owner: str) -> dict:
    down()
    lacks = mariadb.missing() + kdc.missing() + trino.missing(CACHE) + cluster.missing(CACHE) + prometheus.missing()
    if lacks:
        raise Missing("The servers need what this machine has not:\n  " + "\n  ".join(lacks))
    folder = Path(tempfile.mkdtemp(prefix="trinokit-servers-"))
    state = {"folder": str(folder), "owner": owner, "password": secrets.token_hex(12), "processes": {}}
    try:
        for name, server in _servers(folder, state["password"]).items():
            print(f"starting {name} ...", flush=True)
            state["processes"][name] = server()
            _write_state(state)
        _write_state(state | {"all": True})
    except BaseException:
        down()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return state


def _write_state(state: dict) -> None:
    # Whoever reads it meanwhile reads it whole.
    partial = STATE.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(state, indent=1))
    partial.replace(STATE)


def down() -> list[str]:
    """The names of the servers that were stopped; their data are gone with them."""
    if not STATE.exists():
        return []
    state = json.loads(STATE.read_text())
    stopped = [name for name, process in state["processes"].items() if alive(process)]
    for process in reversed(state["processes"].values()):
        stop(process)
    shutil.rmtree(state["folder"], ignore_errors=True)
    cluster.kubeconfig(CACHE).unlink(missing_ok=True)
    STATE.unlink()
    return stopped


def _servers(folder: Path, password: str) -> dict[str, Callable[[], dict]]:
    return {
        "mariadb": lambda: mariadb.up(folder / "mariadb", password),
        "kdc": lambda: kdc.up(folder / "kdc"),
        "trino": lambda: trino.up(CACHE, folder, password),
        **cluster.servers(CACHE, folder / "kubernetes"),
        "prometheus": lambda: prometheus.up(CACHE, folder / "prometheus"),
    }


def main() -> int:
    """Carry out one command and say what happened."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "status"))
    command = parser.parse_args().command
    try:
        if command == "down":
            print(f"stopped: {', '.join(down()) or 'nothing was running'}")
            return 0
        state = up() if command == "up" else running()
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    if state is None:
        print("not running; start them: make servers")
        return 1
    print(f"Trino listens on http://127.0.0.1:{trino.HTTP_PORT} and https://localhost:{trino.HTTPS_PORT}.")
    print(f"Kubernetes listens on https://127.0.0.1:{cluster.PORT}; use it: KUBECONFIG={cluster.kubeconfig(CACHE)}")
    print(f"The KDC listens on 127.0.0.1:{kdc.PORT}; use it: KRB5_CONFIG={state['folder']}/kdc/krb5.conf")
    print(f"Prometheus listens on {prometheus.URL}.")
    print(f"Data and logs are in {state['folder']}; ask it: trinokit run query_performance -p cluster test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
