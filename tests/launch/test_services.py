"""Our own Postgres and Redis: shared, stopped with the last user, and back after any kind of death."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from launch.keeper import use
from launch.postgres import Postgres
from launch.redis_server import Redis
from launch.services import Services, ThrowawayServices
from launch.terminal import Voice
from tests.launch.people import Person, eventually, postmaster, processes_of

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="looks at /proc, and counts on the kernel's death signal"
)
QUIET = Voice(quiet=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a space in its name, as people have."""
    return tmp_path / "my data" / "postgres"


def ask(url: str, question: str = "SELECT 1") -> object:
    with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
        return connection.execute(question).fetchone()[0]


def answers(url: str, question: str = "SELECT 1") -> bool:
    try:
        return ask(url, question) is not None
    except psycopg.OperationalError:
        return False


def test_a_server_answers_its_user_and_is_gone_with_it(home: Path):
    person = Person(home)
    assert ask(person.url) == 1
    assert ask(person.url, "SHOW server_encoding") == "UTF8"
    assert person.leave() == 0
    assert processes_of(home) == []


def test_rows_and_port_are_the_same_at_the_next_start(home: Path):
    first = Person(home)
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
    url = first.url
    first.leave()
    second = Person(home)
    assert second.url == url
    assert ask(second.url, "SELECT count(*) FROM kept") == 1000
    second.leave()


def test_two_who_start_at_once_share_one_server_and_the_last_one_stops_it(home: Path):
    people = [Person(home), Person(home)]
    assert people[0].url == people[1].url
    pid = postmaster(home)
    people[0].leave()
    assert ask(people[1].url) == 1
    assert postmaster(home) == pid
    people[1].leave()
    assert processes_of(home) == []


def test_a_killed_user_does_not_keep_the_server(home: Path):
    person = Person(home)
    assert ask(person.url) == 1
    person.die()
    assert eventually(lambda: processes_of(home) == [])


def test_the_one_who_started_the_server_may_be_killed_without_harm_to_the_other(home: Path):
    first = Person(home)
    assert ask(first.url) == 1
    second = Person(home)
    assert ask(second.url) == 1
    pid = postmaster(home)
    first.die()
    assert not eventually(lambda: not answers(second.url), within_s=1)
    assert postmaster(home) == pid
    second.leave()
    assert eventually(lambda: processes_of(home) == [])


def test_a_killed_server_is_started_again_on_its_port_with_its_rows(home: Path):
    person = Person(home)
    with psycopg.connect(person.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 300000)")
    pid = postmaster(home)
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: answers(person.url, "SELECT count(*) FROM kept"), within_s=60)
    assert ask(person.url, "SELECT count(*) FROM kept") == 300_000
    assert postmaster(home) != pid
    person.leave()


def test_a_killed_keeper_takes_its_server_down_in_order_and_the_next_user_starts_both(home: Path):
    person = Person(home)
    with psycopg.connect(person.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    (keeper,) = [pid for pid in processes_of(home) if b"\0keep\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(keeper, signal.SIGKILL)
    assert eventually(lambda: not answers(person.url))
    another = Person(home)
    assert ask(another.url, "SELECT count(*) FROM kept") == 1
    another.leave()
    person.leave()
    assert eventually(lambda: processes_of(home) == [])


def test_a_leftover_note_of_a_dead_server_is_no_obstacle(home: Path):
    Person(home).leave()
    (home / "cluster" / "postmaster.pid").write_text("999999\n/nowhere\n0\n1\n\n127.0.0.1\n1 1\nready\n")
    person = Person(home)
    assert ask(person.url) == 1
    person.leave()


def test_a_port_taken_meanwhile_is_exchanged_for_another(home: Path):
    Person(home).leave()
    taken = int((home / "port").read_text())
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", taken))
        other.listen()
        person = Person(home)
        assert ask(person.url) == 1
        assert f":{taken}/" not in person.url
        person.leave()


def test_a_set_up_cut_off_half_way_is_done_again(home: Path):
    Person(home).leave()
    (home / "initdb").touch()  # Stands while initdb runs.
    (home / "cluster" / "PG_VERSION").write_text("18\n")
    (home / "cluster" / "global" / "pg_control").unlink()
    person = Person(home)
    assert ask(person.url) == 1
    person.leave()


def test_the_password_is_in_files_of_ours_alone(home: Path):
    person = Person(home)
    assert ask(person.url) == 1
    password = (home / "password").read_bytes()
    assert len(password) >= 24
    for pid in processes_of(home):
        assert password not in Path(f"/proc/{pid}/cmdline").read_bytes()
    holding = [p for p in home.rglob("*") if p.is_file() and password in p.read_bytes()]
    assert holding == [home / "password"]
    assert (home / "password").stat().st_mode & 0o777 == 0o600
    with pytest.raises(psycopg.OperationalError):
        ask(person.url.replace(password.decode(), "guess"))
    person.leave()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who may become nobody")
def test_where_root_has_no_namespaces_the_server_runs_as_nobody(home: Path):
    person = Person(home, environment={"CONVAILENS_POSTGRES_AS": "nobody"})
    assert ask(person.url) == 1
    cluster = Path(str(ask(person.url, "SHOW data_directory")))
    try:
        assert cluster.stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert home.stat().st_uid == 0
        assert home.stat().st_mode & 0o777 == 0o700
        person.leave()
        assert processes_of(cluster) == []
    finally:
        shutil.rmtree(cluster.parent)


def test_a_throwaway_server_that_was_not_stopped_in_order_forgets(home: Path):
    person = Person(home, durable=False)
    assert ask(person.url, "SHOW fsync") == "off"
    with psycopg.connect(person.url) as connection:
        connection.execute("CREATE TABLE doubtful AS SELECT 1")
    person.leave()
    another = Person(home, durable=False)
    assert ask(another.url, "SELECT count(*) FROM doubtful") == 1
    another.leave()
    (home / "clean").unlink()
    third = Person(home, durable=False)
    assert ask(third.url, "SELECT count(*) FROM pg_tables WHERE tablename = 'doubtful'") == 0
    third.leave()


def test_redis_wants_its_password_and_keeps_nothing(tmp_path: Path):
    server = Redis(tmp_path / "redis")
    lease = use(server)
    with redis.Redis.from_url(server.url()) as client:
        assert client.ping()
        client.set("a", 1)
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("maxmemory") == {"maxmemory": "67108864"}
    password = (server.home / "password").read_text()
    with redis.Redis.from_url(server.url().replace(password, "guess")) as client, pytest.raises(redis.RedisError):
        client.ping()
    for pid in processes_of("redis-server"):
        assert password.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    lease.give_back()
    assert processes_of(server.home) == []
    lease = use(server)
    with redis.Redis.from_url(server.url()) as client:
        assert client.get("a") is None
    lease.give_back()


def test_what_the_environment_names_is_used_and_nothing_is_started(tmp_path: Path):
    named = {"DATABASE_URL": "postgres://somewhere/else", "REDIS_URL": "redis://somewhere/1"}
    with Services(tmp_path / "data", named, QUIET, durable=True) as services:
        assert services.environment == named
        assert services.fds == ()
    assert not (tmp_path / "data").exists()


def test_two_commands_with_services_of_their_own_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CONVAILENS_DATA", str(tmp_path))
    only_redis = {"DATABASE_URL": "postgres://somewhere/else"}
    with ThrowawayServices(only_redis, QUIET) as first, ThrowawayServices(only_redis, QUIET) as second:
        assert first.environment["REDIS_URL"] != second.environment["REDIS_URL"]
    with ThrowawayServices(only_redis, QUIET) as third:
        assert third.environment["REDIS_URL"].rpartition(":")[2] == first.environment["REDIS_URL"].rpartition(":")[2]


def test_postgres_says_what_is_wrong_when_it_cannot_start(home: Path):
    Person(home).leave()
    with (home / "cluster" / "postgresql.conf").open("a") as settings:
        settings.write("\nno_such_setting = 1\n")
    with pytest.raises(Exception, match="no_such_setting"):
        use(Postgres(home, durable=True))
    assert processes_of(home) == []
