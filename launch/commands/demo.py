"""`bin/demo`: the whole product on this machine; with --once, its main job headless."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from launch.environment import callers_settings, kept_secrets
from launch.inside import go_inside_venv
from launch.locks import FileLock
from launch.paths import data_dir
from launch.services import Services, shared_folder
from launch.signals import Asked, Signals
from launch.stack import Stack, fetch_status, prepare_database
from launch.terminal import Stop, Voice, is_terminal

DESCRIPTION = """Installs what is missing, starts PostgreSQL and Redis (unless DATABASE_URL and REDIS_URL name some),
brings the database up to date, starts web, worker and the sandbox (Kommo, OpenAI and Deepgram on this machine) and
prints where to look. Ctrl-C stops all of it; the data stay, in .data (CONVAILENS_DATA moves them). Keys in .env lead to
the real services.

What to click: on the first lead card "Analyse this conversation". On the cards with voice messages "Transcribe" beside
one of them, or "Transcribe all": the text appears as a note in the card's feed, and the next analysis reads it.

With --once: connects, analyses one conversation through the same HTTP, prints the result as JSON on stdout and ends
with exit code 0; 1 when the run failed; 2 when the input is at fault.

With --once --voice FILE: puts the recording on a new lead card of the sandbox's Kommo, has it transcribed, reads the
note back from Kommo and prints its text on stdout, and nothing else; progress goes to stderr, exit codes are the same.
Where nobody speaks there is no note: stdout stays empty, stderr says so, exit code 0. The sandbox's Deepgram knows the
recordings in sandbox/data/voice; with DEEPGRAM_API_KEY set, Deepgram itself hears any file (it leaves this machine)."""
RESTARTS = 3
RESTARTS_WITHIN_S = 60.0


def language_tag(text: str) -> str:
    """As the API takes it: "es", "pt-BR"."""
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", text):
        raise argparse.ArgumentTypeError("a language tag is expected, such as es or pt-BR")
    return text


def parser() -> argparse.ArgumentParser:
    """What `bin/demo` understands."""
    parsing = argparse.ArgumentParser(
        prog="bin/demo", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsing.add_argument("--once", action="store_true", help="run the main job once, without a browser")
    only = parsing.add_argument_group("with --once")
    only.add_argument(
        "--conversation",
        metavar="FILE",
        help="a chat: JSON as in sandbox/data/conversations/FORMAT.md, or a WhatsApp 'export chat' text file",
    )
    only.add_argument("--me", metavar="NAME", help="who of the people in a WhatsApp chat is the sales rep")
    only.add_argument(
        "--date-order", choices=["dmy", "mdy"], help="of the dates in a WhatsApp chat, if they do not tell"
    )
    only.add_argument("--voice", metavar="FILE", help="a recording: Ogg (Opus), M4A, MP3, AAC, WAV, FLAC, WebM or AMR")
    only.add_argument("--call", action="store_true", help="the recording is a call's: its speakers are told apart")
    only.add_argument("--json", action="store_true", help="with --voice: the transcription's numbers and its notes")
    only.add_argument(
        "--language",
        metavar="TAG",
        type=language_tag,
        help="of the result: en, es, pt or another language tag; with --voice what is spoken, too (else it is found "
        "out)",
    )
    return parsing


def run(arguments: list[str]) -> int:
    """Exit code 0 after an ordered stop."""
    given = parser().parse_args(arguments)
    if given.once:
        from launch.commands.once import run_once

        return run_once(arguments, given)
    if any(value for name, value in vars(given).items() if name != "once"):
        parser().error("all other options go with --once")
    started = time.monotonic()
    signals = Signals()
    voice = Voice()
    voice.say("ConvAI Lens demo")
    go_inside_venv("demo", arguments, voice)
    signals.listen()
    try:
        with _only_one() as note:
            _run(voice, signals, note, started)
    except Asked as asked:
        voice.say("Stopped.")
        return 0 if asked.number == 2 else 128 + asked.number
    return 0


@contextlib.contextmanager
def _only_one() -> Iterator[Path]:
    """Hold the lock of this folder's demo; yields the file that says where it is. Raises Stop when it runs already."""
    note = data_dir() / "demo.json"
    with FileLock(data_dir() / "demo.lock") as lock:
        if not lock.try_take():
            try:
                where = f" at {json.loads(note.read_text())['web']}"
            except (OSError, ValueError, KeyError):
                where = ""
            raise Stop(f"The demo is running already{where}. Ctrl-C in its terminal stops it.")
        try:
            yield note
        finally:
            note.unlink(missing_ok=True)


def _run(voice: Voice, signals: Signals, note: Path, started: float) -> None:
    caller = callers_settings()
    with Services(shared_folder(), caller, voice, durable=True) as services:
        settings = kept_secrets() | caller | services.environment
        prepare_database(settings, voice)
        stack = Stack(
            settings,
            data_dir() / "logs",
            voice,
            fds=services.fds,
            with_worker=True,
            fixed_ports=True,
            is_hurried=lambda: signals.is_hurried,
        )
        try:
            with stack:
                _connect(stack, voice)
                note.write_text(json.dumps({"web": stack.web_url, "pid": os.getpid()}))
                _show(stack, voice, settings["DEMO_STAFF_PASSWORD"], time.monotonic() - started)
                try:
                    _watch(stack, voice)
                finally:
                    signals.stopping()
                    voice.say("\nStopping (runs in flight are finished first; Ctrl-C again stops at once) ...")
        finally:
            signals.stopping()


def _connect(stack: Stack, voice: Voice) -> None:
    """Connect the sandbox's account, so that its card works at once: old tokens ended with the sandbox they are of."""
    if stack.uses_real_kommo:
        return
    from launch.headless import Rep  # Needs the packages.

    with voice.step("Connecting the sandbox's account"):
        admin = Rep(stack.web_url, stack.ready["kommo"], voice)
        admin.connect()
        admin.agree()


def _show(stack: Stack, voice: Voice, staff_password: str, took_s: float) -> None:
    web, kommo, openai, deepgram = stack.web_url, *(stack.ready[name] for name in ("kommo", "openai", "deepgram"))
    shown = "account=acme&user=rep&lang=en&theme=light"
    cards = f"{kommo['base_url']}/leads/detail"
    rows = [
        ("Lead card", f"{cards}/{kommo['lead_id']}?{shown}"),
        ("With voice messages", f"{cards}/es-o-05?{shown}"),
        ("", f"{cards}/pt-o-05?{shown}"),
        ("Connect an account", f"{web}/connect"),
        ("Admin", f"{web}/admin/   log in as support with {staff_password} (as privacy: may erase)"),
        ("API", f"{web}/api/docs"),
        ("Health", f"{web}/health/ready"),
        ("Sandbox: Kommo", f"{kommo['base_url']}/   misbehaviour and requests: {kommo['base_url']}/_sandbox/"),
        ("Sandbox: OpenAI", f"{openai['base_url'].removesuffix('/v1')}/_sandbox/   model: {openai['model']}"),
        ("Sandbox: Deepgram", f"{deepgram['base_url']}/_sandbox/"),
        ("Logs", str(data_dir() / "logs")),
    ]
    if stack.uses_real_kommo:
        rows = [row for row in rows if "/leads/detail/" not in row[1] and row[0] != "Sandbox: Kommo"]
        rows.append(("Kommo", "the real one, by the keys in your settings"))
    if stack.uses_real_model:
        rows = [row for row in rows if row[0] != "Sandbox: OpenAI"]
        rows.append(("Model", "the real one, by the keys in your settings: text leaves this machine"))
    if stack.uses_real_deepgram:
        rows = [row for row in rows if row[0] != "Sandbox: Deepgram"]
        rows.append(("Deepgram", "the real one, by the key in your settings: voice leaves this machine"))
    voice.say(f"\nReady in {took_s:.1f} s.\n")
    for name, value in rows:
        voice.say(f"  {name:<20}{value}")
    voice.say("\nCtrl-C stops everything; the data stay. The main job without a browser: bin/demo --once\n")


def _watch(stack: Stack, voice: Voice) -> None:
    """Say how the programs are until somebody asks to stop; start web or worker again when one dies."""
    status = Status(stack, voice)
    deaths: list[float] = []
    while True:
        for program in stack.programs:
            if program.is_alive:
                continue
            status.end_line()
            voice.say(program.obituary())
            deaths = [at for at in deaths if at > time.monotonic() - RESTARTS_WITHIN_S] + [time.monotonic()]
            if program.name == "sandbox" or len(deaths) > RESTARTS:
                raise Stop(
                    f"{program.name} does not stay up, so the demo stops. See above for why; then start it again."
                )
            voice.say(f"  Starting {program.name} again.")
            program.start()
        status.refresh()
        time.sleep(0.5)


class Status:
    """One line about the programs: rewritten each second on a terminal, written when it changes elsewhere."""

    def __init__(self, stack: Stack, voice: Voice) -> None:
        self._stack = stack
        self._voice = voice
        self._started = time.monotonic()
        self._in_terminal = is_terminal()
        self._shown = ""
        self._asked_at = 0.0
        self._web = "starting"

    def refresh(self) -> None:
        """Ask web how it is, at most every 3 s, and show it."""
        now = time.monotonic()
        if now - self._asked_at >= 3:
            self._asked_at = now
            answer = fetch_status(f"{self._stack.web_url}/health/ready")
            self._web = {200: "ready", None: "no answer"}.get(answer, "not ready")
        parts = [f"web {self._web}", *(f"{p.name} up" for p in self._stack.programs if p.name != "web")]
        text = " · ".join(parts)
        if self._in_terminal:
            minutes, seconds = divmod(int(now - self._started), 60)
            with contextlib.suppress(OSError, ValueError):
                print(f"\r  {text} · {minutes}:{seconds:02d} ", end="", file=sys.stderr, flush=True)
        elif text != self._shown:
            self._voice.say(f"  {text}")
        self._shown = text

    def end_line(self) -> None:
        """Leave the rewritten line."""
        if self._in_terminal and self._shown:
            self._voice.say()
