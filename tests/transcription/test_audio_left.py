"""What a recording leaves behind, however its work ends: no file, no process, and a worker that takes the next one."""

from __future__ import annotations

import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from convailens.lib.errors import ConvAILensError
from tests.transcription.audio_host import NOTE, VOICE, running_host
from tests.transcription.audio_listeners import has_ended, is_decoding, listeners_of
from transcription.audio.measure import measure
from transcription.audio.recording import Audio
from transcription.errors import AudioRefused, AudioUnavailable

ROOT = VOICE.parents[2]
#: Writes no file: the first byte into one would be refused by the system, and end the process with an error.
WRITES_NOTHING = ["/bin/sh", "-c", 'ulimit -f 0 && exec "$@"', "sh", sys.executable, "-B"]


def noise(seconds: int) -> bytes:
    """Loud noise without a voice in it, so all of it is listened to: some 15 s of work for each quarter of an hour."""
    data = random.Random(1).randbytes(16_000 * seconds)
    form = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8_000, 16_000, 2, 16)
    return b"RIFF" + struct.pack("<I", len(data) + 36) + form + b"data" + struct.pack("<I", len(data)) + data


def measured(body: bytes) -> float:
    return measure(Audio((body,), "https://storage.googleapis.com/a"), max_s=5400).duration_s


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so in this time."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def test_a_process_that_may_write_no_file_does_the_whole_work_and_leaves_none(tmp_path: Path) -> None:
    with running_host() as host:
        host.answers["/short"] = host.answers["/good"] = lambda request: request.give(NOTE)
        host.answers["/html"] = lambda request: request.give(b"<!DOCTYPE html>" * 1000)
        host.answers["/broken"] = lambda request: request.give(NOTE[:3_000])
        ran = subprocess.run(
            [*WRITES_NOTHING, "-m", "tests.failures.audio_eater", host.origin, "10", "/good", "/html", "/broken"],
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
    codes = [line.partition('"code": ')[2].partition(",")[0] for line in ran.stdout.splitlines()]
    assert codes == ["null", '"audio_wrong_type"', '"audio_unreadable"']
    assert list(tmp_path.iterdir()) == []


_MEASURES = """
import sys
from transcription.audio.measure import measure
from transcription.audio.recording import Audio
measure(Audio((sys.stdin.buffer.read(),), "https://a/b"), max_s=5400)
"""


@contextmanager
def measuring_process(body: bytes, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A process that measures these bytes, and its listener, which is decoding."""
    with subprocess.Popen(
        [*WRITES_NOTHING, "-c", _MEASURES],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert process.stdin
            process.stdin.write(body)
            process.stdin.close()
            assert within(10, lambda: any(map(is_decoding, listeners_of(process.pid))))
            (listener,) = listeners_of(process.pid)
            yield process, listener
        finally:
            process.kill()


def test_a_process_killed_amid_the_decoding_leaves_no_file_and_no_listener(tmp_path: Path) -> None:
    with measuring_process(noise(1200), tmp_path) as (process, listener):
        time.sleep(0.1)
        assert process.poll() is None
        assert not has_ended(listener)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert within(0.5, lambda: has_ended(listener))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        (signal.SIGSEGV, AudioRefused),  # A decoder's fault: the next try would end the same.
        (signal.SIGABRT, AudioRefused),
        (signal.SIGXCPU, AudioRefused),  # Its own limit.
        (signal.SIGKILL, AudioUnavailable),  # The machine's doing: short of memory, or shutting down.
        (signal.SIGTERM, AudioUnavailable),
    ],
)
def test_a_listener_that_dies_takes_nothing_with_it(how: signal.Signals, refusal: type[ConvAILensError]) -> None:
    def end() -> None:
        assert within(10, lambda: any(map(is_decoding, listeners_of())))
        os.kill(listeners_of()[0], how)

    ending = threading.Thread(target=end)
    ending.start()
    with pytest.raises(refusal) as refused:
        measured(noise(1200))
    ending.join()
    assert refused.value.code == ("audio_unreadable" if refusal is AudioRefused else "audio_unavailable")
    assert listeners_of() == []
    assert measured(noise(1)) == 1.0


def test_two_recordings_are_listened_to_at_once_and_the_others_wait() -> None:
    found: list[float] = []
    body = noise(10)
    threads = [threading.Thread(target=lambda: found.append(measured(body))) for _ in range(4)]
    for thread in threads:
        thread.start()
    most = 0
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(listeners_of()))
        time.sleep(0.005)
    assert found == [10.0] * 4
    assert most == 2
