"""Journeys run against services and processes of their own."""

from tests.web_fixtures import *  # noqa: F403
