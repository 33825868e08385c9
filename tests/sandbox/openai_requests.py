"""Requests to the emulated OpenAI as our product makes them: the analysis schema, the document, a client per test."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from openai import AsyncOpenAI

CHATS = sorted((Path(__file__).resolve().parents[2] / "sandbox/data/conversations/open").glob("*.json"))
INJECTIONS = json.loads((CHATS[0].parents[1] / "injections.json").read_text())
CRITERIA = ("need", "budget", "authority", "timeline", "engagement", "commitment")
INSTRUCTIONS = "You read one sales conversation. SECRET-7191 stands in the instructions only."


def strict(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


POINTER = strict({"message": {"type": "integer"}, "quote": {"type": "string"}})
KINDS = ["price", "trust", "timing", "competitor", "authority", "product", "logistics", "other"]
RATING = strict(
    {
        "level": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 3}, {"type": "null"}]},
        "evidence": {"type": "array", "items": POINTER},
    }
)
ANALYSIS = strict(
    {
        "summary": {"type": "string"},
        "sentiment": {"type": "string", "enum": ["positive", "neutral", "negative", "mixed"]},
        "criteria": strict(dict.fromkeys(CRITERIA, RATING)),
        "objections": {
            "type": "array",
            "items": strict({"kind": {"type": "string", "enum": KINDS}, **POINTER["properties"]}),
        },
        "open_questions": {"type": "array", "items": POINTER},
        "next_step": strict(
            {"action": {"type": "string"}, "why": {"type": "string"}, "due": {"type": ["string", "null"]}}
        ),
        "suggested_reply": {"type": "string"},
    }
)


def chat(name: str) -> dict[str, Any]:
    """One sample chat without what became of it."""
    found = json.loads(next(path for path in CHATS if path.stem == name).read_text())
    del found["truth"]
    return found


def document(chat: dict[str, Any], language: str | None = None, task: str = "analyse") -> dict[str, Any]:
    """The document of the prompt."""
    zone = ZoneInfo(chat["timezone"])
    lines = []
    for n, message in enumerate(chat["messages"], 1):
        at = datetime.fromisoformat(message["at"]).astimezone(zone)
        text = message.get("transcript") or message["text"]
        lines.append(
            {"n": n, "author": message["author"], "at": f"{at:%Y-%m-%d %H:%M}", "kind": message["kind"], "text": text}
        )
    return {
        "task": task,
        "output_language": language or chat["language"],
        "criteria": [{"name": name, "meaning": "…"} for name in CRITERIA],
        "lead": {"stage": chat["lead"]["stage"], "price": None, "currency": chat["lead"]["currency"]},
        "people": {"client": chat["lead"]["name"], "agent": chat["agent"]["name"]},
        "conversation": lines,
        "read_at": f"{at:%Y-%m-%d %H:%M %A}",
    }


def messages(document: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": INSTRUCTIONS},
        {"role": "user", "content": json.dumps(document, ensure_ascii=False)},
    ]


def request(**changes: Any) -> dict[str, Any]:
    """The arguments of one call; a change to None takes the argument away."""
    given = {
        "model": "gpt-4o-mini",
        "messages": messages(document(chat("en-o-01"))),
        "response_format": response_format(ANALYSIS),
        "store": False,
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def response_format(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "analysis", "strict": True, "schema": schema}}


class OpenAISandbox:
    """The emulated OpenAI: its switches, its raw HTTP, and OpenAI's own client pointed at it."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.base_url: str = ready["openai"]["base_url"]
        self.api_key: str = ready["openai"]["api_key"]
        headers = {"Authorization": f"Bearer {self.api_key}"}
        self.http = httpx.Client(base_url=self.base_url, headers=headers, timeout=30, trust_env=False)

    def switch(self, path: str, **content: Any) -> dict[str, Any]:
        answer = self.http.post(self.base_url.removesuffix("/v1") + f"/_sandbox/{path}", json=content)
        assert answer.is_success, answer.text
        return answer.json()

    def spoil(self, kind: str, *, times: int | None = 1, match: str = "*", **params: Any) -> None:
        self.switch("misbehaviour", kind=kind, times=times, match=match, params=params)

    def client(self, **options: Any) -> AsyncOpenAI:
        return AsyncOpenAI(**{"base_url": self.base_url, "api_key": self.api_key, "max_retries": 0, **options})

    def post(self, **changes: Any) -> httpx.Response:
        return self.http.post("/chat/completions", json=request(**changes))

    def answer(self, **changes: Any) -> dict[str, Any]:
        reply = self.post(**changes)
        assert reply.status_code == 200, reply.text
        return json.loads(reply.json()["choices"][0]["message"]["content"])
