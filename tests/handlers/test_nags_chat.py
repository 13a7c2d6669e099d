"""/nags for the office, and 催办记录 and 稍后提醒 on the cards."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.db import Database
from rules.cases.case_lifecycle import CaseEvent
from services import access
from services.nags import nag_engine
from tests.conftest import NOW
from tests.handlers.conftest import People
from tests.support.cases import TO_DISPATCHED, CaseDesk
from tests.support.chat import Chats, Person, Shown, own_button, pressed
from tests.support.chat import text_of as says
from tests.support.turns import tick_for

NINE = NOW + timedelta(minutes=15)


async def _tick(chats: Chats, database: Database, at: datetime) -> list[Shown]:
    chats.clock.moment = at
    async with database.transaction() as session:
        await nag_engine.tick(tick_for(session, at, chats.campaign))
    return await chats.post()


async def _card(chats: Chats, person: Person, action: str, **subject: int | None) -> Shown:
    return await chats.answer(pressed(person, await own_button(chats, action, None, **subject), 1))


async def test_what_will_go_out_to_whom_and_why(chats: Chats, people: People, database: Database) -> None:
    assert (await chats.say(people.leader, "/nags")).text == says("tasks.office_only")
    await _tick(chats, database, NINE)
    front = await chats.say(people.office, "/nags")
    assert "已催办责任人 1 人、1 项" in front.text
    assert "12月18日（工作日）：3 条，发 3 人（责任人 2 条、单位分管领导 1 条）" in front.text
    assert "12月19日（休息日）：无" in front.text
    assert "任务 2 项、督办单 0 件" in front.text
    (day,) = await chats.press(people.office, front, "12月21日（3条）")
    assert day.edit
    assert "城管局 城管局责任人 09:00 催办 1项，任务时限·限期后第1个工作日" in day.text
    assert "城管局 城管局分管领导 09:00 提示 1项" in day.text
    label = next(label for label in day.labels() if "分管领导" in label)
    (letter,) = await chats.press(people.office, day, label)
    assert "【工作提示】" in letter.text
    assert "已逾期3天" in letter.text
    assert "1. 任务时限·限期后第1个工作日，提示单位分管领导" in letter.text
    assert letter.labels() == [says("nags.week.day_back_button")], "nobody else's buttons"
    (back,) = await chats.press(people.office, letter, says("nags.week.day_back_button"))
    (again,) = await chats.press(people.office, back, says("nags.week.back_button"))
    assert again.text == front.text
    mine = [shown for shown in chats.shown if shown.chat_id == people.office.id]
    digest = next(shown for shown in mine if "催办情况" in shown.text)
    (fresh,) = await chats.press(people.office, digest, says("nags.forecast_button"))
    assert not fresh.edit
    await _tick(chats, database, NINE + timedelta(days=6))
    assert await chats.press(people.office, day, label) == []
    assert chats.toasts[-1] == (says("nags.week.gone"), True)


async def test_the_cards_explain_and_put_off(chats: Chats, people: People, database: Database) -> None:
    for days in (0, 2):
        await _tick(chats, database, NINE + timedelta(days=days))
    card = await _card(chats, people.responsible, "task.card", task_id=people.task.id)
    (record,) = await chats.press(people.responsible, card, says("nags.record.button"))
    assert "12月17日09:00 催办 城管局责任人：签收·限期后第1个工作日（已送达）" in record.text
    assert "下次提醒：12月18日09:00 → 城管局责任人" in record.text
    (choice,) = await chats.press(people.responsible, card, says("nags.snooze_button"))
    label = next(label for label in choice.labels() if "今天下午" in label)
    (put_off,) = await chats.press(people.responsible, choice, label)
    assert "12月17日15:00再提醒您（1项）" in put_off.text
    (record,) = await chats.press(people.responsible, card, says("nags.record.button"))
    assert "下次提醒：12月17日15:00 → 城管局责任人" in record.text
    assert "本人选择稍后提醒，12月17日15:00再发" in record.text
    office = await chats.answer(
        pressed(people.office, await own_button(chats, "task.card", task_id=people.task.id), 1)
    )
    assert says("nags.snooze_button") not in office.labels()
    await _tick(chats, database, NINE + timedelta(days=2, hours=6))
    (record,) = await chats.press(people.office, office, says("nags.record.button"))
    assert "稍后提醒，已送达" in record.text


async def test_an_order_is_put_off_from_its_card(chats: Chats, people: People, database: Database) -> None:
    async with database.transaction() as session:
        desk = CaseDesk(session, NOW, chats.campaign)
        office = await access.actor_by_account(session, people.office.id)
        unit = await access.actor_by_account(session, people.responsible.id)
        assert office is not None
        assert unit is not None
        case = await desk.report(office, await desk.category(unit=people.unit))
        await desk.bring(case, *TO_DISPATCHED, CaseEvent.ACKNOWLEDGE, office=office, unit=unit)
    early = await _card(chats, people.responsible, "case.card", case_id=case.id)
    assert says("nags.snooze_button") not in early.labels(), "nothing to put off yet"
    # The limit is four working hours from 08:45. The case is blue from 14:30 on.
    await _tick(chats, database, NOW + timedelta(hours=5, minutes=50))
    card = await _card(chats, people.responsible, "case.card", case_id=case.id)
    (choice,) = await chats.press(people.responsible, card, says("nags.snooze_button"))
    (put_off,) = await chats.press(people.responsible, choice, choice.labels()[0])
    assert "再提醒您（1项）" in put_off.text
    (record,) = await chats.press(people.responsible, card, says("nags.record.button"))
    assert "督办单·" in record.text
    assert "已送达" in record.text
    assert "本人选择稍后提醒" in record.text
    assert "创城办工作人员" not in record.text, "what the office was told is not theirs"
    seen = await _card(chats, people.office, "case.card", case_id=case.id)
    (record,) = await chats.press(people.office, seen, says("nags.record.button"))
    assert "创城办工作人员" in record.text
