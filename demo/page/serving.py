"""Serves the page until it is told to end: the sandbox is in this process, the program is its child."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import structlog
import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from nicegui import ui

from demo.page import keeping
from demo.page.district import District
from demo.page.errors import PageError
from demo.page.routes import add_routes
from demo.page.setting_up import set_up, start_again, start_of_day
from demo.page.walk import Walk
from demo.page.words import PageWords
from demo.stage.errors import DemoError
from demo.stage.processes import LOGS, stage_at
from locales import COMPLETE, Text
from sandbox.clock import SandboxClock
from sandbox.testing import running
from sandbox.world import World

log = structlog.get_logger(__name__)
FIRST_PORT: Final = 8765
_PORTS: Final = 20
_REMEMBER: Final = 2_000


@dataclass(frozen=True, slots=True)
class PageOptions:
    """``settings``: of the program, without their prefix. ``keep``: a folder that stays; None: one that goes.

    ``port``: the first port to try. ``browser``: whether to open one; None: where there is one.
    """

    locale: str
    settings: Mapping[str, str]
    keep: Path | None = None
    port: int = FIRST_PORT
    browser: bool | None = None


@dataclass(frozen=True, slots=True)
class ServedPage:
    """A page that a browser finds at ``address``; nothing is prepared yet."""

    district: District
    walk: Walk
    address: str


async def serve(options: PageOptions) -> None:
    """Serve the page until this task is cancelled. ``PageError``: it cannot begin."""
    if options.browser and not _has_browser():
        raise PageError("page.error.no_browser")
    async with served(options) as page:
        _tell_address(page.address, options)
        await live(page)


@asynccontextmanager
async def served(options: PageOptions) -> AsyncIterator[ServedPage]:
    """The page with its sandbox, and its program once ``live`` has started it; all end with the block."""
    with _folder(options) as folder, _listen(options.port) as listener:
        kept = keeping.kept_world(folder) if options.keep else None
        async with _district(options, folder, kept) as district:
            walk = Walk(district)
            if kept is not None:
                keeping.restore(folder, district, walk)
                await _check_database(district)
            async with _page(district, walk, listener), _kept(options, folder, district, walk):
                yield ServedPage(district, walk, f"http://127.0.0.1:{listener.getsockname()[1]}/")


def _fail(district: District, why: Text) -> None:
    """Say in the page and on the terminal that nothing can be played."""
    district.failed = why
    district.changed()
    sys.stderr.write(f"{district.words.say(why)}\n")


async def _check_database(district: District) -> None:
    """Let the program look at its kept database. ``PageError``: it does not know that revision."""
    try:
        await district.stage.command("tick", "--dry-run", "--next", "--json")
    except DemoError as error:
        raise PageError("page.error.program", said=district.words.say(error.text)) from None


@asynccontextmanager
async def _kept(options: PageOptions, folder: Path, district: District, walk: Walk) -> AsyncIterator[None]:
    """Keep the district in its folder while the block runs, and once more when the program has ended."""
    if options.keep is None:
        yield
        return
    keeper = keeping.Keeper(folder, district, walk)
    running = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await district.program.stop()
        await keeper.write(ended=True)


async def live(page: ServedPage) -> None:
    """Set the district up, and let the windows follow its changes until cancelled."""
    district = page.district

    def look() -> None:
        if page.walk.look():
            district.changed()

    district.watchers.add(look)
    watching = asyncio.create_task(district.watch())
    try:
        try:
            await (set_up(district) if not district.residents else start_again(district))
        except DemoError as error:
            _fail(district, error.text)
        except Exception:
            log.exception("the sample campaign cannot be prepared")
            _fail(district, Text("page.error.not_prepared"))
        else:
            _say(district.words("page.ready"))
        await watching
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


@asynccontextmanager
async def _district(options: PageOptions, folder: Path, kept: World | None) -> AsyncIterator[District]:
    world = kept or World(clock=SandboxClock(start_of_day()), remember=_REMEMBER)
    out = folder / "logs"
    out.mkdir(exist_ok=True)
    for name in LOGS:
        (out / name).touch()
    async with running(world) as sandbox:
        # The clock may move by months before somebody opens their link.
        settings = {**options.settings, "LOCALE": options.locale, "INVITATION_DAYS": "90"}
        stage = stage_at(sandbox.to_json(), out, folder, settings)
        district = District(world, stage, PageWords(options.locale))
        district.preparing = Text("page.preparing.roster")
        try:
            yield district
        finally:
            await district.program.stop()


class _PageServer(uvicorn.Server):
    """uvicorn without signal handlers of its own: the demo ends everything in order."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _page(district: District, walk: Walk, listener: socket.socket) -> AsyncIterator[None]:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    async def root(lang: str = "", chat: str = "") -> RedirectResponse:
        language = lang if lang in COMPLETE else district.words.locale
        return RedirectResponse(f"/{language}{f'?chat={quote(chat)}' if chat else ''}")

    add_routes(app, district, walk)
    ui.run_with(app, tailwind=False, show_welcome_message=False, reconnect_timeout=30.0, prod_js=True)
    quiet: dict[str, Any] = {"log_config": None, "log_level": "warning", "access_log": False}
    server = _PageServer(uvicorn.Config(app, ws="websockets-sansio", timeout_graceful_shutdown=2, **quiet))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving


def _listen(first: int) -> socket.socket:
    """A socket on the first free port from ``first`` on. ``PageError``: all that are tried are taken."""
    for port in range(first, first + _PORTS):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except OSError as error:
            listener.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
        else:
            return listener
    raise PageError("page.error.ports", first=first, last=first + _PORTS - 1)


@contextmanager
def _folder(options: PageOptions) -> Iterator[Path]:
    if options.keep is not None:
        with keeping.held(options.keep) as held:
            yield held
        return
    with tempfile.TemporaryDirectory(prefix="chuangcheng-demo-") as folder:
        yield Path(folder)


def _tell_address(address: str, options: PageOptions) -> None:
    _say(PageWords(options.locale)("page.running", address=address))
    if options.browser or (options.browser is None and _has_browser()):
        webbrowser.open(address)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _has_browser() -> bool:
    """Whether there is a browser with a window: one of the terminal would take the terminal from us."""
    if sys.platform not in ("darwin", "win32") and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
