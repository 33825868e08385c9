"""A sales rep without a browser who has a recording: puts it on a lead card, has it transcribed, reads the note."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from launch.headless import Rep, document_of, events, told
from launch.input_file import Unusable
from launch.terminal import Stop
from launch.voice_file import VoiceFile

#: Between two events; the service says that it is alive every 15 s.
QUIET_WITHIN_S = 60.0
#: The service tries again for an hour; who waits at a terminal wants to know sooner.
PATIENCE_S = 30.0
#: It is our own key that Deepgram refuses, so that waiting helps nobody.
_HOPELESS = "voice_account"
#: Outcomes that are about the recording.
_INPUT = {
    *("audio_empty", "audio_too_large", "audio_too_long", "audio_unreadable", "audio_wrong_type", "voice_refused"),
}
_STEPS = {
    "waiting": "queued",
    "fetching": "fetching",
    "transcribing": "transcribing",
    "writing": "writing the note",
}
#: Of the chats that the sandbox can begin around a recording.
_CHATS = ("en", "es", "pt")


@dataclass(frozen=True)
class OnCard:
    """Where a recording hangs: the lead, and Kommo's id of the message or of the call's note."""

    lead_id: int
    source_id: str


class VoiceRep(Rep):
    """`Rep` with a recording at hand."""

    def add_recording(self, file: VoiceFile, *, is_call: bool, language: str | None) -> OnCard:
        """A new lead whose client has sent this voice message, or called. Raises Stop."""
        language = (language or "en")[:2].lower()
        query = {
            "account": "acme",
            "kind": "call" if is_call else "message",
            "file_name": f"voice.{file.format}",
            "language": language if language in _CHATS else "en",
        }
        answer = self._browser.post(
            f"{self._kommo['base_url']}/_sandbox/recordings", params=query, data=file.content, timeout=60
        )
        if answer.status_code != 201:
            raise Stop(f"The sandbox does not take the recording: {document_of(answer).get('error')}.")
        made = answer.json()
        return OnCard(int(made["lead_id"]), str(made["note_id" if is_call else "message_id"]))

    def transcribe(
        self, name: str, there: OnCard, *, language: str | None, check_up: Callable[[], None]
    ) -> dict[str, Any]:
        """The transcription when it is done, telling of each step as it comes; `check_up` is called in the pauses.

        Raises Stop (1: the run failed, 2: the recording is at fault).
        """
        body: dict[str, Any] = {"lead_id": there.lead_id, "message_id": there.source_id}
        if language:
            body |= {"language": language, "note_language": language}
        headers = {"Authorization": f"Bearer {self._bearer}", "Accept": "text/event-stream"}
        with self._browser.post(
            f"{self._web}/api/v1/transcriptions", json=body, headers=headers, stream=True, timeout=(10, QUIET_WITHIN_S)
        ) as answer:
            if answer.status_code != 200:
                raise Stop(told(answer, "The transcription was refused"))
            step = ""
            for event, data in events(answer, when_quiet=check_up):
                if event == "problem":
                    raise Stop(f"The run failed ({data.get('code')}): {data.get('detail')}")
                if event == "accepted":
                    self._voice.say("  accepted")
                    continue
                said = data if event == "state" else data["items"][0]
                if event == "result":
                    return ended(name, said, data["usage"])
                step = self._tell_step(said, step)
                check_patience(said)
        raise Stop("The stream ended without a result.")

    def _tell_step(self, said: dict[str, Any], before: str) -> str:
        step = _STEPS.get(said["step"] or "", "")
        if said["state"] == "queued" and said["outcome"]:
            step = f"{said['outcome']}, waiting to try again"
        if step and step != before:
            self._voice.say(f"  {step}")
        return step

    def notes_of(self, lead_id: int, note_ids: Iterable[int]) -> list[str]:
        """The texts of notes as Kommo's own API gives them now, in this order. Raises Stop."""
        token = self._ask_sandbox("tokens", {"account": "acme", "user": "rep"})["access_token"]
        texts = []
        for note_id in note_ids:
            answer = self._browser.get(
                f"{self._kommo['base_url']}/api/v4/leads/{lead_id}/notes/{note_id}",
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
            )
            if answer.status_code != 200:
                raise Stop(f"Kommo does not show the note that was written ({answer.status_code}).")
            texts.append(str(answer.json()["params"]["text"]))
        return texts

    def is_known(self, file: VoiceFile, deepgram: dict[str, Any]) -> bool:
        """Whether the sandbox's Deepgram knows what is said in it."""
        answer = self._browser.get(f"{deepgram['base_url']}/_sandbox/recordings", timeout=30)
        return any(known["sha256"] == file.sha256 for known in answer.json()["recordings"])


def check_patience(said: dict[str, Any]) -> None:
    """Raises Stop where the next try is not worth waiting for."""
    if said["state"] != "queued" or not said["outcome"] or not said["retry_at"]:
        return
    wait_s = (datetime.fromisoformat(said["retry_at"]) - datetime.now(UTC)).total_seconds()
    if said["outcome"] == _HOPELESS:
        raise Stop("The run failed (voice_account): Deepgram refuses the key, or its account has no credits.")
    if wait_s > PATIENCE_S:
        raise Stop(
            f"The run failed ({said['outcome']}): it would be tried again in {wait_s:.0f} s only. Nothing was charged."
        )


def ended(name: str, said: dict[str, Any], usage: dict[str, Any]) -> dict[str, Any]:
    """A transcription that is done. Raises Stop for any other."""
    if said["state"] == "done":
        return said
    if said["state"] != "failed":
        raise Stop("The run failed: it is still under way after ten minutes.")
    code, problem = said["outcome"], said["problem"]
    if code in _INPUT:
        raise Unusable(f"{name} cannot be transcribed ({code}): {problem['detail']}")
    more = f" The demo's account has {usage['limit'] // 60} minutes a month." if code == "quota_used_up" else ""
    raise Stop(f"The run failed ({code}, request {problem['request_id']}): {problem['detail']}{more}")
