"""`manage.py build_widget`: checks the widget by the store's rules and writes the zip that is uploaded to Kommo."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

FOLDER = settings.BASE_DIR / "widget"


class Command(BaseCommand):
    """Nothing is written while a rule is broken."""

    help = (
        "Check the widget by every rule of Kommo's store that a program can check, and write the zip to upload: the "
        "same bytes for the same files. Each finding tells file, line, the rule's code and what to do."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="check only, write nothing")
        parser.add_argument("--out", type=Path, metavar="FILE", help="where to (default: dist/widget-VERSION.zip)")
        parser.add_argument("--service-url", metavar="URL", help="of the service it calls, as https://host")
        parser.add_argument("--folder", type=Path, default=FOLDER, help="of the widget (default: widget)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from convailens.widget_package import archived, check, with_service_url
        except ModuleNotFoundError as fault:
            raise CommandError(f"{fault.name} is not installed: this command wants requirements-dev.txt.") from None
        files = read_folder(options["folder"])
        if not files:
            raise CommandError(f"{options['folder']} holds no files.")
        findings = check(files)
        for finding in findings:
            self.stderr.write(str(finding))
        if findings:
            raise CommandError(f"{len(findings)} to mend; nothing was written.")
        size = sum(map(len, files.values()))
        self.stdout.write(f"{len(files)} files, {size / 1024:.1f} KB: all rules are kept.")
        if options["check"]:
            return
        if options["service_url"]:
            try:
                files = dict(with_service_url(files, options["service_url"]))
            except ValueError as fault:
                raise CommandError(str(fault)) from None
        out = options["out"] or settings.BASE_DIR / "dist" / f"widget-{settings.VERSION}.zip"
        content = archived(files)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content)
        self.stdout.write(f"{out}  sha256 {hashlib.sha256(content).hexdigest()}")


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file below, by its name relative to the folder. Links are not followed out of it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
