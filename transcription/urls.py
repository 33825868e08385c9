"""Routes of the transcription API."""

from django.urls import path

from transcription.views import EstimateView, TranscriptionsView, TranscriptionView, TranscriptTextView

urlpatterns = [
    path("api/v1/transcriptions", TranscriptionsView.as_view()),
    path("api/v1/transcriptions/estimate", EstimateView.as_view()),
    path("api/v1/transcriptions/<uuid:transcription_id>", TranscriptionView.as_view()),
    path("api/v1/transcriptions/<uuid:transcription_id>/text", TranscriptTextView.as_view()),
]
