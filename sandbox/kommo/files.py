"""Files on the drive: where they lie, and how they come there."""

from __future__ import annotations

import uuid

from sandbox.kommo.world import Account
from sandbox.shelf import Recording, Shelf, Stored

NAMESPACE = uuid.UUID("6c1fba2e-58d0-4a4e-a6d6-0a4d2a3bbf10")


def place_of(key: str) -> str:
    """The three uuids of a download's address, the same in every run; `key` is a message's id, or a call's name."""
    return "/".join(str(uuid.uuid5(NAMESPACE, f"{part} {key}")) for part in ("account", "file", "version"))


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
