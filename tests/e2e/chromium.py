"""Debian's Chromium, without a screen, and what both suites of the widget do with it."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

PICTURES: Final = os.environ.get("CROUPIER_PICTURES")
"""The folder that pictures are wanted in."""

WAIT: Final = 30_000.0
"""Milliseconds: many times what a busy machine needs."""

_PROGRAM: Final = shutil.which("chromium") or shutil.which("chromium-browser")

needs_chromium: Final = pytest.mark.skipif(
    _PROGRAM is None, reason="no browser: apt-get install chromium puts one where we look"
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Started, and closed at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_PROGRAM, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def all_sent(page: Page, count: int) -> None:
    """So many messages of the customer's are confirmed."""
    await expect(page.locator(".item.you .state.sent")).to_have_count(count, timeout=WAIT)
