"""The only code that speaks to the model: one streamed call, its faults by name, a profile for each model.

Chat Completions, since every compatible endpoint has it. The raw lines of the stream are read here, not the SDK's
typed events: measured 20 µs an event against 106 µs. The SDK's own retries are off; `ModelCalls` holds the one
stated retry or repair, and the fail-over when a model is retired. Facts of the service: openai.md of 2026-11-24.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import httpx2
import jiter
import openai

from convailens.lib.errors import ServiceError

log = logging.getLogger("convailens.model")

_CODE = re.compile(r"[a-z0-9_.]{1,40}")  # An endpoint may write anything there, our request too.
MAX_OUTPUT_TOKENS = 2_500
MAX_OUTPUT_CHARS = 60_000
MIN_TIME_FOR_A_RETRY_S = 8.0
MAX_RETRY_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """What differs from model to model: price (USD for a million tokens), and which fields it takes."""

    name: str
    input_usd: Decimal | None = None
    cached_usd: Decimal | None = None
    output_usd: Decimal | None = None
    context_tokens: int = 128_000
    fields: Mapping[str, Any] = field(default_factory=dict)

    def cost_usd(self, usage: ModelUsage) -> Decimal | None:
        """The price of a call's tokens, None where prices are unknown; cached ones are within input."""
        if self.input_usd is None or self.cached_usd is None or self.output_usd is None:
            return None
        fresh = max(0, usage.tokens_in - usage.tokens_cached)
        return (
            fresh * self.input_usd + usage.tokens_cached * self.cached_usd + usage.tokens_out * self.output_usd
        ) / 1_000_000


PROFILES = {
    profile.name: profile
    for profile in (
        # Takes temperature, refuses any reasoning field. Leaves OpenAI's API on 2027-01-14.
        ModelProfile("gpt-4o-mini", Decimal("0.15"), Decimal("0.075"), Decimal("0.60"), fields={"temperature": 0}),
        # Its named successor: sampling fields only with effort "none", where the migration guide says to start.
        ModelProfile(
            "gpt-6-luna",
            Decimal("0.10"),
            Decimal("0.01"),
            Decimal("0.50"),
            context_tokens=922_000,
            fields={"reasoning_effort": "none", "temperature": 0},
        ),
    )
}


def profile_of(model: str) -> ModelProfile:
    """The profile of a model by name (dated snapshots share their model's); a plain one for a model unknown to us."""
    if known := PROFILES.get(model):
        return known
    for name, profile in PROFILES.items():
        if model.startswith(f"{name}-20"):
            return replace(profile, name=model)
    return ModelProfile(model)


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """Tokens as the service billed them, over all calls of a run."""

    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    calls: int = 0

    def __add__(self, other: ModelUsage) -> ModelUsage:
        return ModelUsage(
            self.tokens_in + other.tokens_in,
            self.tokens_cached + other.tokens_cached,
            self.tokens_out + other.tokens_out,
            self.calls + other.calls,
        )


class ModelFault(ServiceError):
    """The model gave no usable answer; nothing was charged."""

    code = "model_unavailable"

    def __init__(
        self,
        code: str,
        *,
        is_passing: bool = False,
        retry_after_s: float | None = None,
        usage: ModelUsage | None = None,
    ) -> None:
        """Name the outcome; `is_passing` when the same call may succeed a moment later; tokens that were spent."""
        super().__init__(code, retry_after_s=retry_after_s)
        self.is_passing = is_passing
        self.usage = usage or ModelUsage()


class ModelRetired(ModelFault):
    """The configured model is not served any more."""


@dataclass(frozen=True, slots=True, repr=False)
class Prompt:
    """What is sent: messages, and the strict schema the answer must follow. Its repr shows none of it."""

    name: str
    schema: Mapping[str, Any]
    messages: Sequence[Mapping[str, str]]


OnText = Callable[[str], None]


class Model:
    """One model behind an OpenAI-compatible endpoint, with its successor. One for each process; safe to share."""

    def __init__(
        self, *, api_key: str, base_url: str, model: str, successor: str, timeout_s: float, max_connections: int = 200
    ) -> None:
        self.profile = profile_of(model)
        self.successor = profile_of(successor) if successor and successor != model else None
        self._client = openai.AsyncOpenAI(
            api_key=api_key or "none",
            base_url=base_url,
            max_retries=0,
            timeout=httpx2.Timeout(timeout_s, connect=5.0, write=10.0, pool=10.0),
            http_client=openai.DefaultAsyncHttpx2Client(
                limits=httpx2.Limits(max_connections=max_connections, max_keepalive_connections=20)
            ),
        )

    async def close(self) -> None:
        """Close the pool of connections."""
        await self._client.close()

    async def stream(self, prompt: Prompt, profile: ModelProfile, on_text: OnText) -> tuple[str, ModelUsage]:
        """Make one call; give each piece of the answer to `on_text`; return the whole text and the tokens used.

        Raises ModelFault with its outcome code, whatever the endpoint does.
        """
        try:
            return await self._stream(prompt, profile, on_text)
        except openai.OpenAIError as error:
            raise _fault_of(error) from None
        except httpx2.TimeoutException:
            raise ModelFault("model_timeout", is_passing=True) from None
        except (httpx2.HTTPError, httpx2.StreamError, OSError):
            raise ModelFault("model_unavailable", is_passing=True) from None

    async def _stream(self, prompt: Prompt, profile: ModelProfile, on_text: OnText) -> tuple[str, ModelUsage]:
        answer = _Answer(on_text)
        # As a dictionary: which fields there are is the profile's to say, not the SDK's types'.
        body: dict[str, Any] = {
            "model": profile.name,
            "messages": list(prompt.messages),
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": prompt.name, "strict": True, "schema": dict(prompt.schema)},
            },
            "max_completion_tokens": MAX_OUTPUT_TOKENS,
            "store": False,
            "stream": True,
            "stream_options": {"include_usage": True},
            **profile.fields,
        }
        call = self._client.chat.completions.with_streaming_response.create(**body)
        async with call as response:
            async for data in _events(response.iter_lines()):
                answer.take(data)
        return answer.finish()


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[Any]:
    """The `data:` lines of the stream as JSON, until `[DONE]`. What is no event stream at all is a bad answer."""
    async for line in lines:
        if not line.startswith("data:"):
            if line.strip() and not line.startswith((":", "event:", "id:", "retry:")):
                raise ModelFault("model_bad_answer", is_passing=True)
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            return
        try:
            yield jiter.from_json(data.encode(), allow_inf_nan=False)
        except ValueError:
            raise ModelFault("model_bad_answer", is_passing=True) from None


class _Answer:
    """An answer as it arrives: its text, how it ended, what it cost."""

    def __init__(self, on_text: OnText) -> None:
        self._on_text = on_text
        self._parts: list[str] = []
        self._length = 0
        self._finish: str | None = None
        self._is_refusal = False
        self._usage = ModelUsage(calls=1)

    def take(self, chunk: Any) -> None:
        if not isinstance(chunk, dict):
            raise ModelFault("model_bad_answer", is_passing=True)
        if chunk.get("error"):
            raise ModelFault("model_unavailable", is_passing=True)
        if isinstance(usage := chunk.get("usage"), dict):
            self._usage = _usage_of(usage)
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return
        delta = choice.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        self._is_refusal = self._is_refusal or bool(delta.get("refusal"))
        if isinstance(text := delta.get("content"), str) and text:
            self._parts.append(text)
            self._length += len(text)
            if self._length > MAX_OUTPUT_CHARS:
                raise ModelFault("model_bad_answer")
            self._on_text(text)
        if isinstance(reason := choice.get("finish_reason"), str):
            self._finish = reason

    def finish(self) -> tuple[str, ModelUsage]:
        if self._is_refusal or self._finish == "content_filter":
            raise ModelFault("model_refused", usage=self._usage)
        if self._finish == "length":
            raise ModelFault("model_cut_short", usage=self._usage)
        if self._finish is None:  # The stream ended before the answer did.
            raise ModelFault("model_unavailable", is_passing=True, usage=self._usage)
        return "".join(self._parts), self._usage


def _usage_of(usage: Mapping[str, Any]) -> ModelUsage:
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    counts = (usage.get("prompt_tokens"), cached, usage.get("completion_tokens"))
    # Compatible endpoints send odd things here; a count that is no count is taken as zero, not as a failed call.
    tokens_in, tokens_cached, tokens_out = (
        value if isinstance(value, int) and 0 <= value < 10**9 else 0 for value in counts
    )
    return ModelUsage(tokens_in, tokens_cached, tokens_out, calls=1)


def _fault_of(error: openai.OpenAIError) -> ModelFault:
    """The SDK's exception as ours; an unknown one is an unavailable service."""
    if isinstance(error, openai.APITimeoutError):
        return ModelFault("model_timeout", is_passing=True)
    if isinstance(error, openai.APIConnectionError):
        return ModelFault("model_unavailable", is_passing=True)
    if not isinstance(error, openai.APIStatusError):
        return ModelFault("model_bad_answer", is_passing=True)
    code = error.code if isinstance(error.code, str) else ""
    if error.status_code == 404 and code in {"model_not_found", ""}:
        return ModelRetired("model_unavailable")
    if error.status_code == 429:
        if code == "insufficient_quota" or error.type == "insufficient_quota":
            log.error("model.quota_exhausted")
            return ModelFault("model_quota")
        return ModelFault("model_rate_limited", is_passing=True, retry_after_s=_retry_after_s(error.response.headers))
    if error.status_code >= 500 or error.status_code in {408, 409}:
        return ModelFault("model_unavailable", is_passing=True)
    # 400, 401, 403: our key or our request is at fault, and will be the next time too.
    log.error(
        "model.request_refused",
        extra={"status": error.status_code, "error_code": code if _CODE.fullmatch(code) else None},
    )
    return ModelFault("model_unavailable")


def _retry_after_s(headers: httpx2.Headers) -> float | None:
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / scale)
        except (KeyError, ValueError):
            continue
    return None


class ModelCalls:
    """The calls of one run: the first, one retry or repair, one fail-over; all before the deadline."""

    def __init__(self, model: Model, *, deadline_s: float) -> None:
        self.model = model
        self.profile = model.profile
        self.usage = ModelUsage()
        self._ends_at = time.monotonic() + deadline_s
        self._may_repeat = True
        self._may_fail_over = model.successor is not None

    @property
    def left_s(self) -> float:
        """Seconds until the deadline."""
        return self._ends_at - time.monotonic()

    def spend_repeat(self) -> bool:
        """Take the run's one repeat (retry, repair or rewrite) if it is still there and there is time for it."""
        if not self._may_repeat or self.left_s < MIN_TIME_FOR_A_RETRY_S:
            return False
        self._may_repeat = False
        return True

    async def ask(self, prompt: Prompt, on_text: OnText, on_restart: Callable[[], None]) -> str:
        """The answer's text, after at most one retry and one fail-over. Raises ModelFault."""
        while True:
            try:
                return await self._once(prompt, on_text)
            except ModelRetired:
                if not self._may_fail_over or self.model.successor is None:
                    raise
                self._may_fail_over = False
                log.error("model.retired", extra={"model": self.profile.name, "successor": self.model.successor.name})
                self.profile = self.model.successor
            except ModelFault as fault:
                wait_s = fault.retry_after_s or 0.3
                if not fault.is_passing or wait_s > MAX_RETRY_WAIT_S or not self.spend_repeat():
                    raise
                log.warning("model.retried", extra={"reason": fault.code, "model": self.profile.name})
                await asyncio.sleep(wait_s)
            on_restart()

    async def _once(self, prompt: Prompt, on_text: OnText) -> str:
        self.usage += ModelUsage(calls=1)
        try:
            async with asyncio.timeout(max(0.001, self.left_s)):
                text, usage = await self.model.stream(prompt, self.profile, on_text)
        except TimeoutError:
            raise ModelFault("model_timeout") from None
        except ModelFault as fault:
            self.usage += replace(fault.usage, calls=0)
            raise
        self.usage += replace(usage, calls=0)
        return text
