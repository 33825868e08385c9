"""`manage.py evaluate DIR`: read sample chats with the real pipeline and say how well it did."""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from analysis.evaluation import metrics
from analysis.evaluation.document import document_of
from analysis.evaluation.endpoint import Endpoint, NoEndpoint, endpoint
from analysis.evaluation.injections import Planting, load_attempts, plant_all
from analysis.evaluation.report import html_of
from analysis.evaluation.runner import Comparison, Outcome, run_plantings, run_samples
from analysis.evaluation.samples import BadSample, Sample, load_samples
from analysis.evaluation.table import table_of
from analysis.tokens import count_tokens

AT_ONCE = 4  # Runs at a time against a real model; the sandbox answers on this machine, so one is as fast.
BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1_000_000:
        raise ArgumentTypeError("a whole number from 1 on")
    return int(text)


class Command(BaseCommand):
    help = (
        "Reads the sample chats of a folder with the configured model (none configured: with the sandbox's, chosen by "
        "SANDBOX_MODEL) and compares the readings with what is known about the chats. Figures: docs/evaluation.md."
    )
    requires_system_checks = ()  # It needs neither a database nor a web process.

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dir", type=Path, metavar="DIR", help="a folder of chats (*.json)")
        parser.add_argument("--inject", type=Path, metavar="FILE", help="attempts to plant into the chats")
        parser.add_argument("--json", metavar="OUT", help="write the figures as JSON; - for standard output")
        parser.add_argument("--html", type=Path, metavar="OUT", help="write a report with plots")
        parser.add_argument("--limit", type=_positive, metavar="N", help="only the first N chats")
        parser.add_argument(
            "--concurrency", type=_positive, metavar="N", help=f"runs at a time (default {AT_ONCE}; sandbox: 1)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            samples = load_samples(options["dir"], limit=options["limit"])
            plantings = self._plantings(options["inject"], samples)
            _check_writable(options["json"], options["html"])
        except BadSample as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from None
        try:
            with endpoint() as where:
                concurrency = options["concurrency"] or (1 if where.rules else AT_ONCE)
                outcomes, comparisons = asyncio.run(_read_all(samples, plantings, where, concurrency))
        except NoEndpoint as error:
            raise CommandError(str(error), returncode=FAILED) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped; nothing was written.", returncode=INTERRUPTED) from None
        document = document_of(
            outcomes, comparisons, endpoint=where.shown, model=where.rules or where.model, note=where.note
        )
        self._write(document, options["json"], options["html"])
        if not document["n_read"]:
            raise CommandError("No chat could be read; see the failures.", returncode=FAILED)
        if stumbled := document["failures"]["internal"]:
            raise CommandError(f"{stumbled} chats met a mistake of ours; see the log.", returncode=FAILED)

    def _plantings(self, path: Path | None, samples: Sequence[Sample]) -> list[Planting] | None:
        return None if path is None else plant_all(load_attempts(path), samples, seed=metrics.SEED)

    def _write(self, document: dict[str, Any], json_to: str | None, html_to: Path | None) -> None:
        text = json.dumps(document, indent=2) + "\n"
        if json_to == "-":
            self.stdout.write(text, ending="")
        else:
            self.stdout.write(table_of(document))
        if json_to and json_to != "-":
            Path(json_to).write_text(text, encoding="utf-8")
        if html_to:
            html_to.write_text(html_of(document), encoding="utf-8")


def _check_writable(json_to: str | None, html_to: Path | None) -> None:
    """Raises BadSample before anything is paid for when a report could not be written in the end."""
    for path in (Path(json_to) if json_to and json_to != "-" else None, html_to):
        if path and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise BadSample(f"{path}: cannot be written; its folder must be there.")


async def _read_all(
    samples: Sequence[Sample], plantings: Sequence[Planting] | None, where: Endpoint, concurrency: int
) -> tuple[list[Outcome], list[Comparison] | None]:
    await asyncio.to_thread(count_tokens, "warm")  # Half a second to load: not within the first chat's latency.
    model = where.open(max_connections=concurrency + 1)
    deadline_s = settings.ANALYSIS_DEADLINE_S
    try:
        with _bar("Chats", len(samples)) as bar:
            outcomes = await run_samples(
                samples, model, deadline_s=deadline_s, concurrency=concurrency, on_done=bar.update
            )
        if plantings is None:
            return outcomes, None
        with _bar("Attempts", len(plantings)) as bar:
            comparisons = await run_plantings(
                plantings, model, deadline_s=deadline_s, concurrency=concurrency, on_done=bar.update
            )
        return outcomes, comparisons
    finally:
        await model.close()


def _bar(title: str, total: int) -> tqdm:
    every_s = 0.2 if sys.stderr.isatty() else 5.0  # In a file each step is a line of its own.
    return tqdm(desc=title, total=total, file=sys.stderr, mininterval=every_s, unit="chat", dynamic_ncols=True)
