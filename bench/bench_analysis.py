"""How soon a click is answered, against the cheapest request there is."""

from __future__ import annotations

import time

from bench.report import measure, tell
from tests.analysis.test_analyse import MESSAGES
from tests.factories import Person
from tests.web import Web, read_events

TIMES = 200


def test_time_to_each_event_of_a_click_at_concurrency_1(another_web, rep: Person, lead_id: int, acme):
    from billing.models import Plan

    Plan.objects.update(analyses_per_month=100_000)
    web: Web = another_web()
    times: dict[str, list[float]] = {"accepted": [], "facts": [], "result (the sandbox's model)": []}

    def click(n: int) -> None:
        messages = [*MESSAGES, {**MESSAGES[0], "id": "n", "at": None, "text": f"I need number {n} before my trip too"}]
        began = time.perf_counter()
        with web.analysing(rep, lead_id, source="card", messages=messages) as response:
            for name, _ in read_events(response):
                row = {"result": "result (the sandbox's model)"}.get(name, name)
                if n >= 0 and row in times:
                    times[row].append((time.perf_counter() - began) * 1000)

    base = measure(lambda _: web.http.get("/health/live"), times=TIMES)
    measure(click, times=TIMES)
    state = measure(
        lambda _: web.http.post(
            f"/api/v1/leads/{lead_id}/state", json={"source": "card", "messages": MESSAGES}, headers=rep.headers
        ),
        times=TIMES,
    )
    rows = {"GET /health/live (base)": base, **times, "POST /leads/{id}/state": state}
    tell("One click, concurrency 1, loopback", rows, baseline="GET /health/live (base)")
