"""The store behind Kommo's drive, at an address of its own: files by signed links, as Google Cloud Storage gives them.

A signed link needs nothing else: a request that also carries an Authorization header is refused, and each request is
logged with `authorization: true` or `false`. `/vendor/…` stands for a telephony provider's host: public, unsigned.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.audio_spoil import KINDS, loop_route, spoiled
from sandbox.misbehave import around
from sandbox.pages import document
from sandbox.shelf import Stored
from sandbox.state import SandboxState

SERVICE = "storage"
BUCKET = "kommo-drive"
KEY = hashlib.sha256(b"the emulated storage signs with this").digest()
DATE_FORM = "%Y%m%dT%H%M%SZ"
ERRORS = {
    400: ("InvalidArgument", "Two ways of authentication are given; one is allowed."),
    403: ("SignatureDoesNotMatch", "The signature of this address is not ours, or its time is over."),
    404: ("NoSuchKey", "The object asked for does not exist."),
    416: ("InvalidRange", "The range asked for is not in the object."),
    429: ("SlowDown", "Too many requests."),
    500: ("InternalError", "An internal error was met."),
    503: ("ServiceUnavailable", "The service is not available."),
}


def signed_url(base_url: str, file_id: str, lifetime_s: int) -> str:
    """An address that gives this file to whoever has it, for so long."""
    path, date = f"/{BUCKET}/{file_id}", datetime.now(UTC).strftime(DATE_FORM)
    query = {
        "X-Goog-Algorithm": "GOOG4-HMAC-SHA256",
        "X-Goog-Credential": f"sandbox/{date[:8]}/auto/storage/goog4_request",
        "X-Goog-Date": date,
        "X-Goog-Expires": str(lifetime_s),
        "X-Goog-SignedHeaders": "host",
        "X-Goog-Signature": _signature(path, date, str(lifetime_s)),
    }
    return f"{base_url}{path}?{urlencode(query)}"


def _signature(path: str, date: str, lifetime_s: str) -> str:
    return hmac.digest(KEY, f"{path} {date} {lifetime_s}".encode(), "sha256").hex()


def _is_signed(request: Request) -> bool:
    given = request.query_params
    date, lifetime_s = given.get("X-Goog-Date", ""), given.get("X-Goog-Expires", "")
    wanted = _signature(request.url.path, date, lifetime_s)
    # Compared first: only what we have signed is read.
    if not hmac.compare_digest(given.get("X-Goog-Signature", "").encode(), wanted.encode()):
        return False
    end = datetime.strptime(date, DATE_FORM).replace(tzinfo=UTC) + timedelta(seconds=int(lifetime_s))
    return time.time() < end.timestamp()


class Storage:
    def __init__(self, state: SandboxState) -> None:
        self.state = state

    def routes(self) -> list[Route]:
        return [
            Route("/", self.index, name="index"),
            Route(f"/{BUCKET}/{{id}}", self.object, name="objects.get"),
            Route("/vendor/{name}", self.vendor, name="vendor.get"),
            loop_route("objects.loop"),
        ]

    async def index(self, request: Request) -> Response:
        text = "<p>An emulation of the store behind Kommo's drive. <a href='/_sandbox/'>Make it misbehave</a></p>"
        return HTMLResponse(document("Emulated storage", text))

    async def object(self, request: Request) -> Response:
        has_authorization = note_authorization(request)
        stored = self.state.shelf.get(request.path_params["id"])
        if answer := await self._spoiled(request, stored):
            return answer
        if has_authorization:
            return refusal(400)
        if not _is_signed(request):
            return refusal(403)
        return given(request, stored) if stored else refusal(404)

    async def vendor(self, request: Request) -> Response:
        """`{uuid}.mp3`: the ending tells nothing of what is in it."""
        note_authorization(request)
        stored = self.state.shelf.get(request.path_params["name"].partition(".")[0])
        if answer := await self._spoiled(request, stored):
            return answer
        # A provider has the recordings that were put there, not Kommo's.
        return given(request, stored) if stored and not stored.place else refusal(404)

    async def _spoiled(self, request: Request, stored: Stored | None) -> Response | None:
        rule = self.state.rules.take(SERVICE, request.scope["sandbox.operation"], KINDS)
        if rule is None:
            return None
        request.scope["sandbox.facts"]["spoiled"] = rule.kind
        content, media_type = (stored.read(), stored.media_type) if stored else (b"", "audio/ogg")
        return await spoiled(rule, content, media_type)


def note_authorization(request: Request) -> bool:
    """Whether the request carries an Authorization header; the log of requests tells it too."""
    has_it = "authorization" in request.headers
    request.scope["sandbox.facts"]["authorization"] = has_it
    return has_it


def given(request: Request, stored: Stored) -> Response:
    """The file, or the part of it that `Range` asks for. HEAD gets the headers alone (the server drops the body)."""
    content = stored.read()
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=0",
        "ETag": f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"',
    }
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if asked is None or asked.groups() == ("", ""):
        return Response(content, 200, headers, stored.media_type)
    first, last = asked.groups()
    start = int(first) if first else max(0, len(content) - int(last))
    end = min(int(last), len(content) - 1) if first and last else len(content) - 1
    if start > end:
        return refusal(416, {"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return Response(content[start : end + 1], 206, headers, stored.media_type)


def refusal(status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(_error_xml(status), status, headers, "application/xml")


def _error_xml(status: int) -> bytes:
    code, message = ERRORS.get(status, ("Error", "This did not work."))
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    ).encode()


def _error_body(code: int, params: dict[str, Any]) -> tuple[bytes, str]:
    return _error_xml(code), "application/xml"


def create_app(state: SandboxState) -> Starlette:
    """The service at the root of its port; `app.state` offers what `sandbox/server.py` asks of a service."""
    served = Storage(state).routes()
    spoiling = around(SERVICE, state, served, _error_body)

    async def unknown_path(request: Request, error: Exception) -> Response:
        return refusal(404)

    app = Starlette(routes=served, middleware=[spoiling], exception_handlers={404: unknown_path})
    app.state.kinds = KINDS
    return app
