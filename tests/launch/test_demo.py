"""bin/demo as a person meets it: a start beside other programs, accidents, and an end that leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from launch.paths import ROOT
from tests.launch.people import eventually, processes_of

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="looks at /proc, and counts on the kernel's death signal"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One folder for all starts here: the first fills it, the later ones find it filled."""
    path = tmp_path_factory.mktemp("demo") / "its data"
    yield path
    assert processes_of(path) == []


@pytest.fixture
def environment(data: Path) -> dict[str, str]:
    """Services of the demo's own, whatever the tests run on."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return kept | {"CONVAILENS_DATA": str(data)}


class Demo:
    """A running bin/demo; `said` grows as it speaks."""

    def __init__(self, environment: dict[str, str], said: Path, *, terminal: int | None = None) -> None:
        self.said = said
        with said.open("wb") as out:
            self.process = subprocess.Popen(
                [ROOT / "bin" / "demo"],
                env=environment,
                stdin=terminal if terminal is not None else subprocess.DEVNULL,
                stdout=out,
                stderr=out if terminal is None else terminal,
                start_new_session=True,
            )

    def wait_for(self, words: str, *, within_s: float = 100) -> str:
        assert eventually(lambda: words in self.text() or self.process.poll() is not None, within_s=within_s)
        assert words in self.text(), self.text()
        return self.text()

    def text(self) -> str:
        return self.said.read_text(errors="replace")

    def web(self) -> str:
        return re.search(r"Connect an account\s+(http://\S+)/connect", self.text()).group(1)


def get(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status


def pid_of(data: Path, *words: bytes) -> int:
    (pid,) = [
        pid for pid in processes_of(data) if all(word in Path(f"/proc/{pid}/cmdline").read_bytes() for word in words)
    ]
    return pid


def test_a_demo_among_others_survives_accidents_and_ctrl_c_leaves_no_process(
    data: Path, environment: dict[str, str], tmp_path: Path
):
    with contextlib.ExitStack() as others:
        for port in (8000, 8101):
            other = others.enter_context(socket.socket())
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):  # Somebody else has it: just as taken.
                other.bind(("127.0.0.1", port))
                other.listen()
        demo = Demo(environment, tmp_path / "said")
        text = demo.wait_for("Ctrl-C stops everything")
    assert demo.web() != "http://127.0.0.1:8000"
    assert "http://127.0.0.1:8101" not in text
    assert get(f"{demo.web()}/connect") == 200
    assert get(re.search(r"API\s+(\S+)", text).group(1)) == 200
    assert get(re.search(r"Sandbox: Kommo\s+(\S+)", text).group(1)) == 200
    assert re.search(r"log in as support with \S+", text)

    second = subprocess.run([ROOT / "bin" / "demo"], env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert f"running already at {demo.web()}" in second.stderr

    found = subprocess.run(
        [
            ROOT / "bin" / "manage",
            "shell",
            "-v",
            "0",
            "-c",
            "from django.contrib.auth.models import User as U\nprint(U.objects.count())",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (0, "2\n"), found.stderr
    assert get(f"{demo.web()}/health/ready") == 200

    os.kill(pid_of(data, b"convailens.web"), signal.SIGKILL)
    demo.wait_for("Starting web again")
    assert "web ended by itself (signal 9)" in demo.text()
    assert eventually(lambda: _answers(demo.web()), within_s=60)

    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(timeout=60) == 0
    assert processes_of(data) == []
    assert demo.text().rstrip().endswith("Stopped.")


def _answers(web: str) -> bool:
    try:
        return get(f"{web}/health/ready") == 200
    except OSError:
        return False


@pytest.mark.full
def test_the_second_start_finds_all_as_it_was_and_a_closed_terminal_ends_it(
    data: Path, environment: dict[str, str], tmp_path: Path
):
    password = json.loads((data / "secrets.json").read_text())["DEMO_STAFF_PASSWORD"]
    master, slave = pty.openpty()
    demo = Demo(environment, tmp_path / "said", terminal=slave)
    os.close(slave)
    heard = b""
    give_up_at = time.monotonic() + 100
    while b"Ctrl-C stops everything" not in heard and time.monotonic() < give_up_at:
        heard += os.read(master, 65536)
    assert f"support with {password}" in heard.decode()
    assert b"Bringing the database up to date" not in heard
    os.close(master)
    # A terminal that closes also sends this, to the session that it controls.
    demo.process.send_signal(signal.SIGHUP)
    demo.process.wait(timeout=60)
    assert processes_of(data) == []


def test_a_killed_launcher_leaves_no_process(data: Path, environment: dict[str, str], tmp_path: Path):
    demo = Demo(environment, tmp_path / "said")
    demo.wait_for("Ctrl-C stops everything")
    assert len(processes_of(data)) >= 6
    demo.process.kill()
    demo.process.wait()
    assert eventually(lambda: processes_of(data) == [], within_s=60)


def test_a_stop_during_the_start_leaves_no_process(data: Path, environment: dict[str, str], tmp_path: Path):
    demo = Demo(environment, tmp_path / "said")
    demo.wait_for("Starting the sandbox")
    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(timeout=60) == 128 + signal.SIGTERM
    assert processes_of(data) == []
