"""The state that the scenes of the tour share."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from demo.sample.data import SampleRoster, TourDay, TourWeek
from demo.stage.errors import DemoError
from demo.stage.processes import Stage
from demo.tour.chats import BotMessage, Chats
from demo.tour.people import Person
from demo.tour.wording import Wording
from locales import Text


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt of a confirmed report. ``adds``: item → amount that the report adds to it."""

    unit: str
    adds: Mapping[str, Decimal]


@dataclass(slots=True)
class Tour:
    """The tour as far as it has come.

    ``lists``: the task list that each person got on joining. ``receipts``: by number; ``links``: by name.
    ``requests``: how many 办结申请 the office has seen. ``tallied``, ``picture``: the group's tally and its
    picture. ``orders``: by category, the message under which the unit feeds back. ``checked``: by category,
    the number of the last 待核查 that was opened. ``reds``: the office's message about releases to a
    主要领导. ``due``: the nag of the task's last day.
    """

    stage: Stage
    chats: Chats
    words: Wording
    roster: SampleRoster
    day: TourDay
    week: TourWeek
    people: dict[str, Person] = field(default_factory=dict)
    others: list[Person] = field(default_factory=list)
    lists: dict[str, BotMessage] = field(default_factory=dict)
    nags: dict[str, BotMessage] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    returned: BotMessage | None = None
    requests: int = 0
    tallied: BotMessage | None = None
    picture: BotMessage | None = None
    orders: dict[str, BotMessage] = field(default_factory=dict)
    checked: dict[str, int] = field(default_factory=dict)
    reds: BotMessage | None = None
    due: BotMessage | None = None
    group: int = 0
    thread: int = 0

    def tell(self, moment: datetime, key: str, **values: Any) -> None:
        """Print a line about what has just happened, for people who watch the tour."""
        sys.stdout.write(f"{moment:%H:%M}  {self.words.text(Text(key, **values))}\n")
        sys.stdout.flush()

    def expect(self, holds: bool, what: str) -> None:
        """Raise ``DemoError`` unless ``holds``; ``what`` names the thing that was expected."""
        if not holds:
            raise DemoError("tour.failed.not_there", what=what)


def show_preview(tour: Tour, preview: list[str]) -> None:
    for line in preview:
        tour.tell(tour.day.times["start"], "tour.step.imported", line=line)
