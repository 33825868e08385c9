"""Kommo's ways of answering: hal+json, problem+json, pages with links, PHP's brackets in queries."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "ErrInternalServer",
    503: "Service Unavailable",
}
DETAILS = {
    400: "Request validation failed",
    401: "Invalid user name or password",
    402: "Payment required",
    403: "Forbidden",
    404: "Not found",
    429: "Too many requests",
    500: "Internal server error",
    503: "Service unavailable",
}
MAX_PER_PAGE = 250


class Refused(Exception):
    """Ends an operation with an answer of Kommo's."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def hal(content: Any, status: int = 200) -> Response:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, media_type="application/hal+json")


def nothing() -> Response:
    """Kommo's answer to an empty list and to an unknown id."""
    return Response(status_code=204)


def problem_body(status: int, detail: str | None = None, **extra: Any) -> bytes:
    content: dict[str, Any] = {
        **extra,
        "title": TITLES.get(status, "Error"),
        "type": f"https://httpstatus.es/{status}",
        "status": status,
        "detail": detail or DETAILS.get(status, "Error"),
    }
    return json.dumps(content, ensure_ascii=False).encode()


def problem(status: int, detail: str | None = None, **extra: Any) -> Response:
    return Response(problem_body(status, detail, **extra), status, media_type="application/problem+json")


def invalid(errors: Sequence[tuple[str, str, str, str]]) -> Response:
    """400 with validation errors: (request id, code, path, detail) each."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for request_id, code, path, detail in errors:
        grouped.setdefault(request_id, []).append({"code": code, "path": path, "detail": detail})
    found = [{"request_id": request_id, "errors": items} for request_id, items in grouped.items()]
    extra: dict[str, Any] = {"validation-errors": found}
    return problem(400, **extra)


def base_of(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def link(request: Request, path: str) -> dict[str, Any]:
    return {"self": {"href": f"{base_of(request)}/api/v4/{path}"}}


class Query:
    """A query string as PHP reads it: `filter[id][0]=1`, `filter[id][]=1` and `filter[id]=1` are one list."""

    def __init__(self, request: Request) -> None:
        self.pairs = parse_qsl(request.url.query, keep_blank_values=True)

    def values(self, name: str) -> list[str]:
        """All values of `name`, in the order given: as one value or as a list of any index."""
        form = re.compile(re.escape(name) + r"(\[\d*\])?")
        return [part for key, value in self.pairs if form.fullmatch(key) for part in value.split(",") if part]

    def value(self, name: str) -> str | None:
        values = self.values(name)
        return values[-1] if values else None

    def ids(self, name: str) -> set[int]:
        return {int(value) for value in self.values(name) if value.isdecimal()}

    def number(self, name: str, default: int) -> int:
        """Raises Refused (400) for what is not a whole number from 1."""
        text = self.value(name)
        if text is None:
            return default
        if not text.isdecimal() or int(text) < 1:
            raise Refused(problem(400, f"Invalid {name}"))
        return int(text)

    def within(self, name: str, at: int) -> bool:
        """Whether `at` (unix seconds) is in `name[from]`..`name[to]`."""
        start, end = self.value(f"{name}[from]"), self.value(f"{name}[to]")
        return (not start or at >= int(start)) and (not end or at <= int(end))

    def __contains__(self, wanted: str) -> bool:
        return wanted in self.values("with")


def page(request: Request, key: str, items: Sequence[Any], *, default_limit: int = MAX_PER_PAGE) -> Response:
    """One page of `items` with links, 204 when it is empty. Raises Refused (422) above 250 per page."""
    query = Query(request)
    number, limit = query.number("page", 1), query.number("limit", default_limit)
    if limit > MAX_PER_PAGE:
        raise Refused(problem(422, f"Limit {MAX_PER_PAGE} per page"))
    shown = items[(number - 1) * limit : number * limit]
    if not shown:
        return nothing()

    def href(n: int) -> dict[str, str]:
        rest = [(k, v) for k, v in query.pairs if k not in ("page", "limit")]
        url = f"{base_of(request)}{request.url.path}"
        return {"href": f"{url}?{urlencode([*rest, ('page', n), ('limit', limit)])}"}

    links = {"self": href(number)}
    if number * limit < len(items):
        links["next"] = href(number + 1)
    if number > 1:
        links["first"], links["prev"] = href(1), href(number - 1)
    return hal({"_page": number, "_links": links, "_embedded": {key: shown}})


async def json_body(request: Request) -> Any:
    """The request's JSON. Raises Refused (400) for an empty or unreadable one."""
    raw = await request.body()
    if not raw:
        raise Refused(problem(400, "Request data can not be empty"))
    try:
        content = json.loads(raw)
    except ValueError:
        raise Refused(problem(400, "Request data is not valid JSON")) from None
    if not content:
        raise Refused(problem(400, "Request data can not be empty"))
    return content


async def json_object(request: Request) -> dict[str, Any]:
    """The request's JSON object. Raises Refused (400)."""
    content = await json_body(request)
    if not isinstance(content, dict):
        raise Refused(problem(400, "Request data must be an object"))
    return content


async def batch(request: Request) -> list[dict[str, Any]]:
    """The items of a batch write: 1 to 250 objects. Raises Refused (400)."""
    content = await json_body(request)
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise Refused(problem(400, "Request data must be an array of objects"))
    if len(content) > MAX_PER_PAGE:
        raise Refused(problem(400, f"Limit {MAX_PER_PAGE} per request"))
    return content
