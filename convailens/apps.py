"""Wires the system checks and the worker's tasks into Django."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ConvAILensConfig(AppConfig):
    """The project as an app of its own: commands, checks, jobs, static files."""

    name = "convailens"
    default = True

    def ready(self) -> None:
        from convailens import checks  # noqa: F401


class StaffAdminConfig(admin_apps.AdminConfig):
    """Django's admin on our site."""

    default = False
    default_site = "convailens.admin_site.StaffSite"
