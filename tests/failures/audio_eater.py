"""A process that takes recordings from links and says what it cost: run by `test_audio_memory`, one line of JSON each.

Idle is what it holds when all is loaded and one short recording has been through it.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from convailens.lib.errors import ConvAILensError
from transcription.audio.door import AudioDoor
from transcription.audio.measure import measure

STATUS = Path("/proc/self/status")


def kilobytes(field: str, status: Path = STATUS) -> int:
    """One field of a process's status."""
    return next((int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(f"{field}:")), 0)


def take(origin: str, path: str, timeout_s: float) -> dict[str, Any]:
    """Fetch and measure one recording as the worker does, with the limits of the settings."""
    door = AudioDoor()
    try:
        with door.fetch(
            origin + path,
            token=None,
            extra_hosts=(),
            exempt=[origin],
            max_bytes=40 * 1024 * 1024,
            timeout_s=timeout_s,
        ) as audio:
            found = measure(audio, max_s=90 * 60)
            return {
                "code": None,
                "bytes": audio.size,
                "seconds": found.duration_s,
                "has_speech": found.has_speech,
            }
    except ConvAILensError as refused:
        return {"code": refused.code}


class Watch:
    """The most memory that a listener holds meanwhile: all its pages, and those that are its own.

    The others are pages of programs and libraries, which every process on the machine that uses them shares.
    """

    def __init__(self) -> None:
        self.most = dict.fromkeys(("VmRSS", "RssAnon"), 0)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._ended.wait(0.02):
            for task in Path("/proc/self/task").iterdir():
                try:
                    for child in (task / "children").read_text().split():
                        if b"listener" not in Path(f"/proc/{child}/cmdline").read_bytes():
                            continue  # Not yet itself: between its start and its program it has our own pages.
                        for field, most in self.most.items():
                            self.most[field] = max(most, kilobytes(field, Path(f"/proc/{child}/status")))
                except OSError:  # It ended while we looked.
                    continue

    def end(self) -> dict[str, int]:
        self._ended.set()
        self._thread.join()
        return self.most


def main(origin: str, timeout_s: float, paths: list[str]) -> None:
    take(origin, "/short", timeout_s)
    idle = kilobytes("VmRSS")
    for path in paths:
        Path("/proc/self/clear_refs").write_text("5")  # The peak counts from here.
        watch = Watch()
        started = time.monotonic()
        found = take(origin, path, timeout_s)
        found["took_s"] = round(time.monotonic() - started, 2)
        found["grown_kb"] = kilobytes("VmHWM") - idle
        most = watch.end()
        found["listener_kb"], found["listeners_own_kb"] = most["VmRSS"], most["RssAnon"]
        print(json.dumps(found), flush=True)  # noqa: T201 -- The answer to the test.


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
