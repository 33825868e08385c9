"""The documents are true where a program can tell: variables, defaults, links, decisions, commands, names of files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands

from convailens.checks import _SECRETS
from launch.paths import ROOT

READERS = {"env", "env_bool", "env_int", "env_float", "env_list"}
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "sandbox" / "README.md", *(ROOT / "docs").rglob("*.md")]
)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
#: Variables that are read elsewhere than in settings.py and belong to the platform or the shell, not to us.
FOREIGN = {"PATH", "HOME", "XDG_CACHE_HOME", "PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE"}


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def read_by_settings() -> dict[str, Any]:
    """Name → its default where that is written out as a constant, else None."""
    found: dict[str, Any] = {}
    for call in calls(ROOT / "convailens" / "settings.py"):
        if isinstance(call.func, ast.Name) and call.func.id in READERS and isinstance(call.args[0], ast.Constant):
            default = call.args[1] if len(call.args) > 1 else None
            found[call.args[0].value] = default.value if isinstance(default, ast.Constant) else None
    return found


def read_elsewhere() -> set[str]:
    """Names that other programs of ours take straight from the environment."""
    found = set()
    for folder in ("convailens", "accounts", "billing", "analysis", "launch", "sandbox"):
        for path in (ROOT / folder).rglob("*.py"):
            for call in calls(path):
                if ast.unparse(call.func) in {"os.environ.get", "os.getenv"} and isinstance(call.args[0], ast.Constant):
                    found.add(call.args[0].value)
    return found - FOREIGN


def documented() -> dict[str, tuple[str, str]]:
    """Name → (default, production) of the tables in docs/configuration.md."""
    text = (ROOT / "docs" / "configuration.md").read_text()
    rows = re.findall(r"^\| `([A-Z_]+)` \|.*\| ([^|]+) \| (yes|no|never) \|$", text, re.MULTILINE)
    assert len(rows) == len(re.findall(r"^\| `", text, re.MULTILINE))  # No row is too odd to be read.
    return {name: (default, production) for name, default, production in rows}


def test_every_variable_that_is_read_is_documented_and_no_other():
    mentioned = {"RAILWAY_ENVIRONMENT_NAME"}  # In a sentence of its own: it is Railway's.
    launchers_own = {"CONVAILENS_POSTGRES_LOG"}  # Handed on by the launcher, looked at by tests.
    assert set(documented()) == (set(read_by_settings()) | read_elsewhere() | launchers_own) - mentioned


def test_documented_defaults_are_those_of_the_code():
    table = documented()
    wrong = {}
    for name, default in read_by_settings().items():
        said = table[name][0]
        if default not in (None, "") and said.replace(",", "") != str(default).replace(",", ""):
            wrong[name] = (said, default)
        if default == "" and said not in ("none", "the host of `PUBLIC_URL`"):
            wrong[name] = (said, default)
    assert wrong == {}


def test_what_the_checks_demand_is_marked_as_needed():
    table = documented()
    assert {name for name, (_, production) in table.items() if production == "yes"} == {
        *_SECRETS,
        "TOKEN_KEYS",
        "REDIS_URL",
    }


def test_the_example_of_an_env_file_has_every_setting_and_nothing_unknown():
    lines = (ROOT / ".env.example").read_text().splitlines()
    names = [match.group(1) for line in lines if (match := re.fullmatch(r"#?([A-Z_]+)=.*", line))]
    assert len(names) == len(set(names))
    assert set(read_by_settings()) <= set(names) <= set(documented())
    assert not [line for line in lines if line and not line.startswith("#")]  # Copied as it is, it changes nothing.


def test_the_examples_defaults_are_the_documented_ones():
    table = documented()
    shown = dict(re.findall(r"^#([A-Z_]+)=(\S+)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for name in ("CONVAILENS_DEMO", "DATABASE_URL", "DATABASE_POOL"):  # Examples, not defaults.
        shown.pop(name)
    assert {name: table[name][0] for name in shown} == shown


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_and_tests_named_in_backquotes_are_there(page: Path):
    text = page.read_text()
    for name in re.findall(r"`((?:[\w.-]+/)+[\w-]+\.(?:py|md|json|html|css|toml|txt))`", text):
        assert (ROOT / name).is_file() or (page.parent / name).is_file(), name
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for name in re.findall(r"`(test_[a-z0-9_]+)`", text):
        assert f"def {name}(" in tests, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_are_named_exist(page: Path):
    named = set(re.findall(r"(?:manage\.py|bin/manage) ([a-z_]+)", page.read_text()))
    assert named <= {*get_commands(), "help"}
    assert {
        name for name in re.findall(r"`bin/(\w+)", page.read_text()) if not (ROOT / "bin" / name).is_file()
    } == set()


def test_pictures_are_small():
    pictures = list((ROOT / "docs" / "screenshots").iterdir())
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > 150_000] == []


def test_decisions_are_numbered_without_gaps():
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_header_and_its_parts(page: Path):
    title, blank, tags, *rest = page.read_text().splitlines()
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", page.name)
    assert re.fullmatch(rf"# {page.name[:4]} \S.*[^.]", title)
    assert blank == ""
    assert re.fullmatch(r"Tags: [a-z, -]+ · Date: \d{4}-\d\d-\d\d", tags)
    headings = [line for line in rest if line.startswith("## ")]
    assert headings == ["## Context", "## Decision", "## What the alternatives would have cost"]
    for section in page.read_text().split("\n## ")[1:]:
        assert len(section.split("\n", 1)[1].split()) >= 8  # Each part says something.


def test_every_decision_is_listed():
    index = (ROOT / "docs" / "decisions" / "README.md").read_text()
    assert [page.name for page in DECISIONS if f"({page.name})" not in index] == []
