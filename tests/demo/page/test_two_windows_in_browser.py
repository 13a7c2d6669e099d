"""Two windows of two roles: what happens in one is seen in the other at once."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from tests.demo.page.conftest import PageProcess, visit
from tests.demo.page.visitor import Visitor

pytestmark = pytest.mark.in_browser
CONTACT, OTHER, GROUP = "城管局市容科科长", "文旅局市场科科长", "创城工作群"
TASK = "清理背街小巷"


async def two_windows(browser: Browser, page: PageProcess) -> tuple[Visitor, Visitor]:
    """One window shows the contact's chat; the other is opened by its address."""
    first = await visit(browser, page)
    await first.open(CONTACT)
    await expect(first.page).to_have_url(f"{page.address}/zh?chat={await first.chat_id()}")
    second = await visit(browser, page)
    await second.go(first.page.url)
    await expect(second.page.get_by_role("heading", name=CONTACT)).to_be_visible()
    return first, second


async def words_and_presses(first: Visitor, second: Visitor) -> None:
    """Words that are written in one window come in the other, and so does what a press changes."""
    await first.write("/tasks")
    await second.sees("/tasks")
    await second.sees("在办任务")
    await second.press(TASK)
    card = await first.sees("工作标准", TASK)
    # The list above has 全部签收, which a press would mean before the card is in this window, too.
    await second.sees("工作标准", TASK)
    await second.press("签收")
    await expect(card).to_contain_text("当前状态：已签收")
    await expect(card).to_contain_text("已编辑")


async def unread_counts(first: Visitor, second: Visitor, closed: Visitor) -> None:
    """What nobody has looked at is counted in both windows, until somebody looks in one of them."""
    await closed.open(CONTACT)
    await closed.page.close()
    await second.open(OTHER)
    lists = first.messages.filter(has_text="在办任务")
    before = await lists.count()
    await first.write("/tasks")
    await expect(lists).to_have_count(before + 1)
    await first.open("区政府分管领导")
    for window in (first, second):
        await window.unread(CONTACT, 0)
    await first.button("到下一个推送")
    for window in (first, second):
        await window.unread(CONTACT, 1)
    await second.open(CONTACT)
    for window in (first, second):
        await window.unread(CONTACT, 0)


async def one_group(first: Visitor, second: Visitor) -> None:
    """Members write into the group's topics; each window shows the topic that it has chosen."""
    for window in (first, second):
        await window.open(GROUP)
    await first.page.get_by_label("发言身份").select_option(OTHER)
    await first.button("督查督办")
    await first.write("现场已到，正在整改")
    message = await second.sees("现场已到")
    await expect(message.locator(".sender")).to_have_text(OTHER)
    await expect(message).not_to_have_class(re.compile("own"))
    await second.button("每日播报")
    await second.sees("创城进展看板")
    await expect(second.messages.filter(has_text="现场已到")).to_have_count(0)
    await second.button("督查督办")
    await second.sees("现场已到")
    await second.write("收到")
    answer = await first.sees("收到")
    await expect(answer.locator(".sender")).to_have_text("创城办综合组组长")


async def test_two_windows_follow_each_other(browser: Browser, page: PageProcess) -> None:
    first, second = await two_windows(browser, page)
    await words_and_presses(first, second)
    await unread_counts(first, second, await visit(browser, page))
    await one_group(first, second)
    await second.page.get_by_role("link", name="English").click()
    await expect(second.page.get_by_role("heading", name=GROUP)).to_be_visible()
    await expect(second.page.get_by_role("button", name="All")).to_be_visible()
