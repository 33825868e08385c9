"""Measurements run on the same cast, sandbox and web process as the tests."""

from tests.conftest import *  # noqa: F403
from tests.web_fixtures import *  # noqa: F403
