"""The sandbox as a process, its misbehaviour, widget tokens and hooks."""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from tests.sandbox.process import ROOT, KommoSandbox, running_sandbox


def spoil(kommo: KommoSandbox, **rule) -> None:
    kommo.switch("misbehaviour", **rule)


def test_the_ready_line_says_what_a_client_needs(sandbox_ready):
    assert set(sandbox_ready["kommo"]) == {
        *("base_url", "account_id", "subdomain", "client_id", "client_secret", "redirect_uri", "long_lived_token"),
        "lead_id",
    }
    assert set(sandbox_ready["openai"]) == {"base_url", "api_key", "model"}
    assert set(sandbox_ready["deepgram"]) == {"base_url", "api_key"}
    assert set(sandbox_ready["storage"]) == {"base_url"}
    assert sandbox_ready["kommo"]["redirect_uri"] == "http://127.0.0.1:8000/oauth/kommo/callback"
    assert sandbox_ready["openai"]["base_url"].endswith("/v1")


def test_openai_answers_at_its_address_with_its_key_and_has_the_same_admin(sandbox_ready):
    told = sandbox_ready["openai"]
    root = told["base_url"].removesuffix("/v1")
    models = httpx.get(
        f"{told['base_url']}/models", headers={"Authorization": f"Bearer {told['api_key']}"}, trust_env=False
    )
    assert told["model"] in {model["id"] for model in models.json()["data"]}
    assert httpx.get(f"{root}/_sandbox/misbehaviour", trust_env=False).json()["service"] == "openai"
    assert httpx.get(f"{root}/_sandbox/", trust_env=False).status_code == 200
    assert httpx.get(f"{root}/_sandbox/model", trust_env=False).status_code == 200


@pytest.mark.parametrize("service", ["deepgram", "storage"])
def test_the_services_of_voice_have_ports_and_the_same_admin_of_their_own(sandbox_ready, service):
    root = sandbox_ready[service]["base_url"]
    assert root not in {told["base_url"] for name, told in sandbox_ready.items() if name != service}
    assert httpx.get(f"{root}/_sandbox/misbehaviour", trust_env=False).json()["service"] == service
    assert httpx.get(f"{root}/_sandbox/", trust_env=False).status_code == 200


def test_taken_ports_make_it_use_the_next_free_ones():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        options = [part for name in ("kommo", "deepgram", "storage") for part in (f"--{name}-port", str(port))]
        with running_sandbox(*options) as ready:
            found = [httpx.URL(ready[name]["base_url"]).port for name in ("kommo", "deepgram", "storage")]
            assert port < found[0] < found[1] < found[2] <= port + 99


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "::"])
def test_it_listens_on_loopback_only(host):
    command = [sys.executable, "-m", "sandbox", "--host", host]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2
    assert "loopback only" in ended.stderr


def test_an_unknown_model_is_refused_at_start():
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        capture_output=True,
        timeout=20,
        env=os.environ | {"SANDBOX_MODEL": "oracle"},
    )
    assert ended.returncode == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_also_amid_a_slow_answer(number):
    command = [sys.executable, "-m", "sandbox", "--kommo-port", "0", "--openai-port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        kommo = KommoSandbox(json.loads(process.stdout.readline()))
        spoil(kommo, match="account.get", kind="slow", params={"seconds": 600})
        waiting = threading.Thread(target=_ignoring_errors, args=(kommo,))
        waiting.start()
        time.sleep(0.3)
        process.send_signal(number)
        assert process.wait(10) == 0
        waiting.join(10)
        kommo.http.close()


def _ignoring_errors(kommo: KommoSandbox) -> None:
    try:
        kommo.get("account")
    except httpx.HTTPError:
        return


def test_it_goes_with_the_process_that_started_it(tmp_path):
    starter = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-m', 'sandbox', '--kommo-port', '0', '--openai-port', '0',"
        " '--exit-with-parent'], stdout=subprocess.PIPE)\n"
        "p.stdout.readline(); print(p.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", starter], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    for _ in range(100):
        if not _alive(child):
            return
        time.sleep(0.1)
    pytest.fail("the sandbox outlived its parent")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie nobody reaps yet is gone for our purpose.
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_status_is_given_as_often_as_asked(kommo):
    spoil(kommo, match="leads.get", kind="status", times=2, skip=1, params={"code": 503})
    codes = [kommo.get(f"leads/{kommo.lead_id}").status_code for _ in range(4)]
    assert codes == [200, 503, 503, 200]
    assert kommo.get("account").status_code == 200


def test_429_403_page_and_500_have_kommos_bodies(kommo):
    spoil(kommo, kind="status", params={"code": 429, "retry_after": 7})
    limited = kommo.get("account")
    spoil(kommo, kind="status", params={"code": 403, "body": "html"})
    blocked = kommo.get("account")
    spoil(kommo, kind="status", params={"code": 500})
    broken = kommo.get("account")
    assert (limited.json()["retry_after"], limited.headers["retry-after"]) == (7, "7")
    assert (blocked.headers["content-type"], "nginx" in blocked.text) == ("text/html; charset=utf-8", True)
    assert broken.json()["title"] == "ErrInternalServer"


def test_a_cut_off_answer_ends_within_its_body_though_the_operation_ran(kommo):
    tokens = kommo.exchange(code=kommo.code()).json()
    spoil(kommo, match="oauth.token", kind="cut_off")
    with pytest.raises(httpx.RemoteProtocolError):
        kommo.exchange(refresh_token=tokens["refresh_token"])
    assert kommo.exchange(refresh_token=tokens["refresh_token"]).json()["hint"] == "Token has been revoked"


@pytest.mark.parametrize("body", ["html", "garbage", "empty", "truncated"])
def test_not_json_is_200_and_unreadable(kommo, body):
    spoil(kommo, kind="not_json", params={"body": body})
    answer = kommo.get("account")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r".*"):
        json.loads(answer.content)


def test_slow_and_drip_take_their_time(kommo):
    spoil(kommo, match="account.get", kind="slow", params={"seconds": 0.3})
    spoil(kommo, match="leads.get", kind="drip", params={"bytes": 100, "every_s": 0.05})
    started = time.monotonic()
    kommo.get("account")
    slow, started = time.monotonic() - started, time.monotonic()
    whole = kommo.get(f"leads/{kommo.lead_id}").json()
    assert slow >= 0.3
    assert time.monotonic() - started >= 0.2
    assert whole["id"] == kommo.lead_id


def test_what_is_set_while_a_request_waits_is_for_the_next_one(kommo):
    spoil(kommo, match="account.get", kind="slow", params={"seconds": 1})
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(kommo.get("account").status_code))
    waiting.start()
    while kommo.http.get("/_sandbox/misbehaviour").json()["rules"]:
        time.sleep(0.02)
    spoil(kommo, match="account.get", kind="status", params={"code": 503})
    waiting.join(10)
    assert answers == [200]
    assert kommo.get("account").status_code == 503


def test_no_content_is_kommos_own_kind(kommo):
    spoil(kommo, match="leads.get", kind="no_content")
    assert kommo.get(f"leads/{kommo.lead_id}").status_code == 204


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "explode"},
        {"kind": "slow"},
        {"kind": "status", "params": {"code": 20}},
        {"kind": "status", "params": {"code": 500, "colour": "red"}},
        {"kind": "not_json", "times": 0},
        {"kind": "not_json", "match": "no.such"},
        {"kind": "not_json", "service": "openai"},
        {"kind": "not_json", "surprise": 1},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(kommo, rule):
    assert kommo.http.post("/_sandbox/misbehaviour", json=rule).status_code == 400
    assert kommo.http.get("/_sandbox/misbehaviour").json()["rules"] == []


def test_rules_are_listed_removed_and_cleared(kommo):
    first = kommo.switch("misbehaviour", kind="not_json", times=None)
    kommo.switch("misbehaviour", kind="drip")
    listed = kommo.http.get("/_sandbox/misbehaviour").json()["rules"]
    kommo.http.delete("/_sandbox/misbehaviour", params={"id": first["id"]})
    left = kommo.http.get("/_sandbox/misbehaviour").json()["rules"]
    assert [rule["kind"] for rule in listed] == ["not_json", "drip"]
    assert [rule["kind"] for rule in left] == ["drip"]
    assert kommo.http.delete("/_sandbox/misbehaviour").json() == {"removed": 1}


def test_the_admin_page_sets_and_clears_rules(kommo):
    form = {"action": "set", "match": "leads.get", "kind": "status", "times": "", "params": '{"code": 500}'}
    assert kommo.http.post("/_sandbox/form", data=form).status_code == 303
    page = kommo.http.get("/_sandbox/").text
    assert "until cleared" in page
    assert kommo.get(f"leads/{kommo.lead_id}").status_code == 500
    assert kommo.http.post("/_sandbox/form", data={"action": "clear"}).status_code == 303
    assert kommo.get(f"leads/{kommo.lead_id}").status_code == 200
    assert kommo.http.post("/_sandbox/form", data=form | {"params": "{"}).status_code == 400


def test_the_log_names_operations_and_keys_but_no_values(kommo):
    kommo.get("leads", query="very-secret-name")
    seen = kommo.http.get("/_sandbox/requests", params={"operation": "leads.list"}).json()
    assert "very-secret-name" not in json.dumps(seen)
    (entry,) = seen["requests"]
    assert (entry["method"], entry["path"], entry["query_keys"]) == ("GET", "/api/v4/leads", ["query"])
    assert (entry["status"], entry["facts"]) == (204, {"account_id": kommo.ready["account_id"]})
    kommo.http.delete("/_sandbox/requests")
    assert kommo.counters() == {}


def test_a_widget_token_has_kommos_claims_and_signature(kommo):
    token = kommo.switch("widget-token", user="rep")["token"]
    claims = jwt.decode(token, kommo.ready["client_secret"], algorithms=["HS256"], audience="http://127.0.0.1")
    assert claims["iss"] == "https://acme.kommo.com"
    assert (claims["account_id"], claims["user_id"]) == (kommo.ready["account_id"], kommo.user("rep")["id"])
    assert (claims["client_uuid"], claims["subdomain"]) == (kommo.ready["client_id"], "acme")
    assert claims["exp"] - claims["iat"] == 1800
    assert "is_admin" not in claims


def test_widget_tokens_can_be_made_wrong_in_every_way(kommo):
    def made(**overrides) -> tuple[dict, dict]:
        token = kommo.switch("widget-token", **overrides)["token"]
        return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})

    assert made(alg="none")[0]["alg"] == "none"
    assert made(alg="HS512")[0]["alg"] == "HS512"
    assert made(alg="RS256")[0]["alg"] == "RS256"
    assert made(aud="https://other.example")[1]["aud"] == "https://other.example"
    assert made(exp_in=-60)[1]["exp"] < time.time()
    assert made(nbf_in=600)[1]["nbf"] > time.time() + 500
    assert "jti" not in made(drop=["jti"])[1]
    assert made(jti="same")[1]["jti"] == "same"
    assert made(client_uuid="x", account="stranger")[1]["client_uuid"] == "x"
    wrong_key = kommo.switch("widget-token", key="k" * 32)["token"]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(wrong_key, kommo.ready["client_secret"], algorithms=["HS256"], audience="http://127.0.0.1")
    assert kommo.http.post("/_sandbox/widget-token", json={"colour": "red"}).status_code == 400


@pytest.fixture
def web(kommo):
    """Our service's stand-in: remembers the paths and queries it is called with."""
    calls: list[tuple[str, dict[str, list[str]]]] = []
    delay = {"s": 0.0}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            calls.append((parts.path, parse_qs(parts.query)))
            time.sleep(delay["s"])
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/never-followed")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    kommo.switch("settings", web_url=f"http://127.0.0.1:{server.server_port}")
    yield calls, delay
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_install_hook_brings_a_code_and_no_state(kommo, web):
    calls, _ = web
    sent = kommo.switch("install-hook", account="stranger")
    ((path, query),) = calls
    assert (sent["status"], sent["fault"], path) == (302, None, "/oauth/kommo/callback")
    assert set(query) == {"code", "referer", "client_id", "platform", "from_widget"}
    settings = kommo.http.get("/_sandbox/settings").json()
    tokens = kommo.exchange(code=query["code"][0], redirect_uri=settings["redirect_uri"]).json()
    assert kommo.get("account", token=tokens["access_token"]).json()["subdomain"] == "stranger"


def test_a_hook_that_takes_too_long_is_given_up(kommo, web):
    _, delay = web
    delay["s"] = 4
    sent = kommo.switch("install-hook")
    assert (sent["status"], sent["fault"]) == (None, "timeout")
    assert sent["ms"] < 3900


def test_the_disable_hook_is_signed_and_the_tokens_are_gone(kommo, web):
    calls, _ = web
    tokens = kommo.switch("tokens", account="acme")
    kommo.switch("disable", account="acme")
    ((path, query),) = calls
    # echo -n "{client_uuid}|{account_id}" | openssl dgst -sha256 -hmac {client_secret}
    expected = "4a722c09543074250bd8cd89d25152934ccc72718015555a95c9919163aa42da"
    assert path == "/hooks/kommo/disabled"
    assert query == {
        "account_id": [str(kommo.ready["account_id"])],
        "client_uuid": [kommo.ready["client_id"]],
        "signature": [expected],
    }
    assert kommo.get("account", token=tokens["access_token"]).status_code == 401


def test_a_forged_or_unsigned_disable_hook_can_be_sent(kommo, web):
    calls, _ = web
    kommo.switch("disable", revoke=False, signature="00" * 32, id_param="client_id")
    kommo.switch("disable", revoke=False, signature=None)
    assert calls[0][1]["signature"] == ["00" * 32]
    assert "client_id" in calls[0][1]
    assert "signature" not in calls[1][1]
    assert kommo.get("account").status_code == 200
