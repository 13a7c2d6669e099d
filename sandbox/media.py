"""Files in memory, under ids that look like Telegram's, and generated pictures."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, Final

from sandbox.model import Json, MediaFile

MAX_DOWNLOAD: Final = 20 * 1024 * 1024
MAX_UPLOAD: Final = 50 * 1024 * 1024
MAX_PHOTO: Final = 10 * 1024 * 1024

_PREFIXES: Final = {
    "photo": "AgACAgUAAxkB",
    "document": "BQACAgUAAxkB",
    "video": "BAACAgUAAxkB",
    "voice": "AwACAgUAAxkB",
}
_FOLDERS: Final = {
    "photo": "photos",
    "document": "documents",
    "video": "videos",
    "voice": "voice",
    "audio": "music",
}
# Telegram's photo sizes by their longer side. Here every size serves the same bytes.
_PHOTO_SIDES: Final = (90, 320, 800, 1280)
_SIGNATURES: Final = (
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"GIF8", "image/gif", ".gif"),
    (b"BM", "image/bmp", ".bmp"),
)


class FileStore:
    """Every file of a world, by file_id and by path. Ids are the same in every run."""

    def __init__(self) -> None:
        self._by_id: dict[str, MediaFile] = {}
        self._by_path: dict[str, MediaFile] = {}
        self._media: dict[str, Any] = {}
        self.count = 0

    def add(
        self, kind: str, data: bytes, *, name: str | None = None, size: int | None = None, label: str = ""
    ) -> MediaFile:
        """Store bytes; `size` may claim more than there are, to play a file that is too big to fetch."""
        number = self.count
        self.count += 1
        digest = hashlib.sha256(f"{number}:{kind}:{label}".encode() + data[:4096]).digest()
        suffix = PurePosixPath(name).suffix if name else image_type(data)[1]
        # The path stands in an address.
        suffix = suffix if suffix[1:].isascii() and suffix[1:].isalnum() else ""
        stored = MediaFile(
            file_id=_PREFIXES.get(kind, "CgACAgUAAxkB")
            + base64.urlsafe_b64encode(digest).decode().rstrip("="),
            file_unique_id="AQAD" + base64.urlsafe_b64encode(digest[:9]).decode().rstrip("="),
            kind=kind,
            data=data,
            path=f"{_FOLDERS.get(kind, kind + 's')}/file_{number}{suffix}",
            size=len(data) if size is None else size,
        )
        self._by_id[stored.file_id] = stored
        self._by_path[stored.path] = stored
        return stored

    def get(self, file_id: str) -> MediaFile | None:
        return self._by_id.get(file_id)

    def remember(self, file_id: str, media: Any) -> None:
        """Keep what a message shows for this file, so that its id can send it again."""
        self._media[file_id] = media

    def media_of(self, stored: MediaFile) -> Any:
        """The PhotoSize list or the Document that this file belongs to."""
        return self._media.get(stored.file_id, file_fields(stored))

    def at(self, path: str) -> MediaFile | None:
        return self._by_path.get(path)

    def all(self) -> list[MediaFile]:
        """Every file, the oldest first."""
        return list(self._by_id.values())

    def media_groups(self) -> list[tuple[list[str], Any]]:
        """(file ids, what messages show for them): all sizes of a photo together, the oldest first."""
        groups: dict[int, tuple[list[str], Any]] = {}
        for file_id, media in self._media.items():
            groups.setdefault(id(media), ([], media))[0].append(file_id)
        return list(groups.values())

    def restore(self, files: Iterable[MediaFile], media: Iterable[tuple[list[str], Any]], count: int) -> None:
        """Put back what `all`, `media_groups` and `count` said."""
        for stored in files:
            self._by_id[stored.file_id] = stored
            self._by_path[stored.path] = stored
        self._media = {file_id: value for ids, value in media for file_id in ids}
        self.count = count


def image_type(data: bytes) -> tuple[str | None, str]:
    """The media type and the file name suffix by the first bytes; (None, "") if they are no picture."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", ".webp"
    return next(((mime, end) for magic, mime, end in _SIGNATURES if data.startswith(magic)), (None, ""))


def image_size(data: bytes) -> tuple[int, int]:
    """The width and height in pixels of a PNG or JPEG; 1280 by 960 if they cannot be read."""
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    position = 2
    while data.startswith(b"\xff\xd8") and position + 9 < len(data):
        marker, length = struct.unpack(">HH", data[position : position + 4])
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return int(width), int(height)
        position += 2 + length
    return 1280, 960


def photo_sizes(store: FileStore, data: bytes, *, size: int | None = None) -> list[Json]:
    """The PhotoSize list of a new photo, the smallest first, up to the original's size (at most 1280)."""
    width, height = image_size(data)
    longest = max(width, height, 1)
    sides = [side for side in _PHOTO_SIDES if side < longest] + [min(longest, _PHOTO_SIDES[-1])]
    sizes = []
    for side in dict.fromkeys(sides):
        stored = store.add("photo", data, name="photo.jpg", size=size, label=str(side))
        scaled = {"width": max(1, width * side // longest), "height": max(1, height * side // longest)}
        sizes.append(file_fields(stored) | scaled)
    for one in sizes:
        store.remember(one["file_id"], sizes)
    return sizes


def file_fields(stored: MediaFile) -> Json:
    return {"file_id": stored.file_id, "file_unique_id": stored.file_unique_id, "file_size": stored.size}


def generate_png(label: str = "", *, width: int = 640, height: int = 480) -> bytes:
    """A picture in one colour that depends on `label`, so that different photos have different bytes."""
    colour = hashlib.sha256(label.encode()).digest()[:3]
    rows = (b"\0" + colour * width) * height

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
