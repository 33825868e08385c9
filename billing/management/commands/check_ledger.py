"""`manage.py check_ledger`: does the ledger explain every unit that the counters show?"""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from billing.use_cases.check_ledger import check_ledger


class Command(BaseCommand):
    help = "Compare the usage counters and reservations with the ledger; exit code 1 when they differ."

    def handle(self, *_: Any, **__: Any) -> None:
        report = check_ledger()
        out = self.stdout if report.is_sound else self.stderr
        for name, count in asdict(report).items():
            out.write(f"{name.replace('_', ' ')}: {count}")
        if not report.is_sound:
            out.write("The ledger does not explain every unit.")
            sys.exit(1)
        out.write("The ledger explains every unit.")
