"""Files of the card page and of our widget, as Kommo would serve them: read anew each time, nothing else reachable."""

from __future__ import annotations

import json
import mimetypes
import os
from pathlib import Path
from typing import Any

from starlette.responses import Response

HERE = Path(__file__).resolve().parent
PAGE_DIR, VENDOR_DIR = HERE / "static", HERE / "vendor"
REPOSITORY = HERE.parents[2]
WIDGET_CODE = "convailens"
# What lib/service.js says; the demo's own address takes its place.
SERVICE_URL = "https://app.convailens.com"
SERVICE_FILE = "lib/service.js"
# Not left to the machine's own table of types, which differ.
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".html": "text/html",
    ".txt": "text/plain",
    ".twig": "text/plain",
    ".svg": "image/svg+xml",
}
NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def widget_dir() -> Path:
    return Path(os.environ.get("SANDBOX_WIDGET_DIR") or REPOSITORY / "widget").resolve()


def inside(folder: Path, path: str) -> Path | None:
    """The file at `path` in the folder; None for what is no file or not in it, links that lead out included."""
    if "\\" in path or "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
        return None
    found = (folder / path).resolve()
    return found if found.is_relative_to(folder) and found.is_file() else None


def file_response(folder: Path, path: str) -> Response:
    found = inside(folder, path)
    if found is None:
        return Response("Not found", 404, media_type="text/plain", headers=NO_STORE)
    return Response(found.read_bytes(), media_type=_type(found), headers=NO_STORE)


def widget_file(path: str, web_url: str) -> Response:
    """A file of the widget; in lib/service.js our public address is replaced by `web_url`."""
    answer = file_response(widget_dir(), path)
    if path == SERVICE_FILE and answer.status_code == 200:
        content = bytes(answer.body).decode().replace(SERVICE_URL, web_url)
        return Response(content, media_type=TYPES[".js"], headers=NO_STORE)
    return answer


def _type(path: Path) -> str:
    return TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def manifest() -> dict[str, Any]:
    """Of the widget, as far as the page needs it; nothing when there is no widget to read."""
    found = inside(widget_dir(), "manifest.json")
    raw: dict[str, Any] = json.loads(found.read_text("utf-8")) if found else {}
    widget = raw.get("widget", {})
    return {
        "code": WIDGET_CODE,
        "path": f"/widgets/{WIDGET_CODE}",
        "version": widget.get("version", "0.0.0"),
        "locale": widget.get("locale", ["en"]),
        "locations": raw.get("locations", []),
        "settings": raw.get("settings", {}),
    }
