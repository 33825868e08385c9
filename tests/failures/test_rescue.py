"""Jobs of workers that died are put back by a real worker, which has to know the chore."""

from __future__ import annotations

import subprocess
import sys

from django.db import connection
from procrastinate.contrib.django import app

from convailens.jobs import MAX_RESCUES
from tests.web import ROOT, environment

PERIODIC = {
    "convailens.jobs.rescue_stalled",
    "convailens.jobs.remove_old_jobs",
    "analysis.tasks.sweep_interrupted_runs",
    "billing.tasks.release_expired_usage",
    "transcription.tasks.sweep_lost_transcriptions",
    "accounts.tasks.purge_expired_sessions",
}


def manage(ready, *arguments: str) -> str:
    """What a command says in a process of its own, as the worker would be started."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(ready),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_worker_knows_every_chore(sandbox_ready, committed):
    said = manage(
        sandbox_ready,
        "shell",
        "--no-imports",
        "-c",
        "from procrastinate.contrib.django import app; app.perform_import_paths(); print(*app.tasks)",
    )
    assert set(said.split()) >= PERIODIC


def test_a_dead_workers_jobs_are_put_back_and_one_that_keeps_dying_is_given_up(sandbox_ready, committed):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        )
        worker_id = cursor.fetchone()[0]
        for attempts in (MAX_RESCUES, 0):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts, worker_id) "
                "VALUES ('nobodys', 'nobodys.task', '{}', 'doing', %s, %s)",
                [attempts, worker_id],
            )
    app.configure_task("convailens.jobs.rescue_stalled", queue="maintenance").defer(timestamp=0)
    manage(sandbox_ready, "procrastinate", "worker", "--one-shot", "--queues", "maintenance")
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE queue_name = 'nobodys' ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == ["failed", "todo"]
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE task_name = 'convailens.jobs.rescue_stalled'")
        assert {row[0] for row in cursor.fetchall()} == {"succeeded"}
        cursor.execute("DELETE FROM procrastinate_jobs")
