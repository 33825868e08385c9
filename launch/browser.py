"""A Chromium for the browser tests: the machine's own, or Debian's package where we may install it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess

from launch.keeper import die_with_parent
from launch.terminal import Voice

#: As the package of Debian, Ubuntu or Google calls it.
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
#: The fonts, since a page without any measures nothing as people see it.
PACKAGES = ("chromium", "fonts-liberation")
_WITHIN_S = 600


def find_browser() -> str | None:
    """The path of a Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ensure_browser(voice: Voice) -> None:
    """Install one where there is none and we are root on a system with apt. Without one the browser tests skip
    themselves, and fail under CI: both say why.
    """
    if find_browser() is not None:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        voice.insist("  No Chromium on PATH, so the browser tests are skipped. To run them: apt install chromium")
        return
    with voice.step("Installing Chromium for the browser tests (once; half a minute)", slow=True):
        fault = _apt_get("update") or _apt_get("install", "--yes", "--no-install-recommends", *PACKAGES)
    if fault:
        voice.insist(f"  Chromium could not be installed; the browser tests go without. apt-get said: {fault}")


def _apt_get(*arguments: str) -> str:
    """What was wrong in one line, empty when nothing was."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            ["apt-get", "--quiet", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_WITHIN_S,
            preexec_fn=die_with_parent(signal.SIGTERM),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"nothing for {_WITHIN_S} s"
    if done.returncode == 0:
        return ""
    # Addresses of package servers may carry passwords; what matters stands behind the last "E:".
    errors = [line for line in done.stderr.splitlines() if line.startswith("E:") and "://" not in line]
    return errors[-1] if errors else f"exit code {done.returncode}"
