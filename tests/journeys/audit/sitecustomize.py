"""Read by every Python process of the canary journey at its start: notes each file that it opens to write, or makes.

Watching a folder from outside may miss a file that lives for a moment, or one without a name; this cannot. The notes
go to the file that `CANARY_AUDIT` names.
"""

import os
import sys

_notes = os.open(os.environ["CANARY_AUDIT"], os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
_WRITES = (
    os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | getattr(os, "O_TMPFILE", 0) & ~os.O_DIRECTORY
)
_MAKES = {"os.mkdir", "os.rename", "os.link", "os.symlink", "tempfile.mkstemp", "tempfile.mkdtemp", "sqlite3.connect"}


def _note(event: str, what: tuple[object, ...]) -> None:
    if event == "open":
        path, mode, flags = what
        writes = (isinstance(flags, int) and flags & _WRITES) or (isinstance(mode, str) and set(mode) & set("wax+"))
        if not writes or isinstance(path, int):
            return
    elif event in _MAKES:
        path = what[0]
    else:
        return
    os.write(_notes, f"{event} {path!s}\n".encode("utf-8", "backslashreplace"))


sys.addaudithook(_note)
os.write(_notes, f"begun {os.getpid()}\n".encode())
