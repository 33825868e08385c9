"""What support sees of billing, and what it may change."""

import uuid

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.urls import reverse

from billing.models import Plan, Reservation, Resource, UsageEntry, UsagePeriod
from billing.use_cases.reserve_usage import reserve_usage
from billing.use_cases.settle_usage import settle_usage
from convailens.lib.admin import EstimatingPaginator

COUNTED = ["usageperiod", "reservation", "usageentry"]


@pytest.fixture
def used(acme, stranger):
    """Acme has settled one unit and holds one; the stranger holds one."""
    settled = reserve_usage(account=acme, resource=Resource.ANALYSES)
    settle_usage(reservation=settled.pk)
    reserve_usage(account=acme, resource=Resource.ANALYSES)
    reserve_usage(account=stranger, resource=Resource.ANALYSES)
    return settled


@pytest.fixture
def plan_keeper_client(support, support_client):
    """Support with the permission to change plans."""
    support.user_permissions.add(Permission.objects.get(codename="change_plan"))
    return support_client


def found(client, model, query):
    response = client.get(reverse(f"admin:billing_{model}_changelist"), {"q": query})
    assert response.status_code == 200
    return response.context["cl"].result_count


@pytest.mark.parametrize(("model", "rows"), [("usageperiod", 1), ("reservation", 2), ("usageentry", 3)])
def test_rows_are_found_by_account_id(support_client, used, acme, stranger, model, rows):
    assert found(support_client, model, f" {acme.pk} ") == rows
    assert found(support_client, model, str(stranger.pk)) == 1
    assert found(support_client, model, str(uuid.uuid4())) == 0
    assert found(support_client, model, "acme' OR 1=1") == 0
    assert found(support_client, model, "") == rows + 1


def test_ledger_lines_are_found_by_reservation_and_by_reference(support_client, used, acme):
    assert found(support_client, "usageentry", str(used.pk)) == 2
    assert found(support_client, "usageentry", str(acme.ledger_reference)) == 3
    assert found(support_client, "reservation", str(used.pk)) == 1


@pytest.mark.parametrize("model", COUNTED)
def test_what_was_counted_can_only_be_read_even_by_a_superuser(client, admin_user, used, model):
    client.force_login(admin_user)
    rows = {"usageperiod": UsagePeriod, "reservation": Reservation, "usageentry": UsageEntry}[model].objects
    row, before = rows.first(), list(rows.values())
    page = client.get(reverse(f"admin:billing_{model}_change", args=[row.pk]))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert client.post(reverse(f"admin:billing_{model}_change", args=[row.pk]), {"amount": 9}).status_code == 403
    assert client.post(reverse(f"admin:billing_{model}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert client.post(reverse(f"admin:billing_{model}_add"), {}).status_code == 403
    assert list(rows.values()) == before


def test_support_without_the_permission_cannot_change_a_plan(support_client):
    plan = Plan.objects.get()
    address = reverse("admin:billing_plan_change", args=[plan.pk])
    assert support_client.get(address).status_code == 200
    assert support_client.post(address, {"analyses_per_month": 999}).status_code == 403
    plan.refresh_from_db()
    assert plan.analyses_per_month == 100


def test_a_plan_is_edited_but_the_default_cannot_be_switched_off_or_deleted(plan_keeper_client):
    plan = Plan.objects.get()
    values = {"code": "free", "name": "Free", "analyses_per_month": 120, "voice_minutes_per_month": 10}
    address = reverse("admin:billing_plan_change", args=[plan.pk])
    assert plan_keeper_client.post(address, values).status_code == 302
    plan.refresh_from_db()
    assert (plan.analyses_per_month, plan.is_default, plan.is_active) == (120, True, True)
    delete = reverse("admin:billing_plan_delete", args=[plan.pk])
    assert plan_keeper_client.post(delete, {"post": "yes"}).status_code == 403
    assert Plan.objects.count() == 1


def test_another_plan_is_made_the_default_by_an_action(plan_keeper_client):
    free = Plan.objects.get()
    pro = Plan.objects.create(code="pro", name="Pro", analyses_per_month=2000, voice_minutes_per_month=600)
    old = Plan.objects.create(code="old", name="Old", analyses_per_month=1, voice_minutes_per_month=1, is_active=False)

    def choose(*plans):
        address = reverse("admin:billing_plan_changelist")
        chosen = {"action": "make_default", "_selected_action": [plan.pk for plan in plans]}
        response = plan_keeper_client.post(address, chosen, follow=True)
        assert response.status_code == 200
        return [str(message) for message in response.context["messages"]]

    assert choose(pro, free) == ["Choose exactly one plan."]
    assert choose(old) == ["A plan that is not active cannot be the default."]
    assert Plan.objects.get(is_default=True) == free
    assert choose(pro) == ["Pro is the default plan now."]
    assert Plan.objects.get(is_default=True) == pro


def test_a_big_table_is_counted_by_estimate_and_a_small_or_searched_one_exactly(used):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = 2000000 WHERE relname = 'billing_usageentry'")
    assert EstimatingPaginator(UsageEntry.objects.all(), 50).count == 2_000_000
    assert EstimatingPaginator(UsageEntry.objects.filter(kind="reserve"), 50).count == 3
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = -1 WHERE relname = 'billing_usageentry'")
    assert EstimatingPaginator(UsageEntry.objects.all(), 50).count == 4
