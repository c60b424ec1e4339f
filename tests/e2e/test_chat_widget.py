"""A customer with a browser and a keyboard: the widget at a real lobby, with an agent who answers.

Pictures of the documentation are taken on the way where CROUPIER_PICTURES names a folder.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from playwright.async_api import Browser, BrowserContext, Page, expect

from shared.contracts.customer_rated_v1 import CustomerRated
from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.contracts.message_received_v1 import MessageReceived
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from tests.e2e.chromium import PICTURES, WAIT, all_sent, chromium, needs_chromium
from tests.integration.dealer_world import POLICY, surroundings
from tests.integration.lobby_process import Lobby, events_until
from tests.integration.notifier_world import World as NotifierWorld
from tests.integration.notifier_world import a_notifier, url_of
from tests.integration.test_lobby import LINA, Lina
from tests.stacks import Fresh

ACCOUNTS: Final = Path("deploy/ingest/accounts.yaml")
QUESTION: Final = "Where is my deposit of 50 euros?"
RATE: Final = """    notices:
      rate: [{tell: {en: "How was it, 1 to 5?"}}]
"""

pytestmark = [
    pytest.mark.stack,
    pytest.mark.timeout(240),
    needs_chromium,
]


@dataclass
class Scene:
    """All there is, running."""

    fresh: Fresh
    lina: Lina
    lobby: Lobby
    browser: Browser

    async def page(self, width: int, height: int, **options: Any) -> Page:
        """The demo's site, in a browser that knows nobody."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", **options
        )
        return await self.visit(context)

    async def visit(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        page.set_default_timeout(WAIT)
        await page.goto(f"{self.lobby.http}/chat/demo")
        await page.get_by_role("button", name="Open support chat").wait_for()
        return page

    async def device(self) -> str:
        """What the id of the first message begins with."""
        (message, *_) = await events_until(self.fresh, MessageReceived, bool)
        return str(message.message_id).partition(".")[0]


def accounts(folder: Path, origin: str) -> Path:
    """The demo's accounts, with pages of that origin let in."""
    given = yaml.safe_load(ACCOUNTS.read_text("utf-8"))
    site = given["chat"]["website"] | {"origins": [origin]}
    for name in ("secrets", "customers"):
        keys = [{"file": str(ACCOUNTS.parent.resolve() / each["file"])} for each in site[name]]
        site[name] = keys
    path = folder / "accounts.yaml"
    path.write_text(yaml.safe_dump({"chat": {"website": site}}), "utf-8")
    return path


def policy(folder: Path) -> Path:
    """The demo's policy, under which agents are asked and customers are asked afterwards."""
    text = POLICY.read_text("utf-8").replace("accept: {chat: auto}", "accept: {}")
    begins, ends = text.index("    notices:"), text.index("    reserves:\n")
    path = folder / "policy.yaml"
    path.write_text(text[:begins] + RATE + text[ends:], "utf-8")
    return path


@pytest.fixture
async def scene(fresh: Fresh, tmp_path: Path) -> AsyncIterator[Scene]:
    config = ProducerConfig(
        kafka=fresh.stack.kafka, client_id="test", topic_prefix=fresh.topic_prefix
    )
    async with AsyncExitStack() as closing:
        enter = closing.enter_async_context
        world = await enter(surroundings(fresh))
        await enter(world.dealer(router_role="both", router_policy=policy(tmp_path)))
        publisher = await enter(KafkaPublisher(config))
        server = await enter(a_notifier(NotifierWorld(fresh, world.store, publisher).settings()))
        lobby = Lobby(
            fresh,
            CROUPIER_INGEST_ACCOUNTS=str(tmp_path / "accounts.yaml"),
            CROUPIER_INGEST_CHAT_DEMO="true",
        )
        accounts(tmp_path, lobby.http)
        closing.push_async_callback(lobby.end)
        await world.tell(LINA)
        while await world.store["agents"].find_one({"_id": "lina"}) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await lobby.start()
        lina = await enter(Lina(url=url_of(server), agent="lina"))
        await lina.up_to_date()
        await lina.commands.carry_out("set_state", state="ready")
        working = asyncio.create_task(lina.work())
        closing.callback(working.cancel)
        browser = await enter(chromium())
        yield Scene(fresh, lina, lobby, browser)


async def texts(page: Page) -> list[str]:
    """What the dialog shows, in its order."""
    return await page.locator(".item .text").all_inner_texts()


async def write(page: Page, text: str) -> None:
    """In the field that has the focus."""
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")


async def told(page: Page, text: str) -> None:
    await expect(page.locator(".item .text", has_text=text)).to_be_visible(timeout=WAIT)


async def focused(page: Page) -> str:
    """The label of what has the focus."""
    return str(
        await page.evaluate(
            "() => { const at = document.querySelector('croupier-chat').shadowRoot.activeElement;"
            " return at ? at.getAttribute('aria-label') ?? at.textContent : '' }"
        )
    )


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")


async def test_a_customer_chats_by_keyboard_through_a_restart_and_says_how_it_was(
    scene: Scene,
) -> None:
    lina = scene.lina
    page = await scene.page(1024, 768)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    # the link of the page comes first, then the launcher
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    assert await focused(page) == "Open support chat"
    await page.keyboard.press("Enter")
    assert await focused(page) == "Your message"
    await write(page, QUESTION)
    await all_sent(page, 1)
    device = await scene.device()
    await lina.answer(device, "It is on its way: https://pay.example/1. <b>Soon</b>")
    await told(page, "<b>Soon</b>")
    link = page.get_by_role("link", name="https://pay.example/1")
    assert await link.get_attribute("href") == "https://pay.example/1"
    await expect(page.locator(".status")).to_contain_text("is helping you", timeout=WAIT)

    card = await lina.card_of(device)
    lina.types(card["ticket"])
    await expect(page.locator(".typing")).to_contain_text("is typing", timeout=WAIT)
    await picture(page, "chat-desktop")

    # closed, an answer counts on the launcher; the focus is where it was
    await page.keyboard.press("Escape")
    assert await focused(page) == "Open support chat"
    await lina.answer(device, "Here it is")
    counted = page.get_by_role("button", name="unread messages: 1")
    await counted.wait_for()
    await page.keyboard.press("Enter")
    await told(page, "Here it is")

    mine = await _a_restart_in_the_middle(scene, page, device)
    assert await page.locator(".item.you .text").all_inner_texts() == mine
    assert set(Counter(await texts(page)).values()) == {1}

    said = await events_until(
        scene.fresh, MessageReceived, lambda seen: any(each.text == "after" for each in seen)
    )
    (last,) = {each.message_id for each in said if each.text == "after"}
    await _resolve(lina, last)
    await _rate_by_keyboard(page)
    (rated, *_) = await events_until(scene.fresh, CustomerRated, bool)
    assert (rated.score, rated.comment) == (4, "quick")

    await _the_same_in_another_tab(scene, page)

    assert sorted(text for _, text in {(each.message_id, each.text) for each in said}) == sorted(
        mine
    )
    assert len({each.message_id for each in said}) == 4
    reports = await events_until(
        scene.fresh, DeliveryReported, lambda seen: len({each.reply for each in seen}) >= 3
    )
    assert {each.status for each in reports} == {"delivered"}
    assert errors == []


async def test_on_a_phone_the_chat_is_the_screen_and_keeps_the_focus(scene: Scene) -> None:
    page = await scene.page(
        390, 844, device_scale_factor=2, has_touch=True, reduced_motion="reduce"
    )  # with motion the dialog would still be rising when it is measured
    launcher = page.get_by_role("button", name="Open support chat")
    await launcher.tap()
    dialog = page.get_by_role("dialog", name="Support")
    assert await dialog.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert await dialog.get_attribute("aria-modal") == "true"
    await page.get_by_role("textbox", name="Your message").focus()
    await write(page, QUESTION)
    await all_sent(page, 1)
    await scene.lina.answer(await scene.device(), "It is on its way. It takes a day at most.")
    await told(page, "It is on its way")
    await expect(page.locator(".status")).to_contain_text("is helping you", timeout=WAIT)
    await picture(page, "chat-phone")

    # round and round, never out of the dialog
    seen = []
    for _ in range(12):
        await page.keyboard.press("Tab")
        seen.append(await focused(page))
    assert {"Your message", "Send", "Close chat", "End conversation"} <= set(seen)
    assert "" not in seen
    await page.keyboard.press("Escape")
    assert await focused(page) == "Open support chat"


async def _a_restart_in_the_middle(scene: Scene, page: Page, device: str) -> list[str]:
    """Both write while the lobby is away; what the customer wrote until then and after."""
    stopping = asyncio.create_task(scene.lobby.stop())
    await write(page, "during one")
    assert await stopping == 0
    await write(page, "during two")
    await scene.lina.answer(device, "answered meanwhile")
    await scene.lobby.start()
    await told(page, "answered meanwhile")
    await all_sent(page, 3)
    await write(page, "after")
    await all_sent(page, 4)
    return [QUESTION, "during one", "during two", "after"]


async def _the_same_in_another_tab(scene: Scene, page: Page) -> None:
    """It has it all, asks nothing again, and counts nothing as unread."""
    beside = await scene.visit(page.context)
    await beside.get_by_role("button", name="Open support chat").press("Enter")
    await told(beside, "after")
    await expect(beside.locator(".item .text")).to_have_count(len(await texts(page)), timeout=WAIT)
    assert sorted(await texts(beside)) == sorted(await texts(page))
    await expect(beside.locator("form.rating")).to_be_hidden()


async def _resolve(lina: Lina, last: str) -> None:
    """Done, with the paper work, once the agent has seen the last message."""
    card = await lina.card_of(last)
    about = {"ticket": card["ticket"], "assignment": card["assignment"]}
    await lina.commands.carry_out("resolve", **about, seen=card["last_message"])
    await lina.commands.carry_out("finish_wrap_up", **about)


async def _rate_by_keyboard(page: Page) -> None:
    """From the field, where the focus was left alone, backwards to the question."""
    await expect(page.locator("form.rating")).to_be_visible(timeout=WAIT)
    assert await focused(page) == "Your message"
    await picture(page, "chat-rating")
    for _ in range(3):  # the button, the comment, the scores
        await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Space")  # backwards the last one is reached first
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Tab")
    await _comment(page)
    await expect(page.locator(".thanks")).to_have_text("Thank you for your rating.", timeout=WAIT)
    assert await focused(page) == "Your message"


async def _comment(page: Page) -> None:
    await page.keyboard.type("quick")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
