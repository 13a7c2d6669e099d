"""The clock over a weekend, in a real browser."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.demo.page.visitor import Visitor

pytestmark = pytest.mark.in_browser
LEADER, CONTACT = "区委分管领导", "城管局市容科科长"


async def day_of(message: Locator) -> str:
    """The day under which a message stands."""
    return str(
        await message.evaluate(
            "it => [...document.querySelectorAll('.day')].filter("
            "day => day.compareDocumentPosition(it) & Node.DOCUMENT_POSITION_FOLLOWING).pop().textContent"
        )
    )


async def came_at(visitor: Visitor, chat: str, part: str, hour: str) -> None:
    """A chat's last message that holds ``part`` went out on Monday at that hour."""
    await visitor.open(chat)
    message = await visitor.sees(part)
    await expect(message.locator(".meta")).to_contain_text(hour)
    assert await day_of(message) == "12月21日 周一"


async def test_the_clock_goes_over_a_weekend(visitor: Visitor) -> None:
    await visitor.clock_to("2026-12-18T18:00")
    moment = visitor.page.get_by_label("到指定时间")
    await moment.fill("2026-12-21T09:30")
    await moment.press("Enter")
    await expect(visitor.page.get_by_text("时钟正在拨动……")).to_be_visible()
    await visitor.page.get_by_role("button", name="+1小时").press("Enter")
    await visitor.toast("时钟正在拨动，请等它停下来")
    await moment.fill("2026-12-22T08:00")
    await visitor.open(CONTACT)
    await visitor.write("/tasks")
    await visitor.sees("在办任务")
    await expect(visitor.page.get_by_text("时钟正在拨动……")).to_be_visible()
    await expect(visitor.page.locator(".now")).to_have_text("12月21日 周一 09:30")
    await expect(visitor.page.get_by_text("时钟已暂停")).to_be_visible()
    await expect(moment).to_have_value("2026-12-22T08:00")
    await came_at(visitor, LEADER, "【创城简报】", "08:00")
    await came_at(visitor, CONTACT, "【任务提醒】", "09:00")


async def test_moments_to_which_the_clock_does_not_go(visitor: Visitor) -> None:
    moment = visitor.page.get_by_label("到指定时间")
    for given, said in (
        ("2026-12-18T08:00", "这个时间已经过去"),
        ("2027-12-18T08:00", "一次最多拨动31天"),
        ("", "请填写完整的日期和时间"),
    ):
        await moment.fill(given)
        await visitor.button("拨到")
        await visitor.toast(said)
    await expect(visitor.page.locator(".now strong")).to_have_text("08:40")
