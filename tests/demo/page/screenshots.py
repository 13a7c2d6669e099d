"""Draws the pictures of the page: ``python -m tests.demo.page.screenshots docs/img``, in half a minute."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, ViewportSize, async_playwright, expect

from tests.demo.page.conftest import page_process, visit
from tests.demo.page.test_walk_in_browser import CONTACT, enrol_and_sign, read_tally, report
from tests.demo.page.visitor import PATIENCE, Visitor
from tests.support.browsers import chromium
from tests.support.processes import Forge

WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}


async def draw(folder: Path, forge: Forge) -> None:
    """Play the walk up to a photo, and draw what a visitor sees."""
    async with started_browser() as browser, page_process(forge) as page:
        visitor = await visit(browser, page)
        first = visitor.page.get_by_role("button", name=f"打开：{CONTACT}")
        await expect(first).to_be_visible(timeout=2 * PATIENCE)
        await enrol_and_sign(visitor)
        await report(visitor)
        await shoot(visitor, folder / "page-report.png")
        await read_tally(visitor)
        await shoot(visitor, folder / "page-tally.png")
        await visitor.fill_in("创城办督导组组长", "占道经营")
        await visitor.button("发送所选照片")
        await visitor.sees("上报问题", "占道经营")
        await shoot(visitor, folder / "page-problem.png")
        await phone(visitor, folder)


async def shoot(visitor: Visitor, file: Path) -> None:
    """One picture, when the words of the last flash are gone."""
    await expect(visitor.page.locator("#toast")).to_be_empty(timeout=PATIENCE)
    await visitor.page.mouse.move(0, 0)
    await visitor.page.screenshot(path=file, animations="disabled")


async def phone(visitor: Visitor, folder: Path) -> None:
    """The same page on a phone: the list of chats, a chat, the walk."""
    await visitor.page.set_viewport_size(PHONE)
    await shoot(visitor, folder / "phone-chat.png")
    await visitor.page.get_by_role("button", name="导览与时钟").click()
    await shoot(visitor, folder / "phone-walk.png")
    await visitor.page.locator("#top").get_by_role("button", name="聊天").click()
    await shoot(visitor, folder / "phone-chats.png")


@asynccontextmanager
async def started_browser() -> AsyncIterator[Browser]:
    path = chromium()
    if path is None:
        sys.stderr.write("There is no Chromium: install it, or name it in CHROMIUM.\n")
        raise SystemExit(2)
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        await browser.close()


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    forge = Forge()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        try:
            asyncio.run(draw(folder, forge))
        finally:
            forge.close()


if __name__ == "__main__":
    main()
