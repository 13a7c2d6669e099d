"""The morning brief of the leaders, once per working day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from locales import Text
from models import people, ticks
from models.db import Session, ident
from models.people import Contact
from reports.formats import day_text
from reports.pictures.picture import Picture
from reports.pictures.tally_picture import tally_picture
from reports.tally import Tally, brief_lines, no_news_line, says_something
from rules.cases.case_parts import CaseListPart
from rules.delivery.delivery import MessageKind
from rules.people.roles import LEADERS
from rules.period_days import told_of
from rules.periods import FigurePeriod
from rules.slots import latest_slot, local_slot, slot_key
from services import calendar, outbox
from services.access import actor_of
from services.dry_run import PlannedMessage
from services.duties import report_windows
from services.errors import DomainError
from services.tallies import (
    brief_rhythm,
    period_digests,
    promised_pictures,
    tally_counting,
    tally_metrics,
    tally_sources,
)
from services.tallies.brief_rhythm import ChosenRhythm, brief_before
from services.tallies.period_digests import PeriodDigest
from services.task_wording import list_button
from services.tasks import task_targets
from services.turn import TickTurn, Turn, turn_of
from services.views import View, button


async def brief_tick(turn: TickTurn) -> list[PlannedMessage]:
    """Promise every enrolled leader the brief of this working day, or of the week that is over.

    On the day on which a week or a month is told of, that is in the same message. A missed day's brief is not
    made up for.
    """
    mark = await ticks.tick_turn(turn.session, "brief", turn.now)
    day = latest_slot(
        turn.now, turn.campaign.slots.brief, turn.campaign.zone, turn.campaign.calendar.is_working_day
    )
    if day != turn.today or turn.now >= local_slot(day, turn.campaign.slots.brief_ends, turn.campaign.zone):
        return []
    slot = slot_key(day, "brief")
    if mark.slot_key == slot:
        return []
    mark.slot_key = slot
    turn.session.add(mark)
    leaders = await _leaders(turn.session)
    ids = [ident(contact) for contact in leaders]
    chosen = await brief_rhythm.rhythms(turn.session, ids, turn.campaign.zone)
    told = told_of(day, turn.campaign.calendar)
    planned = []
    for contact in leaders:
        before = brief_before(day, chosen.get(ident(contact), ChosenRhythm()), turn.campaign.calendar)
        if before is not None or told:
            actor = await actor_of(turn.session, contact, today=turn.today)
            planned.append(await _promise_brief(turn_of(turn, actor), slot, before, told))
    return planned


async def _leaders(session: Session) -> list[Contact]:
    found: dict[int | None, Contact] = {}
    for role in sorted(LEADERS):
        for contact in await people.enrolled_with_role(session, role):
            found.setdefault(contact.id, contact)
    return list(found.values())


async def _promise_brief(
    turn: Turn, slot: str, before: date | None, told: Sequence[FigurePeriod]
) -> PlannedMessage:
    """Promise one message. ``before`` None: there is no brief today, but what is ``told`` of periods."""
    contact = turn.actor.contact
    tally = None if before is None else await _tally(turn, before)
    digests = [
        await period_digests.digest(turn, period, turn.actor.oversight, _scope(turn)) for period in told
    ]
    views = [] if tally is None else [_view(turn, tally, whole=False)]
    view = _joined([*views, *(View(made.lines, [made.button] if made.button else []) for made in digests)])
    await outbox.enqueue(
        turn.session, MessageKind.BRIEF, f"{slot}:{turn.actor.id}", view, now=turn.now, contact=contact
    )
    picture = await _picture(turn, tally, digests)
    if picture is not None:
        key = f"{slot}/picture:{turn.actor.id}"
        await promised_pictures.promise_to_contact(turn, key, picture, contact)
    return PlannedMessage(
        recipient=Text("common.contact", unit=turn.actor.unit.name, name=contact.name),
        chat=contact.telegram_user_id,
        slot=slot,
        duties=[],
        reason=Text("brief.reason"),
        words=view,
    )


def _joined(views: Sequence[View]) -> View:
    """Several views as one message, an empty line between them."""
    lines = [line for view in views for line in (Text("common.as_is", text=""), *view.lines)]
    return View(lines[1:], [row for view in views for row in view.rows])


async def _picture(turn: Turn, tally: Tally | None, digests: Sequence[PeriodDigest]) -> Picture | None:
    """The one picture of the message: that of the longest time of which it has something to tell."""
    locale = turn.actor.contact.locale or turn.campaign.locale
    for made in digests:
        if (shown := await period_digests.picture(turn, made, locale)) is not None:
            return shown
    if tally is None or not says_something(tally):
        return None
    title = Text("pictures.brief_title", day=day_text(turn.today), scope=_scope(turn))
    targets = await task_targets.target_sums(turn.session, turn.actor.oversight, turn.now)
    picture = tally_picture(tally, targets, title, turn.campaign.zone, locale)
    return picture if picture.panels else None


async def brief(turn: Turn) -> View:
    """``/brief``: the reader's scope since the brief of the working day before."""
    if not (turn.actor.is_leader or turn.actor.scope is None):
        raise DomainError("brief.leaders_only")
    return _view(turn, await _tally(turn, turn.campaign.calendar.before(turn.today, 1)), whole=True)


async def _tally(turn: Turn, before: date) -> Tally:
    """The tally of a brief since the hour of the one of that day.

    A brief is not corrected later, so it contains everything that came in since the last one.
    """
    units = turn.actor.oversight
    since = local_slot(before, turn.campaign.slots.brief, turn.campaign.zone)
    standing = await tally_counting.stand(
        turn.session, since=since, as_of=turn.now, campaign=turn.campaign, scope=units
    )
    due = await report_windows.closing(
        turn.session, since=since, until=turn.now, campaign=turn.campaign, scope=units
    )
    return await tally_counting.count_with(
        turn.session,
        replace(standing, due=due),
        since=since,
        as_of=turn.now,
        scope=units,
        by_arrival=True,
    )


def _scope(turn: Turn) -> Text:
    if turn.actor.scope is None:
        return Text("brief.scope_all")
    return Text("common.as_is", text=turn.actor.unit.name)


def _view(turn: Turn, tally: Tally, *, whole: bool) -> View:
    """The brief in words. Unless it is to be ``whole``, no news is one line."""
    day, units, scope = turn.today, turn.actor.oversight, _scope(turn)
    guessed = calendar.fallback_lines(day, turn.campaign)
    if not (whole or says_something(tally)):
        return View([no_news_line(tally, day, scope), *guessed], [[list_button(turn.actor.id)]])
    row = [
        tally_sources.sources_button(turn.now, units),
        *tally_metrics.metrics_button(tally, units, since=tally.since, until=turn.now, by_arrival=True),
    ]
    lines = [*brief_lines(tally, day, scope, turn.campaign.zone), *guessed]
    last = [list_button(turn.actor.id)]
    if tally.cases.overdue:
        label = Text("tally.overdue_button", count=tally.cases.overdue)
        last.append(button(label, "caselist.open", turn.actor.id, which=CaseListPart.RED))
    return View(lines, [row, last])
