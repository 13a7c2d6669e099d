"""The drills in a real browser: what the chats show while Telegram or the network fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.demo.page.visitor import Visitor

pytestmark = pytest.mark.in_browser
CONTACT, OTHER = "城管局市容科科长", "文旅局市场科科长"
TASKS = "在办任务"


async def order(visitor: Visitor, fault: str) -> None:
    """Order a fault; its button stays pressed until the fault has struck."""
    await visitor.button(fault)
    await expect(visitor.page.get_by_role("button", name=fault)).to_have_attribute("aria-pressed", "true")


async def is_over(visitor: Visitor, fault: str) -> None:
    button = visitor.page.get_by_role("button", name=fault)
    await expect(button).to_have_attribute("aria-pressed", "false")


async def lists(visitor: Visitor, count: int) -> None:
    """Wait until the chat has so many lists of tasks."""
    await expect(visitor.messages.filter(has_text=TASKS)).to_have_count(count)


async def too_many(visitor: Visitor) -> None:
    """The answer comes later, once."""
    await order(visitor, "下一条：429 限流")
    await visitor.write("/tasks")
    await is_over(visitor, "下一条：429 限流")
    await lists(visitor, 2)


async def blocked(visitor: Visitor) -> None:
    """The answer does not come; the next one does."""
    await order(visitor, "下一条：403 停用")
    await visitor.write("/tasks")
    await is_over(visitor, "下一条：403 停用")
    await lists(visitor, 2)
    await visitor.write("/tasks")
    await lists(visitor, 3)


async def network_down(visitor: Visitor) -> None:
    """Words stay in the chat; they are answered when the network is back."""
    await order(visitor, "断网")
    await visitor.write("/tasks")
    await visitor.sees("/tasks")
    await visitor.button("断网")
    await is_over(visitor, "断网")
    await lists(visitor, 4)


async def timeout(visitor: Visitor) -> None:
    """The message has arrived though the program does not know it; others are answered meanwhile."""
    await order(visitor, "下一条：超时")
    await visitor.write("/tasks")
    await lists(visitor, 5)
    await is_over(visitor, "下一条：超时")
    await visitor.open(OTHER)
    await lists(visitor, 1)
    await visitor.write("/tasks")
    await lists(visitor, 2)


async def test_faults_strike_and_pass(visitor: Visitor) -> None:
    await visitor.open(CONTACT)
    await too_many(visitor)
    await blocked(visitor)
    await network_down(visitor)
    await timeout(visitor)


async def test_a_program_that_does_not_start_says_why(visitor: Visitor, kept: Path) -> None:
    await visitor.button("终止程序（kill -9）")
    await expect(visitor.page.get_by_text("程序已被强行终止")).to_be_visible()
    await visitor.button("到下一个推送")
    await visitor.toast("程序没有运行，暂不知道接下来推送什么。")
    (database,) = (kept / "data").glob("*.db")
    for path in database.parent.glob(f"{database.name}-*"):
        path.unlink()
    database.write_bytes(b"no database" * 1000)
    await visitor.button("启动程序")
    await visitor.toast("程序没有启动成功")
    await expect(visitor.page.get_by_text("程序已自行退出")).to_be_visible()
    await expect(visitor.page.locator(".log")).to_contain_text("database")
    await expect(visitor.page.get_by_role("button", name="启动程序")).to_be_enabled()
