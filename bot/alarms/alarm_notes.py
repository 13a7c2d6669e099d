"""What the alarms must know while the database is out: the office's chats, what was told, the last poll.

It stands in a small file of a fixed size, which is written in place. So a full disk can still take it.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import structlog

log = structlog.get_logger(__name__)
SIZE: Final = 4_096


@dataclass(slots=True)
class AlarmNotes:
    """The notes, as they are in memory. ``path`` None: no file keeps them.

    ``office``: the language of each chat of the office. ``told``: by kind, the chats that were told on
    ``day``, a local date. ``polled_at``: when Telegram last gave an answer.
    """

    path: Path | None
    office: dict[int, str] = field(default_factory=dict)
    day: str = ""
    told: dict[str, set[int]] = field(default_factory=dict)
    polled_at: datetime | None = None

    def was_told(self, kind: str, chat_id: int, day: str) -> bool:
        return self.day == day and chat_id in self.told.get(kind, ())

    def note_told(self, kind: str, chat_id: int, day: str) -> None:
        if self.day != day:
            self.day, self.told = day, {}
        self.told.setdefault(kind, set()).add(chat_id)

    def save(self) -> None:
        """Write the file. What cannot be written is known until the program ends."""
        if self.path is None:
            return
        kept = {
            "office": list(self.office.items()),
            "day": self.day,
            "told": {kind: sorted(chats) for kind, chats in self.told.items()},
            "polled_at": self.polled_at and self.polled_at.isoformat(),
        }
        try:
            content = json.dumps(kept).encode().ljust(SIZE)
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(file, content, 0)
                os.ftruncate(file, len(content))
            finally:
                os.close(file)
        except OSError as error:
            log.warning("the notes of the alarms cannot be kept", error=type(error).__name__)


def load_notes(path: Path | None) -> AlarmNotes:
    """The notes of an earlier run. A file that cannot be read has none."""
    notes = AlarmNotes(path)
    try:
        kept: Any = None if path is None else json.loads(path.read_bytes())
        if kept is not None:
            polled_at = kept["polled_at"] and datetime.fromisoformat(kept["polled_at"])
            told = {str(kind): set(map(int, chats)) for kind, chats in kept["told"].items()}
            office = {int(chat): str(locale) for chat, locale in kept["office"]}
            notes = AlarmNotes(path, office, str(kept["day"]), told, polled_at)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning("the notes of the alarms cannot be read", error=type(error).__name__)
    return notes
