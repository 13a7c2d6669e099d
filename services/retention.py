"""How long each thing is kept that is needed for a time only. Reports, cases and audit stay for good."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models import importing, retention
from models.db import Session
from services import once_a_day
from services.turn import TickTurn

_QUARTER: Final = timedelta(days=90)
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """``name``: the word of the thing. ``kept``: how long it is kept after it is over.

    ``delete`` takes the moment before which it was over, and returns the number of rows deleted.
    """

    name: str
    kept: timedelta
    delete: Callable[[Session, datetime], Awaitable[int]]

    async def run(self, turn: TickTurn) -> int:
        return await self.delete(turn.session, turn.now - self.kept)


# In this order: a live message goes when its promise has gone.
RULES: Final = (
    RetentionRule("updates", timedelta(days=30), retention.delete_done_updates),
    RetentionRule("dead updates", _QUARTER, retention.delete_seen_dead_updates),
    RetentionRule("lists of nags", timedelta(days=7), retention.delete_nag_lists),
    RetentionRule("live notices", timedelta(days=60), retention.delete_live_notices),
    RetentionRule("messages", _QUARTER, retention.delete_finished_messages),
    # A person may come back after months, and the office may decide late. After a year nobody asks.
    RetentionRule("held messages", _YEAR, retention.delete_held_messages),
    RetentionRule("matters of the office", _QUARTER, retention.delete_office_matters),
    RetentionRule("pictures", timedelta(days=30), retention.delete_pictures),
    RetentionRule("live messages", _QUARTER, retention.delete_live_messages),
    RetentionRule("buttons", timedelta(days=60), retention.delete_buttons),
    # There may be many, because of strangers.
    RetentionRule("told topics", once_a_day.AGAIN_AFTER, retention.delete_told_topics),
    RetentionRule("questions", timedelta(days=1), retention.delete_questions),
    RetentionRule("files", timedelta(days=7), importing.delete_files),
    RetentionRule("drafts", _QUARTER, retention.delete_drafts),
    RetentionRule("breakdowns not confirmed", timedelta(days=30), retention.delete_begun_breakdowns),
    RetentionRule("snoozes", _QUARTER, retention.delete_snoozes),
    RetentionRule("pauses", timedelta(days=1), retention.delete_pauses),
    RetentionRule("messages about tasks", _QUARTER, retention.delete_sent_about_tasks),
    RetentionRule("messages about cases", _QUARTER, retention.delete_sent_about_cases),
)
