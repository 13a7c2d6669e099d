"""交接 and 离任: nothing open gets lost; a person who has left hears nothing and answers for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Session
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.people import Contact, ContactState
from rules.people.roles import Role
from services import access
from services.campaign import Campaign
from services.office import handover
from services.people import enrolment
from services.recipients import Directory
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, line, photo, refused
from tests.support.people import Roster
from tests.support.turns import turn_for

CAMPAIGN = Campaign()


async def confirm(session: Session, world: World, to: Contact, seen: Sequence[int], now: datetime) -> Any:
    return await handover.confirm(
        turn_for(session, world.office, now, CAMPAIGN), world.responsible.id, to.id or 0, seen
    )


async def leave(session: Session, world: World, who: int, seen: int, now: datetime) -> Any:
    return await handover.leave_post(turn_for(session, world.office, now, CAMPAIGN), who, seen)


async def promised(session: Session, contact: Contact) -> list[Outbox]:
    query = select(Outbox).where(Outbox.contact_id == contact.id).order_by(col(Outbox.id))
    return list(await session.exec(query))


def texts(row: Outbox) -> list[str]:
    return [text["$text"] for text in row.content["lines"]]


@pytest.fixture
async def successor(roster: Roster, world: World) -> Contact:
    return await roster.contact(world.unit, "接手人", Role.RESPONSIBLE_PERSON)


# -- 交接 ----------------------------------------------------------------------------------------------


async def test_the_successor_is_chosen(
    session: Session, world: World, roster: Roster, successor: Contact, now: datetime
) -> None:
    left = await roster.contact(world.unit, "离任的人", Role.LIAISON, enrolled=False)
    left.state = ContactState.LEFT
    view = await handover.choose(turn_for(session, world.office, now), world.responsible.id)
    offered = [b.arguments["to_id"] for b in buttons(view, "person.hand_over_to")]
    assert offered == [world.liaison.id, successor.id, world.leader.id], "who reports comes first"
    found = await handover.find(turn_for(session, world.office, now), world.responsible.id, "东风")
    assert [b.arguments["to_id"] for b in buttons(found, "person.hand_over_to")] == [world.other_liaison.id]
    nobody = await handover.find(turn_for(session, world.office, now), world.responsible.id, "离任")
    assert (keys(nobody), buttons(nobody, "person.hand_over_to")) == (["handover.nobody"], [])
    nothing = await handover.choose(turn_for(session, world.office, now), world.liaison.id)
    assert keys(nothing) == ["handover.nothing"]


async def test_open_duties_go_to_the_successor(
    session: Session, world: World, roster: Roster, successor: Contact, now: datetime
) -> None:
    more = await roster.task(world.unit, "<整治>背街小巷", date(2026, 12, 25), world.responsible.contact)
    view = await handover.preview(session, world.office, world.responsible.id, successor.id or 0)
    assert line(view, "handover.preview").values["count"] == 2
    assert "&lt;整治&gt;背街小巷" in view.html("zh")
    (button,) = buttons(view, "person.handed_over")
    done = await confirm(session, world, successor, button.arguments["task_ids"], now)
    assert line(done, "handover.done").values["count"] == 2
    for task in (world.task, more):
        await session.refresh(task)
        assert (task.responsible_id, task.responsible_person) == (successor.id, "接手人")
    row = (await session.exec(select(Audit).where(Audit.event == "handover"))).one()
    assert (row.subject_id, row.actor_id) == (world.responsible.id, world.office.id)
    assert row.after == {"successor": "接手人", "task_ids": [world.task_id, more.id]}
    for contact in (successor, world.responsible.contact):
        assert len(await promised(session, contact)) == 1, "both are told, in one message each"
    again = await confirm(session, world, successor, button.arguments["task_ids"], now)
    assert keys(again) == ["handover.nothing"]
    assert len(await promised(session, successor)) == 1


async def test_duties_that_changed_since_the_preview_are_shown_again(
    session: Session, world: World, roster: Roster, successor: Contact, now: datetime
) -> None:
    await roster.task(world.unit, "整治背街小巷", date(2026, 12, 25), world.responsible.contact)
    view = await confirm(session, world, successor, [world.task_id], now)
    assert keys(view)[:2] == ["handover.changed", "handover.preview"]
    assert world.task.responsible_id == world.responsible.id
    assert len(buttons(view, "person.handed_over")[0].arguments["task_ids"]) == 2


async def test_what_the_office_should_know_before(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    away = await roster.contact(world.other_unit, "未入册的人", Role.RESPONSIBLE_PERSON, enrolled=False)
    view = await handover.preview(session, world.office, world.responsible.id, away.id or 0)
    assert {"handover.other_unit", "handover.not_reachable"} <= set(keys(view))
    away.state = ContactState.LEFT
    await session.flush()
    step = confirm(session, world, away, [world.task_id], now)
    assert await refused(step) == "reassign.has_left"


async def test_an_unfinished_report_is_passed_on_and_not_taken_away(
    session: Session, world: World, talk: Talk, successor: Contact, now: datetime
) -> None:
    await talk.write("今天清理违规广告牌匾12处", photo("牌匾"))
    assert (await session.exec(select(Draft.task_id))).one() == world.task_id
    preview = await handover.preview(session, world.office, world.responsible.id, successor.id or 0)
    assert line(preview, "handover.unfinished").values["count"] == 1
    await confirm(session, world, successor, [world.task_id], now)
    (note,) = [row for row in await promised(session, successor) if "handover.unfinished_of" in texts(row)]
    assert note.content["lines"][1]["values"]["text"] == "今天清理违规广告牌匾12处"
    assert [file["file_id"] for file in note.content["files"]] == ["file-牌匾"]
    mine = await promised(session, world.responsible.contact)
    assert ["handover.finish_yours"] in [texts(row) for row in mine]
    assert (await session.exec(select(Draft.text))).one() == "今天清理违规广告牌匾12处"


# -- 离任 ----------------------------------------------------------------------------------------------


async def test_open_duties_come_first(session: Session, world: World, now: datetime) -> None:
    who = world.responsible.id
    asked = await handover.ask_leave(session, world.office, who)
    stand_in = line(asked, "people.leaves_duties").values["stand_in"]
    assert stand_in.values["text"] == ["城管局联络员"]
    assert len(buttons(asked, "person.hand_over")) == 1
    (anyway,) = buttons(asked, "person.leave")
    for seen in (0, 2):
        assert keys(await leave(session, world, who, seen, now))[0] == "people.leave_preview"
    assert world.responsible.contact.state is ContactState.ENROLLED
    view = await leave(session, world, who, anyway.arguments["duties"], now)
    assert line(view, "people.card.state").values["value"].key == "people.state.left"


async def test_who_has_left_is_nobodys_recipient(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    contact = world.responsible.contact
    account = contact.telegram_user_id or 0
    (link,) = await enrolment.invite(
        session, now=now, valid_for=timedelta(days=1), again=[contact.name], names=()
    )
    await leave(session, world, world.responsible.id, 1, now)
    assert (contact.state, contact.telegram_user_id) == (ContactState.LEFT, None)
    assert await access.actor_by_account(session, account) is None
    assert (await access.actor_of(session, contact)).roles == frozenset()
    directory = await Directory.load(session, CAMPAIGN.today(now))
    (heard,) = directory.responsible(world.task)
    assert heard.contact is not None
    assert (heard.contact.id, heard.instead_of) == (world.liaison.id, "城管局责任人")
    assert contact not in directory.holders(Role.RESPONSIBLE_PERSON)
    assert await enrolment.count_uninvited(session) == 0
    assert await enrolment.invite(session, now=now, valid_for=timedelta(days=1), again=[contact.name]) == []
    step = enrolment.enrol(
        session, token_hash=enrolment.hash_token(link.token), telegram_user_id=7_000_000_009, now=now
    )
    assert await refused(step) == "enrolment.expired_link"
    (word,) = (await session.exec(select(Outbox).where(Outbox.chat_id == account))).all()
    assert (texts(word), word.contact_id) == (["people.you_left"], None)
    row = (await session.exec(select(Audit).where(Audit.event == "leave"))).one()
    assert row.before == {"state": "enrolled", "roles": ["responsible_person"]}
    assert row.after == {"state": "left", "roles": []}
    assert await refused(leave(session, world, world.responsible.id, 1, now)) == "people.left"


async def test_their_unfinished_report_goes_to_who_stands_in(
    session: Session, world: World, talk: Talk, now: datetime
) -> None:
    await talk.write("今天清理违规广告牌匾12处", photo("牌匾"))
    asked = await handover.ask_leave(session, world.office, world.responsible.id)
    assert "people.leaves_unfinished" in keys(asked)
    await leave(session, world, world.responsible.id, 1, now)
    (note,) = await promised(session, world.liaison.contact)
    assert texts(note)[0] == "handover.unfinished_of"
    assert (await session.exec(select(Draft))).all() == []


async def test_the_last_liaison_leaves_the_office_standing_in(
    session: Session, world: World, talk: Talk, now: datetime
) -> None:
    asked = await handover.ask_leave(session, world.office, world.liaison.id)
    assert "people.leaves_no_liaison" in keys(asked)
    await leave(session, world, world.liaison.id, 0, now)
    asked = await handover.ask_leave(session, world.office, world.responsible.id)
    assert line(asked, "people.leaves_duties").values["stand_in"].key == "common.role.office"
    await talk.write("今天清理违规广告牌匾12处")
    await leave(session, world, world.responsible.id, 1, now)
    (heard,) = (await Directory.load(session, CAMPAIGN.today(now))).responsible(world.task)
    assert heard.contact is not None
    assert heard.contact.id == world.office.id
    assert [texts(row)[0] for row in await promised(session, world.office.contact)] == [
        "handover.unfinished_of"
    ]


async def test_each_unfinished_report_is_passed_on(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    """SQLite gives the id of a deleted draft to the next draft."""
    for number, name in enumerate(("甲", "乙")):
        at = now + timedelta(days=number)
        contact = await roster.contact(world.unit, name, Role.RESPONSIBLE_PERSON)
        chat = contact.telegram_user_id or 0
        session.add(Draft(contact_id=contact.id or 0, chat_id=chat, text=f"{name}没报完", updated_at=at))
        await session.flush()
        await leave(session, world, contact.id or 0, 0, at)
    said = [str(row.content) for row in await promised(session, world.liaison.contact)]
    assert ["甲没报完" in said[0], "乙没报完" in said[1]] == [True, True]
