"""The app of accounts."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Accounts, their connection to Kommo, and who is asking."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import schema  # noqa: F401  (tells the OpenAPI generator how sessions authenticate)
        from accounts.policy import checks  # noqa: F401  (warns when the policy page and the settings differ)
        from accounts.policy.versions import record_versions

        post_migrate.connect(record_versions, sender=self, dispatch_uid="accounts.record_versions")
