"""What the programs are started with: the caller's environment, `.env`, and the secrets this clone keeps."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from pathlib import Path

from launch.locks import FileLock
from launch.paths import ROOT, data_dir
from launch.terminal import Stop

#: Where PostgreSQL's own log is, for those who have to look for words in it; set for a server of ours only.
SERVER_LOG = "CONVAILENS_POSTGRES_LOG"
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")


def read_dotenv(path: Path = ROOT / ".env") -> dict[str, str]:
    """`NAME=value` lines; `#` comments; a value may stand in quotes. Empty values count as not set.

    Raises Stop for a line that is none of these, by its number: it may hold a secret.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise Stop(f"{path} cannot be read as text.") from None
    found = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise Stop(f"{path}, line {number}: expected NAME=value.")
        name, value = match.groups()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        else:
            value = re.split(r"(?:^|\s)#", value, maxsplit=1)[0].strip()
        if value:
            found[name] = value
    return found


def callers_settings() -> dict[str, str]:
    """The caller's environment above `.env`: what was said for this one run wins."""
    said = {name: value for name, value in os.environ.items() if value.strip() and name != SERVER_LOG}
    return read_dotenv() | said


def kept_secrets() -> dict[str, str]:
    """SECRET_KEY, TOKEN_KEYS and the demo's staff password, made at the first start and kept in a file of mode 0600."""
    path = data_dir() / "secrets.json"
    with FileLock(path.with_suffix(".lock")) as lock:
        lock.take(timeout_s=10, waiting_for="another start that makes the secrets")
        try:
            kept: dict[str, str] = json.loads(path.read_text())
        except FileNotFoundError:
            kept = {}
        except ValueError:
            raise Stop(
                f"{path} is damaged. Tokens stored under its keys cannot be read; remove it to start anew."
            ) from None
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DEMO_STAFF_PASSWORD": secrets.token_urlsafe(9),
            "TOKEN_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        } | kept
        if made != kept:
            kept = made
            temporary = path.with_suffix(".new")
            temporary.unlink(missing_ok=True)
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(kept, file)
            temporary.replace(path)
    return kept


def keep_bytecode() -> None:
    """Where the caller wants no compiled modules beside the sources, keep them in our own folder.

    Without any, each program compiles all that it imports again: seconds at every start.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(data_dir() / "cache" / "bytecode"))


def for_programs(settings: dict[str, str]) -> dict[str, str]:
    """What each of our programs is given: the settings, on top of what makes it run on this machine."""
    environment = dict(os.environ)
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", SERVER_LOG):
        environment.pop(name, None)
    home = Path(environment.get("HOME") or "/nonexistent")
    if not os.access(home, os.W_OK):
        environment.setdefault("MPLCONFIGDIR", str(data_dir() / "cache" / "matplotlib"))
    return environment | {"CONVAILENS_DEMO": "1", "PYTHONUNBUFFERED": "1"} | settings
