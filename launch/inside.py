"""Go on inside `.venv`, where the packages are."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from launch.install import ensure_installed
from launch.paths import LAUNCHER, VENV, VENV_PYTHON
from launch.terminal import Voice


def go_inside_venv(command: str, arguments: Sequence[str], voice: Voice) -> None:
    """Return when this process is the environment's own Python; else install what is missing and become it."""
    changed = ensure_installed(voice)
    if changed or Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), str(LAUNCHER), command, *arguments])  # noqa: S606  (no shell is wanted)
