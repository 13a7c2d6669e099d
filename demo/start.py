"""``demo``: runs a sandbox and the program on this machine, with the sample campaign."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from demo.sample import data
from demo.stage.errors import DemoError
from demo.stage.files import import_registers, import_roster, import_tasks
from demo.stage.processes import LOGS, Stage, stage
from demo.tour.play import play
from locales import Text, plain

INTERRUPTED: Final = 130
_READABLE: Final = "python3 -m json.tool --no-ensure-ascii"


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """The settings that the demo passes on to the program.

    ``database_url``: the address of an empty database, which may hold a password; "": a temporary database.
    """

    locale: str
    database_url: str = field(default="", repr=False)


def demonstrate(settings: DemoSettings, out: Path, *, tour: bool) -> int:
    """Run the demo until Ctrl-C, or with ``tour`` play one campaign day. Transcript and logs go to ``out``.

    Returns the exit code. 0: done, 1: something expected did not come, 130: a tour was interrupted.
    """
    try:
        asyncio.run(_until_told(settings, _prepared(out), tour=tour))
    except DemoError as error:
        return _complain(1, plain(error.text, settings.locale))
    except asyncio.CancelledError:
        return _complain(INTERRUPTED, plain(Text("tour.failed.interrupted"), settings.locale)) if tour else 0
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


async def _until_told(settings: DemoSettings, out: Path, *, tour: bool) -> None:
    _end_on_signals()
    async with _stage(settings, out) as ready:
        if tour:
            await play(ready, settings.locale)
        else:
            await _keep_running(ready, settings.locale)


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


@asynccontextmanager
async def _stage(settings: DemoSettings, out: Path) -> AsyncIterator[Stage]:
    start = data.day().times["start"]
    chosen: dict[str, str] = {"LOCALE": settings.locale}
    if settings.database_url:
        chosen["DATABASE_URL"] = settings.database_url
    with tempfile.TemporaryDirectory(prefix="chuangcheng-demo-") as folder:
        async with stage(out, Path(folder), start, chosen) as ready:
            yield ready


async def _keep_running(ready: Stage, locale: str) -> None:
    """Import the sample, print how to act in the chats, and run until told to end."""
    await import_roster(ready)
    await import_tasks(ready)
    await import_registers(ready)
    links = await ready.command("invite", "--yes")
    async with ready.program() as process:
        for line in _instructions(ready.control_url, links, locale):
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        await process.wait()
        raise ready.ended()


def _instructions(control_url: str, links: str, locale: str) -> Iterator[str]:
    start = data.day().times["start"]
    yield plain(Text("tour.demo.running", time=f"{start:%Y-%m-%d %H:%M}", control=control_url), locale)
    yield plain(Text("tour.demo.links"), locale)
    yield from links.splitlines()
    for caption, action, arguments in _examples(start):
        yield plain(caption, locale)
        body = json.dumps(arguments, ensure_ascii=False)
        yield f"  curl -s {control_url}/{action} -d '{body}' | {_READABLE}"
    yield plain(Text("tour.demo.more"), locale)


def _examples(start: datetime) -> Iterator[tuple[Text, str, dict[str, object]]]:
    person = data.day().signing[-1]
    brief = data.day().times["brief"].isoformat(timespec="minutes")
    yield Text("tour.demo.person"), "create_user", {"first_name": person, "id": 1001}
    yield Text("tour.demo.join"), "start", {"user": 1001, "payload": "TOKEN"}
    yield Text("tour.demo.read"), "messages", {"chat": 1001}
    yield Text("tour.demo.write"), "send_text", {"chat": 1001, "user": 1001, "text": "/tasks"}
    yield Text("tour.demo.clock"), "set_clock", {"now": brief}
