"""A file that was given to `bin/demo --once`, as bytes; what is wrong with it is told in one line."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from launch.terminal import Stop


class Unusable(Stop):
    """The input is at fault: one line, exit code 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=2)


def bytes_of(name: str, *, at_most: int) -> bytes:
    """Read a regular file of at most so many bytes. Raises Unusable, with one line that names the file."""
    path = Path(name)
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise Unusable(f"{name} is a folder; give one file.")
        if not stat.S_ISREG(kind):
            raise Unusable(f"{name} is not a regular file.")
        with path.open("rb") as file:
            content = file.read(at_most + 1)
    except FileNotFoundError:
        raise Unusable(f"There is no file {name}.") from None
    except PermissionError:
        raise Unusable(f"{name} may not be read by this user.") from None
    except (OSError, ValueError) as fault:
        reason = os.strerror(fault.errno) if isinstance(fault, OSError) and fault.errno else "not a name of a file"
        raise Unusable(f"{name} cannot be read: {reason}.") from None
    if len(content) > at_most:
        raise Unusable(f"{name} is too large: at most {at_most // 1024 // 1024} MB are read.")
    return content
