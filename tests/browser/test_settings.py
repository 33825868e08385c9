"""The settings' window as an administrator meets it: consent, and where to read on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.card import LANGUAGES, Card, words


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_saved_without_consent_and_it_is_remembered(card: Card, lead_id: int, language: str):
    card.open(lead_id, user="admin", lang=language)
    says = words(language)["settings"]
    card.page.evaluate("() => { void window.sandboxCard.openSettings(); }")
    dialog = card.page.get_by_role("dialog")
    expect(dialog).to_contain_text(says["consent_text"])
    box = dialog.get_by_role("checkbox", name=says["consent_label"])
    kept = card.page.locator("#convailens_custom")
    box.uncheck()
    expect(kept).to_have_value("")
    for name in ("privacy", "connect"):
        address = dialog.get_by_role("link", name=says[f"{name}_link"]).get_attribute("href")
        assert address is not None
        assert f"/{name}?lang={language}" in address
    assert card.violations("[role=dialog]") == []
    box.check()
    expect(kept).to_have_value("1")
    dialog.locator("button[type=submit], button").filter(has_text=SAVE[language]).click()
    expect(dialog).to_have_count(0)
    assert card.page.evaluate("() => window.sandboxCard.widget.get_settings().consent") == "1"


#: Kommo's own button, as the sandbox words it.
SAVE = {"en": "Save", "es": "Guardar", "pt": "Salvar"}
