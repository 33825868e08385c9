"""How a widget's session appears in the OpenAPI description."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class WidgetSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer …` with the token of `POST /api/v1/session`."""

    target_class = "accounts.authentication.WidgetSessionAuthentication"
    name = "widgetSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token that POST /api/v1/session answers with."}
