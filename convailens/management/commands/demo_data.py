"""`manage.py demo_data`: the demo's members of staff, with the password that the launcher keeps for this clone."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

#: Log-in → what it may do beside looking. Least privilege: support changes nothing.
STAFF = {"support": (), "privacy": ("disconnect_account", "erase_account")}


class Command(BaseCommand):
    """Make the staff log-in of the demo. May be run again; refuses outside the demo."""

    help = "Make the demo's staff log-in (password from DEMO_STAFF_PASSWORD)."

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("DEMO_STAFF_PASSWORD", "")
        if not settings.DEMO or not password:
            raise CommandError("This is for the demo only, and needs DEMO_STAFF_PASSWORD.")
        for name, rights in STAFF.items():
            user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
            user.is_staff = user.is_active = True
            user.set_password(password)
            user.save()
            may = Q(codename__startswith="view_") | Q(codename__in=rights, content_type__app_label="accounts")
            user.user_permissions.set(Permission.objects.filter(may))
