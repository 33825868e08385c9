"""Every route: one error shape, CORS on all answers, nothing served to a stranger."""

from __future__ import annotations

import uuid

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories import Person
from tests.web import Web
from tests.web_fixtures import *  # noqa: F403

NOBODYS = uuid.UUID(int=7)  # The same in each worker, so that they collect the same tests.
API = [
    ("POST", "/api/v1/analyses"),
    ("GET", f"/api/v1/analyses/{NOBODYS}"),
    ("GET", f"/api/v1/analyses/by-key/{NOBODYS}"),
    ("POST", f"/api/v1/analyses/{NOBODYS}/reply"),
    ("POST", f"/api/v1/analyses/{NOBODYS}/words"),
    ("POST", "/api/v1/pasted/preview"),
    ("POST", "/api/v1/leads/18730469/state"),
    ("POST", "/api/v1/transcriptions"),
    ("POST", "/api/v1/transcriptions/estimate"),
    ("GET", f"/api/v1/transcriptions/{NOBODYS}"),
    ("GET", f"/api/v1/transcriptions/{NOBODYS}/text"),
    ("POST", "/api/v1/disconnect"),
    ("POST", "/api/v1/session"),
]


def api_routes() -> set[str]:
    def walk(patterns, prefix=""):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
            elif isinstance(pattern, URLPattern):
                yield prefix + str(pattern.pattern)

    return {route for route in walk(get_resolver().url_patterns) if route.startswith("api/v1/")}


def test_the_table_above_knows_every_api_route():
    import re

    for route in api_routes():
        shape = re.compile("/" + re.sub(r"<[^>]+>", "[^/]+", route))
        assert any(shape.fullmatch(path) for _, path in API), route


@pytest.mark.parametrize(("method", "path"), API)
def test_without_a_session_every_route_refuses_in_one_shape_with_cors(web: Web, method: str, path: str):
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}):
        origin = {"Origin": "https://acme.kommo.com"}
        response = web.http.request(method, path, headers=headers | origin, json={} if method == "POST" else None)
        assert response.status_code == 401, path
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["code"]
        assert response.headers["access-control-allow-origin"] == "https://acme.kommo.com"
        exposed = {name.strip().lower() for name in response.headers["access-control-expose-headers"].split(",")}
        assert {"retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-request-id"} <= exposed


@pytest.mark.parametrize(("method", "path"), API)
def test_the_wrong_method_is_a_405_in_one_shape(web: Web, rep: Person, method: str, path: str):
    response = web.http.request("DELETE", path, headers=rep.headers)
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing", "/api/v1/analyses/1", "/api/v1/leads/a/b/state"])
def test_an_unknown_address_is_a_404_in_one_shape(web: Web, path: str):
    response = web.http.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert path not in response.text


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://acme.kommo.com", True),
        ("https://acme.amocrm.com", True),
        ("https://acme.amocrm.ru", True),
        ("http://acme.kommo.com", False),
        ("https://kommo.com.evil.example", False),
        ("https://evilkommo.com", False),
        ("https://a.b.kommo.com", False),
        ("https://acme.kommo.com:8443", False),
        ("null", False),
    ],
)
def test_cors_is_for_kommos_origins_only(web: Web, origin: str, allowed: bool):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-auth-token,content-type"}
    preflight = web.http.options("/api/v1/session", headers={"Origin": origin} | asked)
    plain = web.http.get("/health/live", headers={"Origin": origin})
    if allowed:
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == origin
        assert "x-auth-token" in preflight.headers["access-control-allow-headers"].lower()
        assert plain.headers["access-control-allow-origin"] == origin
        assert "origin" in plain.headers["vary"].lower()
        assert "access-control-allow-credentials" not in plain.headers
    else:
        assert "access-control-allow-origin" not in plain.headers
        assert preflight.headers.get("access-control-allow-origin") != origin


def test_health_says_live_and_ready(web: Web):
    assert web.http.get("/health/live").json()["status"] == "live"
    ready = web.http.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "database": "ok", "redis": "ok"})


def test_without_a_database_the_service_is_live_and_not_ready(another_web):
    web = another_web(DATABASE_URL="postgres://app:x@127.0.0.1:1/none")
    assert web.http.get("/health/live").status_code == 200
    ready = web.http.get("/health/ready")
    assert (ready.status_code, ready.json()["database"]) == (503, "down")


def test_without_redis_the_service_is_ready_and_says_so(another_web):
    ready = another_web(REDIS_URL="redis://127.0.0.1:1/0").http.get("/health/ready")
    assert (ready.status_code, ready.json()["redis"]) == (200, "down")


def test_the_openapi_schema_and_its_page_are_served_from_our_own_files(web: Web):
    schema = web.http.get("/api/schema", headers={"Accept": "application/json"}).json()
    assert {"/api/v1/session", "/api/v1/analyses", "/api/v1/leads/{lead_id}/state"} <= set(schema["paths"])
    page = web.http.get("/api/docs").text
    assert "https://" not in page.replace("https://github.com", "")


def test_answers_of_the_api_are_not_cached_and_leak_no_server_name(web: Web, rep: Person):
    response = web.http.get(f"/api/v1/analyses/{uuid.uuid4()}", headers=rep.headers)
    assert response.headers["cache-control"] == "no-store"
    assert "server" not in response.headers


def test_the_schema_names_every_field_of_a_result(web: Web, rep: Person, lead_id: int):
    schema = web.http.get("/api/schema", headers={"Accept": "application/json"}).json()["components"]["schemas"]
    result = web.analyse(rep, lead_id)[-1][1]
    assert set(result) <= set(schema["Result"]["properties"])
    assert set(result["usage"]) <= set(schema["Usage"]["properties"])
    state = web.http.post(f"/api/v1/leads/{lead_id}/state", json={"source": "auto"}, headers=rep.headers).json()
    assert set(state) == set(schema["LeadState"]["properties"])
    path = f"/api/v1/analyses/{result['id']}/words"
    words = web.http.post(path, json={"source": "auto"}, headers=rep.headers).json()
    assert set(words) == set(schema["Words"]["properties"])
    assert set(words["messages"][0]) == set(schema["ShownMessage"]["properties"])
    pasted = {"text": "Ana: Hello\nYou: Good morning"}
    preview = web.http.post("/api/v1/pasted/preview", json=pasted, headers=rep.headers).json()
    assert set(preview) == set(schema["PastedPreview"]["properties"])
    problem = web.http.get("/api/v1/analyses/by-key/00000000-0000-0000-0000-000000000000", headers=rep.headers).json()
    assert set(problem) <= set(schema["Problem"]["properties"])
