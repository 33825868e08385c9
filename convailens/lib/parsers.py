"""What DRF parses with and negotiates by. Apart from api.py, since DRF loads these while it loads its own views."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import exceptions as drf
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it: no NaN, no Infinity, and nesting within what Python can walk."""

    strict = True

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise drf.ParseError from None


class EventStreamRenderer(BaseRenderer):
    """Lets content negotiation choose text/event-stream; the view itself returns the stream."""

    media_type = "text/event-stream"
    format = "event-stream"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return json.dumps(data).encode()
