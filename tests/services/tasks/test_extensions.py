"""延期: asked before the deadline, answered once by the office; what moves with the deadline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from locales import plain
from models.audit_log import Audit
from models.db import Session
from models.delivery.messages import Outbox
from models.people import Contact, ContactState
from models.tasks import Task
from rules.people.roles import Role
from rules.tasks.lamps import Lamp
from rules.tasks.task_extensions import ExtensionStep
from rules.tasks.task_lifecycle import AwaitedAnswer, TaskState
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.cases.lists import case_piles
from services.people import leave
from services.tallies import tally_counting
from services.task_wording import due_text, list_line, task_lamp
from services.tasks import (
    extension_answers,
    extensions,
    reassign,
    strike_off_list,
    task_card,
    task_history,
    task_lists,
    task_steps,
)
from services.tasks.extensions import ExtensionMatter
from services.turn import Turn
from services.views import TurnOutcome, View
from tests.services.conftest import Local, World
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import turn_for

ASK, MOVE = ExtensionStep.ASK, ExtensionStep.MOVE
WANTED = date(2026, 12, 25)
DUE = date(2026, 12, 18)


@pytest.fixture
async def world(session: Session, world: World) -> World:
    world.task.state = TaskState.IN_PROGRESS
    await session.flush()
    return world


async def card(session: Session, reader: Actor, world: World, now: datetime) -> View:
    return await task_card.card(turn_for(session, reader, now), world.task_id)


async def seen(session: Session, reader: Actor, world: World, now: datetime, action: str) -> int:
    (found,) = buttons(await card(session, reader, world, now), action)
    return int(found.arguments["seen"])


async def ask(
    session: Session,
    world: World,
    now: datetime,
    by: Actor | None = None,
    *,
    day: date = WANTED,
    seen: int = 0,
) -> TurnOutcome:
    matter = ExtensionMatter(world.task_id, ASK, seen, day)
    return await extensions.decide(turn_for(session, by or world.responsible, now), matter, "工作量较大")


async def asked(session: Session, world: World, now: datetime, *, day: date = WANTED) -> int:
    """Ask, as the card allows it; returns what the office's buttons have seen."""
    was = await seen(session, world.responsible, world, now, "extension.start")
    assert (await ask(session, world, now, day=day, seen=was)).done
    request = await extension_answers.review(turn_for(session, world.office, now), world.task_id)
    (found,) = buttons(request, "extension.grant")
    return int(found.arguments["seen"])


async def grant(session: Session, world: World, now: datetime, seen: int) -> TurnOutcome:
    return await extension_answers.grant(turn_for(session, world.office, now), world.task_id, seen)


async def refuse(session: Session, world: World, now: datetime, seen: int) -> TurnOutcome:
    return await extension_answers.refuse(
        turn_for(session, world.office, now), world.task_id, seen, "原时限足够"
    )


async def move(session: Session, world: World, now: datetime, day: date = WANTED) -> TurnOutcome:
    was = await seen(session, world.office, world, now, "extension.start")
    matter = ExtensionMatter(world.task_id, MOVE, was, day)
    return await extensions.decide(turn_for(session, world.office, now), matter, "上级部署有调整")


async def notices(session: Session, contact: Contact) -> list[str]:
    query = select(Outbox).where(Outbox.contact_id == contact.id).order_by(col(Outbox.id))
    return [row.content["lines"][0]["$text"] for row in await session.exec(query)]


async def fresh(session: Session, world: World) -> Task:
    await session.refresh(world.task)
    return world.task


def zh(view: View) -> str:
    return "\n".join(plain(one, "zh") for one in view.lines)


def said(outcome: TurnOutcome) -> str:
    assert outcome.text is not None
    return outcome.text.key


def why(outcome: TurnOutcome) -> str:
    assert not outcome.done
    return said(outcome)


# -- asked and answered --------------------------------------------------------------------------------


async def test_asked_and_granted(session: Session, world: World, now: datetime, campaign: Campaign) -> None:
    outcome = await ask(session, world, now)
    assert said(outcome) == "extensions.done.ask"
    assert "extensions.waiting" in keys(outcome.view)
    task = await fresh(session, world)
    assert (task.deadline, task.extension_until, task.state) == (DUE, WANTED, TaskState.IN_PROGRESS)
    assert task_lamp(task, now, campaign) is Lamp.YELLOW, "while it waits, the lamp goes on"
    assert "申请延期至2026年12月25日" in plain(list_line(1, task, now, campaign), "zh")
    assert await notices(session, world.office.contact) == ["extensions.request_title"]
    request = await extension_answers.review(turn_for(session, world.office, now), world.task_id)
    assert "工作量较大" in zh(request)
    assert "2026年12月18日" in zh(request)
    (button,) = buttons(request, "extension.grant")
    outcome = await grant(session, world, now, button.arguments["seen"])
    assert said(outcome) == "extensions.done.grant"
    task = await fresh(session, world)
    assert (task.deadline, task.first_deadline, task.extensions) == (WANTED, DUE, 1)
    assert (task.extension_until, task.extension_asked_at, task.was_overdue) == (None, None, False)
    assert task_lamp(task, now, campaign) is Lamp.GREEN
    shown = plain(line(await card(session, world.responsible, world, now), "tasks.card.deadline"), "zh")
    assert "2026年12月18日→2026年12月25日" in shown
    assert await notices(session, world.responsible.contact) == ["extensions.told_grant"]
    history = zh(await task_history.view(turn_for(session, world.office, now), world.task_id))
    for words in ("申请延期", "申请延期至：2026-12-25", "工作量较大", "完成时限：2026-12-18 → 2026-12-25"):
        assert words in history, history


async def test_refused_with_a_reason_and_not_counted(session: Session, world: World, now: datetime) -> None:
    for _ in range(3):
        assert (await refuse(session, world, now, await asked(session, world, now))).done
    task = await fresh(session, world)
    assert (task.deadline, task.extensions, task.extension_until) == (DUE, 0, None)
    assert await notices(session, world.responsible.contact) == ["extensions.told_refuse"] * 3
    row = (await session.exec(select(Audit).order_by(col(Audit.id).desc()))).first()
    assert row is not None
    assert (row.event, row.after) == ("refuse_extension", {"reason": "原时限足够"})


async def test_granted_twice_at_most(session: Session, world: World, local: Local) -> None:
    for day, until in ((15, date(2026, 12, 25)), (24, date(2026, 12, 31))):
        at = local(12, day, 9)
        assert (await grant(session, world, at, await asked(session, world, at, day=until))).done
    at = local(12, 30, 9)
    task = await fresh(session, world)
    assert (task.deadline, task.first_deadline, task.extensions) == (date(2026, 12, 31), DUE, 2)
    assert not buttons(await card(session, world.responsible, world, at), "extension.start")
    third = await ask(session, world, at, day=date(2027, 1, 8))
    assert why(third) == "extensions.refused.twice"
    assert (await move(session, world, at, date(2027, 1, 8))).done, "the office may"
    assert (await fresh(session, world)).extensions == 2


async def test_the_button_is_there_from_three_working_days_before(
    session: Session, world: World, local: Local
) -> None:
    shown = [
        day
        for day in range(10, 22)
        if buttons(await card(session, world.responsible, world, local(12, day, 9)), "extension.start")
    ]
    assert shown == [15, 16, 17, 18]
    assert why(await ask(session, world, local(12, 14, 9))) == "extensions.refused.too_early"


async def test_after_the_deadline_only_the_office_moves_it(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    at = local(12, 21, 9)
    assert why(await ask(session, world, at)) == "extensions.refused.overdue"
    standing = await tally_counting.stand(
        session, since=local(12, 20), as_of=at, campaign=campaign, scope=None
    )
    assert (len(standing.late), standing.was_overdue) == (1, 0)
    assert (await move(session, world, at)).done
    task = await fresh(session, world)
    assert (task.deadline, task.extensions, task.was_overdue) == (WANTED, 0, True)
    standing = await tally_counting.stand(
        session, since=local(12, 20), as_of=at, campaign=campaign, scope=None
    )
    assert (len(standing.late), standing.was_overdue) == (0, 1), "曾逾期 stays in the figures"
    assert plain(due_text(task, at, campaign), "zh").startswith("2026年12月18日→2026年12月25日，曾逾期")
    assert await notices(session, world.responsible.contact) == ["extensions.told_move"]
    late = await tally_counting.stand(
        session, since=local(12, 27), as_of=local(12, 28), campaign=campaign, scope=None
    )
    assert (len(late.late), late.was_overdue) == (1, 0), "now it is overdue again, and counted there"
    assert await task_steps.complete(turn_for(session, world.office, at), world.task_id)
    (file,) = (await strike_off_list.export(turn_for(session, world.office, at))).files
    assert file.make is not None
    cells = [cell for row in load_workbook(BytesIO(file.make())).worksheets[0].values for cell in row]
    assert "2026年12月18日→2026年12月25日，曾逾期" in cells
    done = await tally_counting.stand(session, since=local(12, 20), as_of=at, campaign=campaign, scope=None)
    assert done.was_overdue == 1


async def test_granted_after_the_deadline_it_counts_from_the_day_that_was_asked_for(
    session: Session, world: World, now: datetime, local: Local
) -> None:
    waits = await asked(session, world, now)
    assert (await grant(session, world, local(12, 22, 9), waits)).done
    task = await fresh(session, world)
    assert (task.deadline, task.was_overdue) == (WANTED, True)


async def test_too_late_for_the_day_that_was_asked_for(
    session: Session, world: World, now: datetime, local: Local
) -> None:
    waits = await asked(session, world, now)
    assert why(await grant(session, world, local(12, 28, 9), waits)) == "extensions.refused.past"
    assert (await refuse(session, world, local(12, 28, 9), waits)).done
    assert (await move(session, world, local(12, 28, 9), date(2026, 12, 31))).done


# -- bad input -----------------------------------------------------------------------------------------


async def test_asked_twice_at_once(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    """The person on two devices, and their deputy: the first press asks, the others hear that it waits."""
    deputy, today = await roster.contact(world.other_unit, "王五"), campaign.today(now)
    who = (world.responsible.id, deputy.id or 0)
    await leave.confirm(turn_for(session, world.responsible, now), *who, today, today)
    actor = await actor_of(session, deputy, today=today)
    assert buttons(await card(session, actor, world, now), "extension.start")
    assert (await ask(session, world, now, actor)).done
    for other in (actor, world.responsible, world.liaison):
        assert why(await ask(session, world, now, other)) == "extensions.refused.waits"
    row = (await session.exec(select(Audit).where(Audit.event == "ask_extension"))).one()
    assert (row.actor_id, (row.after or {})["in_place_of"]) == (deputy.id, world.responsible.id)
    request = await extension_answers.review(turn_for(session, world.office, now), world.task_id)
    (button,) = buttons(request, "extension.grant")
    assert (await grant(session, world, now, button.arguments["seen"])).done
    for contact in (deputy, world.responsible.contact):
        assert (await notices(session, contact))[-1] == "extensions.told_grant"


async def test_answered_twice_at_once(session: Session, world: World, roster: Roster, now: datetime) -> None:
    second = await roster.actor(world.office.unit, "创城办第二人", Role.OFFICE)
    waits = await asked(session, world, now)
    assert (await grant(session, world, now, waits)).done
    late = await extension_answers.refuse(turn_for(session, second, now), world.task_id, waits, "理由不充分")
    assert why(late) == "extensions.refused.not_waiting"
    assert (await fresh(session, world)).deadline == WANTED


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("12月18日", "extensions.refused.not_later"),
        ("12月16日", "extensions.refused.not_later"),
        ("2026-12-14", "extensions.refused.past"),
        ("12月1日", "extensions.refused.too_far"),
        ("尽快", "extensions.no_day"),
        ("2月30日", "extensions.no_day"),
    ],
)
async def test_a_day_that_cannot_be(
    session: Session, world: World, now: datetime, words: str, refusal: str
) -> None:
    matter = ExtensionMatter(world.task_id, ASK, 0)
    turn = turn_for(session, world.responsible, now)
    assert await refused(extensions.day_in_words(turn, matter, words)) == refusal
    assert (await fresh(session, world)).extension_until is None


async def test_rights_are_looked_at_on_each_press(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    for stranger, why_not in (
        (world.leader, "extensions.not_yours"),
        (world.office, "extensions.not_yours"),
        (world.other_liaison, "tasks.not_yours"),
    ):
        assert await refused(ask(session, world, now, stranger)) == why_not
    waits = await asked(session, world, now)
    for stranger in (world.responsible, world.leader):
        turn = turn_for(session, stranger, now)
        for press in (
            extension_answers.grant(turn, world.task_id, waits),
            extension_answers.ask_refusal(turn, world.task_id, waits),
            extension_answers.refuse(turn, world.task_id, waits, "不行"),
            extensions.start(turn, ExtensionMatter(world.task_id, MOVE, waits)),
        ):
            assert await refused(press) == "tasks.office_only"
    assert (await fresh(session, world)).extension_until == WANTED


async def test_a_press_on_an_old_card(session: Session, world: World, now: datetime) -> None:
    assert (await refuse(session, world, now, await asked(session, world, now))).done
    old = await ask(session, world, now, seen=0)
    assert why(old) == "extensions.moved_on"
    assert "tasks.card.title" in keys(old.view)
    waits = await asked(session, world, now)
    assert why(await grant(session, world, now, waits - 1)) == "extensions.moved_on"
    started = ExtensionMatter(world.task_id, MOVE, waits)
    pressed = await extensions.start(turn_for(session, world.office, now), started)
    assert why(pressed) == "extensions.refused.waits", "the office answers first"


Event = Callable[[Turn, int], Awaitable[object]]


async def _cancel(turn: Turn, task_id: int) -> object:
    return await task_steps.cancel(turn, task_id, "重复下达")


@pytest.mark.parametrize("event", [task_steps.complete, _cancel])
async def test_a_task_that_is_over_needs_no_more_time(
    session: Session, world: World, now: datetime, event: Event
) -> None:
    waits = await asked(session, world, now)
    assert await event(turn_for(session, world.office, now), world.task_id)
    task = await fresh(session, world)
    assert (task.extension_until, task.extension_asked_at) == (None, None)
    assert why(await grant(session, world, now, waits)).startswith("completion.present")
    assert why(await ask(session, world, now, seen=waits)).startswith("completion.present")
    shown = await extension_answers.review(turn_for(session, world.office, now), world.task_id)
    assert "tasks.card.title" in keys(shown)


async def test_a_submitted_task_needs_no_more_time(session: Session, world: World, now: datetime) -> None:
    waits = await asked(session, world, now)
    assert await task_steps.submit(turn_for(session, world.responsible, now), world.task_id)
    assert why(await grant(session, world, now, waits)).startswith("completion.present")
    assert await task_steps.withdraw(turn_for(session, world.responsible, now), world.task_id)
    assert why(await grant(session, world, now, waits)) == "extensions.refused.not_waiting"
    assert (await fresh(session, world)).deadline == DUE


async def test_a_request_goes_on_waiting_when_the_task_is_handed_over(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    """As a submission does. The new holder hears of the answer; the former one no longer sees the task."""
    waits = await asked(session, world, now)
    new = await roster.contact(world.other_unit, "李四", Role.RESPONSIBLE_PERSON)
    turn = turn_for(session, world.office, now)
    await reassign.move_tasks(turn, [world.task_id], new.id or 0)
    before = await notices(session, world.responsible.contact)
    assert (await grant(session, world, now, waits)).done
    task = await fresh(session, world)
    assert (task.responsible_id, task.deadline, task.state) == (new.id, WANTED, TaskState.ASSIGNED)
    assert (await notices(session, new))[-1] == "extensions.told_grant"
    assert await notices(session, world.responsible.contact) == before


async def test_nobody_can_be_told(session: Session, world: World, now: datetime) -> None:
    waits = await asked(session, world, now)
    for gone in (world.responsible, world.liaison):
        gone.contact.state = ContactState.UNREACHABLE
    await session.flush()
    outcome = await refuse(session, world, now, waits)
    assert outcome.done
    assert "completion.nobody_told" in keys(outcome.view)


async def test_nobody_who_asked_is_named_where_the_office_moves_it(
    session: Session, world: World, now: datetime
) -> None:
    for gone in (world.responsible, world.liaison):
        gone.contact.state = ContactState.UNREACHABLE
    await session.flush()
    found = keys((await move(session, world, now)).view)
    assert "completion.owners_not_told" in found
    assert "completion.nobody_told" not in found


async def test_a_recurring_task_has_no_deadline_to_move(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    daily = await roster.task(world.unit, "每日巡查", None, world.responsible.contact)
    turn = turn_for(session, world.office, now)
    assert not buttons(await task_card.card(turn, daily.id or 0), "extension.start")
    outcome = await extensions.start(turn, ExtensionMatter(daily.id or 0, MOVE, 0))
    assert why(outcome) == "extensions.refused.no_deadline"


async def test_the_office_finds_the_request_in_its_lists(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    """It is in /todo and beside /tasks while it waits, for the office alone."""
    await roster.task(world.other_unit, "整治背街小巷", DUE)
    turn = turn_for(session, world.office, now)
    assert keys(await case_piles.front(turn)) == ["desk.nothing"]
    request = await asked(session, world, now)
    view = await case_piles.front(turn)
    assert line(view, "tasks.waits_line.extension").values["count"] == 1
    (waiting,) = buttons(view, "task.list")
    assert [one.arguments for one in buttons(await task_lists.list_view(turn), "task.list")] == [
        waiting.arguments
    ]
    waits = AwaitedAnswer(waiting.arguments["waits"])
    listed = await task_lists.list_view(turn, waits=waits)
    assert [row.values["objective"] for row in listed.lines[1:]] == [world.task.objective]
    for reader in (world.responsible, world.leader):
        assert buttons(await case_piles.front(turn_for(session, reader, now)), "task.list") == []
    await extension_answers.grant(turn, world.task_id, request)
    assert keys(await case_piles.front(turn)) == ["desk.nothing"]
    assert keys(await task_lists.list_view(turn, waits=waits)) == ["tasks.none_waits.extension"]
