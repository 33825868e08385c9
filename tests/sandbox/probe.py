"""A sandbox whose card carries the probe widget: the smallest that uses what a card offers."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from launch.browser import find_browser
from tests.sandbox.process import running_sandbox

PROBE = Path(__file__).resolve().parent / "probe_widget"


@contextlib.contextmanager
def serving_probe(folder: Path = PROBE, *, web: str = "http://127.0.0.1:8000") -> Iterator[dict[str, Any]]:
    """The ready line of a sandbox that serves the widget in `folder`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SANDBOX_WIDGET_DIR", str(folder))
        stack = contextlib.ExitStack()
        ready = stack.enter_context(running_sandbox(web=web))
    # The process has its environment; that of the tests is as before.
    with stack:
        yield ready


def chromium_path() -> str:
    """The browser on this machine. Without one the test is skipped, in CI it fails."""
    found = find_browser()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI has to have a Chromium")
        pytest.skip("no Chromium on PATH")
    return found
