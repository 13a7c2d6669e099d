"""axe-core looks at the page as it is used: both languages, three sizes, and with menus open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from demo.page.words import PageWords
from locales import COMPLETE
from tests.demo.page.conftest import PageProcess, visit
from tests.demo.page.visitor import Visitor

pytestmark = pytest.mark.in_browser
SIZES = ((1280, 800), (820, 1180), (390, 844))
GRAVE = {"serious", "critical"}
PERSON = "城管局市容科科长"


async def grave(page: Page, part: str) -> list[str]:
    """What axe calls serious or critical in a part of the page, and where."""
    found = (await Axe().run(page, part)).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in GRAVE
    ]


async def is_narrow(page: Page, words: PageWords) -> bool:
    """Whether the columns stand behind buttons."""
    return await page.get_by_role("button", name=words("page.top.side_button")).is_visible()


async def to_chats(page: Page, words: PageWords) -> None:
    if await is_narrow(page, words):
        columns = page.get_by_role("navigation", name=words("page.top.panels"))
        await columns.get_by_role("button", name=words("page.chats.title")).click()


async def look_through(browser: Browser, page: PageProcess, language: str) -> None:
    """Let axe look at each state at each size."""
    visitor = await visit(browser, page, language=language)
    for width, height in SIZES:
        await visitor.page.set_viewport_size({"width": width, "height": height})
        async for part in states(visitor, PageWords(language)):
            assert await grave(visitor.page, part) == [], (language, width, part)


async def states(visitor: Visitor, words: PageWords) -> AsyncIterator[str]:
    """Bring the page into one state after the other; each is named by the part that is new in it."""
    page = visitor.page
    await to_chats(page, words)
    if await is_narrow(page, words):
        yield "#chats"
    await visitor.open(PERSON)
    await page.get_by_text(words("page.chat.attach"), exact=True).click()
    yield "html"
    await page.get_by_text(words("page.chat.commands"), exact=True).click()
    await expect(page.get_by_role("button", name="/tasks")).to_be_visible()
    yield "#below"
    await page.keyboard.press("Escape")
    if await is_narrow(page, words):
        await page.get_by_role("button", name=words("page.top.side_button")).click()
        yield "#side"
    await to_chats(page, words)
    await visitor.open("创城工作群")
    yield "#chat"


async def test_axe_finds_nothing_serious(browser: Browser, page: PageProcess) -> None:
    visitor = await visit(browser, page)
    await visitor.open(PERSON)
    await visitor.page.get_by_text("附件", exact=True).click()
    await visitor.page.get_by_label("占道经营").check()
    await visitor.button("发送所选照片")
    await expect(visitor.messages.get_by_role("img", name="照片")).to_be_visible()
    await expect(visitor.messages.last.locator(".key").first).to_be_visible()
    await asyncio.gather(*(look_through(browser, page, language) for language in COMPLETE))
