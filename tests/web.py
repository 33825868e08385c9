"""A web process for tests: real ASGI under uvicorn, on the test's own database, so that streams are streams."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings
from django.db import connection

from tests.factories import Person

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def database_url() -> str:
    """The database that pytest made for this run, as a URL for other processes."""
    config = connection.settings_dict
    login = quote(config["USER"]) + (f":{quote(config['PASSWORD'])}" if config["PASSWORD"] else "")
    return f"postgres://{login}@{config['HOST']}:{config['PORT']}/{config['NAME']}"


def sandbox_origins(ready: dict[str, Any]) -> list[str]:
    """What SANDBOX_ORIGINS has to name for our product to reach every service of the sandbox."""
    return [ready[name]["base_url"].removesuffix("/v1") for name in ("kommo", "openai", "deepgram", "storage")]


def environment(ready: dict[str, Any], **more: str) -> dict[str, str]:
    """The environment of a process of ours beside the sandbox of the ready line."""
    kommo, openai, deepgram = ready["kommo"], ready["openai"], ready["deepgram"]
    port = kommo["base_url"].rsplit(":", 1)[1]
    return os.environ | {
        "CONVAILENS_DEMO": "1",
        "SECRET_KEY": settings.SECRET_KEY,
        "TOKEN_KEYS": ",".join(settings.TOKEN_KEYS),
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "KOMMO_CLIENT_ID": kommo["client_id"],
        "KOMMO_CLIENT_SECRET": kommo["client_secret"],
        "KOMMO_REDIRECT_URI": kommo["redirect_uri"],
        "KOMMO_OAUTH_URL": f"{kommo['base_url']}/oauth",
        "KOMMO_REQUESTS_PER_SECOND": "10000",
        "SANDBOX_ORIGINS": ",".join([*sandbox_origins(ready), f"http://localhost:{port}"]),
        "OPENAI_BASE_URL": openai["base_url"],
        "OPENAI_API_KEY": openai["api_key"],
        "OPENAI_MODEL": openai["model"],
        "DEEPGRAM_BASE_URL": deepgram["base_url"],
        "DEEPGRAM_API_KEY": deepgram["api_key"],
        "THROTTLE_ANALYSES_ACCOUNT": "100000",
        "THROTTLE_ANALYSES_USER": "100000",
        "THROTTLE_ANALYSES_ADDRESS": "100000",
        "THROTTLE_SESSION_ADDRESS": "100000",
        "THROTTLE_READS_USER": "100000",
        "LOG_FORMAT": "json",
        "PYTHONWARNINGS": "default",
        **more,
    }


@dataclass
class Web:
    """A running web process and what tests do with it."""

    base_url: str
    process: subprocess.Popen[bytes]
    log_file: Path
    http: httpx.Client = field(repr=False)

    def kill(self) -> None:
        """As a crash: no shutdown, no clean-up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    @property
    def log(self) -> list[dict[str, Any]]:
        """What it has logged so far."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines() if line.startswith("{")]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.log if line["event"] == name]

    def analyse(self, person: Person, lead_id: Any, **given: Any) -> list[tuple[str, dict[str, Any]]]:
        """Ask for an analysis and read its stream to the end."""
        with self.analysing(person, lead_id, **given) as response:
            assert response.status_code == 200, response.read()
            assert response.headers["content-type"].startswith("text/event-stream")
            return list(read_events(response))

    def analysing(
        self, person: Person, lead_id: Any, *, key: uuid.UUID | None = None, headers: Any = None, **body: Any
    ) -> contextlib.AbstractContextManager[httpx.Response]:
        """The open stream of an analysis."""
        content = {"lead_id": lead_id, "source": "auto", "output_language": "en"} | body
        sent = person.headers | {"Idempotency-Key": str(key or uuid.uuid4()), "Accept": "text/event-stream"}
        return self.http.stream("POST", "/api/v1/analyses", json=content, headers=sent | (headers or {}))

    def get(self, person: Person, path: str) -> httpx.Response:
        return self.http.get(path, headers=person.headers)


def read_events(response: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """The server-sent events of a response, as they come."""
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])


@contextlib.contextmanager
def running_web(ready: dict[str, Any], log_file: Path, *, workers: int = 1, **env: str) -> Iterator[Web]:
    """A web process on a free port; ended with the block, whatever became of it."""
    port = free_port()
    command = [sys.executable, "-m", "convailens.web", "--host", "127.0.0.1", "--port", str(port)]
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            [*command, "--workers", str(workers)], cwd=ROOT, env=environment(ready, **env), stderr=log, stdout=log
        )
    base_url = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base_url, timeout=90, trust_env=False) as http:
        try:
            until = time.monotonic() + 40
            while True:
                assert process.poll() is None, log_file.read_text()[-4000:]
                with contextlib.suppress(httpx.TransportError):
                    if http.get("/health/live").status_code == 200:
                        break
                assert time.monotonic() < until, log_file.read_text()[-4000:]
                time.sleep(0.05)
            yield Web(base_url, process, log_file, http)
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(40)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(10)


class OpenAISandbox:
    """Turns the switches of the emulated OpenAI."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.root = ready["openai"]["base_url"].removesuffix("/v1")
        self.http = httpx.Client(base_url=self.root, timeout=10, trust_env=False)

    def misbehave(self, kind: str, *, times: int | None = 1, skip: int = 0, **params: Any) -> None:
        body = {"kind": kind, "times": times, "skip": skip, "params": params, "match": "chat_completions"}
        answer = self.http.post("/_sandbox/misbehaviour", json=body)
        assert answer.is_success, answer.text

    def model(self, name: str) -> None:
        answer = self.http.post("/_sandbox/model", json={"model": name})
        assert answer.is_success, answer.text

    def reset(self) -> None:
        assert self.http.post("/_sandbox/reset").is_success

    @property
    def calls(self) -> int:
        """How many completions were asked for since the last reset."""
        counters = self.http.get("/_sandbox/requests").json()["counters"]
        return counters.get("chat_completions", {"count": 0})["count"]
