"""The zip that is uploaded to Kommo, and the address that is written into it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

from convailens.widget_package.findings import Files

SERVICE = "lib/service.js"
_ADDRESS = re.compile(r"""(['"])https?://[^'"]+\1""")
_OWN_ADDRESS = re.compile(r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")


def archived(files: Files) -> bytes:
    """The files as a zip: the same bytes for the same files, on any day, wherever Python has the same zlib."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # The earliest that zip can say.
            entry.create_system = 3  # Unix, wherever it is made.
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def with_service_url(files: Files, url: str) -> Mapping[str, bytes]:
    """The files with another address of our service. Raises ValueError for one that is not https://host[:port]."""
    if not _OWN_ADDRESS.fullmatch(url):
        raise ValueError("The address is https://host, without a path.")
    text, count = _ADDRESS.subn(lambda found: f"{found[1]}{url}{found[1]}", files[SERVICE].decode())
    if count != 1:
        raise ValueError(f"{SERVICE} holds {count} addresses; one is expected.")
    return {**files, SERVICE: text.encode()}


def is_service_url(text: str) -> bool:
    """Whether it is https://host[:port] and no more."""
    return _OWN_ADDRESS.fullmatch(text) is not None
