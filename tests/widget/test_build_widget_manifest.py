"""The check of manifest.json and the words: each rule refuses what breaks it, on the line where it stands."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from convailens.widget_package import check
from tests.widget.sound import MANIFEST, SCRIPT, WORDS, picture, sound

Change = Callable[[dict[str, Any]], object]
GONE = object()


def put(path: str, value: Any) -> Change:
    """Sets what stands at a dotted path, or removes it."""

    def change(content: dict[str, Any]) -> None:
        *above, last = path.split(".")
        for key in above:
            content = content.setdefault(key, {})
        if value is GONE:
            del content[last]
        else:
            content[last] = value

    return change


def both(*changes: Change) -> Change:
    return lambda content: [change(content) for change in changes]


DP = {"title": "widget.name", "settings": {}, "webhook_url": "https://example.com/hook"}
BOT = {"analyse": {"name": "widget.name", "settings": {"text": {"name": "widget.name", "type": "text"}}}}
TOUR = {"is_tour": True, "tour_images": {"en": ["/images/a.png"]}, "tour_description": "widget.name"}

MANIFESTS: list[tuple[str, int, Change]] = [
    ("manifest-key", 2, put("widget", "Lens")),
    ("manifest-key", 3, put("widget.name", 5)),
    ("manifest-key", 2, put("widget.installation", GONE)),
    ("manifest-key", 13, put("widget.installation", "yes")),
    ("manifest-key", 1, put("locations", GONE)),
    ("manifest-unknown", 18, put("widget.code", "lens")),
    ("manifest-unknown", 30, put("colour", "blue")),
    ("manifest-version", 6, put("widget.version", "1.0")),
    ("manifest-version", 6, put("widget.version", "1.0.0-beta")),
    ("manifest-interface", 7, put("widget.interface_version", 1)),
    ("manifest-locale", 9, put("widget.locale", [])),
    ("manifest-locale", 9, put("widget.locale", ["en", "es", "fr"])),
    ("manifest-locale", 9, put("widget.locale", ["en", "en", "es"])),
    ("manifest-support", 14, put("widget.support", {})),
    ("manifest-support", 14, put("widget.support.link", "http://example.com")),
    ("manifest-support", 14, put("widget.support.email", "help")),
    ("manifest-location", 19, put("locations", [])),
    ("manifest-location", 20, put("locations", ["lcard-2", "settings"])),
    ("manifest-location", 20, put("locations", ["leadcard", "settings"])),
    ("manifest-location", 19, put("locations", ["lcard-1", "lcard-0", "settings"])),
    ("manifest-location", 22, put("locations", ["lcard-1", "settings", "everywhere"])),
    ("manifest-location-unused", 19, put("locations", ["lcard-1", "settings", "digital_pipeline"])),
    ("manifest-location-unused", 1, put("locations", ["lcard-1", "settings", "advanced_settings"])),
    ("manifest-location-unlisted", 30, put("dp", DP)),
    ("manifest-location-unlisted", 30, put("advanced", {"title": "widget.name"})),
    ("manifest-settings", 23, put("settings", {})),
    ("manifest-settings", 24, put("settings.consent.type", "checkbox")),
    ("manifest-settings", 24, put("settings.consent.required", GONE)),
    ("manifest-settings", 23, put("settings.more", MANIFEST["settings"]["consent"])),
    ("manifest-settings", 33, put("salesbot_designer", BOT | {"analyse": {"settings": {"a": {"type": "pass"}}}})),
    ("manifest-consent", 23, put("settings.consent.required", False)),
    ("manifest-webhook", 33, put("dp", DP | {"webhook_url": "http://example.com/hook"})),
    ("manifest-tour", 32, put("tour", TOUR)),
    ("manifest-tour", 30, put("tour", {"is_tour": True, "tour_images": {"en": ["/a.png"], "es": ["/a.png"]}})),
    ("manifest-path", 3, put("widget.name", "widget.title")),
    ("manifest-path", 25, put("settings.consent.name", "settings")),
    ("manifest-path", 31, put("dp", DP | {"title": "dp.title"})),
]
#: Of the Spanish file.
TEXTS: list[tuple[str, int, Change]] = [
    ("words-structure", 12, put("panel.more", "Más")),
    ("words-kind", 11, put("panel.left", ["Quedan {count}"])),
    ("words-kind", 8, put("settings.consent", " ")),
    ("words-placeholders", 11, put("panel.left", "Quedan {n}")),
    ("words-markup", 11, put("panel.left", "Quedan <b>{count}</b>")),
    ("words-name", 3, put("widget.name", "Un nombre que es demasiado largo")),
    ("words-name", 3, put("widget.name", "Conversacionalmente2")),
    ("words-brand", 3, put("widget.name", "Lens for Kommo")),
    ("words-brand", 3, put("widget.name", "AmoLens")),
    ("words-short", 4, put("widget.short_description", "a" * 51)),
    ("words-description", 5, put("widget.description", "10 USD, plan. " + "a" * 400)),
    ("words-plan", 5, put("widget.description", "Lee un chat por 10 USD.")),
    ("words-plan", 5, put("widget.description", "Lee un chat con cualquier plan.")),
    ("words-free", 3, put("widget.name", "Lens gratis")),
    ("words-free", 5, put("widget.description", "Prueba de 14 días gratis; 10 USD, en cualquier plan.")),
]


def found_in(files: dict[str, bytes]) -> list[tuple[str, str, int]]:
    return [(found.code, found.path, found.line) for found in check(files)]


@pytest.mark.parametrize(("code", "line", "change"), MANIFESTS, ids=range(len(MANIFESTS)))
def test_what_breaks_a_rule_of_the_manifest_is_found_where_it_stands(code: str, line: int, change: Change):
    manifest = deepcopy(MANIFEST)
    change(manifest)
    assert (code, "manifest.json", line) in found_in(sound(manifest=manifest))


@pytest.mark.parametrize(("code", "line", "change"), TEXTS, ids=range(len(TEXTS)))
def test_what_breaks_a_rule_of_the_words_is_found_where_it_stands(code: str, line: int, change: Change):
    words = deepcopy(WORDS["es"])
    change(words)
    assert (code, "i18n/es.json", line) in found_in(sound(es=words))


def test_json_that_is_none_is_told_with_its_line():
    files = sound()
    files["manifest.json"] = b'{\n  "widget": {\n'
    assert ("json-invalid", "manifest.json", 3) in found_in(files)
    files = sound()
    files["i18n/es.json"] = b'{\n  "widget": a\n}'
    assert ("json-invalid", "i18n/es.json", 2) in found_in(files)


def test_a_manifest_that_is_a_list_is_told():
    files = sound()
    files["manifest.json"] = b"[]"
    assert ("manifest-key", "manifest.json", 1) in found_in(files)


def test_a_key_that_stands_twice_is_told():
    files = sound()
    files["i18n/es.json"] = files["i18n/es.json"].replace(b'"widget": {', b'"panel": {},\n  "widget": {')
    assert ("json-duplicate", "i18n/es.json", 2) in found_in(files)


def test_a_widget_for_the_pipeline_the_bot_and_a_tour_passes():
    manifest = deepcopy(MANIFEST) | {"dp": DP, "salesbot_designer": BOT, "tour": deepcopy(TOUR)}
    manifest["tour"]["tour_images"]["es"] = ["/images/a.png"]
    manifest["locations"] = ["lcard-1", "settings", "digital_pipeline", "salesbot_designer", "everywhere-0"]
    more = "dpSettings() { return true; }, salesbotDesignerSettings() {}, onSalesbotDesignerSave() {}, destroy:"
    files = sound(manifest=manifest, script=SCRIPT.replace("destroy:", more))
    files["images/logo_dp.png"] = picture("PNG", (174, 109))
    files["images/a.png"] = picture("PNG", (1188, 616))
    assert check(files) == []


def test_a_tour_shows_pictures_of_its_size_that_are_there():
    manifest = deepcopy(MANIFEST) | {"tour": deepcopy(TOUR)}
    manifest["tour"]["tour_images"]["es"] = ["/images/b.png"]
    files = sound(manifest=manifest)
    files["images/a.png"] = picture("PNG", (1188, 600))
    assert found_in(files) == [("image-size", "images/a.png", 1), ("file-missing", "images/b.png", 1)]


def test_a_free_plan_that_is_no_trial_may_be_called_free():
    words = deepcopy(WORDS["en"])
    words["widget"]["description"] = "Free up to 100 analyses a month. Works on any plan."
    assert check(sound(en=words)) == []
