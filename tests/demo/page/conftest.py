"""The page as a process of its own, as ``chuangcheng demo`` starts it."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser

from tests.demo.page.visitor import Visitor
from tests.support.processes import Forge

PATIENCE: Final = 60.0


@dataclass(slots=True)
class PageProcess:
    """A page that runs. ``address``: where a browser finds it."""

    process: asyncio.subprocess.Process
    address: str

    async def end(self) -> None:
        """End it by Ctrl-C, and wait until it has ended."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE):
            await self.process.communicate()
        assert self.process.returncode == 0

    async def line(self) -> str:
        """Its next line of output."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            return (await self.process.stdout.readline()).decode()


PageStarter = Callable[..., AbstractAsyncContextManager[PageProcess]]


@asynccontextmanager
async def page_process(forge: Forge, *options: str) -> AsyncIterator[PageProcess]:
    """Start the page, and end it by Ctrl-C; the program's processes come from the forge."""
    program = forge.command("tests.support.demonstrating")
    command = (*program, json.dumps(forge.command()), "demo", "--page", "--no-browser", *options)
    env = {**os.environ, "PYTHONUTF8": "1"}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=env, limit=2**20)
    page = PageProcess(process, "")
    try:
        first = await page.line()
        assert "http://127.0.0.1:" in first, (first, process.returncode)
        page.address = "http://127.0.0.1:" + first.partition("http://127.0.0.1:")[2].partition("/")[0]
        yield page
    finally:
        await page.end()


@pytest.fixture
def start_page(forge: Forge) -> PageStarter:
    """Start a page with these options of ``chuangcheng demo``."""

    def start(*options: str) -> AbstractAsyncContextManager[PageProcess]:
        return page_process(forge, *options)

    return start


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, forge: Forge, worker_id: str) -> Path:
    """A folder of ``--keep`` with the sample campaign; it is prepared once for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "prepared-district"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            beside = tmp_path_factory.mktemp("district") / "kept"
            asyncio.run(_prepare(forge, beside))
            shutil.copytree(beside, shared)
    return shared


async def _prepare(forge: Forge, folder: Path) -> None:
    async with page_process(forge, "--keep", str(folder)) as page:
        assert "样例区已就绪" in await page.line()


@pytest.fixture
def kept(prepared: Path, tmp_path: Path) -> Path:
    """The test's own folder of ``--keep``, with the sample campaign. A module may put more into it."""
    return Path(shutil.copytree(prepared, tmp_path / "kept"))


@pytest.fixture
async def page(start_page: PageStarter, kept: Path) -> AsyncIterator[PageProcess]:
    """A page on which everything is prepared: most people have joined, and the group is bound."""
    async with start_page("--keep", str(kept)) as started:
        assert "样例区已就绪" in await started.line()
        yield started


@pytest.fixture
async def visitor(page: PageProcess, browser: Browser) -> Visitor:
    """Somebody who has just opened the page."""
    return await visit(browser, page)


async def visit(
    browser: Browser, page: PageProcess, *, language: str = "zh", width: int = 1280, height: int = 800
) -> Visitor:
    """Open a window of the page."""
    window = await browser.new_page(viewport={"width": width, "height": height})
    visitor = Visitor(window)
    await visitor.go(f"{page.address}/?lang={language}")
    return visitor
