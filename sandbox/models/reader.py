"""The sandbox's default model: rules that read the prompt's chat and answer any strict schema. It says it is rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.models import coerce, phrases
from sandbox.models.document import Document
from sandbox.models.reading import CRITERIA, Rating, Reading, read

# Days until the next step is due, by how the chat stands. Weekends are skipped.
DUE_DAYS = {"paid": 1, "agreed": 1, "waiting": 0, "open": 1, "price": 1, "decider": 2, "undecided": 5, "silent": 3}


def answer(document: Document, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The answer as the schema asks; without a schema the analysis as a plain object."""
    offered = offer(document, read(document))
    if schema is None:
        return offered
    fitted = coerce.fit(schema, offered, text=offered["summary"])
    return fitted if isinstance(fitted, dict) else {}


def write(document: Document) -> str:
    """An answer in words, for a request without a schema."""
    reading = read(document)
    return f"{phrases.HONEST[output_language(document, reading)]} {summary(document, reading)}"


def offer(document: Document, reading: Reading) -> dict[str, Any]:
    """Everything the reader can say, under the names a schema may ask for."""
    step = next_step(document, reading)
    levels = {name: _rating(rating) for name, rating in reading.ratings.items()}
    criteria = {name: levels.get(name, _rating(Rating(None))) for name in document.criteria or CRITERIA}
    score = round(100 * reading.mean)
    evidence = [quote.as_pointer() for rating in reading.ratings.values() for quote in rating.evidence[:1]]
    answered = {
        "summary": summary(document, reading),
        "sentiment": reading.sentiment,
        "criteria": criteria,
        "objections": [{"kind": kind, **quote.as_pointer()} for kind, quote in reading.objections],
        "open_questions": [quote.as_pointer() for quote in reading.questions],
        "next_step": step,
        "suggested_reply": _step(document, reading, reading.client_language)[2],
        "action": step["action"],
        "why": step["why"],
        "due": step["due"],
        "temperature": "hot" if score >= 70 else "warm" if score >= 40 else "cold",
        "score": score,
        "evidence": evidence,
        "language": reading.client_language,
    }
    # Other words for the same things, so that an unknown schema still gets meaning; then each criterion by its name.
    again = {
        "reply": "suggested_reply",
        "questions": "open_questions",
        "unanswered_questions": "open_questions",
        "reason": "why",
    }
    answered |= {name: answered[source] for name, source in again.items()}
    answered |= {name: answered["criteria"][name] for name in criteria if name not in answered}
    return answered


def summary(document: Document, reading: Reading) -> str:
    """Two to four sentences of our own about how the chat stands."""
    language = output_language(document, reading)
    ratings = reading.ratings
    if not reading.facts.get("client"):
        return f"{phrases.TOO_LITTLE[language]} {phrases.STAND[language]['open']}"
    sentences = [phrases.NEED[language][ratings["need"].level or 0]]
    money, decider = ratings["budget"].level, ratings["authority"].level
    if money is not None or decider is not None:
        sentences.append(phrases.MONEY[language][money] + phrases.JOINT[language] + phrases.DECIDER[language][decider])
    sentences.append(phrases.STAND[language][reading.stand])
    return " ".join(sentences)


def next_step(document: Document, reading: Reading) -> dict[str, Any]:
    action, why, _ = _step(document, reading, output_language(document, reading))
    return {"action": action, "why": why, "due": _due(document, _situation(reading))}


def output_language(document: Document, reading: Reading) -> str:
    """The language asked for, as far as the reader writes it; English otherwise."""
    asked = document.language.lower().replace("_", "-").split("-")[0]
    if not asked:
        return reading.client_language
    return asked if asked in phrases.NEED else "en"


def _step(document: Document, reading: Reading, language: str) -> tuple[str, str, str]:
    return phrases.STEPS[language][_situation(reading)]


def _situation(reading: Reading) -> str:
    if reading.stand in ("open", "undecided"):
        if (reading.ratings["authority"].level or 3) <= 1:
            return "decider"
        if (reading.ratings["budget"].level if reading.ratings["budget"].level is not None else 3) <= 1:
            return "price"
    return reading.stand


def _due(document: Document, situation: str) -> str | None:
    """The day the step is due: working days after the reading (or the last message); none when the chat is over."""
    if situation not in DUE_DAYS:
        return None
    dates = [line.at for line in document.lines if line.at]
    start: datetime | None = document.read_at or (max(dates) if dates else None)
    if start is None:
        return None
    day: date = start.date()
    left = DUE_DAYS[situation]
    while left or day.weekday() >= 5:
        day += timedelta(days=1)
        left -= left > 0 and day.weekday() < 5
    return day.isoformat()


def _rating(rating: Rating) -> dict[str, Any]:
    return {"level": rating.level, "evidence": [quote.as_pointer() for quote in rating.evidence]}
