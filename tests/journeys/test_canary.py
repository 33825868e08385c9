"""The privacy promise over the whole path: what people wrote to each other is found nowhere afterwards.

A model that repeats what it reads (`parrot`), everything logging all it can, canaries in all that people write. One
journey is made, then each place is searched as bytes by a test of its own; the last test plants canaries in each kind
of place, so that a search that finds nothing means something.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.journeys import canaries, places
from tests.journeys.journey import MODEL_FAULTS, Journey
from tests.journeys.searcher import copied, forms, forms_of_bytes, search, search_all
from tests.journeys.voice import CALL, FAULTS, MESSAGE, SAMPLES
from tests.journeys.world import World, new_world
from tests.launch.people import eventually
from tests.sandbox.process import DeepgramSandbox, KommoSandbox
from tests.web import OpenAISandbox

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc, and hears of files by inotify"),
    pytest.mark.timeout(240),  # The first test waits for the whole journey.
]


@pytest.fixture(scope="module")
def journey(sandbox_ready: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    kommo, openai = KommoSandbox(sandbox_ready), OpenAISandbox(sandbox_ready)
    deepgram = DeepgramSandbox(sandbox_ready)
    kommo.switch("reset")
    kommo.switch("settings", rate_rps=None)
    deepgram.switch("reset")
    openai.reset()
    openai.model("parrot")
    try:
        with new_world(sandbox_ready, tmp_path_factory.mktemp("canary")) as world:
            journey = Journey(world, kommo, openai, deepgram)
            journey.all_of_it()
            yield journey
    finally:
        openai.reset()
        openai.model("reader")
        deepgram.switch("reset")
        for service in (kommo, openai, deepgram):
            service.http.close()


@pytest.fixture(scope="module")
def world(journey: Journey) -> World:
    return journey.world


def nothing(found: list[Any]) -> bool:
    """True for an empty list; else fails with what was found."""
    assert not found, "\n".join(f"{one.place} ({one.form}): {one.excerpt!r}" for one in found[:20])
    return True


def without_own_words(document: Any) -> Any:
    """A document without what its owner may read in it: the texts that the model wrote for them, and who spoke."""
    if isinstance(document, dict):
        hidden = {"summary", "next_step", "suggested_reply", "author_name"}
        return {name: without_own_words(value) for name, value in document.items() if name not in hidden}
    return [without_own_words(item) for item in document] if isinstance(document, list) else document


def test_the_model_repeated_the_canaries_and_the_rep_saw_them(journey: Journey):
    shown = journey.streamed.casefold()
    assert len(copied(shown)) > 20
    for source in ("opening", "agent", "voice", "file", "late", "long", "solo", "named", "stage", "pasted", "me"):
        assert f"{canaries.STEM}{source}" in shown, source
    assert canaries.STEM_CYRILLIC in shown
    assert [number for number in canaries.NUMBERS if number.casefold() not in shown] == []
    assert [address for address in canaries.ADDRESSES if address not in shown] == []
    said = " \n ".join(journey.words).casefold()
    assert all(f"{canaries.STEM}{source}" in said for source in ("opening", "machine", "pasted"))
    # What speaks to the machine does not even reach it, nor what is cut off.
    assert f"{canaries.STEM}machine" not in shown
    assert f"{canaries.STEM}beyond" not in shown
    assert sum(bool(copied(reply)) for reply in journey.replies) >= 6
    # The failures happened too, as failures.
    assert len(journey.problems) >= len(MODEL_FAULTS) // 2
    assert {"model_bad_answer", "model_cut_short", "model_refused", "kommo_unavailable"} <= set(journey.problems)


def test_the_words_of_recordings_stand_in_kommos_notes_and_the_rep_reads_them_there(journey: Journey):
    voice = journey.voice
    message, call = voice.texts
    assert copied(message) != [] != copied(call)
    for text, source, number in ((message, "spoken", canaries.NUMBERS[0]), (call, "called", canaries.NUMBERS[2])):
        said = " ".join(re.sub(r"Speaker \d:", " ", text).split()).casefold()
        assert canaries.phrase(source).casefold() in said
        assert number in text
    assert "Speaker 2: My card" in call
    assert len(voice.notes) == 2
    assert all(search("note", note.encode()) for note in voice.notes)
    # Who spoke stands in its first line, in Kommo alone.
    assert f"{canaries.STEM}contact" in voice.notes[0].splitlines()[0].casefold()
    # The next analysis had the words, and the model said them again.
    said = voice.summary.casefold()
    assert f"{canaries.STEM}spokena" in said
    assert f"{canaries.STEM}calleda" in said
    assert voice.outcomes == [*(outcome for *_, outcome in FAULTS), "audio_wrong_type"]


def test_no_row_of_any_table_holds_a_canary(world: World):
    found = list(places.tables(world.database_url))
    assert len(found) > 25
    rows = dict(found)
    assert b"done" in rows["table public.analysis_analysis"]
    assert b"interrupted" in rows["table public.analysis_analysis"]
    assert b"note_refused" in rows["table public.transcription_transcription"]
    assert b"transcription.tasks.transcribe" in rows["table public.procrastinate_jobs"]
    assert b"succeeded" in rows["table public.procrastinate_jobs"]
    assert nothing(search_all(found))


def test_what_is_stored_as_text_holds_words_at_most(world: World):
    texts = list(places.decrypted(world.database_url))
    stored = [text for model, name, text in texts if (model, name) == ("analysis.Analysis", "summary")]
    steps = [text for model, name, text in texts if name in {"next_action", "next_why"}]
    assert stored
    assert steps
    # A single word may stand there, and does: the exception below is one that is used.
    assert any(search("", text.encode()) for text in stored)
    assert [copied(text) for _, _, text in texts if copied(text)] == []
    for model, name, text in texts:
        if model != "analysis.Analysis":
            assert nothing(search(f"{model}.{name}", text.encode()))


def test_what_the_rep_is_shown_besides_the_models_words_holds_no_canary(journey: Journey):
    kinds = {name for name, _ in journey.own}
    assert {"event accepted", "event facts", "event ratings", "event result"} <= kinds
    assert nothing(search_all((name, json.dumps(without_own_words(data)).encode()) for name, data in journey.own))
    for _, data in journey.own:
        for document in (data, data.get("latest") or {}):
            step = document.get("next_step") or {}
            assert (
                copied(" \n ".join(filter(None, (document.get("summary"), step.get("action"), step.get("why"))))) == []
            )


def test_redis_heard_and_holds_no_canary(world: World):
    _, heard = world.redis_ear.heard()
    assert b"cl:limit" in heard
    assert len(list(places.keys(world.redis_url))) > 1
    assert nothing(search_all([world.redis_ear.heard(), *places.keys(world.redis_url)]))


def test_no_log_line_of_web_or_worker_holds_a_canary(world: World):
    web, worker = world.web_log.read_bytes(), world.worker_log.read_bytes()
    assert b"analysis.done" in web
    assert b"analysis.failed" in web
    assert b'"level": "debug"' in web
    assert b'"level": "debug"' in worker
    for event in (b"transcription.done", b"transcription.failed", b"audio.fetched", b"voice.failed"):
        assert event in worker, event
    assert nothing(search_all([("log of web", web), ("log of worker", worker)]))


def test_the_database_servers_own_log_holds_no_canary(world: World):
    log = world.postgres_log.read_bytes()
    assert b'INSERT INTO "analysis_analysis"' in log
    assert b"violates check constraint" in log
    assert b"Failing row contains" in log
    assert nothing(search("log of postgres", log))


def test_the_database_servers_files_hold_no_canary(world: World):
    found = list(places.cluster(world.database_url))
    assert any("pg_wal" in place for place, _ in found)
    assert nothing(search_all(found))


def test_no_answer_but_the_owners_result_holds_a_canary(journey: Journey):
    statuses = {place.split()[1] for place, _ in journey.pages if place.startswith("answer")}
    assert {"400", "401", "403", "404", "405", "413", "415", "422", "426", "500"} <= statuses
    assert sum(place.startswith("answer 200 to support") for place, _ in journey.pages) > 30
    assert nothing(search_all(journey.pages))


def test_nothing_was_written_to_any_file(journey: Journey, world: World):
    notes = world.audit.read_text().splitlines()
    assert sum(note.startswith("begun ") for note in notes) == 3  # Web, worker of voice, worker of everything.
    assert [note for note in notes if not note.startswith("begun ") and not note.endswith(" /dev/null")] == []
    assert world.folder_ear.heard() == []
    assert list(world.temporary.iterdir()) == []
    assert journey.rounds > 20
    assert nothing(search_all(journey.watched))


def test_no_place_holds_a_piece_of_the_sound_or_the_address_that_it_came_from(journey: Journey, world: World):
    samples = [(SAMPLES / name).read_bytes() for name in (MESSAGE, CALL)]
    needles = {
        needle: form
        for sample in samples
        for piece in canaries.pieces(sample)
        for needle, form in forms_of_bytes(piece).items()
    }
    # The id of each file, as text and as a column of its own would hold it; the storage's address has it, too. And the
    # signature of that address, which we are only sent on to.
    ids = [uuid.UUID(link.split("/")[-3]) for link in journey.voice.links]
    assert len(ids) > len(FAULTS)
    for number in ids:
        needles |= forms_of_bytes(str(number).encode()) | forms_of_bytes(number.hex.encode())
        needles |= forms_of_bytes(number.bytes)
    needles |= forms("X-Goog-Signature")
    logs = [world.web_log, world.worker_log, world.postgres_log]
    found = [
        *places.tables(world.database_url),
        *places.keys(world.redis_url),
        *((log.name, log.read_bytes()) for log in logs),
        *((f"{model}.{name}", text.encode()) for model, name, text in places.decrypted(world.database_url)),
        *journey.pages,
        *journey.watched,
        world.redis_ear.heard(),
    ]
    assert nothing(search_all(found, needles))
    assert nothing(search_all(places.cluster(world.database_url), needles))
    # A search that can find them.
    for planted in (
        samples[0],
        samples[1].hex().encode(),
        repr(samples[0]).encode(),
        ids[0].bytes,
        ids[-1].urn.encode(),
    ):
        assert search("planted", planted, needles)


# After all others: it soils what they search.


def test_the_search_finds_what_is_planted_in_each_kind_of_place(world: World, tmp_path: Path):
    said = canaries.phrase("planted")
    world.sql(f"CREATE TABLE planted AS SELECT 1 AS id, '{said}'::text AS text")
    world.sql(f"CREATE TABLE planted_json AS SELECT '{json.dumps(canaries.phrase_cyrillic())}'::json AS value")
    found = {one.place for one in search_all(places.tables(world.database_url))}
    assert {"table public.planted", "table public.planted_json"} <= found
    assert search("log of postgres", world.postgres_log.read_bytes())
    small = [place for place in places.cluster(world.database_url) if len(place[1]) < 20_000]
    assert search_all(small)

    client = redis.Redis.from_url(world.redis_url)
    client.set("planted", said * 50)
    client.hset("planted-hash", "name", canaries.NUMBERS[0])
    client.set(said.encode("utf-16-le"), 1)
    client.set("planted-moment", canaries.phrase_cyrillic(), px=1)
    client.close()
    keys = {one.place for one in search_all(places.keys(world.redis_url))}
    assert len(keys) >= 3
    # The ear is a process of its own, which may be a moment behind.
    assert eventually(lambda: bool(search_all([world.redis_ear.heard()])))

    with world.web_log.open("a") as log:
        log.write(json.dumps({"event": said.upper()}) + "\n")
    assert search("log of web", world.web_log.read_bytes())

    with tempfile.TemporaryFile(dir=world.temporary) as file:  # Without a name from the start.
        file.write(said.encode())
        file.flush()
        assert search_all(places.open_files(os.getpid()))
    write = "import tempfile as t; t.TemporaryFile(); t.NamedTemporaryFile(prefix='planted'); open('/dev/full', 'w')"
    subprocess.run([sys.executable, "-W", "ignore", "-c", write], env=world.env, check=True)
    notes = world.audit.read_text()
    assert f"open {world.temporary}" in notes
    assert f"{world.temporary}/planted" in notes
    assert "open /dev/full" in notes
    path = world.temporary / "planted.txt"
    path.write_text(canaries.ADDRESSES[0])
    assert search_all(places.files(world.temporary, "temporary file"))
    path.unlink()
    assert "planted.txt" in world.folder_ear.heard()


@pytest.mark.parametrize("text", [canaries.phrase("opening"), canaries.phrase_cyrillic(), *canaries.NUMBERS])
def test_a_canary_is_found_in_every_form(text: str):
    import base64
    from urllib.parse import quote, quote_plus

    said = f"ab {text} yz"
    coded = [
        *(said.encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be")),
        *(spelled.encode() for spelled in (said.upper(), said.lower(), said.title())),
        json.dumps(said).encode(),
        json.dumps(json.dumps(json.dumps(said))).encode(),
        quote(said).encode(),
        quote_plus(said).encode(),
        repr(said.encode()).encode(),
        said.encode().hex().encode(),
        *(base64.b64encode(b"-" * shift + said.encode()) for shift in range(3)),
        *(base64.urlsafe_b64encode(b"-" * shift + said.encode()) for shift in range(3)),
    ]
    for data in coded:
        assert search("here", b"before " + data + b" after"), data
    assert not search("here", b"what does it cost, ten words of no canary at all")


def test_a_run_of_eight_words_is_told_from_single_words():
    assert copied(f"they said {canaries.phrase('late')}")
    assert copied(canaries.phrase("late").replace(" ", ", ").upper())
    assert copied("call 0044 (7391) 5520846")
    assert copied(f"write to {canaries.ADDRESSES[0].upper()}")
    assert copied(" ".join(canaries.phrase("late").split()[:7])) == []
    assert copied(canaries.word("solo")) == []
