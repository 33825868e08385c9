"""The cast of the billing tests: acme and stranger, two accounts on the default plan."""

import itertools

import pytest

from accounts.models import Account
from billing.models import Plan, Resource, UsageEntry, UsagePeriod

_numbers = itertools.count(1)


def new_account(subdomain):
    return Account.objects.create(kommo_account_id=next(_numbers), subdomain=subdomain, host=f"{subdomain}.kommo.com")


@pytest.fixture
def acme(db):
    return new_account("acme")


@pytest.fixture
def stranger(db):
    return new_account("stranger")


@pytest.fixture
def allow(db):
    """Set what the default plan allows in a month."""

    def set_allowance(**allowances):
        assert Plan.objects.filter(is_default=True).update(**allowances) == 1

    return set_allowance


@pytest.fixture
def counters():
    """`(reserved, used)` of an account, summed over its months, as the counters say."""

    def read(account, resource=Resource.ANALYSES):
        periods = UsagePeriod.objects.for_account(account).filter(resource=resource)
        return sum(period.reserved for period in periods), sum(period.used for period in periods)

    return read


@pytest.fixture
def lines():
    """The account's ledger as `(kind, amount, held)`, in the order it was written."""

    def read(account):
        return list(UsageEntry.objects.for_account(account).order_by("id").values_list("kind", "amount", "held"))

    return read
