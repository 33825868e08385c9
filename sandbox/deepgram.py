"""Deepgram's API as far as we use it, at the root of its own port: transcription of recordings, by bytes or by URL.

It understands no speech: it knows the recordings of `data/voice` by their bytes (and those a test has told it of), and
says of any other that it does not know it. Refusals follow Deepgram's documentation; misbehaviour comes from the
sandbox's rules only, never from a request.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import secrets
import tempfile
import uuid
from pathlib import Path
from typing import IO, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox import deepgram_errors as errors
from sandbox.admin import BadRequest, answered, posted
from sandbox.deepgram_answer import transcription
from sandbox.deepgram_audio import container_of, probe
from sandbox.deepgram_query import Wanted, read_query
from sandbox.deepgram_remote import call_back, check_callback, fetch
from sandbox.deepgram_samples import BadRecording, read_entry, read_index
from sandbox.deepgram_words import Heard, hear, say_unknown
from sandbox.misbehave import Rule, around
from sandbox.state import SandboxState

SERVICE = "deepgram"
API_KEY = "dg-sandbox-0000000000000000000000000000"
VOICE = Path(__file__).parent / "data" / "voice"
#: A recording up to this size is held in memory, a larger one in a temporary file.
HELD_BYTES = 4 * 1024 * 1024

KINDS: dict[str, str] = {
    "silence": "nothing was said: an empty transcript",
    "no_words": "a transcript without its list of words",
    "no_duration": "an answer without metadata.duration",
    "longer": "metadata.duration is longer than the recording {factor}",
    "accepted": "only a request_id, as where a callback was asked for",
    "wrong_shape": "JSON of another shape, with status 200",
}

JSON = dict[str, Any]


class Deepgram:
    """The service's state: the recordings it knows, and the callbacks under way."""

    def __init__(self, state: SandboxState, *, voice: Path, api_key: str) -> None:
        self.state, self.voice, self.api_key = state, voice, api_key
        self._tasks: set[asyncio.Task[None]] = set()
        self.reset()

    def reset(self) -> None:
        """Only the recordings of the folder are known, as it is now."""
        self.known = read_index(self.voice)

    async def listen(self, request: Request) -> Response:
        facts: JSON = request.scope["sandbox.facts"]
        file = tempfile.SpooledTemporaryFile(max_size=HELD_BYTES)  # noqa: SIM115  (a callback outlives this call)
        with contextlib.ExitStack() as stack:
            stack.callback(file.close)
            # All of it, also of a request that is then refused: a client that is not done sending may miss an answer.
            async for chunk in request.stream():
                file.write(chunk)
            facts.update(key_ok=self._may_enter(request), bytes=file.tell(), by="bytes")
            if not facts["key_ok"]:
                raise errors.invalid_auth()
            wanted = read_query(request.scope["query_string"])
            facts.update(_facts(wanted))
            if wanted.callback:
                check_callback(wanted.callback)
            if _is_json(request):
                await self._follow(file, facts)
            rule = self.state.rules.take(SERVICE, request.scope["sandbox.operation"], KINDS)
            facts.update(kind=rule.kind if rule else None)
            if wanted.callback:
                stack.pop_all()
                self._later(file, wanted, facts, rule)
                return JSONResponse({"request_id": errors.current_id()})
            return JSONResponse(_spoiled(await asyncio.to_thread(self._transcribe, file, wanted, facts), rule))
        raise AssertionError("the stack lets every fault through")

    async def sandbox_recordings(self, request: Request) -> Response:
        """What is known, without a word of it; POST adds one until the next reset."""
        if request.method == "POST":
            try:
                sha256, recording = read_entry(await posted(request))
            except BadRecording as error:
                raise BadRequest(str(error)) from None
            self.known[sha256] = recording
            return JSONResponse({"sha256": sha256, "seconds": recording.seconds}, 201)
        found = [
            {
                "sha256": sha256,
                "words": len(recording.words),
                **{name: getattr(recording, name) for name in ("file", "kind", "seconds", "channels", "language")},
            }
            for sha256, recording in self.known.items()
        ]
        return JSONResponse({"recordings": found})

    def _may_enter(self, request: Request) -> bool:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "token" and secrets.compare_digest(key.strip().encode(), self.api_key.encode())

    async def _follow(self, file: IO[bytes], facts: JSON) -> None:
        """Put what is behind the URL of a JSON body into the file, in the body's place."""
        file.seek(0)
        body = file.read(1024 * 1024)
        try:
            url = json.loads(body)["url"]
        except (KeyError, TypeError):
            raise errors.no_url(len(body)) from None
        except (ValueError, RecursionError):
            raise errors.unreadable_json() from None
        if not isinstance(url, str):
            raise errors.no_url(len(body))
        facts.update(by="url")
        file.seek(0)
        file.truncate()
        await asyncio.to_thread(fetch, url, file)
        facts.update(bytes=file.tell())

    def _transcribe(self, file: IO[bytes], wanted: Wanted, facts: JSON) -> JSON:
        """The whole answer. Raises Fault for what is no audio. Runs in a thread: an hour takes a while to read."""
        size = file.tell()
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # A file in all but name.
        if not size:
            raise errors.corrupt()
        known = self.known.get(sha256)
        if known is not None:
            file.seek(0)
            if wanted.encoding and container_of(file.read(16)):
                raise errors.corrupt()
            seconds, channels, heard = known.seconds, known.channels, hear(known, wanted)
        else:
            found = probe(file, encoding=wanted.encoding, sample_rate=wanted.sample_rate)
            seconds, channels = found.seconds, len(found.loud)
            heard = say_unknown(seconds, found.loud, wanted) if any(found.loud) else Heard((), "", 0.0)
        facts.update(duration=seconds, channels=channels, recording=known.file if known else None)
        return transcription(heard, wanted, seconds=seconds, channels=channels, sha256=sha256)

    def _later(self, file: IO[bytes], wanted: Wanted, facts: JSON, rule: Rule | None) -> None:
        async def work() -> None:
            with file:
                try:
                    content = _spoiled(await asyncio.to_thread(self._transcribe, file, wanted, facts), rule)
                except errors.Fault as fault:
                    content = fault.body
            await asyncio.to_thread(call_back, wanted.callback, wanted.callback_method, content)

        task = asyncio.create_task(work())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _facts(wanted: Wanted) -> JSON:
    """What the log says of a request: parameters and counts, no free text."""
    return {
        "model": wanted.model,
        "language": wanted.language,
        "hints": list(wanted.hints),
        "detect_language": wanted.detect,
        "diarize_model": wanted.diarize_model,
        "callback": bool(wanted.callback),
        **{
            name: name in wanted.flags
            for name in ("mip_opt_out", "smart_format", "punctuate", "utterances", "multichannel", "diarize")
        },
    }


def _spoiled(content: JSON, rule: Rule | None) -> JSON:
    """The answer as a rule wants it."""
    kind = rule.kind if rule else ""
    if kind == "accepted":
        return {"request_id": errors.current_id()}
    if kind == "wrong_shape":
        return {"metadata": [], "results": {"channels": "none"}}
    alternatives = [
        alternative for channel in content["results"]["channels"] for alternative in channel["alternatives"]
    ]
    if kind == "silence":
        for alternative in alternatives:
            alternative.update(transcript="", confidence=0.0, words=[])
            alternative.pop("paragraphs", None)
        if "utterances" in content["results"]:
            content["results"]["utterances"] = []
    if kind == "no_words":
        for alternative in alternatives:
            del alternative["words"]
        for utterance in content["results"].get("utterances", []):
            del utterance["words"]
    if kind == "no_duration":
        del content["metadata"]["duration"]
    if rule and kind == "longer":
        content["metadata"]["duration"] *= float(rule.params.get("factor", 2))
    return content


class _Edge:
    """ASGI around the routes: every request has an id, and every answer says it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = str(uuid.uuid4())
        errors.request_id.set(number)

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), (b"dg-request-id", number.encode())]}
            await send(message)

        await self.app(scope, receive, with_id)


def create_app(state: SandboxState, *, voice: Path | None = None, api_key: str = API_KEY) -> Starlette:
    """The service as an ASGI app. `voice`: the folder of the recordings it knows (default SANDBOX_VOICE_DIR)."""
    service = Deepgram(state, voice=voice or Path(os.environ.get("SANDBOX_VOICE_DIR") or VOICE), api_key=api_key)
    own = Route(
        "/_sandbox/recordings", answered(service.sandbox_recordings), methods=["GET", "POST"], name="sandbox_recordings"
    )
    routes = [Route("/v1/listen", service.listen, methods=["POST"], name="listen"), own]
    misbehaving = around(SERVICE, state, routes, errors.error_body)
    app = Starlette(
        routes=routes,
        middleware=[Middleware(_Edge), misbehaving],
        exception_handlers={errors.Fault: _refused, ClientDisconnect: _left, 404: _no_such_path, 405: _no_such_path},
    )
    app.state.kinds = KINDS
    app.state.reset = service.reset
    app.state.sandbox_routes = [own]
    return app


async def _refused(request: Request, exc: Exception) -> Response:
    if not isinstance(exc, errors.Fault):
        raise exc
    return exc.response()


async def _left(request: Request, exc: Exception) -> Response:
    # Nobody reads it; the log says by it that the client went away amid its upload.
    return Response(status_code=499)


async def _no_such_path(request: Request, exc: Exception) -> Response:
    status = getattr(exc, "status_code", 404)
    return PlainTextResponse("Method Not Allowed" if status == 405 else "Not Found", status)
