"""The one outgoing HTTP door for clients that are built on requests.

Every call has timeouts and a bound on the body, follows no redirect by itself, and uses TLS 1.2 or newer. Faults of
the wire become our errors; a reply of any status is handed back, for the client knows what its service means by it.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import create_urllib3_context

from convailens.lib.errors import ServiceUnavailable, UnexpectedReply

CONNECT_TIMEOUT_S = 3.0


class _TLSAdapter(HTTPAdapter):
    """Connections of at least TLS 1.2, certificates verified; no retries of its own."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_2)
        context.load_default_certs()
        super().init_poolmanager(*args, ssl_context=context, **kwargs)


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """A reply as it came: status, headers (case-insensitive) and the whole body in bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; raises UnexpectedReply when it is not JSON (NaN and Infinity are not)."""
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise UnexpectedReply("not_json") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


class Door:
    """A pool of connections to one outside service. Thread-safe as requests' pools are; make one for each service."""

    def __init__(self, *, pool_size: int = 10, user_agent: str = "ConvAILens/1.0") -> None:
        self._session = requests.Session()
        self._session.trust_env = False  # No proxy or .netrc credential may join a call unasked.
        self._session.headers["User-Agent"] = user_agent
        # One door serves all tenants: a cookie of one account's reply must not join another account's call.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _TLSAdapter(pool_maxsize=pool_size, pool_block=False)
        self._session.mount("https://", adapter)
        self._session.mount("http://", HTTPAdapter(pool_maxsize=pool_size))

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Any = None,
        json_body: Any = None,
        timeout_s: float = 10.0,
        max_bytes: int = 8_000_000,
    ) -> Reply:
        """Make one call and read its body, all within `timeout_s` seconds.

        Raises ServiceUnavailable (no connection, cut off, timed out) or UnexpectedReply (longer than `max_bytes`).
        """
        deadline = time.monotonic() + timeout_s
        try:
            with self._session.request(
                method,
                url,
                headers=dict(headers or {}),
                params=params,
                json=json_body,
                timeout=(min(CONNECT_TIMEOUT_S, timeout_s), timeout_s),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = bytearray()
                # read1 gives what has come; a plain read would wait for a full block while a drip keeps it alive.
                while chunk := response.raw.read1(65_536, decode_content=True):
                    body += chunk
                    if len(body) > max_bytes:
                        raise UnexpectedReply("reply_too_large")
                    # The read timeout above restarts with every byte: a drip is ended here.
                    if time.monotonic() > deadline:
                        raise ServiceUnavailable("timeout")
                return Reply(response.status_code, response.headers, bytes(body))
        except (requests.Timeout, urllib3.exceptions.ReadTimeoutError):
            raise ServiceUnavailable("timeout") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
            raise ServiceUnavailable("no_connection") from None

    def close(self) -> None:
        """Close the pool's connections."""
        self._session.close()
