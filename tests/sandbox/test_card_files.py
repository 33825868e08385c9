"""The widget's files as the emulated Kommo serves them: from a folder, nothing else, with our address put in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sandbox.probe import PROBE, serving_probe
from tests.sandbox.process import KommoSandbox

WIDGET = Path(__file__).resolve().parents[2] / "widget"
WEB_URL = "http://127.0.0.1:9876"


@pytest.fixture(scope="module")
def probed() -> Iterator[httpx.Client]:
    with (
        serving_probe(web=WEB_URL) as ready,
        httpx.Client(base_url=ready["kommo"]["base_url"], trust_env=False) as http,
    ):
        yield http


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("script.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("manifest.json", "application/json"),
        ("i18n/es.json", "application/json"),
        ("images/logo_min.png", "image/png"),
    ],
)
def test_a_file_comes_as_it_is_with_its_type_and_is_not_kept(probed: httpx.Client, path: str, kind: str) -> None:
    answer = probed.get(f"/widgets/convailens/{path}?v=1")
    assert answer.status_code == 200
    assert answer.content == (PROBE / path).read_bytes()
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nothing.js",
        "lib",
        "lib/",
        "../probe.py",
        "..%2fprobe.py",
        "%2e%2e/probe.py",
        "lib/..%2f..%2fprobe.py",
        "lib/%2e%2e/script.js",
        "..%5cprobe.py",
        "%2fetc/passwd",
        "/etc/passwd",
        "script.js%00",
        "./script.js%2f..%2f..%2fprobe.py",
    ],
)
def test_nothing_outside_the_folder_is_served(probed: httpx.Client, path: str) -> None:
    # Sent as it stands: a client would otherwise tidy the path up.
    url = httpx.URL(str(probed.base_url)).copy_with(raw_path=f"/widgets/convailens/{path}".encode())
    answer = probed.get(url)
    assert answer.status_code == 404
    assert "running_sandbox" not in answer.text


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "widget"
    folder.mkdir()
    (tmp_path / "secret.js").write_text("secret")
    (folder / "out.js").symlink_to(tmp_path / "secret.js")
    (folder / "in.js").write_text("seen")
    with serving_probe(folder) as ready:
        base = f"{ready['kommo']['base_url']}/widgets/convailens"
        assert httpx.get(f"{base}/in.js", trust_env=False).text == "seen"
        assert httpx.get(f"{base}/out.js", trust_env=False).status_code == 404


def test_the_address_of_the_service_is_put_in_where_it_stands_and_follows_its_switch(probed: httpx.Client) -> None:
    def said() -> str:
        answer = probed.get("/widgets/convailens/lib/service.js")
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "https://app.convailens.com" not in answer.text
        return answer.text

    assert f"'{WEB_URL}'" in said()
    probed.post("/_sandbox/settings", json={"web_url": "http://127.0.0.1:4321/"})
    assert "'http://127.0.0.1:4321'" in said()
    probed.post("/_sandbox/reset")
    assert f"'{WEB_URL}'" in said()


def test_the_card_knows_the_version_of_the_widget_it_serves(probed: httpx.Client, kommo: KommoSandbox) -> None:
    assert probed.get("/_sandbox/card/acme").json()["widget"]["version"] == "9.8.7"
    ours = json.loads((WIDGET / "manifest.json").read_text("utf-8"))["widget"]["version"]
    assert "SANDBOX_WIDGET_DIR" not in os.environ
    assert kommo.http.get("/_sandbox/card/acme").json()["widget"]["version"] == ours
