"""The transcription API over a real web process, with a real worker behind it."""

from __future__ import annotations

import math
import time
import uuid

import pytest

from billing.models import Plan
from tests.transcription.conftest import VOICES
from tests.transcription.test_run import INDEX
from tests.web import read_events
from tests.web_fixtures import *  # noqa: F403
from tests.worker import running_worker
from transcription.models import Transcription

PATH = "/api/v1/transcriptions"
DOC = {
    *("id", "lead_id", "kind", "source_id", "state", "step", "outcome", "problem", "seconds", "charged_s", "language"),
    *("confidence", "note_ids", "retry_at", "created_at", "finished_at"),
}


@pytest.fixture
def worker(sandbox_ready, committed, tmp_path):
    with running_worker(sandbox_ready, tmp_path / "worker.jsonl") as process:
        yield process


@pytest.fixture
def world(web, deepgram, crm, acme, voice_lead):
    """All parts in place, committed, so that other processes see them."""
    return voice_lead


def stream(web, person, **body):
    headers = person.headers | {"Accept": "text/event-stream"}
    with web.http.stream("POST", PATH, json=body, headers=headers) as response:
        assert response.status_code == 200, response.read()
        return list(read_events(response))


def post(web, person, path=PATH, *, prefer="", **body):
    headers = person.headers | {"Accept": "application/json"} | ({"Prefer": prefer} if prefer else {})
    return web.http.post(path, json=body, headers=headers)


def test_one_voice_message_is_followed_from_the_click_to_the_note_and_its_words_read_back(
    world, worker, web, rep, lead_id, crm, stranger, colleague
):
    events = stream(web, rep, lead_id=lead_id, message_id=world["message_ids"]["m1"], note_language="pt")
    names = [name for name, _ in events]
    assert names[:2] == ["accepted", "items"]
    assert names[-1] == "result"
    assert set(names[2:-1]) <= {"state"}
    assert events[0][1] == {"state": "checking"}
    (queued,) = events[1][1]["items"]
    assert set(queued) == DOC
    assert (queued["state"], queued["step"]) == ("queued", "waiting")
    (done,) = events[-1][1]["items"]
    assert (done["state"], done["outcome"], done["problem"]) == ("done", None, None)
    assert events[-1][1]["usage"]["used"] == done["charged_s"] > 0
    assert [note["id"] for note in crm.notes(lead_id)] == done["note_ids"]

    one = f"{PATH}/{done['id']}"
    assert web.get(rep, one).json() == done
    words = web.get(rep, f"{one}/text").json()
    assert words["text"].startswith("aló, buenas tardes")
    for outsider in (stranger, colleague):
        for path in (one, f"{one}/text"):
            answer = web.get(outsider, path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    state = web.http.post(f"/api/v1/leads/{lead_id}/state", json={"source": "auto"}, headers=rep.headers).json()
    shown = {item["source_id"]: item for item in state["voice"]["items"]}
    assert shown[done["source_id"]]["transcription"] == done
    assert shown[done["source_id"]]["author_name"] == "Hugo Sepúlveda"
    assert sum(item["transcription"] is None for item in state["voice"]["items"]) == len(shown) - 1
    assert state["voice"]["usage"]["used"] == done["charged_s"]


def test_the_json_form_answers_202_and_waits_where_asked(world, worker, web, rep, lead_id):
    first = post(web, rep, lead_id=lead_id, message_id=world["message_ids"]["m3"])
    assert (first.status_code, first.json()["items"][0]["state"]) == (202, "queued")
    again = post(web, rep, prefer="wait=20", lead_id=lead_id, message_id=world["message_ids"]["m3"])
    assert (again.status_code, again.headers["Preference-Applied"]) == (200, "wait=20")
    assert again.json()["items"][0]["id"] == first.json()["items"][0]["id"]
    assert again.json()["items"][0]["state"] == "done"


@pytest.mark.full
def test_ten_clicks_at_once_are_one_transcription(world, worker, web, rep, boss, lead_id, crm, deepgram):
    from concurrent.futures import ThreadPoolExecutor

    def click(number):
        person = (rep, boss)[number % 2]
        return post(web, person, prefer="wait=25", lead_id=lead_id, message_id=world["message_ids"]["m5"]).json()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(click, range(10)))
    assert len({answer["items"][0]["id"] for answer in answers}) == 1
    assert {answer["items"][0]["state"] for answer in answers} == {"done"}
    assert (Transcription.objects.count(), deepgram.calls, len(crm.notes(lead_id))) == (1, 1, 1)


def test_without_rights_nothing_is_told_or_recorded(world, web, colleague, stranger, lead_id):
    for outsider in (colleague, stranger):
        for body in ({"message_id": world["message_ids"]["m1"]}, {"all": True}):
            answer = post(web, outsider, lead_id=lead_id, **body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
            name, problem = stream(web, outsider, lead_id=lead_id, **body)[-1]
            assert (name, problem["code"]) == ("problem", "not_found")
            answer = post(web, outsider, f"{PATH}/estimate", lead_id=lead_id, **body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not Transcription.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"all": False},
        {"message_id": "m", "all": True},
        {"message_id": "a b"},
        {"message_id": "x" * 65},
        {"audio_link": "x" * 2001},
        {"message_id": "m", "language": "Spanish please"},
        {"message_id": "m", "lead_id": "../1"},
        {"message_id": "m", "lead_id": 0},
    ],
)
def test_a_request_that_makes_no_sense_is_a_400(world, web, rep, lead_id, body):
    answer = post(web, rep, **({"lead_id": lead_id} | body))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert not Transcription.objects.exists()


def test_what_cannot_be_read_from_kommo_is_said(world, web, rep, lead_id, kommo, crm):
    kommo.switch("settings", account="acme", has_plan=False)
    answer = post(web, rep, lead_id=lead_id, message_id=world["message_ids"]["m1"])
    assert (answer.status_code, answer.json()["code"], answer.json()["charged"]) == (422, "talks_unavailable", False)
    kommo.switch("settings", account="acme", has_plan=True)
    crm.misbehave("status", "leads.get", code=503)
    answer = post(web, rep, lead_id=lead_id, message_id=world["message_ids"]["m1"])
    assert (answer.status_code, answer.json()["code"]) == (503, "kommo_unavailable")
    answer = post(web, rep, lead_id=lead_id, message_id=world["message_ids"]["m2"])
    assert (answer.status_code, answer.json()["code"]) == (422, "not_voice")


def test_a_used_up_plan_is_a_402_with_the_usage(world, web, rep, lead_id):
    Plan.objects.update(voice_minutes_per_month=0)
    answer = post(web, rep, lead_id=lead_id, all=True)
    assert (answer.status_code, answer.json()["code"], answer.json()["usage"]["left"]) == (402, "quota_used_up", 0)
    assert not Transcription.objects.exists()


def test_an_estimate_measures_all_and_pays_for_none(world, web, rep, lead_id, crm, deepgram):
    made = crm.add_recording(b"<html>no audio</html>", account="acme", lead=lead_id, file_name="voice.ogg")
    began = time.monotonic()
    answer = post(web, rep, f"{PATH}/estimate", lead_id=lead_id, all=True)
    assert answer.status_code == 200, answer.text
    first_s = time.monotonic() - began
    said = answer.json()
    items = {item["source_id"]: item for item in said["items"]}
    assert items[world["message_ids"]["m15"]]["seconds"] == math.ceil(INDEX["es-o-05", "m15"]["seconds"])
    assert items[made["message_id"]]["problem"]["code"] == "audio_wrong_type"
    known = [item["seconds"] for item in said["items"] if item["seconds"]]
    assert said["seconds"] == sum(known) > 60
    assert said["count"] == len(items)
    assert (deepgram.seen, Transcription.objects.count()) == ([], 0)
    began = time.monotonic()
    assert post(web, rep, f"{PATH}/estimate", lead_id=lead_id, all=True).json() == said
    assert time.monotonic() - began < first_s


def test_the_queue_holds_ids_alone(world, web, rep, lead_id):
    from procrastinate.contrib.django.models import ProcrastinateJob

    row_id = post(web, rep, lead_id=lead_id, message_id=world["message_ids"]["m1"]).json()["items"][0]["id"]
    jobs = [job.args for job in ProcrastinateJob.objects.filter(task_name="transcription.tasks.transcribe")]
    assert {"account_id": str(rep.account.id), "transcription_id": row_id} in jobs
    assert all(uuid.UUID(value) for job in jobs for value in job.values())


def test_a_call_is_asked_for_by_the_id_of_its_note(world, worker, web, rep, lead_id, crm):
    made = crm.add_recording((VOICES / "call-pt.m4a").read_bytes(), account="acme", lead=lead_id, kind="call")
    answer = post(web, rep, prefer="wait=25", lead_id=lead_id, message_id=str(made["note_id"]))
    (done,) = answer.json()["items"]
    assert (done["kind"], done["state"]) == ("call", "done")
    # A side on each channel: both were transcribed.
    assert 2 * done["seconds"] - 1 < done["charged_s"] <= 2 * done["seconds"] + 1.2


def test_a_process_that_is_told_to_stop_does_not_wait_for_those_who_only_watch(
    world, another_web, rep, lead_id, deepgram
):
    web = another_web()
    with web.http.stream(
        "POST",
        PATH,
        json={"lead_id": lead_id, "message_id": world["message_ids"]["m1"]},
        headers=rep.headers | {"Accept": "text/event-stream"},
    ) as response:
        events = read_events(response)
        assert [next(events)[0], next(events)[0]] == ["accepted", "items"]
        began = time.monotonic()
        web.process.terminate()  # There is no worker: nothing would ever become of it.
        name, said = list(events)[-1]
        assert (name, said["items"][0]["state"]) == ("result", "queued")
        assert web.process.wait(20) == 0
    assert time.monotonic() - began < 10


def test_nobody_watches_for_a_client_that_has_left(world, another_web, rep, lead_id, deepgram):
    web = another_web()
    body = {"lead_id": lead_id, "message_id": world["message_ids"]["m1"]}
    headers = rep.headers | {"Accept": "text/event-stream"}
    with web.http.stream("POST", PATH, json=body, headers=headers) as response:
        events = read_events(response)
        assert [next(events)[0], next(events)[0]] == ["accepted", "items"]
    assert post(web, rep, **body).status_code == 202
    time.sleep(5)
    web.process.terminate()
    assert web.process.wait(20) == 0
    assert [line["count"] for line in web.events("runs.draining")] == [0]


def test_a_colleague_does_not_learn_that_there_are_no_words_yet(world, web, rep, colleague, lead_id):
    row_id = post(web, rep, lead_id=lead_id, message_id=world["message_ids"]["m1"]).json()["items"][0]["id"]
    assert web.get(rep, f"{PATH}/{row_id}/text").json()["code"] == "no_transcript"
    assert web.get(colleague, f"{PATH}/{row_id}/text").json()["code"] == "not_found"


def test_a_second_estimate_of_an_account_is_asked_to_come_back(world, web, rep, boss, lead_id, crm):
    from concurrent.futures import ThreadPoolExecutor

    crm.misbehave("slow", "drive.download", times=None, seconds=1.5)
    source_id = world["message_ids"]["m1"]
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda person: post(web, person, f"{PATH}/estimate", lead_id=lead_id, message_id=source_id), (rep, boss)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, 503]
    assert {answer.json().get("code") for answer in answers} == {None, "overloaded"}
