"""A lead with voice messages, and the services that a transcription meets, pointed at by our settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.models import Account
from tests.factories import Person
from tests.sandbox.process import DeepgramSandbox, KommoSandbox
from tests.transcription.audio_host import Host, running_host
from tests.web import sandbox_origins
from transcription.models import Transcription
from transcription.recordings import Wanted
from transcription.use_cases.request_transcriptions import VoiceWish, find_wanted, request_transcriptions

VOICES = Path(__file__).resolve().parents[2] / "sandbox" / "data" / "voice"


class Service:
    """One of the sandbox's services with its switches."""

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=30, trust_env=False)

    def misbehave(self, kind: str, match: str = "*", /, *, times: int | None = 1, skip: int = 0, **params: Any) -> None:
        body = {"kind": kind, "match": match, "times": times, "skip": skip, "params": params}
        answer = self.http.post("/_sandbox/misbehaviour", json=body)
        assert answer.is_success, answer.text

    def behave(self) -> None:
        assert self.http.delete("/_sandbox/misbehaviour").is_success

    def seen(self, operation: str) -> list[dict[str, Any]]:
        """The requests of one operation since the last reset."""
        answer = self.http.get("/_sandbox/requests", params={"operation": operation}).json()
        return [item for item in answer["requests"] if item["operation"] == operation]


def teach(deepgram: DeepgramSandbox, audio: bytes, text: str, *, seconds: float, language: str = "es") -> None:
    """Make a recording known to the emulated Deepgram: these words in these bytes."""
    words = text.split()
    step = seconds / len(words)
    told = [
        {
            "word": word.lower(),
            "punctuated_word": word,
            "start": round(n * step, 4),
            "end": round((n + 1) * step, 4),
            "confidence": 0.95,
            "speaker": 0,
            "channel": 0,
        }
        for n, word in enumerate(words)
    ]
    entry = {"file": "learned", "format": "m4a", "seconds": seconds, "channels": 1, "language": language}
    entry |= {"kind": "message", "text": text, "words": told, "conversation": None, "message": None}
    deepgram.know(audio, **entry)


class VoiceKommo(Service):
    """The emulated Kommo, as far as recordings and notes go."""

    def lead_of(self, conversation: str, account: str = "acme") -> dict[str, Any]:
        leads = self.http.get("/_sandbox/leads").json()["leads"]
        return next(lead for lead in leads if (lead["conversation"], lead["account"]) == (conversation, account))

    def notes(self, lead_id: int, account: str = "acme") -> list[dict[str, Any]]:
        """Our notes on a lead."""
        found = self.http.get("/_sandbox/notes", params={"account": account, "lead": lead_id}).json()["notes"]
        return [note for note in found if note["note_type"] == "extended_service_message"]

    def add_recording(self, content: bytes, **query: Any) -> dict[str, Any]:
        answer = self.http.post("/_sandbox/recordings", content=content, params=query)
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def running() -> Iterator[Host]:
    """A host of recordings that the audio door's tests write the answers of."""
    with running_host() as host:
        yield host


@pytest.fixture
def host(running: Host) -> Host:
    """The same, which has seen nothing yet."""
    running.seen.clear()
    return running


@pytest.fixture
def deepgram(sandbox_ready: dict[str, Any], settings: Any) -> Iterator[DeepgramSandbox]:
    """The emulated Deepgram in its first state, with our settings pointed at it."""
    service = DeepgramSandbox(sandbox_ready)
    service.switch("reset")
    settings.DEEPGRAM_BASE_URL = service.base_url
    settings.DEEPGRAM_API_KEY = service.api_key
    yield service
    service.http.close()


@pytest.fixture
def storage(sandbox_ready: dict[str, Any]) -> Iterator[Service]:
    """The host that the drive's links lead to."""
    service = Service(sandbox_ready["storage"]["base_url"])
    assert service.http.post("/_sandbox/reset").is_success
    yield service
    service.http.close()


@pytest.fixture
def crm(kommo: KommoSandbox, storage: Service, sandbox_ready: dict[str, Any], settings: Any) -> Iterator[VoiceKommo]:
    """The emulated Kommo with its files within reach."""
    settings.SANDBOX_ORIGINS = [*settings.SANDBOX_ORIGINS, *sandbox_origins(sandbox_ready)]
    settings.NOTE_WAIT_S = 0.0
    service = VoiceKommo(kommo.base_url)
    yield service
    service.http.close()


@pytest.fixture
def voice_lead(crm: VoiceKommo) -> dict[str, Any]:
    """A lead whose client speaks Spanish, with the ids of its messages."""
    return crm.lead_of("es-o-05")


@pytest.fixture
def lead_id(voice_lead: dict[str, Any]) -> int:
    """Its number."""
    return int(voice_lead["id"])


@pytest.fixture
def wish(acme: Account, boss: Person, lead_id: int) -> Callable[..., VoiceWish]:
    """A wish of the administrator's, by default for all recordings of the lead."""

    def make(source_id: str = "", *, link: str = "", **given: Any) -> VoiceWish:
        wanted = Wanted(source_id=source_id, link=link)
        return VoiceWish(**{"account": acme, "user_id": boss.user_id, "lead_id": lead_id, "wanted": wanted} | given)

    return make


@pytest.fixture
def ask(wish: Callable[..., VoiceWish]) -> Callable[..., list[Transcription]]:
    """Ask for transcriptions as the API does, without its web process."""

    def make(source_id: str = "", **given: Any) -> list[Transcription]:
        asked = wish(source_id, **given)
        return request_transcriptions(asked, find_wanted(asked, within_s=10))

    return make
