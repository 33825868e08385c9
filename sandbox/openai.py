"""OpenAI's API as far as we use it, at the root of its own port: chat completions (streamed or whole), the models.

The answers come from `sandbox/models/`: rules, no language model. Refusals and limits follow OpenAI's documentation;
misbehaviours (`openai_spoil.py`) come from the sandbox's rules only, never from a request.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox import models
from sandbox.misbehave import Rule, around
from sandbox.openai_errors import (
    APIFault,
    bad_request,
    context_length_exceeded,
    error_body,
    invalid_api_key,
    model_not_found,
)
from sandbox.openai_request import MODELS, ChatRequest, ModelCard, read_chat_request
from sandbox.openai_spoil import BODIES, FAULTS, KINDS, spoiled
from sandbox.openai_tokens import PromptCache
from sandbox.state import SandboxState
from sandbox.tokens import cut, encode, pieces

SERVICE = "openai"
API_KEY = "sk-sandbox-0000000000000000"
DEFAULT_DELAY_MS = 8.0
REFUSAL = "I'm sorry, but I can't help with that request."
RATE_LIMITS = {
    "x-ratelimit-limit-requests": "10000",
    "x-ratelimit-limit-tokens": "2000000",
    "x-ratelimit-remaining-requests": "9999",
    "x-ratelimit-remaining-tokens": "1999000",
    "x-ratelimit-reset-requests": "6ms",
    "x-ratelimit-reset-tokens": "30ms",
}


@dataclass(slots=True)
class Answered:
    """What is to be sent: the text (or a refusal), how it ended, what it cost."""

    text: str
    refusal: str | None
    finish_reason: str
    usage: dict[str, Any]


class OpenAI:
    """The service's state: which model answers, its pace, the prompts seen."""

    def __init__(self, state: SandboxState, *, token_delay_ms: float, api_key: str) -> None:
        self.state, self.api_key = state, api_key
        self._first_delay_s = token_delay_ms / 1000
        self.reset()

    def reset(self) -> None:
        """Back to the first state: the model and the pace it was started with, no prompt seen."""
        self.token_delay_s = self._first_delay_s
        self.model = models.named(self.state.options.model)
        self.cache = PromptCache()

    # The operations.

    async def chat_completions(self, request: Request) -> Response:
        self._authorise(request)
        chat = read_chat_request(await _json_body(request))
        rule = self._rule(request, chat.card)
        if rule and rule.kind in FAULTS:
            raise FAULTS[rule.kind](chat.card.id, rule.params)
        if rule and rule.kind in BODIES:
            media_type, content = BODIES[rule.kind]
            return Response(content, headers={"content-type": media_type})
        answered = self._answer(chat, rule)
        request.scope["sandbox.facts"].update(
            model=chat.card.id,
            prompt_tokens=answered.usage["prompt_tokens"],
            completion_tokens=answered.usage["completion_tokens"],
            spoiled=rule.kind if rule else None,
        )
        if chat.stream:
            return StreamingResponse(
                self._stream(chat, answered, rule),
                media_type="text/event-stream; charset=utf-8",
                headers={"cache-control": "no-cache"},
            )
        return await self._whole(chat, answered, rule)

    async def list_models(self, request: Request) -> Response:
        self._authorise(request)
        return JSONResponse({"object": "list", "data": [_model_json(card) for card in MODELS.values()]})

    async def retrieve_model(self, request: Request) -> Response:
        self._authorise(request)
        card = MODELS.get(request.path_params["model"])
        if card is None:
            raise model_not_found(request.path_params["model"])
        rule = self._rule(request, card)
        if rule and rule.kind in FAULTS:
            raise FAULTS[rule.kind](card.id, rule.params)
        return JSONResponse(_model_json(card))

    async def sandbox_model(self, request: Request) -> Response:
        """The sandbox's own switch: `{"model": "reader"}` and, if wanted, `{"token_delay_ms": 0}`."""
        if request.method == "POST":
            try:
                wanted = json.loads(await request.body())
                model = models.named(str(wanted.get("model", self.model.name)))
                delay_s = max(float(wanted.get("token_delay_ms", self.token_delay_s * 1000)), 0.0) / 1000
            except (AttributeError, TypeError, ValueError):
                why = f"model is one of {', '.join(models.NAMES)}; token_delay_ms is a number"
                return JSONResponse({"error": why}, 400)
            self.model, self.token_delay_s = model, delay_s
        return JSONResponse(
            {"model": self.model.name, "models": list(models.NAMES), "token_delay_ms": self.token_delay_s * 1000}
        )

    # How they are done.

    def _authorise(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secrets.compare_digest(token.strip().encode(), self.api_key.encode()):
            raise invalid_api_key()

    def _rule(self, request: Request, card: ModelCard) -> Rule | None:
        operation = request.scope.get("sandbox.operation", "unknown")
        kinds = set(KINDS)
        for rule in self.state.rules.of(SERVICE):
            if rule.kind == "model_not_found" and rule.params.get("model", card.id) != card.id:
                # A retired model: the rule waits for that model's requests.
                kinds.discard("model_not_found")
        if operation != "chat_completions":
            kinds &= {"model_not_found", "unauthorized", "rate_limit", "server_error", "overloaded"}
        return self.state.rules.take(SERVICE, operation, kinds)

    def _answer(self, chat: ChatRequest, rule: Rule | None) -> Answered:
        prompt_tokens, cached = self.cache.measure(chat.messages, chat.schema, chat.card.id)
        room = chat.card.context - prompt_tokens - (chat.max_tokens or 0)
        if room < 0:
            raise context_length_exceeded(chat.card.context, prompt_tokens + (chat.max_tokens or 0))
        self.cache.remember(chat.messages, chat.schema, chat.card.id)
        text, refusal, finish_reason = self._text(chat, rule)
        limit = min(chat.max_tokens or chat.card.max_output, chat.card.max_output) - chat.reasoning_tokens
        if rule and rule.kind in ("length", "content_filter"):
            whole = len(encode(text))
            limit, finish_reason = int(rule.params.get("tokens", whole // 2)), rule.kind
            text = cut(text, max(limit, 0))
        elif not (rule and rule.kind == "schema_breach") and len(encode(text)) > limit:
            text, finish_reason = cut(text, max(limit, 0)), "length"
        completion = len(encode(text)) + len(encode(refusal or "")) + chat.reasoning_tokens
        return Answered(text, refusal, finish_reason, _usage(prompt_tokens, cached, completion, chat.reasoning_tokens))

    def _text(self, chat: ChatRequest, rule: Rule | None) -> tuple[str, str | None, str]:
        if rule and rule.kind == "refusal":
            return "", str(rule.params.get("text", REFUSAL)), "stop"
        if not chat.is_json:
            return self.model.write(chat.messages), None, "stop"
        answer = self.model.answer(chat.messages, chat.schema)
        if rule and rule.kind in ("invalid_json", "schema_breach"):
            return spoiled(rule.kind, rule.params, answer), None, "stop"
        return json.dumps(answer, ensure_ascii=False), None, "stop"

    async def _whole(self, chat: ChatRequest, answered: Answered, rule: Rule | None) -> Response:
        if rule and rule.kind == "stall":
            await asyncio.sleep(float(rule.params.get("seconds", 1)))
        message: dict[str, Any] = {
            "role": "assistant",
            "content": answered.text,
            "refusal": answered.refusal,
            "annotations": [],
        }
        if answered.refusal is not None:
            message["content"] = None
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": answered.finish_reason}
        body = {**_head(chat, "chat.completion"), "choices": [choice], "usage": answered.usage}
        if rule and rule.kind == "no_usage":
            body["usage"] = None
        if rule and rule.kind in ("drop", "stream_error"):
            # Without a stream there is no middle: the body ends half-way.
            return Response(json.dumps(body)[: len(json.dumps(body)) // 2], media_type="application/json")
        return JSONResponse(body)

    async def _stream(self, chat: ChatRequest, answered: Answered, rule: Rule | None) -> AsyncIterator[bytes]:
        head = _head(chat, "chat.completion.chunk")

        def event(choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> bytes:
            chunk: dict[str, Any] = {**head, "choices": choices}
            if chat.include_usage:
                chunk["usage"] = usage
            if chat.include_obfuscation:
                chunk["obfuscation"] = secrets.token_urlsafe(8)
            return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"

        def choice(delta: dict[str, Any], finish_reason: str | None = None) -> list[dict[str, Any]]:
            return [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}]

        yield event(choice({"role": "assistant", "content": "", "refusal": None}))
        field, text = ("content", answered.text) if answered.refusal is None else ("refusal", answered.refusal)
        kind, params = (rule.kind, rule.params) if rule else ("", {})
        trouble_at = int(params.get("after_chunks", 10))
        for sent, piece in enumerate(pieces(text)):
            if kind == "stall" and (params.get("every") or sent == trouble_at):
                await asyncio.sleep(float(params.get("seconds", 1)))
            if kind in ("drop", "stream_error") and sent >= trouble_at:
                break
            yield event(choice({field: piece}))
            if self.token_delay_s:
                await asyncio.sleep(self.token_delay_s)
        if kind == "drop":
            raise ConnectionDropped
        if kind == "stream_error":
            error = {"message": "The server had an error while processing your request.", "type": "server_error"}
            yield b"data: " + json.dumps({"error": {**error, "param": None, "code": None}}).encode() + b"\n\n"
            return
        yield event(choice({}, answered.finish_reason))
        if chat.include_usage and kind != "no_usage":
            yield event([], answered.usage)
        yield b"data: [DONE]\n\n"


class ConnectionDropped(Exception):
    """Ends a response unfinished, so that the server drops the connection."""


class _Edge:
    """ASGI around the routes: request id and rate headers on every answer, an unfinished body where one is to drop."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.monotonic()

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = {
                    "x-request-id": f"req_{secrets.token_hex(16)}",
                    "openai-version": "2020-10-01",
                    "openai-organization": "org-sandbox",
                    "openai-processing-ms": str(round((time.monotonic() - started) * 1000)),
                    **RATE_LIMITS,
                }
                given = {name for name, _ in message.get("headers", [])}
                added = [(k.encode(), v.encode()) for k, v in headers.items() if k.encode() not in given]
                message = {**message, "headers": [*message.get("headers", []), *added]}
            await send(message)

        # Returning with the body unfinished makes the server close the connection.
        with contextlib.suppress(ConnectionDropped):
            await self.app(scope, receive, with_headers)


def create_app(state: SandboxState, *, token_delay_ms: float | None = None, api_key: str = API_KEY) -> Starlette:
    """The service as an ASGI app. `token_delay_ms`: pause after each delta (default SANDBOX_TOKEN_DELAY_MS, else 8)."""
    if token_delay_ms is None:
        token_delay_ms = float(os.environ.get("SANDBOX_TOKEN_DELAY_MS", DEFAULT_DELAY_MS))
    encode("")  # The tokenizer takes half a second to load; not at the first request.
    service = OpenAI(state, token_delay_ms=token_delay_ms, api_key=api_key)
    own = Route("/_sandbox/model", service.sandbox_model, methods=["GET", "POST"], name="sandbox_model")
    routes = [
        Route("/v1/chat/completions", service.chat_completions, methods=["POST"], name="chat_completions"),
        Route("/v1/models", service.list_models, methods=["GET"], name="list_models"),
        Route("/v1/models/{model}", service.retrieve_model, methods=["GET"], name="retrieve_model"),
        own,
    ]
    misbehaving = around(SERVICE, state, routes, error_body)
    app = Starlette(
        routes=routes,
        middleware=[Middleware(_Edge), misbehaving],
        exception_handlers={APIFault: _fault, 404: _no_such_url, 405: _no_such_url},
    )
    app.state.kinds = KINDS
    app.state.reset = service.reset
    app.state.sandbox_routes = [own]
    return app


async def _fault(request: Request, exc: Exception) -> Response:
    if not isinstance(exc, APIFault):
        raise exc
    return exc.response()


async def _no_such_url(request: Request, exc: Exception) -> Response:
    return APIFault(
        404 if getattr(exc, "status_code", 404) == 404 else 405,
        f"Invalid URL ({request.method} {request.url.path[:100]})",
        code="unknown_url",
    ).response()


async def _json_body(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ClientDisconnect:
        raise
    except (ValueError, RecursionError):
        raise bad_request(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
            "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
        ) from None


def _head(chat: ChatRequest, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(14)}",
        "object": kind,
        "created": int(time.time()),
        "model": chat.card.snapshot,
        "service_tier": chat.service_tier,
        "system_fingerprint": "fp_sandbox",
    }


def _usage(prompt: int, cached: int, completion: int, reasoning: int) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _model_json(card: ModelCard) -> Mapping[str, Any]:
    return {
        "id": card.id,
        "object": "model",
        "created": card.created,
        "owned_by": "system",
        "shutdown_date": card.shutdown_date,
    }
