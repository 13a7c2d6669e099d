"""/orders and /case: whose cases, which of them, and none beyond the reader's rights."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from string import ascii_uppercase
from typing import Any

import pytest
from sqlmodel import select

from models.cases import Case, CaseFollower, SupervisionOrder, case_lists, case_orders
from models.cases.case_lists import CaseListFilter
from models.cases.case_piles import Pile
from models.cases.categories import Category
from models.db import Session
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.cases.case_parts import CaseListPart
from rules.people.roles import Role, Tier
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_access, case_wording
from services.cases.case_steps import StepDetails
from services.cases.lists import case_finding, case_listing, case_piles
from services.cases.lists.case_listing import CaseListSide
from services.errors import DomainError
from services.views import View
from tests.services.conftest import World
from tests.support.cases import TO_CLOSED, TO_DISPATCHED, TO_FED_BACK, CaseDesk
from tests.support.chat import text_of
from tests.support.many_cases import fill, make_town
from tests.support.people import Roster
from tests.support.turns import turn_for


@pytest.fixture
def show(session: Session, now: Any, campaign: Campaign) -> Any:
    async def shown(actor: Actor, **arguments: Any) -> View:
        return await case_listing.list_view(turn_for(session, actor, now, campaign), **arguments)

    return shown


@pytest.fixture
def find(session: Session, now: Any, campaign: Campaign) -> Any:
    async def found(actor: Actor, words: str, **arguments: Any) -> View:
        return await case_finding.find(turn_for(session, actor, now, campaign), words, **arguments)

    return found


def labels(view: View) -> list[str]:
    return [text_of(b.label.key, **b.label.values) for row in view.rows for b in row]


async def dispatched(case_desk: CaseDesk, world: World, unit: Actor, **filing: Any) -> Case:
    # A name of its own, and without digits, because some of these tests look for digits.
    category = await case_desk.category("".join(random.choices(ascii_uppercase, k=12)))  # noqa: S311
    case = await case_desk.report(world.office, category, **filing)
    return await case_desk.bring(case, *TO_DISPATCHED, office=world.office, unit=unit)


async def put_on_order(
    session: Session, world: World, case: Case, serial: int, year: int = 2026
) -> SupervisionOrder:
    order = SupervisionOrder(
        year=year,
        serial=serial,
        number=f"创城督办〔{year}〕{serial}号",
        unit_id=case.unit_id or 0,
        requirement="立即整改",
        issued_at=case.reported_at,
        issued_by=world.office.id,
    )
    session.add(order)
    await session.flush()
    (row,) = await case_orders.orders_of_case(session, case.id or 0)
    row.order_id = case.order_id = order.id
    await session.flush()
    return order


class TestOrders:
    async def test_each_sees_their_own(
        self, case_desk: CaseDesk, world: World, show: Any, roster: Roster
    ) -> None:
        mine = await dispatched(case_desk, world, world.liaison)
        others = await dispatched(case_desk, world, world.other_liaison)
        waiting = await case_desk.report(world.other_liaison, await case_desk.category("垃圾"))
        inspector = await roster.actor(world.other_unit, "督导员", Role.INSPECTOR)
        for sees_all in (world.office, inspector):
            assert set((await show(sees_all)).case_ids) == {mine.id, others.id, waiting.id}
        for of_unit in (world.liaison, world.responsible, world.leader):
            assert (await show(of_unit)).case_ids == [mine.id]
        reported = await show(world.other_liaison, side=CaseListSide.REPORTED)
        assert reported.case_ids == [waiting.id]

    async def test_the_soonest_limit_first_and_their_own_before_it(
        self, case_desk: CaseDesk, world: World, show: Any, session: Session, now: Any
    ) -> None:
        late = await dispatched(case_desk, world, world.liaison)
        soon = await dispatched(case_desk, world, world.liaison)
        unsent = await case_desk.report(world.office, await case_desk.category("垃圾"))
        late.limit_at, soon.limit_at = now + timedelta(days=9), now + timedelta(days=1)
        await session.flush()
        assert (await show(world.office)).case_ids == [soon.id, late.id, unsent.id]
        assert (await show(world.liaison)).case_ids == [soon.id, late.id]
        await case_desk.step(late, CaseEvent.ACKNOWLEDGE, world.liaison)
        assert (await show(world.liaison)).case_ids == [late.id, soon.id]
        assert (await show(world.liaison, side=CaseListSide.SIGNED)).case_ids == [late.id]

    async def test_parts_and_their_counts(
        self, case_desk: CaseDesk, world: World, show: Any, session: Session, now: Any
    ) -> None:
        category = await case_desk.category("广告")
        office, unit = world.office, world.liaison

        async def made(*events: CaseEvent) -> Case:
            case = await case_desk.report(office, category)
            return await case_desk.bring(case, *events, office=office, unit=unit)

        red, plain = await made(*TO_DISPATCHED), await made(*TO_DISPATCHED)
        await case_desk.step(red, CaseEvent.COLOUR, None, change=StepDetails(colour=Colour.RED))
        fed_back, closed = await made(*TO_FED_BACK), await made(*TO_CLOSED)
        stopped = await made(*TO_DISPATCHED, CaseEvent.ACKNOWLEDGE)
        until = now + timedelta(days=9)
        await case_desk.step(
            stopped, CaseEvent.SUSPEND, office, change=StepDetails(until=until, reason="等拆迁")
        )
        waiting, _ = await made(), await made(CaseEvent.REJECT)
        wanted = {
            CaseListPart.RED: red,
            CaseListPart.NONE: plain,
            CaseListPart.CHECKING: fed_back,
            CaseListPart.CLOSED: closed,
            CaseListPart.SUSPENDED: stopped,
            CaseListPart.WAITING: waiting,
        }
        for which, case in wanted.items():
            assert (await show(office, which=which)).case_ids == [case.id], which
        for empty in (CaseListPart.YELLOW, CaseListPart.BLUE):
            assert (await show(office, which=empty)).case_ids == []
        view = await show(office)
        assert "全部案卷　在办 5 件" in view.plain("zh")
        assert "🔴红 1、正常 1、挂账 1、待核查 1、未派遣 1" in view.plain("zh")
        assert [label for label in labels(view) if "结案" in label] == ["近30天结案 1"]

    async def test_closed_long_ago_is_not_listed(
        self, case_desk: CaseDesk, world: World, show: Any, now: Any
    ) -> None:
        case = await case_desk.report(world.office, await case_desk.category("广告"))
        await case_desk.bring(
            case, *TO_CLOSED, office=world.office, unit=world.liaison, at=now - timedelta(days=31)
        )
        assert (await show(world.office, which=CaseListPart.CLOSED)).case_ids == []

    async def test_pages(self, case_desk: CaseDesk, world: World, show: Any) -> None:
        category = await case_desk.category("广告")
        made = [(await case_desk.report(world.office, category)).id for _ in range(23)]
        first, second = await show(world.office), await show(world.office, offset=20)
        assert [*first.case_ids, *second.case_ids] == made
        assert ("下一页 ›" in labels(first), "下一页 ›" in labels(second)) == (True, False)
        assert "21. 广告 人民路12号" in labels(second)

    async def test_a_side_that_is_not_theirs(self, world: World, show: Any) -> None:
        with pytest.raises(DomainError):
            await show(world.liaison, side=CaseListSide.ALL)

    async def test_moved_to_another_unit(
        self, case_desk: CaseDesk, world: World, show: Any, session: Session
    ) -> None:
        """A case that goes to another unit is hidden from the person who signed for it."""
        case = await dispatched(case_desk, world, world.liaison)
        await case_desk.step(case, CaseEvent.ACKNOWLEDGE, world.liaison)
        case.unit_id = world.other_unit.id
        await session.flush()
        assert (await show(world.liaison, side=CaseListSide.SIGNED)).case_ids == []


class TestInView:
    async def test_it_is_what_may_see_says(
        self, session: Session, now: Any, campaign: Campaign, roster: Roster
    ) -> None:
        town = await make_town(session, now, campaign)
        await fill(session, town, now, opened=150, closed=60)
        chance = random.Random(7)  # noqa: S311  # the same data each time
        village = await roster.unit("幸福村", Tier.VILLAGE, parent=None)
        contacts = [
            *(town.office, town.leader, town.liaison),
            await roster.actor(village, "村里的人"),
            await roster.actor(village, "督导员", Role.INSPECTOR),
            await roster.actor(village, "区领导", Role.DISTRICT_LEADER),
            await roster.actor(village, "联络员乙", Role.LIAISON),
        ]
        found = (await session.exec(select(Case))).all()
        for case in found:
            who = chance.choice(contacts)
            case.reporter_id = who.id
            case.verifier_id = chance.choice((None, chance.choice(contacts).id))
            if chance.random() < 0.2:
                follower = CaseFollower(case_id=case.id or 0, contact_id=chance.choice(contacts).id)
                await session.merge(follower)
        await session.flush()
        for actor in contacts:
            condition = case_lists.in_view(actor.id, actor.scope)
            seen = set(await session.exec(select(Case.id).where(condition)))
            may = {case.id for case in found if await case_access.may_see(session, actor, case)}
            assert seen == may, actor.contact.name
            assert actor.scope is None or 0 < len(may) < len(found)

    async def test_counts_are_those_of_the_pages(
        self, session: Session, now: Any, campaign: Campaign
    ) -> None:
        town = await make_town(session, now, campaign)
        await fill(session, town, now, opened=200, closed=50)
        since = now - timedelta(days=400)
        whose = (
            CaseListFilter(),
            CaseListFilter(frozenset(town.unit_ids[:3])),
            CaseListFilter(reported_by=town.office.id),
            CaseListFilter(signed_by=town.liaison.id),
        )
        for of in whose:
            counts = await case_lists.open_counts(session, of)
            counts[CaseListPart.CLOSED] = await case_lists.count_closed(session, of, since)
            for which in CaseListPart:
                rows = await case_lists.page(session, of, which, since=since, offset=0, limit=1000)
                assert len(rows) == counts[which], (of, which)


class TestFinding:
    async def test_by_number(self, case_desk: CaseDesk, world: World, find: Any) -> None:
        case = await dispatched(case_desk, world, world.liaison)
        assert case.number == "20261215-0001"
        for words in ("20261215-0001", "１", "1", "0001", "20261215 - 0001"):
            for reader in (world.office, world.liaison):
                view = await find(reader, words)
                assert view.case_ids == [case.id], words
                assert view.lines[0].key == "cases.card.title"

    async def test_the_last_one_with_that_serial(
        self, case_desk: CaseDesk, world: World, find: Any, now: Any
    ) -> None:
        category = await case_desk.category("广告")
        old = await case_desk.report(world.liaison, category, at=now - timedelta(days=1))
        new = await case_desk.report(world.office, category)
        assert (old.number, new.number) == ("20261214-0001", "20261215-0001")
        assert (await find(world.office, "1")).case_ids == [new.id]
        assert (await find(world.liaison, "1")).case_ids == [old.id], "the newer one is not theirs to see"

    async def test_by_order(self, case_desk: CaseDesk, world: World, find: Any, session: Session) -> None:
        older = await dispatched(case_desk, world, world.liaison, place="中山路")
        newer = await dispatched(case_desk, world, world.liaison, place="解放路")
        also = await dispatched(case_desk, world, world.liaison, place="长江路")
        await put_on_order(session, world, older, 15, 2025)
        order = await put_on_order(session, world, newer, 15)
        also.order_id = order.id
        await session.flush()
        for words in ("15号", "创城督办〔2026〕15号", "[2026]15号", "（2026）15 号"):
            assert (await find(world.office, words)).case_ids == [newer.id, also.id], words
        assert (await find(world.office, "创城督办〔2025〕15号")).case_ids == [older.id]
        assert (await find(world.liaison, "督办〔2026〕")).case_ids == [also.id, newer.id]

    async def test_by_words(self, case_desk: CaseDesk, world: World, find: Any) -> None:
        one = await dispatched(case_desk, world, world.liaison, place="解放路12号", text="垃圾堆放")
        two = await dispatched(case_desk, world, world.liaison, place="解放路7号", text="Broken LAMP")
        assert (await find(world.office, "解放路")).case_ids == [two.id, one.id]
        for words in ("垃圾", "解放路 堆放", "12号"):
            assert (await find(world.office, words)).case_ids == [one.id], words
        assert (await find(world.office, "lamp")).case_ids == [two.id]
        assert (await find(world.office, two.category)).case_ids == [two.id]

    async def test_only_what_they_may_see(
        self, case_desk: CaseDesk, world: World, find: Any, session: Session
    ) -> None:
        case = await dispatched(case_desk, world, world.liaison, place="解放路12号")
        await put_on_order(session, world, case, 15)
        for words in (case.number, "1", "15号", "解放路", "〔2026〕"):
            with pytest.raises(DomainError) as refused:
                await find(world.other_liaison, words)
            assert refused.value.text.key == "caselist.nothing"

    @pytest.mark.parametrize(
        "words", ["%", "_", "没有这个词", "999", "99号", "20261215-9999", "12345678-123456789"]
    )
    async def test_nothing(self, case_desk: CaseDesk, world: World, find: Any, words: str) -> None:
        await dispatched(case_desk, world, world.liaison)
        with pytest.raises(DomainError) as refused:
            await find(world.office, words)
        assert refused.value.text.key == "caselist.nothing"

    @pytest.mark.parametrize("words", ["", "  ", "\x00​"])
    async def test_without_words(self, world: World, find: Any, words: str) -> None:
        with pytest.raises(DomainError) as refused:
            await find(world.office, words)
        assert refused.value.text.key == "caselist.how"

    async def test_pages(self, case_desk: CaseDesk, world: World, find: Any) -> None:
        category = await case_desk.category("广告")
        made = [(await case_desk.report(world.office, category)).id for _ in range(23)]
        first, second = await find(world.office, "人民路"), await find(world.office, "人民路", offset=20)
        assert [*first.case_ids, *second.case_ids] == made[::-1]
        assert "下一页 ›" in labels(first)

    async def test_open_ones_first(self, case_desk: CaseDesk, world: World, find: Any) -> None:
        category = await case_desk.category("广告")
        still = await case_desk.report(world.office, category)
        over = await case_desk.report(world.office, category)
        await case_desk.step(over, CaseEvent.REJECT, world.office, change=StepDetails(reason="不属实"))
        assert over.state is CaseState.REJECTED
        assert (await find(world.office, "人民路")).case_ids == [still.id, over.id]


# -- whose they are, and whether they were in time -------------------------------------------------------


async def _closed(case_desk: CaseDesk, world: World, category: Category, *, hours: int) -> Case:
    """A case that was fed back so many hours after its dispatch; its limit is four working hours."""
    at = case_desk.now
    case = await case_desk.report(world.office, category, at=at)
    path = (*TO_DISPATCHED, CaseEvent.ACKNOWLEDGE)
    case = await case_desk.bring(case, *path, office=world.office, unit=world.responsible, at=at)
    later = at + timedelta(hours=hours)
    steps = (CaseEvent.FEEDBACK, CaseEvent.CLOSE)
    return await case_desk.bring(case, *steps, office=world.office, unit=world.responsible, at=later)


async def test_a_closed_case_says_whether_it_was_in_time(
    session: Session, world: World, case_desk: CaseDesk, now: datetime, campaign: Campaign
) -> None:
    category = await case_desk.category(unit=world.unit, amount=4)
    shown = [
        case_wording.state_text(await _closed(case_desk, world, category, hours=hours), now).key
        for hours in (2, 30)
    ]
    assert shown == ["cases.state_in_time", "cases.state_late"]


async def test_lists_name_the_unit_for_who_sees_several(
    session: Session, world: World, case_desk: CaseDesk, now: datetime, campaign: Campaign
) -> None:
    category = await case_desk.category(unit=world.unit)
    for unit in (world.responsible, world.other_liaison):
        case = await case_desk.report(world.office, category)
        await case_desk.bring(case, *TO_DISPATCHED, office=world.office, unit=unit)
    district = (await case_listing.list_view(turn_for(session, world.office, now))).plain("zh")
    assert "｜城管局｜" in district
    assert "｜东风街道｜" in district
    own = (await case_listing.list_view(turn_for(session, world.liaison, now))).plain("zh")
    assert "｜城管局｜" not in own
    found = (await case_finding.find(turn_for(session, world.office, now), "占道经营")).plain("zh")
    assert "｜城管局｜" in found
    piles = await case_piles.list_view(turn_for(session, world.office, now), Pile.OVERDUE)
    assert "｜" not in piles.plain("zh"), "none is overdue"
