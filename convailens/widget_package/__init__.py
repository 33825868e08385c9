"""The widget as Kommo's store wants it: what a program can check of its rules, and a zip that is the same each time.

All pure: files come as names and bytes. `manage.py build_widget` reads and writes. The rules: `findings.py`.
"""

from convailens.widget_package.archive import archived, with_service_url
from convailens.widget_package.check import check
from convailens.widget_package.findings import RULES, Files, Finding

__all__ = ["RULES", "Files", "Finding", "archived", "check", "with_service_url"]
