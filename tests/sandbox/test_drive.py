"""Recordings of the emulated Kommo: on its drive, behind signed links, in notes of calls, and spoiled on request."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from sandbox.audio_spoil import WRONG
from sandbox.shelf import samples
from tests.sandbox.process import ROOT, KommoSandbox

VOICE = ROOT / "sandbox" / "data" / "voice"
SAMPLES = json.loads((VOICE / "index.json").read_text("utf-8"))["recordings"]
CHAT = "en-o-06"


@pytest.fixture(scope="session")
def storage_client(sandbox_ready: dict[str, Any]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox_ready["storage"]["base_url"], timeout=10, trust_env=False) as client:
        yield client


@pytest.fixture
def storage(storage_client: httpx.Client) -> httpx.Client:
    """The store behind the drive, in its first state."""
    assert storage_client.post("/_sandbox/reset").json() == {"reset": "storage"}
    return storage_client


def lead_of(kommo: KommoSandbox, conversation: str) -> dict[str, Any]:
    leads = kommo.http.get("/_sandbox/leads").json()["leads"]
    return next(lead for lead in leads if lead["conversation"] == conversation)


def voice_links(kommo: KommoSandbox, conversation: str, *, token: str | None = None) -> dict[str, dict[str, str]]:
    """The attachments of a chat's voice messages, by the messages' own ids."""
    lead = lead_of(kommo, conversation)
    own = {kommo_id: name for name, kommo_id in lead["message_ids"].items()}
    found: dict[str, dict[str, str]] = {}
    for talk_id in lead["talk_ids"]:
        page = kommo.get(f"talks/{talk_id}/messages", token=token, limit=250).json()["_embedded"]["messages"]
        found |= {own[m["id"]]: m["attachment"] for m in page if m["message_type"] == "voice"}
    return found


def link_of(kommo: KommoSandbox) -> str:
    return voice_links(kommo, CHAT)["m1"]["link"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def fetched(kommo: KommoSandbox, link: str) -> bytes:
    """What a decent client gets: by hand from the drive to the storage, without the token there."""
    sent_on = kommo.http.get(link, headers=bearer(kommo.ready["long_lived_token"]))
    assert sent_on.status_code == 302, sent_on.text
    answer = kommo.http.get(sent_on.headers["location"])
    assert answer.status_code == 200, answer.text
    return answer.content


def seconds_of(content: bytes) -> float:
    with av.open(io.BytesIO(content), "r") as container:
        return (container.duration or 0) / av.time_base


def spoil(client: httpx.Client, match: str, kind: str, /, **params: Any) -> None:
    answer = client.post("/_sandbox/misbehaviour", json={"match": match, "kind": kind, "params": params})
    assert answer.status_code == 201, answer.text


# The way of a recording.


@pytest.mark.parametrize("conversation", ["en-o-06", "es-o-05", "pt-o-14"])
def test_each_voice_message_of_a_chat_leads_to_its_recording(kommo, storage, conversation):
    links = voice_links(kommo, conversation)
    wanted = {one["message"]: one for one in SAMPLES if one["conversation"] == conversation}
    assert set(links) == set(wanted)
    for message, attachment in links.items():
        name = {"m4a": "data.m4a", "ogg": "voice.ogg"}[wanted[message]["format"]]
        assert (attachment["type"], attachment["file_name"]) == ("voice", name)
        assert attachment["link"].startswith(f"{kommo.base_url}/download/")
        assert attachment["link"].endswith(f"/{name}")
    message, attachment = next(iter(links.items()))
    assert hashlib.sha256(fetched(kommo, attachment["link"])).hexdigest() == wanted[message]["sha256"]


def test_addresses_of_recordings_are_the_same_in_every_run(kommo):
    before = voice_links(kommo, CHAT)
    kommo.switch("reset")
    assert voice_links(kommo, CHAT) == before


def test_the_drive_sends_on_to_a_signed_address_and_the_storage_gives_the_file(kommo, storage):
    sent_on = kommo.http.get(link_of(kommo), headers=bearer(kommo.ready["long_lived_token"]))
    location = httpx.URL(sent_on.headers["location"])
    assert (sent_on.status_code, sent_on.content) == (302, b"")
    assert str(location).startswith(f"{storage.base_url}/kommo-drive/".replace("//kommo-drive", "/kommo-drive"))
    assert location.params["X-Goog-Expires"] == "300"
    answer = storage.get(location)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/ogg"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["etag"]
    assert answer.content[:4] == b"OggS"
    told = storage.head(location)
    assert (told.status_code, told.content, told.headers["content-length"]) == (200, b"", str(len(answer.content)))


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("bytes=0-3", 0, 4), ("bytes=100-", 100, None), ("bytes=-5", -5, None)]
)
def test_the_storage_gives_a_part_when_asked_for_one(kommo, storage, asked, start, end):
    location = kommo.http.get(link_of(kommo)).headers["location"]
    whole, part = storage.get(location), storage.get(location, headers={"Range": asked})
    assert part.status_code == 206
    assert part.content == whole.content[start:end]
    assert part.headers["content-range"].endswith(f"/{len(whole.content)}")
    beyond = storage.get(location, headers={"Range": f"bytes={len(whole.content)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole.content)}")


def test_the_storage_refuses_a_token_and_says_in_its_log_that_one_came(kommo, storage):
    location = kommo.http.get(link_of(kommo)).headers["location"]
    refused = storage.get(location, headers=bearer(kommo.ready["long_lived_token"]))
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/xml")
    assert storage.get(location).status_code == 200
    seen = storage.get("/_sandbox/requests").json()["requests"]
    assert [(one["operation"], one["facts"]["authorization"]) for one in seen] == [
        ("objects.get", True),
        ("objects.get", False),
    ]


@pytest.mark.parametrize("broken", ["X-Goog-Signature", "X-Goog-Expires", "X-Goog-Date", "path"])
def test_the_storage_refuses_an_address_that_was_changed(kommo, storage, broken):
    links = voice_links(kommo, CHAT)
    location = httpx.URL(kommo.http.get(links["m1"]["link"]).headers["location"])
    other = httpx.URL(kommo.http.get(links["m3"]["link"]).headers["location"])
    changed = (
        location.copy_with(path=other.path) if broken == "path" else location.copy_set_param(broken, "20991231T000000Z")
    )
    answer = storage.get(changed)
    assert (answer.status_code, "<Code>SignatureDoesNotMatch</Code>" in answer.text) == (403, True)


def test_a_signed_address_ends(kommo, storage):
    kommo.switch("settings", file_link_s=0)
    assert storage.get(kommo.http.get(link_of(kommo)).headers["location"]).status_code == 403


def test_the_drive_takes_the_owners_token_or_none_and_no_other(kommo):
    link, accounts = link_of(kommo), kommo.accounts()
    stranger = kommo.http.get(link, headers=bearer(accounts["stranger"]["long_lived_token"]))
    assert (stranger.status_code, stranger.json()["title"]) == (403, "Forbidden")
    assert kommo.http.get(link, headers=bearer("nonsense")).status_code == 401
    assert kommo.http.get(link).status_code == 302
    kommo.switch("settings", account="acme", drive_needs_token=True)
    assert kommo.http.get(link).status_code == 401
    assert kommo.http.get(link, headers=bearer(kommo.ready["long_lived_token"])).status_code == 302


def test_a_voice_message_without_a_recording_has_a_link_that_leads_nowhere(kommo):
    message = {"id": "m1", "author": "client", "author_name": "Ana", "at": "2026-01-01T10:00:00Z", "kind": "voice"}
    chat = {"id": "unknown", "lead": {}, "messages": [message]}
    kommo.switch("leads", conversation=chat)
    link = voice_links(kommo, "unknown")["m1"]["link"]
    assert link.endswith("/data.m4a")
    assert kommo.http.get(link).status_code == 404
    right = link_of(kommo).split("/")
    wrong = "/".join([*right[:-2], right[-4], right[-1]])
    assert kommo.http.get(wrong).status_code == 404


def test_the_files_api_describes_a_file_to_its_owner(kommo):
    link = link_of(kommo)
    file_id, path = link.split("/")[-3], link.removeprefix(kommo.base_url)
    headers = bearer(kommo.ready["long_lived_token"])
    told = kommo.http.get(f"/v1.0/files/{file_id}", headers=headers).json()
    assert (told["uuid"], told["name"], told["type"]) == (file_id, "voice", "audio")
    assert told["metadata"] == {"extension": "ogg", "mime_type": "audio/ogg"}
    assert told["size"] == (VOICE / "en-o-06-m1.ogg").stat().st_size
    assert told["_links"]["download"]["href"] == f"{kommo.base_url}{path}"
    stranger = kommo.accounts()["stranger"]["long_lived_token"]
    assert kommo.http.get(f"/v1.0/files/{file_id}", headers=bearer(stranger)).status_code == 403
    assert kommo.http.get(f"/v1.0/files/{file_id}").status_code == 401
    assert kommo.http.get("/v1.0/files/none", headers=headers).status_code == 404


def test_the_drives_address_stays_when_the_account_is_renamed(kommo):
    kommo.switch("rename", account="acme")
    port = httpx.URL(kommo.base_url).port
    headers = bearer(kommo.ready["long_lived_token"])
    answer = kommo.http.get(f"http://localhost:{port}/api/v4/account", params={"with": "drive_url"}, headers=headers)
    assert answer.json()["drive_url"] == kommo.base_url


def test_another_folder_of_samples_can_be_named(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("SANDBOX_VOICE_DIR", str(tmp_path))
    assert samples() == ()
    one = SAMPLES[0] | {"file": "mine.ogg"}
    (tmp_path / "index.json").write_text(json.dumps({"recordings": [one]}))
    assert [sample.path for sample in samples()] == [tmp_path / "mine.ogg"]


# Calls, and recordings of one's own.


@pytest.mark.parametrize(
    ("account", "conversation", "note_type"),
    [
        ("acme", "en-o-05", "call_out"),
        ("acme", "es-o-11", "call_out"),
        ("acme", "pt-o-15", "call_in"),
        ("stranger", "en-o-18", "call_in"),
        ("stranger", "es-o-20", "call_out"),
        ("stranger", "pt-o-19", "call_out"),
    ],
)
def test_each_account_has_a_call_in_each_language(kommo, account, conversation, note_type):
    lead, token = lead_of(kommo, conversation), kommo.accounts()[account]["long_lived_token"]
    (note,) = kommo.get(f"leads/{lead['id']}/notes", token=token).json()["_embedded"]["notes"]
    sample = next(one for one in SAMPLES if one["kind"] == "call" and one["language"] == conversation[:2])
    assert note["note_type"] == note_type
    assert set(note["params"]) == {"uniq", "duration", "source", "link", "phone", "call_responsible"}
    assert note["params"]["duration"] == round(sample["seconds"])
    sent_on = kommo.http.get(note["params"]["link"], headers=bearer(token))
    content = kommo.http.get(sent_on.headers["location"]).content
    assert hashlib.sha256(content).hexdigest() == sample["sha256"]


def test_a_recording_of_ones_own_is_a_voice_message_of_a_new_lead(kommo):
    content = (VOICE / "silence.ogg").read_bytes()
    answer = kommo.http.post("/_sandbox/recordings?file_name=note.ogg", content=content)
    assert answer.status_code == 201
    made = answer.json()
    assert made["account_id"] == kommo.ready["account_id"]
    (talk,) = kommo.get("talks", **{"filter[entity_id][]": made["lead_id"], "filter[entity_type]": "lead"}).json()[
        "_embedded"
    ]["talks"]
    messages = kommo.get(f"talks/{talk['talk_id']}/messages").json()["_embedded"]["messages"]
    assert len(messages) == 3
    (voice,) = [message for message in messages if message["id"] == made["message_id"]]
    assert voice["attachment"] == {"type": "voice", "link": made["link"], "file_name": "note.ogg"}
    assert voice["created_at"] >= max(message["created_at"] for message in messages)
    assert fetched(kommo, made["link"]) == content


def test_a_recording_of_ones_own_is_a_call_of_a_lead_that_is_there(kommo):
    content = (VOICE / "call-es.mp3").read_bytes()
    query = {"lead": kommo.lead_id, "kind": "call", "author": "agent", "file_name": "call.mp3"}
    made = kommo.http.post("/_sandbox/recordings", params=query, content=content).json()
    note = kommo.get(f"leads/{kommo.lead_id}/notes/{made['note_id']}").json()
    assert (note["note_type"], note["params"]["duration"], note["params"]["link"]) == ("call_out", 26, made["link"])
    assert fetched(kommo, made["link"]) == content


def test_a_providers_own_host_needs_no_token_and_tells_whether_one_came(kommo, storage):
    query = {"lead": "es-o-01", "kind": "call", "host": "vendor", "file_name": "call.mp3", "duration": "77"}
    made = kommo.http.post("/_sandbox/recordings", params=query, content=b"ID3 sound").json()
    assert made["link"].startswith(str(storage.base_url))
    assert (made["link"].split("/")[-2], made["link"][-4:]) == ("vendor", ".mp3")
    answer = storage.get(made["link"])
    assert (answer.content, answer.headers["content-type"]) == (b"ID3 sound", "audio/mpeg")
    assert storage.get(made["link"], headers=bearer("x")).status_code == 200
    seen = storage.get("/_sandbox/requests").json()["requests"]
    assert [(one["operation"], one["facts"]["authorization"]) for one in seen] == [
        ("vendor.get", False),
        ("vendor.get", True),
    ]
    # Kommo's files are not there.
    assert storage.get(f"/vendor/{link_of(kommo).split('/')[-3]}.ogg").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "song"},
        {"author": "ghost"},
        {"account": "nobody"},
        {"lead": "5"},
        {"duration": "long"},
        {"file_name": "a/b"},
        {"host": "elsewhere"},
        {"language": "xx"},
    ],
)
def test_a_recording_that_makes_no_sense_is_refused(kommo, query):
    before = kommo.http.get("/_sandbox/leads").json()
    answer = kommo.http.post("/_sandbox/recordings", params=query, content=b"x")
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert kommo.http.get("/_sandbox/leads").json() == before


def test_a_voice_message_made_on_the_card_has_a_recording(kommo):
    path = f"/_sandbox/card/acme/{lead_of(kommo, 'pt-o-01')['id']}/messages"
    for extra in ({}, {"recording": "silence.ogg"}):
        assert kommo.http.post(path, json={"kind": "voice", **extra}).status_code == 201
    lead = lead_of(kommo, "pt-o-01")
    page = kommo.get(f"talks/{lead['talk_ids'][-1]}/messages", limit=250).json()["_embedded"]["messages"]
    links = {m["id"]: m["attachment"]["link"] for m in page if m["message_type"] == "voice"}
    own, named = [fetched(kommo, links[message_id]) for message_id in list(lead["message_ids"].values())[-2:]]
    first = next(one for one in SAMPLES if one["kind"] == "message" and one["language"] == "pt")
    assert own == (VOICE / first["file"]).read_bytes()
    assert named == (VOICE / "silence.ogg").read_bytes()


# Misbehaviour, at the drive and at the storage alike.


@pytest.fixture(params=["drive.download", "objects.get", "vendor.get"])
def spoiled(request, kommo, storage) -> Any:
    """Set a rule for one of the operations that give audio, and open a stream from there."""
    operation = request.param
    client = kommo.http if operation == "drive.download" else storage
    if operation == "vendor.get":
        content = (VOICE / "en-o-06-m1.ogg").read_bytes()
        link = kommo.http.post("/_sandbox/recordings?kind=call&host=vendor", content=content).json()["link"]
    else:
        link = link_of(kommo)
    address = kommo.http.get(link).headers["location"] if operation == "objects.get" else link

    def opened(kind: str, /, **params: Any) -> Any:
        spoil(client, operation, kind, **params)
        return client.stream("GET", address)

    return opened


@pytest.mark.parametrize(
    ("to", "code"),
    [("http://169.254.169.254/latest", 302), ("//evil.example/x", 301), ("../up", 307), ("http://ünsicher.de/", 308)],
)
def test_a_redirect_leads_to_any_place(spoiled, to, code):
    with spoiled("redirect", to=to, code=code) as answer:
        assert answer.status_code == code
        assert (b"Location".lower(), to.encode()) in [(name.lower(), value) for name, value in answer.headers.raw]


def test_a_redirect_loop_has_no_end_and_no_address_twice(kommo):
    spoil(kommo.http, "drive.download", "redirect_loop")
    at, seen = link_of(kommo), set()
    for _ in range(30):
        answer = kommo.http.get(at)
        assert answer.status_code == 302
        seen.add(at := answer.headers["location"])
    assert len(seen) == 30


@pytest.mark.parametrize("with_length", [True, False])
def test_an_oversized_file_begins_like_audio(spoiled, with_length):
    with spoiled("oversize", bytes=3_000_000, with_length=with_length) as answer:
        assert ("content-length" in answer.headers) is with_length
        content = answer.read()
    assert (len(content), content[:4], content[-1_000_000:]) == (3_000_000, b"OggS", bytes(1_000_000))


def test_an_endless_drip_comes_byte_by_byte(spoiled):
    with spoiled("endless_drip", every_s=0) as answer:
        pieces = answer.iter_raw()
        assert b"".join(next(pieces) for _ in range(6))[:4] == b"OggS"


def test_an_empty_file_is_a_success_of_no_bytes(spoiled):
    with spoiled("empty") as answer:
        assert (answer.status_code, answer.read()) == (200, b"")


@pytest.mark.parametrize(
    ("what", "start"), [("html", b"<!doctype html>"), ("zip", b"PK\x03\x04"), ("png", b"\x89PNG"), ("exe", b"MZ")]
)
def test_a_wrong_type_says_that_it_is_audio(spoiled, what, start):
    with spoiled("wrong_type", what=what) as answer:
        content = answer.read()
    assert (content.startswith(start), content) == (True, WRONG[what])
    assert answer.headers["content-type"] == "audio/ogg"


def test_a_truncated_file_is_its_first_half(spoiled):
    whole = (VOICE / "en-o-06-m1.ogg").read_bytes()
    with spoiled("truncated") as answer:
        assert answer.read() == whole[: len(whole) // 2]


def test_a_wrong_length_promises_more_than_comes(spoiled):
    whole = (VOICE / "en-o-06-m1.ogg").read_bytes()
    with spoiled("wrong_length", missing=7) as answer:
        assert answer.headers["content-length"] == str(len(whole) + 7)
        pieces: list[bytes] = []
        with pytest.raises(httpx.RemoteProtocolError):
            pieces.extend(answer.iter_raw())
    assert b"".join(pieces) == whole


def test_gzip_is_a_thousand_times_what_comes(spoiled):
    with spoiled("gzip", bytes=5_000_000) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        packed = b"".join(answer.iter_raw())
    assert (len(packed) < 10_000, zlib.crc32(gzip.decompress(packed))) == (True, zlib.crc32(bytes(5_000_000)))


@pytest.mark.parametrize(
    ("params", "seconds"),
    [
        ({"kind": "hour"}, 3600),
        ({"kind": "speech", "seconds": 61}, 61),
        ({"kind": "speech", "seconds": 40, "file": "pt-o-05-m4.ogg"}, 40),
        ({"kind": "silence"}, 10),
        ({"kind": "hour_silence"}, 3600),
        ({"kind": "noise"}, 10),
        ({"kind": "hour_wav", "seconds": 20}, 20),
    ],
)
def test_audio_of_any_length_is_made(kommo, storage, params, seconds):
    spoil(storage, "objects.get", "audio", **params)
    answer = storage.get(kommo.http.get(link_of(kommo)).headers["location"])
    assert answer.status_code == 200
    assert seconds_of(answer.content) == pytest.approx(seconds, abs=0.2)
    assert len(answer.content) < 16_000_000


def test_the_rules_that_every_service_has_work_here_too(kommo, storage):
    location = kommo.http.get(link_of(kommo)).headers["location"]
    spoil(storage, "objects.get", "status", code=503)
    answer = storage.get(location)
    assert (answer.status_code, "<Code>ServiceUnavailable</Code>" in answer.text) == (503, True)
    assert storage.get(location).status_code == 200
    told = storage.get("/_sandbox/misbehaviour").json()
    assert (told["service"], told["operations"]) == ("storage", ["index", "objects.get", "objects.loop", "vendor.get"])
    assert storage.get("/nothing").status_code == 404
    assert storage.get("/").status_code == 200
