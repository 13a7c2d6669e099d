"""``/remind``: the preview says exactly who hears what; it is sent once; nobody hears it twice a day."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Database, Session
from models.delivery.messages import Outbox
from models.people import Contact, ContactState
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.delivery import rendering
from services.duties.task_duties import ReminderKind
from services.nags import nag_engine as nags
from services.nags import reminder_views, reminders
from services.nags.reminders import ReminderTarget
from services.tasks import task_steps
from services.views import View
from tests.services.conftest import Local, World, make_world
from tests.services.progress.talk import Talk, buttons, duty_line, keys, line, refused
from tests.support.binding import brought
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

Preview = Callable[..., Awaitable[View]]


@pytest.fixture
def preview(session: Session, world: World, now: datetime, campaign: Campaign) -> Preview:
    """``await preview(asked, subject)``."""

    async def run(
        asked: ReminderKind, subject: int | None = None, *, at: datetime = now, **more: Any
    ) -> View:
        actor = more.pop("actor", world.office)
        return await reminder_views.preview(
            turn_for(session, actor, at, campaign), ReminderTarget(asked, subject), **more
        )

    return run


@pytest.fixture
def send(session: Session, world: World, now: datetime, campaign: Campaign) -> Callable[..., Awaitable[str]]:
    """``await send(view)`` presses 发送 and returns the key of the answer."""

    async def run(view: View, *, at: datetime = now, actor: Actor = world.office) -> str:
        (button,) = buttons(view, "remind.send")
        sent = await reminders.send(turn_for(session, actor, at, campaign), **brought(button))
        return sent.view.lines[0].key

    return run


async def promised(session: Session, campaign: Campaign, now: datetime) -> dict[str, View]:
    """The reminders by reader, as they read when they are sent at ``now``."""
    found = {}
    rows = await session.exec(select(Outbox).where(Outbox.view == "nag").order_by(col(Outbox.id)))
    for row in rows:
        assert row.kind is MessageKind.NAG
        rendered = await rendering.render(tick_for(session, now, campaign), row)
        contact = await session.get_one(Contact, row.contact_id)
        if rendered is not None:
            found[contact.name] = rendered[0]
    return found


async def test_one_merged_message_each_as_it_was_shown(
    preview: Preview,
    send: Any,
    session: Session,
    world: World,
    roster: Roster,
    now: datetime,
    campaign: Campaign,
) -> None:
    zhao = await roster.contact(world.unit, "赵五", Role.RESPONSIBLE_PERSON, enrolled=False)
    await roster.task(world.unit, "整治占道经营", date(2026, 12, 31), world.responsible.contact)
    await roster.task(world.unit, "每日清扫保洁", None, zhao)
    nobody = await roster.unit("住建局")
    await roster.task(nobody, "老旧小区改造", date(2026, 12, 31))
    view = await preview(ReminderKind.UNSIGNED)
    assert line(view, "remind.people").values == {"count": 2}
    own = line(view, "remind.person").values
    assert (own["count"], len(own["tasks"])) == (2, 2)
    assert line(view, "remind.person_instead").values["whom"] == ["赵五"]
    assert "住建局" in str(line(view, "remind.lost").values["names"][0].values)
    assert not list(await session.exec(select(Outbox))), "a preview sends nothing"
    assert await send(view) == "remind.sent"
    messages = await promised(session, campaign, now)
    assert set(messages) == {"城管局责任人", "城管局联络员"}
    mine = messages["城管局责任人"]
    assert keys(mine)[:2] == ["nags.title_asked", "nags.asked.unsigned"]
    shown = [one.key for one in view.lines]
    at = shown.index("nags.title_asked")
    assert list(view.lines[at:]) == list(mine.lines), "the words are those of the preview"
    assert len(buttons(mine, "nag.sign")[0].arguments["wanted"]["task_ids"]) == 2
    passed_on = messages["城管局联络员"]
    assert "nags.for_others" in keys(passed_on)
    owed = duty_line(passed_on, "nags.line_instead").values["days"]
    assert [one.key for one in owed.values["reasons"]] == ["common.frequency.daily"]
    (row,) = await session.exec(select(Audit).where(Audit.event == "remind"))
    assert row.after is not None
    assert (row.actor_id, row.after["kind"], row.after["people"]) == (world.office.id, "unsigned", 2)


async def test_pressed_twice_and_by_another_member(
    preview: Preview, send: Any, session: Session, world: World, roster: Roster
) -> None:
    other = await roster.actor(world.office.unit, "另一位", Role.OFFICE)
    mine, theirs = await preview(ReminderKind.UNSIGNED), await preview(ReminderKind.UNSIGNED, actor=other)
    assert await send(mine) == "remind.sent"
    assert await send(mine) == "remind.sent_before"
    assert await send(theirs, actor=other) == "remind.overtaken"
    assert len(list(await session.exec(select(Outbox)))) == 1
    for actor in (world.leader, world.liaison, world.responsible):
        assert await refused(send(mine, actor=actor)) == "tasks.office_only"
        assert await refused(preview(ReminderKind.UNSIGNED, actor=actor)) == "tasks.office_only"


async def test_not_twice_a_day_unless_it_is_said(
    preview: Preview,
    send: Any,
    session: Session,
    world: World,
    roster: Roster,
    now: datetime,
    local: Local,
) -> None:
    await send(await preview(ReminderKind.UNSIGNED))
    again = await preview(ReminderKind.TASK, world.task_id)
    assert keys(again)[1:] == ["remind.nobody", "remind.reminded"]
    assert not buttons(again, "remind.send")
    # Something new for the same person goes, and only that.
    await roster.task(world.unit, "整治占道经营", date(2026, 12, 31), world.responsible.contact)
    more = await preview(ReminderKind.UNIT, world.unit.id)
    assert line(more, "remind.person").values["count"] == 1
    assert "remind.reminded" in keys(more)
    (button,) = buttons(again, "remind.preview")
    assert button.arguments["again"]
    confirmed = [await preview(ReminderKind.TASK, world.task_id, again=True) for _ in range(2)]
    assert await send(confirmed[0]) == "remind.sent"
    assert await send(confirmed[1]) == "remind.overtaken", "they confirmed before the other one had sent"
    assert len(list(await session.exec(select(Outbox)))) == 2
    tomorrow = local(12, 16, 10)
    assert (
        line(await preview(ReminderKind.TASK, world.task_id, at=tomorrow), "remind.people").values["count"]
        == 1
    )


async def test_who_was_reminded_of_one_task_hears_of_another(
    preview: Preview, send: Any, roster: Roster, world: World
) -> None:
    """They stand in both lists, and the second says that it is about other tasks."""
    await send(await preview(ReminderKind.UNSIGNED))
    assert "（1人）：城管局 城管局责任人（1项）" in (await preview(ReminderKind.UNSIGNED)).plain("zh")
    await roster.task(world.unit, "整治占道经营", date(2026, 12, 31), world.responsible.contact)
    both = (await preview(ReminderKind.UNIT, world.unit.id)).plain("zh")
    assert "· 城管局 城管局责任人（1项）：整治占道经营" in both
    assert "今天已提醒过，本次不再重复（1人）：城管局 城管局责任人（另1项）" in both


async def test_the_mornings_nag_counts_as_reminded(
    preview: Preview, session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    late = await roster.task(world.unit, "整治占道经营", date(2026, 12, 14), world.responsible.contact)
    morning = local(12, 15, 9)
    await nags.tick(tick_for(session, morning, campaign))
    view = await preview(ReminderKind.OVERDUE, at=morning + timedelta(hours=5))
    assert keys(view)[1:] == ["remind.nobody", "remind.reminded"]
    view = await preview(ReminderKind.OVERDUE, at=morning + timedelta(hours=5), again=True)
    assert line(view, "remind.person").values["count"] == 1
    assert late.objective in str(duty_line(view, "nags.line").values["objective"])


async def test_what_is_done_meanwhile_is_left_out(
    preview: Preview,
    send: Any,
    session: Session,
    world: World,
    roster: Roster,
    talk: Talk,
    now: datetime,
    local: Local,
    campaign: Campaign,
) -> None:
    second = await roster.task(world.unit, "整治占道经营", date(2026, 12, 31), world.liaison.contact)
    view = await preview(ReminderKind.UNSIGNED)
    await task_steps.acknowledge(turn_for(session, world.responsible, now), [world.task_id])
    # Left out: a task signed for since the preview, and a task that was not in the preview.
    await roster.task(world.unit, "规范停车秩序", date(2026, 12, 31), world.responsible.contact)
    assert await send(view) == "remind.sent"
    messages = await promised(session, campaign, now)
    assert set(messages) == {"城管局联络员"}
    await task_steps.acknowledge(turn_for(session, world.liaison, now), [second.id or 0])
    assert not await promised(session, campaign, now), "withdrawn when it is its turn"
    noon = local(12, 15, 12)
    silent = await preview(ReminderKind.SILENT, at=noon)
    assert await send(silent, at=noon) == "remind.sent"
    assert set(await promised(session, campaign, noon)) == {"城管局责任人"}, "the other was asked today"
    talk.now = noon + timedelta(minutes=5)
    await talk.write("无情况")
    assert not await promised(session, campaign, noon), "the unit has spoken"
    assert await send(silent, at=noon) == "remind.sent_before"


async def test_what_waits_for_the_office_is_not_urged(
    preview: Preview, world: World, session: Session, now: datetime
) -> None:
    await task_steps.submit(turn_for(session, world.responsible, now), world.task_id)
    for asked, subject in (
        (ReminderKind.TASK, world.task_id),
        (ReminderKind.UNIT, world.unit.id),
        (ReminderKind.UNSIGNED, None),
    ):
        assert keys(await preview(asked, subject))[1:] == ["remind.nobody"]


async def test_the_menu(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    async def menu(words: str = "", actor: Actor = world.office) -> View:
        return await reminder_views.menu(turn_for(session, actor, now, campaign), words)

    late = await roster.task(world.other_unit, "整治占道经营", date(2026, 12, 14))
    labels = [b.label.values["count"] for b in buttons(await menu(), "remind.preview")]
    assert labels == [2, 0, 1]
    targets = [b.arguments for b in buttons(await menu("东风街道"), "remind.preview")]
    assert targets == [
        {"kind": "unit", "subject": world.other_unit.id},
        {"kind": "task", "subject": late.id},
    ]
    assert await refused(menu("没有的")) == "remind.nothing_named"
    assert await refused(menu("%' OR 1=1")) == "remind.nothing_named"
    assert await refused(menu("清" * 4_000)) == "find.too_long"
    assert await refused(menu(actor=world.leader)) == "tasks.office_only"
    assert await refused(menu("城管局", actor=world.liaison)) == "tasks.office_only"


async def test_long_lists_say_how_many_more(
    preview: Preview, session: Session, world: World, roster: Roster
) -> None:
    for number in range(35):
        person = await roster.contact(world.unit, f"责任人{number:02}", Role.RESPONSIBLE_PERSON)
        for part in range(5):
            await roster.task(world.unit, f"任务{number:02}-{part}", date(2026, 12, 31), person)
    view = await preview(ReminderKind.UNIT, world.unit.id)
    assert line(view, "remind.people").values["count"] == 36
    assert line(view, "remind.more_people").values["count"] == 6
    assert [v.key for v in view.lines[3].values["tasks"]][-1] == "remind.and_more"


async def test_nobody_to_reach(preview: Preview, session: Session, world: World) -> None:
    for contact in (world.responsible.contact, world.liaison.contact):
        contact.state = ContactState.UNREACHABLE
        session.add(contact)
    await session.flush()
    view = await preview(ReminderKind.TASK, world.task_id)
    assert keys(view)[1:] == ["remind.nobody", "remind.lost"], "the office does not write to itself"


@pytest.mark.both_engines("side by side")
async def test_two_members_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        world = await make_world(roster)
        other = await roster.actor(world.office.unit, "另一位", Role.OFFICE)
        views = [
            await reminder_views.preview(
                turn_for(session, actor, now, campaign), ReminderTarget(ReminderKind.UNSIGNED)
            )
            for actor in (world.office, other)
        ]
    second = Database(database_url)

    async def run(engine: Database, actor: Actor, view: View) -> str:
        (button,) = buttons(view, "remind.send")
        async with engine.transaction() as session:
            fresh = await actor_of(session, actor.contact)
            sent = await reminders.send(turn_for(session, fresh, now, campaign), **brought(button))
            return sent.view.lines[0].key

    try:
        outcomes = await asyncio.gather(run(database, world.office, views[0]), run(second, other, views[1]))
    finally:
        await second.close()
    assert sorted(outcomes) == ["remind.overtaken", "remind.sent"]
    async with database.reading() as session:
        assert len(list(await session.exec(select(Outbox)))) == 1
