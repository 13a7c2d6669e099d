"""迎检: the office announces it and calls it off, and the groups get a countdown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from locales import Text
from models import groups, ticks
from models.cases import case_lists, case_piles
from models.cases.case_lists import CaseListFilter
from models.cases.case_piles import Pile, PileFilter
from models.db import Session
from models.groups import GroupChat
from models.nags import policies
from models.nags.policies import Inspection
from reports.formats import day_text, full_day_text
from rules.cases.case_parts import CaseListPart
from rules.delivery.delivery import MessageKind
from rules.nags.inspections import LONGEST, NAME_LIMIT, InspectionWords, countdown, read_announced
from rules.slots import local_slot, slot_key
from rules.text_parts import clip_plain
from services import audit, outbox, rescan
from services.access import require_office
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.errors import DomainError
from services.groups import group_scopes
from services.tallies import tally_counting
from services.turn import TickTurn, Turn
from services.views import View, arguments_of, button

SLOT = "countdown"


# -- the office ----------------------------------------------------------------------------------------


async def view(turn: Turn, words: str) -> View:
    """``/inspection``, alone or with the days and the name of an inspection to announce."""
    return await preview(turn, words) if words else await list_inspections(turn)


async def list_inspections(turn: Turn) -> View:
    """``/inspection``: the present and coming ones, a button to call each off, and how to announce one."""
    require_office(turn.actor)
    today = turn.today
    ahead = [one for one in await policies.inspections(turn.session) if one.last >= today]
    lines = [_line(one, today) for one in ahead] or [Text("inspection.none")]
    rows = [
        [
            button(
                Text("inspection.cancel_button", name=clip_plain(one.name, 24)),
                "inspection.cancel",
                turn.actor.id,
                id=one.id,
            )
        ]
        for one in ahead
    ]
    return View([*lines, Text("inspection.how")], rows)


def _line(one: Inspection, today: date) -> Text:
    key = "inspection.lasts" if one.first <= today else "inspection.ahead"
    return Text(key, name=one.name, first=full_day_text(one.first), last=full_day_text(one.last))


async def preview(turn: Turn, words: str) -> View:
    """``/inspection 12月10日-12月15日 国家测评迎检``: what it would mean, for confirmation."""
    require_office(turn.actor)
    said = read_announced(words, turn.today)
    if said is None:
        raise DomainError("inspection.unreadable", text=clip_plain(words, 40))
    await _require_sound(turn.session, said, turn.today)
    days = (said.last - said.first).days + 1
    lines = [
        Text(
            "inspection.preview",
            name=said.name,
            first=full_day_text(said.first),
            last=full_day_text(said.last),
            days=days,
        ),
        Text("inspection.means"),
    ]
    said_so = button("people.confirm_button", "inspection.confirm", turn.actor.id, **arguments_of(said))
    return View(lines, [[said_so]])


async def _require_sound(session: Session, said: InspectionWords, today: date) -> None:
    if not said.name or len(said.name) > NAME_LIMIT:
        raise DomainError("inspection.name_it", limit=NAME_LIMIT)
    if said.last < today:
        raise DomainError("inspection.is_over")
    if not 0 <= (said.last - said.first).days < LONGEST:
        raise DomainError("inspection.too_long", limit=LONGEST)
    for other in await policies.inspections(session):
        if other.first <= said.last and said.first <= other.last:
            raise DomainError("inspection.another", name=other.name)


async def confirm(turn: Turn, said: InspectionWords) -> View:
    """Announce it once; a second press finds it announced."""
    require_office(turn.actor)
    # The turn puts presses one after another, so that two cannot announce the same days at one moment.
    await ticks.tick_turn(turn.session, "inspections", turn.now)
    await _require_sound(turn.session, said, turn.today)
    row = Inspection(
        name=said.name, first=said.first, last=said.last, made_by=turn.actor.id, made_at=turn.now
    )
    turn.session.add(row)
    await turn.session.flush()
    after = {"name": row.name, "first": row.first.isoformat(), "last": row.last.isoformat()}
    audit.note(turn, "announce", ("inspection", row.id), after=after)
    await rescan.look_again(turn.session, turn.now)
    return await list_inspections(turn)


async def cancel(turn: Turn, id: int) -> View:
    """取消, also before the end. Limits that it has shortened stay as people were told."""
    require_office(turn.actor)
    row = await policies.inspection_by_id(turn.session, id)
    if row is None:
        raise DomainError("buttons.expired")
    if row.ended_at is None:
        row.ended_at = turn.now
        turn.session.add(row)
        await turn.session.flush()
        before, after = {"ended_at": None}, {"ended_at": turn.now.isoformat()}
        audit.note(turn, "call_off", ("inspection", row.id), before=before, after=after)
        await rescan.look_again(turn.session, turn.now)
    return await list_inspections(turn)


# -- the groups ----------------------------------------------------------------------------------------


async def countdown_tick(turn: TickTurn) -> list[PlannedMessage]:
    """Promise each bound group the day's line, once a day at the brief's hour, days off included.

    If it is announced later on that day, the line goes out at once. A missed day is not made up for.
    """
    mark = await ticks.tick_turn(turn.session, SLOT, turn.now)
    today = turn.today
    slot = slot_key(today, SLOT)
    begins, ends = (
        local_slot(today, at, turn.campaign.zone)
        for at in (turn.campaign.slots.brief, turn.campaign.quiet.begins)
    )
    if mark.slot_key == slot or not begins <= turn.now < ends:
        return []
    counted = [one for one in await policies.inspections(turn.session) if countdown(today, one.period)]
    if not counted:
        return []
    mark.slot_key = slot
    turn.session.add(mark)
    return [await _promise(turn, group, counted, slot) for group in await groups.active_groups(turn.session)]


async def rehearse(session: Session, *, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    """What would be sent at ``at`` if the program had run until the minute before.

    It leaves changed rows behind, so it must run in a transaction that is rolled back.
    """
    mark = await ticks.tick_turn(session, SLOT, at)
    today = campaign.today(at)
    seen = local_slot(today, campaign.slots.brief, campaign.zone) < at
    mark.slot_key = slot_key(today, SLOT) if seen else ""
    session.add(mark)
    await session.flush()
    return await countdown_tick(TickTurn(session, at, campaign))


async def _promise(
    turn: TickTurn, group: GroupChat, counted: Sequence[Inspection], slot: str
) -> PlannedMessage:
    today = turn.today
    view = View([*(_count_line(one, today) for one in counted), *await _standing(turn, group)])
    chat = (group.chat_id, group.thread_id)
    await outbox.enqueue(turn.session, MessageKind.BRIEF, f"{slot}:{group.id}", view, now=turn.now, chat=chat)
    recipient = Text("common.as_is", text=group.title)
    return PlannedMessage(recipient, group.chat_id, slot, [], Text("inspection.reason"), view)


def _count_line(one: Inspection, today: date) -> Text:
    """The count for a day, such as 距国家测评迎检还有3天 or 国家测评迎检第2天."""
    found = countdown(today, one.period)
    if found is None:
        raise ValueError(f"{one.name} is not counted down to on {today}")
    if found.left:
        return Text("inspection.days_left", name=one.name, days=found.left, first=day_text(one.first))
    return Text("inspection.day_of", name=one.name, day=found.day, days=found.days)


async def _standing(turn: TickTurn, group: GroupChat) -> list[Text]:
    """How many tasks and cases are open in the group's scope, and how many of them are late."""
    units = await group_scopes.units_of(turn.session, group)
    stand = await tally_counting.stand(
        turn.session, since=turn.now, as_of=turn.now, campaign=turn.campaign, scope=units
    )
    late = len(stand.late)
    lines = [
        Text("inspection.tasks", open=late + sum(line.on_time for line in stand.units.values()), late=late)
    ]
    narrow = PileFilter(unit_ids=units)
    counts = await case_lists.open_counts(turn.session, CaseListFilter(units))
    if counts[CaseListPart.OPEN]:
        overdue = await case_piles.count_pile(turn.session, Pile.OVERDUE, narrow, turn.now)
        lines.append(Text("inspection.cases", open=counts[CaseListPart.OPEN], late=overdue))
    return lines
