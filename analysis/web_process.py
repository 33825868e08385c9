"""What the web process of this app needs while it lives: the shared model client and the keeper of leases."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from django.conf import settings

from analysis import live
from analysis.llm import Model
from analysis.tokens import count_tokens

log = logging.getLogger("convailens.analysis")
_model: Model | None = None


def configured_model() -> Model:
    """A client for the configured endpoint and model."""
    return Model(
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        model=settings.OPENAI_MODEL,
        successor=settings.OPENAI_SUCCESSOR_MODEL,
        timeout_s=settings.MODEL_TIMEOUT_S,
    )


def model() -> Model:
    """The process's one model client; raises RuntimeError outside the web process."""
    if _model is None:
        raise RuntimeError("The model client lives in the web process only.")
    return _model


async def begin() -> Callable[[], Awaitable[None]]:
    """Start the parts; returns what closes them."""
    global _model
    _model = configured_model()
    await asyncio.to_thread(count_tokens, "warm")  # Loads the encoder now, not under the first rep's click.
    keeper = asyncio.create_task(live.keep_leases())

    async def close() -> None:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper
        await model().close()

    return close
