"""How it reads that children of a task are late: one line for each task, with the names of their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Final

from locales import Text
from models.db import ident
from models.nags import BELOW
from models.tasks import Task
from reports.formats import short
from reports.missed_reports import window_text
from rules.nags.policy import DutyKind
from rules.tasks.breakdown import ChildPart
from rules.tasks.lamps import Lamp
from services.nags.subject import DutyLine, LinesPage, MessageItem, MessagePart, NagReader, PartRank
from services.views import ButtonSpec, button

NAMES: Final = 5
"""So many units are named in a line."""
_REASON: Final = 20
_SAID: Final[Mapping[str, str]] = {
    DutyKind.BELOW_ASKED: "asked",
    DutyKind.REPORT: "unreported",
    DutyKind.TASK: "overdue",
    DutyKind.UNSIGNED: "unsigned",
}


@dataclass(frozen=True, slots=True)
class MissingSince:
    """The key of the first window of which a report is missing, with ``~`` if those after it are, too.

    ``alike``: it is the first one of each of the units.
    """

    cycle: str
    alike: bool


@dataclass(frozen=True, slots=True)
class LateBelow:
    """A task, and the units below it that are late or ask for 办结, by kind, with their reasons.

    A reason is "" where none was given. ``instead_of``: the person in whose place it is read.
    """

    task: Task
    units: Mapping[str, Mapping[str, str]]
    since: MissingSince | None = None
    instead_of: str | None = None


def below_page(lines: Sequence[DutyLine], late: Sequence[LateBelow], reading: NagReader) -> LinesPage:
    """The late children in one person's message."""
    items = [_item(one, reading) for one in late]
    parts = [MessagePart(PartRank.HINT, Text("below.part", count=len(items)), items)]
    return LinesPage(BELOW, lines, parts, tasks=[ident(one.task) for one in late])


def _item(late: LateBelow, reading: NagReader) -> MessageItem:
    buttons = partial(_buttons, late=late, reading=reading)
    return MessageItem((BELOW, ident(late.task)), _line(late), buttons, late.instead_of or "")


def _line(late: LateBelow) -> Text:
    said = [_kind(kind, late) for kind in _SAID if kind in late.units]
    is_late = bool(late.units.keys() & {DutyKind.TASK, DutyKind.REPORT})
    values = {
        "lamp": Text(f"common.lamp.{(Lamp.RED if is_late else Lamp.YELLOW).value}"),
        "objective": short(late.task.objective, 60),
        "late": reduce(_beside, said),
    }
    if late.instead_of is not None:
        return Text("below.line_deputy", **values, name=late.instead_of)
    return Text("below.line", **values)


def _beside(one: Text, other: Text) -> Text:
    return Text("below.beside", one=one, other=other)


def _kind(kind: str, late: LateBelow) -> Text:
    said = _units(_SAID[kind], late.units[kind])
    if kind != DutyKind.REPORT or late.since is None:
        return said
    first, row, _ = late.since.cycle.partition("~")
    if late.since.alike:
        key = "below.since" if row else "below.of_window"
    else:
        key = "below.since_first" if row else "below.of_window_first"
    return Text(key, said=said, window=window_text(first))


def _units(name: str, units: Mapping[str, str]) -> Text:
    key = f"below.{name}_more" if len(units) > NAMES else f"below.{name}"
    named = [_named(unit, reason) for unit, reason in list(units.items())[:NAMES]]
    return Text(key, count=len(units), names=named)


def _named(unit: str, reason: str) -> Text:
    if not reason:
        return Text("common.as_is", text=unit)
    return Text("below.explained", unit=unit, reason=short(reason, _REASON))


def _buttons(number: int, late: LateBelow, reading: NagReader) -> list[ButtonSpec]:
    """The task's card and, where parts ask for 办结, the list of these."""
    said = {"number": number, "objective": short(late.task.objective, 16)}
    subject = {"task_id": late.task.id}
    asked = DutyKind.BELOW_ASKED in late.units
    row = []
    if asked:
        part = {"part": ChildPart.SUBMITTED}
        label = Text("nags.answer_below_button", **said)
        row.append(button(label, "child.list", reading.reader_id, **subject, **part))
    if late.units.keys() != {DutyKind.BELOW_ASKED}:
        label = Text("nags.card_short", number=number) if asked else Text("nags.card_button", **said)
        row.append(button(label, "task.card", reading.reader_id, **subject))
    return row
