"""The file given to `bin/demo --once --conversation`: a chat as FORMAT.md has it, or a WhatsApp export.

`read` looks at it with the standard library alone, so that a wrong file is told before anything is installed or
started; `check` reads it with the product's own readers, which need the packages, before the services start.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from launch.input_file import Unusable, bytes_of

#: The API takes bodies of 4 MB; so does this.
LARGEST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, repr=False)
class Conversation:
    """Either `chat`, an object of FORMAT.md's, or `text`, an exported or copied chat."""

    name: str
    chat: dict[str, Any] | None = None
    text: str | None = None


def read(name: str) -> Conversation:
    """Read the file. Raises Unusable, with one line that says what is wrong with it."""
    content = _decoded(name, bytes_of(name, at_most=LARGEST_BYTES))
    if not content.strip():
        raise Unusable(f"{name} is empty.")
    # An iPhone's export begins with "[" as well, so only "{" or the name says JSON beforehand.
    is_json = content.lstrip().startswith("{") or name.lower().endswith(".json")
    try:
        found = json.loads(content)
    except ValueError as fault:
        if not is_json:
            return Conversation(name, text=content)
        where = f", line {fault.lineno}" if isinstance(fault, json.JSONDecodeError) else ""
        raise Unusable(f"{name} is not valid JSON{where}.") from None
    except RecursionError:
        raise Unusable(f"{name} is not a chat: it is nested too deeply.") from None
    if not isinstance(found, dict):
        raise Unusable(f"{name} is JSON but not a chat: expected an object with `messages`.")
    if found.get("format", 1) != 1:
        raise Unusable(f"{name} is of a format this program does not know; it reads format 1.")
    if not isinstance(found.get("messages"), list):
        raise Unusable(f"{name} is not a chat: it has no list of `messages`.")
    if not found["messages"]:
        raise Unusable(f"{name} is a chat without messages.")
    return Conversation(name, chat=found)


def _decoded(name: str, content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):
        raise Unusable(f"{name} is a zip archive; unpack it and give the text file in it.")
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise Unusable(f"{name} is not text in UTF-8.") from None
    if "\0" in text:
        raise Unusable(f"{name} is not text but a binary file.")
    return text


def check(conversation: Conversation, *, me: str | None, date_order: Any) -> None:
    """Read the messages as the service will. Raises Unusable, with what to add to the command where that helps."""
    from analysis.conversation import parse_messages
    from analysis.pasted import parse_pasted
    from convailens.lib.errors import InvalidInput

    try:
        if conversation.chat is not None:
            parse_messages(conversation.chat["messages"])
        else:
            parse_pasted(conversation.text or "", me=me, timezone=ZoneInfo("UTC"), date_order=date_order)
    except InvalidInput as fault:
        raise Unusable(explain(conversation.name, fault.code, fault.detail, fault.fields, fault.extra)) from None


def explain(name: str, code: str, detail: str, fields: Any, extra: Any) -> str:
    """A refusal of the readers', here or in the service, as one line with the next step."""
    if code == "who_are_you":
        people = ", ".join(str(person) for person in extra.get("participants", []))
        return f"{name}: who is the sales rep? The chat has: {people}. Add --me NAME with one of these."
    if code == "date_order_unclear":
        return f"{name}: the dates do not tell which number is the day. Add --date-order dmy or --date-order mdy."
    if code == "pasted_unreadable":
        return f"{name} is neither a chat in JSON (see --help) nor a WhatsApp export, nor lines of `name: text`."
    if code == "too_many_messages":
        return f"{name} has too many messages: at most 2,000 are read."
    if code == "too_many_characters":
        return f"{name} is too long: at most 1,000,000 characters are read."
    places = "; ".join(f"{place}: {', '.join(map(str, codes))}" for place, codes in list((fields or {}).items())[:3])
    return f"{name} is not a chat that can be read ({places or detail})"
