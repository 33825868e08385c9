"""The journey itself: everything a rep, an administrator, support and a worker do, with canaries in all they say."""

from __future__ import annotations

import json
import re
import signal
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from django.contrib import admin
from django.urls import reverse
from procrastinate.contrib.django import app

from tests.journeys import canaries
from tests.journeys.canaries import BAD_ID, new_key
from tests.journeys.places import Place, Watching
from tests.journeys.refusals import be_refused
from tests.journeys.voice import Voice
from tests.journeys.world import STAFF, STAFF_PASSWORD, World
from tests.sandbox.process import DeepgramSandbox, KommoSandbox
from tests.web import OpenAISandbox, read_events
from tests.worker import running_worker

ORIGIN = "https://acme.kommo.com"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"

#: What the model's endpoint does, for as long as the run lasts; the texts it makes then hold what it was told.
MODEL_FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("invalid_json", {"form": "truncated"}),
    ("invalid_json", {"form": "trailing"}),
    ("schema_breach", {"form": "extra_field"}),
    ("schema_breach", {"form": "wrong_types"}),
    ("schema_breach", {"form": "missing_fields"}),
    ("schema_breach", {"form": "nan"}),
    ("schema_breach", {"form": "wrong_enum"}),
    ("length", {}),
    ("content_filter", {}),
    ("refusal", {"text": canaries.phrase("refusal")}),
    ("html", {}),
    ("sse_garbage", {}),
    ("drop", {"after_chunks": 60}),
    ("stream_error", {"after_chunks": 60}),
    ("insufficient_quota", {}),
    ("status", {"code": 500, "body": "html"}),
]
KOMMO_FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    ("talks.messages", "cut_off", {}),
    ("talks.messages", "not_json", {"body": "truncated"}),
    ("talks.messages", "status", {"code": 500}),
    ("leads.get", "not_json", {"body": "garbage"}),
    ("leads.get", "cut_off", {}),
]


class _Token(HTMLParser):
    """The hidden field against forged forms."""

    value = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("name") == "csrfmiddlewaretoken":
            self.value = given.get("value") or ""


@dataclass
class Journey:
    """Does it, and keeps what came back. `own` documents are the rep's; `pages` are all other answers."""

    world: World
    kommo: KommoSandbox
    openai: OpenAISandbox
    deepgram: DeepgramSandbox
    own: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    pages: list[Place] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    streamed: str = ""
    replies: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    watched: list[Place] = field(default_factory=list)
    rounds: int = 0
    voice: Voice = field(default_factory=Voice)
    bearer: dict[str, str] = field(default_factory=dict)
    lead_id: int = 0

    @property
    def http(self) -> httpx.Client:
        return self.world.web.http

    # Asking

    def send(self, method: str, path: str, *, own: bool = False, **more: Any) -> httpx.Response:
        """One call, its answer kept. Answers of 400 and above are nobody's own."""
        more["headers"] = self.bearer | more.get("headers", {})
        answer = self.http.request(method, path, **more)
        self._keep(f"{method} {path[:80]}", answer, own=own)
        return answer

    def _keep(self, name: str, answer: httpx.Response, *, own: bool = False) -> None:
        if own and answer.is_success:
            self.own.append((name, answer.json()))
            return
        headers = "\n".join(f"{key}: {value}" for key, value in answer.headers.multi_items())
        self.pages.append((f"answer {answer.status_code} to {name}", headers.encode() + b"\n" + answer.content))

    def refused(self, status: int | tuple[int, ...], method: str, path: str, **more: Any) -> httpx.Response:
        answer = self.send(method, path, **more)
        expected = status if isinstance(status, tuple) else (status,)
        assert answer.status_code in expected, (method, path[:80], answer.status_code, answer.text[:500])
        return answer

    def analyse(self, content: bytes | dict[str, Any], *, key: uuid.UUID | None = None) -> list[tuple[str, Any]]:
        """One click, its stream read to the end."""
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Idempotency-Key": str(key or uuid.uuid4()), "Accept": "text/event-stream"}
        headers |= {"Content-Type": "application/json"} | self.bearer
        with self.http.stream("POST", "/api/v1/analyses", content=raw, headers=headers) as answer:
            if answer.status_code != 200:
                answer.read()
                raise AssertionError(answer.text)
            events = list(read_events(answer))
        for name, data in events:
            if name == "summary":
                self.streamed += data["delta"]  # As the model writes it: shown to the rep, kept nowhere.
            elif name == "problem":
                self.problems.append(data["code"])
                self.pages.append((f"event {name}", json.dumps(data).encode()))
            else:
                self.own.append((f"event {name}", data))
                if name == "result" and data["suggested_reply"]:
                    self.replies.append(data["suggested_reply"])
        return events

    def result(self, content: bytes | dict[str, Any], **more: Any) -> dict[str, Any]:
        name, data = self.analyse(content, **more)[-1]
        assert name == "result", data
        return data

    def body(self, **more: Any) -> dict[str, Any]:
        return {"lead_id": self.lead_id, "source": "auto", "output_language": "en"} | more

    def card(self, mark: str = "") -> dict[str, Any]:
        return self.body(source="card", messages=canaries.messages(mark=mark))

    # The way

    def connect(self) -> None:
        """OAuth as a browser does it: our page, the sandbox's consent, our callback."""
        page = self.send("GET", "/connect")
        assert page.status_code == 200
        consent = self.send("GET", "/connect?go=1").headers["location"]
        given = self.kommo.http.get(f"{consent}&decision=allow&account=acme&user=admin")
        back = urlsplit(given.headers["location"])
        page = self.send("GET", f"{back.path}?{back.query}")
        assert page.status_code == 200, page.text
        denied = f"{back.path}?error=access_denied&error_description={quote(canaries.phrase('oauth'))}"
        self.refused(403, "GET", denied)
        self.refused((400, 403), "GET", f"{back.path}?{back.query}")
        self.refused(400, "GET", f"{back.path}?code={quote(BAD_ID)}&state={quote(BAD_ID)}&referer={quote(BAD_ID)}")
        hook = f"{back.path}?from_widget=1&code={quote(BAD_ID)}&referer={quote(BAD_ID)}"
        self.refused((400, 403, 422), "GET", hook)
        self.refused(403, "GET", f"/hooks/kommo/disabled?account_id={quote(BAD_ID)}&signature={quote(BAD_ID)}")

    def open_session(self, user: str) -> None:
        self.bearer = {}
        token = self.kommo.switch("widget-token", user=user, account="acme")["token"]
        headers = {"X-Auth-Token": token, "Origin": ORIGIN, "User-Agent": f"{AGENT} {canaries.phrase('browser')}"}
        answer = self.http.post("/api/v1/session", headers=headers)
        assert answer.status_code == 201, answer.text
        # Once more, as a page that was loaded again; and from a browser it was not given to.
        answer = self.http.post("/api/v1/session", headers=headers)
        self.refused(401, "POST", "/api/v1/session", headers=headers | {"User-Agent": canaries.phrase("browser")})
        self.refused(401, "POST", "/api/v1/session", headers=headers | {"X-Auth-Token": BAD_ID})
        odd = self.kommo.switch("widget-token", user=user, account="acme", jti=BAD_ID)["token"]
        self.refused(401, "POST", "/api/v1/session", headers=headers | {"X-Auth-Token": odd})
        self.bearer = {"Authorization": f"Bearer {answer.json()['token']}"}

    def read_the_lead(self) -> None:
        """The main job on Kommo's own messages, and all that may be asked about its result."""
        added = self.kommo.switch("leads", account="acme", conversation=canaries.lead("canary-1"))
        self.lead_id = added["lead_id"]
        state = f"/api/v1/leads/{self.lead_id}/state"
        assert self.send("POST", state, own=True, json={"source": "auto"}).status_code == 200
        key = uuid.uuid4()
        result = self.result(self.body(), key=key)
        assert result["source"] == "talks"
        assert result["flagged"]
        assert self.result(self.body(), key=key)["id"] == result["id"]
        assert self.result(self.body())["reused"] is True
        path = f"/api/v1/analyses/{result['id']}"
        for found in (path, f"/api/v1/analyses/by-key/{key}"):
            assert self.send("GET", found, own=True).status_code == 200
        reply = self.send("POST", f"{path}/reply", own=True, json={"source": "auto"})
        assert reply.status_code == 200, reply.text
        self.replies.append(reply.json()["suggested_reply"])
        card = {"source": "card", "messages": canaries.messages()}
        assert self.send("POST", f"{path}/reply", own=True, json=card).status_code == 200
        assert self.send("POST", state, own=True, json=card).status_code == 200
        self._show_words(path, {"source": "auto"})
        self._show_words(path, card)
        self.refused(422, "POST", "/api/v1/analyses", json=self.card("another"), headers={"Idempotency-Key": str(key)})
        # Each text once among the newest, which are what the parrot's summary has room for.
        for turn in (1, 4, 6, 9):
            self.result(self.body(source="card", messages=canaries.messages(turn=turn)))
        waiting = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=20", "Accept": "application/json"}
        answer = self.send("POST", "/api/v1/analyses", own=True, json=self.card("waited"), headers=waiting)
        assert answer.json()["state"] == "done"

    def _show_words(self, path: str, body: dict[str, Any]) -> None:
        """The messages themselves, for the rep: the one kind of answer whose texts are people's own words."""
        answer = self.http.post(f"{path}/words", json=body, headers=self.bearer)
        assert answer.status_code == 200, answer.text
        self.words += [message["text"] for message in answer.json()["messages"]]

    def _preview(self, pasted: dict[str, Any]) -> None:
        answer = self.http.post("/api/v1/pasted/preview", json=pasted, headers=self.bearer)
        assert answer.status_code == 200, answer.text
        self.words += [message["text"] for message in answer.json()["preview"]]

    def send_the_largest(self) -> None:
        """Bodies of the largest size, while the process' files and the temporary folder are looked at."""
        state = f"/api/v1/leads/{self.lead_id}/state"
        web = self.world.web
        with Watching(web.process.pid, self.world.temporary, but=self.world.web_log) as watching:
            card = canaries.largest_card(self.lead_id)
            assert self.result(card)["messages_total"] == canaries.MAX_MESSAGES
            json_type = {"Content-Type": "application/json"}
            assert self.send("POST", state, own=True, content=card, headers=json_type).status_code == 200
            pasted = canaries.largest_pasted(self.lead_id)
            result = self.result(pasted)
            assert (result["source"], result["messages_total"]) == ("pasted", 1_500)
            again = json.loads(pasted)
            self._preview(again["pasted"])
            self._show_words(f"/api/v1/analyses/{result['id']}", again)
            # What Django would spool to a file: a form with a large file in it, where forms are read.
            said = canaries.phrase("form").encode()
            big = {"file": ("chat.txt", said * (canaries.MAX_BODY // len(said) - 10))}
            self.refused((403, 415), "POST", "/admin/login/", files=big)
            self.refused(415, "POST", "/api/v1/analyses", files=big, headers={"Idempotency-Key": str(uuid.uuid4())})
            over = canaries.largest_card(self.lead_id) + b" "
            self.refused(413, "POST", "/api/v1/analyses", content=over, headers=json_type)
            chunks = (over[at : at + 65_536] for at in range(0, len(over), 65_536))
            self.refused(413, "POST", "/api/v1/analyses", content=chunks, headers=json_type)
        self.watched += watching.seen
        self.rounds += watching.rounds

    def meet_failures(self) -> None:
        """The model and Kommo misbehave, the database refuses."""
        for n, (kind, params) in enumerate(MODEL_FAULTS):
            self._well_behaved()
            self.openai.misbehave(kind, times=None, **params)
            self.analyse(self.card(f"fault {n}"))
        self._well_behaved()
        for operation, kind, params in KOMMO_FAULTS:
            self.kommo.switch("misbehaviour", match=operation, kind=kind, params=params, times=1)
            assert self.analyse(self.body(output_language="pt"))[-1][0] == "problem"
        # The row is refused as it is stored: the server's error tells the whole row.
        self.world.sql("ALTER TABLE analysis_analysis ADD CONSTRAINT c CHECK (summary_withheld IS NULL) NOT VALID")
        self.refused(500, "POST", "/api/v1/analyses", json=self.card("x"), headers={"Idempotency-Key": new_key()})
        self.world.sql("ALTER TABLE analysis_analysis DROP CONSTRAINT c")
        self.world.sql("ALTER TABLE analysis_analysis ADD CONSTRAINT c CHECK (state <> 'done') NOT VALID")
        assert self.analyse(self.card("unstorable"))[-1][0] == "problem"
        self.world.sql("ALTER TABLE analysis_analysis DROP CONSTRAINT c")
        self.world.sql("ALTER TABLE analysis_analysis RENAME TO away")
        self.refused(500, "POST", f"/api/v1/leads/{self.lead_id}/state", json=self.card("y"))
        self.world.sql("ALTER TABLE away RENAME TO analysis_analysis")

    def _well_behaved(self) -> None:
        """A reset puts the reader back, too."""
        self.openai.reset()
        self.openai.model("parrot")

    def support(self) -> None:
        """The pages of support: each list, a search in it, each row."""
        with httpx.Client(base_url=self.world.web.base_url, timeout=30, trust_env=False) as browser:

            def see(path: str) -> httpx.Response:
                page = browser.get(path)
                self._keep(f"support {path[:80]}", page)
                return page

            def log_in(password: str) -> httpx.Response:
                token = _Token()
                token.feed(see("/admin/login/").text)
                form = {"username": STAFF, "password": password, "csrfmiddlewaretoken": token.value}
                page = browser.post("/admin/login/?next=/admin/", data=form)
                self._keep("support log-in", page)
                return page

            assert log_in(canaries.phrase("password")).status_code == 200
            assert log_in(STAFF_PASSWORD).status_code == 302
            assert see("/admin/").status_code == 200
            for model in admin.site._registry:
                name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
                listed = reverse(f"{name}_changelist")
                page = see(listed)
                assert page.status_code == 200, listed
                assert see(f"{listed}?q={self.lead_id}").status_code == 200
                for path in sorted(set(re.findall(rf'href="({listed}[^"/?]+/change/)', page.text)))[:3]:
                    assert see(path).status_code == 200
                    assert see(path.replace("/change/", "/history/")).status_code == 200
            found = see(f"{reverse('admin:analysis_analysis_changelist')}?q={self.lead_id}")
            assert str(self.lead_id) in found.text
            see(f"{reverse('admin:analysis_analysis_changelist')}{new_key()}/change/")

    def work(self) -> None:
        """All periodic jobs, once, by a worker."""
        self.world.sql("UPDATE accounts_kommogrant SET refresh_expires_at = now() + interval '1 day'")
        self.world.sql("UPDATE analysis_analysis SET lease_until = now() - interval '1 minute' WHERE state = 'running'")
        for entry in app.periodic_registry.periodic_tasks.values():
            self.world.sql(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
                f"VALUES ('{entry.task.queue}', '{entry.task.name}', '{{\"timestamp\": 0}}')"
            )
        self.world.manage("procrastinate", "worker", "--one-shot", "--delete-jobs", "never")

    def disconnect(self) -> None:
        self.open_session("admin")
        assert self.send("POST", "/api/v1/disconnect").status_code == 200
        self.refused(401, "POST", "/api/v1/analyses", json=self.card(), headers={"Idempotency-Key": new_key()})

    def die_amid_a_run(self) -> None:
        """The process is killed while the model writes; the worker ends the run."""
        self.openai.misbehave("stall", seconds=30, after_chunks=40)
        headers = {"Idempotency-Key": new_key(), "Accept": "text/event-stream"} | self.bearer
        with self.http.stream("POST", "/api/v1/analyses", json=self.card("killed"), headers=headers) as answer:
            for name, data in read_events(answer):
                if name == "summary":
                    self.streamed += data["delta"]
                    break
            self.world.web.process.send_signal(signal.SIGKILL)
            self.world.web.process.wait(10)

    def all_of_it(self) -> None:
        self.connect()
        self.open_session("rep")
        # Started before it is needed: it takes a while to begin.
        with running_worker(self.world.ready, self.world.worker_log, **self.world.env) as worker:
            self.read_the_lead()
            self.voice.all_of_it(self, worker.process.pid)
        self.send_the_largest()
        self.meet_failures()
        be_refused(self)
        self.support()
        self.disconnect()
        self.bearer = {}
        self.connect()
        self.open_session("rep")
        self.die_amid_a_run()
        self.work()
