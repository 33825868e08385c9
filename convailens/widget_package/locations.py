"""Kommo's locations, and what in a widget belongs to each: blocks of the manifest, callbacks, methods."""

from __future__ import annotations

from collections.abc import Iterator

from convailens.widget_package.findings import Finding

#: Location → callbacks that serve it. The lists and cards need `render`, which every widget has.
LOCATIONS: dict[str, tuple[str, ...]] = {
    "lcard": (),
    "ccard": (),
    "comcard": (),
    "cucard": (),
    "llist": ("leads.selected",),
    "clist": ("contacts.selected",),
    "culist": (),
    "tlist": ("todo.selected",),
    "settings": ("settings",),
    "advanced_settings": ("advancedSettings",),
    "digital_pipeline": ("dpSettings",),
    "salesbot_designer": ("salesbotDesignerSettings", "onSalesbotDesignerSave"),
    "lead_sources": ("onAddAsSource", "onSource"),
    "catalogs": ("loadCatalogElement",),
    "card_sdk": ("loadPreloadedData", "loadElements", "linkCard", "searchDataInCard"),
    "sms": (),
    "mobile_card": (),
    "whatsapp_modal": (),
    "amoforms": (),
    "everywhere": (),
    "ai_agent": (),
}
#: Block of the manifest → the location it is for.
BLOCKS = {
    "advanced": "advanced_settings",
    "dp": "digital_pipeline",
    "salesbot_designer": "salesbot_designer",
    "sms": "sms",
    "mobile": "mobile_card",
}
#: Callbacks that every widget of ours has.
ALWAYS = ("render", "init", "bind_actions", "onSave", "onInstall", "destroy")
CARDS = {"lcard", "ccard", "comcard", "cucard"}


def location_name(listed: str) -> str:
    """lcard of lcard-1."""
    name, dash, suffix = listed.rpartition("-")
    return name if dash and suffix.isdigit() else listed


def check_callbacks(
    locations: list[str], callbacks: dict[str, int], *, draws_in_panel: bool, script: str
) -> Iterator[Finding]:
    """`callbacks`: name → line. `draws_in_panel`: whether the widget calls `render_template`."""
    names = {location_name(listed) for listed in locations}
    for name in ALWAYS:
        if name not in callbacks:
            yield Finding(script, 1, "js-callbacks", f"{name} is missing.")
    for location, wanted in LOCATIONS.items():
        if location in names:
            for name in wanted:
                if name not in callbacks:
                    yield Finding("manifest.json", 1, "manifest-location-unused", f"{location} wants {name}.")
        else:
            for name in sorted(callbacks.keys() & set(wanted)):
                yield Finding(script, callbacks[name], "manifest-location-unlisted", f"{name} is for {location}.")
    in_panel = [listed for listed in locations if location_name(listed) in CARDS and not listed.endswith("-0")]
    if in_panel and not draws_in_panel:
        yield Finding("manifest.json", 1, "manifest-location-unused", f"Nothing is drawn in {in_panel[0]}.")
