"""From the first words to the receipt: which task, the card, correcting it, confirming it once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from models.db import Database, Session
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.progress import ProgressReport, ReportKind
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.drafts.draft_changes import EVIDENCE_LIMIT, TEXT_LIMIT
from services.tasks import task_steps
from tests.services.conftest import Local, World, make_world
from tests.services.progress.talk import Talk, buttons, keys, line, photo, refused
from tests.support.people import Roster
from tests.support.turns import turn_for

SENTENCE = "今天清理违规广告牌匾12处"


async def test_a_sentence_becomes_a_report(session: Session, talk: Talk, world: World) -> None:
    card = await talk.write(SENTENCE)
    assert keys(card) == [
        "progress.card.title",
        "progress.card.task",
        "progress.card.text",
        "progress.card.figure",
        "progress.card.ask_confirm",
    ]
    answer = await talk.confirm(card)
    (report,) = await talk.reports()
    assert keys(answer) == ["progress.confirmed"]
    assert answer.lines[0].values["number"] == report.receipt_no
    assert (report.kind, report.task_id, report.text) == (ReportKind.PROGRESS, world.task_id, SENTENCE)
    assert (report.unit_id, report.contact_id) == (world.unit.id, world.responsible.id)
    assert await talk.figures() == [("清理违规广告牌匾", "处", Decimal(12))]
    assert world.task.state is TaskState.IN_PROGRESS
    (receipt,) = (await session.exec(select(Outbox))).all()
    assert (receipt.kind, receipt.contact_id) == (MessageKind.RECEIPT, world.responsible.id)


async def test_receipt_numbers_run_by_local_day(talk: Talk, local: Local) -> None:
    for moment in (local(12, 15, 23, 59), local(12, 15, 23, 59), local(12, 16, 0, 0), local(12, 16, 7, 59)):
        talk.now = moment
        await talk.report(SENTENCE)
    numbers = [report.receipt_no for report in await talk.reports()]
    assert numbers == ["20261215-0001", "20261215-0002", "20261216-0001", "20261216-0002"]


@pytest.mark.parametrize(("day", "late"), [(18, False), (19, True)])
async def test_late_means_after_the_deadlines_day(talk: Talk, local: Local, day: int, late: bool) -> None:
    talk.now = local(12, day, 23, 59) if day == 18 else local(12, day)
    assert (await talk.report(SENTENCE)).late is late


async def test_a_report_without_numbers(talk: Talk) -> None:
    card = await talk.write("今日组织人员对主干道进行了巡查")
    assert "progress.card.no_figures" in keys(card)
    await talk.confirm(card)
    assert await talk.figures() == []


async def second_task(roster: Roster, world: World, objective: str = "整治背街小巷环境") -> Task:
    return await roster.task(world.unit, objective, date(2026, 12, 25), world.responsible.contact)


# -- the draft -----------------------------------------------------------------------------------------


async def test_photo_first_then_words(talk: Talk) -> None:
    assert "progress.card.files" in keys(await talk.write("", photo("a")))
    card = await talk.write(SENTENCE)
    assert line(card, "progress.card.text").values["text"] == SENTENCE
    await talk.confirm(card)
    assert await talk.evidence() == ["file-a"]


async def test_words_first_then_photos(talk: Talk) -> None:
    await talk.write(SENTENCE)
    await talk.confirm(await talk.write("", photo("a")))
    assert (await talk.evidence(), len(await talk.figures())) == (["file-a"], 1)


async def test_more_words_are_added(talk: Talk) -> None:
    await talk.write(SENTENCE)
    card = await talk.write("出动20人")
    assert line(card, "progress.card.text").values["text"] == f"{SENTENCE}\n出动20人"
    await talk.confirm(card)
    assert [(unit, added) for _, unit, added in await talk.figures()] == [
        ("处", Decimal(12)),
        ("人", Decimal(20)),
    ]


async def test_correcting_replaces_the_words_and_keeps_the_photos(talk: Talk) -> None:
    card = await talk.write(SENTENCE, photo("a"))
    assert keys(await talk.edit(card)) == ["progress.ask_text_again"]
    card = await talk.write("今天清理违规广告牌匾21处")
    await talk.confirm(card)
    assert await talk.figures() == [("清理违规广告牌匾", "处", Decimal(21))]
    assert await talk.evidence() == ["file-a"]


async def test_correcting_waits_for_words_through_a_further_photo(talk: Talk) -> None:
    await talk.edit(await talk.write(SENTENCE))
    await talk.write("", photo("a"))
    await talk.confirm(await talk.write("今天清理违规广告牌匾21处"))
    assert await talk.figures() == [("清理违规广告牌匾", "处", Decimal(21))]
    assert await talk.evidence() == ["file-a"]


async def test_cancelling_leaves_nothing(talk: Talk) -> None:
    card = await talk.write(SENTENCE)
    assert keys(await talk.cancel()) == ["progress.cancelled"]
    assert keys(await talk.cancel()) == ["progress.nothing_to_cancel"]
    assert await refused(talk.confirm(card)) == "progress.no_draft"
    assert (await talk.session.exec(select(Draft))).all() == []
    assert await talk.reports() == []


async def test_confirming_twice_reports_once(talk: Talk) -> None:
    card = await talk.write(SENTENCE)
    await talk.confirm(card)
    assert await refused(talk.confirm(card)) == "progress.no_draft"
    assert len(await talk.reports()) == 1


async def test_an_older_card_is_refused(talk: Talk) -> None:
    old = await talk.write(SENTENCE)
    new = await talk.write("出动20人")
    assert await refused(talk.confirm(old)) == "progress.old_card"
    assert await refused(talk.change(old, mode="cumulative")) == "progress.old_card"
    await talk.confirm(new)


async def test_the_card_of_an_earlier_draft_is_refused(talk: Talk) -> None:
    """A cancelled report's card stays in the chat; its buttons must not touch the next report."""
    cancelled = await talk.write(SENTENCE)
    await talk.cancel()
    await talk.write("今天清理违规广告牌匾300处")
    assert await refused(talk.confirm(cancelled)) == "progress.old_card"
    assert await talk.reports() == []


async def test_a_task_finished_meanwhile(talk: Talk, world: World) -> None:
    card = await talk.write(SENTENCE)
    await task_steps.complete(turn_for(talk.session, world.office, talk.now), world.task_id)
    assert await refused(talk.confirm(card)) == "progress.task_finished"
    assert await talk.reports() == []


async def test_a_draft_about_a_finished_task_does_not_hold_up_the_next_report(
    talk: Talk, world: World, roster: Roster
) -> None:
    other = await second_task(roster, world)
    await talk.write(SENTENCE)
    await task_steps.complete(turn_for(talk.session, world.office, talk.now), world.task_id)
    card = await talk.write("巷道清扫5条")
    assert card is not None
    assert card.task_ids == [other.id]


async def test_a_draft_survives_a_restart(database: Database, now: datetime, campaign: Campaign) -> None:
    """Each step runs in a transaction of its own, as after a restart."""
    async with database.transaction() as session:
        world = await make_world(Roster(session, now, campaign))
        talk = Talk(session, world.responsible, now, campaign)
        await talk.write("", photo("a"))
    async with database.transaction() as session:
        card = await replace(talk, session=session).write("累计清理违规广告牌匾12处")
    async with database.transaction() as session:
        talk = replace(talk, session=session)
        await talk.confirm(card)
        assert await talk.figures() == [("清理违规广告牌匾", "处", Decimal(12))]
        assert await talk.evidence() == ["file-a"]


# -- limits --------------------------------------------------------------------------------------------


async def test_words_have_a_limit(talk: Talk) -> None:
    card = await talk.write("长" * TEXT_LIMIT)
    assert await refused(talk.write("多一字")) == "progress.too_long"
    await talk.confirm(card)
    assert len((await talk.reports())[0].text) == TEXT_LIMIT


async def test_too_long_at_once(talk: Talk) -> None:
    assert await refused(talk.write("长" * (TEXT_LIMIT + 1))) == "progress.too_long"


async def test_files_have_a_limit(talk: Talk) -> None:
    for number in range(EVIDENCE_LIMIT):
        await talk.write("", photo(str(number)))
    assert await refused(talk.write("", photo("more"))) == "progress.too_many_files"


async def test_nothing_is_no_report(talk: Talk) -> None:
    """A message of NUL characters leaves nothing."""
    assert await refused(talk.write("")) == "help.unsupported"
    assert (await talk.session.exec(select(Draft))).all() == []


async def test_a_report_of_many_numbers_has_a_keyboard_that_telegram_takes(talk: Talk) -> None:
    """The keyboard has at most 100 buttons, and every number that has to be asked about can be answered."""
    await talk.report("，".join(f"清理{name}垃圾3吨" for name in map(chr, range(0x4E10, 0x4E10 + 45))))
    card = await talk.write("，".join(f"清理{name}垃圾5吨" for name in map(chr, range(0x4E10, 0x4E10 + 45))))
    for _ in range(60):
        assert card is not None
        assert sum(map(len, card.rows)) <= 100
        if "progress.card.ask_mode" not in keys(card):
            break
        asked = next(b for b in buttons(card, "report.mode") if b.label.key.endswith("increment.open"))
        card = await talk.change(card, **{k: v for k, v in asked.arguments.items() if k != "revision"})
    await talk.confirm(card)
    assert sum(added for *_, added in await talk.figures()) == 45 * 8


async def test_late_answers_to_a_report_of_yesterday(talk: Talk, local: Local) -> None:
    """The card says first which day it is about; the report comes in at the moment of its confirmation."""
    card = await talk.write(SENTENCE)
    talk.now = local(12, 16, 10)
    await talk.confirm(await talk.confirm(card))
    (report,) = (await talk.session.exec(select(ProgressReport))).all()
    assert report.reported_at - local(12, 16, 10) == timedelta(0)
