"""The product on this machine: sandbox, web and worker, pointed at each other."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from launch import ports
from launch.environment import SERVER_LOG, for_programs
from launch.paths import ROOT, VENV_PYTHON, make_private
from launch.program import Program
from launch.terminal import Stop, Voice

#: The web process lets runs in flight end for 25 s.
DRAIN_S = 30.0
#: Jobs at once; most of a job is waiting for others.
WORKER_CONCURRENCY = 4
WEB_PORT = 8000
SANDBOX_PORTS = {"kommo": 8101, "openai": 8102, "deepgram": 8103, "storage": 8105}


class Stack:
    """Sandbox, web and, where asked for, worker, while a `with` block lasts.

    What `settings` says about Kommo, the model or Deepgram wins over the sandbox: with real keys the same programs talk
    to the real services.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        logs: Path,
        voice: Voice,
        *,
        fds: tuple[int, ...],
        with_worker: bool,
        fixed_ports: bool,
        is_hurried: Callable[[], bool] = lambda: False,
    ) -> None:
        make_private(logs)
        self.ready: dict[str, Any] = {}
        self.web_url = ""
        self.programs: list[Program] = []
        self._settings = settings
        self._logs = logs
        self._voice = voice
        self._fds = fds
        self._with_worker = with_worker
        self._fixed_ports = fixed_ports
        self._is_hurried = is_hurried

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _start(self) -> None:
        for attempt in range(5):
            port = ports.next_free(WEB_PORT + attempt) if self._fixed_ports else ports.any_free()
            self.web_url = f"http://127.0.0.1:{port}"
            with self._voice.step("Starting the sandbox (Kommo, OpenAI and Deepgram on this machine)"):
                self._start_sandbox()
            environment = for_programs(dict(self._settings) | self.pointers())
            web = self._program(
                "web", ["-m", "convailens.web", "--host", "127.0.0.1", "--port", str(port)], environment
            )
            with self._voice.step("Starting web" + (" and worker" if self._with_worker else "")):
                web.start()
                if self._with_worker:
                    self._program(
                        "worker",
                        ["manage.py", "procrastinate", "worker", "--concurrency", str(WORKER_CONCURRENCY)],
                        environment,
                    ).start()
                try:
                    web.wait_until(lambda: fetch_status(f"{self.web_url}/health/ready") == 200, timeout_s=60)
                    return
                except Stop:
                    if "address already in use" not in web.log.read_text(errors="replace").lower():
                        raise
            # Another program took the port after we had looked. The sandbox has to know the new one.
            self.stop()
        raise Stop("Other programs keep taking the ports the demo wants. Start it again.")

    def _start_sandbox(self) -> None:
        arguments = ["--web", self.web_url]
        for service, port in SANDBOX_PORTS.items():
            arguments += [f"--{service}-port", str(port if self._fixed_ports else 0)]
        sandbox = self._program(
            "sandbox", ["-m", "sandbox", *arguments], for_programs(dict(self._settings)), speaks=True
        )
        sandbox.start()
        self.ready = _first_line(sandbox, timeout_s=30)

    def _program(
        self, name: str, arguments: list[str], environment: dict[str, str], *, speaks: bool = False
    ) -> Program:
        log = self._logs / f"{name}.log"
        program = Program(name, [VENV_PYTHON, *arguments], environment, log=log, fds=self._fds, speaks=speaks)
        self.programs.append(program)
        return program

    def pointers(self) -> dict[str, str]:
        """The settings that lead to the sandbox, for each service that the caller has no keys of."""
        kommo, openai, deepgram = self.ready["kommo"], self.ready["openai"], self.ready["deepgram"]
        pointers = {"PUBLIC_URL": self._settings.get("PUBLIC_URL", self.web_url)}
        origins = [origin for origin in self._settings.get("SANDBOX_ORIGINS", "").split(",") if origin]
        if not self.uses_real_kommo:
            pointers |= {
                "PUBLIC_URL": self.web_url,
                "KOMMO_CLIENT_ID": kommo["client_id"],
                "KOMMO_CLIENT_SECRET": kommo["client_secret"],
                "KOMMO_REDIRECT_URI": kommo["redirect_uri"],
                "KOMMO_OAUTH_URL": f"{kommo['base_url']}/oauth",
            }
            # Kommo's links to recordings lead on to the storage.
            origins += [_origin(kommo["base_url"]), _origin(self.ready["storage"]["base_url"])]
        if not self.uses_real_model:
            pointers |= {
                "OPENAI_API_KEY": openai["api_key"],
                "OPENAI_BASE_URL": openai["base_url"],
                "OPENAI_MODEL": openai["model"],
            }
            origins.append(_origin(openai["base_url"]))
        if not self.uses_real_deepgram:
            pointers |= {"DEEPGRAM_API_KEY": deepgram["api_key"], "DEEPGRAM_BASE_URL": deepgram["base_url"]}
            origins.append(_origin(deepgram["base_url"]))
        return pointers | {"SANDBOX_ORIGINS": ",".join(dict.fromkeys(origins))}

    @property
    def uses_real_kommo(self) -> bool:
        """Whether the caller's settings name an integration at Kommo."""
        return "KOMMO_CLIENT_ID" in self._settings

    @property
    def uses_real_model(self) -> bool:
        """Whether the caller's settings name a model's service."""
        return "OPENAI_API_KEY" in self._settings or "OPENAI_BASE_URL" in self._settings

    @property
    def uses_real_deepgram(self) -> bool:
        """Whether the caller's settings hold a key of Deepgram's."""
        return "DEEPGRAM_API_KEY" in self._settings

    def check_up(self) -> None:
        """Raises Stop, with its last words, where one of the programs has ended."""
        for program in self.programs:
            if not program.is_alive:
                raise Stop(program.obituary())

    def stop(self) -> None:
        """Web and worker first, which finish what they are at; then the sandbox they talk to."""
        serving = [program for program in self.programs if program.name != "sandbox"]
        for group in (serving, [program for program in self.programs if program.name == "sandbox"]):
            for program in group:
                program.ask_to_stop()
            for program in group:
                program.wait_stopped(timeout_s=DRAIN_S, is_hurried=self._is_hurried)
        self.programs.clear()


def _first_line(program: Program, *, timeout_s: float) -> dict[str, Any]:
    """The line of JSON with which the sandbox says that it is ready."""
    give_up_at = time.monotonic() + timeout_s
    said = b""
    while b"\n" not in said:
        readable, _, _ = select.select([program.said], [], [], max(0.0, give_up_at - time.monotonic()))
        chunk = os.read(program.said.fileno(), 65536) if readable else b""
        if not chunk:
            if not readable:
                raise Stop(f"{program.name} was not ready within {timeout_s:.0f} s.\n{program.last_words()}")
            program.wait_until(lambda: False, timeout_s=5)  # Raises: it has closed its output.
        said += chunk
    ready: dict[str, Any] = json.loads(said.partition(b"\n")[0])
    return ready


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


#: Loopback is never behind a proxy, whatever the environment says.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fetch_status(url: str, *, timeout_s: float = 3) -> int | None:
    """The status of a GET on loopback, or None when nothing answers."""
    try:
        with _direct.open(url, timeout=timeout_s) as response:
            return int(response.status)
    except urllib.error.HTTPError as answered:
        answered.close()
        return answered.code
    except (OSError, ValueError):
        return None


def manage(environment: Mapping[str, str], *arguments: str) -> None:
    """Run one of manage.py's commands. Raises Stop with the end of what it said when it fails."""
    command: list[str | Path] = [VENV_PYTHON, ROOT / "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise Stop(f"`manage.py {arguments[0]}` failed:\n{said}")


def prepare_database(settings: Mapping[str, str], voice: Voice) -> None:
    """Bring the database up to date and put the demo's data into it; nothing to do where both was done already."""
    from launch.database import (
        analyze_once,
        check_answers,
        is_up_to_date,
        note_up_to_date,
    )  # Here, since it needs the packages.

    url = settings["DATABASE_URL"]
    is_ours = SERVER_LOG in settings
    if is_ours and is_up_to_date(url, settings):
        return
    if not is_ours:
        voice.say("  Using the database that DATABASE_URL names")
        check_answers(url)
    environment = for_programs(dict(settings))
    with voice.step("Bringing the database up to date"):
        manage(environment, "migrate", "--noinput", "-v", "0")
        analyze_once(url)
    with voice.step("Filling in the demo's data"):
        manage(environment, "demo_data")
    if is_ours:
        note_up_to_date(url, settings)
