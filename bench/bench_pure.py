"""What our own code costs on the largest request allowed: a million characters in 2,000 messages."""

from __future__ import annotations

import random

from analysis.conversation import Author, Kind, LeadCard, Message, fit, in_order
from analysis.evidence import locate
from analysis.fingerprint import fingerprint
from analysis.machine_speech import flag
from analysis.minimise import Sources, minimise
from analysis.tokens import count_tokens
from bench.report import measure, tell


def chat(messages: int, characters: int) -> tuple[Message, ...]:
    dice = random.Random(7)
    words = ["price", "visit", "monday", "quiero", "preciso", "implante", "mañana", "how", "much", "the", "a", "não"]
    each = characters // messages
    return tuple(
        Message(
            f"m{n}",
            Author.CLIENT if n % 2 else Author.AGENT,
            "Ana",
            None,
            Kind.TEXT,
            " ".join(dice.choices(words, k=each // 5))[:each],
        )
        for n in range(messages)
    )


SET_UP = {"output_language": "en", "rubric_version": "1", "prompt_version": "1", "model_profile": "m"}


def test_pure_steps_on_an_ordinary_and_on_the_largest_chat():
    ordinary, largest, one = chat(30, 3_000), chat(2_000, 1_000_000), chat(1, 1_000_000)
    summary = "The client wants an implant soon and asks about instalments. The agent promised a quote for Monday."
    for title, messages in (
        ("30 messages, 3,000 characters", ordinary),
        ("2,000 messages, 1,000,000 characters", largest),
        ("1 message of 1,000,000 characters", one),
    ):
        sources = Sources(messages)
        steps = {
            "order (base)": lambda m=messages: in_order(m),
            "fingerprint": lambda m=messages: fingerprint(b"k" * 32, m, LeadCard(), **SET_UP),
            "flag what speaks to the machine": lambda m=messages: flag(m),
            "fit the prompt's budget": lambda m=messages: fit(m, budget_tokens=12_000, count_tokens=count_tokens),
            "fold what may not be copied": lambda m=messages: Sources(m),
            "minimise a summary": lambda s=sources: minimise(summary, s),
            "find a quote that is not there": lambda m=messages: locate("so it is not said here at all", m[-1].said),
        }
        rows = {name: measure(lambda _, step=step: step(), times=5, warm_up=1) for name, step in steps.items()}
        tell(title, rows, baseline="order (base)")
