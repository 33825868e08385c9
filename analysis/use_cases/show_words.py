"""The words a stored result points at, read again for whoever looks at it now."""

from __future__ import annotations

import asyncio

from analysis.models import Analysis
from analysis.use_cases.run_analysis import collect
from analysis.wish import Wish
from analysis.words import Words, find_words


async def show_words(*, wish: Wish, analysis: Analysis) -> Words:
    """Read the conversation as this user may see it, and find in it what the result points at. Nothing is stored.

    Raises NotFound for a lead this user may not see, Failed (`messages_unavailable`), or what Kommo's client raises.
    """
    gathered = await collect(wish)
    result = analysis.same_as or analysis
    return await asyncio.to_thread(
        find_words, result.reading, result.flagged, gathered.messages, key=wish.account.data_key_bytes
    )
