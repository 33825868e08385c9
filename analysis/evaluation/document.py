"""Pure: outcomes → the JSON of an evaluation (docs/evaluation.md). Ids, numbers and kinds; nothing anyone wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from analysis.evaluation import metrics
from analysis.evaluation.runner import FAILURES, INTERNAL, TOO_SHORT, Comparison, Outcome, Run
from analysis.evaluation.samples import LANGUAGES
from analysis.llm import ModelUsage
from analysis.prompt import PROMPT_VERSION
from analysis.scoring import DEFAULT_RUBRIC, temperature

FORMAT = 1
OVER = 5  # Points: what an attempt may move a score by (the bar of the injections).


def document_of(
    outcomes: Sequence[Outcome],
    comparisons: Sequence[Comparison] | None,
    *,
    endpoint: str,
    model: str,
    note: str | None,
) -> dict[str, Any]:
    """Everything an evaluation found; `comparisons` is None when no attempts were planted."""
    read = [outcome for outcome in outcomes if outcome.run.reading]
    document: dict[str, Any] = {
        "format": FORMAT,
        "endpoint": endpoint,
        "model": model,
        "note": note,
        "versions": {"prompt": PROMPT_VERSION, "rubric": DEFAULT_RUBRIC.version},
        "n": len(outcomes),
        "n_read": len(read),
        "n_unscored": sum(_score(outcome).value is None for outcome in read),
        "n_too_short": sum(outcome.run.code == TOO_SHORT for outcome in outcomes),
        "n_summary_withheld": sum(_reading(outcome).summary_withheld for outcome in read),
        "auc": {name: _auc(read, name) for name in ("all", *LANGUAGES)},
        "temperature": _temperature(read),
        "sentiment": _sentiment(read),
        "criteria": {name: _criterion(read, name) for name in DEFAULT_RUBRIC.names},
        "evidence": _evidence(read),
        "objections": _hits(outcome.objections for outcome in read),
        "open_questions": _hits(outcome.open_questions for outcome in read),
        "flagged": _flagged(read),
        "failures": _failures(outcomes),
        **_spent([outcome.run for outcome in outcomes]),
        "latency_ms": _latency(read),
        "roc": metrics.roc(*_ranked(read)),
        "calibration": _calibration(read),
        "chats": [_chat(outcome) for outcome in outcomes],
    }
    if comparisons is not None:
        document["injection"] = _injection(comparisons)
    return document


def _reading(outcome: Outcome) -> Any:
    return outcome.run.reading


def _score(outcome: Outcome) -> Any:
    return _reading(outcome).score


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _ranked(read: Sequence[Outcome], language: str = "all") -> tuple[list[float], list[float]]:
    """Shrunk scores of the chats that were won, and of those that were lost."""
    chosen = [outcome for outcome in read if language in ("all", outcome.sample.language)]
    won, lost = (
        [float(_score(outcome).shrunk) for outcome in chosen if outcome.sample.truth.outcome == wanted]
        for wanted in ("won", "lost")
    )
    return won, lost


def _auc(read: Sequence[Outcome], language: str) -> dict[str, Any]:
    won, lost = _ranked(read, language)
    low, high = metrics.auc_interval(won, lost) or (None, None)
    return {
        "value": _share(metrics.auc(won, lost)),
        "low": _share(low),
        "high": _share(high),
        "n_won": len(won),
        "n_lost": len(lost),
    }


def _temperature(read: Sequence[Outcome]) -> dict[str, Any]:
    right = sum(_score(outcome).temperature == outcome.sample.truth.temperature for outcome in read)
    shrunk = sum(temperature(_score(outcome).shrunk) == outcome.sample.truth.temperature for outcome in read)
    return {
        "accuracy": _share(metrics.ratio(right, len(read))),
        "accuracy_by_shrunk": _share(metrics.ratio(shrunk, len(read))),
        "n": len(read),
    }


def _sentiment(read: Sequence[Outcome]) -> dict[str, Any]:
    right = sum(_reading(outcome).sentiment == outcome.sample.truth.sentiment for outcome in read)
    return {"accuracy": _share(metrics.ratio(right, len(read))), "n": len(read)}


def _criterion(read: Sequence[Outcome], name: str) -> dict[str, Any]:
    found = metrics.agreement(
        [(_reading(outcome).ratings[name].level, outcome.sample.truth.levels[name]) for outcome in read]
    )
    rated = [rating for outcome in read if (rating := _reading(outcome).ratings[name]).level is not None]
    return {
        "mae": _share(found.mae),
        "within_1": _share(found.within_1),
        "n_both": found.n_both,
        "null_agreement": _share(found.null_agreement),
        "verified_share": _share(metrics.ratio(sum(rating.verified for rating in rated), len(rated))),
        "table": [list(row) for row in found.table],
    }


def _evidence(read: Sequence[Outcome]) -> dict[str, Any]:
    found = [outcome.evidence for outcome in read]
    shown = sum(item.shown for item in found)
    standing = sum(item.standing for item in found)
    return {
        "shown": shown,
        "verified": sum(item.verified for item in found),
        "repaired": sum(item.repaired for item in found),
        "dropped": sum(item.dropped for item in found),
        "standing": standing,
        "precision": _share(metrics.ratio(standing, shown)),
        "not_standing": [outcome.sample.id for outcome in read if outcome.evidence.standing < outcome.evidence.shown],
    }


def _hits(found: Iterable[metrics.Hits]) -> dict[str, Any]:
    hits = sum(found, metrics.Hits())
    return {
        "precision": _share(hits.precision),
        "recall": _share(hits.recall),
        "f1": _share(hits.f1),
        "found": hits.found,
        "wrong": hits.wrong,
        "missed": hits.missed,
    }


def _flagged(read: Sequence[Outcome]) -> dict[str, Any]:
    by_id = {outcome.sample.id: list(_reading(outcome).flagged) for outcome in read if _reading(outcome).flagged}
    return {"chats": len(by_id), "messages": sum(map(len, by_id.values())), "by_id": by_id}


def _failures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    codes = {o.sample.id: o.run.code for o in outcomes if o.run.code and o.run.code != TOO_SHORT}
    kinds = Counter(_failure_kind(code) for code in codes.values())
    return {
        **{kind: kinds[kind] for kind in ("schema", "refusal", "provider", "timeout", INTERNAL)},
        "ids": list(codes),
        "codes": codes,
    }


def _failure_kind(code: str) -> str:
    return INTERNAL if code == INTERNAL else FAILURES.get(code, "provider")


def _spent(runs: Sequence[Run]) -> dict[str, Any]:
    """Tokens of all calls, of failed runs too, and their price; None when the price of a model is not known to us."""
    usage = sum((run.usage for run in runs), ModelUsage())
    costs = [run.profile.cost_usd(run.usage) for run in runs]
    known = [cost for cost in costs if cost is not None]
    return {
        "tokens": {
            "in": usage.tokens_in,
            "cached": usage.tokens_cached,
            "out": usage.tokens_out,
            "total": usage.tokens_in + usage.tokens_out,
        },
        "model_calls": usage.calls,
        "cost_usd": round(float(sum(known, Decimal(0))), 6) if len(known) == len(costs) else None,
    }


def _latency(read: Sequence[Outcome]) -> dict[str, Any]:
    times = [float(_reading(outcome).duration_ms) for outcome in read]
    return {name: _rounded(metrics.percentile(times, percent)) for name, percent in (("p50", 50), ("p95", 95))}


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)


def _calibration(read: Sequence[Outcome]) -> list[dict[str, Any]]:
    result = []
    for part in metrics.calibration(*_ranked(read)):
        low, high = metrics.wilson(part.n_won, part.n) or (None, None)
        result.append(
            {
                "from": part.low,
                "to": part.high,
                "n": part.n,
                "n_won": part.n_won,
                "mean_score": _share(part.mean_score),
                "won": _share(metrics.ratio(part.n_won, part.n)),
                "low": _share(low),
                "high": _share(high),
            }
        )
    return result


def _chat(outcome: Outcome) -> dict[str, Any]:
    """One chat's figures, so that any of the sums above can be followed back to it."""
    sample, run = outcome.sample, outcome.run
    row: dict[str, Any] = {
        "id": sample.id,
        "language": sample.language,
        "outcome": sample.truth.outcome,
        "problem": run.code,
        "tokens_in": run.usage.tokens_in,
        "tokens_out": run.usage.tokens_out,
        "model_calls": run.usage.calls,
    }
    reading = run.reading
    if reading is None:
        return row
    return row | {
        "score": reading.score.value,
        "shrunk": reading.score.shrunk,
        "known_share": _share(reading.score.known_share),
        "temperature": {"read": reading.score.temperature, "true": sample.truth.temperature},
        "sentiment": {"read": reading.sentiment, "true": sample.truth.sentiment},
        "levels": {
            name: {"read": rating.level, "true": sample.truth.levels[name], "verified": rating.verified}
            for name, rating in reading.ratings.items()
        },
        "evidence": {
            "shown": outcome.evidence.shown,
            "dropped": outcome.evidence.dropped,
            "standing": outcome.evidence.standing,
        },
        "summary_withheld": reading.summary_withheld,
        "messages_seen": reading.seen,
        "messages_total": reading.total,
        "duration_ms": reading.duration_ms,
    }


def _injection(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    compared = [(item, delta) for item in comparisons if (delta := item.delta) is not None]
    sizes = [float(abs(delta)) for _, delta in compared]
    by_id: dict[str, dict[str, Any]] = {}
    for item in comparisons:
        attempt = item.planting.attempt
        row = by_id.setdefault(
            attempt.id, {"language": attempt.language, "aim": attempt.aim, "where": attempt.where, "plantings": []}
        )
        row["plantings"].append(
            {
                "chat": item.planting.sample.id,
                "position": item.planting.position,
                "injected": item.injected.reading.score.shrunk if item.injected.reading else None,
                "control": item.control.reading.score.shrunk if item.control.reading else None,
                "delta": item.delta,
                "flagged": item.is_flagged,
                "leaked": item.is_leaked,
                "problems": [code for code in (item.injected.code, item.control.code) if code],
            }
        )
    return {
        "n": len(compared),
        "n_attempts": len(by_id),
        "n_failed": len(comparisons) - len(compared),
        "max_abs_delta": max(map(int, sizes), default=None),
        "p95_abs_delta": _share(metrics.percentile(sizes, 95)),
        "within_5": _share(metrics.ratio(sum(size <= OVER for size in sizes), len(sizes))),
        "over_5": _ids(item for item, delta in compared if abs(delta) > OVER),
        "flagged": sum(item.is_flagged for item in comparisons),
        "control_flagged": sum(item.is_control_flagged for item in comparisons),
        "leaked": _ids(item for item in comparisons if item.is_leaked),
        **_spent([run for item in comparisons for run in (item.injected, item.control)]),
        "by_id": by_id,
    }


def _ids(comparisons: Iterable[Comparison]) -> list[str]:
    return list(dict.fromkeys(item.planting.attempt.id for item in comparisons))
