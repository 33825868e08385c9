"""The emulated Kommo's API v4: shapes, pages, rights, writes, and what it refuses."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from aioamocrm import AmoCRMClient, LongLivedToken, NotFoundError, RetryPolicy, ValidationError

from tests.sandbox.process import ROOT, KommoSandbox

CHATS = ROOT / "sandbox" / "data" / "conversations" / "open"


def amo_of(kommo: KommoSandbox) -> AmoCRMClient:
    auth = LongLivedToken(kommo.ready["long_lived_token"])
    return AmoCRMClient(base_url=kommo.base_url, auth=auth, rate_limit=None, retry=RetryPolicy(max_attempts=1))


def leads_by_chat(kommo: KommoSandbox) -> dict[str, dict]:
    return {lead["conversation"]: lead for lead in kommo.http.get("/_sandbox/leads").json()["leads"]}


def all_messages(kommo: KommoSandbox, lead: dict, *, token: str | None = None, limit: int = 250) -> list[dict]:
    found = []
    for talk_id in lead["talk_ids"]:
        page = 1
        while (
            answer := kommo.get(f"talks/{talk_id}/messages", token=token, limit=limit, page=page)
        ).status_code == 200:
            found += answer.json()["_embedded"]["messages"]
            if "next" not in answer.json()["_links"]:
                break
            page += 1
    return found


def test_aioamocrm_reads_account_leads_users_pipelines_and_talks(kommo):
    async def walk() -> dict:
        async with amo_of(kommo) as amo:
            return {
                "account": await amo.account.get(),
                "leads": [lead async for lead in amo.leads.iterate(limit=20)],
                "lead": await amo.leads.get(kommo.lead_id),
                "users": [user async for user in amo.users.iterate()],
                "pipelines": await amo.pipelines.list(),
                "talks": await amo.request(
                    "GET", "talks", params={"filter": {"entity_id": [kommo.lead_id], "entity_type": "lead"}}
                ),
            }

    seen = asyncio.run(walk())
    stages = {status.id: status.name for pipeline in seen["pipelines"] for status in pipeline.embedded.statuses}
    assert (seen["account"].id, seen["account"].subdomain) == (kommo.ready["account_id"], "acme")
    assert [lead.id for lead in seen["leads"]] == kommo.accounts()["acme"]["lead_ids"]
    assert len(seen["leads"]) == 51
    assert (seen["lead"].price, stages[seen["lead"].status_id]) == (4900, "New enquiry")
    assert [user.rights["is_admin"] for user in seen["users"]] == [True, False, False]
    assert [talk["entity_id"] for talk in seen["talks"]["_embedded"]["talks"]] == [kommo.lead_id]


def test_aioamocrm_writes_and_reads_notes(kommo):
    async def walk() -> tuple:
        async with amo_of(kommo) as amo:
            params = {"service": "ConvAI Lens", "text": "a\nb"}
            body = [{"note_type": "extended_service_message", "params": params, "request_id": "m:1"}]
            made = await amo.request("POST", f"leads/{kommo.lead_id}/notes", json=body)
            return made, [note async for note in amo.leads.notes.iterate(entity_id=kommo.lead_id)]

    made, notes = asyncio.run(walk())
    echo = made["_embedded"]["notes"][0]
    assert (echo["entity_id"], echo["request_id"], echo["id"]) == (kommo.lead_id, "m:1", notes[0].id)
    assert notes[0].params == {"service": "ConvAI Lens", "text": "a\nb"}


def test_aioamocrm_sees_an_unknown_lead_and_a_bad_note(kommo):
    async def walk() -> ValidationError:
        async with amo_of(kommo) as amo:
            with pytest.raises(NotFoundError):
                await amo.leads.get(1)
            with pytest.raises(ValidationError) as refused:
                await amo.request("POST", f"leads/{kommo.lead_id}/notes", json=[{"note_type": "poem", "params": {}}])
            return refused.value

    (error,) = asyncio.run(walk()).body["validation-errors"]
    assert [e["code"] for e in error["errors"]] == ["NotSupportedChoice"]


@pytest.mark.parametrize("path", sorted(CHATS.glob("*.json")), ids=lambda path: path.stem)
def test_each_chat_can_be_read_back_from_its_talks_and_nothing_of_its_truth(kommo, path: Path):
    chat = json.loads(path.read_text("utf-8"))
    lead = leads_by_chat(kommo)[chat["id"]]
    token = kommo.accounts()[lead["account"]]["long_lived_token"]
    found = {m["id"]: m for m in all_messages(kommo, lead, token=token)}
    kinds = {"picture": "image"}
    authors = {"external": "client", "internal": "agent", "bot": "bot", "system": "system"}

    assert len(found) == len(chat["messages"]) == len(set(lead["message_ids"].values()))
    for message in chat["messages"]:
        seen = found[lead["message_ids"][message["id"]]]
        assert kinds.get(seen["message_type"], seen["message_type"]) == message["kind"]
        assert authors[seen["author"]["type"]] == message["author"]
        assert seen["author"]["name"] == message["author_name"]
        assert seen["type"] == ("incoming" if message["author"] == "client" else "outgoing")
        if message["kind"] == "file":
            assert (seen["text"], seen["attachment"]["file_name"]) == ("", message["text"] or "file.bin")
        else:
            assert seen["text"] == message["text"]
        assert "transcript" not in seen
    told = json.dumps(list(found.values())) + kommo.get(f"leads/{lead['id']}", token=token).text
    assert "truth" not in told
    assert chat["truth"]["summary"] not in told


def test_messages_come_unsorted_but_the_same_each_time_and_in_pages(kommo):
    lead = leads_by_chat(kommo)["en-o-14"]
    whole, paged = all_messages(kommo, lead), all_messages(kommo, lead, limit=7)
    assert [m["id"] for m in whole] == [m["id"] for m in paged]
    assert [m["created_at"] for m in whole] != sorted(m["created_at"] for m in whole)


def test_messages_since_a_time(kommo):
    talk_id = leads_by_chat(kommo)["en-o-01"]["talk_ids"][0]
    everything = kommo.get(f"talks/{talk_id}/messages").json()["_embedded"]["messages"]
    middle = sorted(m["created_at"] for m in everything)[len(everything) // 2]
    later = kommo.get(f"talks/{talk_id}/messages", **{"filter[created_at][from]": middle}).json()["_embedded"][
        "messages"
    ]
    assert {m["id"] for m in later} == {m["id"] for m in everything if m["created_at"] >= middle}


@pytest.mark.parametrize("form", ["filter[entity_id][]", "filter[entity_id][0]", "filter[entity_id]", "entity_id[]"])
def test_talks_of_a_lead_in_every_bracket_form(kommo, form):
    type_name = "filter[entity_type]" if form.startswith("filter") else "entity_type"
    answer = kommo.get("talks", **{form: kommo.lead_id, type_name: "lead"})
    assert [talk["entity_id"] for talk in answer.json()["_embedded"]["talks"]] == [kommo.lead_id]


def test_a_filter_form_that_is_not_understood_is_ignored(kommo):
    kommo.switch("settings", account="acme", talks_filter="plain")
    answer = kommo.get("talks", **{"filter[entity_id][]": kommo.lead_id, "filter[entity_type]": "lead"})
    assert len({talk["entity_id"] for talk in answer.json()["_embedded"]["talks"]}) > 1


def test_no_talks_is_204(kommo):
    answer = kommo.get("talks", **{"filter[entity_id][]": 1, "filter[entity_type]": "lead"})
    assert (answer.status_code, answer.content) == (204, b"")


def test_scope_and_plan_guard_the_messages(kommo):
    talk_id = leads_by_chat(kommo)["en-o-01"]["talk_ids"][0]
    kommo.switch("settings", account="acme", has_scope=False)
    without_scope = kommo.get(f"talks/{talk_id}/messages")
    kommo.switch("settings", account="acme", has_scope=True, has_plan=False)
    without_plan = kommo.get(f"talks/{talk_id}/messages")
    assert (without_scope.status_code, without_scope.json()["detail"]) == (403, "Invalid scope")
    assert (without_plan.status_code, without_plan.json()["title"]) == (402, "Payment Required")


@pytest.mark.parametrize("status", [204, 403])
def test_a_colleague_without_rights_sees_nothing_of_the_lead(kommo, status):
    kommo.switch("settings", account="acme", denied_status=status)
    colleague = kommo.user("colleague")
    own, talk_id = colleague["lead_ids"], leads_by_chat(kommo)["en-o-01"]["talk_ids"][0]

    assert kommo.lead_id not in own
    assert len(own) == 2
    for path in (
        f"leads/{kommo.lead_id}",
        f"leads/{kommo.lead_id}/notes",
        f"talks/{talk_id}",
        f"talks/{talk_id}/messages",
    ):
        assert kommo.get(path, as_user=colleague["id"]).status_code == status, path
    assert kommo.get(f"contacts/{kommo.lead_id + 20_000_000}", as_user=colleague["id"]).status_code == status
    listed = kommo.get("leads", as_user=colleague["id"]).json()["_embedded"]["leads"]
    assert [lead["id"] for lead in listed] == own
    assert kommo.get(f"leads/{own[0]}", as_user=colleague["id"]).status_code == 200


def test_the_strangers_account_and_ours_do_not_meet(kommo):
    accounts = kommo.accounts()
    stranger = accounts["stranger"]["long_lived_token"]
    assert kommo.get(f"leads/{kommo.lead_id}", token=stranger).status_code == 204
    assert kommo.get("account", token=stranger).json()["id"] == accounts["stranger"]["id"]
    assert kommo.get(f"leads/{accounts['stranger']['lead_ids'][0]}").status_code == 204
    assert kommo.get("account", as_user=accounts["stranger"]["users"][0]["id"]).status_code == 403


def test_a_reps_grant_carries_the_reps_rights_only(kommo):
    token = kommo.exchange(code=kommo.code(user="rep")).json()["access_token"]
    colleague = kommo.user("colleague")["id"]
    assert kommo.get(f"leads/{kommo.lead_id}", token=token).status_code == 200
    assert kommo.get("users", token=token).status_code == 403
    assert kommo.get(f"leads/{kommo.lead_id}", token=token, as_user=colleague).status_code == 403
    assert kommo.send("POST", "leads/custom_fields", [{"name": "x", "type": "text"}], token=token).status_code == 403


def test_a_deactivated_user_can_be_seen_and_no_longer_acted_as(kommo):
    rep = kommo.switch("users", user="rep", is_active=False)
    assert kommo.get(f"users/{rep['id']}").json()["rights"]["is_active"] is False
    assert kommo.get(f"leads/{kommo.lead_id}", as_user=rep["id"]).status_code == 403


def test_context_user_is_the_current_user(kommo):
    rep = kommo.user("rep")["id"]
    assert kommo.get("account", as_user=rep).json()["current_user_id"] == rep


def test_account_gives_what_with_asks_for(kommo):
    bare = kommo.get("account").json()
    full = kommo.get("account", **{"with": "amojo_id,drive_url,datetime_settings"}).json()
    assert "amojo_id" not in bare
    assert "_embedded" not in bare
    assert full["drive_url"] == kommo.base_url
    assert full["_embedded"]["datetime_settings"]["timezone"] == "Europe/London"


def test_custom_fields_are_made_listed_and_refused_twice(kommo):
    field = {"name": "AI score", "type": "numeric", "code": "CONVAI_SCORE", "request_id": "a"}
    made = kommo.send("POST", "leads/custom_fields", [field])
    again = kommo.send("POST", "leads/custom_fields", [field])
    unsorted_enum = {"name": "Mood", "type": "select", "enums": [{"value": "Good"}]}
    enum = kommo.send("POST", "leads/custom_fields", [unsorted_enum])
    listed = kommo.get("leads/custom_fields").json()["_embedded"]["custom_fields"]

    assert made.status_code == 201
    assert made.json()["_embedded"]["custom_fields"][0]["id"] == listed[0]["id"]
    assert [again.status_code, enum.status_code, len(listed)] == [400, 400, 1]


def test_notes_are_refused_with_their_reasons_and_none_is_kept(kommo):
    good = {"note_type": "common", "params": {"text": "x"}}
    cases = [
        ([], "Request data can not be empty"),
        ([good, {"note_type": "common", "params": {"text": ""}}], "NotBlank"),
        ([good, {"note_type": "common"}], "FieldMissing"),
        ([good, {"note_type": "common", "params": {"text": "x" * 20_001}}], "TooLong"),
    ]
    for body, reason in cases:
        answer = kommo.send("POST", f"leads/{kommo.lead_id}/notes", body)
        assert answer.status_code == 400
        assert reason in answer.text
    assert kommo.send("POST", "leads/1/notes", [good]).status_code == 404
    assert "EntityNotFound" in kommo.send("POST", "leads/notes", [good | {"entity_id": 1}]).text
    assert kommo.get(f"leads/{kommo.lead_id}/notes").status_code == 204


def test_a_note_can_be_changed(kommo):
    note = {"note_type": "common", "params": {"text": "one"}, "entity_id": kommo.lead_id}
    note_id = kommo.send("POST", "leads/notes", [note]).json()["_embedded"]["notes"][0]["id"]
    changed = kommo.send("PATCH", f"leads/{kommo.lead_id}/notes", [{"id": note_id, "params": {"text": "two"}}])
    assert changed.json()["_embedded"]["notes"][0]["id"] == note_id
    assert kommo.get(f"leads/{kommo.lead_id}/notes/{note_id}").json()["params"] == {"text": "two"}


def test_webhooks_are_kept_by_destination(kommo):
    hook = {"destination": "https://example.com/h", "settings": ["add_message"]}
    first, second = (
        kommo.send("POST", "webhooks", hook),
        kommo.send("POST", "webhooks", hook | {"settings": ["add_lead"]}),
    )
    assert [first.status_code, second.status_code] == [201, 200]
    assert kommo.get("webhooks").json()["_embedded"]["webhooks"][0]["settings"] == ["add_lead"]
    assert kommo.send("POST", "webhooks", hook | {"settings": ["no_such"]}).status_code == 400
    assert kommo.send("DELETE", "webhooks", hook).status_code == 204
    assert kommo.send("DELETE", "webhooks", hook).status_code == 404


def test_events_say_when_and_never_what(kommo):
    contact = kommo.lead_id + 20_000_000
    answer = kommo.get("events", **{"filter[entity][]": "contact", "filter[entity_id][]": contact})
    events = answer.json()["_embedded"]["events"]
    assert {event["type"] for event in events} == {"incoming_chat_message", "outgoing_chat_message"}
    assert {event["value_after"][0]["message"]["talk_id"] for event in events} == set(
        leads_by_chat(kommo)["en-o-01"]["talk_ids"]
    )
    assert "text" not in answer.text
    assert kommo.get("events", **{"filter[entity_id][]": contact}).status_code == 400


def test_pages_end_without_next_and_have_a_limit(kommo):
    last = kommo.get("leads", limit=50, page=2).json()
    assert (len(last["_embedded"]["leads"]), "next" in last["_links"], "prev" in last["_links"]) == (1, False, True)
    assert kommo.get("leads", limit=50, page=3).status_code == 204
    too_many = kommo.get("leads", limit=251)
    assert (too_many.status_code, too_many.json()["detail"]) == (422, "Limit 250 per page")


def test_unknown_paths_and_methods_are_problems(kommo):
    missing = kommo.get("nix")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    assert missing.json()["detail"] == f"Cannot GET {kommo.base_url}/api/v4/nix"
    assert kommo.send("POST", "account", {}).status_code == 405


def test_the_real_rate_is_429_and_then_a_block(kommo):
    kommo.switch("settings", rate_rps=7, retry_after_s=300, block_after=3)
    answers = [kommo.get("account") for _ in range(12)]
    assert [a.status_code for a in answers] == [200] * 7 + [429] * 3 + [403] * 2
    assert (answers[7].json()["retry_after"], answers[7].headers["retry-after"]) == (300, "300")
    assert "nginx" in answers[11].text


def test_an_unpaid_account_gets_402(kommo):
    kommo.switch("settings", account="acme", is_paid=False)
    assert kommo.get("account").status_code == 402


def test_a_chat_can_be_added_while_it_runs(kommo):
    chat = {
        "id": "new-1",
        "lead": {"name": "N", "stage": "Offer", "price": 12.5},
        "messages": [
            {"id": "a", "author": "client", "at": "2026-01-01T10:00:00Z", "text": "hello there"},
            {"id": "a", "author": "agent", "at": None, "text": "hi"},
        ],
        "truth": {"summary": "secret"},
    }
    made = kommo.switch("leads", conversation=chat, account="stranger")
    token = kommo.accounts()["stranger"]["long_lived_token"]
    lead = kommo.get(f"leads/{made['lead_id']}", token=token).json()
    messages = all_messages(kommo, leads_by_chat(kommo)["new-1"], token=token)

    assert (lead["price"], lead["price_with_minor_units"]) == (12, 12.5)
    assert sorted(m["text"] for m in messages) == ["hello there", "hi"]
    assert len({m["id"] for m in messages}) == 2
    refused = kommo.http.post(
        "/_sandbox/leads", json={"conversation": chat | {"messages": [{"id": "a", "author": "cat"}]}}
    )
    assert (refused.status_code, refused.json()["error"]) == (400, "messages[0].author is not known")


def test_lead_and_message_ids_are_the_same_in_every_run(kommo):
    before = leads_by_chat(kommo)
    kommo.switch("reset")
    assert leads_by_chat(kommo) == before
    assert httpx.get(f"{kommo.base_url}/", trust_env=False).status_code == 200
