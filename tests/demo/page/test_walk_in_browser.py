"""The guided walk in a real browser, by visible controls alone: from an empty folder to its last step."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.demo.page.conftest import PageStarter, visit
from tests.demo.page.visitor import Visitor

CONTACT = "东城街道城管办主任"


async def enrol_and_sign(visitor: Visitor) -> None:
    await visitor.follow(CONTACT)
    await visitor.button("打开邀请链接")
    await visitor.sees("您已入册")
    await visitor.has_done(1)
    await visitor.press("清理老旧小区楼道杂物")
    await visitor.sees("工作标准")
    await visitor.press("签收")
    await visitor.has_done(2)


async def report(visitor: Visitor) -> None:
    await (await visitor.fill_in(CONTACT, "35处")).press("Enter")
    await visitor.sees("请核对后提交", "35处")
    await visitor.press("确认提交")
    await visitor.sees("【回执】", "清理楼道杂物：本次 35处")
    await visitor.has_done(3)


async def read_tally(visitor: Visitor) -> None:
    await visitor.button("拨到今天18:00")
    await visitor.stands_at("18:00")
    await visitor.follow("创城工作群")
    await visitor.sees("【创城工作日报】", "清理楼道杂物：今日 35处")
    await visitor.has_done(4)


async def submit_problem(visitor: Visitor) -> None:
    await visitor.fill_in("创城办督导组组长", "占道经营")
    await expect(visitor.page.get_by_label("占道经营")).to_be_checked()
    await visitor.button("发送所选照片")
    await visitor.sees("上报问题", "占道经营")
    await visitor.press("地点已写在说明中")
    await visitor.press("提交")
    await visitor.sees("新上报案卷")
    await visitor.follow("创城办综合组组长")
    await visitor.press("立案并派遣")
    await visitor.press("确认派遣")
    await visitor.sees("状态：待签收")
    await visitor.follow("城管局市容科科长")
    await visitor.sees("【督办单】")
    await visitor.has_done(5)


async def survive_a_kill(visitor: Visitor) -> None:
    await (await visitor.fill_in(CONTACT, "8处")).press("Enter")
    await visitor.sees("请核对后提交", "8处")
    walk = visitor.page.locator("ol.walk")
    await walk.get_by_role("button", name="终止程序（kill -9）").click()
    await expect(visitor.page.get_by_text("程序已被强行终止")).to_be_visible()
    await walk.get_by_role("button", name="启动程序").click()
    await expect(visitor.page.get_by_text("程序正在运行。")).to_be_visible()
    await visitor.press("确认提交")
    await visitor.has_done(6)


async def read_brief(visitor: Visitor) -> None:
    await (await visitor.fill_in("区委分管领导", "/brief")).press("Enter")
    await visitor.sees("【创城简报】")
    await visitor.has_done(7)
    await expect(visitor.page.get_by_text("七步都走完了")).to_be_visible()


@pytest.mark.timeout(180)
async def test_the_walk_is_played_to_its_end(browser: Browser, start_page: PageStarter) -> None:
    async with start_page() as page:
        visitor = await visit(browser, page)
        await expect(visitor.page.get_by_role("button", name=f"打开：{CONTACT}")).to_be_visible(
            timeout=60_000
        )
        await enrol_and_sign(visitor)
        await report(visitor)
        await read_tally(visitor)
        await submit_problem(visitor)
        await survive_a_kill(visitor)
        await read_brief(visitor)
