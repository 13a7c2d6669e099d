"""The page on a phone: one column at a time, a way back from each, and nothing wider than the screen."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.demo.page.conftest import PageProcess, visit

pytestmark = pytest.mark.in_browser
COLUMNS = ("#chats", "#chat", "#side")


async def shows(page: Page, column: str) -> None:
    """One column is there, the others are not, and nothing overflows sideways."""
    for one in COLUMNS:
        await expect(page.locator(one)).to_be_visible(visible=one == column)
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_a_phone_shows_one_column_at_a_time(browser: Browser, page: PageProcess) -> None:
    visitor = await visit(browser, page, width=390, height=844)
    phone = visitor.page
    await shows(phone, "#side")  # a newcomer begins with the walk
    await visitor.button("聊天")
    await shows(phone, "#chats")
    await visitor.open("城管局市容科科长")
    await shows(phone, "#chat")
    for menu in ("附件", "命令"):
        await phone.get_by_text(menu, exact=True).click()
        await expect(phone.locator(".menu-list:visible")).to_have_count(1)
        await expect(phone.locator(".menu-list:visible")).to_be_in_viewport(ratio=1)
        await shows(phone, "#chat")
    await visitor.button("‹ 聊天")
    await shows(phone, "#chats")
    await visitor.button("导览与时钟")
    await shows(phone, "#side")
    await visitor.follow("东城街道城管办主任")
    await shows(phone, "#chat")
    await visitor.button("聊天")
    await visitor.open("创城工作群")
    await expect(phone.get_by_label("发言身份")).to_be_visible()
    await shows(phone, "#chat")
    await phone.reload()
    await expect(phone.get_by_role("heading", name="创城工作群")).to_be_visible()
    await shows(phone, "#chat")
