"""Our client of Deepgram, against the emulated service over HTTP."""

from __future__ import annotations

import io
import json
import logging
import time

import pytest

from convailens.lib.log import JSONFormatter
from tests.sandbox.process import ROOT, DeepgramSandbox
from tests.transcription.deepgram_clients import AUDIO, SAID, Recording, clients, said, words
from transcription.deepgram import Deepgram
from transcription.errors import VoiceRateLimited, VoiceRefused, VoiceUnavailable, VoiceUnexpected


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
    with clients() as transcribe:
        yield transcribe


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
