"""A recording in memory: as many pieces as it came in, never one."""

from __future__ import annotations

import hashlib
import hmac
import io
import weakref
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Audio:
    """A recording's bytes and where they came from. Use it in a `with`: leaving frees them, and the turn they hold.

    A turn that is not given back (see `AudioDoor`) comes back when the recording is collected.
    """

    def __init__(self, chunks: tuple[bytes, ...], final_url: str, release: Callable[[], None] | None = None) -> None:
        self.chunks = chunks
        self.size = sum(map(len, chunks))
        self.final_url = final_url
        self._release = weakref.finalize(self, release) if release else None

    def open(self) -> ChunkFile:
        """A read-only file over the pieces; close it or not, nothing stands behind it."""
        return ChunkFile(self.chunks)

    def key(self, secret: bytes) -> str:
        """What this very recording is known by: a keyed digest of its path and its bytes, without query or host.

        The path alone would not do: many a vendor's is the same for all, and tells them apart in the query.
        """
        digest = hmac.new(secret, urlsplit(self.final_url).path.encode() + b"\n", hashlib.sha256)
        for chunk in self.chunks:
            digest.update(chunk)
        return digest.hexdigest()

    def close(self) -> None:
        """Let go of the bytes; may be called again."""
        self.chunks = ()
        if self._release:
            self._release()

    def __enter__(self) -> Audio:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Audio of {self.size} bytes>"


class ChunkFile(io.RawIOBase):
    """Pieces of bytes as one seekable file, without a copy."""

    def __init__(self, chunks: tuple[bytes, ...]) -> None:
        self._chunks = chunks
        self._ends = list(accumulate(map(len, chunks)))
        self._size = self._ends[-1] if self._ends else 0
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a place before the start")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer as far as the file goes, over as many pieces as that takes."""
        room = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(room) and self._at < self._size:
            index = bisect_right(self._ends, self._at)
            chunk = self._chunks[index]
            start = self._at - (self._ends[index] - len(chunk))
            piece = memoryview(chunk)[start : start + len(room) - filled]
            room[filled : filled + len(piece)] = piece
            filled += len(piece)
            self._at += len(piece)
        return filled
