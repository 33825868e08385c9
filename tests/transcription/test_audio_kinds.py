"""What a recording is, from its first bytes. Pure."""

from __future__ import annotations

import pytest

from tests.transcription.audio_host import VOICE
from transcription.audio.kinds import HEAD, Kind, sniff, tag_size

OGG = b"OggS\0\2" + bytes(20) + b"\1\x13"
FIRST_BYTES = {
    OGG + b"OpusHead\1\1": Kind.OGG,
    OGG + b"\1vorbis": Kind.OGG,
    OGG + b"Speex   ": Kind.OGG,
    OGG + b"\x80theora": None,
    b"OggS": None,
    b"\0\0\0\x1cftypM4A ": Kind.M4A,
    b"\0\0\0\x18ftyp3gp4": Kind.M4A,
    b"\0\0\0\x20ftypisom": Kind.M4A,
    b"\0\0\0\x1cftypheic": None,
    b"\0\0\0\x1cftypavif": None,
    b"RIFF\x24\0\0\0WAVEfmt ": Kind.WAV,
    b"RIFF\x24\0\0\0AVI LIST": None,
    b"RIFF\x24\0\0\0WEBPVP8 ": None,
    b"fLaC\0\0\0\x22": Kind.FLAC,
    b"\x1aE\xdf\xa3\x9fB\x86\x81": Kind.WEBM,
    b"#!AMR\n<": Kind.AMR,
    b"#!AMR-WB\n": Kind.AMR,
    b"#!/bin/sh\n": None,
    b"ID3\4\0\0\0\0\0\x0a": Kind.MP3,
    b"ID3\4\0\0\0\0\0\xff": None,
    b"ID3": None,
    b"\xff\xfb\x90\x64": Kind.MP3,
    b"\xff\xf3\x40\xc4": Kind.MP3,
    b"\xff\xfb\xf0\x64": None,
    b"\xff\xf1\x50\x80": Kind.AAC,
    b"\xff\xf9\x50\x80": Kind.AAC,
    b"\xff\xfe<\0h\0t\0m\0l\0": None,
    b"\xff\xd8\xff\xe0\0\x10JFIF": None,
    b"\x89PNG\r\n\x1a\n": None,
    b"<!DOCTYPE html><html>": None,
    b'{"error":"not found"}': None,
    b"%PDF-1.7": None,
    b"PK\3\4": None,
    b"\x1f\x8b\x08": None,
    b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd": None,
    b"ffconcat version 1.0\nfile /etc/passwd": None,
    bytes(HEAD): None,
    b"": None,
}


@pytest.mark.parametrize("head", FIRST_BYTES, ids=[repr(head[:20]) for head in FIRST_BYTES])
def test_a_kind_is_told_by_its_first_bytes(head: bytes) -> None:
    assert sniff(head) is FIRST_BYTES[head]


@pytest.mark.parametrize("file", sorted(VOICE.glob("*.[omw][gp4a]*")), ids=lambda file: file.name)
def test_every_sample_is_known(file: object) -> None:
    assert sniff(file.read_bytes()[:HEAD]).format == file.suffix[1:]


def test_a_tag_tells_its_length_with_its_footer() -> None:
    assert tag_size(b"ID3\4\0\0\0\0\1\0") == 10 + 128
    assert tag_size(b"ID3\4\0\x10\0\0\1\0") == 10 + 128 + 10
    assert tag_size(b"ID3\xff\0\0\0\0\1\0") == 0
