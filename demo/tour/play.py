"""The tour from its first file to its last scene: which scene comes when; and writing its transcript."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

from demo.sample import data
from demo.stage.files import import_registers, import_roster
from demo.stage.processes import Stage
from demo.tour import completion, evening, morning, street, villages, week
from demo.tour.chats import Chats
from demo.tour.evening import in_reading_order
from demo.tour.reporting import report_all
from demo.tour.state import Tour, show_preview
from demo.tour.wording import Wording
from locales import COMPLETE, Text
from rules.slots import SlotTimes

Scene = Callable[[Tour], Awaitable[None]]


async def play(stage: Stage, locale: str) -> Path:
    """Play the day on a stage whose program does not run yet. Returns the transcript's path.

    ``DemoError``: something expected did not come.
    """
    began = time.monotonic()
    async with Chats(stage.control_url) as chats:
        tour = Tour(stage, chats, Wording(locale), data.roster(), data.day(), data.week())
        show_preview(tour, await import_roster(stage))
        show_preview(tour, await import_registers(stage))
        async with stage.program():
            for moment, scene in _agenda(tour):
                await chats.set_clock(moment)
                await scene(tour)
        written = await write_transcript(tour)
    seconds = f"{time.monotonic() - began:.0f}"
    tour.tell(tour.week.times["after"], "tour.step.done", seconds=seconds, file=str(written))
    return written


def _agenda(tour: Tour) -> Iterator[tuple[datetime, Scene]]:
    """All scenes with their moments, in order. The clock stops at each slot: a jump would collapse some."""
    times = tour.day.times
    scenes: list[tuple[datetime, Scene]] = [
        (times["start"], morning.hand_out_office_link),
        (times["start"], morning.import_log),
        (times["start"], morning.import_breakdown),
        (times["join"], morning.join),
        (times["bind"], morning.bind),
        (times["brief"], morning.brief),
        (times["sign"], morning.sign),
        (times["nag"], morning.nag),
        (times["photograph"], street.photograph),
        (times["dispatch"], street.dispatch),
        (times["flooded"], street.flooded),
        (times["feed_back"], street.feed_back),
        (times["rework"], street.rework),
        (times["hint"], street.hint),
        (times["blue"], street.blue),
        (times["yellow"], street.yellow),
        (times["red"], street.red),
        (times["release"], street.release),
        (times["feed_back_again"], street.feed_back_again),
        (times["close"], street.close),
        (times["submit"], completion.submit),
        (times["return"], completion.send_back),
        (times["mend"], completion.mend),
        (times["complete"], completion.complete),
        (times["tally"], evening.tally),
        (times["correct"], evening.correct),
        (times["ask"], evening.ask_brief),
        (times["ask"], evening.nobody_was_nagged_twice),
        (times["remind"], morning.remind),
        *week.agenda(tour),
        *villages.agenda(tour),
    ]
    for moment, reports in groupby(tour.day.reports, key=lambda report: report.at):
        scenes.append((moment, partial(report_all, reports=list(reports))))
    yield from sorted(scenes, key=lambda scene: scene[0])


# Telegram does not show a link's token in the chat, and neither do we.
_OPENED_LINK: Final = re.compile(r"(?m)^(> /start) [\w-]{20,}")


async def write_transcript(tour: Tour) -> Path:
    """Write ``out/transcript.md``: a short head, the group, then each private chat. Returns its path."""
    zone = str(SlotTimes().zone)
    chats = [tour.group, *(person.id for person in in_reading_order(tour))]
    # The sandbox has labels in the complete languages only.
    labels = tour.words.locale if tour.words.locale in COMPLETE else COMPLETE[0]
    stories = [await tour.chats.transcript(zone, labels, chat) for chat in chats]
    file = tour.stage.out / "transcript.md"
    text = "\n\n".join([_head(tour), *stories])
    file.write_text(_OPENED_LINK.sub(r"\1", text) + "\n", encoding="utf-8")
    return file


def _head(tour: Tour) -> str:
    start = tour.day.times["start"]
    values = {"year": start.year, "month": start.month, "day": start.day, "iso": start.date().isoformat()}
    day = Text("common.full_day", **values)
    lines = [
        Text("tour.head.title", day=day),
        Text("tour.head.what", day=day),
        Text("tour.head.people", joined=len(tour.people), roster=len(tour.roster.people)),
        Text("tour.head.signs"),
    ]
    return "\n\n".join(tour.words.text(line) for line in lines)
