"""A sales rep without a browser: connects an account, opens a session and has one conversation analysed, all by HTTP.

Knows of the product what a browser and the widget know, and of Kommo what the sandbox offers.
"""

from __future__ import annotations

import html
import json
import os
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin
from zoneinfo import available_timezones

import requests

from launch.conversation_file import Conversation, explain
from launch.input_file import Unusable
from launch.terminal import Stop, Voice

#: Longer than the service's own deadline for a run.
RUN_WITHIN_S = 90.0
#: Refusals that are about what was sent.
_INPUT_STATUSES = {400, 413, 422}


class Rep:
    """`rep` of the sandbox's account `acme`, in front of the service at `web_url`."""

    def __init__(self, web_url: str, kommo: dict[str, Any], voice: Voice) -> None:
        self._web = web_url
        self._kommo = kommo
        self._voice = voice
        self._browser = requests.Session()
        self._browser.trust_env = False  # Loopback is never behind a proxy.
        self._browser.headers["Accept-Language"] = "en"
        self._bearer = ""

    def connect(self) -> None:
        """An administrator's way: our connect page, its button, Kommo's consent page, back to us. Raises Stop."""
        page = self._browser.get(f"{self._web}/connect", timeout=30)
        button = re.search(r'href="([^"]*\?[^"]*\bgo=1[^"]*)"', page.text)
        if button is None:
            raise Stop(f"The connect page ({page.status_code}) has no button.")
        consent = self._browser.get(urljoin(page.url, html.unescape(button.group(1))), timeout=30)
        if not consent.url.startswith(f"{self._kommo['base_url']}/oauth?"):
            raise Stop(f"The connect page's button does not lead to Kommo ({consent.status_code}).")
        landed = self._browser.get(f"{consent.url}&decision=allow&who=acme:admin", timeout=30)
        if not landed.url.startswith(self._web) or landed.status_code != 200:
            raise Stop(f"The account could not be connected: the callback answered {landed.status_code}.")

    def agree(self) -> None:
        """Tick the consent box in the widget's settings, as who installed it had to."""
        self._ask_sandbox("card/acme/widget", {"status": "installed", "active": "Y", "fields": {"consent": "1"}})

    def _ask_sandbox(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        answer = self._browser.post(f"{self._kommo['base_url']}/_sandbox/{path}", json=content, timeout=30)
        if answer.status_code >= 400:
            raise Unusable(f"The chat does not fit a lead card: {answer.json().get('error', '')}.")
        found: dict[str, Any] = answer.json()
        return found

    def open_session(self) -> None:
        """Exchange a one-time token of Kommo's for a session, as the widget does. Raises Stop."""
        token = self._ask_sandbox("widget-token", {"account": "acme", "user": "rep"})["token"]
        headers = {"X-Auth-Token": token, "Origin": f"https://{self._kommo['subdomain']}.kommo.com"}
        answer = self._browser.post(f"{self._web}/api/v1/session", headers=headers, json={}, timeout=30)
        if answer.status_code != 201:
            raise Stop(told(answer, "The session was refused"))
        self._bearer = answer.json()["token"]

    def set_account(self, conversation: Conversation) -> None:
        """Give the account the currency and the time zone that the chat names, as a business of that place has."""
        chat = conversation.chat or {}
        lead = chat.get("lead")
        currency = lead.get("currency") if isinstance(lead, dict) else None
        wanted = {"currency": currency, "timezone": chat.get("timezone")}
        known = {name: value for name, value in wanted.items() if isinstance(value, str) and _is_known(name, value)}
        if known:
            self._ask_sandbox("settings", {"account": "acme", **known})

    def add_lead(self, conversation: Conversation) -> int:
        """A lead card for the conversation, with its stage and price; the messages themselves go to the service."""
        hello = {"id": "m1", "author": "system", "at": "2026-01-01T00:00:00Z", "kind": "text", "text": ""}
        card = {"id": f"once-{uuid.uuid4().hex[:12]}", "messages": [hello]}
        if conversation.chat is not None:
            card |= {name: conversation.chat[name] for name in ("lead", "language") if name in conversation.chat}
        return int(self._ask_sandbox("leads", {"account": "acme", "conversation": card})["lead_id"])

    def analyse(
        self,
        lead_id: int,
        conversation: Conversation | None,
        *,
        me: str | None,
        date_order: str | None,
        language: str | None,
    ) -> dict[str, Any]:
        """The result, telling of each event as it comes. Raises Stop (1: the run failed, 2: the input is at fault)."""
        body: dict[str, Any] = {"lead_id": str(lead_id), "source": "auto"}
        if conversation is not None and conversation.chat is not None:
            body |= {"source": "card", "messages": conversation.chat["messages"]}
        elif conversation is not None:
            pasted = {"text": conversation.text, "me": me, "date_order": date_order}
            body |= {"source": "pasted", "pasted": {name: value for name, value in pasted.items() if value}}
        if language:
            body["output_language"] = language
        headers = {
            "Authorization": f"Bearer {self._bearer}",
            "Idempotency-Key": str(uuid.uuid4()),
            "Accept": "text/event-stream",
        }
        name = conversation.name if conversation else f"lead {lead_id}"
        with self._browser.post(
            f"{self._web}/api/v1/analyses", json=body, headers=headers, stream=True, timeout=(10, RUN_WITHIN_S)
        ) as answer:
            if answer.status_code != 200:
                raise _as_stop(name, document_of(answer))
            for event, data in events(answer):
                if event == "problem":
                    raise _as_stop(name, {"request_id": answer.headers.get("X-Request-Id")} | _set(data))
                if event == "result":
                    return data
                self._tell(event, data)
        raise Stop("The stream ended without a result.")

    def _tell(self, event: str, data: dict[str, Any]) -> None:
        if event == "summary":
            self._voice.write(str(data.get("delta", "")))
        else:
            self._voice.end_line()
            self._voice.say(f"  {event}")


def _is_known(name: str, value: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{3}", value)) if name == "currency" else value in available_timezones()


def events(
    answer: requests.Response, *, when_quiet: Callable[[], None] = lambda: None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The server-sent events of a response: name and JSON. At each comment (a heartbeat) `when_quiet` is called."""
    event = "message"
    data: list[str] = []
    for line in answer.iter_lines(chunk_size=None):
        text = line.decode("utf-8")
        if not text:
            if data:
                yield event, json.loads("\n".join(data))
            event, data = "message", []
        elif text.startswith(":"):
            when_quiet()
        elif text.startswith("event:"):
            event = text.removeprefix("event:").strip()
        elif text.startswith("data:"):
            data.append(text.removeprefix("data:").removeprefix(" "))


def _set(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}


def document_of(answer: requests.Response) -> dict[str, Any]:
    """The JSON object that an answer holds; for any other, one that says so."""
    try:
        found = answer.json()
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"status": answer.status_code, "detail": "No problem document came."}


def told(answer: requests.Response, what: str) -> str:
    """A refusal in one line."""
    document = document_of(answer)
    return f"{what} ({answer.status_code} {document.get('code', '')}): {document.get('detail', '')}"


def _as_stop(name: str, document: dict[str, Any]) -> Stop:
    """A problem document as the end of the command."""
    code, detail = str(document.get("code", "")), str(document.get("detail", ""))
    if document.get("status") in _INPUT_STATUSES and "charged" not in document:
        return Unusable(explain(name, code, detail, document.get("errors"), document))
    return Stop(f"The run failed ({code or document.get('status')}, request {document.get('request_id')}): {detail}")


def print_result(text: str) -> None:
    """The result on stdout, readable by people and programs."""
    try:
        # Whatever the terminal's encoding: ours is UTF-8.
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # The reader has had enough.


def as_json(result: dict[str, Any]) -> str:
    """A result as it is printed."""
    return json.dumps(result, ensure_ascii=False, indent=2) + "\n"
