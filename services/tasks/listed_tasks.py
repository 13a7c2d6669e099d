"""Parts of a message that list tasks: a title, a line for each, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from locales import Text

LISTED: Final = 15


@dataclass(frozen=True, slots=True)
class ListedTasks:
    """``entries``: a line for each task. ``below``: what is said of them after the list."""

    title: Text
    entries: Sequence[Text]
    below: Sequence[Text] = ()


def lines_of(parts: Sequence[ListedTasks], most: int = LISTED) -> list[Text]:
    """The parts as one list of at most ``most`` entries; what they say below the list is said once."""
    lines: list[Text] = []
    below: list[Text] = []
    left = most
    for part in parts:
        if left > 0:
            lines += [part.title, *part.entries[:left]]
            below += [text for text in part.below if text not in below]
        left -= len(part.entries)
    more = [Text("tasks.more", count=-left)] if left < 0 else []
    return [*lines, *more, *below]
