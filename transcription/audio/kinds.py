"""What a recording is, told from its first bytes. Pure.

Names and `Content-Type` are not asked: Kommo's hosts give `data.m4a`, `application/octet-stream` and the like.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

HEAD: Final = 256  # Bytes that are enough to tell, an Ogg page with 255 segments aside.
_OGG_CODECS: Final = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC")
#: Brands of pictures in the same boxes as sound.
_PICTURES: Final = (b"avif", b"avis", b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1", b"crx ")


class Kind(Enum):
    """A sort of file that we take: its name for people, and FFmpeg's demuxer, which is forced."""

    OGG = ("ogg", "ogg")
    M4A = ("m4a", "mov")
    MP3 = ("mp3", "mp3")
    AAC = ("aac", "aac")
    WAV = ("wav", "wav")
    FLAC = ("flac", "flac")
    WEBM = ("webm", "matroska")
    AMR = ("amr", "amr")

    def __init__(self, format: str, demuxer: str) -> None:
        self.format = format
        self.demuxer = demuxer


def sniff(head: bytes) -> Kind | None:
    """What these first bytes begin, or None for what is no sound that we know."""
    if head.startswith(b"OggS"):
        return Kind.OGG if len(head) > 27 and head[27 + head[26] :].startswith(_OGG_CODECS) else None
    if head[4:8] == b"ftyp":
        return None if head[8:12] in _PICTURES else Kind.M4A
    if head.startswith(b"RIFF"):
        return Kind.WAV if head[8:12] == b"WAVE" else None
    if head.startswith(b"fLaC"):
        return Kind.FLAC
    if head.startswith(b"\x1aE\xdf\xa3"):
        return Kind.WEBM
    if head.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return Kind.AMR
    if tag_size(head):
        return Kind.MP3  # Or AAC: known when the bytes behind the tag have come.
    return _frame_kind(head)


def tag_size(head: bytes) -> int:
    """How many bytes an ID3v2 tag at the start takes; 0 for none. Source: id3.org, id3v2.4.0-structure."""
    if len(head) < 10 or not head.startswith(b"ID3") or head[3] > 4 or any(byte > 0x7F for byte in head[6:10]):
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + size + (10 if head[5] & 0x10 else 0)


def _frame_kind(head: bytes) -> Kind | None:
    """MPEG sound without any header of a file: eleven set bits and then fields that make sense."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:  # ADTS: layer 0.
        return Kind.AAC if head[2] >> 2 & 0xF < 13 else None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    # Layer I is refused: nobody records in it, and a text in UTF-16 begins with the same bits.
    fits = version != 1 and layer in (1, 2) and bit_rate not in (0, 15) and sample_rate != 3
    return Kind.MP3 if fits else None
