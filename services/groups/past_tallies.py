"""Tallies that were sent. Late, corrected and withdrawn reports correct these messages in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from locales import Text
from models import groups
from models.db import RowJson, Session, ident
from models.delivery import live_messages, pictures
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.pictures import PictureKind
from models.groups import HELD_BACK, GroupChat, GroupTally
from models.progress import ProgressReport
from reports.formats import moment_text
from reports.missed_reports import due_from_json, windows_from_json
from reports.pictures.picture import Picture
from reports.pictures.tally_picture import tally_picture, tally_title
from reports.tally import Tally, TallyStanding, group_lines, is_daily
from reports.tasks_below import all_due, below_from_json
from services import live_updates
from services.calendar import fallback_lines
from services.campaign import Campaign
from services.groups import counting_by_hour, group_scopes
from services.groups.tally_hours import DayShown, TallySlot
from services.tallies.missed_list import missed_button
from services.tallies.tally_metrics import metrics_button
from services.tallies.tally_sources import sources_button
from services.tasks import task_targets
from services.turn import TickTurn
from services.views import View

# Nobody looks at older tallies, and the next one has the right totals in any case.
FOLLOWED: Final = timedelta(days=10)
_REMARK: Final = "push_remark"


@dataclass(frozen=True, slots=True)
class TallyScope:
    """The units that a group's tally is about (None: all) and their common title, as of when it was sent."""

    units: frozenset[int] | None = None
    title: Text | None = None

    @classmethod
    async def of(cls, session: Session, group: GroupChat) -> TallyScope:
        units = await group_scopes.units_of(session, group)
        return cls(units, None if units is None else await group_scopes.title_of(session, group))

    def holds(self, unit_id: int) -> bool:
        return self.units is None or unit_id in self.units

    def to_json(self) -> dict[str, object]:
        return {
            "scope": None if self.units is None else sorted(self.units),
            "title": None if self.title is None else self.title.to_json(),
        }

    @classmethod
    def from_json(cls, data: RowJson) -> TallyScope:
        units, title = data["scope"], data["title"]
        return cls(
            None if units is None else frozenset(units), None if title is None else Text.from_json(title)
        )


@dataclass(frozen=True, slots=True)
class KeptTally:
    """What is kept of a tally: its period's begin (exclusive), how things stood, of whom, and the 按语."""

    since: datetime
    standing: TallyStanding
    scope: TallyScope
    remark: str | None = None

    def to_json(self) -> dict[str, object]:
        said = {} if self.remark is None else {_REMARK: self.remark}
        return {**self.standing.to_json(), **self.scope.to_json(), **said}


async def keep_closed(session: Session, group: GroupChat, slot: TallySlot, kept: KeptTally) -> None:
    """Keep how the day closed for a group that gets its tally later."""
    row = _row(group, slot, kept)
    row.promised = False
    session.add(row)


async def hold_back(session: Session, group: GroupChat, slot: TallySlot, kept: KeptTally) -> None:
    """Store a tally whose message the office has stopped, as if it had gone out. Nothing is ever shown."""
    row = await groups.group_tally(session, ident(group), slot.key)
    if row is None or not row.promised:
        await groups.forget_closed(session, ident(group))
        row = _row(group, slot, kept)
        row.frozen = {**row.frozen, HELD_BACK: True}
        session.add(row)
        await session.flush()


def _row(group: GroupChat, slot: TallySlot, kept: KeptTally) -> GroupTally:
    return GroupTally(
        group_id=ident(group),
        slot_key=slot.key,
        since=kept.since,
        as_of=slot.as_of,
        frozen={**kept.to_json(), **slot.shown.to_json()},
    )


async def closed_tally(
    session: Session, group: GroupChat, slot: TallySlot, since: datetime
) -> tuple[TallyStanding, TallyScope] | None:
    """How the day closed, if it was kept for this group and period."""
    row = await groups.group_tally(session, ident(group), slot.key)
    if row is None or row.promised or (row.since, row.as_of) != (since, slot.as_of):
        return None
    return TallyStanding.from_json(row.frozen), TallyScope.from_json(row.frozen)


async def remember_tally(turn: TickTurn, group: GroupChat, slot: TallySlot, kept: KeptTally) -> LiveMessage:
    """Store the tally that is promised to a group, and the live message that keeps it right.

    The message is clean: what the promise shows needs no edit. If promised twice (a rehearsal), it is the
    same one.
    """
    session = turn.session
    row = await groups.group_tally(session, ident(group), slot.key)
    if row is None or not row.promised:
        await groups.forget_closed(session, ident(group))
        row = _row(group, slot, kept)
        session.add(row)
        await session.flush()
    live_row = await live_messages.live_message(session, LiveKind.TALLY, ident(row))
    if live_row is None:
        live_row = LiveMessage(
            kind=LiveKind.TALLY,
            subject_id=ident(row),
            chat_id=group.chat_id,
            thread_id=group.thread_id,
            dirty=False,
        )
        session.add(live_row)
        await session.flush()
    return live_row


async def is_corrected(session: Session, tally_id: int) -> bool:
    """Whether a tally was corrected, perhaps while its message was on its way."""
    tally = await session.get(GroupTally, tally_id, populate_existing=True)
    return tally is not None and tally.corrected_at is not None


async def correct(session: Session, reports: Sequence[ProgressReport], *, now: datetime) -> int:
    """Correct the tallies in which these reports count, in the groups whose scope holds their units.

    Returns how many of the tallies stand in a chat and will be edited.
    """
    count = 0
    counted_from = min(min(report.counted_at, report.window_closed_at or now) for report in reports)
    for row in await groups.tallies_to_correct(session, counted_from=counted_from, since=now - FOLLOWED):
        if any(_touches(report, row) for report in reports):
            row.corrected_at = now
            session.add(row)
            await session.flush()
            # A tally that has not been sent yet is checked once it is: ``is_corrected``.
            await live_updates.touch(session, LiveKind.TALLY, row.id)
            await pictures.correct(session, PictureKind.TALLY, ident(row), now)
            count += await _stands(session, row)
    return count


def _touches(report: ProgressReport, row: GroupTally) -> bool:
    """Whether a tally counts the report, or names a task as missed or late because of it.

    A tally counts what comes in below its tasks by whichever unit.
    """
    if TallyScope.from_json(row.frozen).holds(report.unit_id) and report.counted_at <= row.as_of:
        return True
    windows = windows_from_json(row.frozen)
    below = below_from_json(row.frozen, windows)
    if report.counted_at <= row.as_of and any(report.task_id in one.task_ids for one in below):
        return True
    mine = [
        one
        for one in all_due(due_from_json(row.frozen, windows), below)
        if (one.task_id == report.task_id if report.task_id is not None else one.unit_id == report.unit_id)
    ]
    came = report.reported_at, report.about_day, report.windows
    return any(w.takes(*came) for one in mine for w in one.windows)


async def _stands(session: Session, tally: GroupTally) -> bool:
    """Whether the whole tally was sent, and nobody is known to have deleted it since."""
    row = await live_messages.live_message(session, LiveKind.TALLY, ident(tally))
    return row is not None and row.content_hash is not None and bool(row.message_ids)


async def render(turn: TickTurn, tally_id: int) -> tuple[View, str] | None:
    """The tally as it must read now: the standing of then with today's knowledge. None: it stays as it is."""
    row = await turn.session.get(GroupTally, tally_id)
    group = None if row is None else await turn.session.get(GroupChat, row.group_id)
    if row is None or group is None or not group.active:
        return None
    tally, scope = await _counted_anew(turn, row)
    locale, remark = turn.campaign.locale, row.frozen.get(_REMARK)
    bare = view(tally, scope, turn.campaign, remark=remark)
    live = await live_messages.live_message(turn.session, LiveKind.TALLY, tally_id)
    if live is not None and live.content_hash == live_updates.hash_of(bare, locale):
        return bare, locale  # what came late changes nothing in it
    return view(tally, scope, turn.campaign, remark=remark, corrected_at=row.corrected_at), locale


async def _counted_anew(turn: TickTurn, row: GroupTally) -> tuple[Tally, TallyScope]:
    standing, scope = TallyStanding.from_json(row.frozen), TallyScope.from_json(row.frozen)
    tally = await counting_by_hour.count(
        turn.session,
        standing,
        DayShown.from_json(row.frozen),
        since=row.since,
        as_of=row.as_of,
        scope=scope.units,
    )
    return tally, scope


async def counted_picture(turn: TickTurn, tally_id: int) -> Picture | None:
    """The picture of a tally as it must be now. None: the tally is gone."""
    row = await turn.session.get(GroupTally, tally_id)
    return None if row is None else await picture(turn, *await _counted_anew(turn, row))


async def picture(turn: TickTurn, tally: Tally, scope: TallyScope) -> Picture:
    """The picture of a group's tally."""
    campaign = turn.campaign
    title = tally_title(tally.as_of.astimezone(campaign.zone).date(), scope.title)
    targets = await task_targets.target_sums(turn.session, scope.units, tally.as_of, tally.came_by)
    daily = is_daily(tally.since, tally.as_of, campaign.zone)
    return tally_picture(tally, targets, title, campaign.zone, campaign.locale, daily=daily)


def view(
    tally: Tally,
    scope: TallyScope,
    campaign: Campaign,
    *,
    remark: str | None = None,
    corrected_at: datetime | None = None,
) -> View:
    """A group's tally. It lists no tasks: its chat tells which tasks a reply may be about."""
    title, *lines = group_lines(tally, campaign.zone, scope.title)
    lines = [title, *([] if remark is None else [Text("push.remark", remark=remark)]), *lines]
    lines += fallback_lines(tally.as_of.astimezone(campaign.zone).date(), campaign)
    if corrected_at is not None:
        lines.append(Text("tally.corrected", at=moment_text(corrected_at, campaign.zone)))
    metrics = metrics_button(tally, scope.units, since=tally.since, until=tally.as_of)
    known = {} if tally.came_by is None else {"came_by": tally.came_by}
    sources = sources_button(tally.as_of, scope.units, **known)
    row = [sources, *metrics, *missed_button(tally, scope.units)]
    return View(lines, [row])
