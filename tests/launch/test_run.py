"""The first step, in plain sh: a fitting Python is found, or the person is told what to install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launch.paths import ROOT

SH = shutil.which("sh")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A bare clone with nothing installed, as far as launch/run looks at it."""
    root = tmp_path / "a clone"
    (root / "launch").mkdir(parents=True)
    shutil.copy(ROOT / "launch" / "run", root / "launch" / "run")
    (root / "launch" / "__main__.py").write_text("import sys\nprint('ran', *sys.argv[1:])\n")
    return root


def run(clone: Path, pythons: dict[str, str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run with a PATH on which only these programs, and what sh needs, are found."""
    folder = tmp_path / "path"
    folder.mkdir()
    for name in ("dirname", "env"):
        (folder / name).symlink_to(shutil.which(name))
    for name, script in pythons.items():
        (folder / name).write_text(f"#!{SH}\n{script}\n")
        (folder / name).chmod(0o755)
    # The usual places are looked at as well: where they hold a Python, it would be found.
    script = (clone / "launch" / "run").read_text().replace("/usr/bin/python3 /usr/local/bin/python3", "")
    (clone / "launch" / "run").write_text(script)
    return subprocess.run(
        [SH, clone / "launch" / "run", "demo", "two words"],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


GOOD = f'exec "{sys.executable}" "$@"'
TOO_OLD = 'case "$1" in -c) exit 3 ;; esac; echo used; exit 1'
NO_VENV = 'case "$2" in *ensurepip*) exit 4 ;; *) echo 3.12 ;; esac'


def test_the_first_fitting_python_runs_the_launcher(clone: Path, tmp_path: Path):
    done = run(clone, {"python3": TOO_OLD, "python3.13": NO_VENV, "python3.11": GOOD}, tmp_path)
    assert (done.returncode, done.stdout) == (0, "ran demo two words\n"), done.stderr


def test_without_a_python_it_says_which_to_install(clone: Path, tmp_path: Path):
    done = run(clone, {"python3": TOO_OLD}, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Python 3.11, 3.12 or 3.13 is needed" in done.stderr


def test_a_python_without_venv_is_told_by_its_package(clone: Path, tmp_path: Path):
    done = run(clone, {"python3": NO_VENV}, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "apt install python3.12-venv" in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_descriptors_are_no_obstacle(closed: str):
    done = subprocess.run(
        [SH, "-c", f"bin/manage --help {closed}"], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("usage: bin/manage") == (">&- " not in f"{closed} ".replace("2>&- ", ""))


@pytest.mark.parametrize(("command", "code"), [("demo", 0), ("test", 0), ("check", 0), ("manage", 0)])
def test_each_command_explains_itself(command: str, code: int):
    done = subprocess.run([ROOT / "bin" / command, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stdout.startswith(f"usage: bin/{command}")


@pytest.mark.parametrize("arguments", [("check", "extra"), ("manage",), ("demo", "--wrong")])
def test_a_wrong_use_is_told_and_ends_with_2(arguments: tuple[str, ...]):
    done = subprocess.run([ROOT / "bin" / arguments[0], *arguments[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"usage: bin/{arguments[0]}" in done.stderr
