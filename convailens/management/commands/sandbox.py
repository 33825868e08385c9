"""`manage.py sandbox [options]`: the outside services on loopback; one line of JSON when ready, until SIGTERM."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Hands over to the sandbox, a program of its own that imports none of ours and takes its own options."""

    help = "Serve the emulated outside services until SIGTERM (options: python -m sandbox --help)."

    def run_from_argv(self, argv: list[str]) -> None:
        os.execv(sys.executable, [sys.executable, "-m", "sandbox", *argv[2:]])  # noqa: S606  (ourselves, no shell)

    def handle(self, *args: Any, **options: Any) -> None:
        self.run_from_argv(["manage.py", "sandbox", *args])
