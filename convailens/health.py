"""`/health/live` (the process answers) and `/health/ready` (it can serve: Postgres answers, migrations are done)."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

log = logging.getLogger("convailens.health")
_migrated = False


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "live", "version": settings.VERSION})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when requests can be served, 503 otherwise. Redis is reported, but its absence does not stop the service."""
    parts: dict[str, Any] = {"database": _database(), "redis": _redis()}
    is_ready = parts["database"] == "ok"
    return JsonResponse({"status": "ready" if is_ready else "not_ready", **parts}, status=200 if is_ready else 503)


def _database() -> str:
    global _migrated
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated:  # Asked until it is true; a schema does not become unmigrated.
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        log.warning("health.database_down", exc_info=True)
        return "down"
    return "ok" if _migrated else "not_migrated"


def _redis() -> str:
    # The cache answers None both for "down" and "not there": a value just written tells them apart.
    cache.set("health", 1, 10)
    return "ok" if cache.get("health") == 1 else "down"
