"""Notices to the office: each member's choice, who sees to a matter, who settled it."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta

import pytest
from sqlmodel import col, select

from locales import Text, plain
from models.cases import Case
from models.db import Database, Session, ident
from models.delivery import live_messages, messages
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox
from models.delivery.office_matters import OfficeMatter, OfficeNotice
from models.people import ContactState, set_roles
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.delivery.delivery import DeliveryState
from rules.delivery.notice_rhythm import NoticeRhythm
from rules.people.roles import Role
from rules.slots import local_slot
from rules.tasks.task_lifecycle import TaskState
from services import office_notices
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_wording
from services.cases.cards import case_card
from services.delivery import live_views, rendering
from services.nags import nag_digest, nag_engine, quiet_hours
from services.views import View, button, say
from tests.services.conftest import World, make_world
from tests.services.progress.talk import buttons, keys, refused
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

KEY = "help.voice"
ABOUT = ("case", 7)
MONDAY = date(2026, 12, 14)


@pytest.fixture
def office(world: World) -> Actor:
    return world.office


@pytest.fixture
async def colleague(roster: Roster, world: World) -> Actor:
    return await roster.actor(world.office.unit, "创城办第二人", Role.OFFICE)


def notice() -> View:
    return View(
        [*say(KEY).lines, Text("common.as_is", text="第二行"), Text("common.as_is", text="第三行")],
        [[button("cases.card_button", "case.card", case_id=7)]],
    )


async def tell(session: Session, now: datetime, key: str = "k", *, urgent: bool = False) -> int:
    about = (ABOUT[0], ABOUT[1] + len(key) - 1)
    return await office_notices.tell(session, key, notice(), now=now, about=about, urgent=urgent)


async def promised(session: Session, reader: Actor) -> list[Outbox]:
    query = select(Outbox).where(Outbox.contact_id == reader.id).order_by(col(Outbox.id))
    return list(await session.exec(query))


async def shown(session: Session, row: Outbox, now: datetime) -> View | None:
    rendered = await rendering.render(tick_for(session, now), row)
    return None if rendered is None else rendered[0]


async def sent(session: Session, row: Outbox, now: datetime) -> LiveMessage:
    """Let a message go out, as the sender does."""
    view = await shown(session, row, now)
    assert view is not None
    assert view.listed is not None
    kind = office_notices.live_kind(row)
    await live_messages.keep_list(session, ident(row), row.chat_id, view.listed, kind=kind)
    await live_messages.place_list(session, ident(row), [ident(row)], kind=kind)
    await messages.move_delivery(session, ident(row), [DeliveryState.NEW], DeliveryState.SENT)
    live = await live_messages.live_message(session, LiveKind.NOTICE, ident(row))
    assert live is not None
    return live


async def edited(session: Session, live: LiveMessage, now: datetime) -> View:
    found = await live_views.render(tick_for(session, now), live)
    assert found is not None
    return found[0]


class TestRhythm:
    """What was gathered comes in one message at its reader's hour; what is urgent comes at once."""

    async def test_at_once_is_the_usual(self, session: Session, office: Actor, now: datetime) -> None:
        assert await tell(session, now) == 1
        (row,) = await promised(session, office)
        assert row.view == office_notices.ALONE
        assert await office_notices.tick(tick_for(session, now)) == 0
        await tell(session, now)
        assert await promised(session, office) == [row]

    async def test_gathered_until_the_hour(
        self, session: Session, office: Actor, colleague: Actor, campaign: Campaign
    ) -> None:
        await office_notices.choose(turn_for(session, office), NoticeRhythm.TWICE_A_DAY)
        for hour, key in ((9, "a"), (10, "bb"), (14, "ccc")):
            await tell(session, self.at(hour, campaign), key)
            await office_notices.tick(tick_for(session, self.at(hour, campaign) + timedelta(minutes=1)))
        assert await office_notices.is_told(session, "bb")
        # What came at nine went out at nine.
        assert [row.content["notices"] for row in await promised(session, office)] == [[1]]
        assert len(await promised(session, colleague)) == 3
        at = self.at(15, campaign)
        assert await office_notices.tick(tick_for(session, at)) == 0, (
            "what comes at the very hour is waited for"
        )
        at += timedelta(minutes=1)
        assert await office_notices.tick(tick_for(session, at)) == 1
        assert await office_notices.tick(tick_for(session, at)) == 0
        row = (await promised(session, office))[-1]
        view = await shown(session, row, at)
        assert view is not None
        assert keys(view).count("office_notices.numbered") == 2
        labels = [plain(one.label, "zh") for line in view.rows for one in line]
        assert labels[0].startswith("1. ")
        assert [b.arguments["matter_id"] for b in buttons(view, "matter.claim")] == [2, 3]
        assert len(buttons(view, "case.card")) == 2

    def at(self, hour: int, campaign: Campaign) -> datetime:
        return local_slot(MONDAY, time(hour), campaign.zone)

    async def test_the_digest_of_nags_comes_with_them(
        self, session: Session, colleague: Actor, roster: Roster, world: World, campaign: Campaign
    ) -> None:
        """A member who gathers notices has the morning's digest as a line of that hour's message."""
        office = world.office
        await office_notices.choose(turn_for(session, office), NoticeRhythm.TWICE_A_DAY)
        task = await roster.task(world.unit, "清理楼道堆物", date(2026, 12, 11), world.responsible.contact)
        task.state = TaskState.IN_PROGRESS
        await session.flush()
        nine = local_slot(date(2026, 12, 16), time(9), campaign.zone)
        await nag_engine.tick(tick_for(session, nine + timedelta(seconds=20), campaign))
        assert "nag_office" not in [row.view for row in await promised(session, office)]
        assert "nag_office" in [row.view for row in await promised(session, colleague)]
        at = nine + timedelta(minutes=2)
        assert await office_notices.tick(tick_for(session, at, campaign)) == 1
        view = await shown(session, (await promised(session, office))[-1], at)
        assert view is not None
        (way_in,) = buttons(view, "digest.show")
        day = date.fromisoformat(way_in.arguments["day"])
        digest = await nag_digest.show(turn_for(session, office, at, campaign), day)
        assert "nags.digest_title" in keys(digest)
        showing = nag_digest.show(turn_for(session, world.liaison, at), day)
        assert await refused(showing) == "tasks.office_only"

    async def test_urgent_comes_at_once(self, session: Session, office: Actor, now: datetime) -> None:
        await office_notices.choose(turn_for(session, office), NoticeRhythm.TWICE_A_DAY)
        await tell(session, now, urgent=True)
        assert len(await promised(session, office)) == 1

    @pytest.mark.parametrize("colour", [Colour.RED, Colour.YELLOW])
    async def test_red_comes_at_once(
        self, session: Session, case_desk: CaseDesk, world: World, colour: Colour
    ) -> None:
        await office_notices.choose(turn_for(session, world.office), NoticeRhythm.TWICE_A_DAY)
        case = await case_desk.report(world.liaison, await case_desk.category(unit=world.unit))
        assert await promised(session, world.office) == []
        case.state, case.colour = CaseState.HANDLING, colour
        assert case_wording.noticed(case, date(2026, 12, 15))["urgent"] is (colour is Colour.RED)

    async def test_a_choice_of_at_once_lets_out_what_waits(
        self, session: Session, office: Actor, now: datetime
    ) -> None:
        turn = turn_for(session, office, now)
        await office_notices.choose(turn, NoticeRhythm.TWICE_A_DAY)
        await tell(session, now + timedelta(minutes=1))
        await office_notices.choose(turn, NoticeRhythm.AT_ONCE)
        assert await office_notices.tick(tick_for(session, now + timedelta(minutes=2))) == 1

    async def test_quiet_offers_it_to_the_office_alone(
        self, session: Session, world: World, now: datetime
    ) -> None:
        view = await quiet_hours.show_quiet_hours(turn_for(session, world.office, now))
        assert len(buttons(view, "quiet.notices")) == 2
        turn = turn_for(session, world.office, now)
        view = await quiet_hours.choose_notices(turn, NoticeRhythm.TWO_HOURLY)
        assert "quiet.notices_two_hourly" in keys(view)
        view = await quiet_hours.show_quiet_hours(turn_for(session, world.liaison, now))
        assert not buttons(view, "quiet.notices")
        turn = turn_for(session, world.liaison, now)
        choosing = office_notices.choose(turn, NoticeRhythm.TWO_HOURLY)
        assert await refused(choosing) == "tasks.office_only"

    async def test_who_left_the_office_is_told_nothing(
        self, session: Session, office: Actor, colleague: Actor, now: datetime
    ) -> None:
        for member in (office, colleague):
            await office_notices.choose(turn_for(session, member), NoticeRhythm.TWICE_A_DAY)
        await tell(session, now)
        await set_roles(session, office.id, [])
        colleague.contact.state = ContactState.LEFT
        await session.flush()
        assert await office_notices.tick(tick_for(session, now + timedelta(days=3))) == 0
        assert (await session.exec(select(OfficeNotice))).all() == []

    async def test_who_blocked_the_bot_is_told_when_they_are_back(
        self, session: Session, office: Actor, now: datetime
    ) -> None:
        await office_notices.choose(turn_for(session, office), NoticeRhythm.TWICE_A_DAY)
        await tell(session, now)
        later = now + timedelta(days=3)
        for state, sent in ((ContactState.UNREACHABLE, 0), (ContactState.ENROLLED, 1)):
            office.contact.state = state
            await session.flush()
            assert await office_notices.tick(tick_for(session, later)) == sent

    async def test_many_come_in_several_messages_of_which_one_makes_a_sound(
        self, session: Session, office: Actor, now: datetime
    ) -> None:
        await office_notices.choose(turn_for(session, office), NoticeRhythm.TWICE_A_DAY)
        for number in range(23):
            await tell(session, now, "k" * (number + 1))
        later = now + timedelta(days=3)
        assert await office_notices.tick(tick_for(session, later)) == 3
        rows = await promised(session, office)
        assert [len(row.content["notices"]) for row in rows] == [10, 10, 3]
        assert [row.content.get("quiet", False) for row in rows] == [False, True, True]
        view = await shown(session, rows[0], later)
        assert view is not None
        assert len(view.rows) == 10

    async def test_the_same_is_told_once_whatever_its_reader_chose(
        self, session: Session, office: Actor, now: datetime
    ) -> None:
        await office_notices.choose(turn_for(session, office), NoticeRhythm.TWICE_A_DAY)
        await tell(session, now)
        later = now + timedelta(days=3)
        assert await office_notices.tick(tick_for(session, later)) == 1
        assert await office_notices.is_told(session, "k")
        await office_notices.choose(turn_for(session, office), NoticeRhythm.AT_ONCE)
        await tell(session, later)
        assert len(await promised(session, office)) == 1
        assert await office_notices.tick(tick_for(session, later)) == 0

    async def test_what_is_withdrawn_is_not_told(
        self, session: Session, office: Actor, colleague: Actor, now: datetime
    ) -> None:
        await office_notices.choose(turn_for(session, office), NoticeRhythm.TWICE_A_DAY)
        await tell(session, now)
        await office_notices.untell(session, "k")
        assert await office_notices.tick(tick_for(session, now + timedelta(days=3))) == 0
        (row,) = await promised(session, colleague)
        await session.refresh(row)
        assert row.state is DeliveryState.WITHDRAWN


class TestMatter:
    async def test_who_sees_to_it_is_shown_to_the_others(
        self, session: Session, office: Actor, colleague: Actor, now: datetime
    ) -> None:
        await tell(session, now)
        lives = [await sent(session, (await promised(session, one))[0], now) for one in (office, colleague)]
        matter = (await session.exec(select(OfficeMatter))).one()
        said = await office_notices.claim(turn_for(session, office, now), ident(matter))
        assert said.key == "office_notices.claimed"
        late = await office_notices.claim(turn_for(session, colleague, now), ident(matter))
        assert late.key == "office_notices.claimed_before"
        assert (await office_notices.claim(turn_for(session, office, now), ident(matter))).key == said.key
        mine, theirs = [await edited(session, live, now) for live in lives]
        assert "office_notices.claimed_by" in keys(mine)
        assert "office_notices.claimed_by" in keys(theirs)
        assert buttons(mine, "matter.give_back")
        assert not buttons(theirs, "matter.give_back")
        assert not buttons(theirs, "matter.claim")
        assert buttons(theirs, "case.card")
        for live in lives:
            await session.refresh(live)
            assert live.dirty
        back = await office_notices.give_back(turn_for(session, office, now), ident(matter))
        assert back.key == "office_notices.given_back"
        assert buttons(await edited(session, lives[1], now), "matter.claim")
        turn = turn_for(session, colleague, now)
        assert (await office_notices.give_back(turn, ident(matter))).key == "office_notices.given_back"

    async def test_settled_it_says_by_whom_and_has_no_buttons(
        self, session: Session, office: Actor, colleague: Actor, now: datetime
    ) -> None:
        await tell(session, now)
        live = await sent(session, (await promised(session, colleague))[0], now)
        outcome = Text("cases.event.register")
        await office_notices.settle(session, ABOUT, office.id, outcome, now=now)
        view = await edited(session, live, now)
        assert not view.rows
        words = view.plain("zh")
        assert office.contact.name in words
        assert "立案" in words
        # Who was not told yet is not told any more.
        assert await shown(session, (await promised(session, office))[0], now) is None
        matter = (await session.exec(select(OfficeMatter))).one()
        late = await office_notices.claim(turn_for(session, colleague, now), ident(matter))
        assert late.key == "office_notices.settled_before"
        back = await office_notices.give_back(turn_for(session, colleague, now), ident(matter))
        assert back.key == "office_notices.settled_before"

    async def test_what_was_settled_before_the_hour_is_not_told(
        self, session: Session, office: Actor, now: datetime
    ) -> None:
        await office_notices.choose(turn_for(session, office), NoticeRhythm.TWICE_A_DAY)
        await tell(session, now, "k")
        await tell(session, now, "ll")
        await office_notices.settle(session, ABOUT, office.id, Text("cases.event.register"), now=now)
        later = now + timedelta(days=3)
        assert await office_notices.tick(tick_for(session, later)) == 1
        (row,) = await promised(session, office)
        view = await shown(session, row, later)
        assert view is not None
        assert keys(view).count("office_notices.numbered") == 1
        live = await sent(session, row, later)
        await office_notices.settle(session, (ABOUT[0], 8), None, Text("cases.event.reject"), now=later)
        after = await edited(session, live, later)
        assert not after.rows
        assert "office_notices.over" in keys(after)

    async def test_all_settled_before_it_goes_out(
        self, session: Session, office: Actor, now: datetime
    ) -> None:
        await office_notices.choose(turn_for(session, office), NoticeRhythm.TWICE_A_DAY)
        await tell(session, now)
        later = now + timedelta(days=3)
        await office_notices.tick(tick_for(session, later))
        await office_notices.settle(session, ABOUT, None, Text("cases.event.reject"), now=later)
        (row,) = await promised(session, office)
        assert await shown(session, row, later) is None

    async def test_what_asks_for_a_decision_opens_whole(
        self, session: Session, office: Actor, colleague: Actor, now: datetime
    ) -> None:
        """A line shows some of a notice. Its decision is taken in a message of its own."""
        await office_notices.choose(turn_for(session, office), NoticeRhythm.TWICE_A_DAY)
        rows = [[button("desk.dispatch_button", "desk.dispatch", case_id=7, seen=1)], [*notice().rows[0]]]
        lines = [Text("common.as_is", text=f"第{number}行") for number in range(9)]
        await office_notices.tell(session, "k", View(lines, rows), now=now, about=ABOUT)
        await office_notices.tick(tick_for(session, now + timedelta(days=3)))
        (row,) = await promised(session, office)
        view = await shown(session, row, now)
        assert view is not None
        assert not buttons(view, "desk.dispatch")
        assert "第8行" not in view.plain("zh")
        (way_in,) = buttons(view, "notice.open")
        turn = turn_for(session, office, now)
        opened = await office_notices.open_one(turn, way_in.arguments["notice_id"])
        assert "第8行" in opened.plain("zh")
        assert buttons(opened, "desk.dispatch")
        assert buttons(opened, "case.card")
        other = turn_for(session, colleague, now)
        opening = office_notices.open_one(other, way_in.arguments["notice_id"])
        assert await refused(opening) == "buttons.expired"
        await office_notices.settle(session, ABOUT, colleague.id, Text("cases.event.dispatch"), now=now)
        over = await office_notices.open_one(turn, way_in.arguments["notice_id"])
        assert not over.rows
        assert "office_notices.settled" in keys(over)

    async def test_who_left_the_office_sees_to_nothing(
        self, session: Session, office: Actor, colleague: Actor, now: datetime
    ) -> None:
        await tell(session, now)
        live = await sent(session, (await promised(session, colleague))[0], now)
        await office_notices.claim(turn_for(session, office, now), 1)
        assert not buttons(await edited(session, live, now), "matter.claim")
        await set_roles(session, office.id, [])
        view = await edited(session, live, now)
        assert buttons(view, "matter.claim")
        assert "office_notices.claimed_by" not in keys(view)
        assert (
            await office_notices.claim(turn_for(session, colleague, now), 1)
        ).key == "office_notices.claimed"
        assert buttons(await edited(session, live, now), "matter.give_back")

    async def test_what_is_needless_was_not_settled_by_the_office(
        self, session: Session, office: Actor, world: World, now: datetime
    ) -> None:
        await tell(session, now)
        live = await sent(session, (await promised(session, office))[0], now)
        outcome = Text("cases.event.feedback")
        await office_notices.settle(session, ABOUT, world.liaison.id, outcome, now=now)
        assert "office_notices.over" in keys(await edited(session, live, now))

    async def test_what_was_settled_on_the_way_is_edited_once_it_stands(
        self, session: Session, office: Actor, now: datetime
    ) -> None:
        """Nobody sees the row of a message that is being sent, so the settlement cannot mark it."""
        await tell(session, now)
        (row,) = await promised(session, office)
        assert await shown(session, row, now) is not None
        await office_notices.settle(session, ABOUT, None, Text("cases.event.reject"), now=now)
        kind = office_notices.live_kind(row)
        await live_messages.keep_list(session, ident(row), row.chat_id, {"kept": True}, kind=kind)
        await office_notices.place(session, row, [1])
        live = await live_messages.live_message(session, LiveKind.NOTICE, ident(row))
        assert live is not None
        assert live.dirty

    async def test_only_the_office_claims(self, session: Session, world: World, now: datetime) -> None:
        await tell(session, now)
        for act in (office_notices.claim, office_notices.give_back):
            assert await refused(act(turn_for(session, world.liaison, now), 1)) == "tasks.office_only"

    async def test_a_step_of_a_case_settles_what_was_told_of_it(
        self, session: Session, case_desk: CaseDesk, world: World, colleague: Actor
    ) -> None:
        case = await case_desk.report(world.liaison, await case_desk.category(unit=world.unit))

        async def open_keys() -> list[str]:
            query = select(OfficeMatter.key).where(col(OfficeMatter.settled_at).is_(None))
            return list(await session.exec(query))

        assert await open_keys() == [f"case:{case.id}:new"]
        for event in (CaseEvent.ASK_VERIFICATION, CaseEvent.VERIFY):
            await case_desk.step(case, event, world.office)
            assert await open_keys() == [f"case:{case.id}:new"]
        await case_desk.step(case, CaseEvent.REGISTER, colleague)
        assert await open_keys() == []
        (matter,) = (await session.exec(select(OfficeMatter))).all()
        assert (matter.settled_by, matter.outcome) == (
            colleague.id,
            Text(f"cases.event.{CaseEvent.REGISTER.value}").to_json(),
        )

    async def test_two_steps_by_one_press_are_told_as_the_last(
        self, session: Session, office: Actor, now: datetime
    ) -> None:
        """立案并派遣 is not told as 立案 alone."""
        await tell(session, now)
        for event in (CaseEvent.REGISTER, CaseEvent.DISPATCH):
            outcome = Text(f"cases.event.{event.value}")
            await office_notices.settle(session, ABOUT, office.id, outcome, now=now)
        matter = (await session.exec(select(OfficeMatter))).one()
        assert matter.outcome == Text("cases.event.dispatch").to_json()
        later = now + timedelta(minutes=1)
        await office_notices.settle(session, ABOUT, office.id, Text("cases.event.close"), now=later)
        await session.refresh(matter)
        assert matter.outcome == Text("cases.event.dispatch").to_json()

    async def test_the_card_of_a_case_says_who_sees_to_it(
        self, session: Session, case_desk: CaseDesk, world: World, colleague: Actor
    ) -> None:
        case = await case_desk.report(world.liaison, await case_desk.category(unit=world.unit))
        matter = (await session.exec(select(OfficeMatter))).one()
        await office_notices.claim(turn_for(session, colleague, case_desk.now), ident(matter))

        async def seen(reader: Actor) -> bool:
            card = await case_card.card(turn_for(session, reader, case_desk.now), ident(case))
            return "cases.card.seen_to" in keys(card)

        assert await seen(world.office)
        assert not await seen(world.liaison)
        await case_desk.step(case, CaseEvent.REGISTER, world.office)
        assert not await seen(world.office)

    async def test_a_pressed_notice_is_left_alone(
        self, session: Session, office: Actor, now: datetime
    ) -> None:
        await tell(session, now)
        live = await sent(session, (await promised(session, office))[0], now)
        await live_messages.let_go_of_notice(session, live.chat_id, 999_999)
        assert (await session.exec(select(LiveMessage))).all() == [live]
        await live_messages.let_go_of_notice(session, live.chat_id, live.message_ids[0])
        assert (await session.exec(select(LiveMessage))).all() == []


@pytest.mark.both_engines("side by side")
async def test_two_claim_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        world = await make_world(roster)
        second = await roster.actor(world.office.unit, "创城办第二人", Role.OFFICE)
        await tell(session, now)
    other = Database(database_url)

    async def press(engine: Database, actor: Actor) -> str:
        async with engine.transaction() as session:
            return (await office_notices.claim(turn_for(session, actor, now, campaign), 1)).key

    try:
        answers = await asyncio.gather(press(database, world.office), press(other, second))
    finally:
        await other.close()
    assert sorted(answers) == ["office_notices.claimed", "office_notices.claimed_before"]


async def test_a_follower_of_the_office_hears_once(
    session: Session, case_desk: CaseDesk, world: World, roster: Roster
) -> None:
    """A member of the office who follows the case hears of the unit's step at their hour."""
    await office_notices.choose(turn_for(session, world.office), NoticeRhythm.TWICE_A_DAY)
    case: Case = await case_desk.report(world.office, await case_desk.category(unit=world.unit))
    second = await roster.actor(world.office.unit, "创城办第二人", Role.OFFICE)
    told = len(await promised(session, world.office))
    view = View([Text("common.as_is", text="退单")])
    key = f"case:{case.id}:{case.steps + 1}"
    await office_notices.tell(session, key, view, now=case_desk.now, about=("case", ident(case)))
    await case_desk.step(case, CaseEvent.REGISTER, second)
    assert len(await promised(session, world.office)) == told
