"""The part of the journey that is spoken: recordings with canaries in sound, name and words, from the click to the note
and into the next analysis, and every service on that way answering with canaries of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.journeys import canaries
from tests.journeys.canaries import BAD_ID
from tests.journeys.places import Watching, surroundings
from tests.web import read_events

if TYPE_CHECKING:
    from tests.journeys.journey import Journey

SAMPLES = Path(__file__).resolve().parents[2] / "sandbox" / "data" / "voice"
MESSAGE, CALL = "en-o-05-m20.m4a", "call-pt.m4a"
PATH = "/api/v1/transcriptions"
FILE_NAME = f"{canaries.word('file')}.m4a"

SPOKEN = (
    f"{canaries.phrase('spoken')} Please call me on {canaries.NUMBERS[0]} because that is too expensive. "
    f"{canaries.word('murmur')}."
)
CALLED = f"{canaries.phrase('called')} My card is {canaries.NUMBERS[2]}. I decide alone."

_SAID = {"detail": canaries.phrase("detail"), "error_code": canaries.word("code")}
#: Who answers badly (operation, kind, params), and how the transcription then stands.
FAULTS: list[tuple[str, str, dict[str, Any], str]] = [
    ("listen", "status", {"code": 400} | _SAID, "voice_unexpected"),
    ("listen", "status", {"code": 413} | _SAID, "voice_refused"),
    ("listen", "status", {"code": 500} | _SAID, "voice_unavailable"),
    ("notes.add", "status", {"code": 400, "detail": canaries.phrase("detail")}, "note_refused"),
    ("notes.add", "status", {"code": 403, "detail": canaries.phrase("detail")}, "note_refused"),
    ("drive.download", "redirect", {"to": f"https://{canaries.STEM}.example/{FILE_NAME}"}, "audio_host_not_allowed"),
    ("drive.download", "redirect", {"to": f"https://{canaries.STEM}@[::1/{FILE_NAME}"}, "audio_host_not_allowed"),
    ("drive.download", "redirect", {"to": f"/{quote(canaries.phrase('redirect'))}"}, "audio_gone"),
    ("drive.download", "truncated", {}, "audio_unreadable"),
]


def _sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@dataclass
class Voice:
    """What came of it: the texts that were read back, the notes in Kommo, how each failure was told, the addresses."""

    texts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    summary: str = ""

    def all_of_it(self, journey: Journey, worker_pid: int) -> None:
        web, log = journey.world.web, journey.world.worker_log
        with Watching(worker_pid, journey.world.temporary, but=log) as watching:
            message = self._add(journey, MESSAGE, SPOKEN, seconds=10.11)
            call = self._add(journey, CALL, CALLED, seconds=24.38, kind="call", channels=2)
            link = {"lead_id": journey.lead_id, "audio_link": message["link"]}
            assert journey.send("POST", f"{PATH}/estimate", json=link).json()["seconds"] > 0
            ids = [self._follow(journey, link), self._follow(journey, self._of(journey, call))]
            self._read_back(journey, ids)
            for operation, kind, params, outcome in FAULTS:
                self._fail(journey, operation, kind, params, outcome)
            page = f"<!doctype html><title>{canaries.phrase('page')}</title>".encode() * 50
            self._settle(journey, self._upload(journey, page), "audio_wrong_type")
            self._be_refused(journey)
            journey.watched += [*surroundings(worker_pid), *surroundings(web.process.pid)]
        journey.watched += watching.seen
        assert watching.rounds > 20

    def _add(self, journey: Journey, name: str, text: str, *, seconds: float, **where: Any) -> dict[str, Any]:
        """A recording on the lead, whose words Deepgram knows."""
        channels, audio = where.pop("channels", 1), canaries.recording(_sample(name), len(self.links))
        words = canaries.heard(text, seconds=seconds, channels=channels)
        known = {"kind": where.get("kind", "message"), "language": "en", "seconds": seconds, "channels": channels}
        journey.deepgram.know(audio, file=name, words=words, **known)
        return self._upload(journey, audio, **where)

    def _upload(self, journey: Journey, content: bytes, **where: Any) -> dict[str, Any]:
        query = {"lead": journey.lead_id, "file_name": FILE_NAME} | where
        answer = journey.kommo.http.post("/_sandbox/recordings", content=content, params=query)
        assert answer.status_code == 201, answer.text
        self.links.append(answer.json()["link"])
        return answer.json()

    def _of(self, journey: Journey, made: dict[str, Any]) -> dict[str, Any]:
        return {"lead_id": journey.lead_id, "message_id": str(made.get("message_id") or made["note_id"])}

    def _follow(self, journey: Journey, body: dict[str, Any]) -> str:
        """One click, its stream read to the end; the id of what was transcribed."""
        headers = journey.bearer | {"Accept": "text/event-stream"}
        with journey.http.stream("POST", PATH, json=body, headers=headers) as answer:
            assert answer.status_code == 200, answer.read()
            events = list(read_events(answer))
        journey.pages += [(f"event {name}", repr(data).encode()) for name, data in events]
        name, data = events[-1]
        assert name == "result", events
        (item,) = data["items"]
        assert (item["state"], item["outcome"]) == ("done", None), item
        return str(item["id"])

    def _read_back(self, journey: Journey, ids: list[str]) -> None:
        """The words for the rep: from the note, on the card, and in what the model says of the lead."""
        for each in ids:
            answer = journey.http.get(f"{PATH}/{each}/text", headers=journey.bearer)
            assert answer.status_code == 200, answer.text
            self.texts.append(answer.json()["text"])
        refusal = {"code": 500, "detail": canaries.phrase("detail")}
        journey.kommo.switch("misbehaviour", match="notes.list", kind="status", params=refusal, times=None)
        journey.refused(503, "GET", f"{PATH}/{ids[0]}/text")
        assert journey.kommo.http.delete("/_sandbox/misbehaviour").is_success
        found = journey.kommo.http.get("/_sandbox/notes", params={"lead": journey.lead_id}).json()["notes"]
        self.notes = [note["text"] for note in found if note["note_type"] == "extended_service_message"]
        state = f"/api/v1/leads/{journey.lead_id}/state"
        assert len(journey.send("POST", state, own=True, json={"source": "auto"}).json()["voice"]["items"]) >= 2
        before = len(journey.streamed)
        journey.result(journey.body(output_language="es"))
        self.summary = journey.streamed[before:]

    def _fail(self, journey: Journey, operation: str, kind: str, params: dict[str, Any], outcome: str) -> None:
        made = self._add(journey, MESSAGE, SPOKEN, seconds=10.11)
        service = journey.deepgram if operation == "listen" else journey.kommo
        # Until it is taken back: what waits for another try would else meet the fault in place of this one.
        service.switch("misbehaviour", match=operation, kind=kind, params=params, times=None)
        self._settle(journey, made, outcome)
        assert service.http.delete("/_sandbox/misbehaviour").is_success

    def _settle(self, journey: Journey, made: dict[str, Any], outcome: str) -> None:
        """Have it transcribed and see it fail, or wait for another time, for the reason that was arranged."""
        headers = {"Accept": "application/json"}
        asked = journey.send("POST", PATH, json=self._of(journey, made), headers=headers)
        assert asked.status_code == 202, asked.text
        one = f"{PATH}/{asked.json()['items'][0]['id']}"
        until = time.monotonic() + 20
        while (said := journey.http.get(one, headers=journey.bearer).json())["outcome"] is None:
            assert said["state"] != "done", said
            assert time.monotonic() < until, said
            time.sleep(0.05)
        assert said["outcome"] == outcome, said
        self.outcomes.append(outcome)
        journey.send("GET", one)
        journey.refused(404, "GET", f"{one}/text")

    def _be_refused(self, journey: Journey) -> None:
        """Canaries where ids, links and languages belong."""
        as_json = {"Accept": "application/json"}
        for bad in (BAD_ID, canaries.NUMBERS[0], canaries.ADDRESSES[0], canaries.phrase_cyrillic()):
            journey.refused((400, 404), "GET", f"{PATH}/{quote(bad, safe='')}")
            journey.refused((400, 404), "GET", f"{PATH}/{quote(bad, safe='')}/text")
            link = f"https://{canaries.STEM}.example/{quote(bad)}"
            bodies = [
                {"message_id": bad},
                {"audio_link": bad},
                {"audio_link": link},
                {"all": bad},
                {"all": True, "lead_id": bad},
                {"all": True, "message_id": bad},
                {bad: bad},
            ]
            for body in bodies:
                for path in (PATH, f"{PATH}/estimate"):
                    sent = {"lead_id": journey.lead_id} | body
                    journey.refused((400, 404), "POST", path, json=sent, headers=as_json)
            for name in ("language", "note_language"):
                sent = {"lead_id": journey.lead_id, "all": True, name: bad}
                journey.refused(400, "POST", PATH, json=sent, headers=as_json)
        journey.refused(415, "POST", PATH, content=canaries.recording(_sample(MESSAGE), -1))
