"""Connecting an account in a browser, Kommo's install hook on the same address, and its disable hook."""

from __future__ import annotations

import logging
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.errors import CodeRefused, NotAdministrator
from accounts.kommo.oauth import authorise_url
from accounts.texts import LANGUAGES, language_of, texts
from accounts.use_cases.connect_account import HostRefused, connect_account
from accounts.use_cases.disconnect_account import apply_disable_hook
from convailens.lib.api import client_address
from convailens.lib.errors import ConvAILensError, InvalidInput, NotAllowed, RateLimited, ServiceError
from convailens.lib.problems import problem_response
from convailens.lib.throttles import Limit, hit

log = logging.getLogger("convailens.connect")

STATE_FOR_S = 20 * 60  # As long as Kommo's code.
STATES_KEPT = 5  # So many tabs of one browser may be connecting at once.
CALLS_A_MINUTE = 60
HOOK_ANSWER_S = 2.5  # Kommo waits 3 s for the answer to its install hook, and never asks again.
MAX_CODE = 8_192
_SESSION_KEY = "connect_states"
_SALT = "convailens.connect"
#: Page → HTTP status.
PAGES = {
    "connected": 200,
    "reconnected": 200,
    "already_connected": 200,
    "refused": 403,
    "not_admin": 403,
    "expired": 400,
    "mismatch": 400,
    "failed": 502,
    "busy": 429,
}
_hooks = ThreadPoolExecutor(settings.HOOK_THREADS, thread_name_prefix="install-hook")


@require_safe
@never_cache
def connect(request: HttpRequest) -> HttpResponse:
    """The start page; `?go=1` is its button, which makes a state for this browser and goes to Kommo."""
    language = language_of(request)
    if "go" not in request.GET:
        return _page(request, "connect", language)
    try:
        hit([Limit("connect", CALLS_A_MINUTE, client_address(request))])
    except RateLimited:
        return _page(request, "busy", language)
    return HttpResponseRedirect(authorise_url(_new_state(request, language)))


@require_safe
@never_cache
def callback(request: HttpRequest) -> HttpResponseBase:
    """Kommo's redirect in a browser (with our state), or its server's install hook (`from_widget`, no state)."""
    is_hook = "state" not in request.GET and request.GET.get("from_widget") == "1"
    language = _take_state(request)
    try:
        hit([Limit("callback", CALLS_A_MINUTE, client_address(request))])
    except RateLimited as error:
        return problem_response(error) if is_hook else _page(request, "busy", language or language_of(request))
    if is_hook:
        return _install_hook(request)
    page = _connect_page(request, is_bound=language is not None)
    log.info("connect.ended", extra={"outcome": page})
    return _page(request, page, language or language_of(request))


def _connect_page(request: HttpRequest, *, is_bound: bool) -> str:
    """The page that tells how it went. Nothing is exchanged unless this browser began it."""
    if request.GET.get("error"):
        return "refused"
    if not is_bound:
        return "mismatch"
    try:
        return connect_account(**_given(request)).outcome.value
    except (HostRefused, InvalidInput):
        return "mismatch"
    except NotAdministrator:
        return "not_admin"
    except CodeRefused:
        return "expired"
    except ServiceError as error:
        log.warning("connect.failed", extra={"code": error.code})
        return "failed"


def _given(request: HttpRequest) -> dict[str, Any]:
    """Code and host from the query. Raises InvalidInput for another integration's id, or what cannot be either."""
    code, host = request.GET.get("code", ""), request.GET.get("referer", "")
    if not 0 < len(code) <= MAX_CODE or not 0 < len(host) <= 150:
        raise InvalidInput
    if request.GET.get("client_id", settings.KOMMO_CLIENT_ID) != settings.KOMMO_CLIENT_ID:
        raise InvalidInput
    return {"code": code, "host": host}


def _install_hook(request: HttpRequest) -> JsonResponse:
    """Answer Kommo's server in time. A slow exchange goes on after the answer: the code would be lost otherwise."""
    try:
        work = _hooks.submit(_connect_and_give_back, **_given(request))
        outcome = work.result(HOOK_ANSWER_S)
    except TooLate:
        return JsonResponse({"status": "accepted"}, status=202)
    except ConvAILensError as error:
        log.warning("connect.hook_failed", extra={"code": error.code})
        return problem_response(error)
    return JsonResponse({"status": outcome})


def _connect_and_give_back(**given: Any) -> str:
    try:
        outcome = connect_account(**given).outcome.value
        log.info("connect.hook", extra={"outcome": outcome})
        return outcome
    finally:
        connections.close_all()


@require_safe
@never_cache
def disabled(request: HttpRequest) -> JsonResponse:
    """Kommo's word that an administrator has disabled the integration. The answer tells nothing of the account."""
    query = request.GET
    client_id = query.get("client_uuid") or query.get("client_id") or ""
    account_id = query.get("account_id", "")
    try:
        hit([Limit("disabled", CALLS_A_MINUTE, client_address(request))])
        if client_id != settings.KOMMO_CLIENT_ID or not account_id.isdecimal() or len(account_id) > 18:
            raise NotAllowed
        outcome = apply_disable_hook(
            kommo_account_id=int(account_id),
            signature=query.get("signature"),
            client_id=client_id,
            client_secret=settings.KOMMO_CLIENT_SECRET,
        )
    except ConvAILensError as error:
        log.warning("disable_hook.refused", extra={"code": error.code})
        return problem_response(error)
    log.info("disable_hook.ended", extra={"outcome": outcome.value})
    return JsonResponse({"status": "received"})


def _new_state(request: HttpRequest, language: str) -> str:
    """A signed word that only this browser may bring back, once, within 20 minutes."""
    nonce = secrets.token_urlsafe(16)
    states = dict(request.session.get(_SESSION_KEY, {}))
    states[nonce] = [int(time.time()), language]
    request.session[_SESSION_KEY] = dict(list(states.items())[-STATES_KEPT:])
    return signing.dumps(nonce, salt=_SALT)


def _take_state(request: HttpRequest) -> str | None:
    """Spend the state of this request; the language it was begun in, or None when it is not this browser's."""
    try:
        nonce = signing.loads(request.GET.get("state", ""), salt=_SALT, max_age=STATE_FOR_S)
    except signing.BadSignature:
        return None
    states = dict(request.session.get(_SESSION_KEY, {}))
    began = states.pop(nonce, None) if isinstance(nonce, str) else None
    if began is None:
        return None
    request.session[_SESSION_KEY] = states
    # Now, not with the response: the same address again, meanwhile, must find it spent.
    request.session.save()
    return str(began[1])


def _page(request: HttpRequest, page: str, language: str) -> HttpResponse:
    words = texts(language)
    context = {
        "page": page,
        "tone": "good" if PAGES.get(page) == 200 else "warn",
        "language": language,
        "languages": LANGUAGES,
        "common": words["common"],
        "text": words[page],
    }
    if page == "connect":
        context["end"] = [line.format(days=settings.GRACE_PERIOD_DAYS) for line in words[page]["end"]]
    template = "accounts/connect.html" if page == "connect" else "accounts/outcome.html"
    response = render(request, template, context, status=PAGES.get(page, 200))
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Content-Language"] = language
    return response
