"""暂停催办: nobody but the office hears of the task meanwhile; all else goes on and carries the mark."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime

import pytest
from sqlmodel import col, select

from locales import plain
from models.audit_log import Audit
from models.db import Session
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.tasks import Task
from rules.people.roles import Role
from rules.tasks.lamps import Lamp
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.campaign import Campaign
from services.delivery import rendering
from services.duties.not_reported import silent_units
from services.duties.task_duties import ReminderKind
from services.nags import nag_engine, nag_forecast, nag_records, nag_releases, reminders
from services.nags.reminders import ReminderTarget
from services.nags.tasks import task_pauses
from services.nags.tasks.task_pauses import PauseMatter
from services.people import unit_card
from services.task_wording import task_lamp
from services.tasks import task_card, task_history, task_lists, task_steps
from services.views import TurnOutcome, View
from tests.services.conftest import Local, World
from tests.services.nags.visits import Visits, known_visits
from tests.services.progress.talk import buttons, refused
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

LAST = date(2026, 12, 20)


@pytest.fixture
async def world(session: Session, world: World) -> World:
    """Its task was due on Friday the 18th, has been signed for, and is not done."""
    world.task.state = TaskState.IN_PROGRESS
    await session.flush()
    return world


async def pause(
    session: Session,
    world: World,
    at: datetime,
    last: date = LAST,
    seen: int = 0,
    by: Actor | None = None,
) -> TurnOutcome:
    turn = turn_for(session, by or world.office, at)
    return await task_pauses.decide(turn, PauseMatter(world.task_id, seen, last), "待上级审批")


async def seen_on(session: Session, world: World, at: datetime) -> int:
    card = await task_card.card(turn_for(session, world.office, at), world.task_id)
    (found,) = buttons(card, "pause.start")
    return int(found.arguments["seen"])


async def heard(session: Session, at: datetime, campaign: Campaign) -> list[int | None]:
    """The chats to which the scan of that moment promises something about nags."""
    await session.exec(select(Task).execution_options(populate_existing=True))
    told = await nag_engine.tick(tick_for(session, at, campaign))
    return [one.chat for one in told if not one.slot.endswith("/nag-office")]


async def fresh(session: Session, world: World) -> Task:
    await session.refresh(world.task)
    return world.task


async def waiting(session: Session) -> list[tuple[NagReason | None, datetime | None]]:
    query = select(Nag).where(Nag.state == NagState.WAITING).order_by(col(Nag.id))
    rows = await session.exec(query.execution_options(populate_existing=True))
    return [(row.reason, row.hold_until) for row in rows]


def zh(view: View) -> str:
    return "\n".join(plain(one, "zh") for one in view.lines)


def why(outcome: TurnOutcome) -> str:
    assert not outcome.done
    assert outcome.text is not None
    return outcome.text.key


# -- what is silent, and what goes on ------------------------------------------------------------------


async def test_nobody_is_nagged_meanwhile_and_it_ends_by_itself(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Paused until Wednesday the 23rd: person and leaders hear nothing, on Thursday at the hour they hear."""
    assert (await pause(session, world, local(12, 15, 8), date(2026, 12, 23))).done
    for day in range(15, 24):
        for hour in (9, 15):
            assert not await heard(session, local(12, day, hour), campaign)
    rows = await waiting(session)
    assert rows
    assert set(rows) == {(NagReason.PAUSED, local(12, 24, 9))}
    told = await heard(session, local(12, 24, 9), campaign)
    chats = [one.contact.telegram_user_id for one in (world.responsible, world.leader)]
    assert sorted(map(str, told)) == sorted(map(str, chats)), "one message each"
    assert not await waiting(session)
    assert await heard(session, local(12, 25, 9), campaign) == [chats[0]], "the ladder goes on"


async def test_only_that_task_is_silent(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    other = await roster.task(
        world.unit, "整治占道经营", date(2026, 12, 18), world.responsible.contact, state=TaskState.IN_PROGRESS
    )
    await pause(session, world, local(12, 15, 8))
    (told,) = await heard(session, local(12, 15, 9), campaign)
    assert told == world.responsible.contact.telegram_user_id
    rows = (await session.exec(select(Outbox).where(Outbox.view == "nag"))).all()
    assert [duty["task_id"] for row in rows for duty in row.content["duties"]] == [other.id]


async def test_what_was_promised_before_is_not_sent(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    assert await heard(session, local(12, 15, 9), campaign)
    row = (await session.exec(select(Outbox).where(Outbox.view == "nag"))).one()
    await pause(session, world, local(12, 15, 9, 1))
    assert await rendering.render(tick_for(session, local(12, 15, 9, 2), campaign), row) is None


async def test_deadline_lamp_and_lists_go_on_with_the_mark(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    at, turn = local(12, 21, 9), turn_for(session, world.leader, local(12, 21, 9))
    assert (await pause(session, world, at, date(2026, 12, 31))).done
    task = await fresh(session, world)
    assert task_lamp(task, at, campaign) is Lamp.RED
    assert [one.unit_id for one in await silent_units(turn, None)] == [world.unit.id]
    mark = "暂停催办至2026年12月31日"
    assert "⏸ 暂停催办至 2026年12月31日，原因：待上级审批" in zh(await task_card.card(turn, world.task_id))
    assert f"办理中，{mark}" in zh(await task_lists.list_view(turn))
    assert f"已逾期3天，{mark}" in zh(await unit_card.card(turn, world.unit.id or 0))
    over = turn_for(session, world.leader, local(12, 31, 23, 59))
    assert mark in zh(await task_lists.list_view(over))
    ended = turn_for(session, world.leader, local(1, 1, year=2027))
    assert mark not in zh(await task_lists.list_view(ended))
    history = zh(await task_history.view(turn_for(session, world.office, at), world.task_id))
    for words in ("暂停催办", "暂停催办至：2026-12-31", "待上级审批"):
        assert words in history


async def test_the_records_say_why_and_when(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await pause(session, world, local(12, 15, 8))
    await heard(session, local(12, 15, 9), campaign)
    turn = turn_for(session, world.office, local(12, 15, 10), campaign)
    text = zh(await nag_records.of_subject(turn, "task", world.task_id))
    assert "已暂停催办，12月21日09:00起再发" in text
    await heard(session, local(12, 21, 9), campaign)
    text = zh(await nag_records.of_subject(turn, "task", world.task_id))
    assert "暂停催办顺延" in text


async def test_the_forecast_says_what_goes_out(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await pause(session, world, local(12, 15, 8), date(2026, 12, 17))
    await heard(session, local(12, 15, 9), campaign)
    coming = await nag_forecast.forecast(tick_for(session, local(12, 15, 10), campaign))
    expected = {(one.contact.telegram_user_id, one.at) for one in coming.letters}
    told: list[tuple[int | None, datetime]] = []
    for day in range(15, 23):
        for hour in (9, 11):
            at = local(12, day, hour)
            if at > local(12, 15, 10):
                told += [(chat, at) for chat in await heard(session, at, campaign)]
    assert set(told) == expected
    assert len(told) == len(coming.letters)
    assert told[0][1] == local(12, 18, 9)


async def test_the_office_releases_nothing_about_it(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await roster.contact(world.unit, "城管局局长", Role.PRINCIPAL_LEADER)
    for day in (15, 18, 21, 22, 23, 24, 25):
        await heard(session, local(12, day, 9), campaign)
    turn = tick_for(session, local(12, 25, 10), campaign)
    assert len((await nag_releases.pending(turn))[0]) == 1
    await pause(session, world, local(12, 25, 10), date(2026, 12, 31))
    assert not (await nag_releases.pending(turn))[0]
    coming = await nag_forecast.forecast(turn)
    released = [one.at for one in coming.letters if one.fate is nag_forecast.ForecastFate.RELEASE]
    assert not released, "the first working day after the pause is beyond the forecast"
    later = tick_for(session, local(1, 4, 10, year=2027), campaign)
    assert len((await nag_releases.pending(later))[0]) == 1


async def test_the_office_does_not_remind_by_hand(session: Session, world: World, local: Local) -> None:
    at = local(12, 21, 10)
    turn = turn_for(session, world.office, at)
    overdue = ReminderTarget(ReminderKind.OVERDUE)
    assert (await reminders.plan(turn, overdue)).pairs()
    await pause(session, world, at, date(2026, 12, 31))
    assert not (await reminders.plan(turn, overdue)).pairs()
    one = reminders.plan(turn, ReminderTarget(ReminderKind.TASK, world.task_id))
    assert await refused(one) == "pauses.no_reminder"


async def test_any_subject_can_be_paused(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The engine asks each subject; the rest of a person's message goes out."""
    task = await fresh(session, world)
    task.next_nag_at = None
    with known_visits() as visits:
        await _paused_visit(session, world, visits, local, campaign)


async def _paused_visit(
    session: Session, world: World, visits: Visits, local: Local, campaign: Campaign
) -> None:
    visit = visits.add("东风小区", world.responsible.contact, date(2026, 12, 18), local(12, 15, 8))
    visit.paused_until = local(12, 17)
    other = visits.add("西风小区", world.responsible.contact, date(2026, 12, 18), local(12, 15, 8))
    chat = world.responsible.contact.telegram_user_id
    assert await heard(session, local(12, 15, 9), campaign) == [chat]
    row = (await session.exec(select(Outbox).where(Outbox.view == "nag"))).one()
    assert [one["visit_id"] for one in row.content["visits"]] == [other.id]
    assert await heard(session, local(12, 17, 9), campaign) == [chat]


# -- ended, renewed, refused ---------------------------------------------------------------------------


async def test_ended_by_the_office(session: Session, world: World, local: Local, campaign: Campaign) -> None:
    """What waits goes out at the next scan, or when the night is over."""
    await pause(session, world, local(12, 18, 8), date(2026, 12, 31))
    assert not await heard(session, local(12, 21, 9), campaign)
    seen = await seen_on(session, world, local(12, 21, 23))
    turn = turn_for(session, world.office, local(12, 21, 23))
    assert (await task_pauses.resume(turn, world.task_id, seen)).done
    task = await fresh(session, world)
    assert (task.paused_until, task.pause_reason) == (None, None)
    assert {until for _, until in await waiting(session)} == {local(12, 22, 8)}
    assert not await heard(session, local(12, 21, 23, 1), campaign)
    assert await heard(session, local(12, 22, 8), campaign)
    again = await task_pauses.resume(turn, world.task_id, seen)
    assert why(again) == "pauses.not_paused"
    assert buttons(again.view, "pause.start")
    assert not buttons(again.view, "pause.resume")


async def test_renewed(session: Session, world: World, local: Local, campaign: Campaign) -> None:
    await pause(session, world, local(12, 15, 8))
    at = local(12, 20, 8)
    seen = await seen_on(session, world, at)
    assert await refused(pause(session, world, at, LAST, seen)) == "pauses.too_long"
    early = pause(session, world, local(12, 18, 8), LAST, seen)
    assert await refused(early) == "pauses.not_longer"
    assert (await pause(session, world, at, date(2027, 1, 19), seen)).done
    assert not await heard(session, local(12, 21, 9), campaign)
    assert {until for _, until in await waiting(session)} == {local(1, 20, 9, year=2027)}


async def test_a_pause_over_a_pause(session: Session, world: World, roster: Roster, local: Local) -> None:
    """Two members of the office press on cards that show no pause: the first counts."""
    second = await roster.actor(world.office.unit, "创城办第二人", Role.OFFICE)
    at = local(12, 15, 8)
    assert (await pause(session, world, at)).done
    late = await pause(session, world, at, date(2026, 12, 31), by=second)
    assert why(late) == "pauses.paused_now"
    started = await task_pauses.start(turn_for(session, second, at), PauseMatter(world.task_id, 0))
    assert why(started) == "pauses.paused_now"
    assert (await fresh(session, world)).paused_until == local(12, 21)
    assert len((await session.exec(select(Audit).where(Audit.event == "pause"))).all()) == 1


async def _complete(session: Session, world: World, at: datetime) -> None:
    assert await task_steps.complete(turn_for(session, world.office, at), world.task_id)


async def _submit(session: Session, world: World, at: datetime) -> None:
    assert await task_steps.submit(turn_for(session, world.responsible, at), world.task_id)


@pytest.mark.parametrize("over", [_complete, _submit])
async def test_a_task_about_which_nobody_is_nagged_cannot_be_paused(
    session: Session,
    world: World,
    local: Local,
    over: Callable[[Session, World, datetime], Awaitable[None]],
) -> None:
    at = local(12, 15, 8)
    await over(session, world, at)
    assert why(await pause(session, world, at)).startswith("completion.present")
    card = await task_card.card(turn_for(session, world.office, at), world.task_id)
    assert not buttons(card, "pause.start")


async def test_a_completed_task_is_no_longer_paused(session: Session, world: World, local: Local) -> None:
    at = local(12, 15, 8)
    await pause(session, world, at)
    await _submit(session, world, at)
    assert (await fresh(session, world)).paused_until is not None, "it may be returned"
    card = await task_card.card(turn_for(session, world.office, at), world.task_id)
    assert buttons(card, "pause.resume")
    assert not buttons(card, "pause.start")
    await _complete(session, world, at)
    assert await task_steps.reopen(turn_for(session, world.office, at), world.task_id)
    task = await fresh(session, world)
    assert (task.paused_until, task.pause_reason) == (None, None)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("0天", "pauses.too_long"),
        ("31天", "pauses.too_long"),
        ("12月15日", "pauses.too_long"),
        ("2027年1月15日", "pauses.too_long"),
        ("一阵子", "pauses.no_day"),
    ],
)
async def test_a_day_that_cannot_be(
    session: Session, world: World, local: Local, words: str, refusal: str
) -> None:
    turn = turn_for(session, world.office, local(12, 15, 8))
    matter = PauseMatter(world.task_id, 0)
    assert await refused(task_pauses.day_in_words(turn, matter, words)) == refusal
    assert (await fresh(session, world)).paused_until is None


@pytest.mark.parametrize("words", ["", " ", "\u200b"])
async def test_never_without_a_reason(session: Session, world: World, local: Local, words: str) -> None:
    turn = turn_for(session, world.office, local(12, 15, 8))
    matter = PauseMatter(world.task_id, 0, LAST)
    assert await refused(task_pauses.answer(turn, matter, words)) == "completion.reason_invisible"
    assert (await fresh(session, world)).paused_until is None


async def test_only_the_office_pauses(session: Session, world: World, local: Local) -> None:
    at = local(12, 15, 8)
    for stranger in (world.responsible, world.liaison, world.leader):
        assert await refused(pause(session, world, at, by=stranger)) == "tasks.office_only"
        turn = turn_for(session, stranger, at)
        assert await refused(task_pauses.resume(turn, world.task_id, 0)) == "tasks.office_only"
        card = await task_card.card(turn, world.task_id)
        assert not buttons(card, "pause.start")
