"""Everything that a person can send on the page, and all that they can press."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, FilePayload, expect

from demo.page import samples
from tests.demo.page.conftest import PageProcess, visit
from tests.demo.page.furnishing import BUTTONS_CHAT, COPIED, LONG_CHAT, MANY, furnish
from tests.demo.page.visitor import Visitor

pytestmark = pytest.mark.in_browser
CONTACT = "城管局市容科科长"
OWN = re.compile(r"\bown\b")
DOCUMENT = bytes(range(256)) * 40


@pytest.fixture
def kept(kept: Path) -> Path:
    furnish(kept)
    return kept


async def photos(visitor: Visitor) -> None:
    """A sample photo, an album of three with words, and a photo of this computer."""
    await visitor.menu("附件")
    await visitor.page.get_by_label("道路积水").check()
    await visitor.button("发送所选照片")
    own = visitor.page.locator("#messages .own")
    await expect(own.locator(".photo")).to_have_count(1)
    await visitor.box.fill("三张现场照片")
    await visitor.menu("附件")
    for name in ("占道经营", "野广告", "整改之后"):
        await visitor.page.get_by_label(name).check()
    await visitor.button("发送所选照片")
    album = await visitor.sees("三张现场照片")
    await expect(album.locator(".photo")).to_have_count(3)
    await expect(visitor.box).to_have_value("")
    picture = FilePayload(name="road.jpg", mimeType="image/jpeg", buffer=samples.photo("clean"))
    await visitor.choose_file("选择本机照片", picture)
    await visitor.write("本机照片")
    image = (await visitor.sees("本机照片")).get_by_role("img", name="照片")
    await expect(image).to_be_visible()
    await expect(image).to_have_js_property("naturalWidth", 1280)


async def a_document(visitor: Visitor) -> None:
    """A document is downloaded as it was sent."""
    file = FilePayload(name="巡查 记录.bin", mimeType="application/octet-stream", buffer=DOCUMENT)
    await visitor.choose_file("选择本机文件", file)
    await visitor.button("发送")
    async with visitor.page.expect_download() as coming:
        await visitor.page.get_by_role("link", name="巡查 记录.bin").click()
    download = await coming.value
    assert download.suggested_filename == "巡查 记录.bin"
    assert (await download.path()).read_bytes() == DOCUMENT


async def place_and_card(visitor: Visitor) -> None:
    await visitor.menu("附件")
    await visitor.page.get_by_role("button", name="📍").first.click()
    await expect(await visitor.sees("位置 36.")).to_have_class(OWN)
    await visitor.menu("附件")
    await visitor.button("发送本人名片")
    await expect(await visitor.sees("名片")).to_have_class(OWN)


async def reply_edit_and_command(visitor: Visitor) -> None:
    greeting = await visitor.sees("您已入册")
    await greeting.hover()
    await greeting.get_by_role("button", name="回复").click()
    await visitor.write("收到，谢谢")
    reply = await visitor.sees("收到，谢谢")
    await expect(reply.locator(".reply")).to_contain_text("您好")
    await reply.hover()
    await reply.get_by_role("button", name="修改").click()
    await expect(visitor.box).to_have_value("收到，谢谢")
    await visitor.write("收到，马上办")
    await expect(await visitor.sees("收到，马上办")).to_contain_text("已编辑")
    await expect(visitor.messages.filter(has_text="收到，谢谢")).to_have_count(0)
    await visitor.menu("命令")
    await visitor.page.get_by_role("button", name="/help").click()
    await expect(visitor.messages.filter(has_text=re.compile(r"^\s*/help")).first).to_have_class(OWN)


async def buttons(visitor: Visitor) -> None:
    """A button that copies, a deep link, an alert, and the keyboard under the chat."""
    page = visitor.page
    await visitor.open(BUTTONS_CHAT)
    message = await visitor.sees("粗体", "斜体")
    for tag in ("strong", "em", "blockquote"):
        await expect(message.locator(f".words {tag}")).to_have_count(1)
    await visitor.press("复制编号")
    await visitor.toast(f"已复制：{COPIED}")
    assert await page.evaluate("navigator.clipboard.readText()") == COPIED
    await visitor.press("旧的按钮")
    alert = page.get_by_role("dialog")
    await expect(alert).to_be_visible()
    await alert.get_by_role("button", name="知道了").click()
    await expect(alert).to_be_hidden()
    await visitor.press("打开链接")
    await expect(visitor.messages.filter(has_text=re.compile(r"^\s*/start"))).to_have_count(2)
    keys = page.locator("#keyboard")
    await keys.get_by_role("button", name="发送我的位置").click()
    await visitor.sees("位置 36.")
    await keys.get_by_role("button", name="今日无新增").click()
    await expect(await visitor.sees("今日无新增")).to_have_class(OWN)


async def older_messages(visitor: Visitor) -> None:
    """The last 50 are there; older ones come when the visitor scrolls up, and what they read stays."""
    await visitor.open(LONG_CHAT)
    numbered = visitor.messages.filter(has_text=re.compile(r"第\d+条"))
    await expect(numbered).to_have_count(50)
    await expect(numbered.last).to_be_in_viewport()
    await visitor.page.get_by_role("log", name="消息").hover()
    for count in (100, MANY):
        top = numbered.first
        words = await top.locator(".words").inner_text()
        await visitor.page.mouse.wheel(0, -100_000)
        await expect(numbered).to_have_count(count)
        await expect(numbered.filter(has_text=words)).to_be_in_viewport()
    await expect(visitor.page.get_by_role("button", name="显示更早的")).to_have_count(0)


async def test_people_send_and_press_everything(browser: Browser, page: PageProcess) -> None:
    visitor = await visit(browser, page)
    await visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await visitor.open(CONTACT)
    await photos(visitor)
    await a_document(visitor)
    await place_and_card(visitor)
    await reply_edit_and_command(visitor)
    await buttons(visitor)
    await older_messages(visitor)
