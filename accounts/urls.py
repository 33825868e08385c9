"""Routes of connecting, of Kommo's hooks, of the policy pages, and of the widget's session."""

from django.urls import path

from accounts import views
from accounts.connect_views import callback, connect, disabled
from accounts.policy_views import privacy

urlpatterns = [
    path("connect", connect, name="connect"),
    path("oauth/kommo/callback", callback, name="kommo-callback"),
    path("hooks/kommo/disabled", disabled, name="kommo-disabled"),
    path("privacy", privacy, name="privacy"),
    path("privacy/<int:number>", privacy, name="privacy-version"),
    path("api/v1/session", views.SessionView.as_view(), name="session"),
    path("api/v1/disconnect", views.DisconnectView.as_view(), name="disconnect"),
]
