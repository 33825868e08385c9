"""The lead card in a real browser, with the probe widget: life of a widget, Kommo's environment, and what is noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.sandbox.probe import chromium_path, serving_probe

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js"))
LONDON = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with serving_probe() as ready:
        yield ready["kommo"]["base_url"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, base_url: str) -> Iterator[Page]:
    """A page of its own, on a sandbox in its first state."""
    context = browser.new_context(base_url=base_url, viewport={"width": 1280, "height": 800})
    context.request.post("/_sandbox/reset")
    page = context.new_page()
    yield page
    context.close()


def visit(page: Page, lead: object, **query: str) -> None:
    page.goto(f"/leads/detail/{lead}?" + "&".join(f"{name}={value}" for name, value in query.items()))
    page.evaluate("sandboxCard.ready.then(() => null)")


def kinds(page: Page) -> list[tuple[str, str]]:
    return [(one["kind"], one["detail"]) for one in page.evaluate("sandboxCard.violations")]


def lead_of(page: Page) -> int:
    return page.evaluate("APP.data.current_card.id")


def texts(page: Page, selector: str) -> list[str]:
    return page.locator(selector).all_text_contents()


def test_a_widget_is_rendered_then_initialised_then_bound(page: Page) -> None:
    visit(page, "en-o-01", user="rep")
    assert page.evaluate("sandboxCard.widget.calls") == ["render", "init", "bind_actions"]
    body = page.locator(".card-widgets__widget-convailens .card-widgets__widget__body")
    assert body.inner_text() == "hello en"
    assert 320 <= body.bounding_box()["width"] <= 340
    assert kinds(page) == []


def test_modules_are_relative_to_the_module_that_asks_and_carry_the_version(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split("/widgets/convailens/")[-1]))
    visit(page, "en-o-01")
    # './service.js' of lib/deep.js and './lib/service' of script.js are one module, fetched once.
    assert asked.count("lib/service.js?v=9.8.7") == 1
    assert "lib/deep.js?v=9.8.7" in asked
    assert page.evaluate("sandboxCard.widget.service === sandboxCard.widget.deep.service") is False
    assert page.evaluate("sandboxCard.widget.service.url") == page.evaluate("sandboxCard.widget.deep.url")


def test_another_card_opens_without_a_reload_and_the_last_of_quick_ones_stays(page: Page) -> None:
    visit(page, "en-o-01", user="rep")
    page.evaluate("sandboxCard.first = sandboxCard.widget")
    page.evaluate("sandboxCard.open('es-o-01').then(() => null)")
    assert page.evaluate("sandboxCard.first.calls") == ["render", "init", "bind_actions", "destroy"]
    assert page.evaluate("sandboxCard.first === sandboxCard.widget") is False
    assert "/leads/detail/es-o-01" in page.url
    page.evaluate("sandboxCard.open('en-o-04'); sandboxCard.open('long'); sandboxCard.open('pt-o-01').then(() => null)")
    assert page.locator("#person_name").inner_text() == page.evaluate("APP.data.current_card.model.get('name')")
    assert page.locator(".card-widgets__widget-convailens").count() == 1
    assert page.evaluate("sandboxCard.view.lead") == "pt-o-01"
    page.go_back()
    page.evaluate("sandboxCard.ready.then(() => null)")
    assert page.evaluate("sandboxCard.view.lead") != "pt-o-01"


def test_a_closed_card_leaves_nothing_of_the_widget(page: Page) -> None:
    visit(page, "en-o-01")
    page.evaluate("void sandboxCard.widget.listenSocketChannel('inbox:talks:1', [], () => 0)")
    page.evaluate("sandboxCard.left = sandboxCard.widget; sandboxCard.close()")
    assert page.evaluate("sandboxCard.left.calls.at(-1)") == "destroy"
    assert page.evaluate("[sandboxCard.widget, APP.isCard(), APP.data.current_card]") == [None, False, False]
    assert page.locator(".card-widgets__widget").count() == 0
    assert kinds(page) == [("left_behind", "channel inbox:talks:1")]


def test_an_unsaved_card_has_id_0(page: Page) -> None:
    visit(page, "add")
    assert lead_of(page) == 0
    assert page.evaluate("sandboxCard.widget.calls") == ["render", "init", "bind_actions"]


def test_kommos_globals_can_be_read_and_not_written(page: Page) -> None:
    visit(page, "en-o-01", user="rep", lang="es")
    read = page.evaluate("""() => ({
        lang: APP.lang_id, entity: APP.getBaseEntity(), area: APP.getWidgetsArea(), card: APP.isCard(),
        user: APP.constant('user').name, currency: APP.constant('account').currency,
        managers: Object.keys(APP.constant('managers')).length, alias: AMOCRM === APP,
        id: APP.data.current_card.id, price: APP.data.current_card.model.get('price'),
        area2: sandboxCard.widget.system().area, words: sandboxCard.widget.i18n('probe').hello,
    })""")
    assert read == {
        **{"lang": "es", "entity": "leads", "area": "leads_card", "card": True, "user": "Rob Ellis"},
        **{"currency": "GBP", "managers": 3, "alias": True, "id": lead_of(page), "price": 4900},
        **{"area2": "lcard", "words": "hello es"},
    }
    writes = ["APP.mine = 1", "APP.data.current_card.id = 5", "delete APP.data", "APP.constant('user').name = 'x'"]
    for write in writes:
        assert (
            page.evaluate(f"() => {{ 'use strict'; try {{ {write} }} catch (e) {{ return e.name }} }}") == "TypeError"
        )
    page.evaluate("APP = 1")
    assert page.evaluate("APP.data.current_card.id") == lead_of(page)
    assert [kind for kind, _detail in kinds(page)] == ["app_write"] * 5


def test_what_a_widget_must_not_do_is_noted(page: Page) -> None:
    visit(page, "en-o-01")
    page.evaluate("""() => {
        console.log('hello');
        localStorage.setItem('a', 'b');
        document.cookie = 'tasty=1';
        window.leaked = 1;
        alert('hi');
        document.head.append(Object.assign(document.createElement('style'), {
            textContent: '.convailens-panel a, body b { color: red } @media print { .other { top: 0 } }',
        }));
        document.head.append(Object.assign(document.createElement('script'), { textContent: '1' }));
        document.querySelector('.feed-note__message_paragraph').classList.add('convailens-mark');
    }""")
    assert sorted(kinds(page)) == [
        ("console", "log: hello"),
        ("feed", "the feed’s markup was changed"),
        ("forbidden", "alert()"),
        ("global", "leaked"),
        ("script", "inline"),
        ("storage", "cookie tasty"),
        ("storage", "setItem a"),
        ("storage", "something is stored"),
        ("style", ".other"),
        ("style", "body b"),
    ]


def test_the_feed_is_in_kommos_markup_with_dates_of_the_account_and_language(page: Page) -> None:
    visit(page, "en-o-01", lang="pt")
    notes = ".feed-note-wrapper-amojo > .feed-note.feed-note-external"
    assert page.locator(notes).count() == page.evaluate("sandboxCard.messageCount")
    first = page.locator(notes).first
    assert first.locator(".feed-note__amojo-user.js-amojo-author").inner_text() == "Gordon P"
    assert first.locator(".feed-note__date.js-feed-note__date").inner_text() == "10.03.2026 11:06"
    assert first.locator(".feed-note__message_paragraph").inner_text() == "Is this the implants place on Otley Rd"
    assert "feed-note-incoming" in first.get_attribute("class")
    assert "feed-note-incoming" not in page.locator(notes).nth(1).get_attribute("class")
    assert page.locator(".feed-note-wrapper-amojo [id]").count() == 0

    page.evaluate("sandboxCard.addMessage({author: 'client', text: 'today'}).then(() => null)")
    now = datetime.now(UTC).astimezone(LONDON)
    assert texts(page, ".js-feed-note__date")[-1] in {
        (now - timedelta(minutes=n)).strftime("Hoje %H:%M") for n in (0, 1)
    }
    visit(page, "hostile", lang="es")
    dates = {text.split()[0] for text in texts(page, ".js-feed-note__date")}
    assert dates <= {"Ayer", "Hoy", (now - timedelta(days=2)).strftime("%d.%m.%Y")}
    assert dates & {"Ayer", "Hoy"}


def test_hostile_names_and_messages_are_text(page: Page) -> None:
    visit(page, "hostile", user="rep")
    assert page.locator("#person_name").inner_text().startswith("<img src=x onerror=")
    assert "<script>document.title='broken'</script>" in texts(page, ".feed-note__message_paragraph")
    assert page.locator("main img, main script, main svg, main u, main i:not(.pipeline-bar__step)").count() == 0
    assert "broken" not in page.title().removeprefix(page.locator("#person_name").text_content())
    assert kinds(page) == []


def test_older_messages_come_when_asked_for(page: Page) -> None:
    visit(page, "long")
    assert page.locator(".feed-note-wrapper-amojo").count() == 60
    assert page.evaluate("sandboxCard.messageCount") == 400
    page.evaluate("document.querySelector('.notes-wrapper__scroller').scrollTop = 0")
    page.wait_for_function("document.querySelectorAll('.feed-note-wrapper-amojo').length === 120")
    # Without scrolling there first, as a click of the mouse's would.
    page.evaluate("document.querySelector('.js-feed-more').click()")
    assert page.locator(".feed-note-wrapper-amojo").count() == 180
    assert page.locator(".js-feed-more").inner_text() == "More 60 of 400"


def test_messages_come_change_and_go_while_a_card_is_open(page: Page) -> None:
    visit(page, "en-o-01")
    page.evaluate("""() => {
        const hear = (data) => sandboxCard.heard.push(data.lead_id);
        sandboxCard.heard = [];
        sandboxCard.widget.listenSocketChannel('inbox:talks:32001001', ['talk_id'], hear);
    }""")
    count = page.evaluate("sandboxCard.messageCount")
    page.evaluate("sandboxCard.addMessage({author: 'client', text: 'one more', kind: 'text'}).then(() => null)")
    page.evaluate("sandboxCard.changeMessage(-1, 'one less').then(() => null)")
    assert texts(page, ".feed-note__message_paragraph")[-1] == "one less"
    page.evaluate("sandboxCard.removeMessage(-1).then(() => null)")
    page.evaluate("sandboxCard.hideMessage(0).then(() => null)")
    assert page.evaluate("sandboxCard.messageCount") == count - 1
    assert page.evaluate("sandboxCard.heard") == [lead_of(page)] * 2
    assert kinds(page) == []


def test_a_one_time_token_goes_with_each_authorised_call(page: Page) -> None:
    visit(page, "en-o-01", user="rep")
    sent: list[dict[str, str]] = []
    page.route("**/echo", lambda route: (sent.append(route.request.headers), route.fulfill(json={"ok": 1})))
    for _ in range(2):
        call = "sandboxCard.widget.$authorizedAjax({url: '/echo', method: 'POST', dataType: 'json'})"
        assert page.evaluate(f"new Promise((done, fail) => {call}.done(done).fail(fail))") == {"ok": 1}
    tokens = {headers["x-auth-token"] for headers in sent}
    assert len(tokens) == 2
    assert all(token.count(".") == 2 for token in tokens)
    page.route("**/refused", lambda route: route.fulfill(status=403, json={"code": "no"}))
    failing = "sandboxCard.widget.$authorizedAjax({url: '/refused'}).fail((xhr) => done(xhr.status))"
    assert page.evaluate(f"new Promise((done) => {failing})") == 403


def test_settings_are_saved_refused_disabled_and_installed_in_kommos_order(page: Page) -> None:
    visit(page, "en-o-01")
    page.get_by_role("button", name="Settings").click()
    dialog = page.get_by_role("dialog", name="Probe")
    assert dialog.locator("#convailens_custom_content").inner_text() == "drawn"
    dialog.get_by_role("button", name="Save").click()
    assert dialog.get_by_role("status").inner_text() == "Fill in what is required."
    assert "onSave Y" not in page.evaluate("sandboxCard.widget.calls")
    page.evaluate("sandboxCard.widget.refuses = true; document.getElementById('convailens_custom').value = 'yes'")
    dialog.get_by_role("button", name="Save").click()
    assert dialog.get_by_role("status").inner_text() == "The widget did not accept this."
    page.evaluate("sandboxCard.widget.refuses = false")
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="detached")
    assert page.evaluate("sandboxCard.widget.get_settings().consent") == "yes"
    page.get_by_role("button", name="Settings").click()
    page.evaluate("sandboxCard.left = sandboxCard.widget")
    page.get_by_role("button", name="Disable").click()
    page.locator(".card-widgets__note").wait_for()
    assert page.evaluate("sandboxCard.left.calls.slice(-2)") == ["onSave N", "destroy"]
    assert page.locator(".card-widgets__widget").count() == 0
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Install").click()
    page.locator(".card-widgets__widget-convailens").wait_for()
    assert page.evaluate("sandboxCard.widget.get_install_status()") == "installed"


def test_a_modal_closes_by_escape_unless_told_not_to_and_gives_the_focus_back(page: Page) -> None:
    visit(page, "en-o-01")
    page.locator("[name=next]").focus()
    page.evaluate("""() => {
        sandboxCard.keeps = true;
        new sandboxCard.widget.Modal({
            class_name: 'mine', focus_element: '.second',
            init: ($body) => {
                $body.trigger('modal:loaded').html('<h2>Mine</h2><button>first</button><button class="second">second');
                $body.trigger('modal:centrify').append('');
            },
            destroy: () => !sandboxCard.keeps,
        });
    }""")
    dialog = page.get_by_role("dialog", name="Mine")
    assert page.evaluate("document.activeElement.className") == "second"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "first"
    page.keyboard.press("Escape")
    assert dialog.is_visible()
    page.evaluate("sandboxCard.keeps = false")
    page.keyboard.press("Escape")
    assert dialog.count() == 0
    assert page.evaluate("document.activeElement.name") == "next"


def test_the_toolbar_switches_language_theme_user_talks_and_misbehaviour(page: Page) -> None:
    visit(page, "en-o-01", user="rep")
    page.get_by_label("Language").select_option("es")
    page.locator(".card-widgets__widget__body", has_text="hello es").wait_for()
    page.get_by_label("Theme").select_option("dark")
    assert page.locator("html").get_attribute("data-color-scheme") == "dark"
    page.get_by_label("User").select_option("colleague")
    page.locator(".card-fields__note").wait_for()
    page.get_by_label("Talks API").select_option("plan")
    page.wait_for_function("fetch('/_sandbox/card/acme').then(r => r.json()).then(a => !a.settings.has_plan)")
    page.get_by_text("Misbehave").click()
    page.get_by_label("What goes wrong").select_option("kommo-unavailable")
    page.get_by_role("button", name="Set", exact=True).click()
    assert page.get_by_label("Rules in force").get_by_role("listitem").inner_text() == "kommo status 1×"
    page.get_by_role("button", name="Clear all").click()
    page.get_by_label("Rules in force").get_by_role("listitem").wait_for(state="detached")
    assert page.url.endswith("?account=acme&user=colleague&lang=es&theme=dark")


@pytest.mark.parametrize(("lead", "theme"), [("en-o-05", "light"), ("hostile", "dark")])
def test_axe_finds_nothing_on_the_page_itself(page: Page, lead: str, theme: str) -> None:
    visit(page, lead, user="rep", theme=theme)
    page.get_by_text("Misbehave").click()
    page.evaluate(AXE.read_text("utf-8"))
    tags = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
    found = page.evaluate(f"axe.run(document, {{runOnly: {tags}}})")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    page.get_by_text("Misbehave").click()
    page.get_by_role("button", name="Settings").click()
    found = page.evaluate(f"axe.run(document, {{runOnly: {tags}}})")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_a_note_written_while_the_card_is_open_appears_in_the_feed_line_by_line(page: Page, base_url: str) -> None:
    visit(page, "en-o-05", user="rep")
    call = page.locator(".feed-note-note")
    assert call.count() == 1
    assert call.locator(".feed-note__service-name").inner_text() == "Sandbox Telephony"
    assert "Outgoing call +44 7700 900142" in call.inner_text()
    assert call.get_by_role("button", name="Listen").is_visible()
    assert page.evaluate("sandboxCard.messageCount") == 25

    page.evaluate("""() => {
        sandboxCard.heard = [];
        sandboxCard.widget.listenSocketChannel(
            `leads:card:${APP.data.current_card.id}`, [], (data) => sandboxCard.heard.push(data));
    }""")
    text = "Voice message of Ana\n\n  <b>said</b> ⟨?⟩\n[CL:0123456789ab 1/1]"
    params = {"service": "ConvAI Lens", "text": text}
    token = page.request.get("/_sandbox/accounts").json()["accounts"][0]["long_lived_token"]
    answer = page.request.post(
        f"/api/v4/leads/{lead_of(page)}/notes",
        data=[{"note_type": "extended_service_message", "params": params}],
        headers={"Authorization": f"Bearer {token}"},
    )
    written = page.locator(".feed-note-note").nth(1)
    written.wait_for()
    assert written.locator(".feed-note__service-name").inner_text() == "ConvAI Lens"
    assert written.locator(".feed-note__note-text").inner_text() == text
    note_id = answer.json()["_embedded"]["notes"][0]["id"]
    assert page.evaluate("sandboxCard.heard") == [{"note_id": note_id}]
    # It is last in the feed, and no chat message: widgets that read those do not meet it.
    assert page.locator(".feed-notes > *").last.locator(".feed-note__note-text").count() == 1
    assert page.locator(".feed-note-wrapper-amojo").count() == 25
    assert kinds(page) == []
