"""The emulated Deepgram, as its own SDK sees it."""

from __future__ import annotations

import asyncio
import hashlib
import http.server
import json
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from deepgram.core.api_error import ApiError
from deepgram.errors import BadRequestError

from tests.sandbox.process import DeepgramSandbox
from tests.sandbox.voices import SAID, ask, async_sdk, entry, sdk, tone

VOICE = tone(0.5)
BEST = {"model": "nova-3", "language": "multi", "smart_format": True, "mip_opt_out": True}


@pytest.fixture
def known(deepgram: DeepgramSandbox) -> DeepgramSandbox:
    """It knows VOICE: 5 s of Spanish."""
    deepgram.know(VOICE, **entry())
    return deepgram


def test_the_sdk_gets_a_known_recordings_words_by_its_bytes(known: DeepgramSandbox) -> None:
    with sdk(known) as media:
        answer = media.transcribe_file(request=VOICE, **BEST)
    assert answer.metadata.duration == 5.0
    assert answer.metadata.channels == 1
    assert answer.metadata.sha256 == hashlib.sha256(VOICE).hexdigest()
    [model_id] = answer.metadata.models
    assert answer.metadata.model_info[model_id]["arch"] == "nova-3"
    [alternative] = answer.results.channels[0].alternatives
    assert alternative.transcript == SAID
    assert alternative.confidence == pytest.approx(0.97)
    assert (alternative.languages, alternative.languages_hinted) == (["es"], [])
    first = alternative.words[0]
    assert (first.word, first.punctuated_word, first.start, first.end) == ("hola", "Hola,", 0.1, 0.45)
    assert (first.language, first.speaker) == ("es", None)
    assert alternative.paragraphs.paragraphs[0].sentences[0].text == "Hola, ¿cuánto cuesta el plan anual?"
    assert answer.results.utterances is None


def test_the_asynchronous_sdk_sends_pieces_and_gets_the_same(known: DeepgramSandbox) -> None:
    async def pieces() -> Any:
        for start in range(0, len(VOICE), 1000):
            yield VOICE[start : start + 1000]

    async def call() -> Any:
        async with async_sdk(known) as media:
            return await media.transcribe_file(request=pieces(), **BEST)

    answer = asyncio.run(call())
    assert answer.results.channels[0].alternatives[0].transcript == SAID


def test_each_answer_has_an_id_in_header_and_body(known: DeepgramSandbox) -> None:
    with sdk(known) as media:
        answers = [media.with_raw_response.transcribe_file(request=VOICE, model="nova-3") for _ in range(2)]
        with pytest.raises(ApiError) as caught:
            media.transcribe_file(request=b"no audio", model="nova-3")
    ids = [answer.headers["dg-request-id"] for answer in answers]
    assert ids == [answer.data.metadata.request_id for answer in answers]
    assert len(set(map(uuid.UUID, ids))) == 2
    assert caught.value.headers["dg-request-id"] == caught.value.body["request_id"]


class _Shop(http.server.BaseHTTPRequestHandler):
    """/voice leads to /file by a redirect; /none has nothing; POSTs are kept."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        if self.path == "/file":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(VOICE)
            return
        self.send_response({"/voice": 302, "/loop": 302, "/away": 302, "/broken": 500}.get(self.path, 404))
        target = {"/voice": "/file", "/loop": "/loop", "/away": "https://media.example.com/a.ogg"}.get(self.path)
        if target:
            self.send_header("Location", target)
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.command, self.path, self.headers["dg-token"], json.loads(body)))
        self.server.has_posted.set()
        self.send_response(200)
        self.end_headers()

    do_PUT = do_POST

    def log_message(self, *args: Any) -> None:
        """Keeps quiet."""


@pytest.fixture
def shop() -> Iterator[Any]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    server.asked, server.posted, server.has_posted = [], [], threading.Event()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_url_is_fetched_through_redirects_and_without_credentials(known: DeepgramSandbox, shop: Any) -> None:
    with sdk(known) as media:
        answer = media.transcribe_url(url=f"{shop.url}/voice", model="nova-3", language="es")
    assert answer.results.channels[0].alternatives[0].transcript.startswith("hola cuánto cuesta")
    assert answer.metadata.sha256 == hashlib.sha256(VOICE).hexdigest()
    assert shop.asked == [("/voice", None), ("/file", None)]
    assert (known.seen[-1]["by"], known.seen[-1]["bytes"]) == ("url", len(VOICE))


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/none", "The remote server hosting the media returned a client error: 404 Not Found."),
        ("/broken", "The remote server hosting the media returned a server error: 500 Internal Server Error."),
        ("/loop", "The remote server hosting the media returned too many redirects."),
        ("/away", "URL for media download must be publicly routable."),
    ],
)
def test_a_url_that_cannot_be_fetched_is_said_with_the_remote_status(
    known: DeepgramSandbox, shop: Any, path: str, says: str
) -> None:
    with sdk(known) as media, pytest.raises(BadRequestError) as caught:
        media.transcribe_url(url=shop.url + path, model="nova-3")
    assert caught.value.body["err_code"] == "REMOTE_CONTENT_ERROR"
    assert caught.value.body["err_msg"] == says


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/a.ogg", "https://media.example.com/a.ogg", "file:///etc/hosts"])
def test_no_url_leads_off_this_machine_or_into_its_files(deepgram: DeepgramSandbox, url: str) -> None:
    with sdk(deepgram) as media, pytest.raises(BadRequestError) as caught:
        media.transcribe_url(url=url, model="nova-3")
    assert caught.value.body["err_code"] == "REMOTE_CONTENT_ERROR"


def test_a_callback_is_promised_at_once_and_made_once_done(known: DeepgramSandbox, shop: Any) -> None:
    with sdk(known) as media:
        answer = media.transcribe_file(request=VOICE, callback=f"{shop.url}/hook", **BEST)
    assert set(answer.model_dump()) == {"request_id"}
    assert shop.has_posted.wait(10)
    [(method, path, identifier, content)] = shop.posted
    assert (method, path, identifier) == ("POST", "/hook", "sandbox-key")
    assert content["metadata"]["request_id"] == answer.request_id
    assert content["results"]["channels"][0]["alternatives"][0]["transcript"] == SAID


def test_a_callback_tells_of_audio_that_is_none_and_goes_by_put_where_asked(
    deepgram: DeepgramSandbox, shop: Any
) -> None:
    with sdk(deepgram) as media:
        media.transcribe_file(request=b"nothing", callback=f"{shop.url}/hook", callback_method="PUT", model="nova-3")
    assert shop.has_posted.wait(10)
    [(method, _, _, content)] = shop.posted
    assert method == "PUT"
    assert content["err_msg"].endswith("corrupt or unsupported data")


def test_a_callback_misbehaves_by_the_same_rules(known: DeepgramSandbox, shop: Any) -> None:
    known.misbehave("no_duration")
    with sdk(known) as media:
        media.transcribe_file(request=VOICE, callback=f"{shop.url}/hook", **BEST)
    assert shop.has_posted.wait(10)
    [(_, _, _, content)] = shop.posted
    assert "duration" not in content["metadata"]


def test_tags_and_extras_come_back(known: DeepgramSandbox) -> None:
    metadata = ask(known, VOICE, model="nova-3", tag=["a", "b"], extra=["key:value:more", "other:1"])["metadata"]
    assert metadata["tags"] == ["a", "b"]
    assert metadata["extra"] == {"key": "value:more", "other": "1"}


def test_recordings_are_listed_without_their_words_and_a_reset_forgets_those_told_of(known: DeepgramSandbox) -> None:
    listed = known.http.get("/_sandbox/recordings")
    assert "viernes" not in listed.text
    own = next(found for found in listed.json()["recordings"] if found["sha256"] == hashlib.sha256(VOICE).hexdigest())
    assert (own["words"], own["language"], own["kind"]) == (11, "es", "message")
    known.switch("reset")
    left = known.http.get("/_sandbox/recordings").json()["recordings"]
    assert own["sha256"] not in {found["sha256"] for found in left}


def test_the_log_knows_how_it_was_asked_and_not_a_word_of_what_was_said(known: DeepgramSandbox) -> None:
    wanted = BEST | {"language_hint": ["es", "pt"], "keyterm": ["Viernes Santo"], "diarize_model": "v2"}
    with sdk(known) as media:
        media.transcribe_file(request=VOICE, **wanted)
    [facts] = known.seen
    assert facts == {
        **{"key_ok": True, "by": "bytes", "bytes": len(VOICE), "duration": 5.0, "channels": 1, "recording": ""},
        **{"model": "nova-3", "language": "multi", "hints": ["es", "pt"], "detect_language": False},
        **{"mip_opt_out": True, "smart_format": True, "punctuate": False, "utterances": False},
        **{"multichannel": False, "diarize": False, "diarize_model": "v2", "callback": False, "kind": None},
    }
    log = known.http.get("/_sandbox/requests").text.lower()
    assert "viernes" not in log
    assert known.api_key not in log
