"""Tokens of o200k_base, the encoding of gpt-4o-mini and the usual estimate for its successors; offline."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import quicktok


@cache
def _encoding() -> Any:
    return quicktok.get_encoding("o200k_base")


def encode(text: str) -> list[int]:
    """Token ids; text that looks like a special token is text. Lone surrogates become U+FFFD."""
    readable = text.encode("utf-8", "replace").decode("utf-8")
    return list(_encoding().encode(readable, disallowed_special=()))


def pieces(text: str) -> Iterator[str]:
    """The text token by token; a character that spans tokens comes whole with its last one."""
    if any("\ud800" <= char <= "\udfff" for char in text):
        yield text
        return
    held = b""
    for token in encode(text):
        held += _encoding().decode_single_token_bytes(token)
        try:
            piece = held.decode("utf-8")
        except UnicodeDecodeError:
            continue
        held = b""
        yield piece


def cut(text: str, tokens: int) -> str:
    """The first `tokens` tokens of the text, without a broken character at the end."""
    ids = encode(text)
    if len(ids) <= tokens:
        return text
    raw = b"".join(_encoding().decode_single_token_bytes(token) for token in ids[:tokens])
    return raw.decode("utf-8", "ignore")
