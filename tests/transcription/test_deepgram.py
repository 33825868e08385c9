"""Our client of Deepgram, against the emulated service over HTTP; and on the wire, where that shows too little."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import io
import json
import logging
import threading
import time
from dataclasses import dataclass
from email.utils import formatdate

import pytest

from convailens.lib.log import JSONFormatter
from tests.sandbox.process import ROOT, DeepgramSandbox
from transcription.deepgram import MAX_REPLY_BYTES, Deepgram
from transcription.errors import VoiceRateLimited, VoiceRefused, VoiceUnavailable, VoiceUnexpected

AUDIO = b"OggS" + b"a recording in pieces " * 400
SAID = "Hola, ¿cuánto cuesta el plan Kestrel?"


@dataclass
class Recording:
    """As the audio door hands one over."""

    chunks: tuple[bytes, ...]

    @property
    def size(self):
        return sum(map(len, self.chunks))


RECORDING = Recording((AUDIO[:1000], AUDIO[1000:5000], AUDIO[5000:]))


def words(text, *, start=0.1, speaker=0, channel=0, confidence=0.97):
    return [
        {
            "word": word.strip("¿?.,!").lower(),
            "punctuated_word": word,
            "start": round(start + 0.4 * n, 2),
            "end": round(start + 0.4 * n + 0.35, 2),
            "confidence": confidence,
            "speaker": speaker,
            "channel": channel,
        }
        for n, word in enumerate(text.split())
    ]


@pytest.fixture(scope="module")
def emulated(sandbox_ready):
    service = DeepgramSandbox(sandbox_ready)
    yield service
    service.http.close()


@pytest.fixture
def service(emulated):
    """The emulated Deepgram, well-behaved, knowing what is said in RECORDING: 5 s of Spanish."""
    for path in ("misbehaviour", "requests"):
        assert emulated.http.delete(f"/_sandbox/{path}").is_success
    emulated.know(AUDIO, kind="message", seconds=5.0, channels=1, language="es", words=words(SAID))
    return emulated


@pytest.fixture(scope="module")
def transcribe():
    """Transcribes a recording, by a client of our own for each set of settings: making one takes 40 ms."""
    made = {}

    def transcribe(service, recording=RECORDING, *, language="", is_call=False, channels=1, duration_s=5.0, **changes):
        settings = {
            "api_key": service.api_key,
            "base_url": service.base_url,
            "model": "nova-3",
            "default_language": "multi",
            "hints": ("en", "es", "pt"),
            "timeout_s": 20,
        } | changes
        key = tuple(settings.items())
        deepgram = made.get(key) or made.setdefault(key, Deepgram(**settings))
        return deepgram.transcribe(
            recording, duration_s=duration_s, language=language, is_call=is_call, channels=channels
        )

    yield transcribe
    for deepgram in made.values():
        deepgram.close()


def said(transcript):
    return [(passage.speaker, " ".join(word.text for word in passage.words)) for passage in transcript.passages]


def test_a_voice_message_becomes_its_words(transcribe, service):
    found = transcribe(service)
    assert said(found) == [(None, SAID)]
    assert found.language == "es"
    assert found.confidence == pytest.approx(0.97)
    assert found.billed_s == 5.0
    assert len(found.request_id) == 36
    assert not found.is_empty
    assert [word.confidence for word in found.passages[0].words] == [0.97] * 6


def test_the_recording_arrives_whole_and_training_is_declined(transcribe, service):
    transcribe(service)
    (seen,) = service.seen
    assert {name: seen[name] for name in ("bytes", "by", "key_ok", "model", "mip_opt_out")} == {
        "bytes": len(AUDIO),
        "by": "bytes",
        "key_ok": True,
        "model": "nova-3",
        "mip_opt_out": True,
    }
    assert seen["smart_format"] is seen["punctuate"] is True
    assert seen["multichannel"] is seen["utterances"] is seen["callback"] is False
    assert seen["diarize_model"] == ""


@pytest.mark.parametrize(
    ("language", "changes", "asked", "hints", "detects", "found"),
    [
        ("", {}, "multi", ["en", "es", "pt"], False, "es"),
        ("es", {}, "es", [], False, "es"),
        ("es-MX", {}, "es-419", [], False, "es-419"),
        ("pt_br", {"default_language": "detect"}, "pt-BR", [], False, "pt-BR"),
        ("zh-Hant", {}, "zh-Hant", [], False, "zh-Hant"),
        ("multi", {"default_language": "es"}, "multi", ["en", "es", "pt"], False, "es"),
        # What the model does not know is not taken for English: the policy decides.
        ("tlh", {}, "multi", ["en", "es", "pt"], False, "es"),
        ("no tag", {"default_language": "es"}, "es", [], False, "es"),
        ("", {"default_language": "es-AR"}, "es-419", [], False, "es-419"),
        ("", {"default_language": "detect"}, "", [], True, "es"),
        ("", {"default_language": "tlh", "hints": ()}, "multi", [], False, "es"),
        ("", {"hints": ("es-MX", "tlh", "es", "", "pt-BR")}, "multi", ["es", "pt"], False, "es"),
        ("", {"model": "nova-2"}, "multi", [], False, "es"),
        ("", {"model": "nova-2", "default_language": "tlh"}, "", [], True, "es"),
        ("kn", {"model": "nova-2", "default_language": "detect"}, "", [], True, "es"),
    ],
)
def test_a_language_is_always_said(transcribe, service, language, changes, asked, hints, detects, found):
    transcript = transcribe(service, language=language, **changes)
    (seen,) = service.seen
    assert (seen["language"], seen["hints"], bool(seen["detect_language"])) == (asked, hints, detects)
    assert transcript.language == found


def test_the_speakers_of_a_call_are_told_apart_by_their_voices(transcribe, service):
    talk = [
        *words("Alô, bom dia.", start=0, speaker=4),
        *words("Bom dia!", start=2, speaker=1),
        *words("Pois não?", start=4, speaker=4),
    ]
    service.know(AUDIO, kind="call", seconds=7.5, channels=1, language="pt", words=talk)
    found = transcribe(service, is_call=True)
    assert said(found) == [(0, "Alô, bom dia."), (1, "Bom dia!"), (0, "Pois não?")]
    assert found.billed_s == 7.5
    assert (service.seen[0]["diarize_model"], service.seen[0]["multichannel"]) == ("latest", False)


def test_a_call_with_one_voice_has_no_labels(transcribe, service):
    assert said(transcribe(service, is_call=True)) == [(None, SAID)]


def test_the_speakers_of_a_call_are_told_apart_by_their_channels(transcribe, service):
    talk = [
        *words("Alô, bom dia. Tudo bem?", start=0.2, channel=0),
        *words("Oi!", start=1.0, channel=1),  # While the other one speaks.
        *words("Quero saber o preço.", start=4.0, channel=1),
        *words("Claro.", start=6.0, channel=0),
    ]
    service.know(AUDIO, kind="call", seconds=7.5, channels=2, language="pt", words=talk)
    found = transcribe(service, is_call=True, channels=2)
    assert said(found) == [
        (0, "Alô, bom dia. Tudo bem?"),
        (1, "Oi! Quero saber o preço."),
        (0, "Claro."),
    ]
    assert found.billed_s == 15.0
    assert found.language == "pt"
    assert (service.seen[0]["diarize_model"], service.seen[0]["multichannel"]) == ("", True)


def test_a_voice_message_in_stereo_is_heard_and_billed_once(transcribe, service):
    service.know(AUDIO, kind="message", seconds=5.0, channels=2, language="es", words=words(SAID))
    assert transcribe(service, channels=2).billed_s == 5.0
    assert service.seen[0]["multichannel"] is False


def test_silence_is_a_transcript_without_words(transcribe, service):
    service.misbehave("silence")
    found = transcribe(service)
    assert found.is_empty
    assert (found.passages, found.language, found.confidence, found.billed_s) == ((), "", 0.0, 5.0)


def test_a_silent_call_is_one_on_any_number_of_channels(transcribe, service):
    service.know(AUDIO, kind="silence", seconds=3.0, channels=2, language="es", words=[])
    assert transcribe(service, is_call=True, channels=2).is_empty
    assert transcribe(service, is_call=True).is_empty


def test_a_text_without_a_list_of_words_is_taken_as_it_is(transcribe, service):
    service.misbehave("no_words")
    found = transcribe(service)
    assert said(found) == [(None, SAID)]
    assert {word.confidence for word in found.passages[0].words} == {0.97}


def test_without_a_duration_ours_counts(transcribe, service):
    service.misbehave("no_duration", times=2)
    assert transcribe(service, duration_s=5.25).billed_s == 5.25
    assert transcribe(service, duration_s=5.25, is_call=True, channels=2).billed_s == 5.25  # One channel came back.


def test_what_deepgram_bills_is_told_even_if_it_is_more(transcribe, service):
    service.misbehave("longer", factor=3)
    assert transcribe(service).billed_s == 15.0


@pytest.mark.parametrize(
    ("kind", "params", "error", "code"),
    [
        ("status", {"code": 400}, VoiceRefused, "voice_refused"),
        ("status", {"code": 400, "detail": "No such model"}, VoiceUnexpected, "voice_unexpected"),
        ("status", {"code": 400, "body": "html"}, VoiceUnexpected, "voice_unexpected"),
        ("status", {"code": 401}, VoiceUnavailable, "voice_account"),
        ("status", {"code": 402}, VoiceUnavailable, "voice_account"),
        ("status", {"code": 403}, VoiceUnavailable, "voice_account"),
        ("status", {"code": 404}, VoiceUnexpected, "voice_unexpected"),
        ("status", {"code": 409}, VoiceUnexpected, "voice_unexpected"),
        ("status", {"code": 413}, VoiceRefused, "voice_refused"),
        ("status", {"code": 429}, VoiceRateLimited, "voice_rate_limited"),
        ("status", {"code": 500}, VoiceUnavailable, "voice_unavailable"),
        ("status", {"code": 502, "body": "html"}, VoiceUnavailable, "voice_unavailable"),
        ("status", {"code": 503, "body": "empty"}, VoiceUnavailable, "voice_unavailable"),
        ("status", {"code": 504}, VoiceUnavailable, "voice_timeout"),
        ("cut_off", {}, VoiceUnavailable, "voice_unavailable"),
        ("not_json", {"body": "html"}, VoiceUnexpected, "voice_unexpected"),
        ("not_json", {"body": "garbage"}, VoiceUnexpected, "voice_unexpected"),
        ("not_json", {"body": "empty"}, VoiceUnexpected, "voice_unexpected"),
        ("not_json", {"body": "truncated"}, VoiceUnexpected, "voice_unexpected"),
        ("accepted", {}, VoiceUnexpected, "voice_unexpected"),
        ("wrong_shape", {}, VoiceUnexpected, "voice_unexpected"),
    ],
)
def test_every_fault_is_one_of_ours_and_is_not_tried_again(transcribe, service, kind, params, error, code):
    service.misbehave(kind, times=2, **params)
    with pytest.raises(error) as caught:
        transcribe(service)
    assert caught.value.code == code
    assert service.http.get("/_sandbox/requests").json()["counters"]["listen"]["count"] == 1
    # Not even as a cause: the SDK's exception holds the whole answer.
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert SAID not in repr((caught.value.args, vars(caught.value)))


def test_a_real_recording_that_is_none_is_refused(transcribe, service):
    with pytest.raises(VoiceRefused):
        transcribe(service, Recording((b"no audio at all",)))


def test_a_parameter_that_it_does_not_take_is_our_fault_not_the_recordings(transcribe, service):
    with pytest.raises(VoiceUnexpected):
        transcribe(service, model="nova-9")


def test_a_wrong_key_is_a_matter_of_our_account(transcribe, service):
    with pytest.raises(VoiceUnavailable) as caught:
        transcribe(service, api_key="dg-wrong")
    assert caught.value.code == "voice_account"
    assert caught.value.retryable


def test_a_key_that_is_none_stays_unsaid(transcribe, service):
    with pytest.raises(VoiceUnexpected) as caught:
        transcribe(service, api_key="two\nlines")
    assert caught.value.__context__ is None
    assert service.seen == []


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


def test_nobody_there_is_unavailable(transcribe):
    nobody = DeepgramSandbox({"deepgram": {"base_url": "http://127.0.0.1:9", "api_key": "k"}})
    with pytest.raises(VoiceUnavailable) as caught:
        transcribe(nobody)
    assert caught.value.code == "voice_unavailable"
    nobody.http.close()


def test_a_slow_answer_times_out(transcribe, service):
    service.misbehave("slow", seconds=1.5)
    started = time.monotonic()
    with pytest.raises(VoiceUnavailable) as caught:
        transcribe(service, timeout_s=0.3, duration_s=0)
    assert caught.value.code == "voice_timeout"
    assert time.monotonic() - started < 1.2


def test_an_answer_that_drips_has_an_end(transcribe, service):
    service.misbehave("drip", bytes=1, every_s=0.05)
    started = time.monotonic()
    with pytest.raises(VoiceUnavailable) as caught:
        transcribe(service, timeout_s=0.4, duration_s=0)
    assert caught.value.code == "voice_timeout"
    assert time.monotonic() - started < 1.2


@pytest.mark.parametrize(("duration_s", "wait_s"), [(0, 30), (14, 31.4), (3600, 390), (5400, 570), (90_000, 600)])
def test_longer_recordings_are_waited_for_longer_up_to_ten_minutes(duration_s, wait_s):
    deepgram = Deepgram(
        api_key="k", base_url="http://127.0.0.1:9", model="nova-3", default_language="multi", hints=[], timeout_s=30
    )
    assert deepgram.wait_s(duration_s) == pytest.approx(wait_s)
    deepgram.close()


def test_what_is_said_and_the_key_stay_out_of_every_log_line(transcribe, service):
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JSONFormatter())
    root = logging.getLogger()
    before = root.level
    named = [logging.getLogger(name) for name in ("httpx", "httpcore", "fern", "convailens.voice")]
    levels = [logger.level for logger in named]
    try:
        root.addHandler(handler)
        for logger in (root, *named):
            logger.setLevel(logging.DEBUG)
        transcribe(service)
        service.misbehave("wrong_shape")
        with pytest.raises(VoiceUnexpected):
            transcribe(service)
        service.misbehave("status", code=402)
        with pytest.raises(VoiceUnavailable):
            transcribe(service)
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        for logger, level in zip(named, levels, strict=True):
            logger.setLevel(level)
    text = lines.getvalue()
    events = [json.loads(line) for line in text.splitlines()]
    ours = [event for event in events if event["event"].startswith("voice.")]
    assert [(event["event"], event["level"], event.get("code"), event.get("status")) for event in ours] == [
        ("voice.transcribed", "info", None, None),
        ("voice.failed", "error", "voice_unexpected", None),
        ("voice.failed", "error", "voice_account", 402),
    ]
    assert any(event["event"].startswith("httpcore") for event in events)  # Debug was on, and says where alone.
    assert not [
        word for word in ["cuánto", "cuesta", "Kestrel", service.api_key, "Token", "mip_opt_out"] if word in text
    ]


def test_the_samples_become_their_texts(transcribe, service):
    samples = ROOT / "sandbox/data/voice"
    index = json.loads((samples / "index.json").read_text())["recordings"]
    for sample in [each for each in index if each["kind"] != "message"] + index[:3]:
        recording = Recording(((samples / sample["file"]).read_bytes(),))
        found = transcribe(
            service, recording, is_call=sample["kind"] == "call", channels=sample["channels"], duration_s=0
        )
        assert " ".join(text for _, text in said(found)) == sample["text"]
        assert {speaker for speaker, _ in said(found)} == (
            {0, 1} if sample["kind"] == "call" else {None} if sample["text"] else set()
        )
        assert found.language == (sample["language"] or "")
        assert found.billed_s == pytest.approx(sample["seconds"] * sample["channels"])


def test_speech_is_not_shown_by_a_transcripts_name(transcribe, service):
    assert repr(transcribe(service)) == "<Transcript of 6 words>"


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
    assert wire.seen[0][0].startswith("/eu/v1/listen?")


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
