"""What of a message is news to its reader, and what they were told the same way a working day ago."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from models.nags import Nag, nag_views
from models.nags.nag_views import NagWords
from rules.cases.case_ladder import DAILY, RISING, CaseNewsKind, signing_cycle
from rules.nags.inspections import lasts_on
from rules.nags.policy import RungMeasure
from services.campaign import Campaign
from services.nags.nag_keeper import SAME_HOUR
from services.nags.subject import ItemKey
from services.turn import TickTurn

_Said = tuple[int | None, str, int, str, str, str]


@dataclass(slots=True)
class EarlierNags:
    """What people were told since the last working day, and when last."""

    campaign: Campaign
    _told: dict[_Said, datetime] = field(default_factory=dict)
    _about: dict[tuple[int | None, str, int], datetime] = field(default_factory=dict)
    _people: set[int] = field(default_factory=set)
    _days: dict[datetime, datetime] = field(default_factory=dict)

    @classmethod
    async def read(cls, turn: TickTurn, contact_ids: Collection[int]) -> Self:
        found = cls(turn.campaign)
        await found.read_more(turn, contact_ids)
        return found

    async def read_more(self, turn: TickTurn, contact_ids: Collection[int]) -> None:
        """Read what these people were told, too, as far as it is not known."""
        new = set(contact_ids) - self._people
        self._people |= new
        since = self._working_day_before(turn.now)
        for one in await nag_views.told_between(turn.session, new, since, turn.now) if new else ():
            self._add(one, one.at)

    def note(self, rows: Iterable[Nag], at: datetime) -> None:
        """These are told now."""
        for row in rows:
            self._add(row, at)

    def _add(self, row: Nag | NagWords, at: datetime) -> None:
        self._told[_said(row)] = at
        self._about[row.contact_id, row.subject, row.subject_id] = at

    def same(self, rows: Collection[Nag], now: datetime) -> set[ItemKey]:
        """The lines of which their reader was told the same way since the last working day."""
        since = self._working_day_before(now)
        news = {key_of(row) for row in rows if row.exempt or not self._is_known(row, since)}
        return {key_of(row) for row in rows} - news

    def just_told(self, row: Nag, now: datetime) -> bool:
        """Whether it says only that an order is unsigned, and its reader was told just that within the hour.

        A message about the order says so once its 签收 is late. A red order has no such nag beside its colour
        on the same day.
        """
        at = self._about.get((row.contact_id, *row.about))
        if row.rung != CaseNewsKind.UNSIGNED or at is None:
            return False
        return timedelta(0) <= now - at <= SAME_HOUR and signing_cycle(at.astimezone(UTC)) > row.cycle

    def told_until(self, row: Nag, now: datetime) -> datetime | None:
        """Until when a rising colour waits because its reader has just heard of the order; None: it does not.

        What did not arrive is no reason.
        """
        at = self._about.get((row.contact_id, *row.about))
        if at is None or row.rung not in RISING or row.may_repeat:
            return None
        return at + SAME_HOUR if timedelta(0) <= now - at < SAME_HOUR else None

    def told_today(self, rows: Collection[Nag], now: datetime) -> bool:
        """Whether it is 迎检, with its further hours, and their reader has had all of this today."""
        today = self.campaign.today(now)
        midnight = self.campaign.midnight(today)
        lasts = lasts_on(today, self.campaign.inspections)
        return lasts and all(self._is_known(row, midnight) for row in rows)

    def _is_known(self, row: Nag, since: datetime) -> bool:
        # What perhaps did not arrive is no repeat of what it repeats.
        at = None if row.may_repeat or not _repeats(row.rung) else self._told.get(_said(row))
        return at is not None and at >= since

    def _working_day_before(self, now: datetime) -> datetime:
        if now not in self._days:
            before = self.campaign.calendar.before(self.campaign.today(now), 1)
            self._days[now] = self.campaign.midnight(before)
        return self._days[now]


def key_of(row: Nag) -> ItemKey:
    """The line of a message that tells the nag."""
    return row.subject, row.subject_id, row.instead_of or ""


def _said(row: Nag | NagWords) -> _Said:
    return row.contact_id, row.subject, row.subject_id, row.kind, row.cycle, _standing(row.rung)


def _repeats(rung: str) -> bool:
    """Whether the rung says day by day that something is still late."""
    return rung in DAILY or _standing(rung) != rung


def _standing(rung: str) -> str:
    """The rung without the number of working days since the limit: these alone are no news."""
    measure, _, offset = rung.partition(":")
    late = measure == RungMeasure.WORKING_DAY and offset.isdigit() and int(offset) > 0
    return f"{measure}:late" if late else rung
