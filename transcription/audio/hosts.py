"""Which links the audio door may follow. Pure.

Links come from chats and from notes that any integration may write, so they are read strictly: what two readers could
understand in two ways is refused, not repaired. Source of the hosts: Kommo's own payloads (decision 0030).
"""

from __future__ import annotations

import re
import string
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from transcription.errors import AudioRefused

MAX_LENGTH: Final = 4096  # A signed link of a storage is around 1,000 characters.

_LINK = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<rest>[/?].*)?", re.IGNORECASE)
# The last label begins with a letter: what ends in a number is an IPv4 address to many readers, `127.1` included.
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_KOMMO = re.compile(r"(?:drive-[a-z]|amojo)\.kommo\.com|(?:drive-[a-z]|drive|amojo)\.amocrm\.(?:ru|com)")
_PORTS = {"http": 80, "https": 443}
_STORAGE = frozenset({"storage.googleapis.com"})
# Whitespace and control characters (some readers drop them), backslashes (some read them as slashes), fragments.
_UNCLEAR = re.compile(r"[\x00-\x20\x7f-\xa0\\#\u2028\u2029]")


class HostKind(StrEnum):
    """Whose host it is: all that logs say of a link."""

    KOMMO = "kommo"
    STORAGE = "storage"
    EXTRA = "extra"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True, repr=False)
class Place:
    """A link that may be followed, in the one form in which it is used."""

    scheme: str
    host: str
    port: int
    target: str  # Path and query, in ASCII.
    kind: HostKind
    is_kommo: bool  # May see the account's token.

    @property
    def path(self) -> str:
        """The path without the query: signatures and expiry stand in the query."""
        return self.target.partition("?")[0]

    @property
    def url(self) -> str:
        """The whole link again."""
        return _origin(self.scheme, self.host, self.port) + self.target

    @property
    def is_exempt(self) -> bool:
        """Whether it is one of the sandbox's own origins."""
        return self.kind is HostKind.SANDBOX


def is_name(host: str) -> bool:
    """Whether it is a full host name in lower case: no address in any notation, no single label, no port."""
    return len(host) <= 253 and _NAME.fullmatch(host) is not None


def place_of(
    url: str,
    *,
    extra_hosts: Collection[str] = (),
    exempt: Collection[str] = (),
    kommo_origins: Collection[str] = (),
    is_redirect: bool = False,
) -> Place:
    """Read a link and say whose it is; raises AudioRefused (`audio_host_not_allowed`) for any other.

    `extra_hosts` are exact names that support has allowed for the account. `exempt` are the sandbox's origins
    (`http://127.0.0.1:8101`), matched as a whole; those among them that are `kommo_origins`, too, may see the token.
    """
    if len(url) > MAX_LENGTH or _UNCLEAR.search(url) or not (match := _LINK.fullmatch(url)):
        raise AudioRefused("audio_host_not_allowed")
    scheme, authority = match["scheme"].lower(), match["authority"].lower()
    rest = match["rest"] or "/"
    target = quote(rest if rest.startswith("/") else f"/{rest}", safe=string.punctuation)
    if (origin := f"{scheme}://{authority}") in exempt:
        parts = urlsplit(origin)
        port = parts.port or _PORTS[scheme]
        return Place(scheme, parts.hostname or "", port, target, HostKind.SANDBOX, origin in kommo_origins)
    host = authority.removesuffix(":443")
    if scheme != "https" or not is_name(host):
        raise AudioRefused("audio_host_not_allowed")
    if _KOMMO.fullmatch(host):
        kind = HostKind.KOMMO
    elif host in extra_hosts:
        kind = HostKind.EXTRA
    elif is_redirect and host in _STORAGE:
        kind = HostKind.STORAGE
    else:
        raise AudioRefused("audio_host_not_allowed")
    return Place(scheme, host, 443, target, kind, kind is HostKind.KOMMO)


def redirect_of(place: Place, location: str) -> str:
    """The link a redirect leads to, which may be relative; it is still to be read by `place_of`."""
    if _UNCLEAR.search(location):  # Before it is joined: the library drops tabs and line ends by itself.
        raise AudioRefused("audio_host_not_allowed")
    try:
        return urljoin(place.url, location)
    except ValueError:
        raise AudioRefused("audio_host_not_allowed") from None


def _origin(scheme: str, host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" if port == _PORTS[scheme] else f"{scheme}://{name}:{port}"
