"""What the page does not take: it says so in a sentence, and nothing that was written is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, FilePayload, expect

from tests.demo.page.conftest import PageStarter, visit
from tests.demo.page.visitor import Visitor

pytestmark = pytest.mark.in_browser
CONTACT = "城管局市容科科长"
MOST = 20 * 2**20


async def refused(visitor: Visitor, words: str, said: str) -> None:
    """What is sent is refused by a sentence; the words stay in the box."""
    await visitor.write(words)
    await visitor.toast(said)
    await expect(visitor.box).to_have_value(words)


async def files(visitor: Visitor, folder: Path) -> None:
    """A file that is refused stays chosen until the visitor lets it go."""
    large = folder / "大图.jpg"
    with large.open("wb") as file:
        file.truncate(MOST + 1)
    for label, chosen, said in (
        ("选择本机文件", large, "“大图.jpg”超过20MB"),
        (
            "选择本机照片",
            FilePayload(name="a.jpg", mimeType="image/jpeg", buffer=b"words"),
            "“a.jpg”不是图片",
        ),
        ("选择本机文件", FilePayload(name="空.txt", mimeType="text/plain", buffer=b""), "“空.txt”是空文件"),
    ):
        await visitor.choose_file(label, chosen)
        await refused(visitor, "说明文字", said)
        await expect(visitor.page.locator("#chosen-files")).to_be_visible()
        await visitor.page.locator("#chosen-files").get_by_role("button", name="取消").click()
        await expect(visitor.page.locator("#chosen-files")).to_be_hidden()
        await expect(visitor.box).to_have_value("说明文字")
    await visitor.menu("附件")
    await visitor.button("发送所选照片")
    await visitor.toast("请先选择照片")
    await visitor.page.get_by_label("野广告").check()
    await visitor.box.fill("字" * 1025)
    await visitor.button("发送所选照片")
    await visitor.toast("这段文字有1025个字符，最多1024个")
    await expect(visitor.page.get_by_label("野广告")).to_be_checked()
    await expect(visitor.box).to_have_value("字" * 1025)
    await visitor.page.get_by_label("野广告").uncheck()


async def words(visitor: Visitor) -> None:
    """Telegram counts UTF-16 units: 4,096 of them pass, one more does not."""
    await refused(visitor, "字" * 4095 + "😀", "这段文字有4097个字符，最多4096个")
    await visitor.write("字" * 4094 + "😀")
    await expect(visitor.box).to_have_value("")
    await visitor.sees("😀")


async def a_person_who_has_not_joined(visitor: Visitor) -> None:
    await visitor.open("创城办综合组干事")
    await expect(visitor.page.get_by_text("创城办综合组干事还没有加入")).to_be_visible()
    await expect(visitor.box).to_have_count(0)
    await visitor.button("打开邀请链接")
    await visitor.sees("您已入册")
    await expect(visitor.box).to_be_visible()


async def test_bad_input_is_refused_by_a_sentence(visitor: Visitor, tmp_path: Path) -> None:
    await visitor.open(CONTACT)
    await files(visitor, tmp_path)
    await words(visitor)
    await a_person_who_has_not_joined(visitor)


async def test_a_page_that_ends_loses_no_words(browser: Browser, start_page: PageStarter, kept: Path) -> None:
    """What is written stays in the box, also when the page is started again and reloads by itself."""
    async with start_page("--keep", str(kept)) as page:
        await page.line()
        visitor = await visit(browser, page)
        await visitor.open(CONTACT)
        await visitor.box.fill("还没有送出")
        await page.end()
        port = page.address.rpartition(":")[2]
    await expect(visitor.page.get_by_text("与页面的连接已断开")).to_be_visible()
    await refused(visitor, "还没有送出", "没有送出")
    async with start_page("--keep", str(kept), "--port", port) as page:
        await page.line()
        await expect(visitor.page.get_by_text("与页面的连接已断开")).to_be_hidden()
        await expect(visitor.page.get_by_role("heading", name=CONTACT)).to_be_visible()
        await expect(visitor.box).to_have_value("还没有送出")
        await visitor.box.press("Enter")
        await visitor.sees("还没有送出")
