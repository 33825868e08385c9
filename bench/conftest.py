"""Measurements run on the same cast, sandbox, web process and browser as the tests."""

from tests.browser.conftest import *  # noqa: F403
from tests.conftest import *  # noqa: F403
from tests.web_fixtures import *  # noqa: F403
