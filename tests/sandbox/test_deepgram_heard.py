"""What the emulated Deepgram hears: samples, languages, channels and speakers, and audio it does not know."""

from __future__ import annotations

import json

import pytest

from sandbox.deepgram import VOICE as VOICE_DIR
from sandbox.deepgram_audio import probe
from tests.sandbox.process import DeepgramSandbox
from tests.sandbox.voices import SAID, ask, encoded, entry, heard, tone, words

VOICE = tone(0.5)


@pytest.fixture
def known(deepgram: DeepgramSandbox) -> DeepgramSandbox:
    """It knows VOICE: 5 s of Spanish."""
    deepgram.know(VOICE, **entry())
    return deepgram


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
    found = heard(known, VOICE, model="nova-3", language="es-419")
    assert found["transcript"] == "hola cuánto cuesta el plan anual lo necesito para el viernes"
    assert set(found) == {"transcript", "confidence", "words"}
    assert set(found["words"][0]) == {"word", "start", "end", "confidence"}


@pytest.mark.parametrize("wanted", [{}, {"language": "en"}, {"language": "pt-BR"}, {"language": "en-GB"}])
def test_spanish_heard_in_another_language_is_nonsense_and_doubtful(
    known: DeepgramSandbox, wanted: dict[str, str]
) -> None:
    found = heard(known, VOICE, model="nova-3", punctuate="true", **wanted)
    assert len(found["words"]) == len(SAID.split())
    assert not {"cuesta", "plan", "viernes"} & {word["word"] for word in found["words"]}
    assert found["confidence"] < 0.5
    assert found == heard(known, VOICE, model="nova-3", punctuate="true", **wanted)


def test_multi_says_the_language_of_each_word_and_repeats_the_hints(known: DeepgramSandbox) -> None:
    found = heard(known, VOICE, model="nova-3", language="multi", language_hint=["ES", "pt-br", "en-GB", "zh-hk"])
    assert found["languages"] == ["es"]
    assert found["languages_hinted"] == ["es", "pt-BR", "en", "zh-HK"]
    assert {word["language"] for word in found["words"]} == {"es"}


def test_an_old_model_mixes_two_languages_only(known: DeepgramSandbox) -> None:
    assert heard(known, VOICE, model="nova-2", language="multi")["confidence"] > 0.9
    other = tone(0.3)
    known.know(other, **entry(language="pt"))
    found = heard(known, other, model="nova-2", language="multi")
    assert found["confidence"] < 0.5
    assert "languages_hinted" not in found


def test_detection_overrides_the_language_and_may_be_limited(known: DeepgramSandbox) -> None:
    [channel] = ask(known, VOICE, model="nova-3", detect_language="true", language="en")["results"]["channels"]
    assert (channel["detected_language"], channel["alternatives"][0]["confidence"]) == ("es", 0.97)
    assert channel["language_confidence"] > 0.9
    [channel] = ask(known, VOICE, model="nova-3", detect_language=["pt", "en"])["results"]["channels"]
    assert channel["detected_language"] == "pt"
    assert channel["language_confidence"] < 0.5
    assert channel["alternatives"][0]["confidence"] < 0.5


@pytest.mark.parametrize("kind", ["silence", "noise"])
def test_where_nobody_speaks_the_transcript_is_empty(deepgram: DeepgramSandbox, kind: str) -> None:
    deepgram.know(VOICE, kind=kind, seconds=4, language=None)
    answer = ask(deepgram, VOICE, model="nova-3", language="multi", smart_format="true", utterances="true")
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
    assert heard(deepgram, VOICE, model="nova-3", language=language, punctuate="true")["transcript"].startswith(begins)


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
