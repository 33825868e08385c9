"""`python launch COMMAND [ARGUMENTS]`: what `launch/run` hands over to."""

from __future__ import annotations

import contextlib
import importlib
import sys
from pathlib import Path

COMMANDS = ("demo", "test", "check", "manage", "keep")


def main() -> int:
    """Run one command; a failure that was foreseen is one line, not a traceback."""
    # Python put this folder first, where our modules would hide others of the same name.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from launch.environment import keep_bytecode
    from launch.terminal import Stop, Voice

    command, arguments = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if command not in COMMANDS:
        Voice().insist("Use bin/demo, bin/test, bin/check or bin/manage; each explains itself with --help.")
        return 2
    try:
        keep_bytecode()
        code: int = importlib.import_module(f"launch.commands.{command}").run(arguments)
    except Stop as stop:
        Voice().insist(stop.message)
        return stop.code
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    exit_code = main()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    sys.exit(exit_code)
