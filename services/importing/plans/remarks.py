"""What a preview says of single lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from locales import Text
from models.db import RowJson
from reports.formats import differing, short
from services.importing.rows.line_refs import LineRef

_CUT: Final = 50


@dataclass(frozen=True, slots=True)
class Remark:
    """A line, what it is about, and the remarks on it. ``line`` None: something that the file lacks."""

    line: LineRef | None
    name: str
    texts: Sequence[Text]

    def to_json(self) -> dict[str, object]:
        line = None if self.line is None else self.line.to_json()
        return {"line": line, "name": self.name, "texts": [text.to_json() for text in self.texts]}

    @classmethod
    def from_json(cls, data: RowJson) -> Remark:
        line = None if data["line"] is None else LineRef.from_json(data["line"])
        return cls(line, data["name"], [Text.from_json(text) for text in data["texts"]])


def remark(line: LineRef | None, name: str, texts: Sequence[Text]) -> Remark:
    """A remark whose name is cut to what a list shows of it."""
    return Remark(line, short(name, _CUT), texts)


def change_text(name: Text, old: Text | str | None, new: Text | str | None) -> Text:
    """名称：旧 → 新, as a preview shows a change; long texts are cut to where they differ."""
    if isinstance(old, str) and isinstance(new, str):
        old, new = differing(old, new, _CUT)
    return Text("importing.change.value", name=name, old=_shown(old), new=_shown(new))


def _shown(value: Text | str | None) -> Text | str:
    if isinstance(value, Text):
        return value
    return short(value, _CUT) if value else Text("importing.change.blank")
