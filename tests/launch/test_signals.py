"""A wish to stop, and what must not be left half done."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from launch.paths import ROOT

PROGRAM = """
import os, signal, sys
from launch.signals import Asked, Signals, whole
signals = Signals()
signals.listen()
try:
    with whole():
        with whole():
            os.kill(os.getpid(), int(sys.argv[1]))
            print("inner")
        print("outer")
    print("after")
except Asked as asked:
    print("asked", asked.number, signals.is_stopping)
with whole():
    print("again")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_waits_until_what_must_be_whole_is_done(number: signal.Signals) -> None:
    command = [sys.executable, "-c", PROGRAM, str(int(number))]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout.splitlines() == ["inner", "outer", f"asked {int(number)} True", "again"]
