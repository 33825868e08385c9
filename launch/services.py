"""Postgres and Redis for a command: those that the environment names, else our own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from launch.environment import SERVER_LOG
from launch.keeper import Lease, Server, use
from launch.locks import FileLock
from launch.paths import data_dir, make_private
from launch.postgres import Postgres
from launch.redis_server import Redis
from launch.terminal import Voice

DATABASE = "convailens"
SLOTS = 32


class Services:
    """Postgres and Redis while a `with` block lasts; `environment` says how to reach them.

    `DATABASE_URL` and `REDIS_URL` are used where they are set, and then nothing is started for them. Our own are
    shared by all commands that ask for the same folder, and stop with the last of them.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str], voice: Voice, *, durable: bool) -> None:
        self.environment: dict[str, str] = {}
        self.folder = folder
        self._settings = settings
        self._voice = voice
        self._durable = durable
        self._leases: list[Lease] = []

    @property
    def fds(self) -> tuple[int, ...]:
        """To be passed on to children that shall keep the services up as long as they live."""
        return tuple(fd for lease in self._leases for fd in lease.fds)

    def __enter__(self) -> Self:
        try:
            if database_url := self._settings.get("DATABASE_URL"):
                self.environment["DATABASE_URL"] = database_url
            else:
                postgres = Postgres(self.folder / "postgres", durable=self._durable)
                self._use(postgres, "Starting PostgreSQL")
                self.environment["DATABASE_URL"] = postgres.url(DATABASE)
                self.environment[SERVER_LOG] = str(postgres.log)
                from launch.database import make_database  # Here, since it needs the packages.

                make_database(postgres.url("postgres"), DATABASE)
            if redis_url := self._settings.get("REDIS_URL"):
                self.environment["REDIS_URL"] = redis_url
            else:
                redis = Redis(self.folder / "redis")
                self._use(redis, "Starting Redis")
                self.environment["REDIS_URL"] = redis.url()
        except BaseException:
            self._give_back()
            raise
        return self

    def _use(self, server: Server, doing: str) -> None:
        with self._voice.step(doing):
            self._leases.append(use(server))

    def _give_back(self) -> None:
        while self._leases:
            self._leases.pop().give_back()

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._give_back()


class ThrowawayServices(Services):
    """Services of this command alone: without fsync, in a folder that nobody else uses at the same time."""

    def __init__(self, settings: Mapping[str, str], voice: Voice) -> None:
        folder, self._slot = _free_slot()
        super().__init__(folder, settings, voice, durable=False)

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        super().__exit__(kind, fault, at)
        self._slot.close()


def _free_slot() -> tuple[Path, FileLock]:
    """A folder whose lock is free. Folders are kept for the next run, whose start is quicker for it."""
    parent = data_dir() / "throwaway"
    for number in range(SLOTS):
        folder = parent / str(number)
        make_private(folder)
        slot = FileLock(folder / "slot.lock")
        if slot.try_take():
            return folder, slot
        slot.close()
    raise RuntimeError(f"{SLOTS} commands with services of their own run at once.")


def shared_folder() -> Path:
    """Where the services of the demo keep their data."""
    return data_dir()


def settings_from_environment() -> dict[str, str]:
    """The caller's own DATABASE_URL and REDIS_URL, where they are not empty."""
    return {name: value for name in ("DATABASE_URL", "REDIS_URL") if (value := os.environ.get(name, "").strip())}
