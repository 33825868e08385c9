"""The keeper of one server, started by `launch.keeper`; not for people."""

from __future__ import annotations

from pathlib import Path

from launch.keeper import keep
from launch.postgres import Postgres
from launch.redis_server import Redis


def run(arguments: list[str]) -> int:
    """NAME HOME durable|throwaway DESCRIPTOR."""
    name, home, durability, tell = arguments
    if name == Redis.name:
        return keep(Redis(Path(home)), int(tell))
    return keep(Postgres(Path(home), durable=durability == "durable"), int(tell))
