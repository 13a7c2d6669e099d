"""Opening Office files without trusting them; they are zip archives of XML.

Nothing is unpacked to disk. XML is streamed and never built into a tree. Documents with a DTD (billion
laughs, external entities) are refused at its first declaration, and one budget bounds all elements of a file.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from xml.parsers import expat

from services.importing.reading.file_errors import ImportFileError

MAX_FILE_BYTES: Final = 5 * 1024 * 1024
MAX_ENTRIES: Final = 2_000
MAX_UNPACKED: Final = 200 * 1024 * 1024
MAX_EVENTS: Final = 3_000_000  # about 1,500,000 elements: seconds, not minutes
_MAX_DEPTH: Final = 200
_MAX_TOKEN: Final = 1024 * 1024
_CACHED_NAMES: Final = 500
_CHUNK: Final = 64 * 1024

_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


class OfficeKind(StrEnum):
    WORKBOOK = "workbook"
    DOCUMENT = "document"


class XmlEventKind(StrEnum):
    """The kinds of events in the XML stream."""

    START = "start"
    END = "end"
    TEXT = "text"


Event = tuple[XmlEventKind, str, Mapping[str, str]]
_NONE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Relation:
    """``kind`` is the last word of the relationship's type: worksheet, sharedStrings, styles."""

    kind: str
    target: str


class OfficeArchive:
    """An .xlsx or .docx in memory: its kind, its main part and its parts as streams of XML events."""

    def __init__(self, archive: zipfile.ZipFile, filename: str) -> None:
        self._archive = archive
        self._filename = filename
        self._names = frozenset(archive.namelist())
        self._events = 0
        self.main = self._main_part()
        self.kind = self._kind()

    def _main_part(self) -> str:
        if "_rels/.rels" not in self._names:
            raise ImportFileError("not_office", file=self._filename)
        for relation in self.relations("").values():
            if relation.kind == "officeDocument":
                return relation.target
        raise ImportFileError("not_office", file=self._filename)

    def _kind(self) -> OfficeKind:
        folder = self.main.partition("/")[0]
        if folder not in {"xl", "word"} or self.main not in self._names:
            raise ImportFileError("not_office", file=self._filename)
        if not self.main.endswith(".xml"):
            raise ImportFileError("binary_workbook", file=self._filename)
        return OfficeKind.WORKBOOK if folder == "xl" else OfficeKind.DOCUMENT

    def relations(self, part: str) -> dict[str, Relation]:
        """The relationships of a part ("" for the archive itself) by id, targets as names in the archive."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, Relation] = {}
        if rels not in self._names:
            return found
        for event, tag, attrs in self.events(rels):
            if (
                event is XmlEventKind.START
                and tag == "Relationship"
                and attrs.get("TargetMode") != "External"
            ):
                target = posixpath.normpath(posixpath.join("/", folder, attrs.get("Target", ""))).lstrip("/")
                found[attrs.get("Id", "")] = Relation(attrs.get("Type", "").rpartition("/")[2], target)
        return found

    def events(self, part: str) -> Iterator[Event]:
        """The XML of a part, its names without namespaces. Raises ImportFileError on anything unsound."""
        reader = _EventReader()
        try:
            with self._archive.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    events = reader.feed(chunk)
                    self._count(len(events))
                    yield from events
            yield from reader.feed(b"", last=True)
        except (expat.ExpatError, KeyError, RuntimeError, *_BROKEN) as error:
            raise ImportFileError("corrupt") from error

    def _count(self, events: int) -> None:
        self._events += events
        if self._events > MAX_EVENTS:
            raise ImportFileError("too_big_inside")


class _EventReader:
    def __init__(self) -> None:
        self._events: list[Event] = []
        self._names: dict[str, str] = {}
        self._depth = 0
        self._fed = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes, *, last: bool = False) -> list[Event]:
        self._events = []
        self._fed += len(chunk)
        self._parser.Parse(chunk, last)
        # With every chunk, expat reads an unfinished tag or comment again: a long one would take for ever.
        if self._fed - self._parser.CurrentByteIndex > _MAX_TOKEN:
            raise ImportFileError("too_big_inside")
        return self._events

    def _local(self, name: str) -> str:
        local = name.rpartition(":")[2]
        if len(self._names) < _CACHED_NAMES:
            self._names[name] = local
        return local

    def _start(self, name: str, attrs: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ImportFileError("corrupt")
        self._events.append((XmlEventKind.START, self._names.get(name) or self._local(name), attrs))

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._events.append((XmlEventKind.END, self._names.get(name) or self._local(name), _NONE))

    def _text(self, data: str) -> None:
        self._events.append((XmlEventKind.TEXT, data, _NONE))

    def _doctype(self, *_: object) -> None:
        raise ImportFileError("unsafe_xml")


def attribute(attrs: Mapping[str, str], name: str) -> str | None:
    """An attribute with any prefix: ``val`` also finds ``w:val``."""
    if name in attrs:
        return attrs[name]
    return next((value for key, value in attrs.items() if key.rpartition(":")[2] == name), None)


def open_office(data: bytes, filename: str) -> OfficeArchive:
    """Open a zip archive as what it is, whatever its name says; the name is only for the messages.

    Raises ImportFileError for all but .xlsx and .docx.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except _BROKEN as error:
        raise ImportFileError("corrupt") from error
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise ImportFileError("too_big_inside")
    if any(entry.flag_bits & 1 for entry in entries):
        raise ImportFileError("encrypted", file=filename)
    return OfficeArchive(archive, filename)
