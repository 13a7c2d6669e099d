"""全部指标: what tally, board and brief leave out is behind a button, by the reader's rights."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from models.db import Session
from reports.metric_rows import SHOWN
from services.access import Actor
from services.campaign import Campaign
from services.groups import boards
from services.groups.group_binding import GroupScope
from services.tallies import briefs, tally_metrics
from services.views import LISTED, View
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.progress.talk import Talk, buttons, keys, line
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("sums")

THINGS = (
    *("小广告", "树枝", "落叶", "污泥", "砖石", "灰土", "废纸", "废旧轮胎", "塑料袋", "玻璃瓶", "枯草"),
    *("杂草", "积水", "油污", "蛛网", "烟头", "木料", "渣土", "残雪", "石块", "泥沙", "果皮", "纸箱"),
)
ITEM = "清理违规广告牌匾"


def things(count: int) -> str:
    return "今天" + "，".join(f"清理{thing}{n}处" for n, thing in enumerate(THINGS[:count], 1))


def rows(view: View) -> list[str]:
    return [key for key in keys(view) if key.startswith("tally.quantity_")]


def items(view: View) -> list[str]:
    return [one.values["item"] for one in view.lines if one.key.startswith("tally.quantity_")]


def pressed(view: View) -> dict[str, Any]:
    """The arguments of 全部指标 as the handler gives them."""
    (button,) = buttons(view, "figures.metrics")
    since, until = (button.arguments[name] for name in ("since", "until"))
    read = datetime.fromisoformat
    return {**button.arguments, "since": since and read(since), "until": until and read(until)}


async def board(session: Session, campaign: Campaign, now: datetime) -> View:
    found = await boards.render(tick_for(session, now, campaign), 1)
    assert found is not None
    return found[0]


async def test_tally_board_and_brief_follow_one_rule(
    talk: Talk, session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """What has a target stays, yesterday's metrics go, and no row says that nothing came today."""
    await tallied.bind(session, world.office, local(12, 14, 20), campaign)
    world.task.target_value, world.task.target_unit = Decimal(50), "处"
    world.task.objective = f"{ITEM}50处"
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处，清运垃圾3吨")
    (first,) = await tallied.run(session, local(12, 15, 18), campaign)
    assert items(first) == [ITEM, "清运垃圾"]
    for view in (first, await board(session, campaign, talk.now)):
        assert buttons(view, "figures.metrics") == []
    talk.now = local(12, 16, 10)
    await talk.report("今天出动志愿者20人次")
    (tally,) = await tallied.run(session, local(12, 16, 18), campaign)
    brief = await briefs.brief(turn_for(session, world.leader, local(12, 16, 20), campaign))
    shown = await board(session, campaign, local(12, 16, 11))
    for view, of_the_day in ((tally, "today"), (shown, "today")):
        assert items(view) == ["出动志愿者", ITEM]
        assert rows(view) == [f"tally.quantity_{of_the_day}", "tally.quantity_total"]
        assert line(view, "tally.more_quantities").values == {"count": 1}
        assert "今日 0" not in view.plain("zh")
    assert items(brief) == ["出动志愿者", ITEM, "清运垃圾"], "all came since yesterday's brief"
    for view in (tally, shown):
        everything = await tally_metrics.all_metrics(
            turn_for(session, world.office, local(12, 16, 18), campaign), **pressed(view)
        )
        assert items(everything) == ["出动志愿者", ITEM, "清运垃圾"]
        assert line(everything, "tally.metrics_title").values["count"] == 3


async def test_twelve_and_a_button(talk: Talk, session: Session, world: World, campaign: Campaign) -> None:
    await talk.report(things(23))
    view = await briefs.brief(turn_for(session, world.leader, talk.now, campaign))
    assert len(rows(view)) == SHOWN
    assert items(view)[0] == "清理纸箱"
    assert line(view, "tally.more_quantities").values == {"count": 23 - SHOWN}
    assert [one.action for one in view.rows[0]] == ["figures.sources", "figures.metrics"]
    about = pressed(view)
    assert (about["by_arrival"], about["units"]) == (True, sorted(world.leader.oversight or ()))
    turn = turn_for(session, world.leader, talk.now, campaign)
    page = await tally_metrics.all_metrics(turn, **about)
    assert len(items(page)) == LISTED
    (forth,) = page.rows[0]
    assert (forth.action, forth.only_for) == ("figures.metrics", world.leader.id)
    last = await tally_metrics.all_metrics(turn, **{**about, **pressed(page)})
    assert items(page) + items(last) == [f"清理{thing}" for thing in reversed(THINGS)]


async def test_the_reader_sees_what_they_may(
    talk: Talk, session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Under the tally of another unit's group, too."""
    task = await roster.task(world.unit, "整治环境", None, assisting=(world.other_unit,))
    await replace(talk, actor=world.other_liaison).report(things(15), about=[task.id or 0])
    await tallied.bind(
        session, world.office, local(12, 14, 20), campaign, scope=GroupScope(unit_id=world.other_unit.id)
    )
    (view,) = await tallied.run(session, local(12, 15, 18), campaign)

    async def shown(actor: Actor) -> View:
        return await tally_metrics.all_metrics(
            turn_for(session, actor, local(12, 15, 19), campaign), **pressed(view)
        )

    assert len(items(await shown(world.office))) == len(items(await shown(world.other_liaison))) == 15
    assert keys(await shown(world.liaison)) == ["sources.none", "sources.within_your_view"]
    await talk.report(f"今天{ITEM}12处", about=[task.id or 0])
    mine = await tally_metrics.all_metrics(
        turn_for(session, world.liaison, local(12, 15, 19), campaign), since=None, until=None, units=None
    )
    assert (items(mine), keys(mine)[-1]) == ([ITEM], "sources.within_your_view")


async def test_a_sent_tally_keeps_its_rows(
    talk: Talk, session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """A correction shows the targets of that day, whatever the task has now."""
    await tallied.bind(session, world.office, local(12, 14, 20), campaign)
    world.task.target_value, world.task.target_unit = Decimal(50), "处"
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处")
    await tallied.run(session, local(12, 15, 18), campaign)
    talk.now = local(12, 16, 10)
    await talk.report("今天清运垃圾3吨", message_id=7)
    (tally,) = await tallied.run(session, local(12, 16, 18), campaign)
    assert items(tally) == ["清运垃圾", ITEM]
    world.task.target_value = world.task.target_unit = None
    await session.flush()
    talk.now = local(12, 16, 20)
    await talk.correct(7, "今天清运垃圾4吨")
    assert items((await tallied.reread(session, campaign, talk.now))[-1]) == ["清运垃圾", ITEM]
