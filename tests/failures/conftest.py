"""Failures are provoked against a web process of their own."""

from tests.web_fixtures import *  # noqa: F403
