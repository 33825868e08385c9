"""All checks over all files."""

from __future__ import annotations

from collections.abc import Iterator

from convailens.widget_package.findings import Files, Finding
from convailens.widget_package.images import LOGOS, PIPELINE_LOGO, check_images
from convailens.widget_package.javascript import Script, line
from convailens.widget_package.layout import check_layout, check_use
from convailens.widget_package.locations import check_callbacks, location_name
from convailens.widget_package.manifest import Manifest, check_manifest, used_by
from convailens.widget_package.modules import SCRIPT, callbacks_of, check_module, check_returns, reachable
from convailens.widget_package.scripts import check_script
from convailens.widget_package.styles import check_styles, referred
from convailens.widget_package.words import check_words, read_words


def check(files: Files) -> list[Finding]:
    """What is wrong with the widget, ordered by file and line; empty when it may be uploaded."""
    return sorted(set(_check(files)))


def _check(files: Files) -> Iterator[Finding]:
    manifest = Manifest(files)
    names = {location_name(listed) for listed in manifest.locations}
    words, faults = read_words(files, manifest.languages)
    scripts = {name: Script(name, content) for name, content in files.items() if name.endswith(".js")}
    styles = {name: content for name, content in files.items() if name.endswith(".css")}
    tour = {name for listed in manifest.tour.values() for name in listed}

    yield from check_layout(files)
    yield from faults
    yield from check_manifest(manifest, words)
    yield from check_words(files, words)
    yield from check_images(files, with_pipeline="digital_pipeline" in names, tour=tour)
    for script in scripts.values():
        yield from check_script(script)
        if script.fault_line is None:
            yield from check_module(script, files)
    for name, content in styles.items():
        yield from check_styles(name, content)
    if SCRIPT in scripts:
        yield from _check_callbacks(scripts, manifest)

    used = used_by(manifest) | reachable(scripts, files)
    used |= {name for name in files if name.startswith("images/logo") and _is_kommos(name, names)}
    for name in styles.keys() & used:
        used |= referred(name, styles[name], files)
    yield from check_use(files, used)
    for name in sorted(tour - set(files)):
        yield Finding(name, 1, "file-missing", "The tour shows it.")


def _check_callbacks(scripts: dict[str, Script], manifest: Manifest) -> Iterator[Finding]:
    callbacks = callbacks_of(scripts[SCRIPT])
    draws = any(
        "render_template" in {node.text.decode() for node in script.of("property_identifier") if node.text}
        for script in scripts.values()
    )
    lines = {name: line(node) for name, node in callbacks.items()}
    yield from check_callbacks(manifest.locations, lines, draws_in_panel=draws, script=SCRIPT)
    yield from check_returns(scripts[SCRIPT], callbacks)


def _is_kommos(name: str, locations: set[str]) -> bool:
    """Whether Kommo takes this picture by its name."""
    stem = name.rpartition(".")[0]
    return stem in LOGOS or (stem in PIPELINE_LOGO and "digital_pipeline" in locations)
