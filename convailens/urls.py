"""All routes of all apps, the admin, the API's pages and /health, on one page."""

from csp.decorators import csp_update
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from convailens import health

handler400 = "convailens.lib.problems.bad_request"
handler403 = "convailens.lib.problems.forbidden"
handler404 = "convailens.lib.problems.not_found"
handler500 = "convailens.lib.problems.server_error"


admin.site.site_header = admin.site.site_title = "ConvAI Lens"
admin.site.index_title = "Support"


def home(request: HttpRequest) -> HttpResponse:
    """The service's own address leads to where an account is connected."""
    return redirect("/connect")


#: Swagger UI styles itself inline; its scripts are files of ours.
docs = csp_update({"style-src": "'unsafe-inline'"})(SpectacularSwaggerSplitView.as_view(url_name="schema"))

urlpatterns = [
    path("", home),
    path("admin/", admin.site.urls),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", docs, name="docs"),
    path("", include("accounts.urls")),
    path("", include("transcription.urls")),
    path("", include("analysis.urls")),
]
