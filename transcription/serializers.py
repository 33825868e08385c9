"""What the transcription API takes and gives, for validation and for the OpenAPI schema."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from convailens.lib.ids import LANGUAGE_TAG
from convailens.lib.schema import MonthSerializer
from transcription.models import Kind, State, Step


class LeadIdField(serializers.IntegerField):
    """Kommo's number of a lead."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=10**18 - 1, **kwargs)


class WantedSerializer(serializers.Serializer[Any]):
    """Which recordings of a lead: one by Kommo's id, one by its address, or all that its card shows."""

    lead_id = LeadIdField()
    message_id = serializers.RegexField(
        r"^[A-Za-z0-9_-]{1,64}$", required=False, help_text="Of a voice message; of a call, the id of its note."
    )
    audio_link = serializers.CharField(
        required=False, max_length=2000, help_text="As it stands in a message or a call of this lead."
    )
    all = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(bool(attrs.get(name)) for name in ("message_id", "audio_link", "all")) != 1:
            raise serializers.ValidationError({"message_id": [serializers.ErrorDetail("", code="one_of_three")]})
        return attrs


class TranscriptionRequestSerializer(WantedSerializer):
    """A wish to have recordings transcribed."""

    language = serializers.RegexField(
        LANGUAGE_TAG, required=False, help_text="What is spoken; left out: the account's setting, or found out."
    )
    note_language = serializers.RegexField(
        LANGUAGE_TAG, required=False, help_text="Of the note's first line, unless the account has one."
    )


class VoiceUsageSerializer(MonthSerializer):
    """This month's voice, in seconds."""


@extend_schema_field({"type": "object", "nullable": True, "description": "A problem document."})
class ProblemField(serializers.Field[Any, Any, Any, Any]):
    """Why it failed."""


class TranscriptionSerializer(serializers.Serializer[Any]):
    """One transcription: `done` without an outcome has its words in a note; with `no_speech`, nobody speaks in it."""

    id = serializers.UUIDField()
    lead_id = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    source_id = serializers.CharField()
    state = serializers.ChoiceField(State.choices)
    step = serializers.ChoiceField(Step.choices, allow_null=True)
    outcome = serializers.CharField(allow_null=True)
    problem = ProblemField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    charged_s = serializers.IntegerField()
    language = serializers.CharField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)
    note_ids = serializers.ListField(child=serializers.IntegerField())
    retry_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class TranscriptionsSerializer(serializers.Serializer[Any]):
    """The transcriptions of a wish."""

    items = TranscriptionSerializer(many=True)
    usage = VoiceUsageSerializer()


class EstimateItemSerializer(serializers.Serializer[Any]):
    """One recording: the seconds it would use, or why they are not known."""

    kind = serializers.ChoiceField(Kind.choices)
    source_id = serializers.CharField()
    seconds = serializers.IntegerField(allow_null=True)
    problem = ProblemField(allow_null=True)
    state = serializers.ChoiceField(State.choices, allow_null=True)


class EstimateSerializer(serializers.Serializer[Any]):
    """What a wish would use: seconds of those that are not transcribed yet, and how many they are."""

    items = EstimateItemSerializer(many=True)
    seconds = serializers.IntegerField()
    count = serializers.IntegerField()
    usage = VoiceUsageSerializer()


class TranscriptTextSerializer(serializers.Serializer[Any]):
    """The words, as they stand in Kommo's note now."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    language = serializers.CharField(allow_null=True)


class VoiceItemSerializer(serializers.Serializer[Any]):
    """One recording of a lead."""

    kind = serializers.ChoiceField(Kind.choices)
    source_id = serializers.CharField()
    author = serializers.ChoiceField(["client", "agent", "bot", "system"])
    author_name = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    transcription = TranscriptionSerializer(allow_null=True)


class VoiceSerializer(serializers.Serializer[Any]):
    """The recordings of a lead, and this month's voice."""

    items = VoiceItemSerializer(many=True)
    usage = VoiceUsageSerializer()
