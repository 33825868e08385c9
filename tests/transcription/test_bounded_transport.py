"""A call to Deepgram ends: by its deadline, by its size, whatever the other side does with its bytes."""

from __future__ import annotations

import socket
import threading
import time

import httpx
import pytest

from transcription.bounded_transport import BoundedTransport
from transcription.errors import VoiceUnexpected

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"


@pytest.fixture
def serve():
    """Serves one connection by a function that is given the socket; says where."""
    door = socket.create_server(("127.0.0.1", 0))
    threads = []

    def start(behave):
        def run():
            link, _ = door.accept()
            with link:
                behave(link)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return f"http://127.0.0.1:{door.getsockname()[1]}/"

    yield start
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    door.close()


@pytest.fixture(scope="module")
def http():
    transport = BoundedTransport(max_reply_bytes=100, stall_s=0.2)
    with httpx.Client(transport=transport) as client:
        yield client


def post(http, url, *, timeout_s=0.4, pieces=(b"x" * 10,) * 3):
    """Seconds until the call ended, and how."""
    started = time.monotonic()
    size = sum(map(len, pieces))
    try:
        reply = http.post(url, content=iter(pieces), headers={"Content-Length": str(size)}, timeout=timeout_s)
    except (httpx.TimeoutException, VoiceUnexpected) as error:
        return time.monotonic() - started, type(error)
    return time.monotonic() - started, reply.content


def heard(link, size=30):
    """Read the request with its body."""
    got = b""
    while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < size:
        got += link.recv(4096)
    return got


def until_gone(link):
    """Wait for the other side to hang up."""
    try:
        while link.recv(4096):
            pass
    except ConnectionResetError:
        pass


def test_a_prompt_answer_passes(http, serve):
    def behave(link):
        heard(link)
        link.sendall(HEAD + b"y" * 20)

    assert post(http, serve(behave))[1] == b"y" * 20


def test_who_says_nothing_is_left_at_the_deadline(http, serve):
    def behave(link):
        heard(link)
        until_gone(link)

    took, how = post(http, serve(behave))
    assert how is httpx.ReadTimeout
    assert 0.35 < took < 1


def test_what_sending_took_is_not_there_for_waiting(http, serve):
    def pieces():
        for _ in range(3):
            time.sleep(0.25)
            yield b"x" * 10

    def behave(link):
        heard(link)
        until_gone(link)

    url = serve(behave)
    started = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        http.post(url, content=pieces(), headers={"Content-Length": "30"}, timeout=0.9)
    assert 0.85 < time.monotonic() - started < 1.5  # Not 0.75 + 0.9.


def test_a_body_that_takes_too_long_to_send_is_given_up(http, serve):
    def pieces():
        for _ in range(30):
            time.sleep(0.1)
            yield b"x"

    url = serve(until_gone)
    started = time.monotonic()
    with pytest.raises(httpx.WriteTimeout):
        http.post(url, content=pieces(), headers={"Content-Length": "30"}, timeout=0.4)
    assert time.monotonic() - started < 1.5


def test_who_does_not_read_is_left(http, serve):
    gone = threading.Event()
    took, how = post(http, serve(lambda link: gone.wait(5)), timeout_s=3, pieces=(b"x" * 1_000_000,) * 20)
    gone.set()
    assert how is httpx.WriteTimeout
    assert took < 1


def test_a_drip_that_stalls_at_last_ends_soon_after_the_deadline(http, serve):
    def behave(link):
        heard(link)
        link.sendall(HEAD)
        for _ in range(8):
            time.sleep(0.1)
            link.sendall(b"y")
        until_gone(link)

    took, how = post(http, serve(behave), timeout_s=0.9)
    assert how is httpx.ReadTimeout
    assert took < 1.5  # 0.9 and a stall; with httpx's timeouts alone 0.8 and another 0.9.


def test_a_stall_within_the_answer_is_not_waited_out(http, serve):
    def behave(link):
        heard(link)
        link.sendall(HEAD + b"y")
        until_gone(link)

    took, how = post(http, serve(behave), timeout_s=5)
    assert how is httpx.ReadTimeout
    assert took < 1


def test_an_answer_may_not_be_larger_than_allowed(http, serve):
    def behave(link):
        heard(link)
        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"y" * 101)
        until_gone(link)

    assert post(http, serve(behave))[1] is VoiceUnexpected


def test_an_early_no_is_heard_while_the_body_is_still_being_sent(http, serve):
    def behave(link):
        link.recv(1000)
        link.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        link.shutdown(socket.SHUT_WR)
        until_gone(link)

    assert post(http, serve(behave), timeout_s=3, pieces=(b"x" * 1_000_000,) * 5)[1] == b"no"
