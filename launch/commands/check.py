"""`bin/check`: format, lint, types, import order, missing migrations."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import IO

from launch.environment import for_programs
from launch.inside import go_inside_venv
from launch.keeper import die_with_parent
from launch.paths import ROOT, VENV, VENV_PYTHON
from launch.services import ThrowawayServices, settings_from_environment
from launch.terminal import Voice

USAGE = """usage: bin/check

Checks format and lint (ruff), types (mypy), which app imports which (import-linter) and that no migration is missing.
`bin/test` does the same and then runs the tests. To mend format and lint:
.venv/bin/ruff format && .venv/bin/ruff check --fix
"""
#: What mypy reads; tests and bench are left to their own runs.
TYPED = ["convailens", "accounts", "billing", "transcription", "analysis", "sandbox", "launch", "manage.py"]
CHECKS: dict[str, list[str]] = {
    "types": ["-m", "mypy", *TYPED],
    "format": ["-m", "ruff", "format", "--check", "."],
    "lint": ["-m", "ruff", "check", "."],
    "imports": [str(VENV / "bin" / "lint-imports")],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
}


def run(arguments: list[str]) -> int:
    """Exit 0 when all is well, 1 when something is not, 2 for a wrong use."""
    if arguments:
        asked = arguments in (["--help"], ["-h"])
        print(USAGE, end="", file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    voice = Voice()
    go_inside_venv("check", arguments, voice)
    with ThrowawayServices(settings_from_environment(), voice) as services:
        return 0 if check(for_programs(services.environment), voice) else 1


def check(environment: Mapping[str, str], voice: Voice) -> bool:
    """Run all checks at once and show, in a fixed order, what each has to say. True when all are content."""
    started = time.monotonic()
    content = True
    with contextlib.ExitStack() as files:
        running = []
        for name, arguments in CHECKS.items():
            output = files.enter_context(tempfile.TemporaryFile())
            running.append((name, _start(arguments, environment, output), output))
        for name, process, output in running:
            code = process.wait()
            content = content and code == 0
            voice.insist(f"  {name}: {'ok' if code == 0 else 'NOT OK'}")
            if code:
                output.seek(0)
                voice.insist(output.read().decode(errors="replace").rstrip())
    voice.insist(f"  checks: {'all ok' if content else 'NOT OK'}, {time.monotonic() - started:.0f} s")
    return content


def _start(arguments: Sequence[str], environment: Mapping[str, str], output: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [VENV_PYTHON, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
