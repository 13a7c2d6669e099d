"""Compound files and BIFF streams put together by hand, also such as no program writes."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

SECTOR: Final = 512
END: Final = 0xFFFFFFFE
FREE: Final = 0xFFFFFFFF
FAT: Final = 0xFFFFFFFD
SHEET_START: Final = struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 0x0600)
BOOK_START: Final = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 0x0600)
Neighbours = tuple[int, int, int]


def entry(name: str, kind: int, neighbours: Neighbours, start: int, size: int) -> bytes:
    """An entry of the directory. ``neighbours``: before, after and below it in the tree."""
    written = (name + "\0").encode("utf-16-le")
    head = written.ljust(64, b"\0") + struct.pack("<HBBIII", len(written), kind, 1, *neighbours)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def compound(
    streams: Mapping[str, bytes],
    *,
    embedded: Iterable[str] = (),
    links: Mapping[int, Neighbours] | None = None,
) -> bytes:
    """A file of these streams, each of at least 4,096 bytes. ``embedded`` names streams of a folder in it.

    ``links`` replaces the neighbours of entries, by number; the root is number 0.
    """
    names = [*streams, *embedded]
    bodies = [streams.get(name, b"").ljust(4096, b"\0") for name in names]
    sectors = [-(-len(body) // SECTOR) for body in bodies]
    folders = 1 if len(names) > len(streams) else 0
    entries = len(names) + 1 + folders
    directory_sectors = -(-entries * 128 // SECTOR)
    chain: list[int] = []
    starts = []
    for count in (directory_sectors, *sectors):
        starts.append(len(chain))
        chain += [*range(len(chain) + 1, len(chain) + count), END]
    fats = 1
    while fats * 128 < len(chain) + fats:
        fats += 1
    first_fat = len(chain)
    table = [*chain, *[FAT] * fats]
    table += [FREE] * (fats * 128 - len(table))
    directory = _directory(
        list(streams), list(embedded), starts[1:], [len(body) for body in bodies], links or {}
    )
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(10) + struct.pack("<II4xIIIII", fats, 0, 4096, END, 0, END, 0)
    header += struct.pack("<109I", *range(first_fat, first_fat + fats), *[FREE] * (109 - fats))
    body = b"".join(
        content.ljust(count * SECTOR, b"\0") for content, count in zip(bodies, sectors, strict=True)
    )
    return (
        header
        + directory.ljust(directory_sectors * SECTOR, b"\0")
        + body
        + struct.pack(f"<{len(table)}I", *table)
    )


def _directory(
    names: Sequence[str],
    inner: Sequence[str],
    starts: Sequence[int],
    sizes: Sequence[int],
    links: Mapping[int, Neighbours],
) -> bytes:
    """The root, its streams as a list to the right, then a folder with the inner ones below it."""
    folder = len(names) + len(inner) + 1
    places = [*range(1, len(names) + 1), *([folder] if inner else [])]
    after = dict(pairwise(places))
    inner_places = range(len(names) + 1, folder)
    after |= dict(pairwise(inner_places))
    entries = [("Root Entry", 5, (FREE, FREE, places[0] if places else FREE), END, 0)]
    for number, (name, start, size) in enumerate(zip((*names, *inner), starts, sizes, strict=True), 1):
        entries.append((name, 2, (FREE, after.get(number, FREE), FREE), start, size))
    if inner:
        entries.append(("ObjectPool", 1, (FREE, FREE, inner_places[0]), END, 0))
    return b"".join(
        entry(name, kind, links.get(number, neighbours), start, size)
        for number, (name, kind, neighbours, start, size) in enumerate(entries)
    )


def record(code: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", code, len(content)) + content


def number_cell(row: int, column: int, value: float = 1.0) -> bytes:
    return record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def text_cell(row: int, column: int, text: str) -> bytes:
    written = text.encode("utf-16-le")
    return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + written)


def sheet_stream(*cells: bytes) -> bytes:
    return record(0x0809, SHEET_START) + b"".join(cells) + record(0x0A)


def bound(place: int, name: str, *, state: int = 0, kind: int = 0) -> bytes:
    """The record that names a sheet and says where it stands."""
    head = struct.pack("<IBBBB", place, state, kind, len(name), 1)
    return record(0x0085, head + name.encode("utf-16-le"))


def book_stream(
    sheets: Mapping[str, bytes], *before: bytes, states: Mapping[str, int] | None = None
) -> bytes:
    """A workbook of BIFF8. ``before`` are the other records of its own part; XF 0 is always there."""
    style = record(0x00E0, bytes(20))
    fixed = record(0x0809, BOOK_START) + style + b"".join(before)
    size = len(fixed) + sum(len(bound(0, name)) for name in sheets) + 4
    bounds, bodies = b"", b""
    for name, body in sheets.items():
        bounds += bound(size + len(bodies), name, state=(states or {}).get(name, 0))
        bodies += body
    return fixed + bounds + record(0x0A) + bodies


def workbook97(sheets: Mapping[str, bytes], *before: bytes, states: Mapping[str, int] | None = None) -> bytes:
    return compound({"Workbook": book_stream(sheets, *before, states=states)})
