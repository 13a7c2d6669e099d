"""From a view to what Telegram takes: parts of HTML within its limit, and a keyboard of opaque keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from locales import plain
from models.db import Session
from rules.text_parts import MESSAGE_LIMIT, clip_plain, split_html
from services import buttons
from services.views import View

LABEL_LIMIT: Final = 60
# Room for the mark of a possible repeat, which must not move the cuts between the parts.
PART_LIMIT: Final = MESSAGE_LIMIT - 96


@dataclass(frozen=True, slots=True)
class Rendered:
    """``keyboard`` goes under the last part."""

    parts: list[str]
    keyboard: InlineKeyboardMarkup | None
    task_ids: list[int]

    def keyboard_of(self, index: int) -> InlineKeyboardMarkup | None:
        return self.keyboard if index == len(self.parts) - 1 else None


def render(session: Session, view: View, locale: str, now: datetime) -> Rendered:
    """Render in the reader's language; the buttons' meanings are kept in ``session``."""
    rows = [
        [
            InlineKeyboardButton(
                clip_plain(plain(spec.label, locale), LABEL_LIMIT),
                callback_data=buttons.add(session, spec, now),
            )
            for spec in row
        ]
        for row in view.rows
    ]
    keyboard = InlineKeyboardMarkup(rows) if rows else None
    return Rendered(split_html(view.html(locale), PART_LIMIT), keyboard, list(view.task_ids))
