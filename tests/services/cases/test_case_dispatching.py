"""派遣 and 改派: numbers, all or nothing, suggestions, and who hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from models import cases
from models.cases import Case, OrderCase, SupervisionOrder
from models.cases.categories import Category
from models.db import Session
from models.delivery.messages import Outbox
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.cases.order_facts import present_order
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role, Tier
from services.access import Actor
from services.campaign import Campaign
from services.cases.case_steps import MovedOnError
from services.cases.orders import dispatch_suggestions, dispatching, order_choice, order_confirm
from services.cases.orders.dispatch_suggestions import Suggester
from services.cases.orders.dispatching import dispatch
from services.cases.orders.order_choice import DispatchChoice
from services.errors import DomainError
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, refused
from tests.support.binding import brought
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for


@dataclass
class Office:
    """The office at its desk: registered cases, and what it dispatches."""

    desk: CaseDesk
    world: World
    campaign: Campaign
    now: datetime

    @property
    def session(self) -> Session:
        return self.desk.session

    async def category(self) -> Category:
        """The category of 城管局, the same one each time."""
        known = (await self.session.exec(select(Category).where(Category.name == "占道经营"))).first()
        return known or await self.desk.category(unit=self.world.unit)

    async def registered(self, category: Category | None = None, **filing: Any) -> Case:
        case = await self.desk.report(self.world.other_liaison, category or await self.category(), **filing)
        return await self.desk.step(case, CaseEvent.REGISTER, self.world.office)

    async def several(self, count: int) -> list[Case]:
        return [await self.registered() for _ in range(count)]

    async def send(
        self,
        *found: Case,
        unit_id: int | None = None,
        actor: Actor | None = None,
        at: datetime | None = None,
        **what: Any,
    ) -> SupervisionOrder:
        return await dispatch(
            turn_for(self.session, actor or self.world.office, at or self.now, self.campaign),
            [case.id or 0 for case in found],
            unit_id or self.world.unit.id or 0,
            **what,
        )

    async def preview(self, *found: Case, actor: Actor | None = None, **what: Any) -> View:
        pairs = tuple((case.id or 0, case.steps) for case in found)
        wanted = DispatchChoice(pairs, **what)
        return await order_choice.preview(
            turn_for(self.session, actor or self.world.office, self.now, self.campaign, chat=1), wanted
        )


@pytest.fixture
def office(session: Session, world: World, campaign: Campaign, now: datetime) -> Office:
    return Office(CaseDesk(session, now, campaign), world, campaign, now)


async def orders(session: Session) -> Sequence[SupervisionOrder]:
    return (await session.exec(select(SupervisionOrder).order_by(col(SupervisionOrder.id)))).all()


async def told(session: Session, kind: MessageKind) -> list[int]:
    query = select(Outbox.contact_id).where(Outbox.kind == kind, col(Outbox.dedupe_key).like("order:%"))
    return sorted(found or 0 for found in await session.exec(query))


async def test_one_case_gets_an_order_and_a_limit(office: Office, world: World, session: Session) -> None:
    case = await office.registered()
    order = await office.send(case, task_id=world.task_id)
    assert (order.number, order.year, order.serial) == ("创城督办〔2026〕1号", 2026, 1)
    assert (order.requirement, order.leader_in_charge) == (
        "请在办理时限内按整改标准处置到位，并反馈整改后照片。",
        "城管局分管领导",
    )
    case = await cases.case_by_id(session, case.id or 0) or case
    assert (case.state, case.unit_id, case.order_id) == (CaseState.DISPATCHED, world.unit.id, order.id)
    assert case.task_id == order.task_id == world.task_id
    (row,) = (await session.exec(select(OrderCase))).all()
    assert (row.order_id, row.first_limit_at, row.sign_by) == (order.id, case.limit_at, case.sign_by)
    assert row.facts == present_order(case.facts)
    assert await told(session, MessageKind.ORDER) == [world.liaison.id]


async def test_several_cases_go_on_one_order(office: Office, session: Session) -> None:
    found = await office.several(3)
    order = await office.send(*found)
    assert order.requirement == "请对所列案卷逐件按整改标准在时限内处置到位，并反馈整改后照片。"
    assert len(await cases.cases_of_order(session, order.id or 0)) == 3
    assert len(await told(session, MessageKind.ORDER)) == 1


async def test_numbers_run_on_and_are_never_used_again(office: Office, session: Session) -> None:
    one, other, third = await office.several(3)
    assert (await office.send(one)).serial == 1
    assert (await office.send(one, unit_id=office.world.other_unit.id)).serial == 2
    gone = next(order for order in await orders(session) if order.serial == 2)
    assert (await office.send(other)).serial == 3
    await session.refresh(gone)
    refusal = await refused(office.send(one, third))
    assert refusal == "desk.several_states"
    assert (await office.send(third)).serial == 4, "nothing was issued under a number in between"


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (datetime(2026, 12, 31, 15, 59, tzinfo=UTC), "创城督办〔2026〕1号"),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "创城督办〔2027〕1号"),
    ],
)
async def test_the_year_is_the_local_one(office: Office, moment: datetime, number: str) -> None:
    case = await office.registered()
    assert (await office.send(case, at=moment)).number == number


async def test_each_year_begins_at_one_and_the_word_is_a_setting(office: Office) -> None:
    one, other, third = await office.several(3)
    await office.send(one)
    office.campaign = replace(office.campaign, order_word="文明督")
    later = datetime(2027, 1, 4, 1, tzinfo=UTC)
    assert (await office.send(other, at=later)).number == "文明督〔2027〕1号"
    assert (await office.send(third, at=later)).number == "文明督〔2027〕2号"


async def test_all_or_nothing(office: Office, session: Session) -> None:
    one, other = await office.several(2)
    seen = {one.id or 0: one.steps, other.id or 0: other.steps - 1}
    with pytest.raises(MovedOnError) as moved:
        await office.send(one, other, seen=seen)
    assert moved.value.case_id == other.id
    assert not await orders(session)
    for case in (one, other):
        await session.refresh(case)
        assert case.state is CaseState.REGISTERED
    assert not await told(session, MessageKind.ORDER)


async def test_what_is_not_registered_or_is_over_is_refused(office: Office, world: World) -> None:
    category = await office.category()
    fresh = await office.desk.report(world.other_liaison, category)
    assert await refused(office.send(fresh)) == "cases.refused.not_now"
    one, other = await office.several(2)
    await office.desk.step(one, CaseEvent.MERGE, world.office, merged_into=other.id)
    assert await refused(office.send(one)) == "cases.refused.not_now"
    assert await refused(office.send(one, other)) == "cases.refused.not_now"


@pytest.mark.parametrize("who", ["leader", "liaison", "responsible"])
async def test_only_the_office_dispatches(office: Office, world: World, who: str) -> None:
    case = await office.registered()
    await office.send(case)
    assert await refused(office.send(case, actor=getattr(world, who))) == "cases.not_for_you.office"


async def test_nonsense_is_refused(office: Office, world: World) -> None:
    case = await office.registered()
    assert await refused(office.send()) == "desk.nothing_chosen"
    assert await refused(office.send(case, unit_id=987_654)) == "desk.no_such_unit"
    of_another = office.send(case, unit_id=world.other_unit.id, task_id=world.task_id)
    assert await refused(of_another) == "desk.task_gone"
    many = await office.several(dispatching.MOST + 1)
    assert await refused(office.send(*many)) == "desk.too_many"


async def test_reassigned_the_former_unit_is_told(office: Office, world: World, session: Session) -> None:
    case = await office.registered()
    await office.send(case, task_id=world.task_id)
    assert await refused(office.send(case)) == "desk.same_unit"
    order = await office.send(case, unit_id=world.other_unit.id)
    await session.refresh(case)
    assert (case.unit_id, case.order_id, case.task_id) == (world.other_unit.id, order.id, None)
    query = select(Outbox).where(col(Outbox.dedupe_key).like("%:former:%"))
    (row,) = (await session.exec(query)).all()
    assert row.contact_id == world.liaison.id
    assert "东风街道" in str(row.content)


async def test_without_anybody_to_read_it_the_office_is_told(
    office: Office, roster: Roster, session: Session
) -> None:
    empty = await roster.unit("无人科室")
    case = await office.registered()
    order = await office.send(case, unit_id=empty.id)
    assert order.leader_in_charge is None
    rows = await told(session, MessageKind.NOTICE)
    assert rows == [office.world.office.id]
    preview = await office.preview(*await office.several(1), unit_id=empty.id)
    assert "desk.plan_nobody" in keys(preview)


async def test_the_leader_may_be_the_tasks(office: Office, roster: Roster, session: Session) -> None:
    unit = await roster.unit("园林处")
    task = await roster.task(unit, "补植绿化带", None, leader="赵处长")
    order = await office.send(await office.registered(), unit_id=unit.id, task_id=task.id)
    assert order.leader_in_charge == "赵处长"


class TestSuggestions:
    async def test_the_categorys_unit(self, office: Office, world: World, session: Session) -> None:
        case = await office.registered()
        unit = (await Suggester.load(session, [case])).unit_for(case)
        assert unit is not None
        assert unit.id == world.unit.id

    @pytest.mark.parametrize(
        ("tier", "place", "name"),
        [
            (Tier.STREET, "东风村", "西山街道"),
            (Tier.STREET, "西山街道", "西山街道"),
            (Tier.VILLAGE, "西山街道", "东风村"),
            (Tier.VILLAGE, "区里", None),
            (Tier.DISTRICT, "东风村", "区里"),
            (Tier.PARK, "东风村", None),
            (Tier.STREET, None, None),
        ],
    )
    async def test_the_tiers_unit_of_the_place(
        self,
        office: Office,
        roster: Roster,
        session: Session,
        tier: Tier,
        place: str | None,
        name: str | None,
    ) -> None:
        district = await roster.unit("区里", Tier.DISTRICT)
        street = await roster.unit("西山街道", Tier.STREET, district)
        village = await roster.unit("东风村", Tier.VILLAGE, street)
        await roster.unit("南郊村", Tier.VILLAGE, await roster.unit("南郊街道", Tier.STREET, district))
        ids = {"区里": district.id, "西山街道": street.id, "东风村": village.id, None: None}
        category = await office.desk.category(tier=tier)
        case = await office.registered(category=category, place_unit_id=ids[place])
        unit = (await Suggester.load(session, [case])).unit_for(case)
        assert (unit and unit.name) == name

    async def test_units_that_are_each_others_parents(
        self, office: Office, roster: Roster, session: Session
    ) -> None:
        one = await roster.unit("甲", Tier.VILLAGE)
        other = await roster.unit("乙", Tier.VILLAGE, one)
        one.parent_id = other.id
        await session.flush()
        case = await office.registered(category=await office.desk.category(), place_unit_id=one.id)
        assert (await Suggester.load(session, [case])).unit_for(case) is None

    async def test_the_parent_task_only_where_it_is_clear(
        self, office: Office, world: World, session: Session
    ) -> None:
        category = await office.desk.category("违规广告牌匾", area="市容环境整治", unit=world.unit)
        fits = await office.registered(category=category, text="清理违规广告牌匾")
        task = await dispatch_suggestions.task_for(session, world.unit.id or 0, [fits])
        assert task is not None
        assert task.id == world.task_id
        unlike = await office.registered(
            category=await office.desk.category("井盖", area="设施", unit=world.unit), text="井盖破损"
        )
        assert await dispatch_suggestions.task_for(session, world.unit.id or 0, [unlike]) is None
        assert await dispatch_suggestions.task_for(session, world.unit.id or 0, [fits, unlike]) is None


class TestPreview:
    async def test_register_and_dispatch_in_one(self, office: Office, world: World, session: Session) -> None:
        case = await office.desk.report(world.other_liaison, await office.category())
        view = await office.preview(case)
        assert keys(view)[0] == "desk.plan_register"
        (button,) = buttons(view, "desk.confirm")
        outcome = await order_confirm.confirm(
            turn_for(session, world.office, office.now, office.campaign),
            brought(button)["wanted"],
            None,
        )
        assert outcome.done
        await session.refresh(case)
        assert (case.state, case.steps) == (CaseState.DISPATCHED, 3)

    async def test_the_task_can_be_dropped_and_kept(
        self, office: Office, world: World, session: Session
    ) -> None:
        category = await office.desk.category("违规广告牌匾", area="市容环境整治", unit=world.unit)
        case = await office.registered(category=category, text="清理违规广告牌匾")
        view = await office.preview(case)
        (confirm,) = buttons(view, "desk.confirm")
        assert confirm.arguments["task_id"] == world.task_id
        (without,) = buttons(view, "desk.preview")
        dropped = await order_choice.preview(
            turn_for(session, world.office, office.now, office.campaign, chat=1),
            **brought(without),
        )
        (confirm,) = buttons(dropped, "desk.confirm")
        assert confirm.arguments["task_id"] is None
        (back,) = buttons(dropped, "desk.preview")
        assert back.arguments["task_id"] == world.task_id

    async def test_who_nobody_knows_is_chosen(self, office: Office, world: World) -> None:
        nowhere = await office.desk.category("乱堆乱放")
        case = await office.registered(category=nowhere)
        assert keys(await office.preview(case)) == ["desk.write_unit"]
        held = await office.registered()
        await office.send(held)
        assert keys(await office.preview(held)) == ["desk.write_unit"]
        with pytest.raises(DomainError) as refusal:
            await office.preview(held, unit_id=world.unit.id)
        assert refusal.value.text.key == "desk.same_unit"

    async def test_one_of_several_was_faster(self, office: Office, world: World, session: Session) -> None:
        one, other = await office.several(2)
        (button,) = buttons(await office.preview(one, other), "desk.confirm")
        await office.send(other)
        wanted, turn = brought(button)["wanted"], turn_for(session, world.office, office.now, office.campaign)
        outcome = await order_confirm.confirm(turn, wanted, None)
        assert outcome.done
        assert keys(outcome.view) == ["desk.dispatched_several", "desk.numbers", "desk.moved_on"]
        assert other.number in outcome.view.plain("zh")
        await session.refresh(one)
        assert one.state is CaseState.DISPATCHED
        again = await order_confirm.confirm(turn, wanted, None)
        assert not again.done
        assert keys(again.view) == ["desk.nothing_dispatched", "desk.moved_on"]

    async def test_only_for_the_office(self, office: Office, roster: Roster, world: World) -> None:
        inspector = await roster.actor(world.other_unit, "督导员", Role.INSPECTOR)
        case = await office.registered()
        with pytest.raises(DomainError) as refusal:
            await office.preview(case, actor=inspector)
        assert refusal.value.text.key == "cases.not_for_you.office"
