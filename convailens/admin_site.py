"""The admin's site: django-unfold's, with the content policy that its pages need and no other page gets."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from unfold.sites import UnfoldAdminSite

#: Alpine, which moves unfold's menus, evaluates the expressions of its attributes; styles are set in attributes too.
#: Inline scripts and files of others stay forbidden. See docs/decisions/0025-django-unfold-for-the-admin.md.
_relaxed: Any = csp_update({"script-src": "'unsafe-eval'", "style-src": "'unsafe-inline'"})


def _for_staff(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view of the admin: its policy, and English, which our own words on its pages are written in."""

    @wraps(view)
    def in_english(request: HttpRequest, *args: Any, **given: Any) -> Any:
        # Not put back: the response is drawn later, and each request begins with its own language.
        translation.activate("en")
        return view(request, *args, **given)

    return _relaxed(in_english)


class StaffSite(UnfoldAdminSite):
    """Where support works."""

    index_title = "Support"

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        return _for_staff(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return _for_staff(super().login)(request, extra_context)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Unfold's own would keep what was searched for in the cache, under a digest that can be guessed back."""
        raise Http404
