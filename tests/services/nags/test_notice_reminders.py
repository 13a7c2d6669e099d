"""Who has not answered a notice hears one line in a message about other things, and makes no message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pytest
from sqlmodel import col, select

from models.db import Session, ident
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.notices import Notice, NoticeCopy, NoticeParty, notice_due
from models.tasks import Task
from reports.formats import short
from rules.notices.notice_lifecycle import NoticeState
from rules.notices.receipt_kinds import NoticeAsk, ReceiptKind
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.campaign import Campaign
from services.delivery import rendering
from services.nags import nag_engine, nag_records, rehearsal
from services.nags.notices.notice_standing import WORD
from services.nags.notices.notice_subject import NOTICES
from services.nags.subject import TurnDirectory
from services.notices import notice_revising, receipts
from services.tasks.task_steps import schedule_nags
from tests.services.conftest import Local, World
from tests.services.progress.talk import buttons, refused
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

MEETING = "12月18日召开创城推进会"


@dataclass
class Scene:
    """The responsible person of a unit got a notice on the 15th, to be answered by the 16th, 18:00."""

    session: Session
    world: World
    campaign: Campaign
    notice: Notice
    party: NoticeParty

    async def tick(self, at: datetime) -> list[int | None]:
        """The accounts that are told anything at that moment, but for the office's digest."""
        await self.session.exec(select(Task).execution_options(populate_existing=True))
        told = await nag_engine.tick(tick_for(self.session, at, self.campaign))
        return [one.chat for one in told if not one.slot.endswith("/nag-office")]

    async def text(self, at: datetime) -> str:
        """The newest message of the engine, as it goes out."""
        query = select(Outbox).where(Outbox.view == "nag").order_by(col(Outbox.id).desc())
        rendered = await rendering.render(
            tick_for(self.session, at, self.campaign), next(iter(await self.session.exec(query)))
        )
        assert rendered is not None
        return rendered[0].plain("zh")

    async def nags(self) -> list[Nag]:
        query = select(Nag).where(Nag.subject == WORD).order_by(col(Nag.id))
        return list(await self.session.exec(query.execution_options(populate_existing=True)))

    async def answer(self, at: datetime, kind: ReceiptKind) -> None:
        turn = turn_for(self.session, self.world.responsible, at, self.campaign)
        await receipts.press(turn, ident(self.party), 0, kind)
        await self.session.flush()


async def scene_of(world: World, session: Session, local: Local, campaign: Campaign, ask: NoticeAsk) -> Scene:
    notice = Notice(
        issuer_id=world.office.id,
        text=MEETING,
        ask=ask,
        per_unit=True,
        urgent=False,
        answer_by=local(12, 16, 18),
        audience={"tier": None, "units": [], "roles": ["responsible_person"], "people": []},
        state=NoticeState.OPEN,
        sent_at=local(12, 15, 10),
    )
    session.add(notice)
    await session.flush()
    party = NoticeParty(
        notice_id=ident(notice),
        unit_id=ident(world.unit),
        look_at=local(12, 15, 10),
        nagged_until=local(12, 15, 10),
    )
    session.add(party)
    await session.flush()
    session.add(NoticeCopy(notice_id=ident(notice), party_id=ident(party), contact_id=world.responsible.id))
    world.task.state = TaskState.COMPLETED
    schedule_nags(world.task, local(12, 15, 10))
    await session.flush()
    return Scene(session, world, campaign, notice, party)


@pytest.fixture
async def meeting(world: World, session: Session, local: Local, campaign: Campaign) -> Scene:
    return await scene_of(world, session, local, campaign, NoticeAsk.ATTEND)


@pytest.fixture
async def reading(world: World, session: Session, local: Local, campaign: Campaign) -> Scene:
    return await scene_of(world, session, local, campaign, NoticeAsk.READ)


async def busy(scene: Scene, local: Local, who: Actor, deadline: date) -> None:
    """The person has a task by which they get a message."""
    roster = Roster(scene.session, local(12, 15, 10), scene.campaign)
    task = await roster.task(
        scene.world.unit, "清理楼道", deadline, who.contact, state=TaskState.ACKNOWLEDGED
    )
    task.created_at = task.assigned_at = local(12, 1)
    schedule_nags(task, local(12, 15, 10))
    await scene.session.flush()


@pytest.mark.parametrize("ask", [NoticeAsk.READ, NoticeAsk.ATTEND, NoticeAsk.REPLY])
async def test_it_is_a_line_of_the_message_of_the_deadlines_morning(
    world: World, session: Session, local: Local, campaign: Campaign, ask: NoticeAsk
) -> None:
    scene = await scene_of(world, session, local, campaign, ask)
    await busy(scene, local, world.responsible, date(2026, 12, 16))
    account = world.responsible.contact.telegram_user_id
    assert await scene.tick(local(12, 15, 17)) == []
    assert await scene.tick(local(12, 16, 9)) == [account]
    text = await scene.text(local(12, 16, 9))
    assert "通知待答复（1份）" in text
    assert f"✉️ {MEETING}（12月16日18:00前）" in text
    assert "清理楼道" in text


async def test_it_makes_no_message(meeting: Scene, local: Local) -> None:
    assert await meeting.tick(local(12, 16, 9)) == []
    (nag,) = await meeting.nags()
    assert (nag.state, nag.reason, nag.hold_until) == (NagState.WAITING, NagReason.BUDGET, local(12, 17, 9))
    rows = (await meeting.session.exec(select(Outbox).where(Outbox.view == "nag"))).all()
    assert not [row for row in rows if row.contact_id == meeting.world.responsible.id]


async def test_it_goes_along_with_a_later_message_of_the_day(meeting: Scene, local: Local) -> None:
    assert await meeting.tick(local(12, 16, 9)) == []
    await busy(meeting, local, meeting.world.responsible, date(2026, 12, 16))
    assert await meeting.tick(local(12, 16, 10)) == [meeting.world.responsible.contact.telegram_user_id]
    assert MEETING in await meeting.text(local(12, 16, 10))


@pytest.mark.parametrize("how", ["answered", "ended", "withdrawn"])
async def test_what_is_answered_or_over_is_left_out(meeting: Scene, local: Local, how: str) -> None:
    await busy(meeting, local, meeting.world.responsible, date(2026, 12, 16))
    if how == "answered":
        await meeting.answer(local(12, 15, 12), ReceiptKind.ATTEND)
    else:
        meeting.notice.state = NoticeState(how)
        await meeting.session.flush()
    await meeting.tick(local(12, 16, 9))
    assert MEETING not in await meeting.text(local(12, 16, 9))
    assert await meeting.nags() == []


async def test_sent_anew_it_is_reminded_of_though_the_earlier_text_was_answered(
    meeting: Scene, local: Local
) -> None:
    await busy(meeting, local, meeting.world.responsible, date(2026, 12, 16))
    await meeting.answer(local(12, 15, 11), ReceiptKind.ATTEND)
    turn = turn_for(meeting.session, meeting.world.office, local(12, 15, 11), meeting.campaign)
    await notice_revising.renew(turn, ident(meeting.notice), 1, "改在12月19日召开创城推进会")
    await meeting.tick(local(12, 16, 9))
    text = await meeting.text(local(12, 16, 9))
    assert "✉️ 改在12月19日召开创城推进会（12月16日18:00前）" in text


async def test_it_is_left_out_if_it_is_answered_while_the_message_waits(meeting: Scene, local: Local) -> None:
    await busy(meeting, local, meeting.world.responsible, date(2026, 12, 16))
    await meeting.tick(local(12, 16, 9))
    await meeting.answer(local(12, 16, 9, 1), ReceiptKind.ATTEND)
    assert MEETING not in await meeting.text(local(12, 16, 9, 2))


async def test_of_a_meeting_the_section_and_the_leader_hear_a_working_day_later(
    meeting: Scene, roster: Roster, local: Local
) -> None:
    world = meeting.world
    world.responsible.contact.section = "市容科"
    section = await roster.actor(world.unit, "科室钱")
    section.contact.section = "市容科"
    await meeting.session.flush()
    for day in (16, 17):
        await meeting.tick(local(12, day, 9))
    told = {(nag.contact_id, str(nag.level)) for nag in await meeting.nags() if nag.rung == "working_day:1"}
    assert told == {(section.id, "section"), (world.leader.id, "leader_in_charge")}
    await busy(meeting, local, world.responsible, date(2026, 12, 16))
    assert world.leader.contact.telegram_user_id in await meeting.tick(local(12, 18, 9))
    mine = select(Outbox).where(Outbox.view == "nag", Outbox.contact_id == world.leader.id)
    row = (await meeting.session.exec(mine)).one()
    rendered = await rendering.render(tick_for(meeting.session, local(12, 18, 9), meeting.campaign), row)
    assert rendered is not None
    text = rendered[0].plain("zh")
    assert f"✉️ 城管局：{MEETING}（应于12月16日18:00前答复）" in text
    assert "本单位尚未答复的通知（1份）" in text


async def test_of_what_is_to_be_read_nobody_hears_after_the_deadline(reading: Scene, local: Local) -> None:
    for day in (16, 17, 18):
        assert await reading.tick(local(12, day, 9)) == []
    (nag,) = await reading.nags()
    assert (nag.level, nag.state, nag.reason) == ("responsible_person", NagState.MOOT, NagReason.DONE)


async def test_the_line_leads_to_the_copy_and_is_marked_when_it_is_answered(
    meeting: Scene, local: Local
) -> None:
    await busy(meeting, local, meeting.world.responsible, date(2026, 12, 16))
    await meeting.tick(local(12, 16, 9))
    query = select(Outbox).where(Outbox.view == "nag").order_by(col(Outbox.id).desc())
    row = next(iter(await meeting.session.exec(query)))
    turn = tick_for(meeting.session, local(12, 16, 9), meeting.campaign)
    rendered = await rendering.render(turn, row)
    assert rendered is not None
    (way,) = buttons(rendered[0], "notice.copy")
    reader = turn_for(meeting.session, meeting.world.responsible, local(12, 16, 10), meeting.campaign)
    copy = await receipts.show(reader, way.arguments["copy_id"])
    assert MEETING in copy.plain("zh")
    await meeting.answer(local(12, 16, 10), ReceiptKind.ATTEND)
    turn = tick_for(meeting.session, local(12, 16, 11), meeting.campaign)
    standing = await NOTICES.standing(turn, [ident(meeting.party)], TurnDirectory(turn))
    marks = await standing.done(row, meeting.world.responsible.contact)
    assert [one.key for one in marks.values()] == ["notices.nag.answered"]


async def test_a_rehearsal_shows_it(meeting: Scene, local: Local) -> None:
    await busy(meeting, local, meeting.world.responsible, date(2026, 12, 16))
    planned = await rehearsal.rehearse(
        tick_for(meeting.session, local(12, 15, 12), meeting.campaign), at=local(12, 16, 9)
    )
    assert any(short(MEETING, 24) in one.duties for one in planned)


async def test_who_may_see_the_record(meeting: Scene, local: Local) -> None:
    await busy(meeting, local, meeting.world.responsible, date(2026, 12, 16))
    await meeting.tick(local(12, 16, 9))
    at = local(12, 16, 10)
    for actor in (meeting.world.office, meeting.world.liaison):
        turn = turn_for(meeting.session, actor, at, meeting.campaign)
        text = (await nag_records.of_subject(turn, WORD, ident(meeting.party))).plain("zh")
        assert text.startswith(f"【催办记录】{MEETING}")
    other = turn_for(meeting.session, meeting.world.other_liaison, at, meeting.campaign)
    assert await refused(nag_records.of_subject(other, WORD, ident(meeting.party))) == "buttons.expired"


async def test_a_policy_that_is_changed_looks_again(meeting: Scene, local: Local) -> None:
    await meeting.tick(local(12, 15, 11))
    later = await notice_due.next_look(meeting.session)
    assert later == local(12, 16, 9)
    await notice_due.look_again(meeting.session, local(12, 15, 12))
    assert await notice_due.next_look(meeting.session) == local(12, 15, 12)
