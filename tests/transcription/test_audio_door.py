"""The audio door against a host of our own: redirects, the token, statuses, bounds, and what may be in memory."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from convailens.lib.errors import ConvAILensError
from convailens.lib.log import fields_of
from tests.transcription.audio_host import NOTE, Handler, Host, certificate, fetched, running_host
from transcription.audio import door as door_module
from transcription.audio.door import CHUNK, SMALL, AudioDoor
from transcription.audio.recording import Audio
from transcription.audio.sockets import make_tls
from transcription.errors import AudioGone, AudioRefused, AudioUnavailable

LARGE = NOTE + bytes(SMALL)


def test_a_recording_comes_whole_in_pieces_and_reads_as_a_file(host: Host) -> None:
    body = NOTE + bytes(range(256)) * 2600
    host.answers["/a.m4a"] = lambda request: request.give(body, ETag='"1"', Content_Type="text/html")
    with fetched(host, "/a.m4a?signature=1") as audio:
        assert audio.size == len(body) == sum(map(len, audio.chunks))
        assert max(map(len, audio.chunks)) < 2 * CHUNK  # What one reading leaves waits for the next.
        assert audio.final_url == f"{host.origin}/a.m4a?signature=1"
        file = audio.open()
        assert file.read() == body
        for place, length in ((0, 10), (300_000, 400_000), (len(body) - 5, 50), (len(body) + 5, 5)):
            file.seek(place)
            assert file.read(length) == body[place : place + length]
        assert file.seek(-3, 2) == len(body) - 3
        assert host.origin not in repr(audio)
    assert audio.chunks == ()
    sent = host.seen[0][1]
    assert sent["Accept-Encoding"] == "identity"
    assert sent.keys() == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


def test_a_recordings_key_is_of_its_path_and_bytes_under_our_secret() -> None:
    one = Audio((b"ab", b"c"), "https://storage.googleapis.com/b/a.ogg?signature=1")
    again = Audio((b"a", b"bc"), "https://storage.googleapis.com/b/a.ogg?signature=2")
    assert one.key(b"secret") == again.key(b"secret")
    assert len(one.key(b"secret")) == 64
    assert one.key(b"secret") != one.key(b"other")
    assert one.key(b"secret") != Audio((b"abd",), one.final_url).key(b"secret")
    assert one.key(b"secret") != Audio((b"abc",), "https://storage.googleapis.com/b/b.ogg").key(b"secret")


def test_the_token_goes_to_kommo_alone_and_not_back_to_it_once_a_redirect_has_left(host: Host) -> None:
    with running_host() as other:
        host.answers["/1"] = lambda request: request.give(status=302, Location="/2")
        host.answers["/2"] = lambda request: request.give(status=307, Location=f"{other.origin}/3")
        other.answers["/3"] = lambda request: request.give(status=301, Location=f"{host.origin}/4")
        host.answers["/4"] = lambda request: request.give(NOTE)
        exempt = [host.origin, other.origin]
        fetched(host, "/1", token="t0k", exempt=exempt, kommo_origins=[host.origin]).close()
        assert [(path, headers.get("Authorization")) for path, headers in host.seen] == [
            ("/1", "Bearer t0k"),
            ("/2", "Bearer t0k"),
            ("/4", None),
        ]
        assert [headers.get("Authorization") for _, headers in other.seen] == [None]
        host.seen.clear()
        fetched(host, "/4", token="t0k", exempt=exempt).close()
        assert "Authorization" not in host.seen[0][1]


def test_cookies_that_a_host_sets_do_not_come_back(host: Host) -> None:
    host.answers["/1"] = lambda request: request.give(status=303, Location="/2", Set_Cookie="a=b; Path=/")
    host.answers["/2"] = lambda request: request.give(NOTE, Set_Cookie="a=b; Path=/")
    door = AudioDoor()
    for _ in range(2):
        fetched(host, "/1", door=door).close()
    assert all("Cookie" not in headers for _, headers in host.seen)


def test_a_proxy_of_the_environment_is_not_asked(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    host.answers["/a"] = lambda request: request.give(NOTE)
    fetched(host, "/a").close()
    assert host.seen[0][0] == "/a"


def test_four_redirects_are_followed_and_no_fifth(host: Host) -> None:
    def lead_on(request: Handler) -> None:
        left = int(request.path.rpartition("=")[2])
        if left:
            request.give(status=302, Location=f"/r?left={left - 1}")
        else:
            request.give(NOTE)

    host.answers["/r"] = lead_on
    fetched(host, "/r?left=4").close()
    assert len(host.seen) == 5
    with pytest.raises(AudioRefused, match="audio_too_many_redirects"):
        fetched(host, "/r?left=5")
    assert len(host.seen) == 10


@pytest.mark.parametrize(
    ("status", "refusal", "code"),
    [
        (204, AudioRefused, "audio_empty"),
        (206, AudioGone, "audio_gone"),
        (302, AudioGone, "audio_gone"),  # Without a place.
        (304, AudioGone, "audio_gone"),
        (400, AudioGone, "audio_gone"),
        (401, AudioGone, "audio_gone"),
        (403, AudioGone, "audio_gone"),
        (404, AudioGone, "audio_gone"),
        (410, AudioGone, "audio_gone"),
        (408, AudioUnavailable, "audio_unavailable"),
        (429, AudioUnavailable, "audio_unavailable"),
        (500, AudioUnavailable, "audio_unavailable"),
        (503, AudioUnavailable, "audio_unavailable"),
    ],
)
def test_a_status_means_gone_or_later(host: Host, status: int, refusal: type[ConvAILensError], code: str) -> None:
    host.answers["/a"] = lambda request: request.give(b"" if status in (204, 304) else NOTE, status=status)
    with pytest.raises(refusal) as refused:
        fetched(host, "/a")
    assert refused.value.code == code
    assert refused.value.retryable == (refusal is AudioUnavailable)
    assert host.origin not in str(refused.value) + refused.value.detail + repr(refused.value.extra)


def test_a_host_that_says_when_is_heard_within_reason(host: Host) -> None:
    for said, meant in (("7", 7.0), ("999999", 3600.0), ("soon", None), ("٣", None)):
        said_bytes = said.encode().decode("latin-1")
        host.answers["/a"] = lambda request, said=said_bytes: request.give(status=429, Retry_After=said)
        with pytest.raises(AudioUnavailable) as refused:
            fetched(host, "/a")
        assert refused.value.retry_after_s == meant


def _declared(length: int) -> Any:
    def answer(request: Handler) -> None:
        request.give(NOTE[:500], Content_Length=str(length))

    return answer


def _endless(head: bytes) -> Any:
    def answer(request: Handler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(head)
        while True:
            request.wfile.write(bytes(65_536))

    return answer


def _drip(request: Handler) -> None:
    request.send_response(200)
    request.end_headers()
    for byte in NOTE:
        request.wfile.write(bytes([byte]))
        time.sleep(0.02)


def _dripped_headers(request: Handler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.wfile.write(b"A: b\r\n" if int(time.monotonic() * 50) % 9 == 0 else b"")
        time.sleep(0.02)


def _chunked_and_cut(request: Handler) -> None:
    request.send_response(200)
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    request.wfile.write(b"1000\r\n" + NOTE[:4096] + b"\r\n")


def _silent(request: Handler) -> None:
    time.sleep(1)


def _talking_nonsense(request: Handler) -> None:
    request.wfile.write(b"\x16\x03\x01 no HTTP at all\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "code", "most_s"),
    [
        (_declared(500_000_000), "audio_too_large", 1.0),
        (_endless(NOTE[:500]), "audio_too_large", 3.0),
        (_endless(b"<!DOCTYPE html>"), "audio_wrong_type", 1.0),
        (lambda request: request.give(b"<html>" * 100_000), "audio_wrong_type", 1.0),
        (lambda request: request.give(b"OggS"), "audio_wrong_type", 1.0),
        (lambda request: request.give(NOTE, Content_Encoding="gzip"), "audio_wrong_type", 1.0),
        (lambda request: request.give(b""), "audio_empty", 1.0),
        (_drip, "audio_too_slow", 2.0),
        (_dripped_headers, "audio_too_slow", 2.0),
        (_silent, "audio_too_slow", 2.0),
        (_declared(700), "audio_unavailable", 1.0),
        (_chunked_and_cut, "audio_unavailable", 1.0),
        (_talking_nonsense, "audio_unavailable", 1.0),
    ],
    ids=[
        *("500 MB told", "endless", "endless HTML", "HTML", "too short to know", "packed", "zero bytes", "a drip"),
        *("a drip of headers", "silence", "cut off", "cut off in pieces", "no HTTP"),
    ],
)
def test_what_is_wrong_with_a_download_is_found_in_time(host: Host, answer: Any, code: str, most_s: float) -> None:
    host.answers["/a"] = answer
    started = time.monotonic()
    with pytest.raises(ConvAILensError) as refused:
        fetched(host, "/a", timeout_s=0.5 if code == "audio_too_slow" else 5.0)
    assert refused.value.code == code
    assert time.monotonic() - started < most_s


def test_a_host_that_is_not_there_is_unavailable() -> None:
    with running_host() as host:
        origin = host.origin
    with pytest.raises(AudioUnavailable):
        AudioDoor().fetch(
            f"{origin}/a", token=None, extra_hosts=(), exempt=[origin], max_bytes=1, timeout_s=1, kommo_origins=()
        )


def test_every_connection_is_closed_when_the_answer_is_known_whatever_it_is(host: Host) -> None:
    opened: list[socket.socket] = []

    def dial(connection: socket.socket, address: Any) -> None:
        opened.append(connection)
        connection.connect(address)

    def moved(place: str) -> Any:
        return lambda request: request.give(b"moved" * 50_000, status=302, Location=place)

    host.answers |= {
        "/there": moved("/note"),
        "/note": lambda request: request.give(NOTE),
        "/gone": moved("/404"),
        "/404": lambda request: request.give(b"gone" * 50_000, status=404),
        "/unresolved": moved("https://storage.googleapis.com/a"),
        "/elsewhere": moved("https://example.com/a"),
        "/endless": _endless(NOTE),
        "/nonsense": _talking_nonsense,
        "/drip": _drip,
    }
    door = AudioDoor(resolve=_resolve_no_name, dial=dial)
    ends = {"/there": "", "/gone": "audio_gone", "/unresolved": "audio_unavailable", "/drip": "audio_too_slow"}
    ends |= {"/elsewhere": "audio_host_not_allowed", "/endless": "audio_too_large", "/nonsense": "audio_unavailable"}
    for path, code in ends.items():
        if code:
            with pytest.raises(ConvAILensError, match=code):
                fetched(host, path, door=door, timeout_s=0.3)
        else:
            fetched(host, path, door=door, timeout_s=0.3)
        assert opened, path
        assert [connection.fileno() for connection in opened] == [-1] * len(opened), path
        opened.clear()


def _resolve_no_name(host: str, port: int, **asked: Any) -> Any:
    if host[0].isdigit():
        return socket.getaddrinfo(host, port, **asked)
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


def test_a_large_recording_waits_its_turn_and_a_small_one_does_not(host: Host) -> None:
    host.answers["/large"] = lambda request: request.give(LARGE)
    host.answers["/small"] = lambda request: request.give(NOTE)
    got: list[Audio] = []
    first = fetched(host, "/large", max_bytes=5_000_000)
    waiting = threading.Thread(target=lambda: got.append(fetched(host, "/large", max_bytes=5_000_000)))
    waiting.start()
    fetched(host, "/small").close()
    waiting.join(0.3)
    assert waiting.is_alive()
    assert got == []
    first.close()
    first.close()  # A second time gives nobody a second turn.
    waiting.join(5)
    assert got[0].size == len(LARGE)
    assert not door_module._TURN.acquire(blocking=False)
    got.clear()  # Not closed, but collected.
    with fetched(host, "/large", max_bytes=5_000_000):
        pass


def test_who_waits_too_long_for_a_turn_is_told_to_come_again(host: Host) -> None:
    host.answers["/large"] = lambda request: request.give(LARGE)
    with fetched(host, "/large", max_bytes=5_000_000), pytest.raises(AudioUnavailable):
        fetched(host, "/large", max_bytes=5_000_000, timeout_s=0.5)


@pytest.mark.parametrize("ending", [_declared(SMALL * 3), _endless(NOTE)], ids=["cut off", "too large"])
def test_a_large_recording_that_fails_gives_its_turn_back(host: Host, ending: Any) -> None:
    def cut(request: Handler) -> None:
        request.give(LARGE, Content_Length=str(len(LARGE) + 1))

    host.answers["/fails"] = cut if ending.__qualname__.startswith("_declared") else ending
    host.answers["/large"] = lambda request: request.give(LARGE)
    with pytest.raises(ConvAILensError):
        fetched(host, "/fails", max_bytes=5_000_000)
    with fetched(host, "/large", max_bytes=5_000_000) as audio:
        assert audio.size == len(LARGE)


def test_over_tls_the_name_must_be_the_certificates_and_the_certificate_trusted(tmp_path: Path) -> None:
    def tried(name: str, trusted: Path | None, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> int:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate(tmp_path, name))
        server.maximum_version = version
        with running_host(server) as host:
            origin = f"https://localhost:{host.server_address[1]}"
            host.answers["/a"] = lambda request: request.give(NOTE)
            door = AudioDoor(tls=make_tls(str(trusted) if trusted else None))
            with door.fetch(
                f"{origin}/a", token=None, extra_hosts=(), exempt=[origin], max_bytes=1_000_000, timeout_s=3
            ) as audio:
                return audio.size

    assert tried("localhost", tmp_path / "localhost.pem") == len(NOTE)
    with pytest.raises(AudioUnavailable):
        tried("elsewhere.example", tmp_path / "elsewhere.example.pem")
    with pytest.raises(AudioUnavailable):
        tried("localhost", None)


def test_a_drip_over_tls_is_ended_too(tmp_path: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = certificate(tmp_path, "localhost")
    server.load_cert_chain(file)
    with running_host(server) as host:
        origin = f"https://localhost:{host.server_address[1]}"
        host.answers["/a"] = _drip
        started = time.monotonic()
        with pytest.raises(AudioRefused, match="audio_too_slow"):
            AudioDoor(tls=make_tls(str(file))).fetch(
                f"{origin}/a", token=None, extra_hosts=(), exempt=[origin], max_bytes=1_000_000, timeout_s=0.5
            )
        assert time.monotonic() - started < 2


def test_the_line_in_the_log_says_how_much_and_whose_and_not_where(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    host.answers["/secret-place.m4a"] = lambda request: request.give(NOTE)
    with caplog.at_level(logging.INFO, "convailens"):
        fetched(host, "/secret-place.m4a?signature=s3cret").close()
    (line,) = [fields_of(record) for record in caplog.records]
    assert (line["event"], line["bytes"], line["host_kind"]) == ("audio.fetched", len(NOTE), "sandbox")
    assert "secret" not in json.dumps([record.__dict__ for record in caplog.records], default=str)
