"""What the services of one sandbox process share: its options, the rules of misbehaviour, and the log of requests."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.misbehave import Rules
from sandbox.shelf import Shelf

# Enough for the largest test (10,000 hooks) while memory stays bounded.
LOG_LENGTH = 20_000


MODELS = ("reader", "parrot", "gullible")


@dataclass(frozen=True, slots=True)
class Options:
    """Where the services listen and whom they call back. `model` is SANDBOX_MODEL: which of MODELS answers.

    `openai_model` is the name a client asks for.
    """

    host: str = "127.0.0.1"
    kommo_port: int = 8101
    openai_port: int = 8102
    deepgram_port: int = 8103
    storage_port: int = 8105
    web_url: str = "http://127.0.0.1:8000"
    model: str = "reader"
    openai_model: str = "gpt-4o-mini"

    def _at(self, port: int) -> str:
        return f"http://[{self.host}]:{port}" if ":" in self.host else f"http://{self.host}:{port}"

    @property
    def kommo_url(self) -> str:
        return self._at(self.kommo_port)

    @property
    def openai_url(self) -> str:
        """The base URL that OpenAI clients take: with the version in its path."""
        return f"{self._at(self.openai_port)}/v1"

    @property
    def deepgram_url(self) -> str:
        return self._at(self.deepgram_port)

    @property
    def storage_url(self) -> str:
        """Where the signed addresses of files lead."""
        return self._at(self.storage_port)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it was received: no values of the query, no header, no body."""

    n: int
    at: str
    method: str
    path: str
    operation: str
    query_keys: tuple[str, ...]
    status: int | None  # None: the connection ended before an answer began
    ms: float
    misbehaved: tuple[str, ...]
    facts: dict[str, object]


class RequestLog:
    """The requests one service received, newest last, and how often each operation was called."""

    def __init__(self) -> None:
        self.epoch = 0
        self.clear()

    def clear(self) -> None:
        """Forget all, also those that have come and are not yet answered."""
        self.epoch += 1
        self._seen: deque[Seen] = deque(maxlen=LOG_LENGTH)
        self._counts: Counter[str] = Counter()
        self._statuses: Counter[tuple[str, int | None]] = Counter()
        self._n = 0

    def add(
        self,
        *,
        epoch: int,
        method: str,
        path: str,
        operation: str,
        query_keys: tuple[str, ...],
        status: int | None,
        ms: float,
        misbehaved: tuple[str, ...],
        facts: dict[str, object],
    ) -> None:
        """Note an answered request; `epoch` is the log's of the moment it came."""
        if epoch != self.epoch:
            return
        self._n += 1
        self._counts[operation] += 1
        self._statuses[operation, status] += 1
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._seen.append(
            Seen(self._n, at, method, path, operation, query_keys, status, round(ms, 2), misbehaved, facts)
        )

    @property
    def entries(self) -> list[Seen]:
        return list(self._seen)

    def counters(self) -> dict[str, dict[str, object]]:
        """`{operation: {"count": n, "by_status": {"200": n, "none": n}}}`."""
        answer: dict[str, dict[str, object]] = {}
        for operation, count in sorted(self._counts.items()):
            by_status = {
                "none" if status is None else str(status): n
                for (name, status), n in self._statuses.items()
                if name == operation
            }
            answer[operation] = {"count": count, "by_status": by_status}
        return answer


@dataclass(slots=True)
class SandboxState:
    """Handed to every service's `create_app(state)`."""

    options: Options
    rules: Rules = field(default_factory=Rules)
    logs: dict[str, RequestLog] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=Shelf)

    def log_of(self, service: str) -> RequestLog:
        return self.logs.setdefault(service, RequestLog())
