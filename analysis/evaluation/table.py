"""The figures as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from analysis.evaluation.metrics import ratio
from analysis.evaluation.samples import LANGUAGES, OUTCOMES

_HEAD = ("language", "outcome", "chats", "failed", "unscored", "mean score", "temperature", "sentiment", "quotes")


def table_of(document: Mapping[str, Any]) -> str:
    """A table by language and outcome, then the figures over all."""
    by_group: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for chat in document["chats"]:
        by_group.setdefault((chat["language"], chat["outcome"]), []).append(chat)
    rows = [_row(*group, by_group[group]) for group in product(LANGUAGES, OUTCOMES) if group in by_group]
    rows.append(_row("all", "", document["chats"]))
    lines = [f"{document['endpoint']} · {document['model']}"]
    if document["note"]:
        lines.append(document["note"])
    return "\n".join([*lines, "", *_columns([_HEAD, *rows]), "", *_columns(_figures(document)), ""])


def _row(language: str, outcome: str, chats: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    read = [chat for chat in chats if "shrunk" in chat]
    return (
        language,
        outcome,
        str(len(chats)),
        str(len(chats) - len(read)),
        str(sum(chat["score"] is None for chat in read)),
        number(ratio(sum(chat["shrunk"] for chat in read), len(read)), 1),
        percent(_right(read, "temperature")),
        percent(_right(read, "sentiment")),
        str(sum(chat["evidence"]["shown"] for chat in read)),
    )


def _right(chats: Sequence[Mapping[str, Any]], name: str) -> float | None:
    return ratio(sum(chat[name]["read"] == chat[name]["true"] for chat in chats), len(chats))


def _figures(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, auc in document["auc"].items():
        between = f"({number(auc['low'])} to {number(auc['high'])}; {auc['n_won']} won, {auc['n_lost']} lost)"
        rows.append((f"AUC {name}", number(auc["value"]), between))
    for name, found in document["criteria"].items():
        more = (
            f"mean error of {found['n_both']}; within 1: {percent(found['within_1'])}; "
            f"said or not: {percent(found['null_agreement'])}"
        )
        rows.append((name, number(found["mae"]), more))
    evidence = document["evidence"]
    rows.append(
        (
            "evidence precision",
            percent(evidence["precision"]),
            f"{evidence['shown']} shown ({evidence['repaired']} repaired), {evidence['dropped']} dropped",
        )
    )
    for name in ("objections", "open_questions"):
        found = document[name]
        rows.append(
            (
                f"{name.replace('_', ' ')} F1",
                number(found["f1"]),
                f"precision {percent(found['precision'])}, recall {percent(found['recall'])}",
            )
        )
    failures = document["failures"]
    kinds = ", ".join(f"{kind} {failures[kind]}" for kind in ("schema", "refusal", "provider", "timeout", "internal"))
    rows.append(("failures", str(len(failures["ids"])), kinds))
    latency, tokens = document["latency_ms"], document["tokens"]
    rows.append(("latency p50, p95", f"{latency['p50']}, {latency['p95']}", "ms"))
    rows.append(("tokens in, out", f"{tokens['in']}, {tokens['out']}", f"{tokens['cached']} cached"))
    rows.append(("cost", "unknown" if document["cost_usd"] is None else f"{document['cost_usd']:.4f}", "USD"))
    if found := document.get("injection"):
        rows.append(
            (
                "injections",
                percent(found["within_5"]),
                f"within 5 points of {found['n']}; largest {number(found['max_abs_delta'], 0)}, "
                f"p95 {number(found['p95_abs_delta'], 1)}, flagged {found['flagged']}",
            )
        )
        rows.append(("over 5 points", str(len(found["over_5"])), ", ".join(found["over_5"])))
        rows.append(("leaked", str(len(found["leaked"])), ", ".join(found["leaked"])))
    return rows


def _columns(rows: Iterable[Sequence[str]]) -> list[str]:
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


def number(value: float | None, digits: int = 3) -> str:
    """A number as people read it; a dash for none."""
    return "-" if value is None else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """A share as a percentage; a dash for none."""
    return "-" if value is None else f"{100 * value:.0f} %"
