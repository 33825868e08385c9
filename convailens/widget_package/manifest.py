"""Checks manifest.json: the keys and types Kommo wants, its locations and settings, and that its paths lead to texts.

Source: Kommo's page about manifest.json (2026-02-17) and its rules for getting listed (2026-02-24).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from convailens.widget_package.findings import Files, Finding, line_of, load_json
from convailens.widget_package.locations import BLOCKS, LOCATIONS, location_name
from convailens.widget_package.words import Texts

PATH = "manifest.json"
LANGUAGES = {"en", "es", "pt", "tr", "id", "ru"}
SETTING_TYPES = {"text", "pass", "users", "users_lp", "custom"}
FIELD_TYPES = {"text", "numeric", "url"}
_WIDGET: dict[str, type] = {
    "name": str,
    "description": str,
    "short_description": str,
    "version": str,
    "interface_version": int,
    "locale": list,
    "installation": bool,
}
_WIDGET_MORE: dict[str, type] = {"init_once": bool, "support": dict, "is_showcase": bool}
_TOP: dict[str, type] = {"widget": dict, "locations": list}
_TOP_MORE: dict[str, type] = {"settings": dict, "tour": dict, **dict.fromkeys(BLOCKS, dict)}
_VERSION = re.compile(r"(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}")


class Manifest:
    """A manifest as far as it can be read: wrong types are findings, and stand as empty here."""

    def __init__(self, files: Files) -> None:
        loaded, self.faults = load_json(PATH, files.get(PATH, b"{}"))
        self.text = files.get(PATH, b"").decode(errors="replace")
        self.content: dict[str, Any] = loaded if isinstance(loaded, dict) else {}
        if loaded is not None and not isinstance(loaded, dict):
            self.faults.append(Finding(PATH, 1, "manifest-key", "Not an object."))

    def part(self, name: str, kind: type) -> Any:
        value = self.content.get(name)
        return value if isinstance(value, kind) else kind()

    @property
    def widget(self) -> dict[str, Any]:
        return dict(self.part("widget", dict))

    @property
    def languages(self) -> list[str]:
        listed = self.widget.get("locale")
        return [tag for tag in listed if tag in LANGUAGES] if isinstance(listed, list) else []

    @property
    def locations(self) -> list[str]:
        """Names as listed, with their suffix."""
        return [name for name in self.part("locations", list) if isinstance(name, str)]

    @property
    def tour(self) -> dict[str, list[str]]:
        """Pictures of the tour, as names of files, by language."""
        images = self.part("tour", dict).get("tour_images")
        found = images.items() if isinstance(images, dict) else ()
        return {
            language: [name.lstrip("/") for name in names if isinstance(name, str)]
            for language, names in found
            if isinstance(names, list)
        }

    def finding(self, code: str, keys: tuple[str, ...], detail: str = "") -> Finding:
        return Finding(PATH, line_of(self.text, keys), code, detail or f"{'.'.join(keys)}.")


def check_manifest(manifest: Manifest, words: Mapping[str, Texts]) -> Iterator[Finding]:
    yield from manifest.faults
    yield from _check_keys(manifest)
    yield from _check_widget(manifest)
    yield from _check_locations(manifest)
    yield from _check_settings(manifest)
    yield from _check_tour(manifest)
    for keys, path in _paths(manifest):
        if not words or any(tuple(path.split(".")) not in texts for texts in words.values()):
            yield manifest.finding("manifest-path", keys, f"{path} leads nowhere.")


def _check_keys(manifest: Manifest) -> Iterator[Finding]:
    for wanted, more, content, above in (
        (_TOP, _TOP_MORE, manifest.content, ()),
        (_WIDGET, _WIDGET_MORE, manifest.widget, ("widget",)),
    ):
        for name, kind in (wanted | more).items():
            if (name in wanted or name in content) and type(content.get(name)) is not kind:
                yield manifest.finding("manifest-key", (*above, name), f"{name}: {kind.__name__}.")
        for name in sorted(content.keys() - wanted.keys() - more.keys()):
            yield manifest.finding("manifest-unknown", (*above, name))


def _check_widget(manifest: Manifest) -> Iterator[Finding]:
    widget = manifest.widget
    if not _VERSION.fullmatch(str(widget.get("version"))):
        yield manifest.finding("manifest-version", ("widget", "version"))
    if widget.get("interface_version") != 2:
        yield manifest.finding("manifest-interface", ("widget", "interface_version"))
    listed = widget.get("locale")
    if not manifest.languages or len(set(manifest.languages)) != len(listed or ()):
        yield manifest.finding("manifest-locale", ("widget", "locale"))
    support = widget.get("support")
    support = support if isinstance(support, dict) else {}
    link, email = support.get("link"), support.get("email")
    wrong = (link and not str(link).startswith("https://")) or (email and not _EMAIL.fullmatch(str(email)))
    if wrong or not (link or email):
        yield manifest.finding("manifest-support", ("widget", "support"))


def _check_locations(manifest: Manifest) -> Iterator[Finding]:
    names = [location_name(listed) for listed in manifest.locations]
    if not names or len(set(names)) != len(manifest.part("locations", list)):
        yield manifest.finding("manifest-location", ("locations",))
    for listed, name in zip(manifest.locations, names, strict=True):
        suffix = listed.removeprefix(name)
        if name not in LOCATIONS or suffix not in {"", "-0", "-1"} or (name == "everywhere" and suffix != "-0"):
            yield manifest.finding("manifest-location", ("locations", listed))
    for block, location in BLOCKS.items():
        if block in manifest.content and location not in names:
            yield manifest.finding("manifest-location-unlisted", (block,), f"{block} is for {location}.")
        if location in names and block not in manifest.content:
            yield manifest.finding("manifest-location-unused", ("locations",), f"{location} wants the block {block}.")
    for block, key in (("dp", "webhook_url"), ("sms", "endpoint"), ("mobile", "frame_url")):
        url = manifest.part(block, dict).get(key)
        if url is not None and not str(url).startswith("https://"):
            yield manifest.finding("manifest-webhook", (block, key))


def _check_settings(manifest: Manifest) -> Iterator[Finding]:
    settings = manifest.part("settings", dict)
    if manifest.widget.get("installation") is True and not settings:
        yield manifest.finding("manifest-settings", ("settings",), "None, though there is an installation.")
    kinds = [setting.get("type") for setting in settings.values() if isinstance(setting, dict)]
    if kinds.count("custom") > 1:
        yield manifest.finding("manifest-settings", ("settings",), "More than one custom.")
    yield from _check_fields(manifest, ("settings",), settings, SETTING_TYPES)
    yield from _check_fields(manifest, ("dp", "settings"), manifest.part("dp", dict).get("settings"), SETTING_TYPES)
    for name, handler in manifest.part("salesbot_designer", dict).items():
        fields = handler.get("settings") if isinstance(handler, dict) else None
        keys = ("salesbot_designer", name)
        yield from _check_fields(manifest, keys, fields, FIELD_TYPES, with_required=False)
    has_consent = any(
        isinstance(setting, dict) and setting.get("type") == "custom" and setting.get("required") is True
        for setting in settings.values()
    )
    if not has_consent:
        yield manifest.finding("manifest-consent", ("settings",))


def _check_fields(
    manifest: Manifest, above: tuple[str, ...], fields: Any, kinds: set[str], *, with_required: bool = True
) -> Iterator[Finding]:
    for key, setting in fields.items() if isinstance(fields, dict) else ():
        content = setting if isinstance(setting, dict) else {}
        is_sound = isinstance(content.get("name"), str) and content.get("type") in kinds
        if not is_sound or (with_required and type(content.get("required")) is not bool):
            yield manifest.finding("manifest-settings", (*above, key))


def _check_tour(manifest: Manifest) -> Iterator[Finding]:
    tour = manifest.part("tour", dict)
    if tour.get("is_tour") is not True:
        return
    images = manifest.tour
    if any(not 1 <= len(images.get(language, ())) <= 5 for language in manifest.languages):
        yield manifest.finding("manifest-tour", ("tour", "tour_images"))
    if not isinstance(tour.get("tour_description"), str):
        yield manifest.finding("manifest-tour", ("tour",))


def _paths(manifest: Manifest) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where the manifest says a path into i18n, and the path."""
    for name in ("name", "description", "short_description"):
        if isinstance(path := manifest.widget.get(name), str):
            yield ("widget", name), path
    description = manifest.part("tour", dict).get("tour_description")
    if isinstance(description, str):
        yield ("tour", "tour_description"), description
    for block in ("settings", "advanced", "dp", "salesbot_designer"):
        yield from _paths_below((block,), manifest.part(block, dict))


def _paths_below(above: tuple[str, ...], value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _paths_below((*above, key), inner)
        elif key in {"name", "title"} and isinstance(inner, str):
            yield (*above, key), inner


def used_by(manifest: Manifest) -> set[str]:
    """Files that Kommo takes by themselves or that the manifest names."""
    return {
        PATH,
        "script.js",
        *(f"i18n/{language}.json" for language in manifest.languages),
        *(name for names in manifest.tour.values() for name in names),
    }
