"""督办单: who gets it, what it says, what can be pressed under it, and its paper."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from docx import Document
from sqlmodel import select

from locales import plain
from models import numbers
from models.cases import Case, CaseFile, CasePhase, Instruction, IssuedPaper
from models.delivery.messages import Outbox
from models.people import ContactState
from models.progress import EvidenceKind
from reports.papers import OrderCopy
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.cases import leader_instructions
from services.cases.case_steps import StepDetails
from services.cases.orders import dispatching, order_paper, order_view
from services.views import View
from tests.services.cases.judged import labels, read
from tests.services.cases.ordered import Orders
from tests.services.conftest import Local, World
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.cases import CaseDesk, photo
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.turns import turn_for

ONE = [says("orders.sign_button")]
PICKED = [says(f"orders.{name}_button") for name in ("feedback", "send_back", "ask_extension")]
PAPER = [says("orders.paper_button")]


@pytest.fixture
def orders(case_desk: CaseDesk, world: World) -> Orders:
    return Orders(case_desk, world)


async def test_it_goes_to_the_liaison_once(orders: Orders, world: World) -> None:
    case = await orders.one()
    (view,) = await orders.promised(world.liaison)
    for words in ("创城督办〔2026〕1号", case.number, "人民路12号", "恢复原状，人走场清", "城管局分管领导"):
        assert words in read(view)
    assert labels(view) == [*ONE, *PICKED, *PAPER]
    assert [file.file_id for file in view.files] == ["file-p1"]
    assert list(view.case_ids) == [case.id]
    rows = (await orders.session.exec(select(Outbox).where(Outbox.kind == MessageKind.ORDER))).all()
    assert [row.contact_id for row in rows] == [world.liaison.id]
    assert not await orders.told(world.responsible)
    assert not await orders.told(world.leader)


async def test_without_a_liaison_it_is_the_responsible_persons(orders: Orders, world: World) -> None:
    world.liaison.contact.state = ContactState.LEFT
    await orders.one()
    (told,) = await orders.told(world.responsible)
    assert "创城督办〔2026〕1号" in told


async def test_the_first_one_after_a_restore_names_the_numbers_left_out(orders: Orders, world: World) -> None:
    await numbers.skip(orders.session, numbers.orders_of(2026))
    await orders.one()
    await orders.one()
    texts = [read(view) for view in await orders.promised(world.liaison)]
    gap = says("common.number_gap", first=1, last=numbers.SKIPPED)
    shown = [(f"{serial}号" in text, gap in text) for serial, text in zip((201, 202), texts, strict=True)]
    assert shown == [(True, True), (True, False)]


async def test_several_cases_in_one_message(orders: Orders, world: World) -> None:
    order, found = await orders.several(3)
    (view,) = await orders.promised(world.liaison)
    assert all(case.number in read(view) for case in found)
    assert says("orders.sign_all_button", count=3) in labels(view)
    assert line(view, "orders.title").values == {"number": order.number, "count": 3}


async def test_first_a_photo_of_each_case(orders: Orders, world: World) -> None:
    found = [
        await orders.registered(files=[photo(f"{name}{number}") for number in range(8)])
        for name in ("a", "b")
    ]
    await orders.dispatch(*found)
    (view,) = await orders.promised(world.liaison)
    shown = [file.file_id for file in view.files]
    assert shown[:3] == ["file-a0", "file-b0", "file-a1"]
    assert len(shown) == order_view.PHOTOS
    # Each photo says of which case it is.
    captions = [plain(file.caption, "zh") for file in view.files[:2] if file.caption]
    assert captions == [f"案卷 {case.number}" for case in found]


async def test_the_tenth_is_the_last_that_is_described(orders: Orders, world: World) -> None:
    _, found = await orders.several(12)
    (view,) = await orders.promised(world.liaison)
    assert keys(view).count("orders.case") == 10
    assert keys(view).count("cases.line") == 2
    assert all(case.number in read(view) for case in found)


async def test_the_parent_task_and_the_indicator(orders: Orders, world: World) -> None:
    category = await orders.category()
    category.indicator = "公共场所环境"
    case = await orders.registered()
    await orders.dispatch(case, task_id=world.task_id)
    (view,) = await orders.promised(world.liaison)
    assert "清理违规广告牌匾" in read(view)
    assert "公共场所环境" in read(view)


async def test_it_goes_out_as_it_stands(orders: Orders, world: World) -> None:
    """A case that is sent back or given to others before the order goes out is not on it."""
    order, (one, other) = await orders.several(2)
    await orders.decide(world.responsible, one, CaseEvent.SEND_BACK)
    (view,) = await orders.promised(world.liaison)
    assert one.number not in read(view)
    assert other.number in read(view)
    await orders.decide(world.responsible, other, CaseEvent.SEND_BACK)
    assert not await orders.promised(world.liaison)
    assert await refused(orders.view(world.liaison, order.id)) == "orders.not_yours"


async def test_who_left_the_unit_is_not_told(orders: Orders, world: World) -> None:
    await orders.one()
    world.liaison.contact.unit_id = world.other_unit.id or 0
    assert not await orders.promised(world.liaison)


async def test_the_buttons_follow_the_state(orders: Orders, world: World) -> None:
    order, (case,) = await orders.several(1)
    await orders.sign(world.liaison, order.id)
    assert labels(await orders.view(world.liaison, order.id)) == [*PICKED, *PAPER]
    await orders.decide(world.liaison, case, CaseEvent.ASK_EXTENSION, "天气")
    assert labels(await orders.view(world.liaison, order.id)) == [*PICKED[:2], *PAPER]
    await orders.desk.step(case, CaseEvent.FEEDBACK, world.liaison)
    assert labels(await orders.view(world.liaison, order.id)) == PAPER
    await orders.desk.step(case, CaseEvent.REWORK, world.office, change=StepDetails(reason="仍有堆物"))
    assert PICKED[0] in labels(await orders.view(world.liaison, order.id))
    assert PICKED[1] not in labels(await orders.view(world.liaison, order.id)), "once fed back it is theirs"
    assert says("cases.state.rework") in read(await orders.view(world.liaison, order.id))


async def test_leaders_look_and_press_nothing(orders: Orders, world: World) -> None:
    order, _ = await orders.several(1)
    assert labels(await orders.view(world.leader, order.id)) == PAPER
    assert labels(await orders.view(world.office, order.id)) == PAPER


async def test_other_units_see_nothing(orders: Orders, world: World) -> None:
    """They do not even learn whether the order exists."""
    order, _ = await orders.several(1)
    for order_id in (order.id, 4711):
        assert await refused(orders.view(world.other_liaison, order_id)) == "orders.not_yours"
        assert await refused(orders.sign(world.other_liaison, order_id)) == "orders.not_yours"
        assert await refused(paper(orders, world.other_liaison, order_id)) == "orders.not_yours"
        picked = order_view.pick(
            turn_for(orders.session, world.other_liaison, orders.desk.now), order_id or 0, CaseEvent.FEEDBACK
        )
        assert await refused(picked) == "orders.not_yours"


async def test_which_case_is_meant(orders: Orders, world: World) -> None:
    order, (one, two, three) = await orders.several(3)
    await orders.desk.step(one, CaseEvent.FEEDBACK, world.liaison)
    where = (turn_for(orders.session, world.liaison, orders.desk.now), order.id or 0)
    view = await order_view.pick(*where, CaseEvent.SEND_BACK)
    offered = buttons(view, "order.send_back")
    assert [(b.arguments["case_id"], b.arguments["seen"]) for b in offered] == [(two.id, 3), (three.id, 3)]
    for case in (two, three):
        await orders.desk.step(case, CaseEvent.FEEDBACK, world.liaison)
    again = order_view.pick(*where, CaseEvent.SEND_BACK)
    assert await refused(again) == "orders.none_left"


async def test_the_reporter_is_on_no_order(orders: Orders, world: World) -> None:
    case = await orders.one(hidden=True)
    (view,) = await orders.promised(world.liaison)
    name = world.other_liaison.contact.name
    assert name not in read(view)
    assert name not in read(await orders.card(world.liaison, case))
    assert name not in words_of(await paper(orders, world.liaison, case.order_id))
    assert name in read(await orders.card(world.office, case))


# -- the paper -----------------------------------------------------------------------------------------


async def paper(orders: Orders, actor: Actor, order_id: int | None) -> View:
    return await order_paper.paper(
        turn_for(orders.session, actor, campaign=orders.desk.campaign), order_id or 0
    )


def words_of(view: View) -> str:
    (file,) = view.files
    assert file.make is not None
    page = Document(BytesIO(file.make()))
    cells = [cell.text for table in page.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in page.paragraphs), *cells])


async def test_the_paper_says_what_was_ordered(orders: Orders, world: World) -> None:
    order, found = await orders.several(2)
    view = await paper(orders, world.liaison, order.id)
    words = words_of(view)
    assert view.files[0].name == "督办单 创城督办〔2026〕1号.docx"
    for said in ("创城办", order.number, "城管局", "城管局分管领导", "人民路2号", "2026年12月15日"):
        assert said in words
    assert all(case.number in words for case in found)
    assert world.liaison.contact.name not in words, "nobody has signed yet"
    await orders.sign(world.liaison, order.id)
    assert words_of(await paper(orders, world.leader, order.id)) == words, "who signed stands on the card"
    assert world.liaison.contact.name in read(await orders.card(world.leader, found[0]))


async def test_the_paper_keeps_the_limit_that_was_ordered(orders: Orders, world: World) -> None:
    case = await orders.one()
    before = words_of(await paper(orders, world.liaison, case.order_id))
    await orders.decide(world.liaison, case, CaseEvent.ASK_EXTENSION, "天气")
    await orders.desk.step(case, CaseEvent.EXTEND, world.office)
    assert words_of(await paper(orders, world.liaison, case.order_id)) == before


async def test_the_paper_stays_as_it_was_issued(
    orders: Orders, world: World, roster: Roster, local: Local
) -> None:
    """延期, 返工, another category, leader and task: all of it is on the cards only, to the last byte."""
    order, found = await orders.several(3)
    before = bytes_of(await paper(orders, world.liaison, order.id))
    one, other, third = found
    await orders.decide(world.liaison, one, CaseEvent.ASK_EXTENSION, "天气")
    await orders.desk.step(one, CaseEvent.EXTEND, world.office)
    await orders.desk.step(other, CaseEvent.FEEDBACK, world.liaison, at=local(12, 15, 10))
    why = StepDetails(reason="仍有堆物")
    await orders.desk.step(other, CaseEvent.REWORK, world.office, change=why, at=local(12, 15, 11))
    third.text, third.standard, third.category = "别的", "别的标准", "别的·类别"
    order.leader_in_charge, order.requirement = "新的领导", "新的要求"
    world.unit.name, world.office.unit.name = "城市管理局", "文明办"
    orders.session.add_all([third, order, world.unit, world.office.unit])
    await orders.session.flush()
    for reader in (world.liaison, world.office, world.leader):
        assert bytes_of(await paper(orders, reader, order.id)) == before
    await orders.session.refresh(one)
    assert one.extensions == 1


def bytes_of(view: View) -> bytes:
    (file,) = view.files
    assert file.make is not None
    return file.make()


async def test_each_order_has_a_paper_of_its_own(orders: Orders, world: World) -> None:
    """A case that goes to another unit is on that order as it is by then; the first paper keeps it."""
    case = await orders.one()
    first = case.order_id
    kept = words_of(await paper(orders, world.office, first))
    case.text = "情况有变"
    orders.session.add(case)
    await dispatching.dispatch(
        turn_for(orders.session, world.office, **orders.where), [case.id or 0], world.other_unit.id or 0
    )
    await orders.session.refresh(case)
    assert case.order_id != first
    assert "情况有变" in words_of(await paper(orders, world.office, case.order_id))
    assert words_of(await paper(orders, world.office, first)) == kept


async def test_an_order_from_before_papers_were_kept(
    orders: Orders, world: World, campaign: Campaign
) -> None:
    """Its paper is made at the first opening, which it says, and stays as it is from then on."""
    case = await orders.one()
    await orders.session.execute(sa.delete(IssuedPaper))
    later = orders.desk.now + timedelta(days=3)
    turn = turn_for(orders.session, world.liaison, later, campaign)
    first = await order_paper.paper(turn, case.order_id or 0)
    assert "按2026年12月18日的案卷情况补制" in words_of(first)
    case.text = "后来改的"
    orders.session.add(case)
    await orders.session.flush()
    turn = turn_for(orders.session, world.office, later + timedelta(days=1), campaign)
    again = await order_paper.paper(turn, case.order_id or 0)
    assert bytes_of(again) == bytes_of(first)


async def test_what_went_to_others_is_not_on_the_units_paper(orders: Orders, world: World) -> None:
    order, (one, other) = await orders.several(2)
    await orders.decide(world.liaison, one, CaseEvent.SEND_BACK)
    theirs = words_of(await paper(orders, world.liaison, order.id))
    assert one.number not in theirs
    assert other.number in theirs
    assert "原单另有1件案卷，现已不由本单位承办" in theirs
    assert one.number in words_of(await paper(orders, world.office, order.id)), "the office sees all of it"


async def test_a_unit_above_sees_it(orders: Orders, world: World, roster: Roster) -> None:
    case: Case = await orders.one()
    above = await roster.unit("城市管理委员会")
    world.unit.parent_id = above.id
    await orders.session.flush()
    leader = await roster.actor(above, "分管领导", Role.LEADER_IN_CHARGE)
    assert case.number in read(await orders.view(leader, case.order_id))
    assert case.state is CaseState.DISPATCHED


async def test_the_paper_says_whom_to_ask_and_who_has_a_copy(orders: Orders, world: World) -> None:
    world.office.contact.phone = "8888 0001"
    orders.session.add(world.office.contact)
    case = await orders.one()
    words = words_of(await paper(orders, world.liaison, case.order_id)).split("\n")
    assert words[3:5] == [
        "主送：城管局",
        "　　现将下列1件问题交由贵单位办理。请按整改标准和时限办结，整改情况报创城办核查。",
    ]
    assert f"　　（联系人：{world.office.contact.name}，联系电话：8888 0001）" in words
    assert "抄送：城管局分管领导" in words
    assert any(said.startswith("2026年12月") and said.endswith("前") for said in words), "a year at the limit"


async def test_the_paper_shows_each_case_as_it_was_reported(orders: Orders, world: World) -> None:
    case = await orders.one()
    later: Any = {"file_id": "file-after", "file_unique_id": "after"}
    mended = CaseFile(case_id=case.id or 0, step=4, phase=CasePhase.AFTER, kind=EvidenceKind.PHOTO, **later)
    orders.session.add(mended)
    await orders.session.flush()
    (file,) = (await paper(orders, world.liaison, case.order_id)).files
    assert isinstance(file.make, OrderCopy)
    (shown,) = file.make.photos
    assert shown.file_id == "file-p1", "not the one that came with the feedback"
    assert shown.caption == f"{case.number}　人民路12号"


async def test_what_a_leader_wrote_is_on_the_paper_once_the_office_passed_it_on(
    orders: Orders, world: World
) -> None:
    order, (one, other) = await orders.several(2)
    at = orders.desk.now
    kept = Instruction(
        order_id=order.id or 0, leader_id=world.leader.id, text="原文三日内办结", written_at=at, sent_at=at
    )
    orders.session.add(kept)
    await orders.session.flush()
    assert "三日内" not in words_of(await paper(orders, world.office, order.id))
    kept.excerpt, kept.released_at = "三日内办结", orders.desk.now
    orders.session.add(kept)
    await orders.session.flush()
    for reader in (world.office, world.liaison):
        words = words_of(await paper(orders, reader, order.id))
        assert "（2026年12月15日）：三日内办结" in words
        assert "原文" not in words
    for case in (one, other):
        await dispatching.dispatch(
            turn_for(orders.session, world.office, **orders.where), [case.id or 0], world.other_unit.id or 0
        )
    later = words_of(await paper(orders, world.office, order.id))
    assert "三日内办结" in later
    found = [await orders.session.get_one(Case, case.id, populate_existing=True) for case in (one, other)]
    assert not leader_instructions.reads_released(world.other_liaison, order, found), "it was for 城管局"
