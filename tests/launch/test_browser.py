"""How bin/test comes by a Chromium: an apt-get that stands in for the machine's own, found on PATH."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from launch.browser import ensure_browser, find_browser
from launch.commands.test import _may_open_browser
from launch.paths import ROOT
from launch.terminal import Voice

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may install packages")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"])
def test_a_browser_that_is_there_is_found_and_nothing_is_installed(
    name: str, programs: Path, capfd: pytest.CaptureFixture[str]
):
    put(programs, name, "")
    put(programs, "apt-get", f"echo called >> {programs}/log")
    ensure_browser(Voice())
    assert find_browser() == str(programs / name)
    assert not (programs / "log").exists()
    assert capfd.readouterr().err == ""


@needs_root
def test_root_gets_the_package_of_debian(programs: Path):
    install = f'printf "#!/bin/sh\\n" > {programs}/chromium; /bin/chmod +x {programs}/chromium'
    put(programs, "apt-get", f'echo "$@" >> {programs}/log; case "$*" in *install*) {install};; esac')
    ensure_browser(Voice(quiet=True))
    assert find_browser() == str(programs / "chromium")
    assert (programs / "log").read_text().splitlines() == [
        "--quiet update",
        "--quiet install --yes --no-install-recommends chromium fonts-liberation",
    ]


@needs_root
def test_an_installation_that_fails_is_told_without_addresses(programs: Path, capfd: pytest.CaptureFixture[str]):
    put(programs, "apt-get", "echo 'E: Failed http://user:secret@host/' >&2; echo 'E: Disk is full.' >&2; exit 100")
    ensure_browser(Voice())
    said = capfd.readouterr().err
    assert "apt-get said: E: Disk is full." in said
    assert "secret" not in said


def test_where_nothing_can_be_installed_the_way_is_told(programs: Path, capfd: pytest.CaptureFixture[str]):
    ensure_browser(Voice())
    assert "apt install chromium" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        ([], True),
        (["-q", "-x"], True),
        (["tests"], True),
        (["tests/browser/__init__.py::test_x", "-q"], True),
        (["tests/analysis"], False),
        (["tests/analysis", "tests/browser"], True),
    ],
    ids=range(6),
)
def test_the_browser_is_wanted_when_its_tests_are(asked: list[str], opens: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    assert _may_open_browser([str(ROOT / part) if part.startswith("tests") else part for part in asked]) is opens
