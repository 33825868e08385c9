"""The outgoing door, against a server that misbehaves."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from convailens.lib.errors import ServiceUnavailable, UnexpectedReply
from convailens.lib.http import Door, Reply


@pytest.fixture
def serve() -> Iterator[object]:
    """Serve one connection at a time with a function that is given the socket; yields the address maker."""
    doors: list[socket.socket] = []

    def start(answer) -> str:  # type: ignore[no-untyped-def]
        door = socket.create_server(("127.0.0.1", 0))
        doors.append(door)

        def work() -> None:
            try:
                while True:
                    peer, _ = door.accept()
                    with peer:
                        peer.recv(65_536)
                        try:
                            answer(peer)
                        except OSError:
                            continue
            except OSError:
                return

        threading.Thread(target=work, daemon=True).start()
        return f"http://127.0.0.1:{door.getsockname()[1]}/"

    yield start
    for door in doors:
        door.close()


def head(length: int | None = None, status: str = "200 OK", more: str = "") -> bytes:
    size = "" if length is None else f"Content-Length: {length}\r\n"
    return f"HTTP/1.1 {status}\r\n{size}{more}Connection: close\r\n\r\n".encode()


def test_a_reply_comes_whole_with_status_and_headers(serve):
    url = serve(lambda peer: peer.sendall(head(2, "418 Teapot", "X-A: b\r\n") + b"{}"))
    reply = Door().request("GET", url)
    assert (reply.status, reply.headers["x-a"], reply.json()) == (418, "b", {})


def test_chunked_and_compressed_bodies_are_read(serve):
    squeezed = gzip.compress(b"[1,2]")
    chunk = f"{len(squeezed):x}\r\n".encode() + squeezed + b"\r\n0\r\n\r\n"
    url = serve(
        lambda peer: peer.sendall(head(None, more="Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n") + chunk)
    )
    assert Door().request("GET", url).json() == [1, 2]


def test_a_redirect_is_handed_back_and_not_followed(serve):
    url = serve(lambda peer: peer.sendall(head(0, "302 Found", "Location: http://127.0.0.1:1/\r\n")))
    assert Door().request("GET", url).status == 302


def test_a_body_over_the_bound_is_refused(serve):
    url = serve(lambda peer: peer.sendall(head(200_000) + b"x" * 200_000))
    with pytest.raises(UnexpectedReply, match="reply_too_large"):
        Door().request("GET", url, max_bytes=100_000)


@pytest.mark.parametrize("piece", [b"x", b"x" * 70_000])
def test_an_endless_drip_is_ended_by_the_whole_calls_time(serve, piece):
    def drip(peer: socket.socket) -> None:
        peer.sendall(head(7_000_000))
        for _ in range(100):
            peer.sendall(piece)
            time.sleep(0.05)

    began = time.monotonic()
    with pytest.raises(ServiceUnavailable, match="timeout"):
        Door().request("GET", serve(drip), timeout_s=0.4)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("part", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
def test_a_cut_connection_is_an_unavailable_service(serve, part):
    with pytest.raises(ServiceUnavailable):
        Door().request("GET", serve(lambda peer: peer.sendall(part)))


def test_silence_is_a_timeout(serve):
    with pytest.raises(ServiceUnavailable, match="timeout"):
        Door().request("GET", serve(lambda peer: time.sleep(1)), timeout_s=0.2)


def test_no_server_is_an_unavailable_service():
    with pytest.raises(ServiceUnavailable, match="no_connection"):
        Door().request("GET", "http://127.0.0.1:1/", timeout_s=1)


@pytest.mark.parametrize("body", [b"", b"<html>", b"NaN", b'{"a": Infinity}', b"[" * 100_000, b"\xff"])
def test_what_is_not_json_is_an_unexpected_reply(body):
    with pytest.raises(UnexpectedReply, match="not_json"):
        Reply(200, {}, body).json()


def test_an_old_tls_version_is_refused():
    from convailens.lib.http import _TLSAdapter

    context = _TLSAdapter().poolmanager.connection_pool_kw["ssl_context"]
    assert context.minimum_version.name == "TLSv1_2"


def test_a_cookie_of_one_call_does_not_join_the_next(serve):
    url = serve(lambda peer: peer.sendall(head(2, more="Set-Cookie: session_id=acme; Path=/\r\n") + b"{}"))
    door = Door()
    door.request("GET", url)
    assert not list(door._session.cookies)
    assert "Cookie" not in door._session.prepare_request(requests.Request("GET", url)).headers
