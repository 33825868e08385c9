"""The audio door: a recording's bytes from a link that nobody has to be trusted for.

A link is read strictly against a list of hosts (`hosts`), its address is checked where the connection is made
(`sockets`), redirects are followed by hand and checked anew, the account's token goes to Kommo's own hosts alone and
is gone for good once a redirect has left them, and size, time and kind are bounded while the bytes come.
"""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from convailens.lib.errors import ServiceError
from transcription.audio.hosts import Place, place_of, redirect_of
from transcription.audio.kinds import HEAD, sniff
from transcription.audio.recording import Audio
from transcription.audio.sockets import CheckedConnection, Dial, Resolve, make_tls
from transcription.errors import AudioBusy, AudioGone, AudioRefused, AudioUnavailable

MAX_REDIRECTS: Final = 4
CHUNK: Final = 256 * 1024
#: Recordings up to here go side by side: a voice message of ten minutes. Larger ones take turns in a process, so that
#: its memory holds one of them, however many are asked for.
SMALL: Final = 2 * 1024 * 1024
TURN_WAIT_S: Final = 2.0

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BUSY: Final = frozenset({408, 425, 429})
_TURN = threading.BoundedSemaphore(1)

log = logging.getLogger("convailens.transcription")


class _TurnNeeded(Exception):
    """The recording is a large one and another large one is in memory."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    max_bytes: int
    deadline: float
    has_turn: bool


class AudioDoor:
    """Fetches recordings. Thread-safe: every call has its own connections, and nothing is remembered between calls."""

    def __init__(
        self,
        *,
        resolve: Resolve = socket.getaddrinfo,
        dial: Dial = socket.socket.connect,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._resolve = resolve
        self._dial = dial
        self._tls = tls or make_tls()  # What is handed in was made by `make_tls`, too.

    def fetch(
        self,
        url: str,
        *,
        token: str | None,
        extra_hosts: Collection[str],
        exempt: Collection[str],
        max_bytes: int,
        timeout_s: float,
        kommo_origins: Collection[str] = (),
    ) -> Audio:
        """Get a recording within `timeout_s` seconds and `max_bytes` bytes. Use what comes in a `with`.

        `token` is the account's, sent to Kommo's hosts alone. For `extra_hosts`, `exempt` and `kommo_origins` see
        `hosts.place_of`. A large recording (over SMALL) holds the process's one turn until it is closed. Whoever waits
        for the turn has no connection open meanwhile, gives up soon (AudioBusy), since a thread that waits is one less
        for everybody, and else has `timeout_s` seconds for the download: twice as long in all, at most.

        Raises AudioRefused, AudioGone, AudioBusy or AudioUnavailable, none of which says where the link leads.
        """

        def place(url: str, is_redirect: bool) -> Place:
            return place_of(
                url, extra_hosts=extra_hosts, exempt=exempt, kommo_origins=kommo_origins, is_redirect=is_redirect
            )

        deadline = time.monotonic() + timeout_s
        try:
            return self._download(url, place, token, _Bounds(max_bytes, deadline, False))
        except _TurnNeeded:
            pass
        if not _TURN.acquire(timeout=min(TURN_WAIT_S, max(0.0, deadline - time.monotonic()))):
            raise AudioBusy
        try:
            return self._download(url, place, token, _Bounds(max_bytes, time.monotonic() + timeout_s, True))
        except BaseException:
            _TURN.release()
            raise

    def _download(self, url: str, place_at: Callable[[str, bool], Place], token: str | None, bounds: _Bounds) -> Audio:
        """Follow the link to its end and read what stands there."""
        started = time.monotonic()
        place = place_at(url, False)
        for _ in range(MAX_REDIRECTS + 1):
            token = token if place.is_kommo else None
            connection = CheckedConnection(
                place, resolve=self._resolve, dial=self._dial, tls=self._tls, deadline=bounds.deadline
            )
            try:
                with _asked(connection, place, token) as response:
                    if response.status in _REDIRECTS and (location := response.getheader("Location")):
                        place = place_at(redirect_of(place, location), True)
                        continue
                    audio = _read(response, place, bounds)
            except TimeoutError:
                # Connecting has a shorter limit of its own: a host that does not answer is no slow recording.
                late = time.monotonic() >= bounds.deadline
                raise AudioRefused("audio_too_slow") if late else AudioUnavailable() from None
            except (OSError, http.client.HTTPException):
                raise AudioUnavailable from None
            finally:
                connection.close()
            log.info(
                "audio.fetched",
                extra={
                    "bytes": audio.size,
                    "duration_ms": round((time.monotonic() - started) * 1000),
                    "host_kind": place.kind,
                },
            )
            return audio
        raise AudioRefused("audio_too_many_redirects")


def _asked(connection: CheckedConnection, place: Place, token: str | None) -> http.client.HTTPResponse:
    headers = {
        "User-Agent": "ConvAILens/1.0",
        "Accept": "*/*",
        "Accept-Encoding": "identity",  # Nothing is unpacked here, so nothing small can become large.
        "Connection": "close",
    }
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection.request("GET", place.target, headers=headers)
    return connection.getresponse()


def _read(response: http.client.HTTPResponse, place: Place, bounds: _Bounds) -> Audio:
    if problem := _problem_of(response):
        raise problem
    length = response.length if not response.chunked else None
    if length is not None and length > bounds.max_bytes:
        raise AudioRefused("audio_too_large")
    has_turn = bounds.has_turn
    chunks: list[bytes] = []
    # Pieces are as small as the sender likes; kept one by one, a drip of single bytes would cost forty times its size.
    pending = bytearray()
    size, is_known = 0, False
    try:
        while piece := response.read1(CHUNK):
            pending += piece
            size += len(piece)
            if size > bounds.max_bytes:
                raise AudioRefused("audio_too_large")
            if not is_known and size >= HEAD:
                is_known = _known(bytes(pending[:HEAD]))
            if size > SMALL and not has_turn:
                if not _TURN.acquire(blocking=False):
                    raise _TurnNeeded
                has_turn = True
            if len(pending) >= CHUNK:
                chunks.append(bytes(pending))
                pending.clear()
        if length is not None and size < length:
            raise AudioUnavailable  # Cut off.
        if not size:
            raise AudioRefused("audio_empty")
        if not is_known:
            _known(bytes(pending))
        if pending:
            chunks.append(bytes(pending))
        return Audio(tuple(chunks), place.url, _TURN.release if has_turn else None)
    except BaseException:
        if has_turn and not bounds.has_turn:
            _TURN.release()
        raise


def _known(head: bytes) -> bool:
    """Refuse what is no recording after its first bytes, before the rest of it is loaded."""
    if sniff(head) is None:
        raise AudioRefused("audio_wrong_type")
    return True


def _problem_of(response: http.client.HTTPResponse) -> ServiceError | AudioGone | None:
    """What a status other than 200 means.

    401 and 403 are "gone", as 404 and 410 are: a link whose signature has run out, or a file that the account no
    longer shows us. Asking the same again changes neither.
    """
    status = response.status
    if status in (204, 205):
        return AudioRefused("audio_empty")
    if status in _BUSY or status >= 500:
        after = response.getheader("Retry-After", "")
        return AudioUnavailable(
            retry_after_s=min(float(after), 3600.0) if after.isascii() and after.isdigit() else None
        )
    if status != 200:
        return AudioGone()
    if response.getheader("Content-Encoding", "identity").strip().lower() not in ("identity", ""):
        return AudioRefused("audio_wrong_type")
    return None
