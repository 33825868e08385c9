"""Where things are on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from launch.terminal import Stop

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LAUNCHER = ROOT / "launch"
REQUIREMENTS = ROOT / "requirements-dev.txt"
INSTALLER = ROOT / "launch" / "installer.txt"


def data_dir() -> Path:
    """The folder of all that survives a run: databases, secrets, logs. `CONVAILENS_DATA` moves it.

    Raises Stop when it cannot be written.
    """
    path = Path(os.environ.get("CONVAILENS_DATA") or ROOT / ".data").expanduser().absolute()
    make_private(path)
    return path


def make_private(path: Path) -> None:
    """Make a folder that only its owner reads. Raises Stop, saying what to do, when that is refused."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise Stop(
            f"Cannot make the folder {path}: {fault.strerror}. Set CONVAILENS_DATA to a folder of yours."
        ) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise Stop(f"The folder {path} belongs to another user. Set CONVAILENS_DATA to a folder of yours.")
