"""A plugin for pytest with a real browser. ``make test`` plays the walk alone, ``make test-all`` everything.

The browser is Chromium: the program that CHROMIUM names, or one of the usual names on the PATH.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright

from tests.support.left_out import enlist, is_whole, leave

MARKER: Final = "in_browser"
LEFT: Final = "tests in a browser are left to make test-all"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The variable is read before the tests take the machine's settings away.
_CHOSEN: Final = os.environ.get("CHROMIUM", "")


def chromium() -> str | None:
    """The path of the browser; None: there is none."""
    return next(filter(None, (shutil.which(name) for name in (_CHOSEN, *_NAMES) if name)), None)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser of the test's own."""
    path = chromium()
    if path is None:
        pytest.skip("the page is tested in Chromium: install it, or name it in CHROMIUM")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=options)
        yield started
        await started.close()


# -- hooks ---------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    enlist(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if is_whole(config):
        return
    left = [item for item in items if item.get_closest_marker(MARKER) is not None]
    leave(config, LEFT, len(left))
    items[:] = [item for item in items if item not in left]
