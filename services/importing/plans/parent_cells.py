"""How a cell under 上级任务 is read: as the 序号 of a line, or as 目标任务 with the unit that leads it.

What the parts of a cell mean, only the file and the stored tasks can tell: here are all the ways to read it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rules.people.typed_names import normalise

_NUMBER: Final = r"(?P<number>\d{1,4}(?:[-.]\d{1,3}){0,2}|[一二三四五六七八九十百]{1,5})"
_SERIAL: Final = re.compile(
    rf"(?:(?:本表)?(?:序号|编号|任务|第|no\.?|#)[:.]?)*[(\[]?{_NUMBER}[)\]]?(?:号|项|条)?(?:任务)?[.、,。]*",
    re.I,
)
_LABEL: Final = re.compile(r"^(?:上级任务|目标任务|任务名称|任务):")
_QUOTES: Final = "“”\"'‘’《》「」『』〈〉。.;,:、 "
_BETWEEN: Final = "\n\t /|-–—:,;、·."
_PAIRS: Final = {")": "(", "]": "[", "】": "【", "〕": "〔", "》": "《"}
_MOST: Final = 60  # places at which a cell is cut; who writes a whole paragraph names no task


@dataclass(frozen=True, slots=True)
class NamedTask:
    """``what``: an objective or a 序号, as they are compared. ``unit``: who leads it, as typed, if said."""

    what: str
    unit: str = ""


def serial_key(text: str) -> str:
    """A 序号 in the form in which two of them are compared: 3, (3), 第3项 and 序号03 are the same."""
    found = _SERIAL.fullmatch(normalise(text))
    if found is None:
        return normalise(text)
    number = found["number"]
    return str(int(number)) if number.isdecimal() else number


def looks_like_serial(text: str) -> bool:
    """Whether the text is a number as offices count lines, whatever the sheet holds."""
    return _SERIAL.fullmatch(normalise(text)) is not None


def objective_key(text: str) -> str:
    """A 目标任务 in the form in which two of them are compared, without quotes and closing marks."""
    return _LABEL.sub("", normalise(text)).strip(_QUOTES)


def readings(cell: str) -> list[NamedTask]:
    """All ways to read a cell: as a whole first, then cut into a task and its unit.

    The unit may stand in brackets, or before or behind any mark or line break.
    """
    text = unicodedata.normalize("NFKC", cell).strip()
    found: dict[NamedTask, None] = {NamedTask(objective_key(text)): None}
    for left, right in () if looks_like_serial(text) else _cut(text):
        for what, unit in ((left, right), (right, left)):
            if objective_key(what) and (named := _named(objective_key(what), unit)) is not None:
                found.setdefault(named)
    return list(found)


def _named(key: str, unit: str) -> NamedTask | None:
    if looks_like_serial(unit):
        # A number beside a task only repeats where it stands; two numbers are two tasks.
        return None if looks_like_serial(key) else NamedTask(key)
    return NamedTask(key, unit)


def _cut(text: str) -> Iterator[tuple[str, str]]:
    yield from _brackets(text)
    places = [at for at, char in enumerate(text) if char in _BETWEEN]
    for at in places[:_MOST]:
        left, right = text[:at].strip(_BETWEEN), text[at + 1 :].strip(_BETWEEN)
        if left and right:
            yield left, right


def _brackets(text: str) -> Iterator[tuple[str, str]]:
    """What stands before a closing pair of brackets, and in it; and the same of an opening pair."""
    if text[-1:] in _PAIRS and (start := _opening(text)) > 0 and (inside := text[start + 1 : -1].strip()):
        yield text[:start].strip(_BETWEEN), inside
    opened = {opening: closing for closing, opening in _PAIRS.items()}
    if text[:1] in opened and 1 < (end := text.find(opened[text[0]])) < len(text) - 1:
        yield text[end + 1 :].strip(_BETWEEN), text[1:end]


def _opening(text: str) -> int:
    """Where the bracket opens that the last character closes; -1: nowhere."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        if text[at] == text[-1]:
            depth += 1
        elif text[at] == _PAIRS[text[-1]]:
            depth -= 1
            if depth == 0:
                return at
    return -1
