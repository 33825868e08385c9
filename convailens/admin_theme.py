"""How the admin looks: names, icons, colours and the sidebar, as django-unfold takes them (its setting `UNFOLD`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _file(name: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(f"convailens/{name}")


def _page(title: str, icon: str, model: str) -> dict[str, Any]:
    """A line of the sidebar, for who may view the model."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": lambda request: request.user.has_perm(f"{app}.view_{name}"),
    }


def environment(request: HttpRequest) -> list[str] | None:
    """The badge in the corner: nobody should take the demo for production."""
    return ["Demo", "warning"] if os.environ.get("CONVAILENS_DEMO") else None


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "ConvAI Lens",
    "SITE_HEADER": "ConvAI Lens",
    "SITE_SUBHEADER": "Support",
    "SITE_URL": None,
    "SITE_ICON": _file("lens.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _file("lens.svg")}],
    "STYLES": [_file("admin.css")],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "ENVIRONMENT": "convailens.admin_theme.environment",
    "COLORS": {
        # The blue of our icon, in oklch: lightness, chroma, hue.
        "primary": {
            "50": "oklch(97% .014 264)",
            "100": "oklch(93% .032 264)",
            "200": "oklch(88% .059 264)",
            "300": "oklch(81% .105 264)",
            "400": "oklch(71% .165 264)",
            "500": "oklch(62% .214 264)",
            "600": "oklch(53% .217 264)",
            "700": "oklch(47% .21 264)",
            "800": "oklch(42% .17 264)",
            "900": "oklch(38% .13 264)",
            "950": "oklch(28% .09 264)",
        },
    },
    "SIDEBAR": {
        "navigation": [
            {
                "title": "Customers",
                "items": [
                    _page("Accounts", "apartment", "accounts.account"),
                    _page("Analyses", "query_stats", "analysis.analysis"),
                    _page("Widget sessions", "badge", "accounts.widgetsession"),
                    _page("One-time tokens", "key", "accounts.usedwidgettoken"),
                ],
            },
            {
                "title": "Usage",
                "separator": True,
                "items": [
                    _page("Plans", "sell", "billing.plan"),
                    _page("Months", "calendar_month", "billing.usageperiod"),
                    _page("Reservations", "pending_actions", "billing.reservation"),
                    _page("Ledger", "receipt_long", "billing.usageentry"),
                ],
            },
            {
                "title": "Privacy",
                "separator": True,
                "items": [
                    _page("Audit trail", "history", "accounts.auditentry"),
                    _page("Erasure receipts", "delete_forever", "accounts.erasurereceipt"),
                ],
            },
            {
                "title": "System",
                "separator": True,
                "items": [
                    _page("Jobs", "work_history", "procrastinate.procrastinatejob"),
                    _page("Staff", "group", "auth.user"),
                    _page("Groups", "groups", "auth.group"),
                ],
            },
        ],
    },
}
