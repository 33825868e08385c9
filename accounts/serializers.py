"""What the API of accounts takes and gives."""

from __future__ import annotations

from rest_framework import serializers


class SessionAccountSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The account as the widget needs to know it."""

    id = serializers.UUIDField()
    timezone = serializers.CharField(help_text="IANA name")
    language = serializers.CharField(allow_null=True, help_text="Language of summaries; null: the rep's own")


class SessionSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """An open session. The token is told once."""

    token = serializers.CharField(help_text="Send as Authorization: Bearer")
    expires_at = serializers.DateTimeField()
    account = SessionAccountSerializer()
    user_id = serializers.IntegerField()
    is_admin = serializers.BooleanField(allow_null=True, help_text="null: Kommo's token did not say")


class DisconnectedSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The account's new state."""

    status = serializers.CharField()
