"""A sandbox process for tests: real, over HTTP, on free ports, gone with the tests that started it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def running_sandbox(
    *options: str, model: str = "reader", web: str = "http://127.0.0.1:8000"
) -> Iterator[dict[str, Any]]:
    """The ready line of a sandbox on free ports; the process ends with the block, and must end with 0."""
    ports = [part for name in ("kommo", "openai", "deepgram", "storage") for part in (f"--{name}-port", "0")]
    command = [sys.executable, "-m", "sandbox", *ports, "--web", web]
    process = subprocess.Popen(
        [*command, "--exit-with-parent", *options],
        cwd=ROOT,
        env={"SANDBOX_TOKEN_DELAY_MS": "0"} | os.environ | {"SANDBOX_MODEL": model},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            line = process.stdout.readline()
            assert line, "the sandbox ended before it was ready"
            yield json.loads(line)
        finally:
            process.terminate()
            code = process.wait(15)
        assert code == 0


class KommoSandbox:
    """What tests do with the emulated Kommo: call its API as a client, and turn its switches."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready["kommo"]
        self.base_url: str = self.ready["base_url"]
        self.lead_id: int = self.ready["lead_id"]
        self.http = httpx.Client(base_url=self.base_url, timeout=10, trust_env=False)

    def switch(self, path: str, **content: Any) -> dict[str, Any]:
        """POST to the sandbox's own API; the answer must be a success."""
        answer = self.http.post(f"/_sandbox/{path}", json=content)
        assert answer.is_success, answer.text
        return answer.json()

    def accounts(self) -> dict[str, dict[str, Any]]:
        found = self.http.get("/_sandbox/accounts").json()["accounts"]
        return {account["key"]: account for account in found}

    def user(self, key: str, account: str = "acme") -> dict[str, Any]:
        return next(user for user in self.accounts()[account]["users"] if user["key"] == key)

    def get(self, path: str, *, token: str | None = None, as_user: int | None = None, **query: Any) -> httpx.Response:
        """GET below /api/v4 with the account's long-lived token or another."""
        headers = {"Authorization": f"Bearer {token or self.ready['long_lived_token']}"}
        if as_user is not None:
            headers["X-Context-User-ID"] = str(as_user)
        return self.http.get(f"/api/v4/{path}", headers=headers, params=query)

    def send(self, method: str, path: str, content: Any, *, token: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.ready['long_lived_token']}"}
        return self.http.request(method, f"/api/v4/{path}", headers=headers, json=content)

    def code(self, account: str = "acme", user: str = "admin") -> str:
        """Consent given without a browser."""
        query = {
            "client_id": self.ready["client_id"],
            "state": "s",
            "account": account,
            "user": user,
            "decision": "allow",
        }
        answer = self.http.get("/oauth", params=query)
        assert answer.status_code == 302
        return httpx.URL(answer.headers["location"]).params["code"]

    def exchange(self, **given: Any) -> httpx.Response:
        """POST to the token endpoint with the right client, unless `given` says otherwise."""
        grant = "refresh_token" if "refresh_token" in given else "authorization_code"
        content = {
            "client_id": self.ready["client_id"],
            "client_secret": self.ready["client_secret"],
            "redirect_uri": self.ready["redirect_uri"],
            "grant_type": grant,
        }
        return self.http.post("/oauth2/access_token", json=content | given)

    def counters(self) -> dict[str, dict[str, Any]]:
        return self.http.get("/_sandbox/requests").json()["counters"]


class DeepgramSandbox:
    """What tests do with the emulated Deepgram: turn its switches, tell it of recordings, read what it was asked."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.base_url: str = ready["deepgram"]["base_url"]
        self.api_key: str = ready["deepgram"]["api_key"]
        self.http = httpx.Client(base_url=self.base_url, timeout=30, trust_env=False)

    def switch(self, path: str, **content: Any) -> dict[str, Any]:
        """POST to the sandbox's own API; the answer must be a success."""
        answer = self.http.post(f"/_sandbox/{path}", json=content)
        assert answer.is_success, answer.text
        return answer.json()

    def misbehave(self, kind: str, *, times: int | None = 1, skip: int = 0, **params: Any) -> None:
        self.switch("misbehaviour", kind=kind, times=times, skip=skip, params=params, match="listen")

    def know(self, audio: bytes, **entry: Any) -> None:
        """Tell it what is said in these bytes: an entry of `data/voice/index.json` without its sha256."""
        self.switch("recordings", sha256=hashlib.sha256(audio).hexdigest(), **entry)

    @property
    def seen(self) -> list[dict[str, Any]]:
        """The facts of each request for a transcription, oldest first."""
        found = self.http.get("/_sandbox/requests", params={"operation": "listen"}).json()["requests"]
        return [request["facts"] for request in found]

    @property
    def calls(self) -> int:
        """How often it was asked to transcribe since the last reset, however it answered."""
        counters = self.http.get("/_sandbox/requests").json()["counters"]
        return counters.get("listen", {"count": 0})["count"]
