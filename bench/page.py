"""How fast the demo's page is, in a real browser: ``page.py``. It takes about two minutes.

It prints: start to page and to a prepared campaign, a chat of 500 messages opened, a message on the screen
after the bot's call, memory with three windows through an hour of the simulated clock, memory at rest. It
exits with 1 if a promise is broken.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from playwright.async_api import Browser, Page, async_playwright

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from demo.page.serving import PageOptions, ServedPage, live, served  # noqa: E402  # the path comes first
from tests.support.browsers import chromium  # noqa: E402

ROUNDS: Final = 5
PREPARED_WITHIN: Final = 120.0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@dataclass(slots=True)
class Table:
    """Lines of figures: name, figure, what was promised. ``broken``: a promise is."""

    broken: bool = False

    def add(self, name: str, value: float, unit: str, most: float | None = None) -> None:
        promise = "" if most is None else f"(≤ {most:g} {unit})"
        kept = most is None or value <= most
        self.broken = self.broken or not kept
        say(f"{name:58} {value:8.2f} {unit:3} {promise} {'' if kept else 'BROKEN'}")


async def window(browser: Browser, address: str) -> Page:
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    await page.goto(address)
    await page.wait_for_function("window.pageShown")
    return page


async def start_to_page(browser: Browser, table: Table) -> None:
    """From the command to a page on the screen, with warm disks."""
    taken = []
    for _ in range(3):
        began = time.monotonic()
        command = (sys.executable, "-m", "bot.cli", "demo", "--page", "--no-browser")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe)
        line = (await process.stdout.readline()).decode() if process.stdout else ""
        page = await window(browser, "http://" + line.partition("http://")[2].partition("/")[0])
        taken.append(time.monotonic() - began)
        await page.close()
        process.terminate()
        await process.wait()
    table.add("start to page, median of three", statistics.median(taken), "s", 5)


async def open_long_chat(page: Page, served_page: ServedPage, table: Table) -> None:
    """A chat of 500 messages: from the press to its last message on the screen."""
    district = served_page.district
    first, second, *_ = district.residents
    chat = district.world.chats[first]
    for number in range(500 - len(chat.messages)):
        district.world.post(chat, district.world.bot.id, {"text": f"第{number}条\n清理楼道杂物{number}处"})
    taken = []
    for _ in range(ROUNDS):
        await page.click(f'[data-chat="{second}"].chat-line')
        await page.wait_for_function(f"document.querySelector('#page').dataset.chat == '{second}'")
        taken.append(
            await page.evaluate(
                """async ([chat, last]) => {
                    const begin = performance.now();
                    document.querySelector(`.chat-line[data-chat="${chat}"]`).click();
                    while (!document.querySelector(last)) await new Promise(requestAnimationFrame);
                    return performance.now() - begin;
                }""",
                [first, f"#m-{chat.last_message_id}"],
            )
        )
    table.add("a chat of 500 messages opens, median", statistics.median(taken) / 1000, "s", 0.5)
    table.add("  the slowest", max(taken) / 1000, "s")


async def see_message(page: Page, served_page: ServedPage, table: Table) -> None:
    """From the end of the bot's call to its words on the screen."""
    district = served_page.district
    chat = next(iter(district.residents))
    settings = district.stage.env
    url = f"{settings['CHUANGCHENG_API_BASE_URL']}{settings['CHUANGCHENG_BOT_TOKEN']}/sendMessage"
    taken = []
    async with httpx.AsyncClient(trust_env=False) as client:
        for number in range(ROUNDS):
            words = f"量第{number}次"
            shown = asyncio.ensure_future(
                page.wait_for_function(
                    "words => [...document.querySelectorAll('.words')].some(one => one.innerText == words)",
                    arg=words,
                )
            )
            await asyncio.sleep(0.2)  # the wait has begun
            began = time.monotonic()
            await client.post(url, json={"chat_id": chat, "text": words})
            await shown
            taken.append(time.monotonic() - began)
    table.add("a message is on the screen after the bot's call, median", statistics.median(taken), "s", 0.3)
    table.add("  the slowest", max(taken), "s")


def resident(pid: int) -> float:
    """The megabytes that a process holds, what it shares with others counted in part."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


async def an_hour(browser: Browser, served_page: ServedPage, table: Table) -> None:
    """Three windows while an hour passes in twelve moves, with a report in each."""
    pages = [await window(browser, served_page.address) for _ in range(3)]
    district = served_page.district
    for page, chat in zip(pages, [district.group, *district.residents], strict=False):
        await page.click(f'[data-chat="{chat}"].chat-line')
    reporter = district.resident("南苑街道联络员").id
    memory = []
    for number in range(12):
        given = {
            "act": "send_text",
            "chat": reporter,
            "user": reporter,
            "text": f"今天清扫农村集市{number + 3}处",
        }
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.post(f"{served_page.address}act", json=given)
        await district.clock.to(district.clock.now + timedelta(minutes=5))
        memory.append(resident(os.getpid()))
    table.add("the page's memory after a quarter of an hour, three windows", memory[2], "MB")
    table.add("  after an hour", memory[-1], "MB")
    table.add("  growth from there to here", memory[-1] - memory[2], "MB", 5)
    for page in pages:
        await page.close()


async def main() -> int:
    table = Table()
    path = chromium()
    if path is None:
        say("There is no Chromium: install it, or name it in CHROMIUM.")
        return 2
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=options)
        await start_to_page(browser, table)
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            settings = PageOptions("zh", {}, keep=Path(folder) / "kept", browser=False)
            async with served(settings) as page:
                await measure(browser, page, table, began)
        await browser.close()
    return int(table.broken)


async def measure(browser: Browser, page: ServedPage, table: Table, began: float) -> None:
    living = asyncio.create_task(live(page))
    district = page.district
    if not await district.world.signal.until(lambda: district.preparing is None or None, PREPARED_WITHIN):
        raise TimeoutError("the sample campaign was not prepared")
    table.add("start to a prepared campaign", time.monotonic() - began, "s")
    program = district.program.pid
    table.add("memory at rest: page and sandbox (with the measurement)", resident(os.getpid()), "MB")
    table.add("  the program", resident(program), "MB")
    table.add("  together", resident(os.getpid()) + resident(program), "MB", 300)
    opened = await window(browser, page.address)
    await open_long_chat(opened, page, table)
    await see_message(opened, page, table)
    await opened.close()
    await an_hour(browser, page, table)
    living.cancel()
    await asyncio.gather(living, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
