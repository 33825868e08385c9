"""The size of a prompt in tokens, and how much of it was seen before, for the usage the API reports."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.models.document import text_of
from sandbox.tokens import encode

# OpenAI caches from 1,024 tokens on, in steps of 128; our memory of prompts is bounded.
CACHE_FROM, CACHE_STEP, CACHE_SIZE = 1024, 128, 50_000
# Chat framing: 3 tokens a message, the role, and 3 that open the answer.
PER_MESSAGE, PER_ANSWER = 3, 3


class PromptCache:
    """Remembers prefixes of prompts by digest, as the service's automatic prompt caching does. Holds no text."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def measure(
        self, messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None, model: str
    ) -> tuple[int, int]:
        """Tokens of the prompt, and how many of them a former prompt began with. Does not remember."""
        ids = self._ids(messages, schema)
        cached = 0
        for end, digest in _prefixes(ids, model):
            if digest not in self._known:
                break
            cached = end
        return len(ids), cached if cached >= CACHE_FROM else 0

    def remember(self, messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None, model: str) -> None:
        for _, digest in _prefixes(self._ids(messages, schema), model):
            self._known[digest] = None
            self._known.move_to_end(digest)
        while len(self._known) > CACHE_SIZE:
            self._known.popitem(last=False)

    @staticmethod
    def _ids(messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None) -> array[int]:
        ids = array("I", encode(json.dumps(schema, ensure_ascii=False)) if schema else [])
        for message in messages:
            ids.extend([0] * PER_MESSAGE)
            ids.extend(encode(str(message.get("role", ""))))
            ids.extend(encode(text_of(message.get("content"))))
        ids.extend([0] * PER_ANSWER)
        return ids


def _prefixes(ids: array[int], model: str) -> Iterator[tuple[int, bytes]]:
    running = hashlib.blake2b(model.encode(), digest_size=16)
    for end in range(CACHE_STEP, len(ids) + 1, CACHE_STEP):
        running.update(ids[end - CACHE_STEP : end].tobytes())
        yield end, running.digest()
