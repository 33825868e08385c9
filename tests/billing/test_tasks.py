from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from billing.models import Reservation, Resource
from billing.tasks import release_expired_usage
from billing.use_cases.reserve_usage import reserve_usage


def test_the_worker_gives_back_what_dead_processes_held_once_a_minute(acme, counters):
    past = timezone.now() - timedelta(hours=1)
    reserve_usage(account=acme, resource=Resource.ANALYSES, now=past)
    alive = reserve_usage(account=acme, resource=Resource.ANALYSES)
    release_expired_usage(timestamp=0)
    assert list(Reservation.objects.open()) == [alive]
    schedule = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert schedule["billing.tasks.release_expired_usage"] == "* * * * *"
