"""Starting and ending the page: ports, folders, packages, terminals, and processes that are all ended."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import typer

from bot import cli
from demo import start
from demo.page import serving
from demo.page.errors import PageError
from tests.demo.page.conftest import PageStarter


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        yield


def free_port() -> int:
    """A port that is free, and the next one, too."""
    while True:
        with socket.socket() as listener, socket.socket() as following:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
            with suppress(OSError, OverflowError):
                following.bind(("127.0.0.1", port + 1))
                return port


def test_a_busy_port_picks_the_next() -> None:
    first = free_port()
    with taken(first), serving._listen(first) as listener:
        assert first < listener.getsockname()[1] < first + 20


def test_all_ports_taken(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_PORTS", 2)
    first = free_port()
    with ExitStack() as busy:
        for port in (first, first + 1):
            busy.enter_context(taken(port))
        with pytest.raises(PageError):
            serving._listen(first)
        choice = start.PageChoice(None, first, browser=False)
        assert start.open_page(start.DemoSettings("zh"), choice) == 2
    assert capsys.readouterr().err == f"端口 {first}—{first + 1} 都被占用，请用 --port 另选一个。\n"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were opened, on a machine without a screen."""
    found: list[str] = []
    monkeypatch.setattr(webbrowser, "open", found.append)
    monkeypatch.setattr(webbrowser, "get", lambda: None)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    return found


def test_a_browser_is_opened_where_there_is_one(monkeypatch: pytest.MonkeyPatch, opened: list[str]) -> None:
    address = "http://127.0.0.1:1/"
    serving._tell_address(address, serving.PageOptions("zh", {}))
    assert opened == []
    monkeypatch.setenv("DISPLAY", ":0")
    serving._tell_address(address, serving.PageOptions("zh", {}, browser=False))
    assert opened == []
    serving._tell_address(address, serving.PageOptions("zh", {}))
    assert opened == [address]


@pytest.mark.usefixtures("opened")
def test_a_browser_that_is_asked_for_and_is_not_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    choice = start.PageChoice(None, free_port(), browser=True)
    assert start.open_page(start.DemoSettings("zh"), choice) == 2
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "get", nothing)
    assert start.open_page(start.DemoSettings("zh"), choice) == 2
    assert capsys.readouterr().err.count("没有可用的浏览器") == 2


@pytest.mark.parametrize(
    ("option", "terminal", "plays"),
    [(None, True, False), (None, False, True), (True, True, True), (False, False, False)],
)
def test_the_terminal_decides(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: bool | None, terminal: bool, plays: bool
) -> None:
    done: list[str] = []

    def note(what: str) -> Callable[..., int]:
        def noted(*_: object) -> int:
            done.append(what)
            return 0

        return noted

    monkeypatch.setattr(sys.stdin, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr(start, "demonstrate", note("tour"))
    monkeypatch.setattr(start, "open_page", note("page"))
    with pytest.raises(typer.Exit):
        cli.demo(tour=option, out=tmp_path, keep=None, port=8765, browser=True)
    assert done == ["tour" if plays else "page"]


def test_the_program_needs_none_of_the_pages_packages() -> None:
    """All that ``run`` imports is imported without them; the demo says what is missing in one sentence."""
    code = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.partition('.')[0] in {'nicegui', 'fastapi', 'jinja2', 'socketio', 'aiohttp'}:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "import bot.cli, bot.app, bot.commands.serving, demo.tour.play\n"
        "from demo import start\n"
        "sys.exit(start.open_page(start.DemoSettings('zh'), start.PageChoice(None, 8765, False)))\n"
    )
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "chuangcheng[demo]" in done.stderr


async def test_ctrl_c_ends_everything(start_page: PageStarter, tmp_path: Path) -> None:
    async with start_page("--keep", str(tmp_path / "kept")) as page:
        assert "样例区已就绪" in await page.line()
        page.process.send_signal(signal.SIGINT)
        page.process.send_signal(signal.SIGINT)  # a second signal leaves nothing behind either
        async with asyncio.timeout(60):
            assert await page.process.wait() == 0
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(page.address)
    # A program that still ran would hold the database, and no other could start.
    async with start_page("--keep", str(tmp_path / "kept")) as again:
        assert "样例区已就绪" in await again.line()


async def test_a_kept_database_of_another_revision(prepared: Path, tmp_path: Path) -> None:
    folder = _copied(prepared, tmp_path)
    (database,) = (folder / "data").glob("*.db")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    command = (sys.executable, "-c", "from bot.cli import main; main()", "demo", "--page", "--no-browser")
    done = await asyncio.create_subprocess_exec(
        *command, "--keep", str(folder), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    told, complained = await done.communicate()
    assert (done.returncode, told) == (2, b"")
    (sentence,) = complained.decode().splitlines()
    assert "9999" in sentence


def _copied(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "kept"))
