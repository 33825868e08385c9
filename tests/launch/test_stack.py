"""Whom the demo's programs are pointed at: the sandbox, unless the caller has keys of the real services."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from launch.stack import Stack
from launch.terminal import Voice

READY = {
    "kommo": {
        **{"base_url": "http://127.0.0.1:8101", "client_id": "c", "client_secret": "s"},
        "redirect_uri": "http://127.0.0.1:8000/oauth/kommo/callback",
    },
    "openai": {"base_url": "http://127.0.0.1:8102/v1", "api_key": "o", "model": "gpt-4o-mini"},
    "deepgram": {"base_url": "http://127.0.0.1:8103", "api_key": "d"},
    "storage": {"base_url": "http://127.0.0.1:8105"},
}


@pytest.fixture
def stack_of(tmp_path: Path) -> Any:
    """A stack beside a sandbox that is said to be ready; nothing is started."""

    def make(**settings: str) -> Stack:
        stack = Stack(settings, tmp_path / "logs", Voice(quiet=True), fds=(), with_worker=False, fixed_ports=False)
        stack.ready, stack.web_url = READY, "http://127.0.0.1:8000"
        return stack

    return make


def origins_of(stack: Stack) -> set[str]:
    return set(stack.pointers()["SANDBOX_ORIGINS"].split(","))


def test_without_keys_every_service_is_the_sandboxs(stack_of: Any) -> None:
    pointers = stack_of().pointers()
    assert (pointers["DEEPGRAM_API_KEY"], pointers["DEEPGRAM_BASE_URL"]) == ("d", "http://127.0.0.1:8103")
    assert pointers["OPENAI_BASE_URL"] == "http://127.0.0.1:8102/v1"
    assert origins_of(stack_of()) == {f"http://127.0.0.1:{port}" for port in (8101, 8102, 8103, 8105)}


def test_a_key_of_deepgrams_leads_to_deepgram_itself(stack_of: Any) -> None:
    stack = stack_of(DEEPGRAM_API_KEY="theirs", DEEPGRAM_BASE_URL="https://api.eu.deepgram.com")
    assert stack.uses_real_deepgram
    assert not {name for name in stack.pointers() if name.startswith("DEEPGRAM_")}
    assert "http://127.0.0.1:8103" not in origins_of(stack)
    assert not stack.uses_real_model


def test_an_address_without_a_key_does_not(stack_of: Any) -> None:
    stack = stack_of(DEEPGRAM_BASE_URL="https://api.eu.deepgram.com")
    assert not stack.uses_real_deepgram
    assert stack.pointers()["DEEPGRAM_BASE_URL"] == "http://127.0.0.1:8103"


def test_with_kommo_itself_the_storage_is_no_exemption(stack_of: Any) -> None:
    stack = stack_of(KOMMO_CLIENT_ID="theirs", SANDBOX_ORIGINS="http://127.0.0.1:9999")
    assert origins_of(stack) == {f"http://127.0.0.1:{port}" for port in (8102, 8103, 9999)}
