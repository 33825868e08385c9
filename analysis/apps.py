"""The analysis app."""

from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    """Conversation in, scored advice out."""

    name = "analysis"
