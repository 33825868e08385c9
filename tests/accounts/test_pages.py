"""The landing pages: three languages, no third party, nothing inline, not for search engines."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from accounts import connect_views
from accounts.texts import language_of, texts

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "es", "pt"]


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


def page(name, language):
    request = RequestFactory().get("/connect")
    return connect_views._page(request, name, language)


def shape(value):
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [type(item).__name__ for item in value] if isinstance(value, list) else type(value).__name__


def test_the_three_languages_have_the_same_texts_and_none_is_empty():
    assert shape(texts("en")) == shape(texts("es")) == shape(texts("pt"))
    assert set(texts("en")) == {"common", "connect", "note", *connect_views.PAGES}
    for language in LANGUAGES:
        assert '""' not in json.dumps(texts(language))


@pytest.mark.parametrize("language", ["es", "pt"])
def test_no_sentence_was_left_in_english(language):
    def sentences(value):
        if isinstance(value, str):
            return {value} if len(value) > 25 else set()
        return set().union(*map(sentences, value.values() if isinstance(value, dict) else value))

    assert not sentences(texts(language)) & sentences(texts("en"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["connect", *connect_views.PAGES])
def test_every_page_speaks_the_language_asked_for_and_loads_nothing_from_elsewhere(name, language):
    answer = page(name, language)
    assert answer.status_code == connect_views.PAGES.get(name, 200)
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Content-Language"] == language
    text = answer.content.decode()
    assert texts(language)[name]["title"] in text
    tags = Tags(text)
    assert tags.all("html") == [{"lang": language}]
    assert len(tags.all("h1")) == 1
    assert {"name": "robots", "content": "noindex, nofollow"} in tags.all("meta")
    assert not tags.all("script")
    assert not tags.all("style")
    loaded = [attrs.get("href") or attrs.get("src") for attrs in tags.all("link") + tags.all("img")]
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    assert not any("style" in attrs or any(key.startswith("on") for key in attrs) for _, attrs in tags.found)
    assert all("alt" in attrs for attrs in tags.all("img"))


def test_the_start_page_says_what_is_received_and_what_is_kept(settings):
    settings.GRACE_PERIOD_DAYS = 45
    text = Client().get("/connect", headers={"Accept-Language": "en"}).content.decode()
    for line in texts("en")["connect"]["receive"] + texts("en")["connect"]["later"] + texts("en")["connect"]["end"]:
        assert line.format(days=45) in text


def test_the_start_page_alone_sets_no_cookie():
    assert not Client().get("/connect").cookies


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "pt-BR,pt;q=0.9,en;q=0.8", "pt"),
        ("", "es-MX", "es"),
        ("", "fr-FR", "en"),
        ("", "", "en"),
        ("?lang=es", "pt-BR", "es"),
        ("?lang=pt-BR", "en", "pt"),
        ("?lang=xx", "es", "es"),
        ("?lang=../../etc", "en", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_browsers(query, header, language):
    assert language_of(RequestFactory().get(f"/connect{query}", headers={"Accept-Language": header})) == language


def test_the_language_chosen_at_the_start_lasts_to_the_end(kommo):
    browser = Client()
    address = browser.get("/connect", {"go": "1", "lang": "pt"})["Location"]
    state = re.search(r"state=([^&]+)", address)[1].replace("%3A", ":")
    answer = browser.get("/oauth/kommo/callback", {"error": "access_denied", "state": state})
    assert answer.context["page"] == "refused"
    assert texts("pt")["refused"]["title"] in answer.content.decode()


def test_the_policy_of_content_allows_nothing_inline_and_nothing_foreign():
    policy = Client().get("/connect")["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    assert directives["default-src"] == "'none'"
    assert directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
    assert "http" not in policy


def luminance(colour):
    colour = colour.lstrip("#")
    colour = "".join(2 * c for c in colour) if len(colour) == 3 else colour
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back"),
    [
        *(("text", back) for back in ("bg", "card", "accent-soft")),
        *(("soft", back) for back in ("bg", "card")),
        *(("accent", back) for back in ("bg", "card")),
        ("on-accent", "accent"),
    ],
)
def test_words_stand_out_enough_in_both_themes(theme, front, back):
    css = Path(settings.BASE_DIR, "convailens/static/convailens/pages.css").read_text()
    block = css.split(":root {")[1 + theme].split("}")[0]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", block))
    light, dark = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2 AA
