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

from sandbox.deepgram import VOICE as VOICE_DIR
from sandbox.deepgram_audio import probe
from tests.sandbox.process import DeepgramSandbox
from tests.sandbox.voices import SAID, async_sdk, encoded, entry, sdk, tone, words

VOICE = tone(0.5)
BEST = {"model": "nova-3", "language": "multi", "smart_format": True, "mip_opt_out": True}


@pytest.fixture
def known(deepgram: DeepgramSandbox) -> DeepgramSandbox:
    """It knows VOICE: 5 s of Spanish."""
    deepgram.know(VOICE, **entry())
    return deepgram


def ask(service: DeepgramSandbox, audio: bytes = VOICE, **wanted: Any) -> dict[str, Any]:
    """The whole answer to a request by bytes."""
    answer = service.http.post(
        "/v1/listen", content=audio, params=wanted, headers={"Authorization": f"Token {service.api_key}"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def heard(service: DeepgramSandbox, audio: bytes = VOICE, **wanted: Any) -> dict[str, Any]:
    """The one alternative of the one channel."""
    [channel] = ask(service, audio, **wanted)["results"]["channels"]
    [alternative] = channel["alternatives"]
    return alternative


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


# The samples.


def test_every_sample_is_recognised_and_its_words_are_heard(deepgram: DeepgramSandbox) -> None:
    samples = json.loads((VOICE_DIR / "index.json").read_text())["recordings"]
    assert {sample["kind"] for sample in samples} == {"message", "call", "silence", "noise"}
    for sample in samples:
        audio = (VOICE_DIR / sample["file"]).read_bytes()
        wanted = {"model": "nova-3", "language": "multi", "smart_format": "true", "multichannel": "true"}
        answer = ask(deepgram, audio, **wanted)
        texts = [channel["alternatives"][0]["transcript"] for channel in answer["results"]["channels"]]
        assert len(texts) == sample["channels"], sample["file"]
        assert sorted(" ".join(texts).split()) == sorted(sample["text"].split()), sample["file"]
        assert answer["metadata"]["duration"] == sample["seconds"], sample["file"]
        assert deepgram.seen[-1]["recording"] == sample["file"]
        with (VOICE_DIR / sample["file"]).open("rb") as file:
            measured = probe(file)
        assert measured.seconds == pytest.approx(sample["seconds"], abs=0.15), sample["file"]
        assert (len(measured.loud), any(measured.loud)) == (sample["channels"], sample["kind"] != "silence")


# What is heard.


def test_without_formatting_there_are_plain_words_only(known: DeepgramSandbox) -> None:
    found = heard(known, model="nova-3", language="es-419")
    assert found["transcript"] == "hola cuánto cuesta el plan anual lo necesito para el viernes"
    assert set(found) == {"transcript", "confidence", "words"}
    assert set(found["words"][0]) == {"word", "start", "end", "confidence"}


@pytest.mark.parametrize("wanted", [{}, {"language": "en"}, {"language": "pt-BR"}, {"language": "en-GB"}])
def test_spanish_heard_in_another_language_is_nonsense_and_doubtful(
    known: DeepgramSandbox, wanted: dict[str, str]
) -> None:
    found = heard(known, model="nova-3", punctuate="true", **wanted)
    assert len(found["words"]) == len(SAID.split())
    assert not {"cuesta", "plan", "viernes"} & {word["word"] for word in found["words"]}
    assert found["confidence"] < 0.5
    assert found == heard(known, model="nova-3", punctuate="true", **wanted)


def test_multi_says_the_language_of_each_word_and_repeats_the_hints(known: DeepgramSandbox) -> None:
    found = heard(known, model="nova-3", language="multi", language_hint=["ES", "pt-br", "en-GB", "zh-hk"])
    assert found["languages"] == ["es"]
    assert found["languages_hinted"] == ["es", "pt-BR", "en", "zh-HK"]
    assert {word["language"] for word in found["words"]} == {"es"}


def test_an_old_model_mixes_two_languages_only(known: DeepgramSandbox) -> None:
    assert heard(known, model="nova-2", language="multi")["confidence"] > 0.9
    other = tone(0.3)
    known.know(other, **entry(language="pt"))
    found = heard(known, other, model="nova-2", language="multi")
    assert found["confidence"] < 0.5
    assert "languages_hinted" not in found


def test_detection_overrides_the_language_and_may_be_limited(known: DeepgramSandbox) -> None:
    [channel] = ask(known, model="nova-3", detect_language="true", language="en")["results"]["channels"]
    assert (channel["detected_language"], channel["alternatives"][0]["confidence"]) == ("es", 0.97)
    assert channel["language_confidence"] > 0.9
    [channel] = ask(known, model="nova-3", detect_language=["pt", "en"])["results"]["channels"]
    assert channel["detected_language"] == "pt"
    assert channel["language_confidence"] < 0.5
    assert channel["alternatives"][0]["confidence"] < 0.5


@pytest.mark.parametrize("kind", ["silence", "noise"])
def test_where_nobody_speaks_the_transcript_is_empty(deepgram: DeepgramSandbox, kind: str) -> None:
    deepgram.know(VOICE, kind=kind, seconds=4, language=None)
    answer = ask(deepgram, model="nova-3", language="multi", smart_format="true", utterances="true")
    [alternative] = answer["results"]["channels"][0]["alternatives"]
    assert alternative == {
        "transcript": "", "confidence": 0.0, "words": [], "languages": [], "languages_hinted": []
    }  # fmt: skip
    assert answer["results"]["utterances"] == []
    assert answer["metadata"]["duration"] == 4.0


CALL = tone(0.4, levels=(0.3, 0.2))
SPOKEN = [
    *words("Buenos días.", start=0.2),
    *words("Hola, quería saber el precio.", start=1.2, speaker=1, channel=1),
    *words("Son cien euros.", start=5.0),
]


@pytest.fixture
def calling(deepgram: DeepgramSandbox) -> DeepgramSandbox:
    """It knows CALL: two people, each on their channel."""
    deepgram.know(CALL, **entry(7.5, kind="call", channels=2, words=SPOKEN))
    return deepgram


def test_each_channel_has_a_result_where_asked(calling: DeepgramSandbox) -> None:
    answer = ask(calling, CALL, model="nova-3", language="es", multichannel="true", smart_format="true")
    assert answer["metadata"]["channels"] == 2
    texts = [channel["alternatives"][0]["transcript"] for channel in answer["results"]["channels"]]
    assert texts == ["Buenos días. Son cien euros.", "Hola, quería saber el precio."]


def test_otherwise_channels_are_one_and_speakers_are_told_apart_where_asked(calling: DeepgramSandbox) -> None:
    plain = ask(calling, CALL, model="nova-3", language="es", punctuate="true")
    assert plain["metadata"]["channels"] == 1
    [alternative] = plain["results"]["channels"][0]["alternatives"]
    assert alternative["transcript"] == "Buenos días. Hola, quería saber el precio. Son cien euros."
    assert "speaker" not in alternative["words"][0]
    told = ask(calling, CALL, model="nova-3", language="es", smart_format="true", diarize_model="latest")
    assert told["metadata"]["diarize_info"]["arch"] == "v2"
    [alternative] = told["results"]["channels"][0]["alternatives"]
    assert [word["speaker"] for word in alternative["words"]] == [0, 0, 1, 1, 1, 1, 1, 0, 0, 0]
    assert alternative["paragraphs"]["transcript"] == (
        "\nSpeaker 0: Buenos días.\n\nSpeaker 1: Hola, quería saber el precio.\n\nSpeaker 0: Son cien euros."
    )


def test_utterances_are_in_order_of_time_with_channel_and_speaker(calling: DeepgramSandbox) -> None:
    wanted = {"model": "nova-3", "language": "multi", "utterances": "true", "punctuate": "true"}
    split = ask(calling, CALL, multichannel="true", **wanted)["results"]["utterances"]
    assert [(u["channel"], u["transcript"]) for u in split] == [
        (0, "Buenos días."),
        (1, "Hola, quería saber el precio."),
        (0, "Son cien euros."),
    ]
    assert "speaker" not in split[0]
    assert split[0]["languages"] == ["es"]
    told = ask(calling, CALL, diarize="true", **wanted)["results"]["utterances"]
    assert [u["speaker"] for u in told] == [0, 1, 0]
    assert (told[1]["start"], told[1]["end"], len(told[1]["words"])) == (1.2, 3.15, 5)
    merged = ask(calling, CALL, utt_split=9, **wanted)["results"]["utterances"]
    assert len(merged) == 1


# Audio it does not know.


@pytest.mark.parametrize(
    ("audio", "seconds"),
    [
        (tone(2), 2.0),
        (encoded("ogg", "libopus"), 1.0),
        (encoded("mp3", "libmp3lame"), 1.0),
        (encoded("mp4", "aac"), 1.0),
        (encoded("adts", "aac"), 1.0),
        (encoded("flac", "flac"), 1.0),
        (encoded("webm", "libopus"), 1.0),
    ],
    ids=["wav", "ogg", "mp3", "m4a", "aac", "flac", "webm"],
)
def test_audio_it_does_not_know_is_measured_and_said_to_be_unknown(
    deepgram: DeepgramSandbox, audio: bytes, seconds: float
) -> None:
    answer = ask(deepgram, audio, model="nova-3", language="multi", language_hint=["pt", "es"], smart_format="true")
    assert answer["metadata"]["duration"] == pytest.approx(seconds, abs=0.1)
    [alternative] = answer["results"]["channels"][0]["alternatives"]
    assert alternative["transcript"].startswith("Esta gravação não é uma das amostras")
    assert alternative["words"][-1]["end"] <= answer["metadata"]["duration"]


@pytest.mark.parametrize(("language", "begins"), [("en", "This recording"), ("es", "Esta grabación"), ("fr", "This")])
def test_the_sentence_is_in_the_language_asked_for(deepgram: DeepgramSandbox, language: str, begins: str) -> None:
    assert heard(deepgram, model="nova-3", language=language, punctuate="true")["transcript"].startswith(begins)


def test_long_audio_repeats_the_sentence_about_each_half_minute(deepgram: DeepgramSandbox) -> None:
    audio = tone(1) + b"\x00" * 2 * 8000 * 120  # Silence follows; the header's length is not believed.
    sizes = (len(audio) - 8).to_bytes(4, "little"), (len(audio) - 44).to_bytes(4, "little")
    audio = audio[:4] + sizes[0] + audio[8:40] + sizes[1] + audio[44:]
    answer = ask(deepgram, audio, model="nova-3", punctuate="true")
    assert answer["metadata"]["duration"] == pytest.approx(121)
    [alternative] = answer["results"]["channels"][0]["alternatives"]
    assert alternative["transcript"].count("This recording") == 4
    assert alternative["words"][-1]["start"] > 118


def test_quiet_audio_is_silence_and_a_quiet_channel_says_nothing(deepgram: DeepgramSandbox) -> None:
    assert heard(deepgram, tone(1, levels=(0.004,)), model="nova-3")["transcript"] == ""
    answer = ask(deepgram, tone(1, levels=(0.0, 0.5)), model="nova-3", multichannel="true")
    first, second = (channel["alternatives"][0] for channel in answer["results"]["channels"])
    assert (first["transcript"], first["words"]) == ("", [])
    assert second["transcript"].startswith("this recording")


def test_raw_audio_is_read_with_its_encoding_and_nothing_else_is(deepgram: DeepgramSandbox) -> None:
    raw = tone(2, rate=16000)[44:]
    answer = ask(deepgram, raw, model="nova-3", encoding="linear16", sample_rate=16000)
    assert answer["metadata"]["duration"] == 2.0
    for audio, wanted in ((raw, {}), (VOICE, {"encoding": "linear16"}), (raw, {"encoding": "speex"})):
        refused = deepgram.http.post(
            "/v1/listen", content=audio, params=wanted, headers={"Authorization": f"Token {deepgram.api_key}"}
        )
        assert refused.status_code == 400


def test_tags_and_extras_come_back(known: DeepgramSandbox) -> None:
    metadata = ask(known, model="nova-3", tag=["a", "b"], extra=["key:value:more", "other:1"])["metadata"]
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
