"""The policy pages: each version in three languages, complete, dated, escaped; and the register behind them."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import Client
from django.utils.html import strip_tags

from accounts.models import PolicyVersion
from accounts.policy import page, processors
from accounts.policy.checks import configuration_is_on_the_policy_page, the_policy_says_who_is_responsible
from accounts.policy.page import policy_page, table
from accounts.policy.processors import PROCESSORS
from accounts.policy.versions import LATEST, VERSIONS, Version, record_versions
from analysis.llm import PROFILES

LANGUAGES = ["en", "es", "pt"]
NUMBERS = [version.number for version in VERSIONS]
SIX = ["OpenAI", "Deepgram", "Lemon Squeezy", "Supabase", "Upstash", "Railway"]


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


def read(path: str, **headers: str) -> str:
    answer = Client(headers=headers).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def words(html: str) -> str:
    return " ".join(unescape(strip_tags(html)).split())


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: value["id"] if key == "id" else shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value).__name__


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for item in (value.values() if isinstance(value, dict) else value) for text in strings(item)]


# The words


@pytest.mark.parametrize("name", ["common", *NUMBERS])
def test_the_three_languages_say_the_same_things_and_nothing_is_empty(name: Any):
    tables = [table(name, language) for language in LANGUAGES]
    assert shape(tables[0]) == shape(tables[1]) == shape(tables[2])
    for one in tables:
        assert all(text.strip() == text and text for text in strings(one))
        assert not [text for text in strings(one) if "<" in text or '"' in text or "'" in text]
    places = [re.findall(r"\{\w+\}", " ".join(strings(one))) for one in tables]
    assert sorted(places[0]) == sorted(places[1]) == sorted(places[2])


@pytest.mark.parametrize("language", ["es", "pt"])
@pytest.mark.parametrize("name", ["common", *NUMBERS])
def test_no_sentence_was_left_in_english(name: Any, language: str):
    english = {text for text in strings(table(name, "en")) if len(text) > 25}
    assert not english & set(strings(table(name, language)))


def test_every_file_of_words_belongs_to_a_version():
    files = {path.name for path in (Path(page.__file__).parent / "text").iterdir()}
    assert files == {f"{name}.{language}.json" for name in ("common", *NUMBERS) for language in LANGUAGES}


@pytest.mark.parametrize("number", NUMBERS)
def test_each_version_tells_what_every_processor_does(number: int):
    shown = {processor.key for processor in PROCESSORS if processor.since <= number}
    for language in LANGUAGES:
        assert set(table(number, language)["processors"]) == shown


# The pages


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_page_has_all_its_words_in_the_language_asked_for(number: int, language: str):
    html = read(f"/privacy/{number}?lang={language}")
    text = words(html)
    version = table(number, language)
    given = {"email": page.SUPPORT_EMAIL, "entity": "ConvAI Lens", "grace": 30}
    for said in strings([version["intro"], version["changes"], version["processors"]]):
        assert said.format(**given) in text
    for section in version["sections"]:
        assert f'id="{section["id"]}"' in html
        for said in [section["title"], *section["text"], *section["list"], *section["more"]]:
            assert said.format(**given) in text
    assert not re.search(r"\{\w*\}", html)
    for name in SIX:
        assert name in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/privacy", "/privacy/1", "/privacy/2"])
def test_a_page_is_well_made_and_loads_nothing_from_elsewhere(path: str, language: str):
    html = read(f"{path}?lang={language}")
    tags = Tags(html)
    assert tags.all("html") == [{"lang": language}]
    assert len(tags.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in tags.found if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attrs["id"] for _, attrs in tags.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    anchors = {(attrs["href"] or "")[1:] for attrs in tags.all("a") if (attrs["href"] or "").startswith("#")}
    assert anchors <= set(ids)
    assert len(anchors) > 10
    assert not tags.all("script") + tags.all("style")
    loaded = [attrs.get("href") or attrs.get("src") or "" for attrs in tags.all("link") + tags.all("img")]
    assert all(address.startswith("/static/") for address in loaded)
    assert not any("style" in attrs or any(key.startswith("on") for key in attrs) for _, attrs in tags.found)
    switch = [attrs["href"] for attrs in tags.all("a") if "hreflang" in attrs]
    assert switch == ["?lang=en", "?lang=es", "?lang=pt"]
    assert [attrs["lang"] for attrs in tags.all("a") if attrs.get("aria-current")] == [language]


def test_the_bare_address_is_the_latest_version_and_an_older_one_says_so():
    latest, older = read("/privacy?lang=en"), read("/privacy/1?lang=en")
    assert latest == read("/privacy/2?lang=en")
    assert "Version 2" in words(latest)
    assert "This is an earlier version" not in words(latest)
    assert "This is an earlier version, kept here for reference. Read the latest version" in words(older)
    assert 'href="/privacy?lang=en"' in older


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("en", "Published on 9 April 2026, in force since 9 April 2026", "24 November 2026"),
        ("es", "Publicada el 9 de abril de 2026, en vigor desde el 9 de abril de 2026", "24 de noviembre de 2026"),
        ("pt", "Publicada em 9 de abril de 2026, em vigor desde 9 de abril de 2026", "24 de novembro de 2026"),
    ],
)
def test_every_page_lists_all_versions_with_their_dates_and_changes(language: str, first: str, second: str):
    for number in NUMBERS:
        html = read(f"/privacy/{number}?lang={language}")
        assert first in words(html)
        assert second in words(html)
        for other in NUMBERS:
            assert (f'href="/privacy/{other}?lang={language}"' in html) == (other != number)
            for change in table(other, language)["changes"]:
                assert change.format(grace=30) in words(html)


def test_a_version_that_is_not_in_force_yet_says_from_when():
    version = Version(2, date(2026, 11, 24), date(2026, 12, 24))
    said = policy_page(version, "en", date(2026, 12, 23))["dates"]
    assert said == "Published on 24 November 2026, in force from 24 December 2026"
    assert "in force since 24 December" in policy_page(version, "en", date(2026, 12, 24))["dates"]


@pytest.mark.parametrize("path", ["/privacy/0", "/privacy/3", "/privacy/99999999999999999999", "/privacy/one"])
def test_an_unknown_version_is_a_404(path: str):
    assert Client().get(path).status_code == 404


def test_the_language_is_the_browsers_unless_asked_for_and_no_cookie_is_set():
    answer = Client(headers={"accept-language": "pt-BR,pt;q=0.9"}).get("/privacy")
    assert answer["Content-Language"] == "pt"
    assert "Accept-Language" in answer["Vary"]
    assert not answer.cookies
    assert Client(headers={"accept-language": "pt-BR"}).get("/privacy?lang=es")["Content-Language"] == "es"
    assert Client().get("/privacy?lang=<script>")["Content-Language"] == "en"
    assert Client().post("/privacy").status_code == 405


def test_what_settings_say_is_filled_in_and_escaped(settings: Any):
    settings.LEGAL_ENTITY = "<b>Evil & Sons</b> {grace}"
    settings.GRACE_PERIOD_DAYS = 45
    html = read("/privacy?lang=en")
    assert "&lt;b&gt;Evil &amp; Sons&lt;/b&gt; {grace}" in html
    assert "<b>" not in html
    assert "erased when 45 days have passed" in words(html)
    assert "45 days" not in words(read("/privacy/1?lang=en").split('id="versions">')[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_landing_page_leads_to_the_policy_in_the_same_language(language: str):
    assert f'href="/privacy?lang={language}"' in read(f"/connect?lang={language}")


def test_the_policy_needs_no_database():
    assert Client().get("/privacy").status_code == 200  # Without the mark for a database, a query would fail here.


# What each version promises, and the first left out


def test_the_first_version_makes_the_owners_promises_and_the_second_adds_what_it_left_out():
    first, second = (words(read(f"/privacy/{number}?lang=en").split('id="versions">')[0]) for number in (1, 2))
    for said in (
        "subdomain",
        "OAuth tokens",
        "only when you ask for it",
        "sent to OpenAI",
        "GPT-4o mini",
        "never store that text",
        "sent to Deepgram",
        "as a note on the lead",
        "as long as your account is active",
        "encrypted where they are",
        "in a ledger",
        "TLS 1.2 or newer",
        "rate limits",
        "disconnect your account",
        "data deleted",
        "copy of all the data",
        page.SUPPORT_EMAIL,
        "legitimate interest",
        "contract",
    ):
        assert said in first, said
        assert said in second, said
    for said in (
        "30 days have passed",
        "user id",
        "e-mail address for notices",
        "billing contact",
        "What stays after an erasure",
        "random reference",
        "GPT-6 Luna",
        "gpt-6-luna",
        "We do not sell data",
        "nobody sees more here",
    ):
        assert said in second, said
        assert said not in first, said


# The register


def test_the_pages_show_the_register():
    assert [processor.name for processor in PROCESSORS] == SIX
    text = words(read("/privacy?lang=en"))
    for processor in PROCESSORS:
        for fact in (*processor.models, *processor.endpoints):
            assert fact.value in text
        assert all(fact.value in table("common", "en")["places"] for fact in processor.regions)
    assert "gpt-6-luna" not in words(read("/privacy/1?lang=en"))


def test_the_models_we_have_profiles_for_and_the_defaults_are_on_the_page():
    named = {fact.value for fact in processors.OPENAI.models}
    assert named == set(PROFILES)
    assert {django_settings.OPENAI_MODEL, django_settings.OPENAI_SUCCESSOR_MODEL} <= named


def ids(settings: Any, **changed: Any) -> list[tuple[str, str]]:
    for name, value in changed.items():
        setattr(settings, name, value)
    return [(message.id, message.msg.split()[0]) for message in configuration_is_on_the_policy_page()]


@pytest.fixture
def published(settings: Any) -> Any:
    """A production that is as the page says."""
    settings.DEMO = False
    settings.OPENAI_BASE_URL = "https://api.openai.com/v1"
    settings.REDIS_URL = "rediss://default:secret-word@eu1-cat.upstash.io:6379"
    settings.DATABASE_URL = "postgres://app:secret-word@aws-0-eu-central-1.pooler.supabase.com:6543/postgres"
    return settings


def test_a_configuration_that_is_on_the_page_is_not_warned_about(published: Any):
    assert ids(published) == []
    assert ids(published, OPENAI_MODEL="gpt-4o-mini-2024-07-18", DEEPGRAM_MODEL="nova-3") == []
    assert ids(published, DEEPGRAM_BASE_URL="https://api.deepgram.com") == []


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("OPENAI_MODEL", "gpt-5", "convailens.W001"),
        ("OPENAI_MODEL", "gpt-4o-mini-audio", "convailens.W001"),
        ("OPENAI_SUCCESSOR_MODEL", "other-model", "convailens.W001"),
        ("DEEPGRAM_MODEL", "whisper-large", "convailens.W001"),
        ("OPENAI_BASE_URL", "https://llm.acme.example/v1", "convailens.W002"),
        ("OPENAI_BASE_URL", "https://api.openai.com.evil.example/v1", "convailens.W002"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:8102/v1", "convailens.W002"),
        ("DEEPGRAM_BASE_URL", "https://api.eu.deepgram.com", "convailens.W002"),
        ("REDIS_URL", "rediss://default:secret-word@redis.example:6379", "convailens.W002"),
    ],
)
def test_what_is_not_on_the_page_is_warned_about(published: Any, name: str, value: str, number: str):
    assert ids(published, **{name: value}) == [(number, name)]
    assert "secret-word" not in str(configuration_is_on_the_policy_page())


def test_a_database_elsewhere_is_warned_about(published: Any):
    for host, number in (
        ("db.example.com", "convailens.W002"),
        ("aws-0-us-east-1.pooler.supabase.com", "convailens.W003"),
    ):
        published.DATABASE_URL = f"postgres://app:secret-word@{host}/postgres?sslmode=verify-full"
        assert [message.id for message in configuration_is_on_the_policy_page()] == [number]


def test_the_demo_may_use_its_own_machine_and_nothing_else(settings: Any):
    assert ids(settings, DEMO=True, OPENAI_BASE_URL="http://127.0.0.1:8102/v1") == []
    assert ids(settings, OPENAI_BASE_URL="https://llm.acme.example/v1") == [("convailens.W002", "OPENAI_BASE_URL")]


def test_a_production_without_a_legal_entity_is_warned_about(settings: Any):
    settings.DEMO = False
    assert [message.id for message in the_policy_says_who_is_responsible()] == ["convailens.W004"]
    settings.LEGAL_ENTITY = "Lens Software S.L., Calle Mayor 1, Madrid, Spain"
    assert the_policy_says_who_is_responsible() == []


def test_the_warnings_are_part_of_the_systems_checks(settings: Any, capsys: Any):
    settings.OPENAI_MODEL = "gpt-5"
    call_command("check", "--tag", "security")
    assert "convailens.W001" in capsys.readouterr().err


# The rows


@pytest.mark.django_db
def test_the_database_has_a_row_for_every_version_whatever_happened_to_it():
    def rows() -> list[tuple[Any, ...]]:
        return list(PolicyVersion.objects.values_list("number", "published_on", "effective_on"))

    expected = [(version.number, version.published_on, version.effective_on) for version in VERSIONS]
    assert rows() == expected
    PolicyVersion.objects.filter(number=1).delete()
    PolicyVersion.objects.filter(number=2).update(published_on=date(2026, 1, 1))
    record_versions(using="default")
    record_versions(using="default")
    assert rows() == expected


def test_versions_rise_and_the_last_is_the_latest():
    assert list(range(1, len(VERSIONS) + 1)) == NUMBERS
    assert all(a.published_on < b.published_on for a, b in pairwise(VERSIONS))
    assert LATEST is VERSIONS[-1]
