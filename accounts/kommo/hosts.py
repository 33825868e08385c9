"""Pure: which hosts are Kommo's. Checked before a secret or a token is sent anywhere."""

from __future__ import annotations

import re
from collections.abc import Collection

# kommo.com, its older international brand and its Russian twin; one label before, as accounts and API hosts have.
_KOMMO_HOST = re.compile(r"(?P<label>[a-z0-9-]{1,63})\.(?P<domain>kommo\.com|amocrm\.com|amocrm\.ru)", re.ASCII)


def origin_of(host: str, *, exempt: Collection[str] = ()) -> str | None:
    """The origin to call for `host`, or None when it is not Kommo's.

    `exempt` lists exact http origins of a sandbox (`SANDBOX_ORIGINS`); anything else is https.
    """
    if f"http://{host}" in exempt:
        return f"http://{host}"
    return f"https://{host}" if _KOMMO_HOST.fullmatch(host) else None


def subdomain_of(host: str) -> str | None:
    """The account's name in a Kommo host, None for other hosts."""
    match = _KOMMO_HOST.fullmatch(host)
    return match["label"] if match else None
