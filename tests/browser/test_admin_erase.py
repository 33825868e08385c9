"""Support in a real browser: finds an account by the request id that a rep read out, erases it, sees the receipt.
Then both dumps are searched, and a stranger's data still stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from accounts.models import Account, AuditEntry, ErasureReceipt
from analysis.models import Analysis
from billing.models import UsageEntry
from tests.browser.card import _AXE, AXE_TAGS, Watch
from tests.dumps import everything_of, naming, postgres_dump, redis_dump
from tests.web import Web

PASSWORD = "not-a-secret"
WINDOW = {"width": 1280, "height": 900}


def make_staff(name: str, *rights: str) -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    codes = Permission.objects.filter(codename__startswith="view_") | Permission.objects.filter(codename__in=rights)
    user.user_permissions.set(codes)
    return user


@pytest.fixture
def web(another_web: Callable[..., Web]) -> Web:
    """A process of each test's own: one that goes on would remember Django's content types of the test before."""
    return another_web()


@pytest.fixture
def log_in(browser: Browser, web: Web) -> Iterator[object]:
    """Logs a member of staff in, in a browser of their own; nothing may be said on the console meanwhile."""
    contexts, watches = [], []

    def open_admin(user: User, theme: str = "light") -> Page:
        context = browser.new_context(viewport=WINDOW, color_scheme=theme, base_url=web.base_url)
        page = context.new_page()
        contexts.append(context)
        watches.append(Watch(page))
        page.goto("/admin/")
        page.get_by_label("Username").fill(user.username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("link", name="Accounts").first).to_be_visible()
        return page

    yield open_admin
    for context in contexts:
        context.close()
    assert [line for watch in watches for line in watch.seen] == []


def find(page: Page, words: str) -> None:
    """Search for an account and open it."""
    page.goto("/admin/accounts/account/")
    page.get_by_placeholder("Subdomain").fill(words)
    page.keyboard.press("Enter")
    page.locator("#result_list tbody a").first.click()


def stored_secrets(account: Account) -> set[str]:
    """The encrypted values as they stand in the tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.access_token, g.refresh_token, a.data_key, n.summary, n.next_action "
            "FROM accounts_account a JOIN accounts_kommogrant g ON g.account_id = a.id "
            "JOIN analysis_analysis n ON n.account_id = a.id WHERE a.id = %s AND n.summary IS NOT NULL",
            [account.pk],
        )
        return {value for row in cursor.fetchall() for value in row if value}


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.full)])
def test_support_finds_by_request_id_erases_and_sees_the_receipt(log_in, web, rep, stranger, lead_id, theme):
    web.analyse(rep, lead_id)
    web.analyse(stranger, stranger.lead_ids[0])
    request_id = Analysis.objects.for_account(rep.account).get().request_id
    needles = everything_of(rep, lead_id) | stored_secrets(rep.account)
    others = {str(stranger.account.pk), stranger.account.subdomain, str(stranger.account.kommo_account_id)}
    dumped = postgres_dump()
    assert {needle for _, needle in naming(dumped, needles)} >= {str(rep.account.pk), rep.account.subdomain, request_id}
    assert naming(dumped, stored_secrets(rep.account))
    eraser = make_staff("eraser", "erase_account")
    page, second = log_in(eraser, theme), log_in(make_staff("second", "erase_account"))
    # A colleague has the same in mind, and is a moment later.
    second.goto(f"/admin/accounts/account/{rep.account.pk}/erase/")
    second.get_by_label("To confirm").fill(rep.account.subdomain)

    find(page, request_id)
    expect(page.get_by_role("heading", name=rep.account.subdomain)).to_be_visible()
    expect(page.get_by_text(request_id)).to_be_visible()
    expect(page.get_by_role("link", name="Disconnect")).to_have_count(0)
    page.get_by_role("link", name="Erase all data of this account").click()
    expect(page.get_by_role("heading", name="What stays")).to_be_visible()
    page.get_by_label("To confirm").fill("something else")
    page.get_by_role("button", name="Erase all data").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was erased")
    page.get_by_label("To confirm").fill(rep.account.subdomain)
    page.get_by_role("button", name="Erase all data").click()
    expect(page.get_by_text("Everything of this account is erased")).to_be_visible()

    receipt = ErasureReceipt.objects.get()
    expect(page.get_by_text(str(receipt.pk)).first).to_be_visible()
    expect(page.get_by_role("heading", name=f"What went: {receipt.total} rows")).to_be_visible()
    assert receipt.staff_id == eraser.pk
    dumps = postgres_dump() | redis_dump()
    assert naming(dumps, needles) == set()
    assert {needle for _, needle in naming(dumps, others)} == others
    assert Analysis.objects.for_account(stranger.account).get().summary
    assert UsageEntry.objects.filter(subject=receipt.ledger_reference).count() == 2
    assert web.get(rep, f"/api/v1/leads/{lead_id}").status_code in {401, 404}
    second.get_by_role("button", name="Erase all data").click()
    expect(second.get_by_text("was erased already")).to_be_visible()
    expect(second.get_by_text(str(receipt.pk)).first).to_be_visible()
    assert ErasureReceipt.objects.count() == 1


def test_support_without_the_rights_sees_no_button(log_in, web, acme):
    page = log_in(make_staff("looker"))
    find(page, acme.subdomain)
    expect(page.get_by_role("heading", name="Connection")).to_be_visible()
    for name in ("Erase all data of this account", "Disconnect"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    assert page.goto(f"/admin/accounts/account/{acme.pk}/erase/").status == 403
    assert Account.objects.filter(pk=acme.pk).exists()


def test_support_disconnects_an_account_from_the_list(log_in, web, acme):
    staff = make_staff("disconnecter", "disconnect_account")
    page = log_in(staff)
    page.goto("/admin/accounts/account/")
    page.locator("#result_list tbody tr").first.get_by_text("more_horiz").click()
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Its tokens are deleted")).to_be_visible()
    assert Account.objects.get().status == "disconnected"
    assert AuditEntry.objects.get(action="account.disconnected").actor_id == staff.pk


@pytest.mark.parametrize("theme", [pytest.param("light", marks=pytest.mark.full), "dark"])
def test_axe_finds_nothing_on_our_pages(log_in, web, acme, theme):
    page = log_in(make_staff("everything", "erase_account", "disconnect_account"), theme)
    at = f"/admin/accounts/account/{acme.pk}/"
    addresses = ["/admin/", "/admin/accounts/account/", f"{at}change/", f"{at}erase/", f"{at}disconnect/"]
    for address in [*addresses, "/admin/analysis/analysis/", "/admin/accounts/erasurereceipt/"]:
        page.goto(address)
        page.evaluate("script => new Function(script)()", _AXE)
        found = page.evaluate("tags => axe.run(document, {runOnly: tags}).then(r => r.violations)", AXE_TAGS)
        assert [(address, violation["id"], violation["nodes"][0]["html"]) for violation in found] == []
