"""无人负责, 没有联络员: which units they are, what nobody would hear, and the request to the unit above."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from models.audit_log import Audit
from models.db import Database, Session, ident
from models.delivery.messages import Outbox
from models.people import ContactRole, ContactState, Unit
from rules.cases.case_lifecycle import CaseEvent
from rules.duties.frequencies import Frequency
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import TaskState
from services import access
from services.access import Actor
from services.campaign import Campaign
from services.cases.orders import dispatching
from services.delivery import rendering
from services.errors import DomainError
from services.nags import nag_digest, nag_engine
from services.office import liaison_requests, who_overview
from services.office.who_overview import OverviewGap
from services.people.vacant_units import Vacancy, VacantUnit, vacant_units
from services.turn import Turn
from services.views import LISTED, View
from tests.services.conftest import Local, World, make_world
from tests.services.progress.talk import buttons, refused
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

WEEK = timedelta(days=7)


@pytest.fixture
def office(session: Session, world: World, campaign: Campaign, now: datetime) -> Turn:
    return turn_for(session, world.office, now, campaign)


@pytest.fixture
async def village(world: World, roster: Roster) -> Unit:
    """A village of 东风街道 in which there is nobody yet."""
    made = await roster.unit("西山村", Tier.VILLAGE)
    made.parent_id = world.other_unit.id
    return made


async def found_in(turn: Turn, unit: Unit) -> VacantUnit | None:
    return next((one for one in await vacant_units(turn, None) if one.unit.id == unit.id), None)


# -- which they are ------------------------------------------------------------------------------------


async def test_a_unit_without_people_and_what_nobody_would_hear(
    office: Turn, world: World, village: Unit, roster: Roster, session: Session, now: datetime
) -> None:
    await roster.task(village, "整治背街小巷", date(2026, 12, 31))
    daily = await roster.task(village, "每日清运", None)
    daily.frequency = Frequency.DAILY
    desk = CaseDesk(session, now, office.campaign)
    nobody = await roster.actor(village, "村书记", Role.RESPONSIBLE_PERSON)
    category = await desk.category()
    cases = [await desk.report(world.office, category, text=f"第{n}处") for n in range(2)]
    for case in cases:
        await desk.step(case, CaseEvent.REGISTER, world.office)
    seen = {ident(case): case.steps for case in cases}
    await dispatching.dispatch(office, list(seen), ident(village), seen=seen)
    nobody.contact.state = ContactState.UNREACHABLE
    await session.flush()
    found = await found_in(office, village)
    assert found is not None
    assert (found.vacancy, found.tasks, found.recurring, found.orders) == (Vacancy.EMPTY, 2, 1, 1)
    view = await who_overview.page(office, OverviewGap.VACANT)
    line = "1. 西山村（村居）：无可联系人员，无人接收任务 2 项（含定期报送 1 项）、督办单 1 份"
    assert line in view.plain("zh")
    assert found.above is not None
    assert found.above.name == "东风街道"


async def test_a_unit_without_a_liaison_hears_by_its_responsible_people(
    office: Turn, village: Unit, roster: Roster
) -> None:
    person = await roster.actor(village, "村书记", Role.RESPONSIBLE_PERSON)
    await roster.task(village, "整治背街小巷", date(2026, 12, 31), person.contact)
    await roster.task(village, "整治沿街门店", date(2026, 12, 31))
    found = await found_in(office, village)
    assert found is not None
    assert (found.vacancy, found.tasks) == (Vacancy.NO_LIAISON, 1)
    await roster.actor(village, "村联络员", Role.LIAISON)
    assert await found_in(office, village) is None


async def test_a_unit_out_of_use_and_one_with_people_are_not_listed(
    office: Turn, world: World, village: Unit, now: datetime
) -> None:
    village.retired_at = now
    assert await found_in(office, village) is None
    assert await found_in(office, world.unit) is None
    assert await found_in(office, world.office.unit) is None


async def test_where_the_districts_leaders_sit_nobody_is_missed(office: Turn, roster: Roster) -> None:
    committee = await roster.unit("区委", Tier.DISTRICT)
    leader = await roster.actor(committee, "书记", Role.DISTRICT_LEADER)
    assert await found_in(office, committee) is None
    leader.contact.state = ContactState.UNREACHABLE
    found = await found_in(office, committee)
    assert found is not None
    assert found.vacancy is Vacancy.EMPTY


async def test_a_leader_sees_those_of_their_scope(
    world: World, village: Unit, roster: Roster, session: Session, campaign: Campaign, now: datetime
) -> None:
    street = await roster.actor(world.other_unit, "街道主任", Role.PRINCIPAL_LEADER)
    view = await who_overview.page(turn_for(session, street, now, campaign), OverviewGap.VACANT)
    assert "1. 西山村（村居）：无可联系人员" in view.plain("zh")
    (ask,) = buttons(view, "who.liaison")
    assert ask.arguments == {"above_id": world.other_unit.id}
    other = await who_overview.page(turn_for(session, world.leader, now, campaign), OverviewGap.VACANT)
    assert not buttons(other, "who.liaison")
    assert "西山村" not in other.plain("zh")


async def test_they_stand_tier_by_tier_with_a_button_to_each_unit_above(
    office: Turn, world: World, village: Unit, roster: Roster
) -> None:
    """Each page has the buttons of its own units."""
    streets = []
    for number in range(LISTED):
        street = await roster.unit(f"{number:02d}街道", Tier.STREET)
        await roster.actor(street, f"{number}联络员", Role.LIAISON)
        below = await roster.unit(f"{number:02d}村", Tier.VILLAGE)
        below.parent_id = street.id
        streets.append(ident(street))
    empty = await roster.unit("空街道", Tier.STREET)
    asked = []
    for offset in (0, LISTED):
        view = await who_overview.page(office, OverviewGap.VACANT, offset=offset)
        asked += [found.arguments["above_id"] for found in buttons(view, "who.liaison")]
        if not offset:
            assert view.plain("zh").splitlines()[1] == "1. 空街道（街道）：无可联系人员"
    assert empty.id not in asked
    assert sorted(asked) == sorted([ident(world.other_unit), *streets])
    await press(office, await liaison_requests.preview(office, streets[3]))
    view = await who_overview.page(office, OverviewGap.VACANT)
    assert streets[3] not in [found.arguments["above_id"] for found in buttons(view, "who.liaison")]


# -- the request ---------------------------------------------------------------------------------------


async def sent(session: Session) -> list[tuple[int | None, str]]:
    """The requests that are promised: to whom, and their words."""
    rows = await session.exec(select(Outbox).where(Outbox.dedupe_key.startswith("liaison:")))
    return [(row.contact_id, View.from_json(row.content).plain("zh")) for row in rows]


async def press(turn: Turn, view: View) -> str:
    """发送; what answers the press."""
    (found,) = buttons(view, "who.ask_liaison")
    outcome = await liaison_requests.send(turn, **found.arguments)
    assert outcome.text is not None
    return outcome.text.key


async def test_the_unit_above_is_asked_once_a_week(
    office: Turn, world: World, village: Unit, session: Session, campaign: Campaign, now: datetime
) -> None:
    above = ident(world.other_unit)
    view = await liaison_requests.preview(office, above)
    assert "请落实联络员：西山村。" in view.plain("zh")
    assert await press(office, view) == "vacant.sent"
    ((who, words),) = await sent(session)
    assert who == world.other_liaison.id
    assert words.startswith("创城办 创城办工作人员：\n请落实联络员：西山村。")
    # Pressed again, by another officer, or within the week.
    assert await refused(press(office, view)) == "vacant.asked_before"
    early = turn_for(session, world.office, now + WEEK - timedelta(seconds=1), campaign)
    assert await refused(liaison_requests.preview(early, above)) == "vacant.asked_before"
    later = turn_for(session, world.office, now + WEEK, campaign)
    assert await press(later, await liaison_requests.preview(later, above)) == "vacant.sent"
    rows = (await session.exec(select(Audit).where(Audit.event == liaison_requests.EVENT))).all()
    assert [(row.subject_id, row.actor_id) for row in rows] == [(village.id, world.office.id)] * 2


async def test_the_words_can_be_changed(office: Turn, world: World, village: Unit, session: Session) -> None:
    above = ident(world.other_unit)
    view = await liaison_requests.change(office, above, "  请尽快确定\n西山村联络员  ")
    assert await press(office, view) == "vacant.sent"
    ((_, words),) = await sent(session)
    assert words.endswith("\n请尽快确定 西山村联络员")
    for wrong, refusal in (("\u200b", "vacant.words_invisible"), ("字" * 1501, "vacant.words_too_long")):
        assert await refused(liaison_requests.change(office, above, wrong)) == refusal


async def test_who_has_somebody_by_now_is_not_named(
    office: Turn, world: World, village: Unit, roster: Roster, session: Session
) -> None:
    other = await roster.unit("东山村", Tier.VILLAGE)
    other.parent_id = world.other_unit.id
    view = await liaison_requests.preview(office, ident(world.other_unit))
    await roster.actor(village, "村联络员", Role.LIAISON)
    assert await press(office, view) == "vacant.changed"
    assert await sent(session) == []
    again = await liaison_requests.preview(office, ident(world.other_unit))
    assert "请落实联络员：东山村。" in again.plain("zh")
    await roster.actor(other, "村联络员", Role.LIAISON)
    assert await refused(press(office, again)) == "vacant.nothing_to_ask"


async def test_it_goes_to_the_nearest_unit_in_which_somebody_hears(
    office: Turn, world: World, village: Unit, roster: Roster
) -> None:
    hamlet = await roster.unit("西山村一组", Tier.VILLAGE)
    hamlet.parent_id = village.id
    found = await found_in(office, hamlet)
    assert found is not None
    assert found.above is not None
    assert found.above.id == world.other_unit.id
    world.other_liaison.contact.state = ContactState.UNREACHABLE
    cleaner = await roster.actor(world.other_unit, "街道环卫工", Role.RESPONSIBLE_PERSON)
    leader = await roster.actor(world.other_unit, "街道主任", Role.PRINCIPAL_LEADER)
    view = await liaison_requests.preview(office, ident(world.other_unit))
    assert view.plain("zh").splitlines()[1] == "将发给：东风街道 街道主任"
    leader.contact.state = ContactState.LEFT
    view = await liaison_requests.preview(office, ident(world.other_unit))
    assert view.plain("zh").splitlines()[1] == "将发给：东风街道 街道环卫工"
    cleaner.contact.state = ContactState.LEFT
    assert (await found_in(office, hamlet)) is not None
    assert [one.above for one in await vacant_units(office, None) if one.unit.id == hamlet.id] == [None]


async def test_one_request_names_all_units_and_a_unit_is_asked_once_a_week(
    office: Turn, world: World, roster: Roster, session: Session
) -> None:
    for number in range(liaison_requests.NAMED + 5):
        below = await roster.unit(f"{number:02d}村", Tier.VILLAGE)
        below.parent_id = world.other_unit.id
    view = await liaison_requests.preview(office, ident(world.other_unit))
    assert "、39村等 45 个单位。" in view.plain("zh")
    assert await press(office, view) == "vacant.sent"
    late = await roster.unit("新村", Tier.VILLAGE)
    late.parent_id = world.other_unit.id
    asks = liaison_requests.preview(office, ident(world.other_unit))
    assert await refused(asks) == "vacant.asked_before"
    assert len(await sent(session)) == 1


async def test_what_one_unit_was_asked_about_another_is_not_within_the_week(
    office: Turn, world: World, village: Unit, roster: Roster
) -> None:
    await press(office, await liaison_requests.preview(office, ident(world.other_unit)))
    district = await roster.unit("区委", Tier.DISTRICT)
    await roster.actor(district, "区委联络员", Role.LIAISON)
    world.other_unit.parent_id = district.id
    world.other_liaison.contact.state = ContactState.UNREACHABLE
    # The street itself has nobody now; its village was asked about.
    view = await liaison_requests.preview(office, ident(district))
    assert "请落实联络员：东风街道。" in view.plain("zh")
    assert "另有 1 个单位一周内已请其他单位落实，此次不含。" in view.plain("zh")


async def test_nobody_asks_themselves(
    world: World, village: Unit, roster: Roster, session: Session, campaign: Campaign, now: datetime
) -> None:
    world.other_liaison.contact.state = ContactState.LEFT
    street = await roster.actor(world.other_unit, "街道主任", Role.PRINCIPAL_LEADER)
    asks = liaison_requests.preview(turn_for(session, street, now, campaign), ident(world.other_unit))
    assert await refused(asks) == "vacant.only_you"


@pytest.mark.both_engines("locks")
async def test_of_two_officers_at_once_one_sends(
    database: Database, campaign: Campaign, now: datetime
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        world = await make_world(roster)
        below = await roster.unit("西山村", Tier.VILLAGE)
        below.parent_id = above = ident(world.other_unit)
        await session.flush()
        shown = [ident(below)]

    async def one() -> str:
        try:
            async with database.transaction() as session:
                turn = turn_for(session, world.office, now, campaign)
                await liaison_requests.send(turn, above, shown, "请落实联络员：西山村。")
        except DomainError as refusal:
            return refusal.text.key
        return "vacant.sent"

    came = await asyncio.gather(*(one() for _ in range(4)))
    assert sorted(came) == [*["vacant.asked_before"] * 3, "vacant.sent"]
    async with database.reading() as session:
        assert len(await sent(session)) == 1


async def test_units_that_are_each_others_parents_end_somewhere(
    office: Turn, village: Unit, roster: Roster
) -> None:
    other = await roster.unit("东山村", Tier.VILLAGE)
    other.parent_id, village.parent_id = village.id, other.id
    found = await found_in(office, village)
    assert found is not None
    assert found.above is None


async def test_rights(
    world: World, village: Unit, roster: Roster, session: Session, campaign: Campaign, now: datetime
) -> None:
    above = ident(world.other_unit)
    street = await roster.actor(world.other_unit, "街道主任", Role.PRINCIPAL_LEADER)
    inspector = await roster.actor(world.office.unit, "督导员", Role.INSPECTOR)

    async def asks(actor: Actor) -> View:
        return await liaison_requests.preview(turn_for(session, actor, now, campaign), above)

    assert buttons(await asks(street), "who.ask_liaison")
    chief = await roster.actor(world.unit, "督导员兼局长", Role.INSPECTOR)
    session.add(ContactRole(contact_id=chief.id, role=Role.PRINCIPAL_LEADER))
    await session.flush()
    both = await access.actor_of(session, chief.contact)
    for actor in (world.leader, world.liaison, world.responsible, inspector, both):
        assert await refused(asks(actor)) == "who.not_yours"


# -- the office's digest -------------------------------------------------------------------------------


async def nagged(office: Turn, at: datetime) -> str:
    """The digest of a tick at that moment, as it goes out."""
    turn = tick_for(office.session, at, office.campaign)
    await nag_engine.tick(turn)
    query = select(Outbox).where(Outbox.view == "nag_office").order_by(Outbox.id.desc())  # type: ignore[union-attr]
    row = (await office.session.exec(query.limit(1))).one()
    shown = await rendering.render(turn, row)
    assert shown is not None
    return shown[0].plain("zh")


async def test_the_digest_names_units_that_are_new_in_the_list_once(
    office: Turn, world: World, village: Unit, roster: Roster, local: Local
) -> None:
    world.task.state, world.task.deadline = TaskState.IN_PROGRESS, date(2026, 12, 14)
    await office.session.flush()
    assert "⚠️ 新增无人负责的单位 1 个：西山村（发送 /who 查看）" in await nagged(office, local(12, 15, 9))
    assert "无人负责" not in await nagged(office, local(12, 16, 9))
    await roster.unit("东山村", Tier.VILLAGE)
    assert "无人负责的单位 1 个：东山村" in await nagged(office, local(12, 17, 9))
    # A clock that was ahead tells of nothing again.
    village.vacant_since = local(12, 18, 8)
    # Somebody comes and goes: the unit is new again.
    person = await roster.actor(village, "村联络员", Role.LIAISON)
    assert "无人负责" not in await nagged(office, local(12, 18, 9))
    person.contact.state = ContactState.LEFT
    assert "无人负责的单位 1 个：西山村" in await nagged(office, local(12, 21, 9))


async def test_units_with_people_but_without_a_liaison_are_not_called_empty(
    office: Turn, world: World, village: Unit, roster: Roster, local: Local
) -> None:
    """One word for each kind, in the digest and in the list; who has somebody by then is in neither."""
    world.task.state, world.task.deadline = TaskState.IN_PROGRESS, date(2026, 12, 14)
    secretary = await roster.actor(
        await roster.unit("东山村", Tier.VILLAGE), "村书记", Role.RESPONSIBLE_PERSON
    )
    read = await nagged(office, local(12, 15, 9))
    assert "⚠️ 新增无人负责的单位 1 个：西山村（发送 /who 查看）" in read
    assert "⚠️ 新增没有联络员的单位 1 个：东山村（发送 /who 查看）" in read
    listed = (await who_overview.page(office, OverviewGap.VACANT)).plain("zh").splitlines()
    assert listed == [
        "无人负责或没有联络员的单位（2）",
        "1. 西山村（村居）：无可联系人员",
        "2. 东山村（村居）：没有联络员",
    ]
    await roster.actor(secretary.unit, "村联络员", Role.LIAISON)
    again = await nag_digest.show(
        turn_for(office.session, world.office, local(12, 15, 10)), date(2026, 12, 15)
    )
    assert "无人负责的单位 1 个：西山村" in again.plain("zh")
    assert "没有联络员" not in again.plain("zh")
