"""/orders, /case and /figures in the chat, and the buttons for every reader of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from models.cases import Case, CaseFollower, CasePhase
from models.db import Database, Session
from models.importing import Job
from models.people import ContactRole, contact_by_account
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role
from services import access
from services.access import Actor
from services.campaign import Campaign
from services.cases.case_steps import StepDetails
from services.cases.submitting import case_filing
from tests.handlers.conftest import People
from tests.support.cases import TO_CLOSED, TO_DISPATCHED, CaseDesk, photo
from tests.support.chat import Chats, Person, pressed, said
from tests.support.chat import text_of as says


@dataclass(frozen=True, slots=True)
class Cases:
    """Two cases of 城管局: ``open_one``, reported by 东风街道 with two photos, and ``closed``."""

    open_one: Case
    closed: Case


async def actor(session: Session, person: Person) -> Actor:
    contact = await contact_by_account(session, person.id)
    assert contact is not None
    return await access.actor_of(session, contact)


@pytest.fixture
async def cases(database: Database, people: People, now: datetime, campaign: Campaign) -> Cases:
    async with database.transaction() as session:
        desk = CaseDesk(session, now, campaign)
        office, unit = await actor(session, people.office), await actor(session, people.liaison)
        reporter = await actor(session, people.other_liaison)
        category = await desk.category()
        one = await desk.report(reporter, category, files=[photo("a"), photo("b")])
        await desk.bring(one, *TO_DISPATCHED, office=office, unit=unit)
        case_filing.keep_files(session, one, [photo("c")], CasePhase.VERIFICATION)
        two = await desk.report(office, category, place="解放路7号")
        await desk.bring(two, *TO_CLOSED, office=office, unit=unit)
        case_filing.keep_files(session, two, [photo("d")], CasePhase.AFTER)
    return Cases(one, two)


async def test_orders_lead_to_the_card_and_its_photos(chats: Chats, people: People, cases: Cases) -> None:
    listed = await chats.say(people.liaison, "/orders")
    assert "本单位案卷　在办 1 件" in listed.text
    (card,) = await chats.press(people.liaison, listed, "1. 占道经营 人民路12号")
    assert f"案卷 {cases.open_one.number}" in card.text
    albums = await chats.press(people.liaison, card, "看照片")
    assert [album.text for album in albums] == [
        f"🖼 案卷 {cases.open_one.number}　整改前 2 个",
        f"🖼 案卷 {cases.open_one.number}　核实 1 个",
    ]
    (closed,) = await chats.press(people.liaison, listed, "近30天结案 1")
    assert (closed.edit, cases.closed.number in closed.text) == (True, True)
    (reported,) = await chats.press(
        people.other_liaison, await chats.say(people.other_liaison, "/orders"), "我上报的"
    )
    assert cases.open_one.number in reported.text


async def test_the_reporter_sees_no_verification(chats: Chats, people: People, cases: Cases) -> None:
    card = await chats.say(people.other_liaison, f"/case {cases.open_one.number}")
    albums = await chats.press(people.other_liaison, card, "看照片")
    assert [album.text for album in albums] == [f"🖼 案卷 {cases.open_one.number}　整改前 2 个"]


async def test_a_button_of_the_list_is_checked_when_it_is_pressed(
    chats: Chats, people: People, cases: Cases, database: Database
) -> None:
    listed = await chats.say(people.liaison, "/orders")
    async with database.transaction() as session:
        case = await session.get(Case, cases.open_one.id)
        assert case is not None
        case.unit_id = people.other_unit.id
    assert await chats.press(people.liaison, listed, "1. 占道经营") == []
    assert chats.toasts[-1] == (says("cases.not_yours"), True)
    assert await chats.press(people.other_liaison, listed, "近30天结案") == [], "somebody else's list"


async def test_case_by_number_word_and_reply(chats: Chats, people: People, cases: Cases) -> None:
    by_serial = await chats.say(people.office, "/case 1")
    assert cases.open_one.number in by_serial.text
    several = await chats.say(people.office, "/case 占道")
    assert "有关的案卷 2 件" in several.text
    (card,) = await chats.press(people.office, several, "解放路7号")
    (again,) = await chats.answers(said(people.office, "/case", reply_to=card.message_id))
    assert f"案卷 {cases.closed.number}" in again.text
    both = await chats.answers(said(people.office, "/case", reply_to=several.message_id))
    assert says("caselist.which_one") in both[0].text
    # A person who may not see a case learns nothing by a reply either.
    (refused,) = await chats.answers(said(people.other_liaison, "/case", reply_to=card.message_id))
    assert refused.text == says("caselist.how")


@pytest.mark.parametrize("words", ["没有的地方", "99号", "20261215-9999", "%", "'; --", "😀", "1" * 90])
async def test_nothing_found_says_what_to_do(chats: Chats, people: People, cases: Cases, words: str) -> None:
    answer = await chats.say(people.office, f"/case {words}")
    assert "/orders" in answer.text or "关键词" in answer.text


async def test_without_words(chats: Chats, people: People) -> None:
    assert (await chats.say(people.liaison, "/case")).text == says("caselist.how")


async def test_mute_and_unmute(chats: Chats, people: People, cases: Cases, database: Database) -> None:
    async def muted() -> list[bool]:
        async with database.reading() as session:
            rows = await session.exec(
                select(CaseFollower.muted).where(CaseFollower.case_id == cases.open_one.id)
            )
            return list(rows)

    card = await chats.say(people.other_liaison, f"/case {cases.open_one.number}")
    (silent,) = await chats.press(people.other_liaison, card, "不再提醒")
    assert (silent.edit, await muted()) == (True, [True])
    assert chats.toasts[-1][0] == says("caselist.muted")
    await chats.press(people.other_liaison, card, "不再提醒")  # twice
    assert await muted() == [True]
    await chats.press(people.other_liaison, silent, "恢复提醒")
    assert await muted() == [False]


async def test_muting_under_a_notice_leaves_the_notice(
    chats: Chats, people: People, cases: Cases, database: Database
) -> None:
    notices = [one for one in await chats.post() if one.chat_id == people.other_liaison.id]
    data = notices[-1].data("不再提醒")
    assert await chats.answers(pressed(people.other_liaison, data, notices[-1].message_id)) == []
    assert chats.toasts[-1] == (says("caselist.muted"), False)


async def test_figures_down_to_the_case(chats: Chats, people: People, cases: Cases) -> None:
    chats.clock.moment += timedelta(minutes=1)
    shown = await chats.say(people.office, "/figures")
    assert "立案数：2" in shown.text
    (month,) = await chats.press(people.office, shown, "本月")
    assert "案卷统计·本月" in month.text
    (units,) = await chats.press(people.office, month, "按单位")
    assert "1. 城管局：立案 2" in units.text
    (unit,) = await chats.press(people.office, units, "1. 城管局")
    (behind,) = await chats.press(people.office, unit, "结案数 1")
    assert cases.closed.number in behind.text
    assert cases.open_one.number not in behind.text
    (back,) = await chats.press(people.office, behind, "返回统计")
    assert back.text == unit.text
    (categories,) = await chats.press(people.office, month, "按类别")
    assert "街面秩序·占道经营：立案 2" in categories.text
    assert (await chats.say(people.liaison, "/figures")).text == says("caselist.figures_not_yours")


async def test_the_ledger_is_the_offices(
    chats: Chats, people: People, cases: Cases, database: Database
) -> None:
    listed = await chats.say(people.office, "/orders")
    assert await chats.press(people.office, listed, "导出台账") == []
    assert chats.toasts[-1] == (says("ledger.ordered"), True)
    await chats.press(people.office, listed, "导出台账")
    assert chats.toasts[-1] == (says("ledger.on_its_way"), True)
    async with database.reading() as session:
        assert len((await session.exec(select(Job))).all()) == 1
    assert not [label for label in (await chats.say(people.leader, "/orders")).labels() if "台账" in label]


async def test_all_of_a_long_history(
    chats: Chats, people: People, cases: Cases, database: Database, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        desk = CaseDesk(session, now, campaign)
        office, unit = await actor(session, people.office), await actor(session, people.liaison)
        case = await session.get_one(Case, cases.open_one.id)
        await desk.step(case, CaseEvent.ACKNOWLEDGE, unit)
        for _ in range(5):
            await desk.step(case, CaseEvent.FEEDBACK, unit)
            await desk.step(case, CaseEvent.REWORK, office, change=StepDetails(reason="没有清理干净"))
    card = await chats.say(people.liaison, f"/case {cases.open_one.number}")
    assert "立案" not in card.text
    (whole,) = await chats.press(people.liaison, card, "全部过程")
    assert whole.edit
    assert whole.text.count("没有清理干净") == 5
    assert "立案" in whole.text
    assert not [label for label in whole.labels() if "全部过程" in label]


async def test_pages(
    chats: Chats, people: People, database: Database, now: datetime, campaign: Campaign
) -> None:
    """The list, the found cases, and the cases behind a figure all have pages."""
    async with database.transaction() as session:
        desk = CaseDesk(session, now, campaign)
        office = await actor(session, people.office)
        category = await desk.category()
        for _ in range(22):
            await desk.step(await desk.report(office, category), CaseEvent.REGISTER, office)
    chats.clock.moment += timedelta(minutes=1)
    figures = await chats.say(people.office, "/figures")
    (behind,) = await chats.press(people.office, figures, "立案数 22")
    listed = await chats.say(people.office, "/orders")
    found = await chats.say(people.office, "/case 占道")
    for first, last, open_one in ((listed, 22, "22. "), (found, 1, "22. "), (behind, 22, "22. ")):
        (second,) = await chats.press(people.office, first, "下一页")
        assert second.edit
        assert f"20261215-{last:04d}" in second.text
        assert f"20261215-{last:04d}" not in first.text
        (card,) = await chats.press(people.office, second, open_one)
        assert f"案卷 20261215-{last:04d}" in card.text
        (again,) = await chats.press(people.office, second, "上一页")
        assert again.text == first.text


async def test_pages_of_a_breakdown(
    chats: Chats, people: People, database: Database, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        desk = CaseDesk(session, now, campaign)
        office = await actor(session, people.office)
        for number in range(21):
            case = await desk.report(office, await desk.category(f"类别{number:02d}"))
            await desk.step(case, CaseEvent.REGISTER, office)
    chats.clock.moment += timedelta(minutes=1)
    figures = await chats.say(people.office, "/figures")
    (first,) = await chats.press(people.office, figures, "按类别")
    (second,) = await chats.press(people.office, first, "下一页")
    assert "21. 街面秩序·类别20：立案 1" in second.text
    (one,) = await chats.press(people.office, second, "21. 街面秩序·类别20")
    assert "（街面秩序·类别20）" in one.text
    (all_of_them,) = await chats.press(people.office, one, "返回统计")
    assert "立案数：21" in all_of_them.text


async def test_buttons_of_one_who_is_not_a_leader_any_more(
    chats: Chats, people: People, cases: Cases, database: Database
) -> None:
    chats.clock.moment += timedelta(minutes=1)
    shown = await chats.say(people.leader, "/figures")
    async with database.transaction() as session:
        leader = await actor(session, people.leader)
        await session.delete(await session.get_one(ContactRole, (leader.id, Role.LEADER_IN_CHARGE)))
    for label in ("本月", "按单位", "按类别", "立案数 2"):
        assert await chats.press(people.leader, shown, label) == []
        assert chats.toasts[-1] == (says("caselist.figures_not_yours"), True)


async def test_strangers_learn_nothing(chats: Chats, people: People, cases: Cases) -> None:
    for command in ("/orders", f"/case {cases.open_one.number}", "/figures"):
        assert cases.open_one.number not in (await chats.say(people.stranger, command)).text
