from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.process import DeepgramSandbox, KommoSandbox


@pytest.fixture(scope="session")
def kommo_client(sandbox_ready: dict[str, Any]) -> Iterator[KommoSandbox]:
    """One client for all tests: making one costs more than most tests do."""
    client = KommoSandbox(sandbox_ready)
    yield client
    client.http.close()


@pytest.fixture
def kommo(kommo_client: KommoSandbox) -> KommoSandbox:
    """The emulated Kommo in its first state."""
    kommo_client.switch("reset")
    return kommo_client


@pytest.fixture(scope="session")
def deepgram_client(sandbox_ready: dict[str, Any]) -> Iterator[DeepgramSandbox]:
    client = DeepgramSandbox(sandbox_ready)
    yield client
    client.http.close()


@pytest.fixture
def deepgram(deepgram_client: DeepgramSandbox) -> DeepgramSandbox:
    """The emulated Deepgram in its first state."""
    deepgram_client.switch("reset")
    return deepgram_client
