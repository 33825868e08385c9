"""`manage.py rotate_keys`: encrypt every encrypted field with the newest key.

To change the key without downtime: (1) run everything with TOKEN_KEYS=old,new, so that all processes can read what
the new key will write; (2) run with new,old; (3) this command; (4) run with the new key alone.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import F, Model, TextField, Value
from django.db.models.functions import Cast

from convailens.lib.fields import EncryptedTextField, cipher

BATCH = 500


class Command(BaseCommand):
    help = (
        "Encrypt every encrypted field with the first of TOKEN_KEYS. May be run again at any time, beside all traffic."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        newest = Fernet(settings.TOKEN_KEYS[0].encode())
        unreadable = 0
        for model in apps.get_models():
            for field in model._meta.local_concrete_fields:
                if not isinstance(field, EncryptedTextField):
                    continue
                counts = rotate(model, field.attname, newest)
                unreadable += counts["unreadable"]
                said = ", ".join(f"{counts[name]} {name}" for name in ("rotated", "current", "changed", "unreadable"))
                self.stdout.write(f"{model._meta.label}.{field.attname}: {said}")
        if unreadable:
            raise CommandError(f"{unreadable} values can be read by none of TOKEN_KEYS; keep the old keys and look.")


def rotate(model: type[Model], name: str, newest: Fernet) -> Counter[str]:
    """Rotate one column, in batches by primary key; no lock is held and no transaction spans a batch.

    Counts: rotated, current (the newest key's already), changed (written by another meanwhile, with the newest key),
    unreadable.
    """
    counts: Counter[str] = Counter()
    # Compared and written as the ciphertext that it is: the field itself would decrypt and encrypt anew.
    rows = model._base_manager.annotate(stored=Cast(F(name), TextField())).exclude(stored=None).order_by("pk")
    last: Any = None
    while True:
        page = rows if last is None else rows.filter(pk__gt=last)
        batch = list(page.values_list("pk", "stored")[:BATCH])
        if not batch:
            return counts
        for pk, stored in batch:
            counts[_rotate_one(rows, pk, name, stored, newest)] += 1
        last = batch[-1][0]


def _rotate_one(rows: Any, pk: Any, name: str, stored: str, newest: Fernet) -> str:
    try:
        newest.decrypt(stored.encode())
    except InvalidToken:
        pass
    else:
        return "current"
    try:
        new = cipher().rotate(stored.encode()).decode()
    except InvalidToken:
        return "unreadable"
    # Only where the row still holds what was read: a refresh may have stored a new pair since.
    changed = rows.filter(pk=pk, stored=stored).update(**{name: Value(new, output_field=TextField())})
    return "rotated" if changed else "changed"
