"""How figures are taken and told: percentiles of many runs, beside a baseline of the same run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def measure(action: Callable[[int], object], *, times: int, warm_up: int = 5) -> list[float]:
    """Milliseconds of each of `times` calls, after some that do not count."""
    for n in range(warm_up):
        action(-1 - n)
    found = []
    for n in range(times):
        began = time.perf_counter()
        action(n)
        found.append((time.perf_counter() - began) * 1000)
    return found


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, round(share * len(ranked)))]


def tell(title: str, rows: dict[str, list[float]], *, baseline: str) -> None:
    """A table of milliseconds, with each row's median as a multiple of the baseline's."""
    base = statistics.median(rows[baseline])
    print(f"\n{title}\n{'':<44}{'n':>6}{'p50 ms':>10}{'p95 ms':>10}{'max ms':>10}{'× base':>9}")
    for name, values in rows.items():
        p50 = statistics.median(values)
        line = (len(values), p50, percentile(values, 0.95), max(values), p50 / base)
        print(f"{name:<44}{line[0]:>6}{line[1]:>10.2f}{line[2]:>10.2f}{line[3]:>10.2f}{line[4]:>9.1f}")
