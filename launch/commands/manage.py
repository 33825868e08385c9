"""`bin/manage`: manage.py in the demo's environment."""

from __future__ import annotations

import sys

from launch.child import run_in_foreground
from launch.environment import callers_settings, for_programs, kept_secrets
from launch.inside import go_inside_venv
from launch.paths import ROOT, VENV_PYTHON
from launch.services import Services, shared_folder
from launch.terminal import Voice

USAGE = """usage: bin/manage COMMAND [arguments]

Django's manage.py with the demo's database, secrets and settings (and `.env`). Starts PostgreSQL and Redis if they are
down and leaves them as it found them. stdout carries what the command prints and nothing else.

For example: bin/manage help          all commands
             bin/manage evaluate DIR  run the analysis over a folder of chats
             bin/manage sandbox       the outside services on loopback
"""


def run(arguments: list[str]) -> int:
    """The command's own exit code."""
    if not arguments or arguments in (["--help"], ["-h"]):
        print(USAGE, end="", file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    voice = Voice(quiet=True)
    go_inside_venv("manage", arguments, voice)
    settings = callers_settings()
    with Services(shared_folder(), settings, voice, durable=True) as services:
        environment = for_programs(kept_secrets() | settings | services.environment)
        # In the caller's folder, so that names of files mean what they say.
        return run_in_foreground([VENV_PYTHON, ROOT / "manage.py", *arguments], environment, fds=services.fds)
