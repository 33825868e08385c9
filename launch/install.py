"""Make `.venv` and put the locked packages into it: once, and again when the lock or the Python changes."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from launch.keeper import die_with_parent
from launch.paths import INSTALLER, REQUIREMENTS, ROOT, VENV, VENV_PYTHON, data_dir
from launch.terminal import Stop, Voice

Command = list[str | Path]

STAMP = VENV / "installed.json"
#: Stands while packages are written: where it is found, an installation was cut off and cannot be trusted.
UNFINISHED = VENV / "unfinished"
#: pip's settings that uv does not read from pip's files, and the environment variable by which uv takes each.
UV_NAMES = {
    "index-url": "UV_INDEX_URL",
    "extra-index-url": "UV_EXTRA_INDEX_URL",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def is_current() -> bool:
    """Whether what is installed is what the lock says, for this Python and in this place."""
    try:
        return not UNFINISHED.exists() and json.loads(STAMP.read_text()) == _wanted(_venv_version())
    except (OSError, ValueError):
        return False


def ensure_installed(voice: Voice) -> bool:
    """Install what is missing, one process at a time; say whether something was.

    Raises Stop, saying what to do, when that fails.
    """
    if is_current():
        return False
    with _alone(voice):
        if is_current():  # Another process did it while we waited.
            return True
        try:
            _install(voice)
        except OSError as fault:
            raise Stop(f"Cannot write {VENV}: {fault.strerror}. Use a clone in a folder of your own.") from None
    return True


def _install(voice: Voice) -> None:
    if not _venv_works() or UNFINISHED.exists():
        with voice.step("Making .venv", slow=True):
            _make_venv()
    UNFINISHED.touch()
    STAMP.unlink(missing_ok=True)
    with voice.step("Installing packages into .venv (once; seconds to a minute or two)", slow=True):
        _install_packages(voice)
    temporary = STAMP.with_suffix(".new")
    temporary.write_text(json.dumps(_wanted(_venv_version())))
    temporary.replace(STAMP)
    UNFINISHED.unlink()


def _wanted(version: str) -> dict[str, str]:
    lock = hashlib.sha256(REQUIREMENTS.read_bytes() + INSTALLER.read_bytes()).hexdigest()
    # Scripts in .venv/bin name their interpreter by its whole path: a moved clone is installed anew.
    return {"lock": lock, "python": version, "root": str(ROOT)}


def _venv_version() -> str:
    """The Python that .venv was made with, as its own note says."""
    for line in (VENV / "pyvenv.cfg").read_text().splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "version":
            return value.strip()
    return ""


@contextlib.contextmanager
def _alone(voice: Voice) -> Iterator[None]:
    """Hold the lock of the installation: on the list of packages itself, which is there in any clone."""
    with REQUIREMENTS.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with voice.step("Waiting for another start that is installing packages", slow=True):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _venv_works() -> bool:
    probe = "import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    try:
        done = subprocess.run([VENV_PYTHON, "-I", "-c", probe], capture_output=True, timeout=60, check=False)
        moved = str(VENV_PYTHON) not in (VENV / "bin" / "pip").read_text(errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and not moved


def _make_venv() -> None:
    if VENV.is_symlink() or VENV.is_file():
        raise Stop(f"{VENV} is not a folder. Move it away and start again.")
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    UNFINISHED.touch()
    python = getattr(sys, "_base_executable", sys.executable)
    done = _run([python, "-m", "venv", VENV], dict(os.environ))
    if done.returncode:
        package = "python{}.{}-venv".format(*sys.version_info)
        raise Stop(
            f"Python could not make {VENV}. On Debian and Ubuntu, `apt install {package}` brings what it needs. "
            f"It said: {_tail(done.stdout + done.stderr)}"
        )


def _install_packages(voice: Voice) -> None:
    """By uv, which takes seconds; by pip where uv has no wheel or fails."""
    environment = _caches(dict(os.environ))
    got_uv = _run([*_PIP, "install", "--only-binary", ":all:", "--require-hashes", "-r", INSTALLER], environment)
    if got_uv.returncode == 0:
        by_uv: Command = [VENV_PYTHON, "-m", "uv", "pip", "install", "--python", VENV_PYTHON]
        done = _run([*by_uv, "--require-hashes", "-r", REQUIREMENTS], environment | _pip_settings_for_uv(environment))
        if done.returncode == 0:
            return
        voice.insist(f"  uv did not manage; taking pip, which is slower. It said:\n{_tail(done.stderr, 4)}")
    done = _run([*_PIP, "install", "--require-hashes", "-r", REQUIREMENTS], environment)
    if done.returncode:
        raise Stop(
            f"The packages could not be installed. pip said:\n{_tail(done.stderr or done.stdout)}\n"
            "If this machine needs a proxy or an index of its own, tell pip (pip config, or PIP_*), then start again."
        )


_PIP: Command = [VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input"]


def _run(command: Command, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        # Whoever starts next begins anew: nobody may be writing there still.
        preexec_fn=die_with_parent(signal.SIGKILL),
        check=False,
    )


def _caches(environment: dict[str, str]) -> dict[str, str]:
    """Where the home folder cannot be written, both tools keep their caches in ours."""
    environment.pop("VIRTUAL_ENV", None)
    environment.pop("PYTHONPATH", None)
    home = Path(environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or "/nonexistent") / ".cache")
    standing = home if home.exists() else home.parent
    if not os.access(standing, os.W_OK | os.X_OK):
        ours = data_dir() / "cache"
        environment.setdefault("UV_CACHE_DIR", str(ours / "uv"))
        environment.setdefault("PIP_CACHE_DIR", str(ours / "pip"))
    return environment


def _pip_settings_for_uv(environment: dict[str, str]) -> dict[str, str]:
    """What pip was told about this machine, for uv: held in the child's environment only, never written or shown."""
    stronger = {"global": 0, "install": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for line in _run([*_PIP, "config", "list"], environment).stdout.splitlines():
        name, _, value = line.partition("=")
        scope, _, setting = name.partition(".")
        if setting in UV_NAMES and scope in stronger and stronger[scope] >= found.get(setting, (0, ""))[0]:
            found[setting] = stronger[scope], " ".join(value.strip("'\"").replace("\\n", " ").split())
    settings = {}
    for setting, (_, value) in found.items():
        if setting in {"find-links", "trusted-host"}:
            value = ",".join(value.split())
        settings[UV_NAMES[setting]] = value
    # The first index that knows a name must not hide a version that another has; the hashes keep this safe.
    settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {name: value for name, value in settings.items() if value and name not in environment}


def _tail(text: str, lines: int = 12) -> str:
    """The end of what a tool said, without addresses: an index may carry a password in its own."""
    return "\n".join(re.sub(r"\b[a-z+]+://[^\s'\",)]+", "<address>", text).strip().splitlines()[-lines:])
