"""Everywhere that a service could leave a text behind, as bytes: tables, cache, files, logs, open descriptors."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import stat
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.apps import apps
from psycopg.sql import SQL, Identifier

from convailens.lib.fields import EncryptedTextField

Place = tuple[str, bytes]

# Beside the tables: samples of values that ANALYZE took, and what each connection asked last.
_VIEWS = (("pg_catalog", "pg_stats"), ("pg_catalog", "pg_stat_activity"), ("pg_catalog", "pg_largeobject"))
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""


def tables(url: str) -> Iterator[Place]:
    """Every row of every table."""
    with psycopg.connect(url, autocommit=True) as connection:
        for schema, name in [*connection.execute(_TABLES).fetchall(), *_VIEWS]:
            with connection.cursor() as cursor:
                query = SQL("COPY (SELECT * FROM {}.{}) TO STDOUT (FORMAT csv)").format(
                    Identifier(schema), Identifier(name)
                )
                with cursor.copy(query) as copy:
                    yield f"table {schema}.{name}", b"".join(bytes(part) for part in copy)


def decrypted(url: str) -> Iterator[tuple[str, str, str]]:
    """Every encrypted field of every row, decrypted: model, field, text."""
    with psycopg.connect(url, autocommit=True) as connection:
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if isinstance(field, EncryptedTextField):
                    query = SQL("SELECT {0} FROM {1} WHERE {0} IS NOT NULL").format(
                        Identifier(field.column), Identifier(model._meta.db_table)
                    )
                    for (value,) in connection.execute(query):
                        yield model._meta.label, field.name, str(field.from_db_value(value))


def cluster(url: str) -> Iterator[Place]:
    """The files of the database server: pages with rows long deleted, indexes, the journal, temporary files.

    Left out are the databases that the server began with (their object ids are below 16,384) and its log.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        folder = Path(connection.execute("SHOW data_directory").fetchone()[0])
    for place, data in files(folder, "postgres"):
        database = re.search(r" base/(\d+)/", place)
        if not database or int(database[1]) >= 16_384:
            yield place, data.rstrip(b"\0")


def keys(url: str) -> Iterator[Place]:
    """Every Redis key with its value: as Redis would write it to disk, and as its type reads."""
    client = redis.Redis.from_url(url)
    for database in range(int(client.config_get("databases")["databases"])):
        client.select(database)
        for key in client.scan_iter(count=1000):
            dump = client.dump(key) or b""  # It may expire meanwhile.
            yield f"redis {database} {key!r}", b"\n".join([key, dump, *_values(client, key)])
    yield "redis slow log", repr(client.slowlog_get(1000)).encode()
    client.close()


def _values(client: Any, key: bytes) -> list[bytes]:
    kind = client.type(key)
    read = {
        b"string": lambda: [client.get(key)],
        b"hash": lambda: [part for pair in client.hgetall(key).items() for part in pair],
        b"list": lambda: client.lrange(key, 0, -1),
        b"set": lambda: list(client.smembers(key)),
        b"zset": lambda: client.zrange(key, 0, -1),
        b"stream": lambda: [repr(client.xrange(key)).encode()],
        b"none": lambda: [],
    }
    return [part for part in read[kind]() if part is not None]


class RedisEar:
    """Hears every command that Redis gets, so that what expired before the search is searched too."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url)
        self._monitor = self._client.monitor()
        self._monitor.__enter__()
        self._heard: list[bytes] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        # Closing the connection is how it is told to end.
        with contextlib.suppress(redis.ConnectionError, ValueError, OSError, AttributeError):
            while True:
                self._heard.append(self._monitor.connection.read_response(disable_decoding=True))

    def heard(self) -> Place:
        return "redis commands", b"\n".join(self._heard)

    def close(self) -> None:
        self._monitor.connection.disconnect()
        self._thread.join(5)
        self._client.close()


def files(folder: Path, name: str) -> Iterator[Place]:
    """Every file below a folder, its path included."""
    for path in sorted(folder.rglob("*")):
        # One that goes while we look was a file of a moment; those are noted as they are made.
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and not path.is_symlink():
                yield f"{name} {path.relative_to(folder)}", os.fsencode(path) + b"\n" + path.read_bytes()


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for process in found:
        for thread in Path(f"/proc/{process}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # A thread that has ended.
                found += map(int, thread.read_text().split())
    return found


def open_files(pid: int, *, but: Path | None = None) -> Iterator[Place]:
    """What stands in the regular files that a process and its children hold open, deleted ones too."""
    for process in family(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for entry in Path(f"/proc/{process}/fd").iterdir():
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    target = os.readlink(entry)
                    if stat.S_ISREG(entry.stat().st_mode) and target != str(but):
                        yield f"open file {target}", entry.read_bytes()


def surroundings(pid: int) -> Iterator[Place]:
    """What a process and its children were started with, which any tool that lists processes shows."""
    for process in family(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for name in ("cmdline", "environ"):
                yield f"{name} of {process}", Path(f"/proc/{process}/{name}").read_bytes()


class FolderEar:
    """Hears of every file that is made in a folder or opened there, by whatever program, however short its life.

    The kernel's inotify; what is below the folder is not watched, but making a folder in it is heard.
    """

    _MASK = 0x100 | 0x2 | 0x8 | 0x80 | 0x40  # create, modify, close after writing, moved to, moved from

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._fd >= 0
        assert libc.inotify_add_watch(self._fd, os.fsencode(folder), self._MASK) >= 0

    def heard(self) -> list[str]:
        names = []
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._fd, 65_536):
                at = 0
                while at < len(data):
                    length = struct.unpack_from("iIII", data, at)[3]
                    names.append(os.fsdecode(data[at + 16 : at + 16 + length].rstrip(b"\0")))
                    at += 16 + length
        return names

    def close(self) -> None:
        os.close(self._fd)


class Watching:
    """Looks at a process' open files and a folder again and again while a block lasts; keeps what it saw, once each."""

    def __init__(self, pid: int, folder: Path, *, but: Path) -> None:
        self._pid, self._folder, self._but = pid, folder, but
        self._end = threading.Event()
        self._seen: dict[tuple[str, int], bytes] = {}
        self.rounds = 0
        self.fault: BaseException | None = None

    def _look(self) -> None:
        try:
            while not self._end.is_set():
                for place, data in [*open_files(self._pid, but=self._but), *files(self._folder, "temporary file")]:
                    self._seen[place, len(data)] = data
                self.rounds += 1
                time.sleep(0.03)
        except BaseException as fault:  # Re-raised where the block ends: a blind watch must not pass for a clean one.
            self.fault = fault

    def __enter__(self) -> Watching:
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        if self.fault:
            raise self.fault

    @property
    def seen(self) -> list[Place]:
        return [(place, data) for (place, _), data in self._seen.items()]
