"""`.env`, the kept secrets, and what uv is told of pip's settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from launch import environment, install
from launch.terminal import Stop


def test_dotenv_reads_what_people_write(tmp_path: Path):
    path = tmp_path / ".env"
    path.write_text(
        "# a comment\n\nA=1\nexport B = two words \nC='quoted # not a comment'\nD=\"x\"\nE=v # comment\nF=\nG=a=b#c\n"
    )
    assert environment.read_dotenv(path) == {
        "A": "1",
        "B": "two words",
        "C": "quoted # not a comment",
        "D": "x",
        "E": "v",
        "G": "a=b#c",
    }
    assert environment.read_dotenv(tmp_path / "none") == {}


def test_a_line_that_is_no_setting_is_named_by_its_number_and_not_quoted(tmp_path: Path):
    path = tmp_path / ".env"
    path.write_text("A=1\nsk-secret-key\n")
    with pytest.raises(Stop) as stop:
        environment.read_dotenv(path)
    assert "line 2" in stop.value.message
    assert "secret" not in stop.value.message


def test_secrets_are_made_once_and_kept_for_their_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CONVAILENS_DATA", str(tmp_path / "data"))
    first = environment.kept_secrets()
    assert set(first) == {"SECRET_KEY", "TOKEN_KEYS", "DEMO_STAFF_PASSWORD"}
    assert len(first["SECRET_KEY"]) >= 50
    assert environment.kept_secrets() == first
    path = tmp_path / "data" / "secrets.json"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("{broken")
    with pytest.raises(Stop, match="damaged"):
        environment.kept_secrets()


def test_uv_is_told_what_pip_knows_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_")) or name == "SSL_CERT_FILE":
            monkeypatch.delenv(name)
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://index.invalid/simple\nfind-links =\n  /a\n  /b\ncert = /ca.pem\n"
        "[install]\nextra-index-url = https://more.invalid/simple\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_CERT", "/stronger.pem")
    monkeypatch.setenv("UV_EXTRA_INDEX_URL", "https://said.to.uv.invalid/simple")
    told = install._pip_settings_for_uv(dict(os.environ))
    assert told["UV_INDEX_URL"] == "https://index.invalid/simple"
    assert told["UV_FIND_LINKS"] == "/a,/b"
    assert told["SSL_CERT_FILE"] == "/stronger.pem"
    assert "UV_EXTRA_INDEX_URL" not in told


def test_what_an_installer_said_is_shown_without_addresses():
    said = "Looking at https://user:password@index.invalid/simple/x, then http://10.0.0.1/y: not found"
    assert install._tail(said) == "Looking at <address>, then <address> not found"
