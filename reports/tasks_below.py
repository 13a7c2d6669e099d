"""What lies below the tasks that count: how many tasks, and whether their recurring reports came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from locales import Text
from models.progress.task_sums import TaskQuantity
from models.tasks.counted_tasks import TasksBelow
from reports.formats import quantity_text, short
from reports.missed_reports import DueReport
from rules.duties.report_windows import Window

LISTED_BELOW: Final = 8
QUANTITIES: Final = 3
_NAME: Final = 16


@dataclass(frozen=True, slots=True)
class BelowCounts:
    """How many tasks lie below some tasks: all, completed ones, and open ones whose deadline is over."""

    every: int = 0
    done: int = 0
    late: int = 0

    @classmethod
    def together(cls, found: Iterable[BelowCounts | TasksBelow]) -> BelowCounts:
        every = list(found)
        return cls(sum(o.every for o in every), sum(o.done for o in every), sum(o.late for o in every))

    @property
    def text(self) -> Text:
        """下级42/56."""
        return Text("tally.below.counts", done=self.done, every=self.every)

    @property
    def text_with_late(self) -> Text:
        """下级42/56，下级逾期3: the late ones too, if there are any."""
        if not self.late:
            return self.text
        return Text("tally.below.counts_late", done=self.done, every=self.every, late=self.late)


NONE_BELOW: Final = BelowCounts()


@dataclass(frozen=True, slots=True)
class DueBelow:
    """The recurring reports that were due below a task.

    ``parts``: by child of the task, what was due of it: of its own unit, and of all below it. ``task_ids``:
    all that lay below the task then.
    """

    task_id: int
    parts: Sequence[Sequence[DueReport]]
    task_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class BelowLine:
    """How many of the children of a task whose report was due made it, and what was added below the task."""

    objective: str
    reported: int
    expected: int
    added: Sequence[TaskQuantity] = ()


@dataclass(frozen=True, slots=True)
class ReportsBelow:
    """What came of the reports that were due below tasks.

    ``lines``: those that are listed, of ``count``. ``missing``: the units of which a report is missing. No
    line names them.
    """

    lines: Sequence[BelowLine] = ()
    count: int = 0
    missing: frozenset[str] = frozenset()


NO_REPORTS_BELOW: Final = ReportsBelow()


def all_due(due: Sequence[DueReport], below: Iterable[DueBelow]) -> list[DueReport]:
    """The reports that were due of some tasks, and those below them."""
    return [*due, *(one for tree in below for part in tree.parts for one in part)]


def below_to_json(found: Sequence[DueBelow]) -> list[Any]:
    """What was due below tasks as JSON. The windows are named by their keys."""
    return [
        [
            one.task_id,
            [
                [[due.task_id, due.unit_id, [w.key for w in due.windows]] for due in part]
                for part in one.parts
            ],
            list(one.task_ids),
        ]
        for one in found
    ]


def below_from_json(data: Mapping[str, Any], windows: Mapping[str, Window]) -> list[DueBelow]:
    return [
        DueBelow(
            task_id,
            [
                [
                    DueReport(due_id, unit_id, "", [windows[key] for key in keys])
                    for due_id, unit_id, keys in part
                ]
                for part in parts
            ],
            task_ids,
        )
        for task_id, parts, task_ids in data.get("due_below", ())  # older tallies knew of no children
    ]


def below_lines(found: ReportsBelow, limit: int = LISTED_BELOW) -> list[Text]:
    """A line for each task, those first of which most is missing. Long lists end in a count."""
    if not found.count:
        return []
    lines = [Text("tally.below.title", count=found.count), *map(_line, found.lines[:limit])]
    if found.count > limit:
        lines.append(Text("tally.more_missed", count=found.count - limit))
    return lines


def _line(one: BelowLine) -> Text:
    values = {
        "objective": short(one.objective, 36),
        "reported": one.reported,
        "expected": one.expected,
    }
    if not one.added:
        return Text("tally.below.line", **values)
    # Where nobody has reported, what was added is of other windows, or of a part that is not complete.
    key = "tally.below.line_added" if one.reported else "tally.below.line_beside"
    return Text(key, **values, quantities=_quantities(one.added))


def _quantities(added: Sequence[TaskQuantity]) -> Text | list[Text]:
    """36车; where a unit of measure is that of several items, 清运垃圾36车、清理小广告12处."""
    measures = Counter(one.measure for one in added)
    named = max(measures.values()) > 1
    shown: list[Text] = []
    for one in added[:QUANTITIES]:
        quantity = quantity_text(one.added, short(one.measure, _NAME), approx=one.approx)
        item = Text("tally.below.quantity", item=short(one.item, _NAME), quantity=quantity)
        shown.append(item if named else quantity)
    return shown if len(added) <= QUANTITIES else Text("tally.below.more_quantities", quantities=shown)
