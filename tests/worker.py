"""A worker process for tests: real procrastinate on the test's own database, beside the sandbox."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.web import ROOT, environment

QUEUE = "voice"


@dataclass
class Worker:
    """A running worker process."""

    process: subprocess.Popen[bytes]
    log_file: Path

    def kill(self) -> None:
        """As a crash: no shutdown, no clean-up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@contextlib.contextmanager
def running_worker(ready: dict[str, Any], log_file: Path, *, concurrency: int = 2, **env: str) -> Iterator[Worker]:
    """A worker of the voice queue alone, so that no other chore joins in; ended with the block."""
    command = [sys.executable, "manage.py", "procrastinate", "worker", "--queues", QUEUE]
    command += ["--concurrency", str(concurrency), "--fetch-job-polling-interval", "0.2"]
    settings = {"NOTE_WAIT_S": "0.5"} | env
    with log_file.open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(ready, **settings), stdout=log, stderr=log)
    worker = Worker(process, log_file)
    try:
        yield worker
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                worker.kill()
