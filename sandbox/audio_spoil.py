"""Misbehaviour of the two that give out audio, Kommo's drive and the storage: what a careless reader would choke on.

Kinds, besides those that every service has, for operations that answer with a file, and their params:
- `redirect` {to, code=302}: to any place, written into Location as it is, relative ones too.
- `redirect_loop` {code=302}: to a place that sends on for ever, each time to another address.
- `oversize` {bytes=500,000,000, with_length=false}: the beginning of an Ogg file, then zeros.
- `endless_drip` {every_s=0.05}: the file byte by byte, then zeros, for ever.
- `empty`: 200 and nothing. `truncated`: the first half, with its right length.
- `wrong_length` {missing=1000}: Content-Length says so many bytes more than come; then the connection closes.
- `wrong_type` {what: html, zip, png, exe}: such bytes under the file's own Content-Type.
- `gzip` {bytes=100,000,000}: Content-Encoding gzip; so many zeros in a thousandth of the size.
- `audio` {kind, seconds?, file?}: other audio: hour, speech, silence, hour_silence, noise, hour_noise (Ogg/Opus; `file`
  of `data/voice/` is repeated instead of the first spoken sample) or hour_wav (8 kHz, 16 bit, mono).
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sandbox.audio_made import HOUR_WAV, made, wav
from sandbox.hang_up import ShortAnswer
from sandbox.misbehave import Rule

KINDS = {
    "redirect": "sends on to {to} ({code})",
    "redirect_loop": "sends on for ever",
    "oversize": "{bytes} of zeros behind an Ogg header, {with_length} or without",
    "endless_drip": "a byte each {every_s}, for ever",
    "empty": "200 and no bytes",
    "wrong_type": "{what}: html, zip, png or exe",
    "truncated": "the first half",
    "wrong_length": "Content-Length says {missing} bytes more than come",
    "gzip": "{bytes} of zeros, compressed",
    "audio": "{kind}: hour, speech, silence, hour_silence, noise, hour_noise, hour_wav; {seconds}",
}
BLOCK = 1 << 20
WRONG = {
    "html": b"<!doctype html><title>Sign in</title><p>Please sign in to listen.</p>\n" * 40,
    "zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(256)) * 20,
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x00\x00\x01\x00\x08\x06\x00\x00\x00" + bytes(2_000),
    "exe": b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(2_000),
}


async def spoiled(rule: Rule, content: bytes, media_type: str) -> Response:
    """The answer that the rule wants in place of `content`."""
    params = rule.params
    if rule.kind in ("redirect", "redirect_loop"):
        return _redirect(str(params.get("to", "/loop/1")), int(params.get("code", 302)))
    if rule.kind == "oversize":
        size = int(params.get("bytes", 500_000_000))
        headers = {"Content-Length": str(size)} if params.get("with_length") else {}
        return StreamingResponse(_zeros(size), media_type=media_type, headers=headers)
    if rule.kind == "endless_drip":
        return StreamingResponse(_drip(content, float(params.get("every_s", 0.05))), media_type=media_type)
    if rule.kind == "wrong_length":
        return ShortAnswer(content, media_type, missing=int(params.get("missing", 1000)))
    if rule.kind == "gzip":
        packed = await asyncio.to_thread(_bomb, int(params.get("bytes", 100_000_000)))
        return Response(packed, media_type=media_type, headers={"Content-Encoding": "gzip"})
    if rule.kind == "audio":
        return await _audio(params)
    short = {"empty": b"", "truncated": content[: len(content) // 2]}
    return Response(
        short[rule.kind] if rule.kind in short else WRONG[params.get("what", "html")], media_type=media_type
    )


async def loop(request: Request) -> Response:
    return _redirect(f"/loop/{request.path_params['n'] + 1}", 302)


def loop_route(name: str) -> Route:
    """Where `redirect_loop` leads."""
    return Route("/loop/{n:int}", loop, name=name)


def _redirect(to: str, code: int) -> Response:
    # A header holds bytes: what is not ASCII goes as UTF-8, as careless servers send it.
    return Response(status_code=code, headers={"Location": to.encode().decode("latin-1")})


async def _audio(params: dict[str, Any]) -> Response:
    kind, seconds = str(params.get("kind", "hour")), params.get("seconds")
    if kind == HOUR_WAV:
        size, pieces = await asyncio.to_thread(wav, 3600.0 if seconds is None else float(seconds))
        return StreamingResponse(_in_blocks(pieces), media_type="audio/wav", headers={"Content-Length": str(size)})
    content = await asyncio.to_thread(made, kind, seconds, params.get("file"))
    return Response(content, media_type="audio/ogg")


async def _in_blocks(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Some 1 MB at a time, with a pause for the others in this process."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= BLOCK:
            yield bytes(waiting)
            waiting.clear()
            await asyncio.sleep(0)
    yield bytes(waiting)


async def _zeros(size: int) -> AsyncIterator[bytes]:
    start, zeros = (await asyncio.to_thread(made, "silence", 1.0))[: min(size, 400)], bytes(BLOCK)
    yield start
    left = size - len(start)
    while left > 0:
        yield zeros[:left] if left < BLOCK else zeros
        left -= BLOCK
        await asyncio.sleep(0)


async def _drip(content: bytes, every_s: float) -> AsyncIterator[bytes]:
    n = 0
    while True:
        yield content[n : n + 1] or b"\0"
        n += 1
        await asyncio.sleep(every_s)


@lru_cache(maxsize=2)
def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(bytes(min(BLOCK, size - at))) for at in range(0, size, BLOCK)]
    return b"".join([*parts, packer.flush()])
