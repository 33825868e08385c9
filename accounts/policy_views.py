"""The policy pages: `/privacy` is the latest version, `/privacy/{number}` each one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from accounts.policy.page import policy_page
from accounts.policy.versions import LATEST, version_of
from accounts.texts import LANGUAGES, language_of, texts


@require_safe
def privacy(request: HttpRequest, number: int = LATEST.number) -> HttpResponse:
    """One version in the language of `?lang=`, else of the browser. Asks neither the database nor anybody else."""
    version = version_of(number)
    if version is None:
        raise Http404
    language = language_of(request)
    context = {
        "language": language,
        "languages": LANGUAGES,
        "common": texts(language)["common"],
        "policy": policy_page(version, language, now().date()),
    }
    response = render(request, "accounts/privacy.html", context)
    response["Content-Language"] = language
    response["Cache-Control"] = "public, max-age=300"
    patch_vary_headers(response, ["Accept-Language"])
    return response
