"""A host of recordings for these tests: what stands at each path is a function that answers as it likes."""

from __future__ import annotations

import datetime
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from transcription.audio.door import AudioDoor

VOICE = Path(__file__).parents[2] / "sandbox" / "data" / "voice"
NOTE = (VOICE / "es-o-05-m1.m4a").read_bytes()
FETCH = {"token": None, "extra_hosts": (), "exempt": (), "max_bytes": 1_000_000, "timeout_s": 5.0}

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One request; `give` answers it in one go."""

    protocol_version = "HTTP/1.1"
    server: Host

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        self.close_connection = True
        self.server.answers[self.path.partition("?")[0]](self)

    def give(self, body: bytes = b"", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class Host(ThreadingHTTPServer):
    """Answers by path; keeps the requests it saw."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.scheme = "http"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *args: Any) -> None:
        """A client that left is what many of these tests are about."""


@contextmanager
def running_host(tls: ssl.SSLContext | None = None) -> Iterator[Host]:
    """A host on loopback, over TLS if asked."""
    with Host() as host:
        if tls:
            host.socket = tls.wrap_socket(host.socket, server_side=True, do_handshake_on_connect=False)
            host.scheme = "https"
        thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield host
        host.shutdown()
        thread.join()


def fetched(host: Host, path: str, *, door: AudioDoor | None = None, **changes: Any) -> Any:
    """What the door gets there, the host being the sandbox's own."""
    asked = FETCH | {"exempt": [host.origin]} | changes
    return (door or AudioDoor()).fetch(host.origin + path, **asked)


def certificate(folder: Path, name: str) -> Path:
    """A key and its own certificate for one name, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file
