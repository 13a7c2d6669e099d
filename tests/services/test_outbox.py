"""Promises: once each, and the reader's right is checked again when they are sent."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from sqlmodel import col, select

from locales import Text
from models.db import Session
from models.delivery import messages
from models.delivery.messages import Outbox
from models.groups import GroupChat
from models.people import ContactState
from models.restorations import RESTORED
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Role
from rules.slots import local_slot
from services import outbox
from services.access import Actor
from services.campaign import Campaign
from services.delivery import past_messages, rendering, resending
from services.groups import group_binding
from services.nags import nag_engine as nags
from services.views import View, say
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, buttons, keys, refused
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("outbox")

KEY = "help.voice"


async def promise(
    session: Session,
    reader: Actor,
    now: datetime,
    *,
    kind: MessageKind = MessageKind.NOTICE,
    about: int | None = None,
    key: str = "k",
) -> Outbox:
    view = View(say(KEY).lines, (), [] if about is None else [about])
    assert await outbox.enqueue(session, kind, key, view, now=now, contact=reader.contact)
    return (await session.exec(select(Outbox).where(Outbox.dedupe_key == key))).one()


async def test_promised_once(session: Session, world: World, now: datetime) -> None:
    await promise(session, world.liaison, now)
    again = await outbox.enqueue(
        session, MessageKind.NOTICE, "k", say(KEY), now=now, contact=world.office.contact
    )
    assert not again
    (row,) = (await session.exec(select(Outbox))).all()
    assert (row.contact_id, row.state) == (world.liaison.id, DeliveryState.NEW)


@pytest.mark.parametrize("state", [ContactState.NOT_ENROLLED, ContactState.UNREACHABLE])
async def test_nothing_is_promised_to_whom_it_cannot_reach(
    session: Session, world: World, now: datetime, state: ContactState
) -> None:
    world.liaison.contact.state = state
    made = await outbox.enqueue(
        session, MessageKind.NOTICE, "k", say(KEY), now=now, contact=world.liaison.contact
    )
    assert not made
    assert (await session.exec(select(Outbox))).all() == []


async def test_a_message_needs_a_reader(session: Session, now: datetime) -> None:
    with pytest.raises(ValueError, match="contact or a chat"):
        await outbox.enqueue(session, MessageKind.NOTICE, "k", say(KEY), now=now)


async def test_in_the_readers_language(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    row = await promise(session, world.liaison, now)
    assert await rendering.render(tick_for(session, now, campaign), row) == (
        View.from_json(row.content),
        "zh",
    )
    world.liaison.contact.locale = "en"
    await session.flush()
    rendered = await rendering.render(tick_for(session, now, campaign), row)
    assert rendered is not None
    assert rendered[1] == "en"


async def test_not_to_one_who_moved_to_another_unit(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    row = await promise(session, world.liaison, now, about=world.task_id)
    plain = await promise(session, world.liaison, now, key="about nothing")
    world.liaison.contact.unit_id = world.other_unit.id or 0
    await session.flush()
    assert await rendering.render(tick_for(session, now, campaign), row) is None
    assert await rendering.render(tick_for(session, now, campaign), plain) is not None


async def test_not_to_an_account_that_is_no_longer_theirs(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    row = await promise(session, world.liaison, now)
    world.liaison.contact.telegram_user_id = 1
    await session.flush()
    assert await rendering.render(tick_for(session, now, campaign), row) is None


async def test_a_task_that_is_gone_from_view(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    row = await promise(session, world.other_liaison, now, about=world.task_id)
    assert await rendering.render(tick_for(session, now, campaign), row) is None


@pytest.mark.parametrize("kind", [kind for kind in MessageKind if kind is not MessageKind.TALLY])
async def test_what_is_bound_to_its_day_is_withdrawn_the_next(
    session: Session, world: World, local: Local, campaign: Campaign, kind: MessageKind
) -> None:
    """The next slot is the retry of a nag, a hint and a brief; all other messages keep their worth.

    A morning's brief has nothing new to say once the tally is out.
    """
    row = await promise(session, world.liaison, local(12, 15, 17, 59), kind=kind)
    same_day = await rendering.render(tick_for(session, local(12, 15, 17, 59), campaign), row)
    evening = await rendering.render(tick_for(session, local(12, 15, 18), campaign), row)
    next_day = await rendering.render(tick_for(session, local(12, 16, 0, 0), campaign), row)
    assert same_day is not None
    assert (evening is None) is (kind is MessageKind.BRIEF)
    assert (next_day is None) is (kind in past_messages.DAY_BOUND)


@pytest.mark.parametrize(
    ("kind", "day", "over"),
    [
        (MessageKind.TALLY, 15, False),
        (MessageKind.TALLY, 16, True),
        (MessageKind.NOTICE, 21, False),
        (MessageKind.NOTICE, 22, True),
        (MessageKind.RECEIPT, 31, False),
        (MessageKind.ORDER, 31, False),
        (MessageKind.NAG, 16, True),
    ],
)
async def test_what_a_restore_holds_is_of_use_for_so_long(
    session: Session,
    world: World,
    local: Local,
    campaign: Campaign,
    kind: MessageKind,
    day: int,
    over: bool,
) -> None:
    """After a month nobody wants thirty tallies of figures that are lost."""
    row = await promise(session, world.liaison, local(12, 15, 12), kind=kind)
    row.error = RESTORED
    assert past_messages.is_of_the_past(row, campaign, local(12, day, 12)) is over


async def test_a_tally_waits_for_its_group_and_ends_with_the_binding(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    now = local(12, 15, 12)
    await group_binding.bind(turn_for(session, world.office, now, campaign, chat=-100, thread=None), title="")
    await outbox.enqueue(session, MessageKind.TALLY, "t", say(KEY), now=now, chat=(-100, None))
    row = (await session.exec(select(Outbox))).one()
    assert await rendering.render(tick_for(session, local(12, 16, 12), campaign), row) is not None
    await group_binding.unbind(turn_for(session, world.office, now, chat=-100))
    assert await rendering.render(tick_for(session, now, campaign), row) is None


# -- held and sent again -------------------------------------------------------------------------------


async def held(
    session: Session, row: Outbox, state: DeliveryState, now: datetime, campaign: Campaign
) -> View | None:
    """The list that the office gets because of a held message."""
    await messages.move_delivery(session, row.id or 0, [DeliveryState.NEW], state)
    await resending.report_held(session, now=now)
    notice = (await session.exec(select(Outbox).where(col(Outbox.dedupe_key).startswith("held:")))).one()
    return await resending.render(tick_for(session, now, campaign), notice)


@pytest.mark.parametrize(
    ("state", "key"),
    [
        (DeliveryState.UNKNOWN, "outbox.held_unknown"),
        (DeliveryState.UNDELIVERABLE, "outbox.held_undeliverable"),
    ],
)
async def test_the_office_may_send_again_once(
    session: Session, world: World, now: datetime, campaign: Campaign, state: DeliveryState, key: str
) -> None:
    row = await promise(session, world.liaison, now, kind=MessageKind.RECEIPT)
    notice = await held(session, row, state, now, campaign)
    assert notice is not None
    assert keys(notice) == [key]
    assert notice.lines[0].values["reader"] == "城管局联络员"
    (button,) = buttons(notice, "outbox.resend")
    outbox_id = button.arguments["outbox_id"]
    for actor in (world.responsible, world.liaison, world.leader):
        turn = turn_for(session, actor, now, campaign)
        assert await refused(resending.resend(turn, outbox_id)) == "tasks.office_only"
        assert await refused(resending.resend_all(turn)) == "tasks.office_only"
    turn = turn_for(session, world.office, now, campaign)
    assert keys(await resending.resend(turn, outbox_id)) == ["outbox.resent"]
    assert keys(await resending.resend(turn, outbox_id)) == ["outbox.not_held"]
    assert keys(await resending.resend_all(turn)) == ["outbox.not_held"]
    await session.refresh(row)
    assert row.state is DeliveryState.RETRY


async def test_a_cut_makes_one_list_for_each_of_the_office(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    """A list is made when it goes out, so that one tells of all; what comes later makes another one."""
    colleague = await roster.actor(world.office.unit, "创城办第二人", Role.OFFICE)
    people = [await roster.contact(world.unit, f"第{number}人") for number in range(12)]
    for contact in people:
        await outbox.enqueue(
            session,
            MessageKind.ORDER,
            f"o:{contact.id}",
            say("help.voice"),
            now=now,
            contact=contact,
        )
    for row in (await session.exec(select(Outbox))).all():
        await messages.move_delivery(session, row.id or 0, [DeliveryState.NEW], DeliveryState.UNKNOWN)
        await resending.report_held(session, now=now)
    notices = (await session.exec(select(Outbox).where(Outbox.view == resending.HELD_LIST))).all()
    assert {row.contact_id for row in notices} == {world.office.id, colleague.id}
    assert len(notices) == 2
    shown = await resending.render(tick_for(session, now, campaign), notices[0])
    assert shown is not None
    assert len(shown.lines) == 1 + resending.LISTED + 1
    assert shown.lines[-1] == Text("outbox.held_rest", count=2)
    assert [button.action for row in shown.rows for button in row] == [
        *["outbox.resend"] * resending.LISTED,
        "outbox.resend_all",
    ]
    turn = turn_for(session, world.office, now, campaign)
    left = await resending.resend(turn, shown.rows[0][0].arguments["outbox_id"])
    assert keys(left)[:2] == ["outbox.resent", "outbox.held_title"]
    done = await resending.resend_all(turn)
    assert [(line.key, dict(line.values)) for line in done.lines] == [("outbox.resent_all", {"count": 11})]
    assert await resending.render(tick_for(session, now, campaign), notices[1]) is None, "seen to"


async def test_what_was_sent_is_not_sent_again(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    row = await promise(session, world.liaison, now)
    await messages.move_delivery(session, row.id or 0, [DeliveryState.NEW], DeliveryState.SENT)
    answer = await resending.resend(turn_for(session, world.office, now, campaign), row.id or 0)
    assert keys(answer) == ["outbox.not_held"]


async def test_yesterdays_nag_is_not_promised_again(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await nags.tick(tick_for(session, local_slot(date(2026, 12, 15), time(9), campaign.zone), campaign))
    (row,) = (await session.exec(select(Outbox).where(Outbox.kind == MessageKind.NAG))).all()
    row.state = DeliveryState.UNKNOWN
    await session.flush()
    tomorrow = row.created_at + timedelta(days=1)
    answer = await resending.resend(turn_for(session, world.office, tomorrow, campaign), row.id or 0)
    assert keys(answer) == ["outbox.too_late_to_resend"]
    await session.refresh(row)
    assert row.state is DeliveryState.UNKNOWN


async def test_a_receipt_reaches_its_reader_after_the_task_is_finished(
    talk: Talk, session: Session, world: World, campaign: Campaign
) -> None:
    await talk.report("今天清理违规广告牌匾12处")
    row = (await session.exec(select(Outbox))).one()
    rendered = await rendering.render(tick_for(session, talk.now + timedelta(days=2), campaign), row)
    assert rendered is not None
    assert keys(rendered[0])[0] == "progress.receipt.title"
    assert rendered[0].task_ids == [world.task_id]


# -- groups --------------------------------------------------------------------------------------------


async def test_a_promise_follows_its_group_to_the_supergroup(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await group_binding.bind(turn_for(session, world.office, now, campaign, chat=-5, thread=None), title="")
    for key, state in (("a", DeliveryState.NEW), ("b", DeliveryState.SENT), ("c", DeliveryState.RETRY)):
        await outbox.enqueue(session, MessageKind.TALLY, key, say(KEY), now=now, chat=(-5, None))
        row = (await session.exec(select(Outbox).where(Outbox.dedupe_key == key))).one()
        await messages.move_delivery(session, row.id or 0, [DeliveryState.NEW], state)
    await group_binding.follow(session, -5, -1005, now=now)
    session.expire_all()
    chats = await session.exec(select(Outbox.dedupe_key, Outbox.chat_id).order_by(col(Outbox.id)))
    assert [tuple(row) for row in chats] == [("a", -1005), ("b", -5), ("c", -1005)]
    assert (await session.exec(select(GroupChat.chat_id))).all() == [-1005]
