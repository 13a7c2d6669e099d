"""Compound files (OLE2): the little file systems in which Excel, Word and WPS keep their older formats.

A file names its streams in a tree of directory entries, and a stream's sectors in chains. A forged one may
make either run in circles. Here each entry and each sector of a chain is visited once, and no stream can be
longer than its file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.importing.reading.file_errors import ImportFileError

OLE_SIGNATURE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_HEADER: Final = struct.Struct(
    "<HH10xII4xII4xI"
)  # from byte 30: the sizes of sectors, then counts and starts
_ENTRY: Final = struct.Struct("<HBxIII")  # from byte 64 of an entry: the size of its name, type, neighbours
_ENTRY_BYTES: Final = 128
_STREAM: Final = 2
_NOWHERE: Final = 0xFFFFFFFA  # numbers from here on are marks, such as the end of a chain
_FREE: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the directory: a stream or a storage, with its neighbours in the tree."""

    name: str
    kind: int
    before: int
    after: int
    below: int
    start: int
    size: int


class CompoundFile:
    """The streams at the root of a compound file, by name in capitals. Raises ImportFileError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._open()
        except (struct.error, IndexError) as error:
            raise ImportFileError("corrupt") from error

    def _open(self) -> None:
        shift, small_shift, fats, directory, self._small_limit, self._small_fat, more_fats = (
            _HEADER.unpack_from(self._data, 30)
        )
        if shift not in {9, 12} or small_shift != 6:
            raise ImportFileError("corrupt")
        self._size = 1 << shift
        self._fat = self._read_fat(fats, more_fats)
        entries = list(_entries(self._joined(directory)))
        self._root = entries[0]
        below = _below(entries, self._root)
        self._streams = {entry.name.upper(): entry for entry in below if entry.kind == _STREAM}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._streams)

    def stream(self, name: str) -> bytes:
        entry = self._streams[name]
        content = (self._small if entry.size < self._small_limit else self._joined)(entry.start)
        if len(content) < entry.size:
            raise ImportFileError("corrupt")
        return content[: entry.size]

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) * self._size : (number + 2) * self._size]

    def _joined(self, start: int) -> bytes:
        return b"".join(map(self._sector, _chain(self._fat, start)))

    def _small(self, start: int) -> bytes:
        """A stream that is kept in pieces of 64 bytes, inside the stream of the root."""
        table = _numbers(self._joined(self._small_fat))
        pieces = self._joined(self._root.start)
        return b"".join(pieces[at << 6 : (at + 1) << 6] for at in _chain(table, start))

    def _read_fat(self, count: int, more: int) -> list[int]:
        """The table of chains. The header lists 109 of its sectors, sectors of their own list the others."""
        places = list(struct.unpack_from("<109I", self._data, 76))
        visited = set()
        while more < _NOWHERE:
            if more in visited:
                raise ImportFileError("corrupt")
            visited.add(more)
            listed = _numbers(self._sector(more))
            more = listed.pop()
            places += listed
        used = [place for place in places if place < _NOWHERE][:count]
        if len(set(used)) != len(used):
            raise ImportFileError("corrupt")
        return [number for place in used for number in _numbers(self._sector(place))]


def _numbers(content: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4]))


def _chain(table: list[int], start: int) -> Iterator[int]:
    """The sectors of a chain. No sector comes twice, so that a chain ends."""
    visited = bytearray(len(table))
    while start < _NOWHERE:
        if start >= len(table) or visited[start]:
            raise ImportFileError("corrupt")
        visited[start] = 1
        yield start
        start = table[start]


def _entries(directory: bytes) -> Iterator[_Entry]:
    for at in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        name_bytes, kind, before, after, below = _ENTRY.unpack_from(directory, at + 64)
        start, size = struct.unpack_from("<II", directory, at + 116)
        name = directory[at : at + max(min(name_bytes, 64) - 2, 0)].decode("utf-16-le", "replace")
        yield _Entry(name, kind, before, after, below, start, size)


def _below(entries: list[_Entry], root: _Entry) -> Iterator[_Entry]:
    """The entries right below the root, not those of embedded objects."""
    waiting = [root.below]
    visited = {_FREE}
    while waiting:
        at = waiting.pop()
        if at in visited or at >= len(entries):
            continue
        visited.add(at)
        yield entries[at]
        waiting += (entries[at].before, entries[at].after)
