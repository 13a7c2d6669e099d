"""A kept world on the disk.

``world.json`` names everything else: parts with some chats or files each, and the bytes of files. All of them
are named by the digest of what they hold, so what has not changed is there already. ``world.json`` comes last
and by renaming. Until then the world before it is whole, whatever happens.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from sandbox.errors import WorldError
from sandbox.keeping.records import chat_record
from sandbox.keeping.worlds import FORMAT, VERSION, file_part, read_world, world_record
from sandbox.model import Json
from sandbox.world import World

T = TypeVar("T")
HEAD: Final = "world.json"
CHATS_IN_A_PART: Final = 32
FILES_IN_A_PART: Final = 512
_NAME: Final = re.compile(r"(chats|files|bytes)-([0-9a-f]{64})")


def save(world: World, folder: str | Path) -> None:
    """Keep the world in `folder`, which is made if need be; what has not changed is not written again.

    Raises WorldError if something else is kept there, and OSError if the disk refuses.
    """
    pack(world).write(folder)


def pack(world: World) -> Packed:
    """The world as it is now, ready to be written by any thread."""
    packed = Packed()
    chats = [
        packed.add("chats", _encode([chat_record(chat) for chat in some]))
        for some in _batches(list(world.chats.values()), CHATS_IN_A_PART)
    ]
    media = world.files.media_groups()
    files = []
    for some in _batches(world.files.all(), FILES_IN_A_PART):
        files.append(packed.add("files", _encode(file_part(some, media))))
        packed.parts |= {f"bytes-{stored.digest()}": stored.data for stored in some}
    packed.head = _encode(world_record(world) | {"chats": chats, "files": files})
    return packed


@dataclass(slots=True)
class Packed:
    """A world as files: the head's bytes, and name → bytes of everything that it names."""

    head: bytes = b""
    parts: dict[str, bytes] = field(default_factory=dict)

    def add(self, kind: str, data: bytes) -> str:
        name = f"{kind}-{hashlib.sha256(data).hexdigest()}"
        self.parts[name] = data
        return name

    def write(self, folder: str | Path) -> None:
        """Write what `folder` does not have yet, then the head; what only the world before had goes."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        head = place / HEAD
        if head.exists():
            _read_head(head)
        for name, data in self.parts.items():
            _put(place / name, data)
        _sync(place)
        if not head.exists() or head.read_bytes() != self.head:
            _replace(head, self.head)
            _sync(place)
        for path in place.iterdir():
            known = _NAME.fullmatch(path.name.removesuffix(".new"))
            if known and path.name not in self.parts:
                path.unlink()


def load(folder: str | Path, *, monotonic: Callable[[], float] = time.monotonic) -> World:
    """The world that is kept in `folder`.

    Raises WorldError with one sentence if there is none, or if a file is damaged, missing or of another kind.
    """
    place = Path(folder)
    data = _read_head(place / HEAD)
    try:
        chats = [chat for name in data["chats"] for chat in _decode(place / name, _part(place, name))]
        parts = [_decode(place / name, _part(place, name)) for name in data["files"]]
        return read_world(data, chats, parts, lambda digest: _part(place, f"bytes-{digest}"), monotonic)
    except (LookupError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise WorldError(f"the world in {place} is damaged: {type(error).__name__}: {error}") from error


def _read_head(path: Path) -> Json:
    if not path.is_file():
        raise WorldError(f"there is no world in {path.parent}")
    data = _decode(path, path.read_bytes())
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise WorldError(f"{path} is no kept world of the sandbox")
    if data.get("version") != VERSION:
        raise WorldError(f"{path} is of version {data.get('version')}; this sandbox reads version {VERSION}")
    return data


def _part(place: Path, name: Any) -> bytes:
    """The bytes of a part or file. Raises WorldError unless they are those that its name tells."""
    known = _NAME.fullmatch(str(name))
    if known is None:
        raise WorldError(f"the world in {place} is damaged: it names {name!r}")
    path = place / str(name)
    if not path.is_file():
        raise WorldError(f"the world in {place} is damaged: {name} is missing")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != known[2]:
        raise WorldError(f"the world in {place} is damaged: {name} has been changed")
    return data


def _encode(value: Any) -> bytes:
    # A text may hold half of a surrogate pair, which a test can send on purpose.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _decode(path: Path, data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise WorldError(f"{path} is damaged: it holds no JSON") from error


def _batches(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _put(path: Path, data: bytes) -> None:
    """Write a file whose name tells its content, unless it is there."""
    if not path.is_file() or path.stat().st_size != len(data):
        _replace(path, data)


def _replace(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: beside it first, then by renaming."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _sync(folder: Path) -> None:
    """Make the folder's new names last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
