"""What a person has already sent or chosen is not thrown away, and not read otherwise than they mean it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from locales import plain
from models.db import Session
from models.tasks import Task
from services.progress import progress_dialogue, report_card_buttons
from services.tasks import task_lists, task_steps
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, line, photo, refused, revision
from tests.support.people import Roster
from tests.support.turns import turn_for


async def second_task(roster: Roster, world: World) -> Task:
    return await roster.task(world.unit, "清理野广告", date(2026, 12, 20), world.responsible.contact)


def how(view: View | None) -> list[str]:
    """How each number of a card is counted."""
    assert view is not None
    return [text.values["how"].key for text in view.lines if text.key == "progress.card.figure"]


async def test_opening_another_task_does_not_lose_an_unfinished_report(
    talk: Talk, world: World, roster: Roster
) -> None:
    other = await second_task(roster, world)
    await talk.write("清理违规广告牌匾12处", photo("a"), about=[world.task_id])
    opening = progress_dialogue.begin(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id), other.id or 0
    )
    assert await refused(opening) == "progress.finish_first"
    assert await refused(talk.write("清理野广告30张", about=[other.id or 0])) == "progress.finish_first"
    again = await progress_dialogue.begin_without_task(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id)
    )
    await talk.confirm(again)
    assert await talk.figures() == [("清理违规广告牌匾", "处", Decimal(12))]
    assert await talk.evidence() == ["file-a"]


async def test_a_photo_that_waits_for_its_task_is_taken_along(
    talk: Talk, world: World, roster: Roster
) -> None:
    await second_task(roster, world)
    assert keys(await talk.write("", photo("a"))) == ["progress.which_task"]
    card = await progress_dialogue.begin(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id), world.task_id
    )
    await talk.confirm(card)
    assert await talk.evidence() == ["file-a"]


async def test_a_sentence_after_the_photo_names_the_task(talk: Talk, world: World, roster: Roster) -> None:
    await second_task(roster, world)
    await talk.write("", photo("a"))
    card = await talk.write("今天清理违规广告牌匾12处")
    assert plain(line(card, "progress.card.task").values["objective"]) == "清理违规广告牌匾"


async def test_a_persons_own_task_comes_before_their_units(talk: Talk, world: World, roster: Roster) -> None:
    await roster.task(world.unit, "整治占道经营", date(2026, 12, 20))
    card = await talk.write("已安排人员到现场")
    assert plain(line(card, "progress.card.task").values["objective"]) == "清理违规广告牌匾"
    assert buttons(card, "report.other_task")


async def test_further_words_do_not_undo_a_choice(talk: Talk) -> None:
    card = await talk.write("清理违规广告牌匾12处，清理野广告40张")
    await talk.change(card, 1, choice="drop")
    card = await talk.write("现场已复查")
    assert how(card)[1] == "progress.card.dropped"


async def test_filing_under_an_older_metric_asks_what_the_number_means(talk: Talk) -> None:
    await talk.report("清理违规广告牌匾500处")
    card = await talk.write("目前户外招牌拆除576处")
    (metric,) = {b.arguments["metric_id"] for b in buttons(await offered(talk, card), "report.metric")}
    card = await talk.change(card, metric_id=metric)
    assert how(card) == ["progress.card.mode_open"]
    assert await refused(talk.confirm(card)) == "progress.choose_mode_first"
    await talk.confirm(await talk.change(card, mode="cumulative"))
    assert [added for _, _, added in await talk.figures()] == [Decimal(500), Decimal(76)]


async def offered(talk: Talk, card: View | None) -> View:
    turn = turn_for(talk.session, talk.actor, chat=talk.chat_id)
    (button,) = buttons(await report_card_buttons.adjust(turn, revision(card)), "report.file")
    return await report_card_buttons.offer_metrics(turn, **button.arguments)


async def test_tonnes_are_not_filed_under_places(talk: Talk) -> None:
    await talk.report("清理违规广告牌匾500处")
    card = await talk.write("清运垃圾30吨")
    assert not buttons(await offered(talk, card), "report.metric")
    assert await refused(talk.change(card, metric_id=1)) == "progress.old_card"


async def test_a_reply_about_a_finished_task_says_so(session: Session, talk: Talk, world: World) -> None:
    await task_steps.complete(turn_for(session, world.office, talk.now), world.task_id)
    assert await refused(talk.write("清理12处", about=[world.task_id])) == "progress.task_finished"


async def test_every_step_of_a_report_can_be_replied_to(talk: Talk, world: World, roster: Roster) -> None:
    other = await second_task(roster, world)
    both = sorted([world.task_id, other.id or 0])
    question = await talk.write("", photo("a"))
    assert question is not None
    assert sorted(question.task_ids) == both
    listed = await task_lists.list_view(turn_for(talk.session, talk.actor, talk.now, talk.campaign))
    assert sorted(listed.task_ids) == both
    await talk.cancel()
    asked = await progress_dialogue.begin(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id), world.task_id
    )
    assert list(asked.task_ids) == [world.task_id]
