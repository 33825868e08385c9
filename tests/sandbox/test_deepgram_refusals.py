"""What the emulated Deepgram refuses, and how it misbehaves on request, as its own SDK and plain HTTP see it."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import httpx
import pytest
from deepgram.core.api_error import ApiError

from tests.sandbox.process import DeepgramSandbox
from tests.sandbox.voices import encoded, entry, sdk, tone

VOICE = tone(0.5)
CORRUPT = "Bad Request: failed to process audio: corrupt or unsupported data"


@pytest.fixture
def known(deepgram: DeepgramSandbox) -> DeepgramSandbox:
    """It knows VOICE: 5 s of Spanish."""
    deepgram.know(VOICE, **entry())
    return deepgram


def post(service: DeepgramSandbox, audio: bytes = VOICE, query: Any = "", **headers: str) -> httpx.Response:
    sent = {"Authorization": f"Token {service.api_key}"} | {name.replace("_", "-"): v for name, v in headers.items()}
    return service.http.post("/v1/listen", content=audio, params=query, headers=sent)


@pytest.mark.parametrize("authorization", ["", "Token", "Token wrong", "Bearer {key}", "{key}", "Basic {key}"])
def test_without_the_right_key_nothing_is_heard(known: DeepgramSandbox, authorization: str) -> None:
    answer = post(known, Authorization=authorization.format(key=known.api_key))
    assert answer.status_code == 401
    content = answer.json()
    assert content.pop("request_id") == answer.headers["dg-request-id"]
    assert content == {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials."}
    assert known.seen == [{"key_ok": False, "by": "bytes", "bytes": len(VOICE)}]


def test_the_sdk_is_refused_with_a_wrong_key(known: DeepgramSandbox) -> None:
    with sdk(known, api_key="another") as media, pytest.raises(ApiError) as caught:
        media.transcribe_file(request=VOICE, model="nova-3")
    assert (caught.value.status_code, caught.value.body["err_code"]) == (401, "INVALID_AUTH")


@pytest.mark.parametrize(
    "audio",
    [
        b"",
        b"not audio at all, however long it may be" * 100,
        b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n",
        b'{"url": "http://127.0.0.1:9/voice.ogg"}',
        b"OggS" + b"\x00" * 500,
        b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\xff" * 60,
        encoded("ogg", "libopus")[:60],
        encoded("mp4", "aac")[:2000],
    ],
    ids=["empty", "text", "playlist", "untyped-json", "ogg-of-nothing", "wav-of-nonsense", "cut-ogg", "cut-m4a"],
)
def test_what_is_no_audio_is_refused(deepgram: DeepgramSandbox, audio: bytes) -> None:
    answer = post(deepgram, audio, {"model": "nova-3"})
    assert answer.status_code == 400
    assert (answer.json()["err_code"], answer.json()["err_msg"]) == ("Bad Request", CORRUPT)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{not json", "Bad Request"),
        (b"\xff\xfe", "Bad Request"),
        (b"{}", "INVALID_JSON"),
        (b'["url"]', "INVALID_JSON"),
        (b'{"url": 7}', "INVALID_JSON"),
    ],
)
def test_json_that_names_no_url_is_refused(deepgram: DeepgramSandbox, body: bytes, code: str) -> None:
    answer = post(deepgram, body, content_type="application/json; charset=utf-8")
    assert answer.status_code == 400
    content = answer.json()
    assert code in (content.get("err_code"), content.get("category"))
    assert content["request_id"] == answer.headers["dg-request-id"]


NO_MODEL = "Bad Request: No such model/version combination found."
NO_LANGUAGE = "Bad Request: No such model/language/tier combination found."
BAD = "Failed to deserialize query parameters"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("model=nova-9", NO_MODEL),
        ("model=", BAD),
        ("model=nova-3&model=nova-2", BAD),
        ("model=nova-3&language=xx", NO_LANGUAGE),
        ("model=nova-3&language=es-DE", NO_LANGUAGE),
        ("model=nova-3&language=Multi", NO_LANGUAGE),
        ("model=nova-3-medical&language=es", NO_LANGUAGE),
        ("model=base&language=multi", NO_LANGUAGE),
        ("language=multi", NO_LANGUAGE),
        ("model=nova-2&language=multi&language_hint=es", BAD),
        ("model=nova-3&language=es&language_hint=es", BAD),
        ("model=nova-3&language=multi&language_hint=xx", BAD),
        ("model=nova-3&language=multi&language_hint=es,pt", BAD),
        ("model=nova-3&language=multi&detect_language=true&language_hint=es", BAD),
        ("model=nova-3&detect_language=maybe", BAD),
        ("model=nova-3&detect_language=ca", BAD),
        ("model=nova-3&smart_format=yes", BAD),
        ("model=nova-3&mip_opt_out=True", BAD),
        ("model=nova-3&mip_opt_out=1", BAD),
        ("model=nova-3&mip-opt-out=true", BAD),
        ("model=nova-3&smartformat=true", BAD),
        ("model=nova-3&keywords=plan", BAD),
        ("model=nova-2&keyterm=plan", BAD),
        ("model=nova-3&diarize_model=v3", BAD),
        ("model=nova-3&diarize=v2", BAD),
        ("model=nova-3&summarize=v3", BAD),
        ("model=nova-3&encoding=pcm", BAD),
        ("model=nova-3&sample_rate=fast", BAD),
        ("model=nova-3&utt_split=-1", BAD),
        ("model=nova-3&callback=https://hooks.example.com/x", "Invalid callback url."),
        ("model=nova-3&callback=ftp://127.0.0.1/x", "Invalid callback url."),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused_without_its_value(
    known: DeepgramSandbox, query: str, says: str
) -> None:
    answer = known.http.post(f"/v1/listen?{query}", content=VOICE, headers={"Authorization": f"Token {known.api_key}"})
    assert answer.status_code == 400
    assert answer.json()["err_msg"].startswith(says)
    assert answer.json()["err_code"] == ("Bad Request" if says.startswith("Bad Request") else "INVALID_QUERY_PARAMETER")
    assert "example.com" not in answer.text


def test_all_that_the_sdk_can_send_is_taken(known: DeepgramSandbox) -> None:
    flags = (
        *("sentiment", "topics", "intents", "detect_entities", "diarize", "dictation", "filler_words", "measurements"),
        *("multichannel", "numerals", "paragraphs", "profanity_filter", "punctuate", "smart_format", "utterances"),
        "mip_opt_out",
    )
    with sdk(known) as media:
        for value in (True, False):
            answer = media.transcribe_file(
                request=VOICE,
                model="nova-3",
                language="es",
                summarize="v2",
                custom_topic=["a", "b"],
                custom_topic_mode="strict",
                custom_intent="c",
                custom_intent_mode="extended",
                diarize_model="v1",
                keyterm=["plan", "viernes"],
                redact=["pci", "numbers"],
                replace="plan:tarifa",
                search=["plan"],
                tag="t",
                extra="a:b",
                utt_split=0.5,
                version="latest",
                **dict.fromkeys(flags, value),
            )
            assert answer.results.channels[0].alternatives[0].transcript.lower().startswith("hola")
        media.transcribe_file(request=VOICE, model="nova-2", keywords=["plan:2"], language="es")


def test_other_paths_and_methods_are_not_there(deepgram: DeepgramSandbox) -> None:
    assert deepgram.http.get("/v1/listen").status_code == 405
    assert deepgram.http.post("/v1/speak").status_code == 404


def test_a_client_that_goes_away_amid_its_upload_is_noted(deepgram: DeepgramSandbox) -> None:
    address = httpx.URL(deepgram.base_url)
    with socket.create_connection((address.host, address.port)) as connection:
        connection.sendall(b"POST /v1/listen HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nonly this")
    seen: list[dict[str, Any]] = []
    give_up_at = time.monotonic() + 5
    while not seen and time.monotonic() < give_up_at:
        seen = deepgram.http.get("/_sandbox/requests").json()["requests"]
        time.sleep(0.01)
    assert [(request["operation"], request["status"]) for request in seen] == [("listen", 499)]


# Misbehaviour.

ROWS = [
    (400, "Bad Request", CORRUPT),
    (401, "INVALID_AUTH", "Invalid credentials."),
    (
        402,
        "ASR_PAYMENT_REQUIRED",
        "Project does not have enough credits for an ASR request and does not have an overage agreement.",
    ),
    (403, "INSUFFICIENT_PERMISSIONS", "Project does not have access to the requested model."),
    (413, "PAYLOAD_TOO_LARGE", "Payload size exceeds limit of 2 GB."),
    (429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later"),
    (500, "INTERNAL_SERVER_ERROR", "Internal server error."),
    (502, "Bad Gateway", "Bad gateway."),
    (503, "Service Unavailable", "Please try again later"),
    (504, "Gateway Timeout", "The request took too long to process."),
]


@pytest.mark.parametrize(("status", "code", "message"), ROWS)
def test_an_error_instead_of_an_answer_once(known: DeepgramSandbox, status: int, code: str, message: str) -> None:
    known.misbehave("status", code=status, **({"retry_after": 7} if status == 429 else {}))
    with sdk(known) as media, pytest.raises(ApiError) as caught:
        media.transcribe_file(request=VOICE, model="nova-3", language="es")
    fault = caught.value
    assert (fault.status_code, fault.body["err_code"], fault.body["err_msg"]) == (status, code, message)
    assert fault.body["request_id"] == fault.headers["dg-request-id"]
    assert fault.headers.get("retry-after") == ("7" if status == 429 else None)
    answer = post(known, query={"model": "nova-3", "language": "es"})
    assert answer.json()["metadata"]["duration"] == 5.0


def test_missing_rights_and_other_words_can_be_asked_for(known: DeepgramSandbox) -> None:
    known.misbehave("status", code=401, error_code="INSUFFICIENT_PERMISSIONS")
    assert post(known).json()["err_msg"] == "User does not have sufficient permissions."
    known.misbehave("status", code=503, body="html")
    assert post(known).headers["content-type"].startswith("text/html")


def test_an_error_reaches_a_client_that_sends_a_large_recording(known: DeepgramSandbox) -> None:
    known.misbehave("status", code=413)
    with sdk(known) as media, pytest.raises(ApiError) as caught:
        media.transcribe_file(request=bytes(20_000_000), model="nova-3")
    assert caught.value.status_code == 413
    assert post(known, query={"model": "nova-3", "language": "es"}).status_code == 200


def test_a_slow_answer_is_awaited_by_nobody_in_a_hurry(known: DeepgramSandbox) -> None:
    known.misbehave("slow", seconds=1.5)
    began = time.monotonic()
    with sdk(known) as media, pytest.raises(httpx.ReadTimeout):
        media.transcribe_file(request=VOICE, model="nova-3", request_options={"timeout": 0.3, "max_retries": 0})
    assert time.monotonic() - began < 1.4


def spoiled(service: DeepgramSandbox, kind: str, **params: Any) -> dict[str, Any]:
    service.misbehave(kind, **params)
    query = {"model": "nova-3", "language": "es", "smart_format": "true", "utterances": "true"}
    answer = post(service, query=query)
    assert answer.status_code == 200
    assert service.seen[-1]["kind"] == kind
    return answer.json()


def test_a_rule_makes_the_answer_silent(known: DeepgramSandbox) -> None:
    content = spoiled(known, "silence")
    [alternative] = content["results"]["channels"][0]["alternatives"]
    assert alternative == {"transcript": "", "confidence": 0.0, "words": []}
    assert content["results"]["utterances"] == []
    assert content["metadata"]["duration"] == 5.0


def test_a_rule_takes_the_words_or_the_duration_away_or_makes_it_longer(known: DeepgramSandbox) -> None:
    content = spoiled(known, "no_words")
    assert content["results"]["channels"][0]["alternatives"][0]["transcript"].startswith("Hola")
    assert '"words"' not in json.dumps(content)
    assert "duration" not in spoiled(known, "no_duration")["metadata"]
    assert spoiled(known, "longer", factor=3)["metadata"]["duration"] == 15.0
    assert spoiled(known, "longer")["metadata"]["duration"] == 10.0


def test_a_rule_gives_a_promise_or_another_shape_instead(known: DeepgramSandbox) -> None:
    assert set(spoiled(known, "accepted")) == {"request_id"}
    assert spoiled(known, "wrong_shape")["results"] == {"channels": "none"}
    assert post(known, query={"model": "nova-3", "language": "es"}).json()["metadata"]["duration"] == 5.0


def test_an_entry_that_makes_no_sense_is_refused(deepgram: DeepgramSandbox) -> None:
    for changes in ({"kind": "song"}, {"seconds": 0}, {"language": ""}, {"words": [{"word": "a"}]}, {"seconds": "x"}):
        content = {"sha256": "0" * 64} | entry() | changes
        assert deepgram.http.post("/_sandbox/recordings", json=content).status_code == 400
