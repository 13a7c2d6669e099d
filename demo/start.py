"""``demo``: runs a sandbox and the program on this machine, with the sample campaign."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from demo.sample import data
from demo.stage.errors import DemoError
from demo.stage.processes import LOGS, stage
from demo.tour.play import play
from locales import Text, plain

INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """The settings that the demo passes on to the program.

    ``database_url``: the address of an empty database, which may hold a password; "": a temporary database.
    """

    locale: str
    database_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PageChoice:
    """``keep``: the folder that keeps the page's data; None: a throw-away one. ``port``: the first to try.

    ``browser``: whether to open one; None: where there is one.
    """

    keep: Path | None
    port: int
    browser: bool | None


def demonstrate(settings: DemoSettings, out: Path) -> int:
    """Play one campaign day. Transcript and logs go to ``out``.

    Returns the exit code. 0: done, 1: something expected did not come, 130: it was interrupted.
    """
    try:
        asyncio.run(_until_told(_tour(settings, _prepared(out))))
    except DemoError as error:
        return _complain(1, plain(error.text, settings.locale))
    except asyncio.CancelledError:
        return _complain(INTERRUPTED, plain(Text("tour.failed.interrupted"), settings.locale))
    return 0


def open_page(settings: DemoSettings, choice: PageChoice) -> int:
    """Serve the page until Ctrl-C. Returns the exit code. 0: it was told to end, 2: it cannot begin."""
    try:
        from demo.page.errors import PageError
        from demo.page.serving import PageOptions, serve
    except ModuleNotFoundError:
        return _complain(2, plain(Text("page.error.missing"), settings.locale))
    options = PageOptions(settings.locale, _chosen(settings), choice.keep, choice.port, choice.browser)
    try:
        asyncio.run(_until_told(serve(options)))
    except PageError as error:
        return _complain(2, plain(error.text, settings.locale))
    except asyncio.CancelledError:
        return 0
    return 0


def _prepared(out: Path) -> Path:
    """Make the folder if it is missing, and put empty logs in it. Returns its full path."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in LOGS:
            (out / name).write_bytes(b"")
    except OSError as error:
        raise DemoError("tour.failed.folder", folder=str(out), reason=error.strerror) from None
    return out.resolve()


def _complain(code: int, sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    _end_on_signals()
    await work


def _end_on_signals() -> None:
    """Let the first signal end the run in order; later ones do not disturb the ending of our processes."""
    loop, main = asyncio.get_running_loop(), asyncio.current_task()
    told = False

    def end() -> None:
        nonlocal told
        if not told and main is not None:
            told = True
            main.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end)


async def _tour(settings: DemoSettings, out: Path) -> None:
    start = data.day().times["start"]
    with tempfile.TemporaryDirectory(prefix="chuangcheng-demo-") as folder:
        async with stage(out, Path(folder), start, _chosen(settings)) as ready:
            await play(ready, settings.locale)


def _chosen(settings: DemoSettings) -> dict[str, str]:
    """The settings that the program gets, without their prefix."""
    chosen = {"LOCALE": settings.locale}
    return {**chosen, "DATABASE_URL": settings.database_url} if settings.database_url else chosen
