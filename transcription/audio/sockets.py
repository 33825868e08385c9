"""Connections to checked addresses only, each read ended by one deadline for everything.

The name is resolved once, what came is judged, and the very address that was judged is connected to. So a name that
answers otherwise the second time (DNS rebinding) is never asked a second time.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from transcription.audio.addresses import is_public
from transcription.audio.hosts import Place
from transcription.errors import AudioRefused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CONNECT_TIMEOUT_S: Final = 5.0
MAX_ADDRESSES: Final = 4  # Tried in turn; a big host has one or two for each family.

#: `socket.getaddrinfo`, or what stands in for it: (host, port, type=…) → its tuples.
Resolve = Callable[..., Sequence[tuple[Any, ...]]]
#: `socket.socket.connect`, or what stands in for it.
Dial = Callable[[socket.socket, tuple[Any, ...]], None]


class _DeadlineSocket(socket.socket):
    """A socket whose reads end at one moment, however the bytes are dripped. A plain timeout restarts with each."""

    deadline: float = 0.0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_left(self.deadline))
        return super().recv_into(*args, **kwargs)


class _DeadlineTLSSocket(ssl.SSLSocket):
    """The same over TLS, where one read may wait for many packets: the library counts them against one timeout."""

    deadline: float | None = None  # None during the handshake, which has the timeout of its plain socket.

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        if self.deadline is not None:
            self.settimeout(_left(self.deadline))
        return super().recv_into(buffer, nbytes, flags)


def make_tls(certificates: str | None = None) -> ssl.SSLContext:
    """At least TLS 1.2, names checked, the system's certificates or those of a file."""
    context = ssl.create_default_context(cafile=certificates)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _DeadlineTLSSocket
    return context


class CheckedConnection(http.client.HTTPConnection):
    """One HTTP exchange with one place. The standard library's client: no proxy, cookie, credential or retry joins."""

    def __init__(self, place: Place, *, resolve: Resolve, dial: Dial, tls: ssl.SSLContext, deadline: float) -> None:
        super().__init__(place.host, place.port)
        self._place = place
        self._resolve = resolve
        self._dial = dial
        self._tls = tls
        self._deadline = deadline

    def connect(self) -> None:
        """Open the connection; raises AudioRefused before a byte is sent where an address is not public."""
        raw = self._open()
        if self._place.scheme == "http":  # The sandbox's own origins; `place_of` lets no other pass.
            self.sock = raw
            return
        try:
            raw.settimeout(_left(self._deadline))
            wrapped = self._tls.wrap_socket(raw, server_hostname=self._place.host)
        except BaseException:
            raw.close()
            raise
        cast(_DeadlineTLSSocket, wrapped).deadline = self._deadline
        self.sock = wrapped

    def _open(self) -> _DeadlineSocket:
        found = self._resolve(self._place.host, self._place.port, type=socket.SOCK_STREAM)
        addresses = [(family, sockaddr) for family, _, _, _, sockaddr in found]
        # One bad address refuses the name: an honest host has none beside its public ones, and to skip it would only
        # help who mixes them to find out what we do.
        if not self._place.is_exempt and not all(_may_connect(family, address) for family, address in addresses):
            raise AudioRefused("audio_address_refused")
        error: OSError = socket.gaierror("no address")
        for family, sockaddr in addresses[:MAX_ADDRESSES]:
            try:
                return self._connected(family, sockaddr)
            except OSError as failed:
                error = failed
        raise error

    def _connected(self, family: int, sockaddr: tuple[Any, ...]) -> _DeadlineSocket:
        connection = _DeadlineSocket(family, socket.SOCK_STREAM)
        try:
            connection.deadline = self._deadline
            connection.settimeout(min(CONNECT_TIMEOUT_S, _left(self._deadline)))
            self._dial(connection, sockaddr)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # Whoever rewrites destinations below us (a proxy by firewall) does not do so unseen.
            peer = connection.getpeername()
            if _same(peer[0]) != _same(sockaddr[0]) or peer[1] != sockaddr[1]:
                raise AudioRefused("audio_address_refused")
        except BaseException:
            connection.close()
            raise
        return connection


def _may_connect(family: int, sockaddr: tuple[Any, ...]) -> bool:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return False
    return is_public(str(sockaddr[0])) and not (len(sockaddr) > 3 and sockaddr[3])


def _same(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(address.partition("%")[0])


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
