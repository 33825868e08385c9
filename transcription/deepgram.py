"""The only code that speaks to Deepgram: one recording in, what is said in it out.

The SDK's own retries are off, for the worker's queue is what tries again. Every fault is one of ours and carries no
word of the answer: not in its message, and not as a cause, since an SDK's exception holds the reply it failed on.
Facts of the service: deepgram.md of 2026-11-24; decision 0031.
"""

from __future__ import annotations

import email.utils
import importlib
import logging
import math
import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Protocol

import httpx
from deepgram import DeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment
from deepgram.types.listen_v1response import ListenV1Response

from convailens.lib.errors import ServiceError
from transcription import languages
from transcription.bounded_transport import BoundedTransport
from transcription.deepgram_reply import read_reply
from transcription.errors import VoiceRateLimited, VoiceRefused, VoiceUnavailable, VoiceUnexpected
from transcription.transcript import Transcript

with warnings.catch_warnings():
    # The SDK loads its parts when they are first used, this one in the middle of a call. It takes a name from
    # websockets that is going away, for sockets that we never open.
    warnings.simplefilter("ignore", DeprecationWarning)
    importlib.import_module("deepgram.listen.v1.client")

log = logging.getLogger("convailens.voice")

#: Deepgram gives up after 10 minutes of work itself (504), so nobody has to wait longer.
MAX_WAIT_S = 600.0
#: Added for each second of the recording. No speed is documented; with a tenth of its length, 90 minutes, the longest
#: that we take, end just below the 10 minutes.
WAIT_SHARE = 0.1
#: 90 minutes of quick speech on two channels are 7 MB of JSON.
MAX_REPLY_BYTES = 16_000_000
RETRY_AFTER_S = 30.0
MAX_RETRY_AFTER_S = 3600.0
#: What a 400 says when the recording is at fault, and not what we asked for.
_UNREADABLE = ("corrupt or unsupported data", "failed to process audio")


class AudioLike(Protocol):
    """A recording in memory, in pieces that are never joined."""

    @property
    def chunks(self) -> Sequence[bytes]: ...
    @property
    def size(self) -> int: ...


class Deepgram:
    """Deepgram's pre-recorded transcription. Thread-safe; make one for a process."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        model: str,
        default_language: str,
        hints: Iterable[str],
        timeout_s: float,
    ) -> None:
        """Take the settings: `default_language` is `multi`, `detect` or a tag; `timeout_s` is for a short recording."""
        self._model = model
        self._default_language = default_language
        self._hints = tuple(hints)
        self._timeout_s = timeout_s
        base_url = base_url.rstrip("/")
        sockets = "ws" + base_url.removeprefix("http")
        self._http = httpx.Client(
            transport=BoundedTransport(max_reply_bytes=MAX_REPLY_BYTES),
            # A redirect would take the recording to another host.
            follow_redirects=False,
            # One client serves all tenants.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
        self._client = DeepgramClient(
            api_key=api_key,
            # There is no other way to name an address; only `base` is ever used.
            environment=DeepgramClientEnvironment(
                base=base_url, production=sockets, agent=sockets, agent_rest=base_url
            ),
            httpx_client=self._http,
            timeout=timeout_s,
            max_retries=0,
        )

    def transcribe(
        self, audio: AudioLike, *, duration_s: float, language: str, is_call: bool, channels: int
    ) -> Transcript:
        """What is said in the recording; a Transcript without passages where nothing is.

        `language` is the user's or the account's, empty by the policy. Of a call the speakers are told apart: by its
        channels where they differ, else by their voices. Raises VoiceUnavailable, VoiceRateLimited, VoiceRefused or
        VoiceUnexpected.
        """
        listening = languages.choose(language, model=self._model, default=self._default_language, hints=self._hints)
        is_multichannel = is_call and channels >= 2
        parameters = listening.parameters
        if is_multichannel:
            parameters["multichannel"] = True
        elif is_call:
            parameters["diarize_model"] = "latest"
        started = time.monotonic()
        fault: ServiceError | None = None
        try:
            reply = self._client.listen.v1.media.transcribe_file(
                request=iter(audio.chunks),
                model=self._model,
                smart_format=True,
                punctuate=True,
                # Else the recording and its transcript are kept for training.
                mip_opt_out=True,
                request_options={
                    "timeout": self.wait_s(duration_s),
                    "max_retries": 0,
                    "additional_headers": {
                        # Known, so the body goes out as it is: no framing, and no server has to guess its end.
                        "Content-Length": str(audio.size),
                        # MAX_REPLY_BYTES counts what comes over the wire.
                        "Accept-Encoding": "identity",
                    },
                },
                **parameters,
            )
            if not isinstance(reply, ListenV1Response):
                raise VoiceUnexpected  # The acceptance of a call back that we did not ask for.
            transcript = read_reply(
                reply,
                known_language=listening.known,
                is_multichannel=is_multichannel,
                duration_s=duration_s,
            )
        except Exception as error:
            fault = _fault(error, duration_ms=round((time.monotonic() - started) * 1000))
        if fault:
            raise fault  # Out here, so that the SDK's exception is not even its context.
        log.info(
            "voice.transcribed",
            extra={
                "duration_ms": round((time.monotonic() - started) * 1000),
                "model": self._model,
                "bytes": audio.size,
            },
        )
        return transcript

    def wait_s(self, duration_s: float) -> float:
        """How long a call with a recording of so many seconds may take; at most a stall (10 s) longer."""
        return min(MAX_WAIT_S, self._timeout_s + WAIT_SHARE * max(0.0, duration_s))

    def close(self) -> None:
        """Close the pool's connections."""
        self._http.close()


def _fault(error: Exception, *, duration_ms: int) -> ServiceError:
    """Our error for whatever went wrong, logged. What only we can mend is logged as an error: somebody is called."""
    status = error.status_code if isinstance(error, ApiError) else None
    fault = _of_status(error) if isinstance(error, ApiError) else _of_wire(error)
    is_ours = isinstance(fault, VoiceUnexpected) or fault.code == "voice_account"
    log.log(
        logging.ERROR if is_ours else logging.WARNING,
        "voice.failed",
        extra={"code": fault.code, "status": status, "duration_ms": duration_ms, "reason": type(error).__name__},
    )
    return fault


def _of_wire(error: Exception) -> ServiceError:
    if isinstance(error, httpx.TimeoutException):
        return VoiceUnavailable("voice_timeout")
    # A protocol that we broke ourselves breaks again.
    if isinstance(error, httpx.TransportError) and not isinstance(error, httpx.LocalProtocolError):
        return VoiceUnavailable()
    return VoiceUnexpected()


def _of_status(error: ApiError) -> ServiceError:
    status = error.status_code or 0
    if status == 400:
        return VoiceRefused() if _is_unreadable(error.body) else VoiceUnexpected()
    if status in (401, 402, 403):
        return VoiceUnavailable("voice_account")
    if status == 413:
        return VoiceRefused()
    if status == 429:
        return VoiceRateLimited(retry_after_s=_retry_after_s(error.headers or {}))
    if status == 504:
        return VoiceUnavailable("voice_timeout")
    return VoiceUnavailable() if status >= 500 else VoiceUnexpected()


def _is_unreadable(body: Any) -> bool:
    """Whether a 400 blames the recording. The service has two shapes of errors, and plain text."""
    said = [body]
    if isinstance(body, Mapping):
        said = [body.get("err_msg"), body.get("message"), body.get("details")]
    return any(sign in text.lower() for text in said if isinstance(text, str) for sign in _UNREADABLE)


def _retry_after_s(headers: Mapping[str, str]) -> float:
    """The seconds of Retry-After, written as a number or as a date; half a minute where there is none."""
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        seconds = float(told)
    except ValueError:
        date = email.utils.parsedate_tz(told)
        seconds = email.utils.mktime_tz(date) - time.time() if date else RETRY_AFTER_S
    return min(MAX_RETRY_AFTER_S, max(1.0, seconds)) if math.isfinite(seconds) else RETRY_AFTER_S
