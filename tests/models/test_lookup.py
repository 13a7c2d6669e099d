"""Lookups: tasks by words, people who have not signed, the last report, and reminders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from models.db import Session
from models.nags import reminders
from models.people import Contact, ContactState, Unit
from models.progress import ReportPart, from_below, report_lookup
from models.tasks import Task, task_search
from rules.delivery.delivery import DeliveryState
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

DAY = date(2026, 12, 20)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Town:
    ours: Unit
    other: Unit
    person: Contact

    async def find(
        self, session: Session, *words: list[str], offset: int = 0, limit: int = 9, everything: bool = True
    ) -> tuple[list[str], int]:
        """Search as a person who sees everything, or as a person of our unit."""
        units = None if everything else [id_of(self.ours)]
        found, many = await task_search.tasks_with_words(
            session, words, contact_ids=[id_of(self.person)], unit_ids=units, offset=offset, limit=limit
        )
        return [task.objective for task in found], many


@pytest.fixture
async def town(roster: Roster) -> Town:
    ours, other = await roster.unit("城管局"), await roster.unit("交通局LED办")
    return Town(ours, other, await roster.contact(ours, "张三"))


async def make(roster: Roster, town: Town, **values: object) -> Task:
    task = await roster.task(town.ours, "清理广告", None)
    for name, value in values.items():
        setattr(task, name, value)
    await roster.session.flush()
    return task


@pytest.mark.parametrize("column", ["objective", "action", "standard", "responsible_person"])
async def test_words_are_looked_for_in_each_column(
    session: Session, roster: Roster, town: Town, column: str
) -> None:
    await make(roster, town, **{column: "背街小巷"})
    await roster.task(town.ours, "别的", None)
    assert (await town.find(session, ["街小"]))[1] == 1


@pytest.mark.parametrize("column", ["remark", "focus", "leader_in_charge"])
async def test_words_are_not_looked_for_elsewhere(
    session: Session, roster: Roster, town: Town, column: str
) -> None:
    await make(roster, town, **{column: "背街小巷"})
    assert await town.find(session, ["街小"]) == ([], 0)


async def test_the_names_of_lead_and_assisting_units_count(
    session: Session, roster: Roster, town: Town
) -> None:
    await roster.task(town.other, "牵头", None)
    await roster.task(town.ours, "协办", None, assisting=(town.other,))
    await roster.task(town.ours, "无关", None)
    assert await town.find(session, ["led"]) == (["牵头", "协办"], 2)


WORDS = [
    pytest.param([["广告"]], ["清理广告", "广告100%达标"], id="a word"),
    pytest.param([["广告"], ["达标"]], ["广告100%达标"], id="every word"),
    pytest.param([["没有", "达标"]], ["广告100%达标"], id="any of its spellings"),
    pytest.param([["%"]], ["广告100%达标"], id="a sign for any letters means itself"),
    pytest.param([["_"]], [], id="a sign for a letter means itself"),
    pytest.param([], ["清理广告", "广告100%达标", "整治"], id="no word"),
]


@pytest.mark.parametrize(("words", "found"), WORDS)
async def test_which_words_hold(
    session: Session, roster: Roster, town: Town, words: list[list[str]], found: list[str]
) -> None:
    for name in ("清理广告", "广告100%达标", "整治"):
        (await roster.task(town.ours, name, None)).standard = "好"
    assert await town.find(session, *words) == (found, len(found))


async def test_a_page_of_open_tasks_first_then_by_deadline(
    session: Session, roster: Roster, town: Town
) -> None:
    for name, deadline, state in (
        ("完成", DAY - timedelta(days=9), TaskState.COMPLETED),
        ("长期", None, TaskState.RETURNED),
        ("晚", DAY + timedelta(days=1), TaskState.ASSIGNED),
        ("早一", DAY, TaskState.ASSIGNED),
        ("早二", DAY, TaskState.SUBMITTED),
    ):
        await roster.task(town.ours, name, deadline, state=state)
    assert await town.find(session, limit=3) == (["早一", "早二", "晚"], 5)
    assert await town.find(session, offset=3, limit=3) == (["长期", "完成"], 5)
    assert await town.find(session, offset=5, limit=3) == ([], 5)


async def test_only_what_the_reader_sees_is_found_and_counted(
    session: Session, roster: Roster, town: Town
) -> None:
    await roster.task(town.ours, "我们", None)
    await roster.task(town.other, "他的", None, town.person)
    await roster.task(town.other, "别人", None)
    assert await town.find(session, ["市容"]) == (["我们", "他的", "别人"], 3)
    assert await town.find(session, ["市容"], everything=False) == (["我们", "他的"], 2)


async def test_what_nobody_has_signed_for_the_longest_waiting_first(
    session: Session, roster: Roster, town: Town, now: datetime
) -> None:
    signed = await roster.task(town.ours, "已签", DAY, state=TaskState.ACKNOWLEDGED)
    late, first, second = [await roster.task(town.ours, name, DAY) for name in ("晚", "早一", "早二")]
    other = await roster.task(town.other, "别人", DAY)
    late.assigned_at = other.assigned_at = now + HOUR
    signed.assigned_at = now - HOUR
    assert await task_search.unsigned_tasks(session) == [first, second, late, other]
    assert await task_search.unsigned_tasks(session, [id_of(town.other)]) == [other]
    assert await task_search.unsigned_tasks(session, []) == []


async def test_who_has_not_signed_for_how_many(session: Session, roster: Roster, town: Town) -> None:
    """A person of the roster and a same-named person outside it count as two."""
    for name in ("一", "二", "三"):
        await roster.task(town.ours, name, DAY, town.person)
    for name in ("四", "五"):
        (await roster.task(town.ours, name, DAY)).responsible_person = "张三"
    (await roster.task(town.ours, "六", DAY)).responsible_person = "乙"
    (await roster.task(town.ours, "七", DAY)).responsible_person = "丁"
    await roster.task(town.ours, "已签", DAY, state=TaskState.RETURNED)
    await roster.task(town.other, "别人", DAY, town.person)
    # Who has gone to another unit, or has left, is nobody's colleague here.
    gone = await roster.contact(town.other, "调走", Role.RESPONSIBLE_PERSON)
    left = await roster.contact(town.ours, "离任", Role.RESPONSIBLE_PERSON)
    left.state = ContactState.LEFT
    for name, person in (("八", gone), ("九", left)):
        await roster.task(town.ours, name, DAY, person)
    found = await task_search.unsigned_people(session, [id_of(town.ours)])
    assert found == [(id_of(town.person), "张三", 3), (None, "张三", 2), (None, "丁", 1), (None, "乙", 1)]


async def test_when_each_unit_last_reported(
    session: Session, roster: Roster, rows: Rows, town: Town, now: datetime
) -> None:
    silent = await roster.unit("住建局")
    late, early = [await rows.report(town.ours, town.person, reported_at=now + n * HOUR) for n in (1, 0)]
    await rows.report(town.ours, town.person, reported_at=now + 9 * HOUR, withdrawn=True)
    tie = [await rows.report(town.other, town.person) for _ in range(2)]
    assert await from_below.last_reported(session) == {
        id_of(town.ours): now + HOUR,
        id_of(town.other): now,
    }
    assert await report_lookup.last_report_of_unit(session, id_of(town.ours)) == late
    assert await report_lookup.last_report_of_unit(session, id_of(town.other)) == tie[1]
    assert await report_lookup.last_report_of_unit(session, id_of(silent)) is None
    assert await report_lookup.report_by_number(session, early.receipt_no) == early
    assert await report_lookup.report_by_number(session, "没有") is None


async def test_the_reports_of_one_message(session: Session, roster: Roster, rows: Rows, town: Town) -> None:
    """Each finds the others that stand; ``filed_with`` names the first of them."""
    one, other = await roster.contact(town.ours, "王五"), await roster.contact(town.ours, "赵六")
    first, alone = [await rows.report(town.ours, one) for _ in range(2)]
    second, gone, third = [
        await rows.report(town.ours, one, filed_with=first.id, withdrawn=withdrawn)
        for withdrawn in (False, True, False)
    ]
    await rows.report(town.ours, other, filed_with=first.id)
    together = [first, second, third]
    for report in (*together, gone):
        found = await report_lookup.filed_together(session, report)
        assert found == [one for one in together if one is not report]
    assert await report_lookup.filed_together(session, alone) == []


async def test_the_messages_of_the_last_reports_that_stand(
    session: Session, roster: Roster, rows: Rows, town: Town
) -> None:
    """The last five reports count, withdrawn ones too, so an old one never comes up again."""
    person = await roster.contact(town.ours, "王五")
    for number, withdrawn in enumerate((False, False, True, False, False, False)):
        report = await rows.report(town.ours, person, withdrawn=withdrawn)
        await rows.add(
            ReportPart(chat_id=1, message_id=number, report_id=id_of(report), position=0, text=f"第{number}")
        )
    found = await report_lookup.last_messages(session, id_of(person))
    assert sorted(words for words, *_ in found) == ["第1", "第3", "第4", "第5"]
    assert {at for _, _, at, _ in found} == {rows.now}
    assert await report_lookup.last_messages(session, 99) == []


async def test_a_reminder_that_is_lost_is_none(session: Session, rows: Rows, now: datetime) -> None:
    nags = {state: await rows.message(view="nag", state=state) for state in DeliveryState}
    await rows.message(view="nag", created_at=now - HOUR)
    await rows.message(view="notice")
    lost = {DeliveryState.UNKNOWN, DeliveryState.UNDELIVERABLE, DeliveryState.WITHDRAWN}
    found = [row for state, row in nags.items() if state not in lost]
    assert await reminders.reminders_since(session, now) == found


async def test_the_last_reminder_by_hand(session: Session, rows: Rows) -> None:
    assert await reminders.last_reminder(session) is None
    _, last = [await rows.audit("remind", ("campaign", None)) for _ in range(2)]
    await rows.audit("case_remind", ("case", 1))
    assert await reminders.last_reminder(session) == last
