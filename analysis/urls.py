"""Routes of the analysis API."""

from django.urls import path

from analysis.views import (
    AnalysesView,
    AnalysisByKeyView,
    AnalysisView,
    LeadStateView,
    PastedPreviewView,
    ReplyView,
    WordsView,
)

urlpatterns = [
    path("api/v1/analyses", AnalysesView.as_view()),
    path("api/v1/analyses/by-key/<uuid:key>", AnalysisByKeyView.as_view()),
    path("api/v1/analyses/<uuid:analysis_id>", AnalysisView.as_view()),
    path("api/v1/analyses/<uuid:analysis_id>/reply", ReplyView.as_view()),
    path("api/v1/analyses/<uuid:analysis_id>/words", WordsView.as_view()),
    path("api/v1/pasted/preview", PastedPreviewView.as_view()),
    path("api/v1/leads/<str:lead_id>/state", LeadStateView.as_view()),
]
