"""What is shown of a plan before it is written: counts, questions, and every line that somebody should check.

The message shows the first few of each section; the whole is a file of its own, read page by page. The worker
makes previews (``preview_making``); the program that shows them loads nothing that reads a sheet.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.db import RowJson
from services.importing.plans.remarks import Remark
from services.importing.rows.questions import ImportQuestion


class Section(StrEnum):
    """A part of a preview: what is not imported, what changes, how it is read, what goes back, …"""

    NOTICES = "notices"
    CHANGES = "changes"
    ADDED = "added"
    MEANINGS = "meanings"
    REFUSED = "refused"
    WARNINGS = "warnings"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class PreviewDetails:
    """All lines of a preview by section; a section that is about no single line has texts alone."""

    sections: Mapping[Section, Sequence[Remark]]

    def to_bytes(self) -> bytes:
        shown = {name.value: [one.to_json() for one in found] for name, found in self.sections.items()}
        return zlib.compress(json.dumps(shown, ensure_ascii=False).encode())


def read_page(content: bytes, section: Section, start: int, stop: int) -> tuple[int, list[Remark]]:
    """How many lines a section of stored details has, and those of one page; the others stay unread."""
    found = json.loads(zlib.decompress(content)).get(section.value, [])
    return len(found), [Remark.from_json(one) for one in found[start:stop]]


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """A plan's preview.

    ``counts`` holds what the plan would do and how long each section is, ``first`` the beginnings of the
    sections. For a policy, ``counts`` also holds the version that it ``replaces``. ``questions``: what the
    office has to answer first. ``unread``: labels of columns that it may still assign, to the columns that
    are ``free``. ``mark``: a hash of all that the plan would write; None: a preview of before there was one.
    """

    counts: Mapping[str, int]
    first: Mapping[Section, Sequence[Remark]]
    questions: Sequence[ImportQuestion] = ()
    unread: Sequence[str] = ()
    free: Sequence[str] = ()
    mark: str | None = None

    def of(self, section: Section) -> Sequence[Remark]:
        return self.first.get(section, ())

    def size(self, section: Section) -> int:
        return self.counts.get(f"of_{section.value}", 0)

    def to_json(self) -> dict[str, object]:
        return {
            "counts": dict(self.counts),
            "first": {name.value: [one.to_json() for one in found] for name, found in self.first.items()},
            "questions": [question.to_json() for question in self.questions],
            "unread": list(self.unread),
            "free": list(self.free),
            "mark": self.mark,
        }

    @classmethod
    def from_json(cls, data: RowJson) -> ImportPreview:
        # A preview of an earlier release has counts alone that can be read still.
        first = {
            Section(name): [Remark.from_json(one) for one in found]
            for name, found in data.get("first", {}).items()
        }
        questions = [ImportQuestion.from_json(one) for one in data.get("questions", ())]
        unread, free = data.get("unread", ()), data.get("free", ())
        return cls(data["counts"], first, questions, unread, free, data.get("mark"))


def asking(questions: Sequence[ImportQuestion]) -> ImportPreview:
    """The preview of a file of which not even the kind or the columns are known yet."""
    return ImportPreview({}, {}, questions)


def rows_to_write(counts: Mapping[str, int]) -> int:
    written = ("new", "changed", "units_new", "units_changed", "retired", "moved")
    return sum(counts.get(name, 0) for name in written)
