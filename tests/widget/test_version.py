"""One version: of the widget, of the service, and the newest of the changelog."""

from __future__ import annotations

import json
import re
import tomllib

from django.conf import settings
from django.test import Client

from launch.paths import ROOT


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_the_manifest_the_changelog_and_the_service_tell_the_same_version():
    manifest = json.loads((ROOT / "widget" / "manifest.json").read_text())
    newest = re.search(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    live = Client().get("/health/live").json()
    assert newest is not None
    versions = {manifest["widget"]["version"], newest[1], project["version"], live["version"], settings.VERSION}
    assert versions == {settings.VERSION}


def test_the_widget_of_this_version_is_not_too_old_for_the_service():
    assert as_numbers(settings.MIN_WIDGET_VERSION) <= as_numbers(settings.VERSION)
