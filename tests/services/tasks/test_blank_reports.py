"""按上次格式报: what the writer's unit counted last on a task, without its numbers."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from models.db import Session
from services.campaign import Campaign
from services.progress import progress_dialogue
from services.tasks import blank_reports, task_card
from services.views import COPIED, View
from tests.services.conftest import World
from tests.services.progress.talk import Talk, keys, line, photo
from tests.support.people import Roster

ITEM = "清理违规广告牌匾"


async def last(talk: Talk, task_id: int) -> list[str | None]:
    return [one.copies for one in (await blank_reports.last_blank(talk.turn, task_id)).buttons]


def copied(view: View) -> list[str]:
    return [one.copies for row in view.rows for one in row if one.copies is not None]


async def test_before_a_report_there_is_none(talk: Talk, world: World) -> None:
    assert await last(talk, world.task_id) == []
    await talk.report("现场已巡查，情况良好", photo("a"))
    assert await last(talk, world.task_id) == []


async def test_the_last_items_without_their_numbers(talk: Talk, world: World) -> None:
    await talk.report(f"今天{ITEM}12处、清运垃圾3.5吨")
    assert await last(talk, world.task_id) == [f"今天{ITEM}__处、清运垃圾__吨"]
    talk.now += timedelta(days=1)
    await talk.report("今天出动志愿者20人次，清运垃圾7吨")
    assert await last(talk, world.task_id) == ["今天出动志愿者__人次、清运垃圾__吨"]
    await talk.report("现场已巡查，情况良好", photo("a"))
    (words,) = await last(talk, world.task_id)
    assert not re.search(r"\d", words or "")
    assert words == "今天出动志愿者__人次、清运垃圾__吨", "a report without figures has no format"


async def test_dropped_withdrawn_and_corrected_figures_are_not_in_it(talk: Talk, world: World) -> None:
    await talk.report(f"今天{ITEM}12处")
    card = await talk.write("今天出动志愿者20人次，清运垃圾7吨")
    await talk.confirm(await talk.change(card, 1, choice="drop"))
    assert await last(talk, world.task_id) == ["今天出动志愿者__人次"]
    await talk.withdraw(await talk.undo())
    assert await last(talk, world.task_id) == [f"今天{ITEM}__处"]
    report = await talk.report("今天清运垃圾7吨", message_id=5)
    assert await talk.correct(5, "今天清理小广告30张") is None
    await talk.session.refresh(report)
    assert report.revision == 2
    assert await last(talk, world.task_id) == ["今天清理小广告__张"]


async def test_each_unit_has_its_own(
    talk: Talk, session: Session, world: World, roster: Roster, campaign: Campaign
) -> None:
    task = await roster.task(world.unit, "整治背街小巷", None, assisting=(world.other_unit,))
    task_id = task.id or 0
    helper = Talk(session, world.other_liaison, talk.now, campaign)
    await talk.report(f"今天{ITEM}12处", about=[task_id])
    await helper.report("今天清运垃圾3吨", about=[task_id])
    liaison = Talk(session, world.liaison, talk.now, campaign)
    assert await last(talk, task_id) == await last(liaison, task_id) == [f"今天{ITEM}__处"]
    assert await last(helper, task_id) == ["今天清运垃圾__吨"]
    assert await last(talk, world.task_id) == [], "it is another task"


async def test_where_somebody_is_about_to_write(talk: Talk, world: World) -> None:
    assert copied(await progress_dialogue.begin(talk.turn, world.task_id)) == []
    await talk.cancel()
    await talk.report(f"今天{ITEM}12处")
    form = f"今天{ITEM}__处"
    assert copied(await task_card.card(talk.turn, world.task_id)) == [form]
    view = await progress_dialogue.begin(talk.turn, world.task_id)
    assert (keys(view), copied(view)) == (["progress.ask_text"], [form])
    await talk.cancel()
    assert copied(await progress_dialogue.begin_without_task(talk.turn)) == [form]


async def test_only_who_reports_has_it_on_the_card(
    talk: Talk, session: Session, world: World, campaign: Campaign
) -> None:
    await talk.report(f"今天{ITEM}12处")
    for actor in (world.leader, world.office):
        reader = Talk(session, actor, talk.now, campaign)
        assert copied(await task_card.card(reader.turn, world.task_id)) == []


@pytest.mark.parametrize("locale", ["zh", "en"])
async def test_what_no_button_can_copy_is_a_block(talk: Talk, world: World, locale: str) -> None:
    things = (
        "违规广告牌匾",
        "建筑垃圾",
        "小广告",
        "破损围挡",
        "乱堆杂物",
        "占道摊点",
        "卫生死角",
        "僵尸车辆",
    )
    await talk.report(
        "今天" + "，".join(f"清理{thing * 9}{number}处" for number, thing in enumerate(things, 3))
    )
    view = await progress_dialogue.begin(talk.turn, world.task_id)
    assert (keys(view), copied(view)) == (["progress.ask_text", "progress.blank_to_copy"], [])
    words = line(view, "progress.blank_to_copy").values["words"]
    assert len(words) > COPIED
    assert words.count("__") == len(things)
    assert f"<pre>{words}</pre>" in view.html(locale)
    assert copied(await task_card.card(talk.turn, world.task_id)) == []
