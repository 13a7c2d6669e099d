"""A tally before the close of the day, and one after it: the day closes for everybody at the usual hour."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models.db import Session
from models.delivery.pictures import PromisedPicture
from models.groups import GroupChat, GroupTally
from reports.pictures.picture import Picture, picture_of
from rules.tally_hours import TallyHour
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.groups import past_tallies
from services.tallies import missed_list, tally_metrics, tally_sources
from services.tallies.tally_sources import SourceSelection
from services.views import View
from tests.services.conftest import Local, World
from tests.services.groups.hourly import CHATS, EARLIER, LATER, USUAL, Hours, without_block
from tests.services.groups.tallied import quantity_in, reports_in
from tests.services.progress.talk import Talk, buttons, keys, line
from tests.support.people import Roster
from tests.support.rows import id_of
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("sums")

ITEM = "清理违规广告牌匾"


@pytest.fixture(autouse=True)
def _with_a_target(world: World) -> None:
    """So each tally has the metric, whether or not anything came in its period."""
    world.task.target_value, world.task.target_unit = Decimal(100), "处"


@pytest.fixture
async def bound(session: Session, world: World, campaign: Campaign, local: Local) -> Hours:
    """A group of each hour, bound on Monday the 14th in the evening."""
    hours = Hours(session, world.office, campaign)
    await hours.bind_each(local(12, 14, 20, 30))
    return hours


async def told_on(hours: Hours, local: Local, day: int) -> dict[TallyHour, View]:
    """The tallies of the three groups on a day, each at its hour."""
    found = {}
    for hour, at in ((EARLIER, 17), (USUAL, 18), (LATER, 20)):
        ((chat, view),) = (await hours.told(local(12, day, at))).items()
        assert chat == CHATS[hour]
        found[hour] = view
    return found


# -- before the close ----------------------------------------------------------------------------------


async def test_before_the_close_nobody_is_called_unreported(bound: Hours, talk: Talk, local: Local) -> None:
    found = await told_on(bound, local, 15)
    early = found[EARLIER].plain("zh")
    assert "尚未报告（18:00截止）1 个：城管局" in early
    assert "未报告" not in early.replace("尚未报告", "")
    assert line(found[EARLIER], "tally.period").values["until"].values["time"] == "17:00"
    assert "未报告单位 1 个：城管局" in found[USUAL].plain("zh")
    assert "Not reported yet, until 18:00 (1): 城管局" in found[EARLIER].plain("en")


async def test_before_the_close_the_windows_of_the_day_are_not_missed_yet(
    bound: Hours, roster: Roster, world: World, local: Local
) -> None:
    """Those of the day before that never came are named, and not as 未报告."""
    await roster.task(world.unit, "每日巡查", None)
    tuesday, wednesday = await told_on(bound, local, 15), await told_on(bound, local, 16)
    assert "tally.missed_line" not in keys(tuesday[EARLIER])
    assert line(tuesday[USUAL], "tally.missed_line").values["windows"][0].values["day"] == 15
    assert line(wednesday[EARLIER], "tally.missed_line").values["windows"][0].values["day"] == 15
    assert "tally.still_missing_title" in keys(wednesday[EARLIER])
    assert "未报告" not in wednesday[EARLIER].plain("zh").replace("尚未报告", "")
    assert "尚未报告（18:00截止）1 个：城管局" in wednesday[EARLIER].plain("zh")
    assert line(wednesday[USUAL], "tally.missed_line").values["windows"][0].values["day"] == 16


async def test_what_came_between_its_hour_and_the_close_is_in_its_next_one(
    bound: Hours, talk: Talk, local: Local
) -> None:
    await bound.tick(local(12, 15, 17))
    talk.now = local(12, 15, 17, 30)
    report = await talk.report(f"今天{ITEM}4处")
    assert report.counted_at == talk.now, "the day has not closed"
    (tuesday,) = await bound.reread(CHATS[EARLIER], talk.now)
    assert reports_in(tuesday) == 0
    assert "tally.corrected" not in keys(tuesday)
    usual = (await bound.told(local(12, 15, 18)))[CHATS[USUAL]]
    assert (reports_in(usual), quantity_in(usual)) == (1, ("4", "4"))
    wednesday = (await bound.told(local(12, 16, 17)))[CHATS[EARLIER]]
    assert (reports_in(wednesday), quantity_in(wednesday)) == (1, ("4", "4"))
    assert "尚未报告（18:00截止）1 个：城管局" in wednesday.plain("zh"), "that was a report of Tuesday"
    assert "tally.made_up" not in keys(wednesday)


async def test_what_was_late_for_the_day_is_in_its_next_one_and_no_late_report_there(
    bound: Hours, talk: Talk, local: Local
) -> None:
    """A report of the evening counts at the close of the day, which is after the earlier hour."""
    await bound.tick(local(12, 15, 17))
    await bound.tick(local(12, 15, 18))
    talk.now = local(12, 15, 19)
    await talk.report(f"今天{ITEM}4处")
    (tuesday,) = await bound.reread(CHATS[EARLIER], talk.now)
    assert reports_in(tuesday) == 0
    view = (await bound.told(local(12, 16, 17)))[CHATS[EARLIER]]
    assert (reports_in(view), quantity_in(view)) == (1, ("4", "4"))
    assert "tally.made_up" not in keys(view)
    talk.now = local(12, 17, 9)
    await talk.report(f"12月15日{ITEM}5处")
    tuesday, wednesday = await bound.reread(CHATS[EARLIER], talk.now)
    assert (reports_in(tuesday), reports_in(wednesday)) == (0, 2)
    assert line(wednesday, "tally.made_up").values["count"] == 1, "it came after that tally"


async def test_a_report_that_commits_after_the_earlier_tally_corrects_it(
    bound: Hours, talk: Talk, local: Local
) -> None:
    """Its update was taken before five; its transaction ends after the tally's."""
    await bound.tick(local(12, 15, 17, 0))
    talk.now = local(12, 15, 16, 59)
    await talk.report(f"今天{ITEM}4处")
    (view,) = await bound.reread(CHATS[EARLIER], talk.now)
    assert (reports_in(view), quantity_in(view)) == (1, ("4", "4"))
    assert "tally.corrected" in keys(view)
    assert reports_in((await bound.told(local(12, 16, 17)))[CHATS[EARLIER]]) == 0


# -- after the close -----------------------------------------------------------------------------------


@pytest.fixture
async def evening(bound: Hours, talk: Talk, roster: Roster, world: World, local: Local) -> dict[str, View]:
    """The tallies of Tuesday: ``usual`` at six, ``later`` at eight. Two reports came in between.

    One of them is late for its window, and the task of the other was completed.
    """
    await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 1))
    daily = await roster.task(world.unit, "每日巡查", None, world.responsible.contact)
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处", about=[world.task_id], message_id=7)
    await bound.tick(local(12, 15, 17))
    usual = (await bound.told(local(12, 15, 18)))[CHATS[USUAL]]
    talk.now = local(12, 15, 18, 30)
    await talk.report(f"今天{ITEM}9处", about=[world.task_id], message_id=8)
    talk.now = local(12, 15, 19)
    await talk.report("今天巡查3次", about=[id_of(daily)])
    world.task.state, world.task.completed_at = TaskState.COMPLETED, talk.now
    await bound.session.flush()
    later = (await bound.told(local(12, 15, 20)))[CHATS[LATER]]
    talk.now = local(12, 15, 20, 30)
    return {"usual": usual, "later": later}


def test_after_the_close_it_shows_the_day_as_it_closed_line_by_line(evening: dict[str, View]) -> None:
    """What came and what was done since changes none of its lines."""
    assert without_block(evening["later"]) == evening["usual"].lines
    assert (reports_in(evening["later"]), quantity_in(evening["later"])) == (1, ("12", "12"))
    assert "整治背街小巷" in evening["later"].plain("zh")
    assert "定期报送未报告 1 项</b>\n· 城管局：每日巡查，12月15日" in evening["later"].html("zh")


def test_what_came_since_stands_in_one_block(evening: dict[str, View]) -> None:
    assert (
        "迟报 2 份（18:00截止后）：城管局 2 份\n"
        "迟报工作量：清理违规广告牌匾 9处、巡查 3次\n"
        "其中定期报送迟报 1 项：\n"
        "· 城管局：每日巡查，12月15日（城管局责任人）\n"
    ) in evening["later"].plain("zh")
    assert "Late reports, after 18:00 (2): 城管局 2\n" in evening["later"].plain("en")
    assert "更正" not in evening["later"].plain("zh")
    assert "迟报 2 份" not in evening["usual"].plain("zh")


async def test_what_came_is_named_for_a_few_and_counted(
    bound: Hours, talk: Talk, roster: Roster, world: World, local: Local
) -> None:
    await bound.tick(local(12, 15, 18))
    for number in range(7):
        unit = await roster.unit(f"第{number}街道")
        person = await roster.actor(unit, f"{number}号责任人")
        task = await roster.task(unit, f"整治{number}", date(2026, 12, 31), person.contact)
        theirs = Talk(talk.session, person, local(12, 15, 18, 30 + number), talk.campaign)
        await theirs.report(f"今天整治点位{number}{number + 1}个", about=[id_of(task)])
    view = (await bound.told(local(12, 15, 20)))[CHATS[LATER]]
    found = line(view, "tally.late_news")
    assert (found.values["count"], len(found.values["units"])) == (7, 6)
    assert found.values["units"][-1].key == "tally.late_more_units"
    assert found.values["units"][-1].values["count"] == 2


async def test_without_late_reports_there_is_no_block(bound: Hours, talk: Talk, local: Local) -> None:
    """Two groups of one scope differ by their stated hour only."""
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处")
    found = await told_on(bound, local, 15)
    assert found[LATER].lines == found[USUAL].lines
    differing = [
        (mine.key, theirs.key)
        for mine, theirs in zip(found[EARLIER].lines, found[USUAL].lines, strict=True)
        if mine != theirs
    ]
    assert differing == [("tally.period", "tally.period")]


async def test_the_next_day_begins_where_the_day_closed(
    evening: dict[str, View], bound: Hours, local: Local
) -> None:
    """What was told as late is not told again."""
    found = await told_on(bound, local, 16)
    assert [reports_in(found[hour]) for hour in (EARLIER, USUAL, LATER)] == [2, 0, 0]
    assert [line(found[hour], "tally.overall").values["done"] for hour in (USUAL, LATER)] == [1, 1]
    assert found[LATER].lines == found[USUAL].lines


# -- corrections ---------------------------------------------------------------------------------------


async def test_a_correction_corrects_each_where_it_stands(bound: Hours, talk: Talk, local: Local) -> None:
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处", message_id=7)
    await told_on(bound, local, 15)
    talk.now = local(12, 15, 20, 30)
    await talk.correct(7, f"今天{ITEM}21处")
    for chat in CHATS.values():
        (view,) = await bound.reread(chat, talk.now)
        assert (reports_in(view), quantity_in(view)) == (1, ("21", "21"))
        assert view.lines[-1].key == "tally.corrected"
        assert "tally.late_news" not in keys(view)
    await talk.withdraw(await talk.undo())
    early, usual, later = [(await bound.reread(chat, talk.now))[0] for chat in CHATS.values()]
    assert [reports_in(view) for view in (early, usual, later)] == [0, 0, 0]
    assert line(early, "tally.not_yet_reported").values["units"] == ["城管局"]
    assert line(usual, "tally.not_reported") == line(later, "tally.not_reported")


async def test_what_comes_after_the_later_hour_joins_its_block(
    evening: dict[str, View], bound: Hours, talk: Talk, world: World
) -> None:
    """The day stays as it closed, and the usual tally takes late reports into its numbers, as ever."""
    world.task.state = TaskState.IN_PROGRESS
    await talk.report(f"今天{ITEM}5处", about=[world.task_id])
    (later,) = await bound.reread(CHATS[LATER], talk.now)
    (usual,) = await bound.reread(CHATS[USUAL], talk.now)
    assert without_block(later)[:-1] == evening["usual"].lines
    assert line(later, "tally.late_news").values["count"] == 3
    assert line(later, "tally.late_after").values["count"] == 1
    assert line(later, "tally.corrected").values["at"].values["time"] == "20:30"
    assert reports_in(usual) == 4 == reports_in(later) + 3
    assert line(usual, "tally.made_up").values["count"] == 3


async def test_a_late_report_that_is_corrected_changes_the_block_alone(
    evening: dict[str, View], bound: Hours, talk: Talk, world: World
) -> None:
    world.task.state = TaskState.IN_PROGRESS
    await talk.correct(8, f"今天{ITEM}8处")
    (later,) = await bound.reread(CHATS[LATER], talk.now)
    assert without_block(later)[:-1] == evening["usual"].lines
    assert "迟报工作量：清理违规广告牌匾 8处、巡查 3次" in later.plain("zh")


async def test_what_is_only_kept_for_a_tally_is_no_tally_yet(bound: Hours, talk: Talk, local: Local) -> None:
    """Between the close and its hour nothing stands that could be corrected."""
    await bound.tick(local(12, 15, 18))
    (kept,) = await bound.session.exec(select(GroupTally).where(GroupTally.promised.is_(False)))  # type: ignore[attr-defined]  # a column
    talk.now = local(12, 15, 19)
    await talk.report(f"今天{ITEM}9处")
    assert kept.corrected_at is None
    (planned,) = await bound.tick(local(12, 15, 20))
    assert planned.chat == CHATS[LATER]
    rows = (await bound.session.exec(select(GroupTally))).all()
    assert all(row.promised for row in rows)
    (later,) = [row for row in rows if row.group_id == kept.group_id]
    assert later.corrected_at is None


# -- what stands behind the numbers, and beside them ----------------------------------------------------


async def test_the_buttons_show_the_reports_of_the_day_as_it_closed(
    evening: dict[str, View], bound: Hours, world: World, local: Local
) -> None:
    (pressed,) = buttons(evening["later"], "figures.sources")
    closed = local(12, 15, 18)
    assert datetime.fromisoformat(pressed.arguments["came_by"]) == closed
    turn = turn_for(bound.session, world.office, local(12, 15, 20, 30), bound.campaign)
    shown = await tally_sources.sources(turn, SourceSelection(closed, came_by=closed))
    assert [one.values["total"].values["grouped"] for one in shown.lines if one.key == "sources.total"] == [
        "12"
    ]
    part = await tally_sources.of_item(
        turn, SourceSelection(closed, came_by=closed), item="清理违规广告牌匾", measure="处"
    )
    assert [one.values["added"].values["grouped"] for one in part.lines if one.key == "sources.part"] == [
        "12"
    ]
    period: Any = {"since": local(12, 14, 18), "until": closed, "units": None}
    metrics = await tally_metrics.all_metrics(turn, **period, came_by=closed)
    assert [one.values["added"].values["grouped"] for one in metrics.lines[1:]] == ["12"]
    missed = await missed_list.all_missed(turn, **period, came_by=closed)
    assert line(missed, "tally.all_missed").values["count"] == 1
    assert line(await missed_list.all_missed(turn, **period), "tally.all_missed").values["count"] == 0


async def pictures(session: Session) -> dict[int, Picture]:
    """What the pictures of the groups say, by their chats."""
    chats = {row.id: row.chat_id for row in await session.exec(select(GroupChat))}
    rows = await session.exec(select(PromisedPicture))
    return {chats[row.group_id]: picture_of(row.content) for row in rows}


async def test_the_picture_says_the_same(
    evening: dict[str, View], bound: Hours, talk: Talk, local: Local
) -> None:
    """The stamp of an earlier one is its hour, that of a later one the close, as its numbers are."""
    await bound.tick(local(12, 16, 17))
    found = await pictures(bound.session)
    stamps = {chat: one.stamp for chat, one in found.items()}
    assert stamps == {
        CHATS[EARLIER]: "截至12月16日17:00",
        CHATS[USUAL]: "截至12月15日18:00",
        CHATS[LATER]: "截至12月15日18:00",
    }
    assert found[CHATS[LATER]] == found[CHATS[USUAL]]
    (row,) = [
        one
        for one in await bound.session.exec(select(GroupTally).join(GroupChat))
        if one.group_id == (await bound.group(CHATS[LATER])).id
    ]
    turn = tick_for(bound.session, talk.now, bound.campaign)
    assert await past_tallies.counted_picture(turn, id_of(row)) == found[CHATS[LATER]]
