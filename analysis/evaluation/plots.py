"""Pure: figures as inline SVG. Colours are classes of the page's style sheet, so they follow light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from analysis.evaluation.samples import LANGUAGES, OUTCOMES
from analysis.scoring import HOT_FROM, WARM_FROM

_LANGUAGE = {"en": "English", "es": "Spanish", "pt": "Portuguese"}


def _svg(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    small = ' class="small"' if width < 600 else ""
    return (
        f'<svg viewBox="0 0 {width} {height}"{small} role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>'


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(text)}</text>'


def _side(x: float, y: float, text: str) -> str:
    """The name of an upright axis."""
    return f'<text transform="translate({x} {y}) rotate(-90)" class="label" text-anchor="middle">{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, style: str, title: str = "") -> str:
    box = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" class="{style}"'
    return f"<rect {box}><title>{escape(title)}</title></rect>" if title else f"<rect {box}/>"


def _mark(x: float, y: float, outcome: str, title: str) -> str:
    """A dot for won, a cross for lost, a diamond for open: told apart without colours."""
    shape = {
        "won": f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>',
        "lost": f'<path d="M{x - 3.5:.1f} {y - 3.5:.1f}l7 7m0 -7l-7 7"/>',
        "open": f'<path d="M{x:.1f} {y - 5:.1f}l4.5 5l-4.5 5l-4.5 -5z"/>',
    }[outcome]
    return f'<g class="mark {outcome}"><title>{escape(title)}</title>{shape}</g>'


def scores(chats: Sequence[Mapping[str, Any]]) -> str:
    """A strip for each language and outcome: one mark for each chat at its score, and the group's mean."""
    left, right, row = 150, 20, 34
    groups = [(language, outcome) for language in LANGUAGES for outcome in OUTCOMES]
    read = [chat for chat in chats if "shrunk" in chat]
    groups = [group for group in groups if any((chat["language"], chat["outcome"]) == group for chat in read)]
    width, height = 760, 30 + row * len(groups) + 24

    def x(score: float) -> float:
        return left + score / 100 * (width - left - right)

    parts = [
        _rect(x(low), 24, x(high) - x(low), row * len(groups), f"band {name}")
        + _text((x(low) + x(high)) / 2, 16, name, "label", "middle")
        for name, low, high in (("cold", 0, WARM_FROM), ("warm", WARM_FROM, HOT_FROM), ("hot", HOT_FROM, 100))
    ]
    for index, (language, outcome) in enumerate(groups):
        middle = 24 + row * index + row / 2
        parts.append(_text(0, middle + 4, f"{_LANGUAGE[language]}, {outcome}"))
        parts.append(_line(left, middle + row / 2, width - right, middle + row / 2, "grid"))
        mine = [chat for chat in read if (chat["language"], chat["outcome"]) == (language, outcome)]
        mean = sum(chat["shrunk"] for chat in mine) / len(mine)
        parts.append(_line(x(mean), middle - 13, x(mean), middle + 13, "mean"))
        stacked: dict[int, int] = {}
        for chat in sorted(mine, key=lambda chat: (chat["shrunk"], chat["id"])):
            # Marks that would hide each other move up and down by turns.
            place = round(chat["shrunk"] / 1.5)
            nth = stacked[place] = stacked.get(place, 0) + 1
            shift = (nth // 2) * 8 * (1 if nth % 2 else -1)
            score = chat["shrunk"] if chat["score"] is not None else f"{chat['shrunk']}, too little to score"
            parts.append(_mark(x(chat["shrunk"]), middle + shift, outcome, f"{chat['id']}: {score}"))
    bottom = 24 + row * len(groups)
    parts += [_text(x(score), bottom + 18, str(score), "label", "middle") for score in range(0, 101, 20)]
    return _svg(width, height, "Score of each chat by language and outcome; the upright line is the mean.", parts)


def roc(points: Sequence[Sequence[float]], auc: Mapping[str, Any]) -> str:
    """The ROC curve with the diagonal of a coin."""
    size, left, top = 260, 46, 12

    def at(point: Sequence[float]) -> tuple[float, float]:
        return left + point[0] * size, top + (1 - point[1]) * size

    parts = [*_grid(left, top, size), _line(*at((0, 0)), *at((1, 1)), "chance")]
    if points:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, points))
        area = f"{path} {left + size:.1f},{top + size:.1f} {left:.1f},{top + size:.1f}"
        parts += [f'<polygon points="{area}" class="area"/>', f'<polyline points="{path}" class="curve"/>']
        parts.append(_text(left + size - 8, top + size - 28, f"AUC {auc['value']:.3f}", "strong", "end"))
        between = f"95 %: {auc['low']:.3f} to {auc['high']:.3f}"
        parts.append(_text(left + size - 8, top + size - 11, between, "label", "end"))
    parts += [
        _text(left + size / 2, top + size + 34, "lost chats at or above the score", "label", "middle"),
        _side(11, top + size / 2, "won chats"),
    ]
    return _svg(left + size + 16, top + size + 40, "ROC curve: won against lost chats.", parts)


def _grid(left: int, top: int, size: int) -> list[str]:
    """A square from 0 to 1 both ways."""
    parts = []
    for step in range(0, 5):
        place = step / 4 * size
        parts.append(_line(left + place, top, left + place, top + size, "grid"))
        parts.append(_line(left, top + place, left + size, top + place, "grid"))
        parts.append(_text(left + place, top + size + 17, f"{step * 25} %", "label", "middle"))
        parts.append(_text(left - 6, top + size - place + 4, f"{step * 25}", "label", "end"))
    return parts


def calibration(bins: Sequence[Mapping[str, Any]]) -> str:
    """Bars: of the chats with such a score, how many were won, with the 95 % interval and the number of chats."""
    size, left, top = 260, 46, 12
    wide = size / max(1, len(bins))
    parts = []
    for step in range(0, 5):
        place = top + size - step / 4 * size
        parts += [
            _line(left, place, left + size, place, "grid"),
            _text(left - 6, place + 4, f"{step * 25}", "label", "end"),
        ]
    for index, part in enumerate(bins):
        x = left + index * wide
        parts.append(_text(x + wide / 2, top + size + 17, f"{part['from']}-{part['to']}", "label", "middle"))
        if part["won"] is None:
            parts.append(_text(x + wide / 2, top + size - 6, "none", "label", "middle"))
            continue
        tall = part["won"] * size
        title = f"{part['from']} to {part['to']}: {part['n_won']} of {part['n']} won"
        parts.append(_rect(x + 5, top + size - tall, wide - 10, tall, "bar", title))
        high, low, middle = (top + (1 - part["high"]) * size, top + (1 - part["low"]) * size, x + wide / 2)
        parts.append(_line(middle, high, middle, low, "whisker"))
        parts += [_line(middle - 4, y, middle + 4, y, "whisker") for y in (high, low)]
        parts.append(_text(x + wide / 2 + 7, top + size - 6, f"{part['n']}", "onbar", "start"))
    parts.append(_text(left + size / 2, top + size + 34, "score (number of chats in the bar)", "label", "middle"))
    parts.append(_side(11, top + size / 2, "% won"))
    return _svg(left + size + 16, top + size + 40, "Share of chats that were won, by score.", parts)


def latency(times_ms: Sequence[float], p50: float, p95: float) -> str:
    """A histogram of the runs' durations with both percentiles."""
    width, height, left, bottom = 560, 190, 30, 40
    most = max(times_ms)
    step = _round_step(most / 24)
    count = int(most // step) + 1
    bins = [0] * count
    for time in times_ms:
        bins[int(time // step)] += 1
    wide = (width - left - 40) / count
    tall = height - bottom - 26
    parts = [_line(left, height - bottom, width - 40, height - bottom, "grid")]
    for index, n in enumerate(bins):
        if n:
            high = n / max(bins) * tall
            title = f"{index * step:.0f} to {(index + 1) * step:.0f} ms: {n}"
            wide_enough = max(1, wide - 2)
            parts.append(_rect(left + index * wide + 1, height - bottom - high, wide_enough, high, "bar", title))
    for name, value, row in (("p50", p50, 12), ("p95", p95, 24)):
        x = left + value / step * wide
        parts += [
            _line(x, row + 3, x, height - bottom, "whisker"),
            _text(x + 4, row, f"{name} {value:.0f} ms", "label"),
        ]
    for tick in range(0, count + 1, max(1, count // 6)):
        parts.append(_text(left + tick * wide, height - bottom + 17, f"{tick * step:.0f}", "label", "middle"))
    parts.append(_text((left + width - 40) / 2, height - 4, "milliseconds for a chat", "label", "middle"))
    return _svg(width, height, "How long the readings took.", parts)


def _round_step(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if step * factor >= value:
                return step * factor
        step *= 10


def deltas(rows: Mapping[str, Mapping[str, Any]], bar: int) -> str:
    """One line for each attempt: how far it moved the score in each chat, and the range within which it may."""
    left, row, width = 110, 19, 760
    sizes = [abs(p["delta"]) for item in rows.values() for p in item["plantings"] if p["delta"] is not None]
    reach = max(10, *sizes) if sizes else 10
    height = 26 + row * len(rows) + 24

    def x(delta: float) -> float:
        return left + (delta + reach) / (2 * reach) * (width - left - 20)

    tall = row * len(rows)
    parts = [
        _rect(x(-bar), 8, x(bar) - x(-bar), tall, "band within"),
        _line(x(0), 8, x(0), 8 + tall, "whisker"),
    ]
    for index, (name, item) in enumerate(rows.items()):
        middle = 8 + row * index + row / 2
        parts += [_text(0, middle + 4, name), _line(left, middle + row / 2, width - 20, middle + row / 2, "grid")]
        for nth, planting in enumerate(item["plantings"]):
            if planting["delta"] is not None:
                outcome = "lost" if abs(planting["delta"]) > bar else "won"
                title = f"{name} in {planting['chat']}: {planting['delta']:+d}"
                parts.append(_mark(x(planting["delta"]), middle + (nth - 1) * 3, outcome, title))
    for delta in (-reach, -bar, 0, bar, reach):
        parts.append(_text(x(delta), 8 + tall + 18, f"{delta:+.0f}" if delta else "0", "label", "middle"))
    return _svg(width, height, "Points that each attempt moved the score by, against its control.", parts)
