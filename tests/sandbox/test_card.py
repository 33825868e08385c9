"""The lead card over HTTP: its page, its data, the widget's files, and what its panels change."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.process import KommoSandbox

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "<img src=x onerror"


@pytest.fixture
def card(kommo: KommoSandbox) -> Any:
    """GET below /_sandbox/card."""

    def get(path: str, status: int = 200) -> Any:
        answer = kommo.http.get(f"/_sandbox/card/{path}")
        assert answer.status_code == status, answer.text
        return answer.json()

    return get


@pytest.mark.parametrize(
    ("query", "language", "theme"),
    [
        ("", "en", "light"),
        ("?lang=pt&theme=dark", "pt", "dark"),
        ("?lang=%22%3E%3Cscript%3E&theme=x%22", "en", "light"),
    ],
)
def test_the_page_says_its_language_and_theme_before_anything_is_drawn(
    kommo: KommoSandbox, query: str, language: str, theme: str
) -> None:
    answer = kommo.http.get(f"/leads/detail/{kommo.lead_id}{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert f'<html lang="{language}" data-color-scheme="{theme}">' in answer.text


def test_every_file_the_page_names_is_there(kommo: KommoSandbox) -> None:
    for name, kind in [
        *((path.name, "text/javascript") for path in (ROOT / "sandbox/kommo/card/static").glob("*.js")),
        ("card.css", "text/css"),
        ("vendor/jquery-2.1.3.min.js", "text/javascript"),
        ("vendor/require-2.3.7.js", "text/javascript"),
    ]:
        answer = kommo.http.get(f"/card/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["content-type"].split(";")[0] == kind, name


def test_a_card_holds_the_leads_fields_and_its_messages_in_order(kommo: KommoSandbox, card: Any) -> None:
    found = card(f"acme/{kommo.lead_id}?user=rep")
    assert found["is_saved"] is True
    assert found["is_allowed"] is True
    lead = found["lead"]
    assert (lead["id"], lead["name"], lead["price"], lead["stage"]) == (
        kommo.lead_id,
        "Gordon P",
        4900.0,
        "New enquiry",
    )
    assert found["contact"]["name"] == "Gordon P"
    assert [m["text"] for m in found["messages"][:2]] == [
        "Is this the implants place on Otley Rd",
        "Hi there, yes it is, Shabnam at reception. How can I help?",
    ]
    assert [m["is_incoming"] for m in found["messages"][:2]] == [True, False]
    times = [m["at"] for m in found["messages"]]
    assert times == sorted(times)
    assert "truth" not in str(found)


def test_a_lead_is_found_by_the_id_of_its_chat_too(kommo: KommoSandbox, card: Any) -> None:
    assert card("acme/en-o-01")["lead"]["id"] == kommo.lead_id


@pytest.mark.parametrize("ref", ["0", "add"])
def test_an_unsaved_card_has_id_0_and_nothing_in_it(card: Any, ref: str) -> None:
    found = card(f"acme/{ref}")
    assert (found["is_saved"], found["lead"]["id"], found["messages"], found["contact"]) == (False, 0, [], None)


def test_a_colleague_without_rights_gets_the_shell_and_no_content(kommo: KommoSandbox, card: Any) -> None:
    found = card(f"acme/{kommo.lead_id}?user=colleague")
    assert (found["is_allowed"], found["lead"]["id"], found["lead"]["name"]) == (False, kommo.lead_id, "")
    assert (found["messages"], found["contact"]) == ([], None)
    allowed = [lead["conversation"] for lead in card("acme?user=colleague")["leads"] if lead["is_allowed"]]
    assert allowed == ["en-o-03", "es-o-03"]


def test_a_strangers_lead_or_user_or_account_is_not_there(kommo: KommoSandbox, card: Any) -> None:
    assert card(f"stranger/{kommo.lead_id}", 404) == {"error": "no such lead"}
    assert card(f"nobody/{kommo.lead_id}", 404) == {"error": "no such account or user"}
    assert card(f"acme/{kommo.lead_id}?user=nobody", 404) == {"error": "no such account or user"}
    assert card("acme/unknown", 404) == {"error": "no such lead"}


def test_special_leads_are_made_when_first_asked_for_and_once(kommo: KommoSandbox, card: Any) -> None:
    before = len(card("acme")["leads"])
    long, hostile, empty = (card(f"acme/{key}") for key in ("long", "hostile", "empty"))
    assert len(long["messages"]) == 400
    assert hostile["lead"]["name"].startswith(HOSTILE)
    assert {"file", "text"} <= {m["kind"] for m in hostile["messages"]}
    assert {"bot", "system", "internal", "external"} == {m["author_type"] for m in hostile["messages"]}
    assert empty["messages"] == []
    assert card("acme/long")["lead"]["id"] == long["lead"]["id"]
    assert len(card("acme")["leads"]) == before + 3
    kommo.switch("reset")
    assert len(card("acme")["leads"]) == before


def test_a_message_that_is_added_changed_and_removed_shows_in_the_talks_api(kommo: KommoSandbox, card: Any) -> None:
    path = f"/_sandbox/card/acme/{kommo.lead_id}/messages"
    added = kommo.http.post(path, json={"author": "client", "text": "And today?"})
    assert added.status_code == 201
    message = added.json()
    assert (message["author_name"], message["is_incoming"], message["is_last"]) == ("Gordon P", True, True)
    assert card(f"acme/{kommo.lead_id}")["messages"][-1] == message

    def told() -> list[str]:
        found = kommo.get(f"talks/{message['talk_id']}/messages", limit=250).json()["_embedded"]["messages"]
        return [m["text"] for m in found if m["id"] == message["id"]]

    assert told() == ["And today?"]
    assert kommo.http.patch(f"{path}/{message['id']}", json={"text": "And tomorrow?"}).status_code == 200
    assert told() == ["And tomorrow?"]
    assert kommo.http.delete(f"{path}/{message['id']}").json() == {"removed": message["id"]}
    assert told() == []
    assert kommo.http.delete(f"{path}/{message['id']}").status_code == 404
    assert kommo.http.delete(f"{path}/{uuid.uuid4()}").status_code == 404


def test_a_lead_without_messages_takes_its_first(kommo: KommoSandbox, card: Any) -> None:
    lead_id = card("acme/empty")["lead"]["id"]
    added = kommo.http.post(f"/_sandbox/card/acme/{lead_id}/messages", json={"text": "Hello"})
    assert added.status_code == 201
    assert kommo.get(f"talks/{added.json()['talk_id']}").json()["entity_id"] == lead_id


@pytest.mark.parametrize("content", [{"author": "ghost", "text": "x"}, {"kind": "smell"}, {"text": 5}])
def test_a_message_that_makes_no_sense_is_refused(kommo: KommoSandbox, card: Any, content: dict[str, Any]) -> None:
    before = card(f"acme/{kommo.lead_id}")["messages"]
    answer = kommo.http.post(f"/_sandbox/card/acme/{kommo.lead_id}/messages", json=content)
    assert answer.status_code == 400
    assert card(f"acme/{kommo.lead_id}")["messages"] == before


def test_settings_of_the_widget_are_kept_for_its_account_until_a_reset(kommo: KommoSandbox, card: Any) -> None:
    saved = {"status": "install", "active": "N", "fields": {"consent": "yes"}}
    assert kommo.http.post("/_sandbox/card/acme/widget", json=saved).json() == saved
    assert card("acme")["widget"] | saved == card("acme")["widget"]
    assert card("stranger")["widget"]["active"] == "Y"
    assert kommo.http.post("/_sandbox/card/acme/widget", json={"active": "maybe"}).status_code == 400
    kommo.switch("reset")
    assert card("acme")["widget"]["active"] == "Y"


def test_the_misbehave_panel_sets_and_clears_rules_of_all_services(
    kommo: KommoSandbox, sandbox_ready: dict[str, Any]
) -> None:
    path = "/_sandbox/card/misbehaviour"
    offered = kommo.http.get(path).json()["presets"]
    assert {one["service"] for one in offered} == {"openai", "deepgram", "kommo"}
    for one in offered:
        answer = kommo.http.post(path, json={"preset": one["id"], "times": None})
        assert answer.status_code == 201, one
    assert len(kommo.http.get(path).json()["rules"]) == len(offered)
    openai = sandbox_ready["openai"]["base_url"].removesuffix("/v1")
    seen = httpx.get(f"{openai}/_sandbox/misbehaviour", trust_env=False).json()["rules"]
    assert len(seen) == sum(one["service"] == "openai" for one in offered)
    # The card itself stays well, so that the widget's words can be seen on it.
    assert kommo.http.get(f"/_sandbox/card/acme/{kommo.lead_id}").status_code == 200
    assert kommo.http.delete(path).json() == {"removed": len(offered)}
    assert kommo.http.get(path).json()["rules"] == []


@pytest.mark.parametrize("content", [{"preset": "none"}, {"preset": "openai-slow", "times": 0}])
def test_a_preset_that_is_none_is_refused(kommo: KommoSandbox, content: dict[str, Any]) -> None:
    assert kommo.http.post("/_sandbox/card/misbehaviour", json=content).status_code == 400
    assert kommo.http.get("/_sandbox/card/misbehaviour").json()["rules"] == []


def test_the_cards_own_requests_stay_out_of_kommos_log(kommo: KommoSandbox, card: Any) -> None:
    kommo.http.delete("/_sandbox/requests")
    card("acme")
    kommo.http.get(f"/leads/detail/{kommo.lead_id}")
    kommo.http.get("/widgets/convailens/manifest.json")
    assert kommo.counters() == {}
