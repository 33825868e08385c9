"""Kommo's drive, on the API's own port: downloads that send on to the storage, and what is known of a file."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.audio_spoil import KINDS, loop_route, spoiled
from sandbox.kommo.gate import SERVICE, Kommo
from sandbox.kommo.replies import Refused, base_of, hal, problem
from sandbox.shelf import Stored
from sandbox.state import SandboxState
from sandbox.storage import note_authorization, signed_url


def storage_url(state: SandboxState) -> str:
    # Until the storage has a port of its own, its address is Kommo's.
    return str(getattr(state.options, "storage_url", state.options.kommo_url))


class Drive:
    def __init__(self, kommo: Kommo) -> None:
        self.kommo = kommo

    def routes(self) -> list[Route]:
        return [
            Route("/download/{account}/{file}/{version}/{name}", self.download, name="drive.download"),
            Route("/v1.0/files/{id}", self.file, name="drive.file"),
            loop_route("drive.loop"),
        ]

    async def download(self, request: Request) -> Response:
        """302 to a signed address. The owner's Bearer or none will do; another account's will not."""
        has_token = note_authorization(request)
        parts = request.path_params
        stored = self.kommo.state.shelf.get(parts["file"])
        if rule := self.kommo.state.rules.take(SERVICE, request.scope["sandbox.operation"], KINDS):
            request.scope["sandbox.facts"]["spoiled"] = rule.kind
            content, media_type = (stored.read(), stored.media_type) if stored else (b"", "audio/ogg")
            return await spoiled(rule, content, media_type)
        if stored is None or stored.place != "/".join(parts[name] for name in ("account", "file", "version")):
            return problem(404)
        if not has_token and self.kommo.world.accounts[stored.account_id].drive_needs_token:
            return problem(401)
        try:
            if has_token:
                self._must_own(request, stored)
        except Refused as refusal:
            return refusal.response
        lifetime_s = int(self.kommo.world.timing.file_link_s)
        location = signed_url(storage_url(self.kommo.state), stored.id, lifetime_s)
        return Response(status_code=302, headers={"Location": location, "Cache-Control": "no-store"})

    async def file(self, request: Request) -> Response:
        """What the Files API tells of a file, to its owner."""
        note_authorization(request)
        stored = self.kommo.state.shelf.get(request.path_params["id"])
        try:
            self.kommo.authorised(request)
            if stored is None or not stored.place:
                return problem(404)
            self._must_own(request, stored)
        except Refused as refusal:
            return refusal.response
        return hal(_file(base_of(request), stored))

    def _must_own(self, request: Request, stored: Stored) -> None:
        """Raises Refused: 401 for a bad token, 402 for an unpaid account, 403 for another account's."""
        if self.kommo.authorised(request).account.id != stored.account_id:
            raise Refused(problem(403))


def _file(base_url: str, stored: Stored) -> dict[str, Any]:
    link = {"href": f"{base_url}/download/{stored.place}/{quote(stored.file_name)}"}
    return {
        "uuid": stored.id,
        "name": stored.file_name.rpartition(".")[0],
        "size": len(stored.read()),
        "type": "audio",
        "metadata": {"extension": stored.file_name.rpartition(".")[2], "mime_type": stored.media_type},
        "_links": {
            "self": {"href": f"{base_url}/v1.0/files/{stored.id}"},
            "download": link,
            "download_version": link,
        },
    }
