"""The listeners that a process has started, as the machine shows them."""

from __future__ import annotations

from pathlib import Path


def listeners_of(process: int | str = "self") -> list[int]:
    """The ids of those at work: the program runs, and is not yet waiting to be collected."""
    found = []
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                if b"listener.py" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    except OSError:  # It, or one of its children, ended while we looked.
        return []
    return found


def is_decoding(listener: int) -> bool:
    """Whether it has everything loaded and has given up its rights: what it does from now on is decode."""
    try:
        return "Max open files            0 " in Path(f"/proc/{listener}/limits").read_text()
    except OSError:
        return False


def has_ended(process: int) -> bool:
    """Whether nothing of it runs any more; that nobody has collected it may be."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True
