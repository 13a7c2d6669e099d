"""The policy of the ladder: for each kind of duty, when people hear of it and who hears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time
from enum import StrEnum
from typing import Any, Final

from rules.nags.levels import Level


class DutyKind(StrEnum):
    """The kinds of duties of tasks and orders.

    任务, 未签收的交办, 定期报告, 下级办结, 下级办结待审核, 督办单, 待批的延期.

    Other subjects bring kinds of their own (``KINDS``), so a kind is any word where it is kept or passed on.
    """

    TASK = "task"
    UNSIGNED = "unsigned"
    REPORT = "report"
    BELOW_DONE = "below_done"
    BELOW_ASKED = "below_asked"
    ORDER = "order"
    EXTENSION = "extension"


class RungMeasure(StrEnum):
    """How the distance of a rung from its limit is measured.

    ``PERCENT``: how much of the time until the limit is over.
    """

    WORKING_DAY = "working_day"
    WORKING_HOUR = "working_hour"
    PERCENT = "percent"


class ReleaseMode(StrEnum):
    """How a message to a 单位主要领导 goes out: the office releases each, or each goes out by itself."""

    OFFICE = "office"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: ``offset`` in ``measure`` from the limit (negative: before it).

    A rung in working days is at the hour of the nags or at ``at`` (local). 0 is the limit's own day or, if
    that is a day off, the working day before. ``every``: it comes again after so many more of its measure,
    until the duty is done. ``inspection``: it counts only while 迎检 lasts.
    """

    kind: str
    offset: int
    measure: RungMeasure
    hears: tuple[Level, ...]
    every: int | None = None
    at: time | None = None
    inspection: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind),
            "offset": self.offset,
            "measure": self.measure.value,
            "hears": [level.value for level in self.hears],
            "every": self.every,
            "at": None if self.at is None else self.at.isoformat("minutes"),
            "inspection": self.inspection,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rung:
        return cls(
            data["kind"],
            data["offset"],
            RungMeasure(data["measure"]),
            tuple(map(Level, data["hears"])),
            data["every"],
            None if data["at"] is None else time.fromisoformat(data["at"]),
            data["inspection"],
        )


@dataclass(frozen=True, slots=True)
class KindOfDuty:
    """A kind of duty. ``words``: an office's words for it, ours first.

    ``name`` and ``title``: the keys of its texts in a reason and as a heading of the rules. ``rungs``: they
    hold until the office has its own. ``goes_on``: who is late has to hear each working day until it is done.
    """

    kind: str
    words: tuple[str, ...]
    name: str
    title: str
    rungs: tuple[Rung, ...]
    goes_on: bool = True


def _days(kind: DutyKind, offset: int, *hears: Level, every: int | None = None) -> Rung:
    return Rung(kind, offset, RungMeasure.WORKING_DAY, hears, every)


def _percent(kind: DutyKind, offset: int, *hears: Level) -> Rung:
    return Rung(kind, offset, RungMeasure.PERCENT, hears)


_PERSON, _SECTION = Level.RESPONSIBLE, Level.SECTION
_IN_CHARGE, _PRINCIPAL, _OFFICE = Level.LEADER_IN_CHARGE, Level.PRINCIPAL_LEADER, Level.OFFICE


def _kind(kind: DutyKind, words: tuple[str, ...], *rungs: Rung) -> KindOfDuty:
    return KindOfDuty(kind, words, f"nags.kind.{kind}", f"ladder.kind.{kind}", rungs)


TASK_KINDS: Final = (
    _kind(
        DutyKind.TASK,
        ("任务", "任务限期", "任务期限", "完成时限"),
        _days(DutyKind.TASK, -3, _PERSON),
        _days(DutyKind.TASK, 0, _PERSON, _SECTION),
        _days(DutyKind.TASK, 1, _PERSON, every=1),
        _days(DutyKind.TASK, 1, _IN_CHARGE),
        _days(DutyKind.TASK, 3, _SECTION, _IN_CHARGE, every=5),
        _days(DutyKind.TASK, 5, _PRINCIPAL),
        # 迎检: once more in the afternoon, and those above at once.
        Rung(DutyKind.TASK, 0, RungMeasure.WORKING_DAY, (_PERSON,), at=time(15), inspection=True),
        Rung(DutyKind.TASK, 1, RungMeasure.WORKING_DAY, (_PERSON,), every=1, at=time(15), inspection=True),
        Rung(DutyKind.TASK, 1, RungMeasure.WORKING_DAY, (_PRINCIPAL,), inspection=True),
    ),
    _kind(
        DutyKind.UNSIGNED,
        ("签收", "未签收", "交办签收", "未签收的交办"),
        _days(DutyKind.UNSIGNED, 1, _PERSON, every=1),
        _days(DutyKind.UNSIGNED, 2, _SECTION, _IN_CHARGE),
    ),
    _kind(
        DutyKind.REPORT,
        ("定期报告", "报告", "定期报", "未报告"),
        _percent(DutyKind.REPORT, 80, _PERSON),
        _days(DutyKind.REPORT, 1, _PERSON, every=1),
        _days(DutyKind.REPORT, 2, _IN_CHARGE),
    ),
    replace(
        _kind(
            DutyKind.BELOW_DONE,
            ("下级办结", "下级全部办结"),
            # Once: an offer to ask for 办结, in the first message of the nags after the last child is 办结.
            _days(DutyKind.BELOW_DONE, 0, _PERSON),
        ),
        goes_on=False,
    ),
    _kind(
        DutyKind.BELOW_ASKED,
        ("下级办结待审核", "下级待审核", "下级申请办结"),
        _days(DutyKind.BELOW_ASKED, 1, _PERSON, every=1),
    ),
)
ORDER_KINDS: Final = (
    _kind(
        DutyKind.ORDER,
        ("督办单", "督办", "案卷"),
        # The colours of an order: 70 %, 90 % and all of its time. They are facts; the policy says who hears.
        _percent(DutyKind.ORDER, 70, _PERSON, _SECTION, _OFFICE),
        _percent(DutyKind.ORDER, 90, _PERSON, _IN_CHARGE, _OFFICE),
        _percent(DutyKind.ORDER, 100, _PERSON, _IN_CHARGE, _OFFICE),
        _days(DutyKind.ORDER, 1, _PERSON, every=1),
        _days(DutyKind.ORDER, 3, _IN_CHARGE, _OFFICE, every=3),
    ),
    _kind(
        DutyKind.EXTENSION,
        ("延期待批", "延期", "延期申请", "延期审批"),
        Rung(DutyKind.EXTENSION, 4, RungMeasure.WORKING_HOUR, (_OFFICE,), every=8),
    ),
)
KINDS: Final[dict[str, KindOfDuty]] = {one.kind: one for one in (*TASK_KINDS, *ORDER_KINDS)}
"""All kinds of duties by their word, in the order of the rules. A subject of the nag engine adds its own."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All rungs of the ladder.

    ``version`` counts the office's policies; 0 is the program's own. ``budget``: one person gets at most so
    many pushes a day.
    """

    rungs: tuple[Rung, ...]
    version: int = 0
    budget: int = 2
    release: ReleaseMode = ReleaseMode.OFFICE

    def of(self, kind: str) -> tuple[Rung, ...]:
        """The rungs of a kind. A kind that came after the policy was made has those that it brings."""
        mine = tuple(rung for rung in self.rungs if rung.kind == kind)
        return mine if mine or kind in _FIRST else KINDS[kind].rungs

    @property
    def whole(self) -> Policy:
        """The same, with the rungs of all kinds written down."""
        return replace(self, rungs=tuple(rung for kind in KINDS for rung in self.of(kind)))


_FIRST: Final = frozenset(KINDS) - {DutyKind.BELOW_DONE, DutyKind.BELOW_ASKED}
"""The kinds that each policy was made with. One without rungs of theirs is silent by intention."""
DEFAULT: Final = Policy(tuple(rung for one in KINDS.values() for rung in one.rungs))
"""The policy that holds until the office has its own."""
