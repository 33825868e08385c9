"""`manage.py build_widget`, and our own widget under its rules."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from convailens.management.commands.build_widget import FOLDER, read_folder
from convailens.widget_package import RULES, archived, check, with_service_url
from launch.paths import ROOT
from tests.widget import (
    test_build_widget_files,
    test_build_widget_manifest,
    test_build_widget_scripts,
    test_build_widget_styles,
)
from tests.widget.sound import sound

OURS = json.loads((FOLDER / "manifest.json").read_text())


def folder_of(files: dict[str, bytes], folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def built(**options: object) -> str:
    said = io.StringIO()
    call_command("build_widget", stdout=said, stderr=said, **options)
    return said.getvalue()


def test_our_widget_keeps_every_rule():
    assert [str(found) for found in check(read_folder(FOLDER))] == []


def test_our_widget_is_on_the_lead_card_in_three_languages_and_asks_for_consent():
    assert OURS["locations"] == ["lcard-1", "settings"]
    assert OURS["widget"]["locale"] == ["en", "es", "pt"]
    assert OURS["settings"] == {"consent": {"name": "settings.consent", "type": "custom", "required": True}}


def test_every_rule_has_a_widget_that_breaks_it():
    broken = {code for code, *_ in test_build_widget_files.CASES}
    broken |= {code for code, *_ in test_build_widget_manifest.MANIFESTS + test_build_widget_manifest.TEXTS}
    broken |= {code for code, _ in test_build_widget_scripts.STATEMENTS + test_build_widget_styles.RULES}
    # These have tests of their own.
    broken |= {"json-invalid", "json-duplicate", "image-animated", "js-callbacks", "js-callback-returns"}
    assert broken == set(RULES)


def test_two_runs_on_different_days_write_the_same_bytes(tmp_path: Path):
    folder = folder_of(sound(), tmp_path / "widget")
    first = built(folder=folder, out=tmp_path / "a.zip")
    for path in folder.rglob("*"):
        path.touch()
        path.chmod(0o755)
    again = subprocess.run(
        [sys.executable, "manage.py", "build_widget", "--folder", folder, "--out", tmp_path / "b" / "b.zip"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b" / "b.zip").read_bytes()
    assert first.split("sha256")[1] == again.stdout.split("sha256")[1]


def test_the_zip_holds_the_files_at_its_root_with_nothing_of_this_machine():
    files = sound()
    shuffled = dict(reversed(files.items()))
    assert archived(shuffled) == archived(files)
    with zipfile.ZipFile(io.BytesIO(archived(files))) as archive:
        assert archive.namelist() == sorted(files)
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}


def test_the_address_of_the_service_can_be_another(tmp_path: Path):
    folder = folder_of(sound(), tmp_path / "widget")
    built(folder=folder, out=tmp_path / "a.zip", service_url="https://staging.example.com")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert b"url: 'https://staging.example.com'" in archive.read("lib/service.js")
        assert archive.read("script.js") == sound()["script.js"]
    assert b"app.example.com" in (folder / "lib" / "service.js").read_bytes()  # The source stays as it is.


@pytest.mark.parametrize("url", ["http://example.com", "https://example.com/", "https://a'b.com", "example.com", ""])
def test_an_address_that_is_none_is_refused(url: str):
    with pytest.raises(ValueError, match="https://host"):
        with_service_url(sound(), url)


def test_a_broken_widget_is_told_rule_by_rule_and_nothing_is_written(tmp_path: Path):
    folder = folder_of(sound(style="b { color: red }\n"), tmp_path / "widget")
    said = io.StringIO()
    with pytest.raises(CommandError, match="2 to mend"):
        call_command("build_widget", folder=folder, out=tmp_path / "a.zip", stdout=said, stderr=said)
    assert "style.css:1 css-root b. Begin every selector with a class of ours" in said.getvalue()
    assert "style.css:1 css-theme" in said.getvalue()
    assert not (tmp_path / "a.zip").exists()


def test_check_writes_nothing(tmp_path: Path):
    folder = folder_of(sound(), tmp_path / "widget")
    assert "all rules are kept" in built(folder=folder, out=tmp_path / "a.zip", check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["widget"]


def test_a_folder_without_files_is_told(tmp_path: Path):
    with pytest.raises(CommandError, match="holds no files"):
        built(folder=tmp_path)
