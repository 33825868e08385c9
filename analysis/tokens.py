"""Counts tokens as the model does: o200k_base, offline. An estimate for prompts; money is counted from `usage`.

Library: quicktok (openai.md §8: the smallest of the three packages that embed the table; tiktoken needs the network).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _encoding() -> Any:
    import quicktok  # Loads numpy and 8 MB of tables: only where tokens are counted.

    return quicktok.get_encoding("o200k_base")


def count_tokens(text: str) -> int:
    """How many tokens `text` has; text that looks like a special token is only text."""
    return len(_encoding().encode(text, disallowed_special=()))
