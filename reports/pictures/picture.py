"""What a picture says, before it is drawn: a title, panels and the hour of its numbers.

All words are in the reader's language already. A picture is JSON, so that a process of its own draws it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, cast

from rules.tasks.lamps import Lamp

FILE_NAME: Final = "picture.png"
"""Nobody reads it: Telegram shows a photo without its name."""
PictureJson = Mapping[str, Any]
"""What a picture says. Only ``picture_of`` knows its shape."""


@dataclass(frozen=True, slots=True)
class UnitBar:
    """A unit's tasks as one bar: done, open in time, open and late."""

    name: str
    lamp: Lamp
    done: int
    on_time: int
    late: int


@dataclass(frozen=True, slots=True)
class UnitPanel:
    """Progress by unit, the worst first. ``labels``: the words for done, in time and late.

    ``numbers``: what stands beside each bar, such as 12/15. ``rest``: a line on units that are not shown.
    """

    heading: str
    labels: tuple[str, str, str]
    bars: Sequence[UnitBar]
    numbers: Sequence[str]
    rest: str = ""


@dataclass(frozen=True, slots=True)
class BurnDownPanel:
    """How many tasks are open at the end of each day, beside how many would be by their deadlines.

    ``days``: names of the days; ``left``: as many numbers, or fewer where the last days are still to come;
    ``planned``: a number for each day. ``labels``: the words for the two lines.
    """

    heading: str
    labels: tuple[str, str]
    days: Sequence[str]
    left: Sequence[int]
    planned: Sequence[int]


@dataclass(frozen=True, slots=True)
class QuantityLine:
    """A quantity in words, such as 今日 12处，累计 576处."""

    item: str
    words: str


@dataclass(frozen=True, slots=True)
class QuantityPanel:
    """Quantities that have no common measure: words without bars. ``rest``: a line on those not shown."""

    heading: str
    lines: Sequence[QuantityLine]
    rest: str = ""


@dataclass(frozen=True, slots=True)
class TargetBar:
    """A quantity against its target. ``share``: of the target, 1 is all of it; it may be more."""

    item: str
    words: str
    share: float


@dataclass(frozen=True, slots=True)
class TargetPanel:
    """Quantities against their targets. ``rest``: a line on those that are not shown."""

    heading: str
    bars: Sequence[TargetBar]
    rest: str = ""


@dataclass(frozen=True, slots=True)
class DailyQuantity:
    """What was added to an item each day. ``words``: its sum with its unit of measure."""

    item: str
    words: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class DailyPanel:
    """Quantities by day, an item under the other. ``days``: names of the days that all of them share."""

    heading: str
    days: Sequence[str]
    quantities: Sequence[DailyQuantity]
    rest: str = ""


@dataclass(frozen=True, slots=True)
class CasePanel:
    """Cases registered and closed each day. ``labels``: the words for the two, with their sums."""

    heading: str
    labels: tuple[str, str]
    days: Sequence[str]
    registered: Sequence[int]
    closed: Sequence[int]


@dataclass(frozen=True, slots=True)
class RankLine:
    """A unit's place. ``change``: by how many places it rose (below 0: fell); None: it had no place before.

    ``share``: the length of its bar, 0 to 1. ``words``: what stands beside it.
    """

    place: int
    change: int | None
    name: str
    share: float
    words: str


@dataclass(frozen=True, slots=True)
class RankPanel:
    """The units by place. ``rest``: a line on units that are not shown."""

    heading: str
    lines: Sequence[RankLine]
    rest: str = ""


Panel = UnitPanel | BurnDownPanel | QuantityPanel | TargetPanel | DailyPanel | CasePanel | RankPanel
_PARTS: Final[Mapping[str, tuple[type[Any], str, type[Any] | None]]] = {
    "units": (UnitPanel, "bars", UnitBar),
    "burn_down": (BurnDownPanel, "", None),
    "quantities": (QuantityPanel, "lines", QuantityLine),
    "targets": (TargetPanel, "bars", TargetBar),
    "daily": (DailyPanel, "quantities", DailyQuantity),
    "cases": (CasePanel, "", None),
    "rank": (RankPanel, "lines", RankLine),
}
_NAMES: Final = {panel: name for name, (panel, _, _) in _PARTS.items()}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture. ``stamp``: the hour of its numbers, such as 截至12月2日 18:00; ``notes``: lines below it."""

    title: str
    stamp: str
    panels: Sequence[Panel]
    notes: Sequence[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        panels = [{"panel": _NAMES[type(panel)], **_listed(asdict(panel))} for panel in self.panels]
        return {"title": self.title, "stamp": self.stamp, "panels": panels, "notes": list(self.notes)}


def _listed(values: dict[str, Any]) -> dict[str, Any]:
    """The values as JSON gives them back: it has lists alone."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def picture_of(said: PictureJson) -> Picture:
    """The picture that ``Picture.to_json`` wrote."""
    panels = [_panel(panel) for panel in said["panels"]]
    return Picture(said["title"], said["stamp"], panels, said["notes"])


def _panel(said: PictureJson) -> Panel:
    values = dict(said)
    panel, name, part = _PARTS[values.pop("panel")]
    if "labels" in values:
        values["labels"] = tuple(values["labels"])
    if part is not None:
        values[name] = [_part(part, one) for one in values[name]]
    return cast(Panel, panel(**values))


def _part(part: type[Any], said: PictureJson) -> object:
    return part(**({**said, "lamp": Lamp(said["lamp"])} if part is UnitBar else said))
