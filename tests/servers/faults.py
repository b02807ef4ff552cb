"""A network that fails as it is told, in front of a real API server."""

import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# What happens to a request: a status in place of an answer, "drop", "cut" (half an answer), "hang",
# or something that is done before the request goes on.
Fault = int | str | Callable[[], None] | None


@dataclass
class Network:
    """Where the failing server listens, the faults of the requests to come, and the requests that came."""

    url: str
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


class _Server(ThreadingHTTPServer):
    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = f"https://127.0.0.1:{port}"
        self.context = ssl.create_default_context(cafile=folder / "ca.crt")
        self.context.load_cert_chain(folder / "admin.crt", folder / "admin.key")
        self.network = Network(f"http://127.0.0.1:{self.server_address[1]}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Let one request meet its fault."""
        between = self.server.network
        between.requests.append(self.path)
        fault = between.faults.pop(0) if between.faults else None
        if isinstance(fault, int):
            self._answer(fault, b"told to fail")
        elif fault in ("drop", "hang"):
            between.over.wait(30 if fault == "hang" else 0)
            self.close_connection = True
        else:
            if callable(fault):
                fault()
            self._forward(whole=fault != "cut")

    def _forward(self, *, whole: bool) -> None:
        try:
            answer = urllib.request.urlopen(self.server.behind + self.path, timeout=30, context=self.server.context)
        except urllib.error.HTTPError as error:
            answer = error
        except OSError:
            self.close_connection = True
            return
        self._answer(answer.status, answer.read(), whole=whole)

    def _answer(self, status: int, body: bytes, *, whole: bool = True) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body if whole else body[: len(body) // 2])
        self.close_connection = not whole

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@contextmanager
def network(folder: Path, port: int) -> Iterator[Network]:
    """A network in front of the API server on *port*, which the administrator of *folder* asks."""
    with _Server(folder, port) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield server.network
        finally:
            server.network.over.set()
            server.shutdown()
            serving.join()
