"""All routes of all apps, the admin, the API's pages and /health, on one page."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from convailens import health

handler400 = "convailens.lib.problems.bad_request"
handler403 = "convailens.lib.problems.forbidden"
handler404 = "convailens.lib.problems.not_found"
handler500 = "convailens.lib.problems.server_error"


def home(request: HttpRequest) -> HttpResponse:
    """The service's own address leads to where an account is connected."""
    return redirect("/connect")


urlpatterns = [
    path("", home),
    path("admin/", admin.site.urls),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("api/schema", csrf_exempt(SpectacularAPIView.as_view()), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("", include("accounts.urls")),
    path("", include("analysis.urls")),
]
