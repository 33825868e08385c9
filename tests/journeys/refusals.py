"""Canaries where none belongs: everything that is sent to be refused, and must not be repeated in the refusal."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from tests.journeys import canaries
from tests.journeys.canaries import BAD_ID, new_key

if TYPE_CHECKING:
    from tests.journeys.journey import Journey


def be_refused(journey: Journey) -> None:
    """Canaries where none belongs: ids, keys, addresses, headers, names of fields, broken bodies."""
    url, key = "/api/v1/analyses", {"Idempotency-Key": new_key()}
    texts = canaries.messages()
    for bad in (BAD_ID, canaries.NUMBERS[0], canaries.ADDRESSES[0], canaries.phrase_cyrillic(), "x" * 65):
        wrong = [{**texts[0], "id": bad}, *texts[1:]]
        journey.refused(400, "POST", url, json=journey.body(source="card", messages=wrong), headers=key)
        journey.refused(400, "POST", url, json=journey.body(lead_id=bad), headers=key)
        journey.refused(400, "POST", f"/api/v1/leads/{quote(bad, safe='')}/state", json=journey.card())
        journey.refused(404, "GET", f"/api/v1/analyses/{quote(bad, safe='')}")
        journey.refused(404, "GET", f"/api/v1/analyses/by-key/{quote(bad, safe='')}")
        journey.refused(400, "POST", url, json=journey.card(), headers={"Idempotency-Key": quote(bad)})
        journey.refused(404, "GET", f"/{quote(bad, safe='')}?{quote(bad)}={quote(bad)}")
        journey.refused(401, "GET", f"/api/v1/analyses/{new_key()}", headers={"Authorization": f"Bearer {quote(bad)}"})
    _words_and_preview(journey)
    unknown = {canaries.phrase("field"): canaries.phrase("value")}
    for body in (
        journey.body(source=BAD_ID),
        journey.body(output_language=BAD_ID),
        journey.body(output_language=f"en-{canaries.STEM}"),
        journey.body(source="pasted", pasted=unknown),
        journey.body(source="pasted", pasted={"text": canaries.phrase("pasted"), "date_order": BAD_ID}),
        journey.body(source="pasted", pasted={"text": " ".join(canaries.texts()), "me": canaries.phrase("me")}),
        journey.body(source="card", messages=unknown),
        journey.body(source="card", messages=[unknown, canaries.phrase("value")]),
        journey.body(source="card", messages=[{**texts[0], "text": unknown}]),
        journey.body(source="card", messages=[{**text, "id": f"n{n}"} for n, text in enumerate(texts * 200)]),
        journey.body(source="card", messages=[{**texts[0], "text": canaries.phrase("long") * 10_000}]),
        [canaries.phrase("value")],
        canaries.phrase("value"),
    ):
        journey.refused((400, 422), "POST", url, json=body, headers=key)
    json_type = key | {"Content-Type": "application/json"}
    whole = json.dumps(journey.card()).encode()
    for raw in (whole[:-20], whole + b"}", whole.replace(b"card", b"\xff\xfe"), b"[" * 100_000 + whole):
        journey.refused(400, "POST", url, content=raw, headers=json_type)
    form = key | {"Content-Type": "application/x-www-form-urlencoded"}
    journey.refused(415, "POST", url, content=quote(canaries.phrase("form")), headers=form)
    journey.refused(405, "PUT", url, content=whole, headers=json_type)
    journey.refused(426, "GET", f"/api/v1/analyses/{new_key()}", headers={"X-Widget-Version": BAD_ID})
    journey.refused(
        (404, 406), "GET", f"/api/v1/analyses/{new_key()}", headers={"Accept": f"text/{canaries.word('type')}"}
    )
    journey.refused(400, "GET", "/connect", headers={"Host": f"{canaries.word('host')}.example"})
    headers = dict.fromkeys(
        ("User-Agent", "Referer", "Origin", "X-Request-Id", "X-Forwarded-For", "Accept-Language", "Prefer"), BAD_ID
    )
    journey.refused(404, "GET", f"/api/v1/analyses/{new_key()}", headers=headers)
    journey.refused(400, "POST", url, json=journey.body(lead_id=BAD_ID), headers=headers | key)
    journey.refused(401, "POST", "/api/v1/session", headers=headers | {"X-Auth-Token": BAD_ID})
    assert journey.send("GET", "/connect?go=1", headers=headers).status_code == 302
    journey.send("GET", f"/connect?lang={quote(BAD_ID)}&next={quote(BAD_ID)}", headers=headers)
    journey.send("GET", f"/health/ready?{quote(BAD_ID)}", headers=headers)
    journey.send("OPTIONS", url, headers={"Origin": BAD_ID, "Access-Control-Request-Method": BAD_ID})
    _say_nonsense(journey)


def _words_and_preview(journey: Journey) -> None:
    journey.refused(404, "POST", f"/api/v1/analyses/{new_key()}/words", json=journey.card())
    journey.refused(404, "POST", f"/api/v1/analyses/{quote(BAD_ID, safe='')}/words", json=journey.card())
    for pasted in (
        {"text": " ".join(canaries.texts())},
        {"text": canaries.phrase("pasted"), "date_order": BAD_ID},
        {"text": [canaries.phrase("pasted")]},
        {
            "text": f"Ana: {canaries.phrase('pasted')}\nBea: {canaries.phrase('pasted')}",
            "me": canaries.phrase("me"),
        },
        {canaries.phrase("field"): canaries.phrase("value")},
    ):
        journey.refused(400, "POST", "/api/v1/pasted/preview", json=pasted)


def _say_nonsense(journey: Journey) -> None:
    """What is not HTTP at all, and a request that ends in its middle."""
    address = urlsplit(journey.world.web.base_url)
    whole = json.dumps(journey.card()).encode()
    head = f"POST /api/v1/analyses HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(whole)}\r\n\r\n"
    for said in (
        f"{canaries.phrase('nonsense')}\r\n\r\n".encode(),
        f"GET /{canaries.phrase('nonsense')} HTTP/1.1\r\n{canaries.phrase('header')}\r\n\r\n".encode(),
        head.encode() + whole[: len(whole) // 2],
    ):
        with socket.create_connection((address.hostname, address.port), timeout=5) as door:
            door.sendall(said)
            door.shutdown(socket.SHUT_WR)
            journey.pages.append(("answer to nonsense", door.makefile("rb").read()))
