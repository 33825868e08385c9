"""The API of accounts: open a session, disconnect."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import WidgetUser
from accounts.models import Account
from accounts.serializers import DisconnectedSerializer, SessionSerializer
from accounts.use_cases.disconnect_account import disconnect_by_user
from accounts.use_cases.open_session import open_session
from convailens.lib.api import APIView, client_address
from convailens.lib.errors import NotAuthenticated
from convailens.lib.throttles import Limit


class SessionView(APIView):
    """Kommo's one-time token → a session of 30 minutes."""

    authentication_classes: Any = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        request=None,
        responses={201: SessionSerializer},
        auth=[],
        parameters=[
            OpenApiParameter(
                "X-Auth-Token", str, OpenApiParameter.HEADER, required=True, description="Kommo's one-time token"
            )
        ],
    )
    def post(self, request: Request) -> Response:
        self.limit(Limit("session", settings.THROTTLE_SESSION_ADDRESS, client_address(request)))
        token = request.headers.get("X-Auth-Token", "")
        if not token:
            raise NotAuthenticated("token_missing", detail="Send Kommo's one-time token as X-Auth-Token.")
        opened = open_session(
            token=token,
            origin=request.headers.get("Origin", ""),
            user_agent=request.headers.get("User-Agent", ""),
            now=timezone.now(),
        )
        session = opened.session
        content = {
            "token": opened.token,
            "expires_at": session.expires_at,
            "account": {
                "id": session.account.id,
                "timezone": session.account.timezone,
                "language": session.account.output_language or None,
            },
            "user_id": session.user_id,
            "is_admin": session.is_admin,
        }
        return Response(SessionSerializer(content).data, status=201)


class DisconnectView(APIView):
    """An administrator of the account ends the connection: tokens are deleted at once, sessions end."""

    @extend_schema(request=None, responses=DisconnectedSerializer)
    def post(self, request: Request) -> Response:
        user = cast(WidgetUser, request.user)
        self.limit(Limit("disconnect", 10, str(user.session_id)))
        disconnect_by_user(account=user.account, user_id=user.user_id, is_admin=user.is_admin)
        return Response(DisconnectedSerializer({"status": Account.Status.DISCONNECTED}).data)
