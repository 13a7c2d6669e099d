"""A task's metrics, indexed once for all numbers of a report: under which one a number is filed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from models.db import Session
from models.progress import metric_choices, task_sums
from models.tasks import Metric, Task
from rules.progress.measures import are_same, as_measured
from rules.progress.metric_likeness import is_shorter, likeness, likeness_key
from rules.progress.quantities import Doubt, Quantity, metric_name, names_nothing
from rules.progress.report_words import says_the_same
from rules.tasks.targets import Target, read_target


class Filing(StrEnum):
    """How the metric of a number was found, if not by its name.

    SHORTER: it is the only one whose name says the same in more words. RECALLED: the unit filed the wording
    there last time. CHOSEN: the person did so now.
    """

    SHORTER = "shorter"
    RECALLED = "recalled"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class FoundMetric:
    """The metric of a number; ``how``: a ``Filing``, or None if its name says so.

    ``named_id``: the metric of that name, if it was merged into this one.
    """

    metric: Metric
    how: str | None = None
    named_id: int | None = None


class TaskMetrics:
    """Finds the metric for a number among a task's own.

    ``choices``: the metric ids under which the unit filed wordings by hand, by item and unit of measure.
    ``target``: what the task has to reach; it says what a number without a unit may count. ``task_id`` and
    ``parent_id``: the task, and the one of which it is a part.
    """

    def __init__(
        self,
        metrics: Sequence[Metric],
        choices: Mapping[tuple[str, str], int],
        target: Target | None = None,
        task_id: int | None = None,
        parent_id: int | None = None,
    ) -> None:
        self._all = metrics
        self._target = target
        self._task_id = task_id
        self._parent_id = parent_id
        self._beside: list[tuple[str, str]] = []
        self._by_id = {metric.id: metric for metric in metrics}
        self._standing = [metric for metric in metrics if metric.merged_into is None]
        self.ids = [metric.id for metric in self._standing if metric.id is not None]
        self._choices = choices
        self._named = {(metric.item, metric.unit): metric for metric in metrics}
        self._keyed: dict[str, list[Metric]] | None = None

    @classmethod
    async def of(cls, session: Session, task_id: int, unit_id: int) -> TaskMetrics:
        metrics, choices = await metric_choices.with_choices(session, unit_id, task_id)
        task = await session.get_one(Task, task_id)
        return cls(metrics, choices, _aim_of(task), task_id, task.parent_id)

    def match(self, quantity: Quantity) -> FoundMetric | None:
        """The metric under which the number is filed; None: it needs a new one."""
        item, unit = quantity.item, quantity.unit
        chosen = self._by_id.get(self._choices.get((item, unit)))
        if chosen is not None and self._fits(quantity, chosen):
            return FoundMetric(self._stands_for(chosen), Filing.RECALLED.value)
        named = self._by_name(quantity)
        if named is not None:
            standing = self._stands_for(named)
            return FoundMetric(standing, named_id=None if named is standing else named.id)
        longer = {
            self._stands_for(m).id for m in self._all if is_shorter(item, m.item) and self._fits(quantity, m)
        }
        if len(longer) != 1 and names_nothing(item, unit):
            longer = self._all_that_may_be(quantity)
        if (
            len(longer) != 1
            and (named := self._named.get(self._other_name(quantity) or ("", ""))) is not None
        ):
            longer = {self._stands_for(named).id}
        return FoundMetric(self._by_id[longer.pop()], Filing.SHORTER.value) if len(longer) == 1 else None

    def _other_name(self, quantity: Quantity) -> tuple[str, str] | None:
        """Another name and unit of measure that the number takes; None: it has its own."""
        beside = self.named_beside(quantity)
        return self.aimed_at(quantity) if beside is None else (beside, quantity.unit)

    def _all_that_may_be(self, quantity: Quantity) -> set[int | None]:
        """The metrics that a number without a name may count: what the task aims at, else all that fit."""
        able = [metric for metric in self._all if self._fits(quantity, metric)]
        aims = [m for m in able if self._target is not None and m.item == self._target.item]
        return {self._stands_for(metric).id for metric in aims or able}

    async def look_beside(self, session: Session, found: Iterable[Quantity]) -> None:
        """Learn how the metrics are named that count together with these, if a number needs a new one here.

        They are those of the parts below, or of the task above and its other parts. All are added up by name.
        """
        top = self._task_id if self._parent_id is None else self._parent_id
        if top is None or all(not q.unit or self.match(q) is not None for q in found):
            return
        there = await task_sums.names_in_tree(session, top)
        if there is not None:
            aim = self._target
            self._beside = [*there, (aim.item, aim.unit)] if aim is not None and aim.item else there

    def named_beside(self, quantity: Quantity) -> str | None:
        """How one number is named in the parts, if they name one such thing in more words.

        What the task aims at may have fewer words than a number of a part: 整治小巷40条.
        """
        name = metric_name(quantity.item, quantity.unit)
        there = {item for item, unit in self._beside if unit == quantity.unit}
        if not name or name in there:
            return None
        longer = {item for item in there if is_shorter(name, item)}
        if len(longer) == 1:
            return longer.pop()
        aim = self._target.item if self._target is not None else ""
        return aim if self._parent_id is not None and aim in there and is_shorter(aim, name) else None

    def aimed_at(self, quantity: Quantity) -> tuple[str, str] | None:
        """Name and unit of measure of a number that has no unit, or no name, if it may be the task's aim."""
        target, item, unit = self._target, quantity.item, quantity.unit
        if target is None or unit not in {"", target.unit}:
            return None
        name = metric_name(item, target.unit)
        if name:
            same = bool(target.item) and says_the_same(name, target.item)
            return (target.item, target.unit) if same and not unit else None
        return (target.item, target.unit) if names_nothing(item, target.unit) else None

    def has(self, quantity: Quantity) -> bool:
        """Whether the task has this very metric, by its name."""
        return self._by_name(quantity) is not None

    def _by_name(self, quantity: Quantity) -> Metric | None:
        """The metric of that name, merged or not; else one that is the same under another name."""
        item, unit = quantity.item, quantity.unit
        name = metric_name(item, unit)
        named = self._named.get((item, unit)) or (self._named.get((name, unit)) if name else None)
        return self._alike(name, quantity) if named is None and name else named

    def likely(self, quantity: Quantity) -> Metric | None:
        """For a number without a metric: the one that may be meant, if one is more like it than the rest."""
        able = [(likeness(quantity.item, m.item), m) for m in self._standing if self._fits(quantity, m)]
        able.sort(key=lambda one: -one[0])
        if not able or not able[0][0] or (len(able) > 1 and able[0][0] == able[1][0]):
            return None
        return able[0][1]

    def _alike(self, name: str, quantity: Quantity) -> Metric | None:
        """The oldest metric that only another verb, an equal unit or a longer old name sets apart.

        One in the same unit of measure goes before one in an equal or a larger one.
        """
        if self._keyed is None:
            self._keyed = {}
            for metric in self._all:
                alike = self._keyed.setdefault(likeness_key(metric.item, metric.unit), [])
                if (stands := self._stands_for(metric)) not in alike:
                    alike.append(stands)
        able = [m for m in self._keyed.get(likeness_key(name, quantity.unit), ()) if self._fits(quantity, m)]
        able.sort(key=lambda m: (m.unit != quantity.unit, not are_same(m.unit, quantity.unit)))
        sure = len(able) == 1 or (able and quantity.doubt is not Doubt.UNIT)
        return able[0] if sure else None

    def _stands_for(self, metric: Metric) -> Metric:
        """The metric itself, or the one into which it was merged."""
        while metric.merged_into is not None:
            metric = self._by_id[metric.merged_into]
        return metric

    def _fits(self, quantity: Quantity, metric: Metric) -> bool:
        if quantity.doubt is Doubt.UNIT:
            return True  # the metric says what it counts, and the person is asked
        return as_measured(quantity.value, quantity.unit, metric.unit) is not None


def _aim_of(task: Task) -> Target | None:
    """What the task counts, by its words. A part has a target of its own, of which they state the whole."""
    stated = read_target(task.objective, task.standard)
    if task.target_unit and (stated is None or stated.unit != task.target_unit):
        return Target(task.target_value or Decimal(0), task.target_unit, "")
    return stated
