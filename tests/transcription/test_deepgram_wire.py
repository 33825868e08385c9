"""Our client of Deepgram on the wire: what it sends byte for byte, and answers that no emulated service gives."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import threading
import time
from email.utils import formatdate

import pytest

from tests.transcription.deepgram_clients import AUDIO, Recording, clients
from transcription.deepgram import MAX_REPLY_BYTES
from transcription.errors import VoiceRateLimited, VoiceUnexpected


class Wire:
    """A server that notes what comes in, byte for byte, and answers as it is told."""

    api_key = "dg-wire"

    def __init__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                outer.seen.append((self.path, dict(self.headers), hashlib.sha256(self.rfile.read(length)).hexdigest()))
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # Of an endless answer not all is taken.
                    self.wfile.write(outer.body)

            def log_message(self, *args):
                pass

        self.seen = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def answers(self, status, body, **headers):
        self.status, self.body, self.headers = status, body, headers


@pytest.fixture(scope="module")
def wires():
    made = Wire()
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


@pytest.fixture
def wire(wires):
    wires.seen.clear()
    return wires


@pytest.fixture(scope="module")
def transcribe():
    with clients() as transcribe:
        yield transcribe


EMPTY = {"metadata": {"duration": 1.0, "request_id": "r"}, "results": {"channels": [{"alternatives": []}]}}


def test_the_body_goes_out_in_its_pieces_under_its_length(transcribe, wire):
    wire.answers(200, json.dumps(EMPTY).encode(), **{"Set-Cookie": "a=b"})
    for _ in range(2):
        assert transcribe(wire).is_empty
    assert len(wire.seen) == 2
    for path, headers, digest in wire.seen:
        assert headers["Content-Length"] == str(len(AUDIO))
        assert "Transfer-Encoding" not in headers
        assert "Cookie" not in headers
        assert headers["Authorization"] == "Token dg-wire"
        assert digest == hashlib.sha256(AUDIO).hexdigest()
        assert path.startswith("/v1/listen?")
        assert "mip_opt_out=true" in path
        assert path.count("language_hint=") == 3


def test_a_redirect_is_not_followed(transcribe, wire):
    wire.answers(307, b"{}", Location="http://127.0.0.1:9/v1/listen")
    with pytest.raises(VoiceUnexpected):
        transcribe(wire)
    assert len(wire.seen) == 1


def test_an_endless_answer_is_dropped(transcribe, wire):
    wire.answers(200, b" " * (MAX_REPLY_BYTES + 1))
    with pytest.raises(VoiceUnexpected):
        transcribe(wire)


def test_a_recording_of_another_length_than_it_says_is_not_sent(transcribe, wire):
    wire.answers(200, json.dumps(EMPTY).encode())

    class Liar(Recording):
        size = 3

    with pytest.raises(VoiceUnexpected):
        transcribe(wire, Liar((b"four",)))


def test_an_endpoint_below_a_path_is_one_too(transcribe, wire):
    wire.answers(200, json.dumps(EMPTY).encode())
    assert transcribe(wire, base_url=f"{wire.base_url}/eu/").is_empty
    assert wire.seen[-1][0].startswith("/eu/v1/listen?")


@pytest.mark.parametrize(
    "reply",
    [
        {},
        [],
        {"results": {}},
        {"results": {"channels": []}},
        {"results": {"channels": {}}},
        {"results": [], "metadata": {}},
        {"request_id": "r"},
        "text",
        None,
        7,
    ],
    ids=json.dumps,
)
def test_an_answer_without_channels_is_none(transcribe, wire, reply):
    wire.answers(200, json.dumps(reply).encode())
    with pytest.raises(VoiceUnexpected):
        transcribe(wire)


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("channel", "text", "confidence", "language"),
    [
        ({}, "", 0.0, ""),
        ({"alternatives": [{}]}, "", 0.0, ""),
        ({"alternatives": "none"}, "", 0.0, ""),
        ({"alternatives": [{"transcript": 7, "words": {}}]}, "", 0.0, ""),
        ({"alternatives": [{"transcript": " a  b ", "confidence": "high"}]}, "a b", 0.0, ""),
        (
            {"alternatives": [{"confidence": 0.5, "words": [{"word": "a"}, {"word": ""}, {}, {"word": 3}]}]},
            "a",
            0.5,
            "",
        ),
        ({"alternatives": [{"words": [{"word": "a", "punctuated_word": "A.", "confidence": 2}]}]}, "A.", 1.0, ""),
        ({"alternatives": [{"words": [{"word": "a", "confidence": NAN, "start": INFINITY}]}]}, "a", 0.0, ""),
        ({"alternatives": [{"words": [{"word": "a", "confidence": -1, "speaker": "x"}]}]}, "a", 0.0, ""),
        # A long word weighs more than a short one.
        (
            {"alternatives": [{"words": [{"word": "a", "confidence": 0.2}, {"word": "bcd", "confidence": 1.0}]}]},
            "a bcd",
            0.8,
            "",
        ),
        ({"alternatives": [{"transcript": "a", "languages": ["pt", "es"]}]}, "a", 0.0, "pt"),
        (
            {
                "alternatives": [
                    {"languages": ["pt"], "words": [{"word": w, "language": w} for w in ("es", "es", "pt")]}
                ]
            },
            "es es pt",
            0.0,
            "es",
        ),
        ({"detected_language": "pt-br", "alternatives": [{"transcript": "a", "languages": ["es"]}]}, "a", 0.0, "pt-BR"),
        ({"detected_language": "<script>", "alternatives": [{"transcript": "a"}]}, "a", 0.0, ""),
        ({"alternatives": [{"transcript": "a", "languages": [["es"]]}]}, "a", 0.0, ""),
        # Of what nobody says there is no language.
        ({"detected_language": "en", "alternatives": [{"languages": ["en"], "transcript": ""}]}, "", 0.0, ""),
    ],
)
def test_nothing_of_an_answer_is_taken_on_trust(transcribe, wire, channel, text, confidence, language):
    wire.answers(200, json.dumps({"metadata": {}, "results": {"channels": [channel]}}).encode())
    found = transcribe(wire, duration_s=2.5)
    assert " ".join(word.text for passage in found.passages for word in passage.words) == text
    assert found.confidence == pytest.approx(confidence)
    assert (found.language, found.billed_s, found.request_id) == (language, 2.5, "")


def test_channels_that_nobody_asked_for_are_not_billed(transcribe, wire):
    reply = {"metadata": {"duration": 4.0}, "results": {"channels": [{"alternatives": []}] * 2}}
    wire.answers(200, json.dumps(reply).encode())
    assert transcribe(wire).billed_s == 4.0
    assert transcribe(wire, is_call=True, channels=2).billed_s == 8.0


@pytest.mark.parametrize("duration", [NAN, INFINITY, -1, True, "5", None])
def test_a_duration_that_is_none_is_ours(transcribe, wire, duration):
    wire.answers(200, json.dumps(EMPTY | {"metadata": {"duration": duration}}).encode())
    assert transcribe(wire, duration_s=2.5).billed_s == 2.5


@pytest.mark.parametrize(
    ("told", "waits"),
    [(7, 7.0), (None, 30.0), (0, 1.0), (86400, 3600.0), ("soon", 30.0), ("nan", 30.0), ("date", 90.0)],
)
def test_it_is_tried_again_when_deepgram_says(transcribe, wire, told, waits):
    told = formatdate(time.time() + 90, usegmt=True) if told == "date" else told
    wire.answers(429, b"{}", **({} if told is None else {"Retry-After": str(told)}))
    with pytest.raises(VoiceRateLimited) as caught:
        transcribe(wire)
    assert caught.value.retry_after_s == pytest.approx(waits, abs=3)
