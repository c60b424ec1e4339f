"""The widget on pages as sites have them: languages, strict policies, rules that reach for
everything, browsers that keep nothing, lines that break. The lobby is led by the test."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e.chromium import PICTURES, WAIT, all_sent, chromium, needs_chromium
from tests.e2e.widget_site import PageServed, Site, a_page

WORDS: Final = {
    "en": ("Open support chat", "Support", "Your message", "Send", "is typing…"),
    "lt": ("Atidaryti pagalbos pokalbį", "Pagalba", "Jūsų žinutė", "Siųsti", "rašo…"),
    "ru": ("Открыть чат поддержки", "Поддержка", "Ваше сообщение", "Отправить", "печатает…"),
    "tr": ("Destek sohbetini aç", "Destek", "Mesajınız", "Gönder", "yazıyor…"),
}
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
GRASPING: Final = """<style>
* { font: 40px/3 cursive !important; color: red !important; letter-spacing: 9px !important }
body > * { position: relative; display: none; opacity: .3; transform: translate(-50px, -50px);
  filter: blur(3px); visibility: hidden; max-width: 50px; overflow: hidden; zoom: 2;
  contain: paint }
button, textarea, div, p { all: unset !important; padding: 50px !important }
:root { --accent: yellow; --face: yellow; --text: yellow; font-size: 5px }
</style>"""
STRICT: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
}
KEEPS_NOTHING: Final = """
for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
}
"""

pytestmark = [
    pytest.mark.timeout(240),
    needs_chromium,
]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    site.pages["/"] = PageServed(a_page())
    await site.start()
    yield site
    await site.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def axe(widget_source: Path) -> str:
    return (widget_source / "node_modules/axe-core/axe.min.js").read_text("utf-8")


async def visit(
    site: Site, browser: Browser, path: str = "/", *, width: int = 1024, **options: Any
) -> Page:
    """A page in a browser that knows nobody."""
    given: dict[str, Any] = {"locale": "en-GB", "viewport": {"width": width, "height": 768}}
    return await beside(site, await browser.new_context(**given | options), path)


async def beside(site: Site, context: BrowserContext, path: str = "/") -> Page:
    """Another window of the same browser."""
    page = await context.new_page()
    page.set_default_timeout(WAIT)
    await page.goto(site.url + path)
    await page.wait_for_function("window.CroupierChat !== undefined")
    return page


async def opened(page: Page) -> None:
    await page.evaluate("CroupierChat.open()")
    await page.locator(".composer textarea").wait_for()


async def write(page: Page, text: str) -> None:
    field = page.locator(".composer textarea")
    await field.fill(text)
    await field.press("Enter")


async def shown(page: Page, *wanted: str) -> None:
    """All that was said, each once, in this order."""
    await expect(page.locator(".item .text")).to_have_text(list(wanted), timeout=WAIT)


async def still(page: Page) -> None:
    """Nothing moves any more."""
    await page.evaluate(
        "Promise.all(document.querySelector('croupier-chat').shadowRoot.getAnimations()"
        ".map((each) => each.finished.then(() => null)))"
    )


async def accessible(page: Page, axe: str) -> None:
    """What axe-core finds against WCAG 2.1 AA in the widget: nothing."""
    await still(page)
    await page.evaluate(axe)
    found = await page.evaluate(
        "(rules) => axe.run('croupier-chat', {runOnly: rules})"
        ".then(({violations, passes}) => ({violations, passes: passes.length}))",
        RULES,
    )
    assert found["passes"] > 5
    assert [
        (each["id"], each["help"], [node["html"] for node in each["nodes"]])
        for each in found["violations"]
    ] == []


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")


async def look(page: Page) -> dict[str, Any]:
    """Where the parts are and what they look like."""
    return dict(
        await page.evaluate(
            """() => Object.fromEntries(
              ["croupier-chat", ".launcher", ".panel", "h2", ".item .text", ".composer textarea",
               ".composer .main"]
                .map((name) => {
                  const host = document.querySelector("croupier-chat");
                  const part =
                    name === "croupier-chat" ? host : host.shadowRoot.querySelector(name);
                  const { x, y, width, height } = part.getBoundingClientRect();
                  const style = getComputedStyle(part);
                  const names = ["color", "backgroundColor", "fontSize", "fontFamily", "lineHeight",
                    "letterSpacing", "opacity", "filter", "transform", "visibility", "zoom",
                    "position"];
                  const box = name === "croupier-chat" ? [] : [x, y, width, height];
                  return [name, [...box, ...names.map((each) => style[each])]];
                }))"""
        )
    )


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_in_each_language_and_scheme_everybody_can_use_it(
    site: Site, browser: Browser, axe: str, lang: str, scheme: str
) -> None:
    site.pages["/"] = PageServed(a_page(script=f'data-lang="{lang}"'))
    page = await visit(site, browser, color_scheme=scheme)
    launcher, title, field, send, typing = WORDS[lang]
    await accessible(page, axe)
    await page.get_by_role("button", name=launcher).click()
    await page.get_by_role("dialog", name=title).wait_for()
    await page.get_by_role("button", name=send).wait_for()
    await page.get_by_role("textbox", name=field).fill("https://a.example")
    await page.keyboard.press("Enter")
    await all_sent(page, 1)
    assert (await site.said("hello"))[0]["lang"] == lang

    await site.tell(type="status", state="waiting", position=3, wait_seconds=240)
    await expect(page.locator(".status")).to_contain_text("3", timeout=WAIT)
    await expect(page.locator(".status")).to_contain_text("4", timeout=WAIT)
    await accessible(page, axe)
    await site.reply("https://pay.example/1 !", name="Lina")
    await site.tell(type="typing")
    await expect(page.locator(".typing")).to_contain_text(typing, timeout=WAIT)
    await accessible(page, axe)
    asked = await site.reply("?", by="system")
    await site.tell(type="ask_rating", id=asked)
    await expect(page.locator("form.rating")).to_be_visible(timeout=WAIT)
    await page.locator(".rating button").click()
    await expect(page.locator(".wrong")).to_be_visible()
    await accessible(page, axe)
    await page.get_by_role("radio", name="4").check()
    await accessible(page, axe)
    await picture(page, f"chat-{lang}-{scheme}")


@pytest.mark.parametrize(
    ("told", "spoken"),
    [
        (('data-lang="tr"', "lt", "ru-RU"), "tr"),
        (("", "lt-LT", "ru-RU"), "lt"),
        (("", "de", "ru-RU"), "ru"),
        (('data-lang="xx"', "", "fi-FI"), "en"),
    ],
)
async def test_the_tag_decides_the_language_then_the_page_then_the_browser(
    site: Site, browser: Browser, told: tuple[str, str, str], spoken: str
) -> None:
    attribute, page_lang, locale = told
    site.pages["/"] = PageServed(a_page(lang=page_lang, script=attribute))
    page = await visit(site, browser, locale=locale)
    await expect(page.get_by_role("button", name=WORDS[spoken][0])).to_be_visible()


async def test_rules_of_the_page_change_nothing(site: Site, browser: Browser) -> None:
    site.pages["/grasping"] = PageServed(a_page(head=GRASPING))
    looks = []
    for path in ("/", "/grasping"):
        page = await visit(site, browser, path)
        await opened(page)
        await write(page, "Hello")
        await all_sent(page, 1)
        await still(page)
        looks.append(await look(page))
        await picture(page, f"chat-page{path.replace('/', '-')}")
    assert looks[0] == looks[1]


async def test_a_page_with_the_strictest_policy_has_nothing_to_complain_of(
    site: Site, browser: Browser
) -> None:
    site.pages["/strict"] = PageServed(a_page(), STRICT)
    page = await visit(site, browser, "/strict")
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.reload()
    await page.wait_for_function("window.CroupierChat !== undefined")
    await opened(page)
    await write(page, "Hello")
    await all_sent(page, 1)
    assert (await look(page))[".panel"][2] == 380  # the styles are there
    assert [each for each in complaints if "favicon" not in each] == []


async def test_no_cookies_and_nothing_under_other_names(site: Site, browser: Browser) -> None:
    page = await visit(site, browser)
    await opened(page)
    await write(page, "Hello")
    await all_sent(page, 1)
    assert await page.context.cookies() == []
    kept = await page.evaluate("Object.keys({...localStorage, ...sessionStorage})")
    assert kept
    assert all(each.startswith("croupier-chat:website:") for each in kept)


async def test_a_browser_that_keeps_nothing_can_chat(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="en-GB")
    await context.add_init_script(KEEPS_NOTHING)
    page = await beside(site, context)
    await opened(page)
    await write(page, "Hello")
    await all_sent(page, 1)


async def test_words_are_never_markup(site: Site, browser: Browser) -> None:
    page = await visit(site, browser)
    await opened(page)
    await site.caught_up()
    hostile = '<img src=x onerror="window.hit=1"><script>window.hit=1</script> javascript:hit()'
    await write(page, hostile)
    await site.reply(hostile, name="<b>Lina</b>")
    await site.tell(type="status", state="with_agent", agent="<i>Lina</i>")
    await shown(page, hostile, hostile)
    await expect(page.locator(".status")).to_contain_text("<i>Lina</i>", timeout=WAIT)
    assert await page.locator(".panel :is(img, script, b, i, a)").count() == 0
    assert await page.evaluate("window.hit") is None


async def test_what_was_stored_and_not_confirmed_is_said_again_and_shown_once(
    site: Site, browser: Browser
) -> None:
    page = await visit(site, browser)
    await opened(page)
    await site.caught_up()
    site.acks = False
    await write(page, "stored")
    await write(page, "waits behind it")
    await site.said("message")
    await site.stop()
    site.acks = True
    await site.start()
    await all_sent(page, 2)
    await shown(page, "stored", "waits behind it")
    await page.reload()
    await page.wait_for_function("window.CroupierChat !== undefined")
    await opened(page)
    await shown(page, "stored", "waits behind it")
    said = await site.said("message", 2)
    assert {each["text"]: each["id"] for each in said}.keys() == {"stored", "waits behind it"}
    assert len({each["id"] for each in said}) == 2


async def test_back_online_it_does_not_wait_for_its_pause(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    page.set_default_timeout(WAIT)
    await page.clock.install()
    await page.goto(site.url)
    await page.wait_for_function("window.CroupierChat !== undefined")
    await opened(page)
    await write(page, "before")
    await all_sent(page, 1)
    await page.clock.pause_at(await page.evaluate("Date.now() + 1000"))  # no pause ever ends
    await context.set_offline(True)
    await site.stop()
    await expect(page.locator(".status")).to_have_text("Connecting…", timeout=WAIT)
    await write(page, "without a line")
    await expect(page.locator(".item.you .state").last).to_contain_text("Sending…")
    await site.start()
    await context.set_offline(False)
    await all_sent(page, 2)
    await shown(page, "before", "without a line")


async def test_windows_of_one_browser_begin_one_session_and_share_what_was_said(
    site: Site, browser: Browser
) -> None:
    one = await visit(site, browser)
    other = await beside(site, one.context)
    await one.evaluate("CroupierChat.open()")
    await other.evaluate("CroupierChat.open()")
    await site.caught_up(2)
    assert list(site.entries) == ["t-1"]

    await write(one, "from one")
    await shown(other, "from one")
    await site.stop()
    await write(one, "on the way")
    third = await one.context.new_page()  # it finds in the browser's store what waits to be said
    await site.start()
    await third.goto(site.url)
    await third.wait_for_function("window.CroupierChat !== undefined")
    await opened(third)
    await site.caught_up(3)
    for page in (one, other, third):
        await shown(page, "from one", "on the way")
        await all_sent(page, 2)
    assert [each["text"] for each in site.entries["t-1"]] == ["from one", "on the way"]
    assert list(site.entries) == ["t-1"]


async def test_a_session_that_ended_begins_anew_and_what_is_shown_stays(
    site: Site, browser: Browser
) -> None:
    page = await visit(site, browser)
    await opened(page)
    await write(page, "in the old one")
    await all_sent(page, 1)
    await site.reply("answered")
    await shown(page, "in the old one", "answered")
    site.entries.clear()
    await site.send_away(1012)
    await site.until(lambda: "t-1" in site.entries and bool(site.connected))
    await write(page, "in the new one")
    await shown(page, "in the old one", "answered", "in the new one")
    await all_sent(page, 2)
    assert [each["text"] for each in site.entries["t-1"]] == ["in the new one"]
    assert "since" not in (await site.said("hello", 3))[-1]


async def test_a_customers_clock_that_is_wrong_asks_nobody_to_log_in_again_and_again(
    site: Site, browser: Browser
) -> None:
    page = await visit(site, browser)
    await page.clock.install(time="2031-01-01T00:00:00Z")
    await page.reload()
    await page.wait_for_function("window.CroupierChat !== undefined")
    await page.evaluate(
        """() => {
          window.asked = 0;
          window.addEventListener("croupierchat:login", () => {
            window.asked += 1;
            CroupierChat.login("jwt-" + window.asked);
          });
          CroupierChat.login("jwt");
        }"""
    )
    await opened(page)
    await write(page, "Hello")
    await all_sent(page, 1)
    assert await page.evaluate("window.asked") == 0
    await page.clock.fast_forward(13 * 60_000)
    assert await page.evaluate("window.asked") == 0
    await page.clock.fast_forward(2 * 60_000)
    await page.wait_for_function("window.asked === 1")


async def test_an_answer_is_read_out_while_the_dialog_is_closed(
    site: Site, browser: Browser, axe: str
) -> None:
    page = await visit(site, browser)
    await opened(page)
    await write(page, "Hello")
    await all_sent(page, 1)
    await page.keyboard.press("Escape")
    await site.reply("Here I am")
    await expect(page.get_by_role("button", name="unread messages: 1")).to_be_visible(timeout=WAIT)
    await expect(page.get_by_role("status").filter(has_text="unread messages: 1")).to_have_count(1)
    await accessible(page, axe)
    assert not [each for each in site.heard if each["type"] == "got"]  # nobody has seen it
    await opened(page)
    (got,) = await site.said("got")
    assert got["entries"] == ["r-1"]
    await expect(page.get_by_role("status").filter(has_text="unread")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568)])
async def test_on_a_phone_nothing_is_cut_off(
    site: Site, browser: Browser, axe: str, width: int, height: int
) -> None:
    viewport = {"width": width, "height": height}
    page = await visit(site, browser, viewport=viewport, has_touch=True, is_mobile=True)
    await page.get_by_role("button", name="Open support chat").tap()
    await write(page, "w" * 300)
    await all_sent(page, 1)
    await site.reply("https://pay.example/" + "x" * 200)
    await site.tell(type="status", state="waiting", position=12, wait_seconds=1_500)
    asked = await site.reply("How was it?", by="system")
    await site.tell(type="ask_rating", id=asked)
    await expect(page.locator("form.rating")).to_be_visible(timeout=WAIT)
    await accessible(page, axe)
    beyond = await page.evaluate(
        """() => [
          ...document.querySelector("croupier-chat").shadowRoot.querySelectorAll(".panel *")]
          .filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5)
          .map((each) => each.className)"""
    )
    assert beyond == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in ("Send", "Close chat", "Send rating"):
        box = await page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44


async def test_who_asked_for_less_motion_gets_none(site: Site, browser: Browser) -> None:
    page = await visit(site, browser, reduced_motion="reduce")
    await opened(page)
    running = "document.querySelector('croupier-chat').shadowRoot.getAnimations().length"
    assert await page.evaluate(running) == 0
