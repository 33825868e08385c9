"""What the analysis API takes and gives, for validation and for the OpenAPI schema."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from convailens.lib.ids import LANGUAGE_TAG, OUTSIDE_ID
from convailens.lib.schema import MonthSerializer, ProblemSerializer
from transcription.serializers import VoiceSerializer


class MessageSerializer(serializers.Serializer[Any]):
    """One message, as the card shows it."""

    id = serializers.RegexField(r"^[A-Za-z0-9_-]{1,64}$")
    author = serializers.ChoiceField(["client", "agent", "bot", "system"])
    author_name = serializers.CharField(allow_null=True, required=False)
    at = serializers.DateTimeField(allow_null=True, help_text="ISO 8601, UTC")
    kind = serializers.ChoiceField(["text", "voice", "image", "file", "sticker", "location"])
    text = serializers.CharField(allow_blank=True)
    transcript = serializers.CharField(required=False, allow_blank=True)
    duration_s = serializers.FloatField(required=False)


class PastedSerializer(serializers.Serializer[Any]):
    """A WhatsApp export or copied lines, and who of the people in it is the agent."""

    # Blank is for `parse_pasted` to refuse: by a code that says what to do.
    text = serializers.CharField(trim_whitespace=False, allow_blank=True, max_length=1_000_000)
    me = serializers.CharField(required=False, max_length=200)
    date_order = serializers.ChoiceField(["dmy", "mdy"], required=False)


@extend_schema_field(MessageSerializer(many=True))
class MessagesField(serializers.Field[Any, Any, Any, Any]):
    """Checked by `conversation.parse_messages`: lenient where a card is merely odd, and fast for thousands."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"oneOf": [{"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}, {"type": "integer"}]})
class OutsideIdField(serializers.Field[Any, Any, Any, Any]):
    """An id of Kommo's, as text or number."""

    default_error_messages = {"invalid_id": "Not an id."}  # noqa: RUF012  (DRF's own form)

    def to_internal_value(self, data: Any) -> str:
        text = str(data) if isinstance(data, int) and not isinstance(data, bool) and abs(data) < 10**18 else data
        if not isinstance(text, str) or not OUTSIDE_ID.fullmatch(text):
            self.fail("invalid_id")
        return str(text)

    def to_representation(self, value: Any) -> str:
        return str(value)


class ConversationRequestSerializer(serializers.Serializer[Any]):
    """Where the messages come from; `auto` reads Kommo's talks and falls back to the ones given."""

    source = serializers.ChoiceField(["auto", "card", "pasted"])  # type: ignore[assignment]  # DRF's Field.source.
    messages = MessagesField(required=False)
    pasted = PastedSerializer(required=False)
    output_language = serializers.RegexField(LANGUAGE_TAG, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["source"] == "pasted" and "pasted" not in attrs:
            raise serializers.ValidationError({"pasted": [serializers.ErrorDetail("", code="required")]})
        if attrs["source"] == "card" and "messages" not in attrs:
            raise serializers.ValidationError({"messages": [serializers.ErrorDetail("", code="required")]})
        return attrs


class AnalysisRequestSerializer(ConversationRequestSerializer):
    """A lead and its conversation."""

    lead_id = OutsideIdField()


class PointerSerializer(serializers.Serializer[Any]):
    """Where something was said: offsets are Unicode code points of the message's text (of a transcript for voice)."""

    message = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    author = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    digest = serializers.CharField(help_text="Keyed digest of the words, to notice an edited message.")
    match = serializers.ChoiceField(["exact", "folded", "repaired"])


class RatingSerializer(serializers.Serializer[Any]):
    """A criterion's level, 0 to 3, or null when the chat does not say."""

    level = serializers.IntegerField(allow_null=True)
    verified = serializers.BooleanField()
    evidence = PointerSerializer(many=True)


class EvidenceSerializer(serializers.Serializer[Any]):
    """An unanswered question."""

    evidence = PointerSerializer(many=True)


class ObjectionSerializer(EvidenceSerializer):
    """An objection and its kind."""

    kind = serializers.CharField()


class NextStepSerializer(serializers.Serializer[Any]):
    """What to do now."""

    action = serializers.CharField(allow_null=True)
    why = serializers.CharField(allow_null=True)
    due = serializers.DateField(allow_null=True)


class UsageSerializer(MonthSerializer):
    """This month's count."""

    charged = serializers.IntegerField(required=False)


class ResultSerializer(serializers.Serializer[Any]):
    """An analysis: running (id, state, source), failed (with its problem), or done (everything)."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(["running", "done", "failed"])
    lead_id = serializers.CharField(required=False)
    created_at = serializers.DateTimeField(required=False, help_text="When the shown result was asked for.")
    output_language = serializers.CharField(required=False)
    source = serializers.ChoiceField(["talks", "card", "pasted"], allow_null=True)  # type: ignore[assignment]
    problem = ProblemSerializer(required=False)
    reused = serializers.BooleanField(required=False)
    facts = serializers.DictField(required=False)
    summary = serializers.CharField(allow_null=True, required=False)
    summary_withheld = serializers.BooleanField(required=False)
    score = serializers.IntegerField(allow_null=True, required=False, min_value=0, max_value=100)
    temperature = serializers.ChoiceField(["cold", "warm", "hot"], allow_null=True, required=False)
    known_share = serializers.FloatField(required=False)
    criteria = serializers.DictField(child=RatingSerializer(), required=False)
    sentiment = serializers.ChoiceField(["positive", "neutral", "negative", "mixed"], required=False)
    objections = ObjectionSerializer(many=True, required=False)
    open_questions = EvidenceSerializer(many=True, required=False)
    next_step = NextStepSerializer(required=False)
    suggested_reply = serializers.CharField(allow_null=True, required=False)
    change = serializers.DictField(allow_null=True, required=False)
    flagged = serializers.ListField(child=serializers.CharField(), required=False)
    messages_seen = serializers.IntegerField(required=False)
    messages_total = serializers.IntegerField(required=False)
    usage = UsageSerializer(required=False)
    versions = serializers.DictField(required=False)


class LeadStateSerializer(serializers.Serializer[Any]):
    """What the panel shows when a card opens."""

    facts = serializers.DictField(allow_null=True)
    message_count = serializers.IntegerField(allow_null=True)
    latest = ResultSerializer(allow_null=True)
    new_since_latest = serializers.IntegerField(allow_null=True)
    usage = UsageSerializer()
    voice = VoiceSerializer(allow_null=True, help_text="The lead's recordings; null where it has none.")


class ReplySerializer(serializers.Serializer[Any]):
    """A suggested reply, and how many more can be asked for."""

    suggested_reply = serializers.CharField()
    left = serializers.IntegerField()


class ShownMessageSerializer(serializers.Serializer[Any]):
    """A message as it is shown: `text` is what offsets count in (of a voice message its transcript)."""

    id = serializers.CharField()
    author = serializers.ChoiceField(["client", "agent", "bot", "system"])
    author_name = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    kind = serializers.ChoiceField(["text", "voice", "image", "file", "sticker", "location"])
    text = serializers.CharField(allow_blank=True)


class WordsSerializer(serializers.Serializer[Any]):
    """The messages a result points at, under the ids of its pointers."""

    messages = ShownMessageSerializer(many=True)
    gone = serializers.ListField(child=serializers.CharField(), help_text="Message ids that are not there any more.")
    changed = serializers.ListField(
        child=serializers.CharField(), help_text="Pointers (message:start:end) whose words are others by now."
    )


class PastedPreviewSerializer(serializers.Serializer[Any]):
    """What would be read of a pasted text."""

    participants = serializers.ListField(child=serializers.CharField(), help_text="Names, 50 at most.")
    me = serializers.CharField(allow_null=True, help_text="The agent among them; null where the agent wrote nothing.")
    date_order = serializers.ChoiceField(["dmy", "mdy"], allow_null=True, help_text="Null where the dates need none.")
    count = serializers.IntegerField()
    preview = ShownMessageSerializer(many=True, help_text="The first 3 and the last 3 messages, texts cut at 300.")
    skipped = serializers.IntegerField(help_text="Lines before the first message, which are left out.")
