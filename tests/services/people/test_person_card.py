"""A contact's card: the office alone finds it and changes it, and each change is recorded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Session
from models.delivery.messages import Question
from models.people import Contact, ContactState
from rules.people.roles import Role
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.office import handover
from services.people import enrolment, person_card, person_history
from tests.conftest import NOW
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import turn_for

CAMPAIGN = Campaign()


async def last_entry(session: Session) -> tuple[str, Any, Any, int | None]:
    row = (await session.exec(select(Audit).order_by(col(Audit.id).desc()))).first()
    assert row is not None
    return row.event, row.before, row.after, row.actor_id


async def find(session: Session, actor: Actor, words: str) -> Any:
    return await person_card.find(turn_for(session, actor, NOW, CAMPAIGN), words)


async def test_found_by_name_or_by_unit_and_name(session: Session, world: World, roster: Roster) -> None:
    view = await find(session, world.office, "城管局责任人")
    assert line(view, "people.card.title").values == {"unit": "城管局", "name": "城管局责任人"}
    assert line(view, "people.card.duties").values["count"] == 1
    same = [await roster.contact(unit, "张伟", Role.LIAISON) for unit in (world.unit, world.other_unit)]
    left = await roster.contact(world.unit, "张伟明", enrolled=False)
    left.state = ContactState.LEFT
    several = await find(session, world.office, " 张\u3000伟 ")
    labels = [(b.label.key, b.arguments["contact_id"]) for b in buttons(several, "person.card")]
    assert labels == [
        ("common.contact", same[0].id),
        ("common.contact", same[1].id),
        ("people.left_label", left.id),
    ]
    only = await find(session, world.office, "东风街道张伟")
    assert line(only, "people.card.title").values["unit"] == "东风街道"
    for words, key in (
        ("", "people.name_whom"),
        ("\u200b", "people.name_whom"),
        ("%", "people.nobody"),
        ("'; DROP TABLE contact; --", "people.nobody"),
        ("张" * 4000, "people.nobody"),
    ):
        assert await refused(find(session, world.office, words)) == key


async def test_nobody_else_sees_or_changes_anything(session: Session, world: World, now: datetime) -> None:
    who = world.responsible.id
    for actor in (world.leader, world.liaison, world.responsible):
        for step in (
            find(session, actor, "城管局"),
            person_card.card(turn_for(session, actor, now, CAMPAIGN), who),
            person_card.ask_post(turn_for(session, actor, now), who),
            person_card.set_post(turn_for(session, actor, now, CAMPAIGN), who, "局长"),
            person_card.show_roles(session, actor, who),
            person_card.set_role(turn_for(session, actor, now), who, Role.OFFICE, holds=True),
            person_card.ask_unit(turn_for(session, actor, now), who),
            person_card.choose_unit(turn_for(session, actor, now), who, "东风街道"),
            person_card.preview_move(session, actor, who, world.other_unit.id or 0),
            person_card.move(turn_for(session, actor, now, CAMPAIGN), who, 1, 1),
            person_card.restore(turn_for(session, actor, now, CAMPAIGN), who),
            person_history.view(turn_for(session, actor, campaign=CAMPAIGN), who),
            enrolment.invite_contact(turn_for(session, actor, now, CAMPAIGN), who),
            handover.choose(turn_for(session, actor, now), who),
            handover.find(turn_for(session, actor, now), who, "联络员"),
            handover.preview(session, actor, who, world.liaison.id),
            handover.confirm(turn_for(session, actor, now, CAMPAIGN), who, world.liaison.id, [world.task_id]),
            handover.ask_leave(session, actor, who),
            handover.leave_post(turn_for(session, actor, now, CAMPAIGN), who, 1),
        ):
            assert await refused(step) == "tasks.office_only"
    assert (await session.exec(select(Audit))).all() == []


async def test_a_post_is_asked_for_and_changed(session: Session, world: World, now: datetime) -> None:
    who = world.responsible.id
    assert keys(await person_card.ask_post(turn_for(session, world.office, now), who)) == ["people.ask_post"]
    question = (await session.exec(select(Question))).one()
    assert (question.action, question.arguments) == ("person.post", {"contact_id": who})

    async def write(words: str) -> Any:
        return await person_card.set_post(turn_for(session, world.office, now, CAMPAIGN), who, words)

    view = await write("<b>城管科 科长</b>")
    assert "&lt;b&gt;城管科科长&lt;/b&gt;" in view.html("zh")
    expected = ("post", {"post": None}, {"post": "<b>城管科科长</b>"}, world.office.id)
    assert await last_entry(session) == expected
    await write("<b>城管科科长</b>")
    assert len((await session.exec(select(Audit))).all()) == 1, "the same again is no change"
    assert await refused(write("长" * 4000)) == "joining.post_too_long"
    assert await refused(write("\u202e\u200b")) == "people.ask_post", "what cannot be seen is no post"
    await write("\u202e科长\u200b\x07")
    assert world.responsible.contact.post == "科长"


async def test_roles_are_given_and_taken(session: Session, world: World, now: datetime) -> None:
    who = world.responsible.id

    async def press(role: Role, *, holds: bool) -> Any:
        return await person_card.set_role(turn_for(session, world.office, now), who, role, holds=holds)

    view = await press(Role.LEADER_IN_CHARGE, holds=True)
    held = [b.arguments["role"] for b in buttons(view, "person.role") if not b.arguments["holds"]]
    assert set(held) == {"responsible_person", "leader_in_charge"}
    assert (await last_entry(session))[1:3] == (
        {"roles": ["responsible_person"]},
        {"roles": ["leader_in_charge", "responsible_person"]},
    )
    assert (await actor_of(session, world.responsible.contact)).is_leader
    await press(Role.LEADER_IN_CHARGE, holds=True)
    assert len((await session.exec(select(Audit))).all()) == 1, "a second press changes nothing"
    await press(Role.LEADER_IN_CHARGE, holds=False)
    assert await refused(press(Role.RESPONSIBLE_PERSON, holds=False)) == "people.last_role"


async def test_nobody_shuts_himself_out(session: Session, world: World, now: datetime) -> None:
    who, office = world.office.id, world.office
    await person_card.set_role(turn_for(session, office, now), who, Role.LIAISON, holds=True)
    step = person_card.set_role(turn_for(session, office, now), who, Role.OFFICE, holds=False)
    assert await refused(step) == "people.not_yourself"
    assert await refused(handover.ask_leave(session, office, who)) == "people.not_yourself"
    step = handover.leave_post(turn_for(session, office, now, CAMPAIGN), who, 0)
    assert await refused(step) == "people.not_yourself"


async def test_they_move_to_another_unit(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    who, new = world.responsible.id, world.other_unit.id or 0
    choice = await person_card.choose_unit(turn_for(session, world.office, now), who, "街道")
    assert [b.arguments["unit_id"] for b in buttons(choice, "person.unit")] == [new]
    none = await person_card.choose_unit(turn_for(session, world.office, now), who, "%")
    assert keys(none) == ["people.no_such_unit"]
    preview = await person_card.preview_move(session, world.office, who, new)
    assert line(preview, "people.move_keeps").values["count"] == 1
    (confirm,) = buttons(preview, "person.move")

    async def move() -> Any:
        said = confirm.arguments
        return await person_card.move(
            turn_for(session, world.office, now, CAMPAIGN), who, said["unit_id"], said["from_id"]
        )

    twin = await roster.contact(world.other_unit, "城管局责任人", enrolled=False)
    assert await refused(move()) == "people.name_taken"
    twin.name = "另一位"
    await session.flush()
    assert line(await move(), "people.card.title").values["unit"] == "东风街道"
    assert await last_entry(session) == ("unit", {"unit": "城管局"}, {"unit": "东风街道"}, world.office.id)
    await move()
    assert len((await session.exec(select(Audit))).all()) == 1
    assert world.task.responsible_id == who, "what they have in hand stays in their hands"


async def test_the_history_is_readable(session: Session, world: World, now: datetime) -> None:
    who = world.responsible.id
    empty = await person_history.view(turn_for(session, world.office, campaign=CAMPAIGN), who)
    assert keys(empty)[1:] == ["people.no_history"]
    await person_card.set_post(turn_for(session, world.office, now, CAMPAIGN), who, "<科长>")
    await person_card.set_role(turn_for(session, world.office, now), who, Role.LIAISON, holds=True)
    await enrolment.set_language(turn_for(session, world.responsible, now), "en")
    await enrolment.lose_contact(
        session, world.responsible.contact.telegram_user_id or 0, now=now, today=now.date()
    )
    shown = await person_history.view(turn_for(session, world.office, campaign=CAMPAIGN), who)
    words = shown.plain("zh")
    for piece in (
        "创城办 创城办工作人员：改职务",
        "· （无） → <科长>",
        "· 责任人 → 联络员、责任人",
        "城管局 城管局责任人：切换语言",
        "联系中断",
    ):
        assert piece in words
    for number in range(30):
        at = now + timedelta(minutes=number)
        await person_card.set_post(turn_for(session, world.office, at, CAMPAIGN), who, f"职务{number}")
    long = await person_history.view(turn_for(session, world.office, campaign=CAMPAIGN), who)
    assert keys(long).count("people.entry") == person_history.ENTRIES
    assert "职务29" in long.plain("zh"), "the newest are shown"


async def test_a_link_by_the_office(session: Session, world: World, roster: Roster, now: datetime) -> None:
    fresh = await roster.contact(world.unit, "新人", Role.LIAISON, enrolled=False)
    made = await enrolment.invite_contact(turn_for(session, world.office, now, CAMPAIGN), fresh.id or 0)
    assert keys(enrolment.link_view(made, "bot", CAMPAIGN)) == ["people.invitation"]
    assert made.expires_at == now + timedelta(days=CAMPAIGN.invitation_days)
    again = await enrolment.invite_contact(turn_for(session, world.office, now, CAMPAIGN), world.liaison.id)
    assert keys(enrolment.link_view(again, "bot", CAMPAIGN)) == ["people.invitation_again"]
    assert f"https://t.me/bot?start={again.token}" in enrolment.link_view(again, "bot", CAMPAIGN).plain("zh")
    assert (await last_entry(session))[3] == world.office.id


async def test_a_second_link_says_whose_it_ends(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    fresh = await roster.contact(world.unit, "新人", Role.LIAISON, enrolled=False)
    colleague = await roster.actor(world.office.unit, "创城办同事", Role.OFFICE)
    told = []
    for hours, maker in enumerate((world.office, colleague, colleague)):
        turn = turn_for(session, maker, now + timedelta(hours=hours), CAMPAIGN)
        made = await enrolment.invite_contact(turn, fresh.id or 0)
        told.append(enrolment.link_view(made, "bot", CAMPAIGN).plain("zh").splitlines())
    first, second, third = told
    assert not [text for text in first if "⚠️" in text]
    assert (
        second[-1] == "⚠️ 创城办 创城办工作人员12月15日08:45已为其生成过链接，该链接已失效，请只发送这一个。"
    )
    assert third[-1] == "⚠️ 您12月15日09:45为其生成的链接已失效，请只发送这一个。"


@pytest.mark.parametrize("what", ["post", "roles", "unit", "invite", "handover", "leave"])
async def test_nothing_is_done_about_who_has_left(
    session: Session, world: World, roster: Roster, now: datetime, what: str
) -> None:
    left = await roster.contact(world.unit, "张伟", enrolled=False)
    left.state = ContactState.LEFT
    await session.flush()
    office, who = world.office, left.id or 0
    steps: dict[str, Any] = {
        "post": person_card.set_post(turn_for(session, office, now, CAMPAIGN), who, "科长"),
        "roles": person_card.set_role(turn_for(session, office, now), who, Role.LIAISON, holds=True),
        "unit": person_card.preview_move(session, office, who, world.other_unit.id or 0),
        "invite": enrolment.invite_contact(turn_for(session, office, now, CAMPAIGN), who),
        "handover": handover.choose(turn_for(session, office, now), who),
        "leave": handover.leave_post(turn_for(session, office, now, CAMPAIGN), who, 0),
    }
    chosen = steps.pop(what)
    for other in steps.values():
        other.close()
    assert await refused(chosen) == "people.left"
    card = await person_card.card(turn_for(session, office, now, CAMPAIGN), who)
    assert [b.action for row in card.rows for b in row] == ["person.restore", "person.history"]
    await person_card.restore(turn_for(session, office, now, CAMPAIGN), who)
    await person_card.restore(turn_for(session, office, now, CAMPAIGN), who)
    found = await session.get_one(Contact, who)
    assert found.state is ContactState.NOT_ENROLLED
    events = [event for event in await session.exec(select(Audit.event)) if event == "restore"]
    assert events == ["restore"]
