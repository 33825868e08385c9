"""No link, however written, and no name, whatever it answers, makes the audio door connect to what is not public.

A socket listens on loopback at the very address that each name resolves to. It must never be connected to.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.transcription.audio_host import FETCH, NOTE, Host, fetched
from transcription.audio.door import AudioDoor
from transcription.errors import AudioRefused

NOT_ALLOWED, NOT_PUBLIC = "audio_host_not_allowed", "audio_address_refused"
DRIVE = "drive-c.kommo.com"
FILE = "/download/a/b/c/data.m4a"

#: Links that are refused as they stand, nothing being asked of anybody.
LINKS = {
    "loopback": "https://127.0.0.1/a.ogg",
    "loopback by name": "https://localhost/a.ogg",
    "short": "https://127.1/a.ogg",
    "shorter": "https://0/a.ogg",
    "decimal": "https://2130706433/a.ogg",
    "octal": "https://0177.0.0.1/a.ogg",
    "hexadecimal": "https://0x7f000001/a.ogg",
    "hexadecimal parts": "https://0x7f.0x0.0x0.0x1/a.ogg",
    "mixed": "https://0x7f.1/a.ogg",
    "private": "https://10.0.0.1/a.ogg",
    "metadata of clouds": "https://169.254.169.254/latest/meta-data",
    "metadata by name": "https://metadata.google.internal/computeMetadata/v1/",
    "IPv6 loopback": "https://[::1]/a.ogg",
    "IPv6 unspecified": "https://[::]/a.ogg",
    "IPv6 mapped": "https://[::ffff:127.0.0.1]/a.ogg",
    "IPv6 mapped in hexadecimal": "https://[::ffff:7f00:1]/a.ogg",
    "IPv6 with a scope": "https://[fe80::1%25eth0]/a.ogg",
    "a name for every address": "https://127.0.0.1.nip.io/a.ogg",
    "a user": f"https://{DRIVE}@127.0.0.1{FILE}",
    "a user and a password": f"https://{DRIVE}:443@127.0.0.1{FILE}",
    "a user at Kommo's": f"https://user@{DRIVE}{FILE}",
    "an empty user": f"https://@{DRIVE}{FILE}",
    "a fragment before @": f"https://{DRIVE}#@127.0.0.1{FILE}",
    "a fragment after the other": f"https://127.0.0.1#@{DRIVE}{FILE}",
    "a question mark": f"https://127.0.0.1?@{DRIVE}{FILE}",
    "a backslash": f"https://127.0.0.1\\@{DRIVE}{FILE}",
    "backslashes for slashes": f"https:\\\\{DRIVE}{FILE}",
    "one slash": f"https:/{DRIVE}{FILE}",
    "three slashes": f"https:///{DRIVE}{FILE}",
    "no host": "https://",
    "no host but a path": f"https://{FILE}",
    "no scheme": f"//{DRIVE}{FILE}",
    "plain http": f"http://{DRIVE}{FILE}",
    "ftp": f"ftp://{DRIVE}{FILE}",
    "a file": "file:///etc/passwd",
    "data": "data:audio/ogg;base64,T2dnUw==",
    "another port": f"https://{DRIVE}:8443{FILE}",
    "port 80": f"https://{DRIVE}:80{FILE}",
    "a port with zeroes": f"https://{DRIVE}:0443{FILE}",
    "an empty port": f"https://{DRIVE}:{FILE}",
    "a port in other digits": f"https://{DRIVE}:४४३{FILE}",
    "a trailing dot": f"https://{DRIVE}.{FILE}",
    "Kommo's as a part": f"https://{DRIVE}.evil.example{FILE}",
    "Kommo's as an end": f"https://evil{DRIVE}{FILE}",
    "a drive of two letters": f"https://drive-cc.kommo.com{FILE}",
    "a subdomain of Kommo's": f"https://anyone.kommo.com{FILE}",
    "letters of full width": f"https://drive-c.ｋommo.com{FILE}",
    "a letter that looks alike": f"https://drive-c.kоmmo.com{FILE}",
    "a full stop of Chinese": f"https://drive-c。kommo。com{FILE}",
    "percent in the host": f"https://drive-c%2Ekommo.com{FILE}",
    "a zero byte": f"https://{DRIVE}\0.evil.example{FILE}",
    "a zero byte by percent": f"https://{DRIVE}%00.evil.example{FILE}",
    "a tab": f"https://drive-c\t.kommo.com{FILE}",
    "a line end": f"https://{DRIVE}{FILE}\r\nHost: evil.example",
    "a space before": f" https://{DRIVE}{FILE}",
    "a space inside": f"https://{DRIVE} .evil.example{FILE}",
    "a soft hyphen": f"https://drive-c.kommo\xad.com{FILE}",
    "the storage at first": "https://storage.googleapis.com/bucket/a.ogg",
    "far too long": f"https://{DRIVE}/{'a' * 5000}",
}

#: Spaces around a header and the line end in it are not part of it; the storage is allowed here; a link without a
#: scheme or with one slash is a relative one.
OTHERWISE_IN_A_REDIRECT = {"a space before", "a line end", "the storage at first", "no scheme", "one slash"}

#: What an allowed name may answer; the port stands for the listening socket's.
ANSWERS = {
    "loopback": ["127.0.0.1"],
    "another loopback": ["127.8.8.8"],
    "any": ["0.0.0.0"],
    "private, class A": ["10.1.2.3"],
    "private, class B": ["172.16.0.1"],
    "private, class C": ["192.168.0.1"],
    "carriers' own": ["100.64.0.1"],
    "metadata of clouds": ["169.254.169.254"],
    "benchmarks": ["198.18.0.1"],
    "multicast": ["224.0.0.1"],
    "broadcast": ["255.255.255.255"],
    "a public one and loopback": ["8.8.8.8", "127.0.0.1"],
    "loopback and a public one": ["127.0.0.1", "8.8.8.8"],
    "IPv6 loopback": ["::1"],
    "IPv6 mapped": ["::ffff:127.0.0.1"],
    "IPv6 compatible": ["::127.0.0.1"],
    "IPv6 unique local": ["fd00:ec2::254"],
    "IPv6 link-local": ["fe80::1"],
    "IPv6 site-local": ["fec0::1"],
    "NAT64": ["64:ff9b::7f00:1"],
    "6to4": ["2002:7f00:1::"],
    "Teredo": ["2001::7f00:1"],
}


class Listener:
    """A socket on loopback, and names that all lead to it whatever address they claim."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.asked: list[str] = []

    def resolver(self, *answers: list[str]) -> Any:
        """A resolver that gives these answers in turn, the last one for ever, all with our port."""
        left = list(answers)

        def resolve(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
            self.asked.append(host)
            addresses = left.pop(0) if len(left) > 1 else left[0]
            return [
                (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, self.port, 0, 0))
                if ":" in address
                else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, self.port))
                for address in addresses
            ]

        return resolve

    @property
    def was_connected(self) -> bool:
        return bool(select.select([self.socket], [], [], 0)[0])


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.socket.close()


def own_or(host: Host, resolve: Any) -> Any:
    """A resolver that knows the test's own host; everything else is asked of the other."""

    def resolved(name: str, port: int, **asked: Any) -> Any:
        is_own = port == host.server_address[1]
        return socket.getaddrinfo(name, port, **asked) if is_own else resolve(name, port)

    return resolved


def test_the_socket_that_must_not_be_connected_to_can_be(listener: Listener) -> None:
    with socket.create_connection(("127.0.0.1", listener.port)):
        assert listener.was_connected


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
def test_a_link_that_is_not_plainly_an_allowed_one_is_refused_before_any_name_is_asked(
    listener: Listener, link: str
) -> None:
    with pytest.raises(AudioRefused) as refused:
        AudioDoor(resolve=listener.resolver(["127.0.0.1"])).fetch(link, **FETCH)
    assert refused.value.code == NOT_ALLOWED
    assert link not in repr(refused.value.args) + refused.value.detail
    assert listener.asked == []
    assert not listener.was_connected


@pytest.mark.parametrize("form", sorted(LINKS.keys() - OTHERWISE_IN_A_REDIRECT))
def test_a_redirect_to_such_a_link_is_refused_too(listener: Listener, host: Host, form: str) -> None:
    # Headers are bytes: what is no Latin letter comes as its UTF-8.
    location = LINKS[form].encode().decode("latin-1")
    host.answers["/a"] = lambda request: request.give(status=302, Location=location)
    with pytest.raises(AudioRefused, match=NOT_ALLOWED):
        fetched(host, "/a", door=AudioDoor(resolve=own_or(host, listener.resolver(["127.0.0.1"]))))
    assert listener.asked == []
    assert not listener.was_connected


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize("name", [DRIVE, "calls.vendor.example"])
def test_an_allowed_name_that_leads_to_no_public_address_is_refused_where_it_would_be_connected_to(
    listener: Listener, name: str, answers: list[str]
) -> None:
    door = AudioDoor(resolve=listener.resolver(answers))
    with pytest.raises(AudioRefused) as refused:
        door.fetch(f"https://{name}{FILE}", **FETCH | {"extra_hosts": ["calls.vendor.example"]})
    assert refused.value.code == NOT_PUBLIC
    assert listener.asked == [name]
    assert not listener.was_connected


def test_a_redirect_to_an_allowed_name_that_leads_to_loopback_is_refused(listener: Listener, host: Host) -> None:
    host.answers["/a"] = lambda request: request.give(status=302, Location="https://storage.googleapis.com/b/a.ogg")
    with pytest.raises(AudioRefused, match=NOT_PUBLIC):
        fetched(host, "/a", door=AudioDoor(resolve=own_or(host, listener.resolver(["127.0.0.1"]))))
    assert listener.asked == ["storage.googleapis.com"]
    assert not listener.was_connected


def test_a_name_that_answers_otherwise_the_second_time_is_asked_once_and_its_checked_address_is_used(
    listener: Listener,
) -> None:
    dialled = []

    def dial(_: socket.socket, address: tuple[Any, ...]) -> None:
        dialled.append(address)
        raise ConnectionRefusedError

    door = AudioDoor(resolve=listener.resolver(["8.8.8.8"], ["127.0.0.1"]), dial=dial)
    with pytest.raises(Exception, match="audio_unavailable"):
        door.fetch(f"https://{DRIVE}{FILE}", **FETCH)
    assert listener.asked == [DRIVE]
    assert dialled == [("8.8.8.8", listener.port)]
    assert not listener.was_connected


def test_a_connection_that_ends_elsewhere_than_dialled_is_left_before_a_byte_is_sent(listener: Listener) -> None:
    def dial(connection: socket.socket, address: tuple[Any, ...]) -> None:
        connection.connect(("127.0.0.1", listener.port))  # As a firewall that rewrites destinations would.

    door = AudioDoor(resolve=listener.resolver(["8.8.8.8"]), dial=dial)
    with pytest.raises(AudioRefused, match=NOT_PUBLIC):
        door.fetch(f"https://{DRIVE}{FILE}", **FETCH)
    accepted, _ = listener.socket.accept()
    with accepted:
        assert accepted.recv(100) == b""


def test_the_sandboxs_exemption_holds_for_its_exact_origin_alone(host: Host) -> None:
    host.answers["/a"] = lambda request: request.give(NOTE)
    fetched(host, "/a").close()
    port = host.server_address[1]
    for other in (f"http://localhost:{port}", f"https://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"):
        with pytest.raises(AudioRefused, match=NOT_ALLOWED):
            fetched(host, "/a", exempt=[other])
    with pytest.raises(AudioRefused, match=NOT_ALLOWED):
        fetched(host, "/a", exempt=[])
    assert len(host.seen) == 1
