"""Unfinished reports: nothing that was sent is thrown away unasked, and a choice stays chosen."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from models.db import Session
from models.drafts import Draft
from models.progress import ReportPart
from models.tasks import Task
from services.drafts import draft_changes
from services.progress import progress_dialogue, report_card_buttons
from services.tasks import task_steps
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, line, photo, refused, revision
from tests.support.people import Roster
from tests.support.turns import turn_for

SENTENCE = "今天清理违规广告牌匾12处"


@pytest.fixture
async def other(world: World, roster: Roster) -> Task:
    """A second task of the same person."""
    return await roster.task(world.unit, "整治背街小巷环境", date(2026, 12, 25), world.responsible.contact)


async def begin(talk: Talk, task_id: int | None) -> View:
    if task_id is None:
        return await progress_dialogue.begin_without_task(
            turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id)
        )
    return await progress_dialogue.begin(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id), task_id
    )


async def test_a_draft_that_was_not_written_yet_is_gone_when_it_is_discarded(talk: Talk) -> None:
    with talk.session.no_autoflush:
        await draft_changes.draft_for_words(talk.turn)
        assert await draft_changes.discard(talk.turn)
    await talk.session.flush()
    assert (await talk.session.exec(select(Draft))).all() == []
    assert not await draft_changes.discard(talk.turn)


async def test_a_photo_that_waits_for_its_task_is_taken_along(talk: Talk, other: Task) -> None:
    """The person presses 报进展 under the task that the photo is about."""
    assert keys(await talk.write("", photo("a"))) == ["progress.which_task"]
    card = await begin(talk, other.id)
    assert list(card.task_ids) == [other.id]
    await talk.confirm(await talk.write("巷道清扫5条"))
    assert await talk.evidence() == ["file-a"]
    assert [report.task_id for report in await talk.reports()] == [other.id]


async def test_words_that_say_the_task_place_the_photo(talk: Talk, world: World, other: Task) -> None:
    await talk.write("", photo("a"))
    card = await talk.write(SENTENCE)
    assert card is not None
    assert list(card.task_ids) == [world.task_id]


async def test_a_report_about_one_task_is_finished_before_another(
    talk: Talk, world: World, other: Task
) -> None:
    card = await talk.write(SENTENCE)
    assert await refused(begin(talk, other.id)) == "progress.finish_first"
    assert await refused(talk.write("出动20人", about=[other.id or 0])) == "progress.finish_first"
    await talk.confirm(card)
    assert [report.task_id for report in await talk.reports()] == [world.task_id]
    assert keys(await begin(talk, other.id)) == ["progress.ask_text"]


async def test_report_shows_the_unfinished_one_again(talk: Talk, other: Task) -> None:
    await talk.write(SENTENCE)
    card = await begin(talk, None)
    assert line(card, "progress.card.text").values["text"] == SENTENCE
    await talk.confirm(card)


async def test_the_same_task_again_goes_on(talk: Talk, world: World, other: Task) -> None:
    await talk.write(SENTENCE)
    card = await begin(talk, world.task_id)
    assert line(card, "progress.card.text").values["text"] == SENTENCE


async def test_an_empty_draft_gives_way(talk: Talk, world: World, other: Task) -> None:
    await begin(talk, world.task_id)
    assert keys(await begin(talk, other.id)) == ["progress.ask_text"]
    assert (await talk.report("出动20人")).task_id == other.id


async def test_a_reply_about_a_finished_task(talk: Talk, world: World, other: Task) -> None:
    await task_steps.complete(turn_for(talk.session, world.office, talk.now), world.task_id)
    assert await refused(talk.write(SENTENCE, about=[world.task_id])) == "progress.task_finished"


# -- what was chosen -----------------------------------------------------------------------------------


async def test_further_words_keep_what_was_chosen(talk: Talk) -> None:
    await talk.report("清理违规广告牌匾100处，出动20人")
    card = await talk.write("清理违规广告牌匾130处，出动25人")
    card = await talk.change(await talk.change(card, 0, mode="cumulative"), 1, choice="drop")
    await talk.confirm(await talk.write("另外今天清运垃圾3吨"))
    assert [added for *_, added in await talk.figures()][2:] == [Decimal(30), Decimal(3)]


async def test_other_words_are_read_anew(talk: Talk) -> None:
    """After 修改, a choice for a number that is gone says nothing about another number."""
    await talk.report("清理违规广告牌匾100处")
    await talk.edit(await talk.change(await talk.write("清理违规广告牌匾130处"), mode="cumulative"))
    assert "progress.card.ask_mode" in keys(await talk.write("清理违规广告牌匾140处"))


async def test_another_task_has_other_metrics(talk: Talk, world: World, other: Task) -> None:
    """A choice made for one task is not carried over to another."""
    await talk.report(SENTENCE)
    card = await talk.change(await talk.write(SENTENCE), choice="drop")
    question = await report_card_buttons.other_task(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id), revision(card)
    )
    await talk.confirm(await talk.pick(question, other.id or 0))
    assert [added for *_, added in await talk.figures()] == [Decimal(12), Decimal(12)]
    assert [report.task_id for report in await talk.reports()] == [world.task_id, other.id]


async def test_tonnes_are_not_added_to_places(talk: Talk) -> None:
    await talk.report(SENTENCE)
    await talk.report("今天清运垃圾3吨")
    card = await talk.write("今天铲除小招贴5处")
    menu = await report_card_buttons.offer_metrics(
        turn_for(talk.session, talk.actor, chat=talk.chat_id), revision(card), 0
    )
    assert [b.label.values["unit"] for b in buttons(menu, "report.metric")] == ["处"]
    tonnes = buttons(menu, "report.metric")[0].arguments["metric_id"] + 1
    assert await refused(talk.change(menu, metric_id=tonnes)) == "progress.old_card"


async def test_filed_under_another_metric_the_mode_is_asked_again(talk: Talk) -> None:
    """For a new metric 累计 is 本次新增; for one that has a total, it must be that metric's total."""
    await talk.report("今天清理野广告100张")
    card = await talk.write("铲除小招贴300张")
    menu = await report_card_buttons.offer_metrics(
        turn_for(talk.session, talk.actor, chat=talk.chat_id), revision(card), 0
    )
    metric_id = buttons(menu, "report.metric")[0].arguments["metric_id"]
    card = await talk.change(menu, metric_id=metric_id)
    assert "progress.card.ask_mode" in keys(card)
    card = await talk.change(card, choice="new")
    assert "progress.card.ask_confirm" in keys(card)


@pytest.mark.parametrize("later", [timedelta(minutes=31), timedelta(days=1), timedelta(days=-1)])
async def test_a_correction_that_was_only_opened_does_not_swallow_a_later_report(
    talk: Talk, later: timedelta
) -> None:
    """Words sent later are a new report; words sent soon after the question replace the old one."""
    await talk.report(SENTENCE, message_id=1)
    await talk.reopen(await talk.undo())
    talk.now += later
    card = await talk.write("今天清理违规广告牌匾15处，本次新增", message_id=2)
    assert "corrections.card_title" not in keys(card)
    await talk.confirm(card)
    assert [report.revision for report in await talk.reports()] == [1, 1]


async def test_a_correction_with_a_photo_is_kept(talk: Talk) -> None:
    await talk.report(SENTENCE, message_id=1)
    await talk.reopen(await talk.undo())
    await talk.write("", photo("a"), message_id=2)
    talk.now += timedelta(days=1)
    assert "corrections.card_title" in keys(await talk.write("今天清理违规广告牌匾15处", message_id=3))


async def test_a_correction_that_was_only_opened_gives_way_to_a_new_report(talk: Talk, world: World) -> None:
    """报进展 and /report ask for words, as if no correction were open."""
    await talk.report(SENTENCE, message_id=1)
    await talk.reopen(await talk.undo())
    assert keys(await begin(talk, world.task_id)) == ["progress.ask_text"]
    await talk.cancel()
    await talk.reopen(await talk.undo())
    assert keys(await begin(talk, None)) == ["progress.ask_text"]


async def test_a_report_that_moved_with_its_chat_meets_the_same_message_id(
    talk: Talk, session: Session
) -> None:
    """A supergroup counts its messages anew, so another report may come from the same number there."""
    await talk.report(SENTENCE, message_id=5)
    card = await talk.write("今天清理违规广告牌匾3处，本次新增", message_id=5)
    await talk.confirm(card)
    assert [part.report_id for part in await session.exec(select(ReportPart))] == [1]
