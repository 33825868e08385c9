"""The app of accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts, their connection to Kommo, and who is asking."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import schema  # noqa: F401  (tells the OpenAPI generator how sessions authenticate)
