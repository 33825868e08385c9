"""What the API's views share in the OpenAPI schema: the problem document, and what any call may be refused with."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details with our stable code."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    retryable = serializers.BooleanField()
    request_id = serializers.CharField(allow_null=True)
    retry_after_s = serializers.IntegerField(required=False)
    errors = serializers.DictField(  # type: ignore[assignment]  # DRF's Serializer.errors, for a schema's sake.
        child=serializers.ListField(child=serializers.CharField()), required=False
    )
    charged = serializers.BooleanField(required=False)
    minimum = serializers.CharField(
        required=False, help_text="With `widget_too_old`: the oldest version that is served."
    )
    participants = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="With `who_are_you`: names to choose from."
    )
    readings = serializers.DictField(
        child=serializers.DateField(),
        required=False,
        help_text="With `date_order_unclear`: the first date, read each way.",
    )


class MonthSerializer(serializers.Serializer[Any]):
    """What a plan allows in a month and what is used of it, in the resource's units."""

    limit = serializers.IntegerField()
    used = serializers.IntegerField()
    reserved = serializers.IntegerField()
    left = serializers.IntegerField()
    renews_at = serializers.DateTimeField()
    notice = serializers.ChoiceField(["nearly_used_up", "used_up"], allow_null=True)


PROBLEM = OpenApiResponse(ProblemSerializer, "A problem document (application/problem+json).")


def refused(*statuses: int) -> dict[Any, Any]:
    """Responses of these statuses, each a problem document."""
    return {(status, "application/problem+json"): PROBLEM for status in statuses}


#: What any call with a session may be refused with.
REFUSED = refused(400, 401, 403, 404, 409, 426, 429, 502, 503)
