"""Leave: the deputy has the duties while it lasts and no longer, and each step of theirs says for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from locales import plain
from models.audit_log import Audit
from models.cases.case_piles import Pile
from models.db import Session
from models.delivery.messages import Outbox
from models.people import Contact, ContactState, absences
from models.people.absences import Absence
from models.progress import ProgressReport
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role
from services import access
from services.absences import StandIns
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.cases.lists import case_piles
from services.office import handover, who_overview
from services.people import leave, leave_dialogue, person_card, person_history, unit_card
from services.recipients import Directory, Recipient
from services.tallies import briefs
from services.tasks import task_card, task_history, task_lists, task_steps
from services.views import View
from tests.services.cases.ordered import Orders
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, line, refused
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for

CAMPAIGN = Campaign()
TODAY = date(2026, 12, 15)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("deputies", "stands_in"),
    [
        ({}, None),
        ({1: 2}, 2),
        ({1: 2, 2: 3}, 3),
        ({1: 2, 2: 3, 3: 4}, None),
        ({1: 2, 2: 1}, None),
        ({2: 3}, None),
    ],
)
def test_who_stands_in_for_the_first(deputies: dict[int, int], stands_in: int | None) -> None:
    standing = StandIns(deputies)
    assert standing.deputy_of(1) == stands_in
    assert all((1 in standing.represented(other)) == (other == stands_in) for other in range(1, 6))


async def away(
    session: Session,
    actor: Actor,
    person: Contact,
    deputy: Contact,
    first: date,
    last: date,
    now: datetime,
) -> View:
    days = (first, last)
    return await leave.confirm(turn_for(session, actor, now, CAMPAIGN), person.id or 0, deputy.id or 0, *days)


async def notices(session: Session, contact: Contact) -> list[str]:
    query = select(Outbox).where(Outbox.contact_id == contact.id).order_by(col(Outbox.id))
    return [text["$text"] for row in await session.exec(query) for text in row.content["lines"]]


def text_of(view: View) -> str:
    return "\n".join(plain(text, "zh") for text in view.lines)


async def rights(session: Session, contact: Contact, world: World, today: date) -> tuple[bool, ...]:
    """The rights to see, report and sign, and whether the task is in the person's list."""
    actor = await actor_of(session, contact, today=today)
    mine = [task.id for task in await task_lists.my_tasks(session, actor)]
    return (
        access.may_see(actor, world.task, ()),
        access.may_report(actor, world.task, ()),
        access.may_sign(actor, world.task),
        world.task_id in mine,
    )


async def test_the_deputy_has_the_duties_just_as_long(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    deputy = await roster.contact(world.other_unit, "李四", Role.LEADER_IN_CHARGE)
    person = world.responsible.contact
    none, all_of_it = (False,) * 4, (True,) * 4
    assert await rights(session, deputy, world, TODAY) == none
    made = await away(session, world.responsible, person, deputy, TODAY + DAY, TODAY + 2 * DAY, now)
    assert keys(made) == ["leave.done"]
    lasting = {day: await rights(session, deputy, world, TODAY + day * DAY) for day in range(4)}
    assert lasting == {0: none, 1: all_of_it, 2: all_of_it, 3: none}
    assert await notices(session, deputy) == ["leave.you_stand_in"]
    assert await notices(session, person) == ["leave.you_are_away"]
    # A second press changes nothing, and nobody hears twice.
    again = await away(session, world.responsible, person, deputy, TODAY + DAY, TODAY + 2 * DAY, now)
    assert keys(again) == ["leave.there_already"]
    assert len(await notices(session, deputy)) == 1
    (button,) = buttons(made, "leave.end")
    tomorrow = now + DAY
    for stranger in (world.liaison, await actor_of(session, deputy)):
        assert await refused(
            leave.end(turn_for(session, stranger, tomorrow, CAMPAIGN), **button.arguments)
        ) == ("leave.only_yourself")
    ended = await leave.end(turn_for(session, world.responsible, tomorrow, CAMPAIGN), **button.arguments)
    assert keys(ended) == ["leave.ended"]
    assert await rights(session, deputy, world, TODAY + DAY) == none
    assert (await notices(session, deputy))[1:] == ["leave.you_stand_in_no_more"]
    assert (
        await refused(leave.end(turn_for(session, world.responsible, tomorrow, CAMPAIGN), **button.arguments))
        == "leave.over"
    )
    told = await person_history.view(turn_for(session, world.office, campaign=CAMPAIGN), person.id or 0)
    assert [text.values["event"].key for text in told.lines if text.key == "people.entry"] == [
        "people.event.absence",
        "people.event.absence_end",
    ]


async def test_they_act_in_their_own_name_and_it_says_for_whom(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    contact = await roster.contact(world.other_unit, "李四")
    await away(session, world.office, world.responsible.contact, contact, TODAY, TODAY, now)
    deputy = await actor_of(session, contact, today=TODAY)
    assert await task_steps.acknowledge(turn_for(session, deputy, now), [world.task_id]) == 1
    talk = Talk(session, deputy, now, CAMPAIGN)
    await talk.confirm(await talk.write("今天清理违规广告牌匾12处"))
    (receipt,) = await talk.receipts()
    assert plain(line(receipt, "progress.receipt.reporter"), "zh") == "报送人：李四（代城管局责任人）"
    report = (await session.exec(select(ProgressReport))).one()
    # The figures count for the unit that has the duty, not for the deputy's own unit.
    assert (report.contact_id, report.unit_id) == (contact.id, world.unit.id)
    rows = (await session.exec(select(Audit).where(Audit.actor_id == contact.id))).all()
    assert {(row.after or {}).get("in_place_of") for row in rows} == {world.responsible.id}
    await task_steps.submit(turn_for(session, deputy, now), world.task_id)
    card = await task_card.card(turn_for(session, world.office, now, CAMPAIGN), world.task_id)
    shown = text_of(card)
    assert "责任人：城管局责任人（12月15日请假，由李四代）" in shown
    assert "东风街道 李四（代城管局责任人）" in shown
    told = text_of(await task_history.view(turn_for(session, world.office, campaign=CAMPAIGN), world.task_id))
    assert told.count("东风街道 李四（代城管局责任人）") == 4
    unit = await unit_card.card(turn_for(session, world.office, now, CAMPAIGN), world.unit.id or 0)
    person = await person_card.card(turn_for(session, world.office, now, CAMPAIGN), world.responsible.id)
    for view in (unit, person):
        assert "12月15日请假，由李四代" in text_of(view)
    # The next day the deputy may not even correct it: the duty is no longer theirs.
    later = replace(talk, actor=await actor_of(session, contact, today=TODAY + DAY), now=now + DAY)
    assert not await task_lists.my_tasks(session, later.actor)
    with_own_eyes = access.visible_task(session, later.actor, world.task_id)
    assert await refused(with_own_eyes) == "tasks.not_yours"


async def test_standing_in_for_a_contact_or_a_leader(session: Session, world: World, roster: Roster) -> None:
    """A 联络员's deputy answers for the unit; a leader's deputy oversees it, and signs nothing.

    Nobody gets the rights of the office or of inspectors.
    """
    now = roster.now
    contact = await roster.contact(world.other_unit, "李四")
    for person, expected in (
        (world.liaison, (True, True, True, True)),
        (world.leader, (True, False, False, True)),
        (world.office, (False, False, False, False)),
    ):
        await away(session, person, person.contact, contact, TODAY, TODAY, now)
        assert await rights(session, contact, world, TODAY) == expected
        actor = await actor_of(session, contact, today=TODAY)
        assert (actor.is_office, actor.is_leader, actor.led) == (False, False, frozenset())
        (row,) = await absences.absences_of(session, [person.id], TODAY)
        await leave.end(turn_for(session, person, now, CAMPAIGN), row.id or 0)


async def test_a_leader_elsewhere_oversees_no_more_for_it(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    """The deputy reports for the 责任人; what is missing in that unit, and its brief, are its leaders'."""
    contact = await roster.contact(world.other_unit, "李四", Role.PRINCIPAL_LEADER)

    async def seen() -> list[str]:
        actor = await actor_of(session, contact, today=TODAY)
        turn = turn_for(session, actor, now, CAMPAIGN)
        shown = [await look(turn) for look in (who_overview.front, briefs.brief)]
        assert case_piles.piles_of(actor)[Pile.OVERDUE].unit_ids == frozenset({world.other_unit.id or 0})
        return [text_of(view) for view in shown]

    before = await seen()
    await away(session, world.responsible, world.responsible.contact, contact, TODAY, TODAY, now)
    assert await rights(session, contact, world, TODAY) == (True,) * 4
    assert await seen() == before


async def test_the_deputy_of_the_contact_passes_it_on(session: Session, world: World, roster: Roster) -> None:
    """The 责任人 is not enrolled, and the 联络员, who would hear instead, is away."""
    lost = await roster.contact(world.unit, "没入册的人", enrolled=False)
    task = await roster.task(world.unit, "规范停车", TODAY, lost)
    day = (TODAY, TODAY)
    await away(session, world.liaison, world.liaison.contact, world.leader.contact, *day, roster.now)
    for directory in (await Directory.load(session, TODAY), await Directory.about(session, [task], TODAY)):
        assert directory.responsible(task) == [Recipient(world.leader.contact, "没入册的人")]


async def test_the_cases_of_whom_they_stand_in_for(
    session: Session, world: World, roster: Roster, case_desk: CaseDesk
) -> None:
    """The order goes to the deputy, who signs and feeds back for the unit, but may not check its work."""
    now, orders = roster.now, Orders(case_desk, world)
    contact = await roster.contact(world.other_unit, "李四", Role.INSPECTOR)
    stranger = await actor_of(session, contact, today=TODAY)
    await away(session, world.liaison, world.liaison.contact, contact, TODAY, TODAY, now)
    case = await orders.one()
    deputy = await actor_of(session, contact, today=TODAY)
    assert ["占道经营" in shown for shown in await orders.told(deputy)] == [False, True]
    assert await notices(session, world.liaison.contact) == ["leave.you_are_away"]
    assert await refused(orders.sign(stranger, case.order_id)) == "cases.not_for_you.unit"
    assert await orders.sign(deputy, case.order_id) == 1
    await session.refresh(case)
    # The deputy signs for the 联络员, who answers for the case again when they are back.
    assert case.responsible_id == world.liaison.id
    assert "东风街道 李四（代城管局联络员）" in text_of(await orders.card(world.office, case))
    piles = case_piles.piles_of(deputy)
    assert piles[Pile.TO_HANDLE].unit_ids == frozenset({world.unit.id or 0})
    fed_back = await case_desk.step(case, CaseEvent.FEEDBACK, deputy)
    check = case_desk.step(fed_back, CaseEvent.CLOSE, deputy)
    assert await refused(check) == "cases.not_for_you.checker"
    row = (await session.exec(select(Audit).where(Audit.event == "case_feedback"))).one()
    assert (row.actor_id, (row.after or {})["in_place_of"]) == (contact.id, world.liaison.id)


async def test_who_cannot_stand_in(session: Session, world: World, roster: Roster, now: datetime) -> None:
    other = world.liaison.contact
    await away(session, world.liaison, other, world.leader.contact, TODAY + DAY, TODAY + 2 * DAY, now)
    left = await roster.contact(world.unit, "离任的人")
    left.state, left.telegram_user_id = ContactState.LEFT, None
    lost = await roster.contact(world.unit, "停用的人")
    lost.state = ContactState.UNREACHABLE
    new = await roster.contact(world.unit, "没入册的人", enrolled=False)
    await session.flush()
    person = world.responsible
    for deputy, why in (
        (person.contact, "leave.deputy_is_the_same"),
        (left, "leave.deputy_left"),
        (lost, "leave.deputy_unreachable"),
        (new, "leave.deputy_not_enrolled"),
        (other, "leave.deputy_away"),
    ):
        days = (TODAY, TODAY + DAY)
        who = (person.id, deputy.id or 0)
        shown = leave_dialogue.preview(turn_for(session, person, now), *who, *days)
        assert await refused(shown) == why
        assert await refused(away(session, person, person.contact, deputy, *days, now)) == why
    # A button that is pressed too late.
    past = away(session, person, person.contact, world.leader.contact, TODAY, TODAY, now + DAY)
    assert await refused(past) == "leave.fault.past"
    assert not await absences.absences_of(session, [person.id], TODAY)


async def begin(session: Session, actor: Actor, words: str, now: datetime) -> View:
    return await leave_dialogue.begin(turn_for(session, actor, now, CAMPAIGN), words)


async def test_what_is_typed(session: Session, world: World, roster: Roster, now: datetime) -> None:
    person, office = world.responsible, world.office
    first = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
    await roster.contact(world.other_unit, "李四")
    await roster.contact(world.other_unit, "李四光")
    assert keys(await begin(session, person, "", now)) == ["leave.how"]
    which = await begin(session, person, "12月16日-12月18日 由李四代", now)
    assert (keys(which), len(buttons(which, "leave.deputy"))) == (["leave.which_deputy"], 2)
    for name in ("李四（城管局）", "城管局李四"):
        shown = await begin(session, person, f"12月16日到18日 由{name}代", now)
        (confirm,) = buttons(shown, "leave.confirm")
        assert confirm.arguments == {
            "contact_id": person.id,
            "first": "2026-12-16",
            "last": "2026-12-18",
            "deputy_id": first.id,
        }
        assert line(shown, "leave.preview").values["count"] == 3
    missing = await begin(session, person, "明天", now)
    assert keys(missing) == ["leave.choose_deputy"]
    # Only people of the absent person's own unit are offered; those who report come first.
    offered = [button.label.values["name"] for button in buttons(missing, "leave.deputy")]
    assert offered == ["城管局联络员", "李四", "城管局分管领导"]
    for words, why in (
        ("由李四光代", "leave.fault.no_dates"),
        ("昨天", "leave.nobody"),
        ("下个月 由李四光代", "leave.fault.no_dates"),
        ("12月14日 由李四光代", "leave.fault.past"),
        ("12月16日 由无名氏代", "leave.nobody"),
        ("城管局联络员 12月16日 由李四光代", "leave.only_yourself"),
    ):
        actor = office if why == "leave.nobody" else person
        assert await refused(begin(session, actor, words, now)) == why
    entered = await begin(session, office, "城管局联络员 12月16日 由李四光代", now)
    assert buttons(entered, "leave.confirm")[0].arguments["contact_id"] == world.liaison.id
    theirs = await begin(session, office, "城管局联络员", now)
    assert keys(theirs) == ["leave.of_person", "leave.write_days"]
    turn = turn_for(session, office, now)
    shown = await leave_dialogue.days_named(turn, world.liaison.id, "后天 由李四光代")
    assert buttons(shown, "leave.confirm")[0].arguments["first"] == "2026-12-17"


async def rows_of(session: Session, contact: Contact) -> Sequence[Any]:
    query = select(Absence).where(Absence.contact_id == contact.id).order_by(col(Absence.id))
    return [(row.first, row.last, row.ended_at is None) for row in await session.exec(query)]


async def test_the_newer_takes_the_place_of_the_older(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    person, first = world.responsible.contact, world.liaison.contact
    second = await roster.contact(world.unit, "李四")
    await away(session, world.responsible, person, first, TODAY, TODAY + 3 * DAY, now)
    shown = await leave_dialogue.preview(
        turn_for(session, world.responsible, now),
        person.id or 0,
        second.id or 0,
        TODAY + DAY,
        TODAY + 5 * DAY,
    )
    assert "leave.replaces" in keys(shown)
    await away(session, world.responsible, person, second, TODAY + DAY, TODAY + 5 * DAY, now)
    days = [(TODAY, TODAY + 3 * DAY, False), (TODAY + DAY, TODAY + 5 * DAY, True)]
    assert await rows_of(session, person) == days
    assert (await notices(session, first))[1:] == ["leave.you_stand_in_no_more"]
    assert await notices(session, second) == ["leave.you_stand_in"]


@pytest.mark.parametrize("how", ["leave", "unit"])
async def test_who_goes_ends_what_was_arranged(
    session: Session, world: World, roster: Roster, now: datetime, how: str
) -> None:
    """Their own leave ends, and so does the leave for which they stand in: its duties go back."""
    goes = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
    third = await roster.contact(world.unit, "王五")
    await away(session, world.responsible, world.responsible.contact, goes, TODAY, TODAY, now)
    await away(session, world.office, goes, third, TODAY + DAY, TODAY + DAY, now)
    if how == "leave":
        await handover.leave_post(turn_for(session, world.office, now, CAMPAIGN), goes.id or 0, 0)
    else:
        to, of = world.other_unit.id or 0, world.unit.id or 0
        await handover.change_unit(turn_for(session, world.office, now, CAMPAIGN), goes.id or 0, to, of)
    assert not [*await absences.away_on(session, TODAY), *await absences.away_on(session, TODAY + DAY)]
    assert (await notices(session, world.office.contact)) == ["leave.deputy_is_gone"]
    assert (await notices(session, world.responsible.contact))[1:] == ["leave.your_deputy_is_gone"]
    assert (await notices(session, third))[1:] == ["leave.you_stand_in_no_more"]
