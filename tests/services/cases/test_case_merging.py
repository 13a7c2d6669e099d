"""并案: who may, what is offered, who hears under which number, and two cases merged into each other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from locales import plain
from models.cases import Case, CaseFollower, case_by_id
from models.cases.categories import Category
from models.db import Database, Session
from models.delivery.messages import Outbox
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services import questions
from services.access import Actor
from services.campaign import Campaign
from services.cases.cards import case_card
from services.cases.case_steps import MovedOnError
from services.cases.deciding import merging
from services.cases.orders import dispatching
from services.delivery import rendering
from services.errors import DomainError
from services.views import View
from tests.services.conftest import World, make_world
from tests.services.progress.talk import buttons, keys, refused
from tests.support.cases import TO_FED_BACK, CaseDesk, photo
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

CHAT = 77


@pytest.fixture
async def category(case_desk: CaseDesk, world: World) -> Category:
    return await case_desk.category(unit=world.unit)


@pytest.fixture
async def case(case_desk: CaseDesk, world: World, category: Category) -> Case:
    return await case_desk.report(world.other_liaison, category)


@pytest.fixture
async def other(case_desk: CaseDesk, world: World, category: Category, case: Case) -> Case:
    return await case_desk.report(world.liaison, category)


@pytest.fixture
def at(now: datetime, campaign: Campaign) -> dict[str, Any]:
    return {"now": now, "campaign": campaign}


async def notices(session: Session, reader: Actor, at: dict[str, Any]) -> list[str]:
    query = select(Outbox).where(Outbox.contact_id == reader.id, col(Outbox.dedupe_key).like("case:%"))
    rows = list(await session.exec(query.order_by(col(Outbox.id))))
    shown = [await rendering.render(tick_for(session, at["now"], at["campaign"]), row) for row in rows]
    return [view.plain("zh") for view, _ in filter(None, shown)]


async def test_its_reporter_hears_the_other_number_and_may_look(
    session: Session, world: World, case: Case, other: Case, at: dict[str, Any]
) -> None:
    reporter = world.other_liaison
    await merging.merge(turn_for(session, world.office, **at), case.id or 0, 1, other.id or 0)
    (told,) = await notices(session, reporter, at)
    assert case.number in told
    assert other.number in told
    for shown in (case, other):
        assert other.number in (await case_card.card(turn_for(session, reporter, **at), shown.id or 0)).plain(
            "zh"
        )
    assert not await notices(session, world.liaison, at), "that it took one in is no news"


async def test_who_muted_it_and_who_merged_it_are_not_told(
    session: Session, world: World, case: Case, other: Case, roster: Roster, at: dict[str, Any]
) -> None:
    quiet = await roster.actor(world.other_unit, "张三", Role.LIAISON)
    session.add(CaseFollower(case_id=case.id or 0, contact_id=quiet.id, muted=True))
    session.add(CaseFollower(case_id=case.id or 0, contact_id=world.office.id))
    await session.flush()
    await merging.merge(turn_for(session, world.office, **at), case.id or 0, 1, other.id or 0)
    assert not await notices(session, quiet, at)
    assert not any("并案" in told for told in await notices(session, world.office, at))
    assert len(await notices(session, world.other_liaison, at)) == 1


async def test_only_the_office_merges(
    session: Session, roster: Roster, world: World, case: Case, other: Case, at: dict[str, Any]
) -> None:
    inspector = await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)
    one, into = case.id or 0, other.id or 0
    for step in (
        merging.choose(turn_for(session, inspector, chat=CHAT, **at), one, 1),
        merging.ask(turn_for(session, inspector, at["now"]), one, 1, into),
        merging.by_number(turn_for(session, inspector, at["now"]), one, 1, other.number),
        merging.merge(turn_for(session, inspector, **at), one, 1, into),
    ):
        assert await refused(step) == "cases.not_for_you.office"
    # The liaison does not even learn that another unit's case exists.
    hidden = merging.merge(turn_for(session, world.liaison, **at), one, 1, into)
    assert await refused(hidden) == "cases.not_yours"
    await session.refresh(case)
    assert (case.state, case.steps) == (CaseState.REPORTED, 1)


async def test_a_chain_leads_to_the_one_that_is_open(
    session: Session,
    case_desk: CaseDesk,
    world: World,
    category: Category,
    case: Case,
    other: Case,
    at: dict[str, Any],
) -> None:
    third = await case_desk.report(world.liaison, category)
    await merging.merge(turn_for(session, world.office, **at), case.id or 0, 1, other.id or 0)
    into_merged = merging.merge(turn_for(session, world.office, **at), third.id or 0, 1, case.id or 0)
    assert await refused(into_merged) == "desk.merge_ended"
    await session.refresh(other)
    await merging.merge(turn_for(session, world.office, **at), other.id or 0, other.steps, third.id or 0)
    told = await notices(session, world.other_liaison, at)
    assert third.number in told[-1], "they followed the one that theirs was merged into"


async def test_what_waits_for_its_dispatch_may_be_merged_what_is_fed_back_not(
    session: Session, case_desk: CaseDesk, world: World, case: Case, other: Case, at: dict[str, Any]
) -> None:
    await case_desk.step(case, CaseEvent.REGISTER, world.office)
    assert (await merging.merge(turn_for(session, world.office, **at), case.id or 0, 2, other.id or 0)).done
    await case_desk.bring(other, *TO_FED_BACK, office=world.office, unit=world.liaison)
    third = await case_desk.report(world.liaison, await session.get_one(Category, case.category_id))
    held = merging.merge(turn_for(session, world.office, **at), other.id or 0, other.steps, third.id or 0)
    assert await refused(held) == "cases.refused.not_now"


async def test_how_far_it_is_stands_on_the_button(
    session: Session, case_desk: CaseDesk, world: World, category: Category, at: dict[str, Any]
) -> None:
    point = await case_desk.point("东门菜场", world.other_unit, 31.2, 121.4)
    here = (31.2, 121.4, None)
    case = await case_desk.report(world.liaison, category, location=here, point=point)
    filings: list[dict[str, Any]] = [
        {"location": here, "point": point},
        {"location": (31.201, 121.4, None)},
        {"location": (31.3, 121.4, None)},
        {"place": "某处"},
    ]
    found = [await case_desk.report(world.liaison, category, **filing) for filing in filings]
    view = await merging.choose(turn_for(session, world.office, chat=CHAT, **at), case.id or 0, 1)
    labels = {b.arguments["into"]: plain(b.label, "zh") for b in buttons(view, "desk.merge_into")}
    same, near, far, unknown = (labels[one.id] for one in found)
    assert "同一点位" in same
    assert "相距111米" in near
    assert "相距11.1公里" in far
    assert "相距" not in unknown


async def test_with_nothing_alike_its_number_is_asked_for(
    session: Session, world: World, case: Case, at: dict[str, Any]
) -> None:
    view = await merging.choose(turn_for(session, world.office, chat=CHAT, **at), case.id or 0, 1)
    assert keys(view) == ["desk.write_merge"]
    account = world.office.contact.telegram_user_id or 0
    question = await questions.take(session, account, CHAT, now=at["now"])
    assert question is not None
    assert (question.action, question.arguments) == (merging.ASKED, {"case_id": case.id, "seen": 1})


async def test_asked_about_an_old_card(
    session: Session, case_desk: CaseDesk, world: World, case: Case, other: Case, at: dict[str, Any]
) -> None:
    await case_desk.step(case, CaseEvent.REGISTER, world.office)
    for step in (
        merging.choose(turn_for(session, world.office, chat=CHAT, **at), case.id or 0, 1),
        merging.ask(turn_for(session, world.office, at["now"]), case.id or 0, 1, other.id or 0),
        merging.by_number(turn_for(session, world.office, at["now"]), case.id or 0, 1, other.number),
        merging.merge(turn_for(session, world.office, **at), case.id or 0, 1, other.id or 0),
    ):
        with pytest.raises(MovedOnError):
            await step


@pytest.mark.both_engines("side by side")
async def test_two_into_each_other_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> None:
    """Neither merge waits for the other forever: one case is merged, and one stays open."""
    async with database.transaction() as session:
        roster, desk = Roster(session, now, campaign), CaseDesk(session, now, campaign)
        world = await make_world(roster)
        second = await roster.actor(await roster.unit("督查科"), "创城办第二人", Role.OFFICE)
        category = await desk.category(unit=world.unit)
        one, two = [(await desk.report(world.other_liaison, category)).id or 0 for _ in range(2)]
    engine = Database(database_url)

    async def press(on: Database, actor: Actor, case_id: int, into: int) -> str:
        try:
            async with on.transaction() as session:
                await merging.merge(turn_for(session, actor, now, campaign), case_id, 1, into)
        except DomainError as refusal:
            return refusal.text.key
        return "merged"

    try:
        answers = await asyncio.gather(
            press(database, world.office, one, two), press(engine, second, two, one)
        )
    finally:
        await engine.close()
    assert sorted(answers) == ["cases.moved_on", "merged"]
    async with database.reading() as session:
        now_there = [await case_by_id(session, case_id) for case_id in (one, two)]
    states = [found.state for found in now_there if found is not None]
    assert sorted(states) == [CaseState.MERGED, CaseState.REPORTED]


# -- photos --------------------------------------------------------------------------------------------


def files_of(views: Sequence[View]) -> list[tuple[str, str]]:
    """(title, file) of all files of albums."""
    return [(view.plain("zh"), file.file_id or "") for view in views for file in view.files]


async def test_the_photos_reach_the_unit_with_the_order(
    session: Session, case_desk: CaseDesk, world: World, category: Category, at: dict[str, Any]
) -> None:
    """Also those of a case that came by way of another one, each with the number it comes from."""
    turn = turn_for(session, world.office, **at)
    found = [
        await case_desk.report(world.other_liaison, category, files=[photo(f"{n}-a"), photo(f"{n}-b")])
        for n in (1, 2, 3)
    ]
    first, second, third = found
    await merging.merge(turn, third.id or 0, 1, second.id or 0)
    await session.refresh(second)
    await merging.merge(turn, second.id or 0, second.steps, first.id or 0)
    await case_desk.step(first, CaseEvent.REGISTER, world.office)
    await dispatching.dispatch(turn, [first.id or 0], world.unit.id or 0)
    (row,) = await session.exec(
        select(Outbox).where(Outbox.contact_id == world.liaison.id, Outbox.kind == MessageKind.ORDER)
    )
    view, _ = await rendering.render(tick_for(session, at["now"], at["campaign"]), row) or (View([]), None)
    shown = [(file.file_id, plain(file.caption) if file.caption else "") for file in view.files]
    assert shown == [
        ("file-1-a", ""),
        ("file-2-a", f"来自并入的案卷 {second.number}"),
        ("file-3-a", f"来自并入的案卷 {third.number}"),
        ("file-1-b", ""),
        ("file-2-b", f"来自并入的案卷 {second.number}"),
        ("file-3-b", f"来自并入的案卷 {third.number}"),
    ]
    albums = await case_card.photo_albums(session, world.liaison, first.id or 0)
    assert [file for _, file in files_of(albums)] == [f"file-{n}-{x}" for n in (1, 2, 3) for x in "ab"]
    assert [second.number in albums[1].plain("zh"), third.number in albums[2].plain("zh")] == [True, True]
    assert all(list(album.case_ids) == [first.id] for album in albums)


async def test_the_unit_that_holds_the_case_is_told(
    session: Session, case_desk: CaseDesk, world: World, category: Category, at: dict[str, Any]
) -> None:
    held = await case_desk.report(world.other_liaison, category)
    await case_desk.step(held, CaseEvent.REGISTER, world.office)
    turn = turn_for(session, world.office, **at)
    await dispatching.dispatch(turn, [held.id or 0], world.unit.id or 0)
    late = await case_desk.report(world.other_liaison, category, files=[photo("late")], text="又摆出来了")
    await merging.merge(turn, late.id or 0, 1, held.id or 0)
    query = select(Outbox).where(
        Outbox.contact_id == world.liaison.id, col(Outbox.dedupe_key).like("%:absorbed:%")
    )
    (row,) = await session.exec(query)
    view, _ = await rendering.render(tick_for(session, at["now"], at["campaign"]), row) or (View([]), None)
    for words in (late.number, held.number, "又摆出来了"):
        assert words in view.plain("zh")
    assert [file.file_id for file in view.files] == ["file-late"]
    assert list(view.case_ids) == [held.id], "a reply is about the case that the unit holds"


async def test_who_only_follows_sees_no_photos_of_another_case(
    session: Session, world: World, case: Case, other: Case, at: dict[str, Any]
) -> None:
    """The reporter of the case sees its own photos, not what somebody else sent about the same problem."""
    await merging.merge(turn_for(session, world.office, **at), case.id or 0, 1, other.id or 0)
    reporter = replace(world.liaison, scope=frozenset())
    (own,) = await case_card.photo_albums(session, reporter, other.id or 0)
    assert case.number not in own.plain("zh")
    both = await case_card.photo_albums(session, world.office, other.id or 0)
    assert [case.number in view.plain("zh") for view in both] == [False, True]
