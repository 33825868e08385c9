"""A text field that is encrypted at rest, for tokens and for free-text results.

Django binds values on the client's side, so the database server sees (and would log) only the ciphertext. Keys come
from `TOKEN_KEYS`, newest first: the first encrypts, all decrypt, so keys rotate without downtime
(`manage.py rotate_keys`). Scheme: Fernet (AES-128-CBC with HMAC-SHA256) of the `cryptography` package.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key.encode()) for key in keys])


def cipher() -> MultiFernet:
    """The cipher of the configured keys; raises ValueError when a key is not 32 url-safe base64 bytes."""
    return _cipher(tuple(settings.TOKEN_KEYS))


if TYPE_CHECKING:
    _TextField = models.TextField[str | None, str | None]
else:
    _TextField = models.TextField


class EncryptedTextField(_TextField):
    """Text in Python, ciphertext in the database. Cannot be searched; a lookup other than isnull is refused."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return None if value is None else cipher().encrypt(value.encode()).decode()

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return None if value is None else cipher().decrypt(value.encode()).decode()

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise TypeError(f"An encrypted field cannot be searched by {lookup_name}.")
        return super().get_lookup(lookup_name)
