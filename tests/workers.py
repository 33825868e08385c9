"""Lets tests run side by side (pytest-xdist): each worker has a Redis database of its own, as pytest-django gives it
a Postgres database of its own. Named in pyproject.toml, so that it is here before the settings are read.
"""

from __future__ import annotations

import os
import re

worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
if worker and (url := os.environ.get("REDIS_URL")):
    # Tests empty their database, and must not empty a neighbour's. Redis has 16 unless told otherwise.
    base, _, number = url.rpartition("/")
    number = number if number.isdigit() else "0"
    os.environ["REDIS_URL"] = f"{base}/{(int(number) + int(worker[1]) + 1) % 16}"
