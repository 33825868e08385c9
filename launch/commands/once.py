"""`bin/demo --once`: a conversation or a recording, headless, on services and a database of its own."""

from __future__ import annotations

import argparse
from typing import Protocol

from launch import conversation_file, voice_file
from launch.environment import callers_settings, kept_secrets
from launch.input_file import Unusable
from launch.inside import go_inside_venv
from launch.services import ThrowawayServices
from launch.signals import Asked, Signals
from launch.stack import Stack, prepare_database
from launch.terminal import Voice

#: Kommo is the sandbox's here, since consent at the real one needs a person and a browser.
_OF_KOMMO = ("KOMMO_", "PUBLIC_URL", "SANDBOX_ORIGINS")


class _Job(Protocol):
    """One way to use the product once. Made of what was given, before anything is installed; raises Unusable."""

    needs_worker: bool

    def check(self) -> None:
        """Look at the input with the packages. Raises Unusable."""

    def do(self, stack: Stack, voice: Voice) -> str:
        """What goes to stdout. Raises Stop."""


def run_once(arguments: list[str], given: argparse.Namespace) -> int:
    """0: the result is on stdout; 1: the run failed; 2: the input is at fault."""
    job: _Job = _VoiceJob(given) if given.voice is not None else _ChatJob(given)
    signals = Signals()
    voice = Voice()
    go_inside_venv("demo", arguments, voice)
    job.check()
    # Imported here, since they need the packages.
    from launch.database import fresh_copy
    from launch.headless import print_result

    signals.listen()
    quiet = Voice(quiet=True)
    caller = {name: value for name, value in callers_settings().items() if not name.startswith(_OF_KOMMO)}
    try:
        voice.say("  starting")
        with ThrowawayServices(caller, quiet) as services:
            settings = kept_secrets() | caller | services.environment
            prepare_database(settings, quiet)
            if "DATABASE_URL" not in caller:
                # Each run begins without stored results and with its plan unused.
                settings["DATABASE_URL"] = fresh_copy(settings["DATABASE_URL"], "once")
            stack = Stack(
                settings,
                services.folder / "logs",
                quiet,
                fds=services.fds,
                with_worker=job.needs_worker,
                fixed_ports=False,
                is_hurried=lambda: signals.is_hurried,
            )
            with stack:
                result = job.do(stack, voice)
                voice.end_line()
                signals.stopping()
        print_result(result)
    except Asked as asked:
        voice.end_line()
        return 128 + asked.number
    return 0


class _ChatJob:
    """A conversation, of a file or of the demo's lead, becomes a scored result."""

    needs_worker = False

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._conversation: conversation_file.Conversation | None = None
        if given.json or given.call:
            raise Unusable("--json and --call belong to a recording: add --voice FILE.")
        if given.conversation is not None:
            self._conversation = conversation_file.read(given.conversation)
        elif given.me or given.date_order:
            raise Unusable("--me and --date-order belong to a WhatsApp chat: add --conversation FILE.")

    def check(self) -> None:
        if self._conversation is not None:
            conversation_file.check(self._conversation, me=self._given.me, date_order=self._given.date_order)

    def do(self, stack: Stack, voice: Voice) -> str:
        from launch.headless import Rep, as_json

        given, conversation = self._given, self._conversation
        rep = Rep(stack.web_url, stack.ready["kommo"], voice)
        voice.say("  connecting")
        if conversation:
            rep.set_account(conversation)
        rep.connect()
        rep.open_session()
        lead_id = rep.add_lead(conversation) if conversation else int(stack.ready["kommo"]["lead_id"])
        result = rep.analyse(lead_id, conversation, me=given.me, date_order=given.date_order, language=given.language)
        return as_json(result)


class _VoiceJob:
    """A recording becomes a note on a lead."""

    needs_worker = True

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        if given.conversation is not None or given.me or given.date_order:
            raise Unusable("--voice is a run of its own: leave out --conversation, --me and --date-order.")
        self._file = voice_file.read(given.voice)

    def check(self) -> None:
        """How long it is and whether it is damaged is found out by the service."""

    def do(self, stack: Stack, voice: Voice) -> str:
        from launch.headless import as_json
        from launch.headless_voice import VoiceRep

        given, file = self._given, self._file
        if stack.uses_real_deepgram:
            voice.say("  Deepgram is the real one, by the key in your settings: the recording leaves this machine.")
        rep = VoiceRep(stack.web_url, stack.ready["kommo"], voice)
        voice.say("  connecting")
        rep.connect()
        rep.open_session()
        there = rep.add_recording(file, is_call=given.call, language=given.language)
        said = rep.transcribe(file.name, there, language=given.language, check_up=stack.check_up)
        notes = rep.notes_of(there.lead_id, said["note_ids"])
        if said["outcome"] == "no_speech":
            voice.say(f"  Nobody speaks in {file.name}: there is no note, and nothing was charged.")
        elif not stack.uses_real_deepgram and not rep.is_known(file, stack.ready["deepgram"]):
            voice.say(
                "  The sandbox's Deepgram understands no speech: it knows the recordings of sandbox/data/voice only, "
                "and wrote\n  a sentence of its own. With DEEPGRAM_API_KEY in .env or the environment the same "
                "command has Deepgram itself listen."
            )
        if given.json:
            return as_json({"transcription": said, "notes": notes})
        return "\n\n".join(notes) + ("\n" if notes else "")
