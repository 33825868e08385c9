"""Which model is evaluated: the configured endpoint, or a sandbox started for the evaluation and stopped with it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from django.conf import settings

from analysis.llm import Model

DEFAULT_BASE_URL = "https://api.openai.com/v1"
STOP_S = 10.0
PROBE_S = 2.0


class NoEndpoint(RuntimeError):
    """There is no model to evaluate."""


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """Where the model is asked. `rules` names the sandbox's model; None for an endpoint that may be a real one."""

    base_url: str
    api_key: str
    model: str
    successor: str
    rules: str | None

    @property
    def shown(self) -> str:
        """The endpoint as a report names it: without credentials or query; the sandbox without its port."""
        if self.rules:
            return "sandbox"
        parts = urlsplit(self.base_url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"

    @property
    def note(self) -> str | None:
        """What a reader of the figures must know."""
        return f"{self.rules}: rules, not the product's model" if self.rules else None

    def open(self, *, max_connections: int) -> Model:
        """A client; the caller closes it."""
        return Model(
            api_key=self.api_key,
            base_url=self.base_url,
            model=self.model,
            successor=self.successor,
            timeout_s=settings.MODEL_TIMEOUT_S,
            max_connections=max_connections,
        )


@contextlib.contextmanager
def endpoint() -> Iterator[Endpoint]:
    """The configured endpoint; without one a sandbox that lives as long as the block. Raises NoEndpoint."""
    if settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL.rstrip("/") != DEFAULT_BASE_URL:
        yield Endpoint(
            base_url=settings.OPENAI_BASE_URL,
            api_key=settings.OPENAI_API_KEY,
            model=settings.OPENAI_MODEL,
            successor=settings.OPENAI_SUCCESSOR_MODEL,
            rules=_rules_behind(settings.OPENAI_BASE_URL),
        )
        return
    with _sandbox() as ready:
        yield Endpoint(
            base_url=ready["base_url"],
            api_key=ready["api_key"],
            model=ready["model"],
            successor="",
            rules=os.environ.get("SANDBOX_MODEL", "reader"),
        )


def _rules_behind(base_url: str) -> str | None:
    """The sandbox's model, when a sandbox already runs at a loopback address; None for any other endpoint."""
    parts = urlsplit(base_url)
    if parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        return None
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.get(f"{parts.scheme}://{parts.netloc}/_sandbox/model", timeout=PROBE_S)
            name = answer.json().get("model") if answer.ok else None
        except (requests.RequestException, ValueError, AttributeError):
            return None  # A private model on this machine knows nothing of the sandbox.
    return name if isinstance(name, str) else None


@contextlib.contextmanager
def _sandbox() -> Iterator[dict[str, str]]:
    ports = [part for name in ("kommo", "openai", "deepgram", "storage") for part in (f"--{name}-port", "0")]
    command = [sys.executable, "-m", "sandbox", *ports]
    if os.getpid() != 1:  # The first process of a container cannot be told from the foster parent of orphans.
        command.append("--exit-with-parent")
    process = subprocess.Popen(  # noqa: S603 Our own program.
        command,
        cwd=settings.BASE_DIR,
        env=os.environ | {"SANDBOX_TOKEN_DELAY_MS": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C in a terminal is for us; we stop it.
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise NoEndpoint("The sandbox ended before it was ready; it says why above.")
        yield json.loads(line)["openai"]
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
