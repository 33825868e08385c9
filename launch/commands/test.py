"""`bin/test`: everything the project checks."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from launch.browser import ensure_browser
from launch.child import run_in_foreground
from launch.commands.check import check
from launch.environment import for_programs
from launch.inside import go_inside_venv
from launch.paths import ROOT, VENV_PYTHON
from launch.services import ThrowawayServices, settings_from_environment
from launch.terminal import Voice

USAGE = """usage: bin/test [--full] [--no-check] [arguments of pytest]

Installs what is missing, starts a PostgreSQL and a Redis of its own (unless DATABASE_URL and REDIS_URL name some), runs
bin/check, then pytest, whose summary is the last line. `.env` is not read: tests talk to the sandbox only. The browser
tests want a Chromium: where there is none, apt installs it for root; anybody else sees them skipped.

  --full       the long tests too
  --no-check   pytest only
  --help       this text

For example: bin/test tests/analysis -q -x
"""
#: Settings of outside services that a shell may hold; a test must not reach the real ones by accident.
_OUTSIDE = ("KOMMO_", "OPENAI_", "DEEPGRAM_", "LEMONSQUEEZY_")


def run(arguments: list[str]) -> int:
    """pytest's exit code; 1 when only the checks failed."""
    if {"--help", "-h"} & set(arguments):
        print(USAGE, end="")
        return 0
    voice = Voice()
    go_inside_venv("test", arguments, voice)
    for_pytest = [argument for argument in arguments if argument not in {"--full", "--no-check"}]
    marked = for_pytest[for_pytest.index("-m") + 1 :][:1] if "-m" in for_pytest else []
    if not marked:
        for_pytest = ["-m", "not live" if "--full" in arguments else "not full and not live", *for_pytest]
    if not any(Path(argument.partition("::")[0]).exists() for argument in for_pytest) and "-n" not in for_pytest:
        # The whole suite, which waits more than it works: side by side, each file within one worker.
        for_pytest = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder", *for_pytest]
    if marked != ["live"]:
        _forget_outside_services()
    if _may_open_browser(for_pytest):
        ensure_browser(voice)
    with ThrowawayServices(settings_from_environment(), voice) as services:
        environment = for_programs(services.environment)
        content = "--no-check" in arguments or check(environment, voice)
        if not content:
            voice.insist(
                "  the checks above are not content; the tests run all the same, and the exit code will say so"
            )
        sys.stdout.flush()
        command: list[str | Path] = [VENV_PYTHON, "-m", "pytest", *for_pytest]
        # SIGINT lets pytest take down its fixtures, and with them the programs they started.
        code = run_in_foreground(command, environment, cwd=ROOT, fds=services.fds, when_orphaned=signal.SIGINT)
    return code or (0 if content else 1)


def _may_open_browser(for_pytest: list[str]) -> bool:
    """Whether tests/browser is among what is asked for."""
    paths = [path.resolve() for argument in for_pytest if (path := Path(argument.partition("::")[0])).exists()]
    browser = ROOT / "tests" / "browser"
    return not paths or any(browser.is_relative_to(path) or path.is_relative_to(browser) for path in paths)


def _forget_outside_services() -> None:
    for name in list(os.environ):
        if name.startswith(_OUTSIDE):
            del os.environ[name]
