"""Files on the drive: where they lie, and how they come there."""

from __future__ import annotations

import uuid
from functools import lru_cache

from sandbox.kommo.world import Account
from sandbox.shelf import Recording, Shelf, Stored

NAMESPACE = uuid.UUID("6c1fba2e-58d0-4a4e-a6d6-0a4d2a3bbf10")


@lru_cache(maxsize=20_000)
def derived_uuid(name: str) -> str:
    """The same for a name in every run. Remembered, since each reset asks for the same thousands."""
    return str(uuid.uuid5(NAMESPACE, name))


def place_of(key: str) -> str:
    """The three uuids of a download's address, the same in every run; `key` is a message's id, or a call's name."""
    return "/".join(derived_uuid(f"{part} {key}") for part in ("account", "file", "version"))


def store(
    shelf: Shelf, account: Account, place: str, content: bytes | Recording, file_name: str, media_type: str
) -> Stored:
    """Put a file at its place on the drive."""
    one = Stored(
        id=place.split("/")[1],
        place=place,
        account_id=account.id,
        file_name=file_name,
        media_type=media_type,
        content=content.path if isinstance(content, Recording) else content,
    )
    shelf.put(one)
    return one


def store_sample(shelf: Shelf, account: Account, key: str, sample: Recording | None) -> tuple[str, str]:
    """The address (below the base URL) and the name of a sample on the drive; without one, of a file that is gone."""
    place, name = place_of(key), sample.drive_name if sample else "data.m4a"
    if sample:
        store(shelf, account, place, sample, name, sample.media_type)
    return f"/download/{place}/{name}", name
