"""The folder of ``--keep``: the district is there again when the page is opened the next time."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import structlog

from demo.page.district import District, Resident
from demo.page.errors import PageError
from demo.page.walk import Walk
from sandbox.errors import WorldError
from sandbox.keeping import load, pack
from sandbox.world import World

log = structlog.get_logger(__name__)
_HEAD: Final = "district.json"
_LOCK: Final = "district.lock"
_BESIDE: Final = f"{_HEAD}.new"
_WORLD: Final = "world"
_VERSION: Final = 1
_SKIPPED: Final = 1_000
_SECONDS: Final = 5.0
"""So often is a changed world written while the page runs."""


@contextmanager
def held(folder: Path) -> Iterator[Path]:
    """Hold the folder, which is made if need be, for this process alone. ``PageError``: it cannot be used."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_ours(folder)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise PageError("page.error.folder", folder=str(folder), reason=error.strerror) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise PageError("page.error.in_use", folder=str(folder)) from None
        yield folder.resolve()
    finally:
        os.close(lock)


def _check_ours(folder: Path) -> None:
    """Raise PageError for a folder with other things in it: the page must not write among them."""
    if not (folder / _HEAD).exists() and any(path.name not in (_LOCK, _BESIDE) for path in folder.iterdir()):
        raise PageError("page.error.foreign", folder=str(folder))


def kept_world(folder: Path) -> World | None:
    """The world that the folder keeps; None: there is none yet. ``PageError``: it cannot be read."""
    head = _head(folder)
    if not head.get("prepared"):
        # It ended while the district was being prepared: that begins anew.
        for name in (_WORLD, "data", "logs"):
            shutil.rmtree(folder / name, ignore_errors=True)
        _write(folder, {"version": _VERSION, "prepared": False})
        return None
    try:
        world = load(folder / _WORLD)
    except (WorldError, OSError) as error:
        log.warning("the kept world cannot be read", reason=str(error))
        raise PageError("page.error.damaged", folder=str(folder)) from None
    if not head.get("ended"):
        _skip_numbers(world)
    return world


def _skip_numbers(world: World) -> None:
    """Leave numbers out: the page was killed, and the program has seen some that the world has forgotten."""
    world.updates.next_id += _SKIPPED
    for chat in world.chats.values():
        chat.last_message_id += _SKIPPED


def restore(folder: Path, district: District, walk: Walk) -> None:
    """Give the district what its folder knows beside the world."""
    head = _head(folder)
    try:
        district.residents = {one["id"]: Resident(**one) for one in head["residents"]}
        district.group = head["group"]
        district.seen = {int(chat): last for chat, last in head["seen"].items()}
        walk.done, walk.looked = set(head["done"]), set(head["looked"])
        walk.open_at_kill = head["open_at_kill"]
    except (LookupError, TypeError, ValueError, AttributeError):
        raise PageError("page.error.damaged", folder=str(folder)) from None


class Keeper:
    """Writes a district into its folder: one writing at a time, and the newest last."""

    def __init__(self, folder: Path, district: District, walk: Walk) -> None:
        self._folder, self._district, self._walk = folder, district, walk
        self._writing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Write every few seconds if something has changed, until cancelled."""
        written: object = None
        while True:
            state = self._state()
            if state != written:
                try:
                    await self.write()
                    written = state
                except OSError:
                    log.exception("the district cannot be kept")
            await asyncio.sleep(_SECONDS)

    async def write(self, *, ended: bool = False) -> None:
        """Write the district as it is now; nothing, while it is being prepared.

        ``ended``: the program has ended in order, so nothing will happen after this.
        """
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)
        if self._district.preparing is not None:
            return
        packed = pack(self._district.world)
        head = _record(self._district, self._walk) | {"ended": ended}

        def put() -> None:
            packed.write(self._folder / _WORLD)
            _write(self._folder, head)

        self._writing = asyncio.create_task(asyncio.to_thread(put))
        await asyncio.shield(self._writing)

    def _state(self) -> object:
        district, walk = self._district, self._walk
        revision = district.world.changes.revision
        return revision, district.clock.now, dict(district.seen), set(walk.done), walk.open_at_kill


def _record(district: District, walk: Walk) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "prepared": True,
        "residents": [asdict(one) for one in district.residents.values()],
        "group": district.group,
        "seen": district.seen,
        "done": sorted(walk.done),
        "looked": sorted(walk.looked),
        "open_at_kill": walk.open_at_kill,
    }


def _head(folder: Path) -> dict[str, Any]:
    path = folder / _HEAD
    if not path.exists():
        return {}
    try:
        head = json.loads(path.read_bytes())
    except ValueError:
        raise PageError("page.error.damaged", folder=str(folder)) from None
    if not isinstance(head, dict) or head.get("version") != _VERSION:
        raise PageError("page.error.other_version", folder=str(folder))
    return head


def _write(folder: Path, head: dict[str, Any]) -> None:
    beside = folder / _BESIDE
    beside.write_text(json.dumps(head, ensure_ascii=False), "utf-8")
    beside.replace(folder / _HEAD)
