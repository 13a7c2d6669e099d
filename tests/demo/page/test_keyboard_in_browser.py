"""The page by the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.demo.page.conftest import PageProcess, visit
from tests.demo.page.visitor import Visitor

pytestmark = pytest.mark.in_browser
CONTACT, NEXT = "城管局市容科科长", "城管局联络员"
_NAME = "(it => it.ariaLabel || it.labels?.[0]?.innerText || it.innerText)(document.activeElement)"
MOST_STOPS = 200


async def stops(page: Page) -> list[str]:
    """The names of all that Tab reaches, from the page's top once around."""
    found: list[str] = []
    await page.evaluate("document.activeElement.blur()")
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        name = str(await page.evaluate(_NAME)).strip().replace("\n", " ")
        if found and name == found[0]:
            return found
        found.append(name)
    raise AssertionError(f"Tab does not come around: {found}")


async def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(MOST_STOPS):
        if await wanted.evaluate("it => it === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


async def choose_by_arrows(visitor: Visitor) -> None:
    """Enter opens a chat, and the arrows move on from it."""
    page = visitor.page
    await reach(page, visitor.line(NEXT))
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("heading", name=CONTACT)).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("heading", name=NEXT)).to_be_visible()
    await expect(visitor.line(NEXT)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("heading", name=CONTACT)).to_be_visible()
    await expect(visitor.line(CONTACT)).to_be_focused()


async def tab_reaches_everything(visitor: Visitor) -> None:
    found = await stops(visitor.page)
    for name in ("English", "消息", "回复", "附件", "命令", "输入消息", "发送", "此人停用机器人"):
        assert name in found, (name, found)
    for name in ("到下一个推送", "+1小时", "到指定时间", "拨到", "终止程序（kill -9）", "断网"):
        assert name in found, (name, found)
    assert any(name.startswith("1. ") for name in found), found


async def write(visitor: Visitor) -> None:
    """Enter sends, Shift+Enter begins a line, and Esc leaves the box for the chats."""
    keyboard = visitor.page.keyboard
    await reach(visitor.page, visitor.box)
    await keyboard.type("第一行")
    await keyboard.press("Shift+Enter")
    await keyboard.type("第二行")
    await expect(visitor.box).to_have_value("第一行\n第二行")
    await keyboard.press("Enter")
    await visitor.sees("第一行", "第二行")
    await expect(visitor.box).to_have_value("")
    await expect(visitor.box).to_be_focused()
    await keyboard.press("Escape")
    await expect(visitor.line(CONTACT)).to_be_focused()


async def leave(visitor: Visitor) -> None:
    """Esc closes a menu, and it leaves a reply and an edit; the words that were in the box come back."""
    page, keyboard = visitor.page, visitor.page.keyboard
    await reach(page, page.get_by_text("命令", exact=True))
    await keyboard.press("Enter")
    first = page.get_by_role("button", name="/tasks")
    await keyboard.press("Tab")
    await expect(first).to_be_focused()
    await keyboard.press("Escape")
    await expect(first).to_be_hidden()
    await expect(page.get_by_text("命令", exact=True)).to_be_focused()
    await visitor.box.focus()
    await keyboard.type("还没写完")
    own = await visitor.sees("第一行")
    for tool, shown in (("回复", "回复： 第一行"), ("修改", "修改这条消息")):
        await own.get_by_role("button", name=tool).focus()
        await keyboard.press("Enter")
        await expect(page.locator("#answering")).to_contain_text(shown)
        await keyboard.press("Escape")
        await expect(page.locator("#answering")).to_be_hidden()
        await expect(visitor.box).to_have_value("还没写完")
    await visitor.box.fill("")


async def keep_the_focus(visitor: Visitor, other: Visitor) -> None:
    """The focus stays when the message under it is edited, and so do words that are being written."""
    tasks = visitor.messages.filter(has_text="在办任务")
    await tasks.locator(".key", has_text="清理背街小巷").click()
    card = await visitor.sees("工作标准")
    await card.get_by_role("button", name="申请办结").focus()
    await other.open(CONTACT)
    await other.press("签收")
    await expect(card).to_contain_text("当前状态：已签收")
    await expect(card.get_by_role("button", name="申请办结")).to_be_focused()
    await visitor.box.focus()
    await visitor.page.keyboard.type("写到一半")
    await other.write("/help")
    await visitor.sees("/help")
    await expect(visitor.box).to_be_focused()
    await expect(visitor.box).to_have_value("写到一半")


async def test_the_keyboard_is_enough(browser: Browser, page: PageProcess) -> None:
    visitor = await visit(browser, page)
    await choose_by_arrows(visitor)
    await tab_reaches_everything(visitor)
    await write(visitor)
    await leave(visitor)
    await keep_the_focus(visitor, await visit(browser, page))
