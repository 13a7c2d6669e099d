"""The day's chats as one readable file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from demo.tour.evening import in_reading_order
from demo.tour.state import Tour
from locales import COMPLETE, Text
from rules.slots import SlotTimes

# Telegram shows no link's token in the chat, and neither do we.
_OPENED_LINK: Final = re.compile(r"(?m)^(> /start) [\w-]{20,}")


async def write_transcript(tour: Tour) -> Path:
    """``out/transcript.md``: a short head, the group, then each private chat."""
    zone = str(SlotTimes().zone)
    chats = [tour.group, *(person.id for person in in_reading_order(tour))]
    # The sandbox has its labels in the complete languages only.
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
