#!/usr/bin/env python
"""Django's command line; `bin/manage` is the same inside the demo's environment."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convailens.settings")
    if sys.argv[1:2] == ["procrastinate"]:
        from convailens.lib.log import catch_uncaught

        catch_uncaught()  # A worker's traceback would carry the exception's text, hence people's data.
    execute_from_command_line(sys.argv)
