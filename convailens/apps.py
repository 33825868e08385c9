"""Wires the system checks and the worker's tasks into Django."""

from django.apps import AppConfig


class ConvAILensConfig(AppConfig):
    """The project as an app of its own: commands, checks, jobs, static files."""

    name = "convailens"

    def ready(self) -> None:
        from convailens import checks  # noqa: F401
