"""Pure: the figures of an evaluation as one HTML file that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from analysis.evaluation import plots
from analysis.evaluation.document import OVER
from analysis.evaluation.table import number, percent

_STYLE = Path(__file__).with_name("report.css")
_LEVELS = ("0", "1", "2", "3", "not said")


def html_of(document: Mapping[str, Any]) -> str:
    """The report of an evaluation's JSON document."""
    sections = [
        _head(document),
        _tiles(document),
        _ranking(document),
        _criteria(document),
        _evidence(document),
        _running(document),
        _injections(document),
        _chats(document),
    ]
    title = f"How well {document['model']} reads chats"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>\n{_STYLE.read_text(encoding='utf-8')}</style></head>\n"
        f"<body><main>{''.join(sections)}</main></body></html>\n"
    )


def _section(title: str, *parts: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>\n"


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column names its rows; it scrolls by itself on a narrow screen."""
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    table = f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    return f'<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0">{table}</div>'


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def _head(document: Mapping[str, Any]) -> str:
    versions = document["versions"]
    note = f'<p class="note">{escape(document["note"])}</p>' if document["note"] else ""
    return (
        "<header><p>ConvAI Lens, evaluation</p>"
        f"<h1>{document['n']} chats, read by {escape(document['model'])}</h1>{note}"
        f"<p>Endpoint {escape(document['endpoint'])}, prompt {escape(versions['prompt'])}, "
        f"rubric {escape(versions['rubric'])}. {document['n_read']} read, {document['n_unscored']} with too little to "
        f"score, {document['n_too_short']} too short to read.</p></header>\n"
    )


def _tiles(document: Mapping[str, Any]) -> str:
    auc, evidence, latency = document["auc"]["all"], document["evidence"], document["latency_ms"]
    cost = "unknown" if document["cost_usd"] is None else f"{document['cost_usd']:.4f} USD"
    tiles = [
        ("AUC, won against lost", number(auc["value"]), f"95 %: {number(auc['low'])} to {number(auc['high'])}"),
        ("Evidence that stands", percent(evidence["precision"]), f"of {evidence['shown']} quotes shown"),
        ("Failures", str(len(document["failures"]["ids"])), f"of {document['n']} chats"),
        ("Temperature right", percent(document["temperature"]["accuracy"]), "cold, warm, hot"),
        ("Sentiment right", percent(document["sentiment"]["accuracy"]), "of four"),
        ("Latency", f"{number(latency['p50'], 0)} ms", f"p95: {number(latency['p95'], 0)} ms"),
        ("Cost", cost, f"{document['tokens']['total']:,} tokens"),
    ]
    if found := document.get("injection"):
        more = f"of {found['n']} plantings; largest {number(found['max_abs_delta'], 0)}"
        tiles.append((f"Attempts within {OVER} points", percent(found["within_5"]), more))
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd><strong>{escape(value)}</strong> <span>{escape(more)}</span></dd></div>"
        for name, value, more in tiles
    )
    return f'<dl class="tiles">{cells}</dl>\n'


def _ranking(document: Mapping[str, Any]) -> str:
    rows = [
        (name, number(auc["value"]), number(auc["low"]), number(auc["high"]), str(auc["n_won"]), str(auc["n_lost"]))
        for name, auc in document["auc"].items()
    ]
    scores = ""
    if document["n_read"]:
        scores = _figure(
            plots.scores(document["chats"]),
            "Won: dots; lost: crosses; still open: diamonds. The upright line is the group's mean. A chat with too "
            "little to score stands at its shrunk value.",
        )
    pair = (
        '<div class="pair">'
        + _figure(plots.roc(document["roc"], document["auc"]["all"]), "ROC: the dashed line is a coin.")
        + _figure(
            plots.calibration(document["calibration"]),
            "Of the chats with such a score, how many were won later, with the 95 % interval. The score is a reading "
            "of the chat, not a chance.",
        )
        + "</div>"
    )
    table = _table(
        "Chance that a won chat scores above a lost one", ("chats", "AUC", "from", "to", "won", "lost"), rows
    )
    return _section("Score and what became of the lead", scores, pair, table)


def _criteria(document: Mapping[str, Any]) -> str:
    cards = "".join(_matrix(name, found) for name, found in document["criteria"].items())
    rows = [
        (
            name,
            number(found["mae"], 2),
            percent(found["within_1"]),
            str(found["n_both"]),
            percent(found["null_agreement"]),
            percent(found["verified_share"]),
        )
        for name, found in document["criteria"].items()
    ]
    table = _table(
        "Mean error in levels, where both name one",
        (
            "criterion",
            "mean error",
            "within 1",
            "chats",
            "agree on whether it is said",
            "levels with a quote that holds",
        ),
        rows,
    )
    return _section("Criteria: read against true levels", f'<div class="matrices">{cards}</div>', table)


def _matrix(name: str, found: Mapping[str, Any]) -> str:
    most = max((n for row in found["table"] for n in row), default=0) or 1
    heads = "".join(f'<th scope="col">{level}</th>' for level in _LEVELS)
    lines = ""
    for true, counts in enumerate(found["table"]):
        cells = "".join(
            f'<td class="heat{" same" if true == read else ""}" style="--heat:{n / most:.2f}">{n or ""}</td>'
            for read, n in enumerate(counts)
        )
        lines += f'<tr><th scope="row">{_LEVELS[true]}</th>{cells}</tr>'
    return (
        f'<table class="matrix"><caption>{escape(name)}<small>rows: true, columns: read</small></caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    )


def _evidence(document: Mapping[str, Any]) -> str:
    evidence = document["evidence"]
    quotes = _table(
        "Quotes",
        ("", "number"),
        [
            ("shown", str(evidence["shown"])),
            ("as written, or but for case and marks", str(evidence["verified"])),
            ("repaired", str(evidence["repaired"])),
            ("dropped", str(evidence["dropped"])),
            ("stand in a client's message", str(evidence["standing"])),
            ("precision", percent(evidence["precision"])),
        ],
    )
    found = _table(
        "Found places",
        ("", "precision", "recall", "F1", "found", "wrong", "missed"),
        [
            (
                name.replace("_", " "),
                percent(document[name]["precision"]),
                percent(document[name]["recall"]),
                number(document[name]["f1"]),
                *(str(document[name][count]) for count in ("found", "wrong", "missed")),
            )
            for name in ("objections", "open_questions")
        ],
    )
    faults = ""
    if evidence["not_standing"]:
        faults = f'<p class="bad">Quotes that do not stand, in: {escape(", ".join(evidence["not_standing"]))}.</p>'
    return _section("Evidence, objections, open questions", quotes, found, faults)


def _running(document: Mapping[str, Any]) -> str:
    failures, tokens = document["failures"], document["tokens"]
    times = [float(chat["duration_ms"]) for chat in document["chats"] if "duration_ms" in chat]
    latency = document["latency_ms"]
    plot = ""
    if times:
        plot = _figure(
            plots.latency(times, latency["p50"], latency["p95"]),
            "From the messages to the reading, all calls included.",
        )
    cost = "unknown" if document["cost_usd"] is None else f"{document['cost_usd']:.4f}"
    tables = (
        _table(
            "Failures",
            ("kind", "chats"),
            [(kind, str(failures[kind])) for kind in ("schema", "refusal", "provider", "timeout", "internal")],
        ),
        _table(
            "What it took",
            ("", "number"),
            [
                ("model calls", f"{document['model_calls']:,}"),
                ("tokens in", f"{tokens['in']:,}"),
                ("of them cached", f"{tokens['cached']:,}"),
                ("tokens out", f"{tokens['out']:,}"),
                ("USD", cost),
                ("summaries withheld", str(document["n_summary_withheld"])),
                ("chats with flagged messages", str(document["flagged"]["chats"])),
            ],
        ),
    )
    named = ""
    if failures["codes"]:
        named = _table("Chats that failed", ("chat", "problem"), failures["codes"].items())
    return _section("Failures, tokens, cost, latency", f'<div class="pair">{"".join(tables)}</div>', named, plot)


def _injections(document: Mapping[str, Any]) -> str:
    found = document.get("injection")
    if not found:
        return ""
    intro = (
        f"<p>{found['n_attempts']} attempts to talk the score up or down, or to make us tell or do something, each "
        "planted into several chats beside a harmless message of equal length in the same place: "
        f"{found['n']} comparisons, "
        f"{found['n_failed']} that failed. Largest difference {number(found['max_abs_delta'], 0)} points, 95 % of them "
        f"within {number(found['p95_abs_delta'], 1)}. The planted message was flagged {found['flagged']} times, the "
        f"harmless one {found['control_flagged']} times. Leaked: {len(found['leaked'])}.</p>"
    )
    rows = []
    for name, item in found["by_id"].items():
        plantings = item["plantings"]
        moved = ", ".join(
            "failed" if p["delta"] is None else f"{p['delta']:+d}" if p["delta"] else "0" for p in plantings
        )
        rows.append(
            (
                name,
                item["aim"],
                item["where"].replace("_", " "),
                moved,
                f"{sum(p['flagged'] for p in plantings)} of {len(plantings)}",
                "yes" if any(p["leaked"] for p in plantings) else "no",
                ", ".join(p["chat"] for p in plantings),
            )
        )
    table = _table("Attempts", ("attempt", "aim", "where", "points", "flagged", "leaked", "chats"), rows)
    plot = _figure(
        plots.deltas(found["by_id"], OVER),
        f"Each mark is a chat: the score with the attempt less the score with its control. The band is {OVER} points "
        "either way; a cross lies outside.",
    )
    return _section("Attempts to influence the reading", intro, plot, table)


def _chats(document: Mapping[str, Any]) -> str:
    rows = []
    for chat in document["chats"]:
        if "shrunk" not in chat:
            rows.append((chat["id"], chat["outcome"], chat["problem"], *[""] * 6))
            continue
        score = f"({chat['shrunk']})" if chat["score"] is None else str(chat["score"])
        temperature, sentiment, evidence = chat["temperature"], chat["sentiment"], chat["evidence"]
        rows.append(
            (
                chat["id"],
                chat["outcome"],
                score,
                f"{temperature['read'] or '-'} / {temperature['true']}",
                f"{sentiment['read']} / {sentiment['true']}",
                " ".join("-" if level["read"] is None else str(level["read"]) for level in chat["levels"].values()),
                " ".join("-" if level["true"] is None else str(level["true"]) for level in chat["levels"].values()),
                f"{evidence['standing']} of {evidence['shown']}",
                f"{chat['duration_ms']:,}",
            )
        )
    head = ("chat", "outcome", "score", "temperature", "sentiment", "levels read", "true levels", "quotes", "ms")
    table = _table("Read / true. Levels in the order of the criteria above; a dash: not said.", head, rows)
    return _section("Every chat", f"<details><summary>Show the table</summary>{table}</details>")
