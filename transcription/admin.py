"""Transcriptions for support: states, codes, lengths and charges. Which hosts and language an account has is set here.

What was said is on no page: it stands in Kommo's notes alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import display

from accounts.models import Account, AuditEntry, record
from convailens.lib.admin import Link, Panel, ReadOnlyAdmin, when
from transcription.audio.hosts import is_name
from transcription.models import AudioHost, Transcription, VoiceSettings

LATEST = 20
_HIDDEN = ("audio_key",)


@admin.register(Transcription)
class TranscriptionAdmin(ReadOnlyAdmin):
    """Read-only metadata, found by the id or request id that a rep reads out."""

    list_display = (
        "created_at",
        "request_id",
        "account_id",
        "lead_id",
        "kind",
        "result",
        "seconds",
        "charged_s",
        "language",
    )
    list_filter = ("state", "outcome", "kind", "language")
    search_fields = ("=id", "=request_id", "=account__subdomain", "=account__id", "=lead_id", "=source_id")
    search_help_text = "Request id, transcription id, subdomain, account id, lead id or message id, each in full"
    ordering = ("-created_at",)
    fields = readonly_fields = (
        "id",
        "account_id",
        "lead_id",
        "kind",
        "source_id",
        "requested_by",
        "request_id",
        "state",
        "step",
        "outcome",
        "attempt",
        "tries",
        "paid_calls",
        "lease_until",
        "retry_at",
        "seconds",
        "channels",
        "billed_ms",
        "charged_s",
        "reservation",
        "language",
        "asked_language",
        "confidence",
        "note_ids",
        "note_tried_at",
        "same_as_id",
        "duration_total_ms",
        "own_ms",
        "asked_at",
        "created_at",
        "finished_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transcription]:
        return super().get_queryset(request).defer(*_HIDDEN)

    @display(
        description="outcome", label={"done": "success", "failed": "danger", "running": "info", "queued": "warning"}
    )
    def result(self, row: Transcription) -> tuple[str, str]:
        return row.state, row.outcome or row.state

    @display(description="seconds", ordering="duration_ms")
    def seconds(self, row: Transcription) -> str:
        return "–" if row.duration_ms is None else f"{row.duration_ms / 1000:.1f}"


class _OfOneAccount(ModelAdmin):
    """Rows that support writes for one account: which one is said by its id, and never changed.

    Each change is told in the account's audit trail. In the admin's own log what is deleted is told as a change of the
    account, and so is what was said of it before: lines about a row that is gone would outlive the account, and their
    text names its hosts.
    """

    audited = ""  # What the rows are called in the audit trail,
    told: tuple[str, ...] = ()  # and the fields that are told there.
    list_per_page = 50
    list_select_related = ("account",)
    search_fields = ("=account__subdomain", "=account__id")
    search_help_text = "Subdomain or account id, in full"
    raw_id_fields = ("account",)
    list_disable_select_all = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("account", *self.readonly_fields) if obj else tuple(self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._audit(request, obj, "changed" if change else "added")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._audit(request, obj, "removed")
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset.select_related("account"):
            self._audit(request, obj, "removed")
        super().delete_queryset(request, queryset)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> None:
        for obj in queryset:
            self._hand_on(obj)
            LogEntry.objects.log_actions(
                request.user.pk,  # type: ignore[arg-type]  # Only staff come here.
                [obj.account],
                CHANGE,
                [{"deleted": _named(obj)}],
            )

    def _hand_on(self, obj: Any) -> None:
        """Make the log's lines about a row lines about its account."""
        lines = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(obj), object_id=str(obj.pk))
        for line in lines:
            message = [{done: said | _named(obj) for done, said in part.items()} for part in _parts(line)]
            line.content_type = ContentType.objects.get_for_model(Account)
            line.object_id, line.object_repr = str(obj.account.pk), str(obj.account)
            line.change_message = json.dumps(message)
            line.save()

    def _audit(self, request: HttpRequest, obj: Any, done: str) -> None:
        record(
            f"{self.audited}.{done}",
            account=obj.account,
            actor=AuditEntry.Actor.STAFF,
            actor_id=request.user.pk,
            **{name: getattr(obj, name) for name in self.told},
        )


def _named(obj: Any) -> dict[str, str]:
    return {"name": str(obj._meta.verbose_name), "object": str(obj)}


def _parts(line: LogEntry) -> list[dict[str, dict[str, Any]]]:
    """What a line of the log says was done, as Django writes it: `[{"changed": {"fields": […]}}]`."""
    return list(json.loads(line.change_message or "[]"))


class AudioHostForm(ModelForm):
    """A host name, nothing more: no scheme, port, path or address in figures."""

    class Meta:
        model = AudioHost
        fields = ("account", "host", "reason")

    def clean_host(self) -> str:
        host = str(self.cleaned_data["host"]).strip().lower().rstrip(".")
        if not is_name(host):
            raise ValidationError("Give the name of a host alone, such as records.vendor.example.")
        # The form of a row that exists leaves the account out, and with it the constraint that it is part of.
        if self.instance.pk and self.instance.account.audio_hosts.filter(host=host).exclude(pk=self.instance.pk):
            raise ValidationError("This account has this host already.")
        return host


@admin.register(AudioHost)
class AudioHostAdmin(_OfOneAccount):
    """Hosts of call recordings beside Kommo's own. Whatever they are, no private address is ever connected to."""

    form = AudioHostForm
    audited, told = "audio_host", ("host",)
    list_display = ("host", "subdomain", "reason", "added_by", "added_at")
    readonly_fields = ("added_by", "added_at")

    @display(description="account", ordering="account__subdomain")
    def subdomain(self, row: AudioHost) -> str:
        return row.account.subdomain

    def save_model(self, request: HttpRequest, obj: AudioHost, form: Any, change: bool) -> None:
        if not change:
            obj.added_by = request.user  # type: ignore[assignment]  # Only staff come here.
        super().save_model(request, obj, form, change)


@admin.register(VoiceSettings)
class VoiceSettingsAdmin(_OfOneAccount):
    """The language that is spoken in an account's recordings, where its own people cannot say it each time."""

    audited, told = "voice_settings", ("language",)
    list_display = ("subdomain", "language")

    @display(description="account", ordering="account__subdomain")
    def subdomain(self, row: VoiceSettings) -> str:
        return row.account.subdomain


def latest_panel(account: Account) -> Panel:
    """The last transcriptions and what is set for the account's recordings, on the account's page."""
    rows = Transcription.objects.for_account(account).defer(*_HIDDEN).order_by("-created_at")[:LATEST]
    hosts = AudioHost.objects.filter(account=account).order_by("host").values_list("host", flat=True)
    language = VoiceSettings.objects.filter(account=account).values_list("language", flat=True).first()
    query = f"?q={account.pk}"
    return Panel(
        "Transcriptions, the latest",
        facts=[("Spoken language", language or "found out for each"), ("Extra hosts", ", ".join(hosts) or "none")],
        headers=("When", "Request id", "Outcome", "Seconds", "Charged", "Language", "Tries", "By user"),
        rows=[
            (
                when(row.created_at),
                Link(
                    row.request_id or str(row.pk),
                    reverse("admin:transcription_transcription_change", args=[row.pk]),
                ),
                row.outcome or row.state,
                "–" if row.duration_ms is None else f"{row.duration_ms / 1000:.1f}",
                row.charged_s,
                row.language or "–",
                row.tries,
                row.requested_by,
            )
            for row in rows
        ],
        links=[
            Link("All", reverse("admin:transcription_transcription_changelist") + query),
            Link("Hosts", reverse("admin:transcription_audiohost_changelist") + query),
            Link("Language", reverse("admin:transcription_voicesettings_changelist") + query),
        ],
        is_wide=True,
    )
