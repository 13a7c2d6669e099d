"""The office's digest of the nags: its promise once a day, and its text.

It is promised at the nags' hour, or with the first nag that comes later.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from locales import Text
from models import audit_log, nags, people, tasks
from models.cases import case_piles
from models.cases.case_piles import Pile, PileFilter
from models.db import Session, ident, known
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.people import Contact, vacancies
from models.ticks import TickMark
from reports.formats import day_text, short
from rules.delivery.delivery import MessageKind
from rules.delivery.notice_rhythm import NoticeRhythm
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from rules.people.roles import Role
from rules.slots import local_slot, slot_key
from rules.tasks.task_lifecycle import NAGGED_STATES, AwaitedAnswer
from services import audit, office_notices, outbox
from services.access import require_office
from services.dry_run import PlannedMessage
from services.nags import missed_people, nag_releases
from services.nags.relays import is_relayed, relays_of
from services.nags.subjects import SUBJECTS
from services.people import vacant_units
from services.people.vacant_units import Vacancy
from services.recipients import Directory
from services.tasks import deciders, explanation_card
from services.turn import TickTurn, Turn
from services.views import View, button


async def promise_digest(turn: TickTurn) -> Sequence[PlannedMessage]:
    """Promise every member of the office this day's digest, if it holds anything; returns what was promised.

    It also contains what was sent earlier in the morning. The caller holds the turn.
    """
    day = turn.today
    if turn.now < local_slot(day, turn.campaign.slots.nag, turn.campaign.zone):
        return []
    slot, told = slot_key(day, nags.DIGEST_MARK), []
    mark = await turn.session.get(TickMark, nags.DIGEST_MARK, populate_existing=True)
    if mark is not None and mark.slot_key == slot:
        return []
    if not await nags.any_since(turn.session, turn.campaign.midnight(day), _subjects()):
        return []
    await turn.session.merge(TickMark(name=nags.DIGEST_MARK, slot_key=slot, ran_at=turn.now))
    for contact in await people.enrolled_with_role(turn.session, Role.OFFICE):
        if contact.notices is not NoticeRhythm.AT_ONCE:
            await _keep_for_their_hour(turn, contact, slot)
            told.append(contact)
            continue
        content = {"day": day.isoformat(), "role": Role.OFFICE.value}
        key = f"{slot}:{contact.id}"
        if await outbox.enqueue_raw(
            turn.session, MessageKind.NOTICE, key, ("nag_office", content), now=turn.now, contact=contact
        ):
            told.append(contact)
    if not told:
        return []
    directory = await Directory.load(turn.session, day)
    await vacant_units.note_vacant(turn, directory)
    return [
        PlannedMessage(
            recipient=directory.name_of(contact),
            chat=contact.telegram_user_id,
            slot=slot,
            duties=[],
            reason=Text("nags.reason.digest"),
            words=partial(digest_view, turn, day, None),
        )
        for contact in told
    ]


async def _keep_for_their_hour(turn: TickTurn, contact: Contact, slot: str) -> None:
    """Let the digest come with the notices of a member who gathers them, as a line that opens it."""
    open_ = button("office_notices.open_button", "digest.show", contact.id, day=turn.today)
    view = View([Text("nags.digest_title", day=day_text(turn.today))], [[open_]])
    # What is promised within minutes of the nags' hour belongs to that hour, not to the next one.
    hour = local_slot(turn.today, turn.campaign.slots.nag, turn.campaign.zone)
    at = hour if turn.now - hour <= _OF_THE_HOUR else turn.now
    await office_notices.keep(turn.session, f"{slot}:{contact.id}", view, contact, now=at)


async def show(turn: Turn, day: date) -> View:
    """The digest of a day, for a member of the office who opens it."""
    require_office(turn.actor)
    return await digest_view(turn, day, turn.actor.id)


def _subjects() -> list[str]:
    """What the office reads of here; of the rest it hears by the rungs."""
    return [word for word, subject in SUBJECTS.items() if subject.in_digest]


_OF_THE_HOUR: Final = timedelta(minutes=10)
NAMES: Final = 10
_HELD: Final = (NagReason.SNOOZED, NagReason.QUIET, NagReason.BUDGET, NagReason.PAUSED)


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """The digest as it stands when it is sent."""
    day = date.fromisoformat(row.content["day"])
    return await digest_view(turn, day, row.contact_id)


async def digest_view(turn: TickTurn, day: date, reader_id: int | None) -> View:
    """The digest, readable in ten seconds.

    It shows how many got 催办 or 提示, what waits, what was held back, and who hears nothing.
    """
    since, until = turn.campaign.midnight(day), turn.campaign.midnight(day + timedelta(days=1))
    rows = await nags.of_day(turn.session, since, until, _subjects())
    waiting, _ = await nag_releases.pending(turn)
    lost = await nags.unconfirmed(turn.session, since, until)
    lines = [
        Text("nags.digest_title", day=day_text(day)),
        *_told(rows, lost),
        *await _held(turn.session, rows),
    ]
    lines += await missed_people.lines(turn.session, since, until, day, _subjects())
    lines += await _vacant(turn.session, since, until, day)
    lines += await _explained(turn, day)
    awaited, buttons = await _awaited(turn), []
    lines += awaited
    if waiting:
        lines.append(Text("nags.digest_release", count=len(waiting)))
        buttons.append(button("nags.release_list_button", "release.list", reader_id))
    if awaited:
        buttons.append(button("nags.todo_button", "desk.open", reader_id))
    buttons.append(button("nags.forecast_button", "nags.front", reader_id))
    return View(lines, [buttons])


def _told(rows: Sequence[Nag], unconfirmed: Collection[int]) -> list[Text]:
    """People and duties, by level, without those of whom nobody knows whether they were told.

    The offer of 申请办结 urges nobody.
    """
    urging = (row for row in rows if row.kind != DutyKind.BELOW_DONE)
    lines, every = [], [row for row in urging if row.state is NagState.TOLD]
    sure = [row for row in every if row.id not in unconfirmed]
    for level in (Level.RESPONSIBLE, Level.SECTION, Level.LEADER_IN_CHARGE, Level.PRINCIPAL_LEADER):
        told = [row for row in sure if row.level is level]
        if told:
            people, duties = len({row.contact_id for row in told}), len({row.about for row in told})
            key = "nags.digest_urged" if level is Level.RESPONSIBLE else "nags.digest_hinted"
            lines.append(Text(key, level=Text(f"nags.level.{level.value}"), people=people, duties=duties))
    if len(sure) < len(every):
        lines.append(Text("nags.digest_unconfirmed", count=len(every) - len(sure)))
    return lines or [Text("nags.digest_nothing")]


async def _held(session: Session, rows: Sequence[Nag]) -> list[Text]:
    """What was postponed, by reason; what a 联络员 has passed on is not what people put off themselves."""
    relays = await relays_of(session, rows)
    kept = [row for row in rows if row.state is not NagState.TOLD and not is_relayed(row, relays)]
    parts = []
    passed_on = {row.about for row in rows if row.state is not NagState.TOLD and is_relayed(row, relays)}
    if passed_on:
        parts.append(Text("nags.digest_relayed", count=len(passed_on)))
    for reason in _HELD:
        held = {row.about for row in kept if row.reason is reason}
        if held:
            parts.append(Text(f"nags.digest_held.{reason.value}", count=len(held)))
    return [Text("nags.digest_put_off", parts=parts)] if parts else []


async def _vacant(session: Session, since: datetime, until: datetime, day: date) -> list[Text]:
    """The units that are new that day in the list of ``/who``, as far as they still stand in it, by kind."""
    new = await vacancies.vacant_between(session, since, until)
    if not new:
        return []
    directory = await Directory.around(session, {ident(unit) for unit in new}, day)
    names: dict[Vacancy, list[str]] = {kind: [] for kind in Vacancy}
    for unit in new:
        if (kind := vacant_units.vacancy_of(directory, ident(unit))) is not None:
            names[kind].append(unit.name)
    return [_vacant_line(kind, found) for kind, found in names.items() if found]


def _vacant_line(kind: Vacancy, names: Sequence[str]) -> Text:
    many = f"nags.digest_vacant_more.{kind.value}"
    key = many if len(names) > NAMES else f"nags.digest_vacant.{kind.value}"
    return Text(key, count=len(names), names=names[:NAMES])


async def _awaited(turn: TickTurn) -> list[Text]:
    """What waits for the office itself: tasks to review, requests for 延期, cases to check."""
    waiting = await deciders.count_for_office(turn)
    checks = await case_piles.count_pile(turn.session, Pile.TO_CHECK, PileFilter(), turn.now)
    counts = {
        "submitted": waiting[AwaitedAnswer.SUBMITTED],
        "extension": waiting[AwaitedAnswer.EXTENSION],
        "checks": checks,
    }
    parts = [Text(f"nags.digest_awaited.{name}", count=count) for name, count in counts.items() if count]
    return [Text("nags.digest_awaits", parts=parts)] if parts else []


EXPLAINED: Final = 5


async def _explained(turn: TickTurn, day: date) -> list[Text]:
    """Why tasks are late, as their people have said since the digest of the last working day."""
    hour, zone = turn.campaign.slots.nag, turn.campaign.zone
    since = local_slot(turn.campaign.calendar.before(day, 1), hour, zone)
    rows = await audit_log.last_between(
        turn.session, "task", explanation_card.EXPLAIN, since, local_slot(day, hour, zone)
    )
    found = await tasks.tasks_by_id(turn.session, [known(row.subject_id) for row in rows])
    open_ones = [task for task in found.values() if task.state in NAGGED_STATES and task.parent_id is None]
    holds = (await explanation_card.last_of(turn.session, open_ones, turn.campaign)).keys()
    said = [(found[row.subject_id], row) for row in rows if row.subject_id in holds]
    if not said:
        return []
    lines = [Text("nags.digest_explained", count=len(said))]
    for task, row in said[:EXPLAINED]:
        who, reason = await audit.name_of(turn.session, row.actor_id), explanation_card.reason_of(row)
        named = {"objective": short(task.objective, 40), "who": who, "reason": short(reason, 60)}
        lines.append(Text("nags.digest_reason", **named))
    if len(said) > EXPLAINED:
        lines.append(Text("nags.release_more", count=len(said) - EXPLAINED))
    return lines
