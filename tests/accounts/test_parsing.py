"""Kommo's JSON into our types: what is lenient, what is refused, and that nothing shows text by accident."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import jwt
import pytest

from accounts.kommo import parsing
from accounts.kommo.hosts import origin_of, subdomain_of
from convailens.lib.errors import UnexpectedReply

MESSAGE = {
    "id": "0b7c7a4e-6d7c-4a52-9a67-1f0d5c5f0c11",
    "type": "incoming",
    "message_type": "text",
    "origin": "waba",
    "text": "hola",
    "created_at": 1_766_000_000,
    "author": {"id": "x", "type": "external", "name": "Ana", "avatar_url": None},
}


def message(**changed):
    return parsing.message(MESSAGE | changed)


def test_a_message_is_read():
    found = message()
    assert (found.id, found.author, found.author_name) == (MESSAGE["id"], "client", "Ana")
    assert (found.kind, found.text, found.channel) == ("text", "hola", "whatsapp")
    assert found.at == datetime(2025, 12, 17, 19, 33, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "author"),
    [
        ("external", "client"),
        ("internal", "agent"),
        ("bot", "bot"),
        ("system", "system"),
        ("new", "system"),
        (None, "system"),
        (7, "system"),
    ],
)
def test_who_wrote_is_one_of_four(said, author):
    assert message(author={"type": said}).author == author


@pytest.mark.parametrize("said", [None, "external", [], {}])
def test_a_message_without_a_readable_author_is_the_systems(said):
    found = message(author=said)
    assert (found.author, found.author_name) == ("system", None)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        *(("text", "text"), ("voice", "voice"), ("audio", "voice"), ("picture", "image"), ("file", "file")),
        *(("video", "file"), ("contact", "file"), ("sticker", "sticker"), ("location", "location")),
        *(("something new", "file"), (["text"], "file"), (None, "text"), ("", "text")),
    ],
)
def test_kinds_are_ours(said, kind):
    assert message(message_type=said).kind == kind


def test_a_file_is_called_by_its_name_and_a_voice_message_says_nothing():
    attachment = {"type": "file", "link": "https://drive-c.kommo.com/x", "file_name": "quote.pdf"}
    file = message(message_type="file", text="", attachment=attachment)
    assert (file.text, file.media_url) == ("quote.pdf", "https://drive-c.kommo.com/x")
    assert message(message_type="voice", text="", attachment=attachment | {"type": "voice"}).text == ""


def test_a_kind_may_be_told_by_the_attachment_alone():
    assert message(message_type=None, attachment={"type": "voice"}).kind == "voice"


@pytest.mark.parametrize("text", [None, 7, ["hola"], {"a": 1}])
def test_a_text_that_is_no_text_is_empty(text):
    assert message(text=text).text == ""


@pytest.mark.parametrize("at", [None, "1766000000", 10**18, True, 1.5, {}])
def test_a_time_that_is_no_time_is_missing(at):
    assert message(created_at=at).at is None


@pytest.mark.parametrize("origin", [None, 7, "a story about a client", "x" * 41, "Ünï"])
def test_a_channel_is_no_place_for_text(origin):
    assert message(origin=origin).channel is None


@pytest.mark.parametrize("message_id", ["a canary sentence in an id", "x" * 65, "id/../x", "ид"])
def test_an_id_is_no_place_for_text_and_stays_the_same(message_id):
    found = message(id=message_id)
    assert len(found.id) == 32
    assert found.id.isalnum()
    assert found.id == message(id=message_id).id != message_id


@pytest.mark.parametrize("message_id", [None, "", 7])
def test_what_has_no_id_is_no_message(message_id):
    assert message(id=message_id) is None


def test_messages_are_sorted_by_time_then_id_each_once_and_the_newest_kept():
    found = [message(id=name, created_at=at) for name, at in [("c", 3), ("a", 1), ("b", 3), ("a", 1), ("d", 2)]]
    assert [item.id for item in parsing.newest(found, 10)] == ["a", "d", "b", "c"]
    assert [item.id for item in parsing.newest(found, 2)] == ["b", "c"]


def test_no_text_shows_in_a_repr():
    shown = repr(message()) + repr(parsing.Lead(1, "Negotiation", Decimal(5), "EUR"))
    assert not [word for word in ("hola", "Ana", "Negotiation") if word in shown]


def test_a_price_with_minor_units_wins_and_nought_is_none():
    row = {"id": 1, "price": 12, "price_with_minor_units": 12.5, "status_id": 142, "pipeline_id": 5, "account_id": 7}
    assert parsing.lead(row).price == Decimal("12.5")
    assert parsing.lead({"id": 1, "price": 4900}).price == Decimal(4900)
    assert parsing.lead({"id": 1, "price": 0}).price is None
    assert parsing.lead({"id": 1}).stage_key is None


@pytest.mark.parametrize(
    "raw", [None, [], "x", {}, {"id": "1"}, {"id": 1, "price": "12"}, {"id": 0}, {"id": 1, "status_id": "won"}]
)
def test_a_lead_that_cannot_be_read_is_refused_without_repeating_it(raw):
    with pytest.raises(UnexpectedReply) as fault:
        parsing.lead(raw)
    assert fault.value.__cause__ is None
    assert str(fault.value) == "kommo_unexpected_reply"


def account(**changed):
    return {"id": 7, "subdomain": "Acme", "current_user_id": 9, "currency": "EUR"} | changed


def test_an_account_is_read_and_an_unknown_zone_is_utc():
    found = parsing.account_info(account(_embedded={"datetime_settings": {"timezone": "America/Bogota"}}))
    assert (found.subdomain, found.timezone, found.currency) == ("acme", "America/Bogota", "EUR")
    for zone in ("Mars/Olympus", "../../etc/passwd", ""):
        raw = account(_embedded={"datetime_settings": {"timezone": zone}})
        assert parsing.account_info(raw).timezone == "UTC"
    assert parsing.account_info(account()).timezone == "UTC"


@pytest.mark.parametrize(
    "changed", [{"id": -1}, {"subdomain": "a.b"}, {"subdomain": "x" * 64}, {"current_user_id": None}]
)
def test_an_account_that_cannot_be_read_is_refused(changed):
    with pytest.raises(UnexpectedReply):
        parsing.account_info(account(**changed))


@pytest.mark.parametrize("raw", [None, [], {}, {"_embedded": []}, {"_embedded": {"talks": {}}}])
def test_a_page_without_its_list_is_refused(raw):
    with pytest.raises(UnexpectedReply):
        parsing.items_of(raw, "talks")


def test_a_talk_of_a_customer_is_no_talk_of_a_lead():
    raw = {"talk_id": 1, "entity_id": 5, "entity_type": "customer", "updated_at": 3}
    assert parsing.talk(raw).lead_id is None
    assert parsing.talk(raw | {"entity_type": "lead"}).lead_id == 5
    assert parsing.talk({"talk_id": "1"}) is None


def test_what_a_token_says_of_itself_is_read_without_trust():
    token = jwt.encode({"account_id": 7, "api_domain": "API-C.kommo.com"}, "k" * 64)
    assert parsing.claims_of(token) == parsing.Claims(7, "api-c.kommo.com")
    for other in ("", "x", "a.b.c", jwt.encode({"account_id": "7", "api_domain": 5}, "k" * 64)):
        assert parsing.claims_of(other) == parsing.Claims(None, None)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("acme.kommo.com", "https://acme.kommo.com"),
        ("a-1.amocrm.ru", "https://a-1.amocrm.ru"),
        ("acme.amocrm.com", "https://acme.amocrm.com"),
        *((host, None) for host in ("kommo.com", ".kommo.com", "a.b.kommo.com", "acme.kommo.com.", "ACME.kommo.com")),
        *((host, None) for host in ("acme.kommo.com:443", "x@acme.kommo.com", "acme.kommo.com/", "acme.kommo.com\n")),
        *((host, None) for host in ("evilkommo.com", "acme.kommo.com.evil.example", "127.0.0.1", "", "acme.kommo.co")),
    ],
)
def test_only_kommos_hosts_have_an_origin(host, origin):
    assert origin_of(host) == origin


def test_a_sandbox_is_exempt_by_its_exact_origin_alone():
    exempt = ["http://127.0.0.1:8101"]
    assert origin_of("127.0.0.1:8101", exempt=exempt) == "http://127.0.0.1:8101"
    assert origin_of("127.0.0.1:8102", exempt=exempt) is None
    assert origin_of("127.0.0.1", exempt=exempt) is None
    assert subdomain_of("127.0.0.1:8101") is None
