"""What the emulated Deepgram asks of others: the audio behind a URL, and the callback. It never leaves loopback."""

from __future__ import annotations

import ipaddress
import logging
from http import HTTPStatus
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import requests

from sandbox.deepgram_errors import bad_callback, remote_content

log = logging.getLogger(__name__)

MAX_REDIRECTS = 10
_LIMIT_S = 30.0
_PIECE = 64 * 1024


def fetch(url: str, into: IO[bytes]) -> None:
    """Write what is behind `url` into a file: redirects followed, no credentials sent. Raises Fault. Blocks."""
    with requests.Session() as session:
        session.trust_env = False
        for _ in range(MAX_REDIRECTS + 1):
            host = _host_of(url)
            if not host:
                raise remote_content("Could not parse URL as a URI.")
            if not _is_loopback(host):
                # Deepgram wants the opposite, and says so in these words.
                raise remote_content("URL for media download must be publicly routable.")
            try:
                with session.get(url, timeout=_LIMIT_S, allow_redirects=False, stream=True) as answer:
                    if not answer.is_redirect:
                        _write(answer, into)
                        return
                    url = urljoin(url, answer.headers["location"])
            except requests.RequestException:
                raise remote_content("The remote server hosting the media failed to return valid data.") from None
    raise remote_content("The remote server hosting the media returned too many redirects.")


def _write(answer: requests.Response, into: IO[bytes]) -> None:
    status = answer.status_code
    if status in (301, 302, 303, 307, 308):
        raise remote_content(
            "The remote server hosting the media failed to include a `location` header in its redirect response."
        )
    if not 200 <= status < 300:
        whose = "server" if status >= 500 else "client"
        phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
        raise remote_content(
            f"The remote server hosting the media returned a {whose} error: {f'{status} {phrase}'.strip()}."
        )
    for piece in answer.iter_content(_PIECE):
        into.write(piece)


def check_callback(url: str) -> None:
    """Raises Fault where a callback may not go. Deepgram takes four ports only; here it is any of loopback."""
    if not _is_loopback(_host_of(url)):
        raise bad_callback()


def call_back(url: str, method: str, content: Any) -> None:
    """Send a result once; Deepgram would try ten times, 30 s apart. Blocks."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            # The identifier of the key, not the key.
            headers = {"dg-token": "sandbox-key"}
            answer = session.request(method, url, json=content, headers=headers, timeout=_LIMIT_S)
        if not answer.ok:
            log.warning("a callback was answered with %d", answer.status_code)
    except requests.RequestException as error:
        log.warning("a callback failed: %s", type(error).__name__)


def _host_of(url: str) -> str:
    """The host of an http address, "" for what is none."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
