"""A glance at pasted text before it is analysed: enough to see that it was read rightly, and no more."""

from __future__ import annotations

from typing import Any

from analysis.pasted import MOST_PARTICIPANTS, Pasted
from analysis.words import shown

SHOWN_AT_EACH_END = 3
MAX_SHOWN_CHARACTERS = 300  # Of one message: some five lines of the panel.


def preview_of(pasted: Pasted) -> dict[str, Any]:
    """The document of `POST /pasted/preview`: people, count, and the messages at both ends, each once."""
    messages = pasted.messages
    ends = messages
    if len(messages) > 2 * SHOWN_AT_EACH_END:
        ends = messages[:SHOWN_AT_EACH_END] + messages[-SHOWN_AT_EACH_END:]
    return {
        "participants": list(pasted.participants[:MOST_PARTICIPANTS]),
        "me": pasted.me,
        "date_order": pasted.date_order,
        "count": len(messages),
        "preview": [shown(message, MAX_SHOWN_CHARACTERS) for message in ends],
        "skipped": pasted.skipped_lines,
    }
