"""A visitor of the page in a real browser: they see what is shown and press what can be pressed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import FilePayload, Locator, Page, expect

PATIENCE: Final = 30_000.0
"""Milliseconds; nothing waits so long unless something is wrong."""
expect.set_options(timeout=PATIENCE)


@dataclass(slots=True)
class Visitor:
    """One window. What it shows is waited for; nothing sleeps."""

    page: Page

    async def go(self, address: str) -> None:
        """Open an address of the page, and wait until it answers to the hand."""
        await self.page.goto(address)
        await self.page.wait_for_function("window.pageShown")

    @property
    def box(self) -> Locator:
        """Where the visitor writes."""
        return self.page.get_by_role("textbox", name="输入消息")

    @property
    def messages(self) -> Locator:
        """The messages of the open chat."""
        return self.page.locator("#messages .message")

    async def open(self, name: str) -> None:
        """Open a chat from the list."""
        await self.page.locator("#chats .chat-line", has=self._named(name)).click()
        await expect(self.page.locator("#head h2")).to_have_text(name)

    async def follow(self, name: str) -> None:
        """Open a chat by the walk's button."""
        await self.button(f"打开：{name}")
        await expect(self.page.locator("#head h2")).to_have_text(name)

    async def chat_id(self) -> str:
        """The id of the open chat, as the page's address has it."""
        return self.page.url.partition("chat=")[2]

    def _named(self, name: str) -> Locator:
        return self.page.locator(".name", has_text=re.compile(f"^{re.escape(name)}$"))

    def line(self, name: str) -> Locator:
        """A chat in the list."""
        return self.page.locator("#chats .chat-line", has=self._named(name))

    async def unread(self, name: str, count: int) -> None:
        """Wait until the list shows so many unread messages of a chat; 0: no number at all."""
        number = self.line(name).locator(".unread")
        await (expect(number).to_have_text(str(count)) if count else expect(number).to_have_count(0))

    async def write(self, text: str) -> None:
        await self.box.fill(text)
        await self.box.press("Enter")

    async def fill_in(self, chat: str, part: str) -> Locator:
        """Take the walk's example, which stands in the box of its chat then. Returns the box."""
        await self.button("填入示例")
        await expect(self.page.locator("#head h2")).to_have_text(chat)
        await expect(self.box).to_have_value(re.compile(part))
        return self.box

    async def menu(self, name: str) -> None:
        """Open one of the menus beside the box."""
        await self.page.get_by_text(name, exact=True).click()

    async def choose_file(self, label: str, file: Path | FilePayload) -> None:
        """Choose a file of this computer; it is sent with the next words."""
        await self.menu("附件")
        await self.page.get_by_label(label).set_input_files(file)
        await expect(self.page.locator("#chosen-files")).to_contain_text("待发送")

    async def button(self, label: str) -> None:
        """Press a button of the page itself."""
        await self.page.get_by_role("button", name=label, exact=True).click()

    async def press(self, part: str) -> None:
        """Press the last button under a message whose label holds ``part``."""
        await self.page.locator("#messages .key", has_text=part).last.click()

    async def sees(self, *parts: str) -> Locator:
        """The last message of the open chat that holds all parts, once it is there."""
        found = self.messages
        for part in parts:
            found = found.filter(has_text=part)
        await expect(found.last).to_be_visible(timeout=PATIENCE)
        return found.last

    async def toast(self, part: str) -> None:
        await expect(self.page.locator("#toast")).to_contain_text(part)

    async def clock_to(self, moment: str) -> None:
        """Move the clock to a local moment, such as 2026-12-18T18:00, and wait until it stands there."""
        await self.page.get_by_label("到指定时间").fill(moment)
        await self.button("拨到")
        await self.stands_at(moment[-5:])

    async def stands_at(self, hour: str) -> None:
        """Wait until the clock stands at a local hour, such as 18:00."""
        await expect(self.page.locator(".now strong")).to_have_text(hour, timeout=PATIENCE)
        await expect(self.page.get_by_role("button", name="拨到", exact=True)).to_be_enabled(timeout=PATIENCE)

    async def has_done(self, count: int) -> None:
        """Wait until so many steps of the walk are checked off."""
        await expect(self.page.locator("ol.walk li.done")).to_have_count(count)
