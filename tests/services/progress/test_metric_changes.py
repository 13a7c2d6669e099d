"""The office merges, parts and renames metrics: figures follow, words stay, and all can be taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest
from sqlmodel import col, select

from locales import plain
from models import tasks
from models.audit_log import Audit
from models.db import Session, ident
from models.progress import report_sums, reported_figures
from services.campaign import Campaign
from services.errors import DomainError
from services.progress import metric_changes, metric_list, recounting
from services.tasks import task_card, task_history, task_targets
from services.turn import Turn
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.progress.talk import Talk, buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import turn_for

pytestmark = pytest.mark.both_engines("sums")


@pytest.fixture
def desk(talk: Talk, world: World) -> Turn:
    """The office's turn."""
    return turn_for(talk.session, world.office, talk.now, talk.campaign)


async def metric(talk: Talk, task_id: int, item: str, unit: str = "吨") -> int:
    return ident(await tasks.metric_named(talk.session, task_id, item, unit))


async def totals(talk: Talk, task_id: int) -> dict[str, Decimal]:
    found = await tasks.metrics_of(talk.session, task_id)
    assert not [one for one in found if await recounting.differs(talk.session, ident(one))]
    sums = await report_sums.metric_totals(talk.session, [ident(one) for one in found])
    return {one.item: sums[ident(one)] for one in found if one.id in sums}


async def split(talk: Talk, task_id: int) -> tuple[int, int]:
    """Two metrics that should be one, with figures of both kinds."""
    for text in ("今天清运垃圾3吨", "今天清运建筑垃圾5吨", "累计清运垃圾10吨"):
        await talk.report(text)
    return await metric(talk, task_id, "清运建筑垃圾"), await metric(talk, task_id, "清运垃圾")


# -- merging --------------------------------------------------------------------------------------------


async def test_figures_follow_and_later_totals_are_counted_anew(talk: Talk, world: World, desk: Turn) -> None:
    source, target = await split(talk, world.task_id)
    assert await totals(talk, world.task_id) == {"清运建筑垃圾": 5, "清运垃圾": 10}
    words = [report.text for report in await talk.reports()]
    view = await metric_list.merge(desk, source, target)
    assert plain(view.lines[0], "zh") == "✅ “清运建筑垃圾”已并入“清运垃圾”。"
    assert await totals(talk, world.task_id) == {"清运垃圾": 10}
    assert [added for *_, added in await talk.figures()] == [3, 5, 2], "the total of 10 now adds 2"
    assert [report.text for report in await talk.reports()] == words


async def test_a_merging_can_be_undone(talk: Talk, world: World, desk: Turn) -> None:
    source, target = await split(talk, world.task_id)
    before = await talk.figures()
    view = await metric_list.merge(desk, source, target)
    (undo,) = buttons(view, "metric.part")
    view = await metric_list.part(desk, **undo.arguments)
    assert plain(view.lines[0], "zh") == "✅ “清运建筑垃圾”已分出，单独统计。"
    assert await talk.figures() == before


async def test_new_reports_in_the_old_words_go_to_the_metric_that_took_it_in(
    talk: Talk, world: World, desk: Turn
) -> None:
    source, target = await split(talk, world.task_id)
    await metric_changes.merge(desk, source, target)
    await talk.report("今天清运建筑垃圾7吨")
    assert await totals(talk, world.task_id) == {"清运垃圾": 17}
    await metric_changes.part(desk, source)
    assert await totals(talk, world.task_id) == {"清运建筑垃圾": 12, "清运垃圾": 10}, "as if never merged"


async def test_a_correction_made_meanwhile_goes_back_as_well(talk: Talk, world: World, desk: Turn) -> None:
    source, target = await split(talk, world.task_id)
    await metric_changes.merge(desk, source, target)
    await talk.report("今天清运建筑垃圾7吨", message_id=7)
    await talk.correct(7, "今天清运建筑垃圾8吨")
    await talk.confirm(await talk.write("今天清运建筑垃圾1吨，清运垃圾2吨"))
    await metric_changes.part(desk, source)
    assert await totals(talk, world.task_id) == {"清运建筑垃圾": 13, "清运垃圾": 13}, "a sum of both stays"


async def test_a_card_of_before_the_parting_counts_as_it_says(talk: Talk, world: World, desk: Turn) -> None:
    source, target = await split(talk, world.task_id)
    await metric_changes.merge(desk, source, target)
    card = await talk.write("今天清运建筑垃圾7吨")
    await metric_changes.part(desk, source)
    await talk.confirm(card)
    assert await totals(talk, world.task_id) == {"清运建筑垃圾": 5, "清运垃圾": 17}


async def test_a_report_with_both_keeps_both_numbers(talk: Talk, world: World, desk: Turn) -> None:
    report = await talk.report("今天清运垃圾3吨，清运建筑垃圾5吨", message_id=7)
    ids = [await metric(talk, world.task_id, item) for item in ("清运建筑垃圾", "清运垃圾")]
    await metric_changes.merge(desk, *ids)
    found = await reported_figures.figures_of_report(talk.session, report)
    assert [(one.item, one.added) for one in found] == [
        ("清运垃圾", Decimal(3)),
        ("清运垃圾", Decimal(5)),
    ]
    items = await report_sums.last_items(talk.session, world.task_id, ident(world.unit))
    assert items == [("清运垃圾", "吨")], "按上次格式报 asks for it once"
    await talk.correct(7, "今天清运垃圾3吨，清运建筑垃圾6吨")
    assert await totals(talk, world.task_id) == {"清运垃圾": 9}


async def test_one_after_another_and_back(talk: Talk, world: World, desk: Turn) -> None:
    await talk.report("今天清运垃圾3吨，清运建筑垃圾5吨，清运大件垃圾1吨")
    names = ("清运大件垃圾", "清运建筑垃圾", "清运垃圾")
    big, building, all_of_it = [await metric(talk, world.task_id, name) for name in names]
    await metric_changes.merge(desk, big, building)
    await metric_changes.merge(desk, building, all_of_it)
    assert await totals(talk, world.task_id) == {"清运垃圾": 9}
    await metric_changes.part(desk, building)
    assert await totals(talk, world.task_id) == {"清运建筑垃圾": 6, "清运垃圾": 3}
    await metric_changes.part(desk, big)
    assert await totals(talk, world.task_id) == {"清运大件垃圾": 1, "清运建筑垃圾": 5, "清运垃圾": 3}


async def test_unlike_units_are_not_merged(talk: Talk, world: World, desk: Turn) -> None:
    await talk.report("今天走访商户5户，走访商户7户次，举办讲座2场，举办宣讲3场次")
    ids = {one.unit: ident(one) for one in await tasks.metrics_of(talk.session, world.task_id)}
    assert await refused(metric_changes.merge(desk, ids["户"], ids["户次"])) == "metrics.unlike_units"
    await metric_changes.merge(desk, ids["场"], ids["场次"])
    assert (await totals(talk, world.task_id))["举办宣讲"] == 5


async def test_a_total_that_would_fall_is_named(talk: Talk, world: World, desk: Turn) -> None:
    await talk.report("今天清运垃圾2吨")
    await talk.report("今天清运建筑垃圾5吨")
    number = (await talk.report("累计清运垃圾3吨")).receipt_no
    task_id = world.task_id
    source, target = await metric(talk, task_id, "清运建筑垃圾"), await metric(talk, task_id, "清运垃圾")

    async def merge() -> None:
        async with talk.session.begin_nested():  # as a handler runs
            await metric_changes.merge(desk, source, target)

    with pytest.raises(DomainError) as refusal:
        await merge()
    assert (refusal.value.text.key, refusal.value.text.values["number"]) == ("metrics.total_falls", number)
    talk.session.expire_all()
    assert await totals(talk, task_id) == {"清运建筑垃圾": 5, "清运垃圾": 3}


async def test_only_tallies_of_the_last_ten_days_are_edited(
    talk: Talk, session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await tallied.bind(session, world.office, local(12, 1, 8), campaign)
    talk.now = local(12, 1, 10)
    await talk.report("今天清运垃圾3吨，清运建筑垃圾5吨")
    for day in (1, 2):
        await tallied.run(session, local(12, day, 18), campaign)
    talk.now = local(12, 14, 10)
    await talk.report("今天清运垃圾1吨")
    await tallied.run(session, local(12, 14, 18), campaign)
    assert await tallied.dirty(session) == [False, False, False]
    ids = [await metric(talk, world.task_id, item) for item in ("清运建筑垃圾", "清运垃圾")]
    await metric_changes.merge(turn_for(session, world.office, local(12, 15), campaign), *ids)
    assert await tallied.dirty(session) == [False, False, True]
    last = (await tallied.reread(session, campaign, local(12, 15)))[-1]
    assert tallied.quantity_in(last) == ("1", "9")


# -- renaming -------------------------------------------------------------------------------------------


async def test_a_renamed_metric_is_still_found_by_its_former_name(
    talk: Talk, world: World, desk: Turn
) -> None:
    await talk.report("今天清运垃圾3吨")
    one = await metric(talk, world.task_id, "清运垃圾")
    view = await metric_list.rename(desk, one, "清运垃圾", " 生活垃圾清运量 ")
    assert plain(view.lines[0], "zh") == "✅ “清运垃圾”已更名为“生活垃圾清运量”。"
    await talk.report("今天清运垃圾4吨")
    assert await totals(talk, world.task_id) == {"生活垃圾清运量": 7}
    (undo,) = buttons(view, "metric.rename")
    await metric_list.rename(desk, **undo.arguments)
    assert await totals(talk, world.task_id) == {"清运垃圾": 7}


async def test_a_renamed_or_merged_metric_still_measures_the_target(
    session: Session, talk: Talk, world: World, desk: Turn
) -> None:
    world.task.target_value, world.task.target_unit = Decimal(50), "处"
    world.task.objective = "清理违规广告牌匾50处"
    await talk.report("今天清理违规广告牌匾12处，清理小广告60处，拆除围挡5处")

    async def measuring() -> tuple[list[str], list[tuple[str, str]], bool | None]:
        measured = await task_card.measure(session, world.task)
        lines = [one.values["item"] for one in measured.lines if one.key == "tasks.card.figure_of_target"]
        return lines, await task_targets.targeted_metrics(session), measured.reached

    assert await measuring() == (["清理违规广告牌匾"], [("清理违规广告牌匾", "处")], False)
    boards = await metric(talk, world.task_id, "清理违规广告牌匾", "处")
    await metric_list.rename(desk, boards, "清理违规广告牌匾", "户外设施治理")
    assert await measuring() == (["户外设施治理"], [("户外设施治理", "处")], False)
    await metric_list.merge(desk, boards, await metric(talk, world.task_id, "拆除围挡", "处"))
    assert await measuring() == (["拆除围挡"], [("拆除围挡", "处")], False)


async def test_names_that_are_refused(talk: Talk, world: World, desk: Turn) -> None:
    await talk.report("今天清运垃圾3吨，清运建筑垃圾5吨")
    one = await metric(talk, world.task_id, "清运垃圾")
    rename = metric_changes.rename
    assert await refused(rename(desk, one, "清运垃圾", "清运建筑垃圾")) == "metrics.name_taken"
    assert await refused(rename(desk, one, "清运垃圾", " ")) == "metrics.bad_name"
    assert await refused(rename(desk, one, "清运垃圾", "长" * 61)) == "metrics.bad_name"
    assert await refused(rename(desk, one, "从前的名称", "垃圾")) == "metrics.changed_since"


# -- shorter names --------------------------------------------------------------------------------------


async def old_name(talk: Talk, task_id: int) -> int:
    """A metric that the rules of today would name 出动志愿者."""
    one = await metric(talk, task_id, "日出动志愿者", "人")
    await talk.report("今天出动志愿者20人")
    return one


async def test_all_shorter_names_stand_in_one_list(talk: Talk, world: World, desk: Turn) -> None:
    await old_name(talk, world.task_id)
    await metric(talk, world.task_id, "的小广告", "处")
    view = await metric_list.show_metrics(desk, world.task_id)
    proposed = [(one.values["item"], one.values["name"]) for one in view.lines if "propose" in one.key]
    assert proposed == [("日出动志愿者", "出动志愿者"), ("的小广告", "小广告")]
    assert [one.values["item"] for one in view.lines if one.key == "metrics.line"] == [
        "日出动志愿者",
        "的小广告",
    ]


async def test_an_accepted_name_takes_all_figures_along(talk: Talk, world: World, desk: Turn) -> None:
    await old_name(talk, world.task_id)
    accept = buttons(await metric_list.show_metrics(desk, world.task_id), "metric.accept")[0]
    view = await metric_list.accept(desk, **accept.arguments)
    assert not buttons(view, "metric.accept")
    await talk.report("今天出动志愿者30人")
    assert await totals(talk, world.task_id) == {"出动志愿者": 50}


async def test_a_name_that_another_metric_has_is_merged_into_it(talk: Talk, world: World, desk: Turn) -> None:
    await metric(talk, world.task_id, "出动志愿者", "人")
    await talk.report("今天出动志愿者30人")
    await metric(talk, world.task_id, "日出动志愿者", "人")
    view = await metric_list.show_metrics(desk, world.task_id)
    assert line(view, "metrics.propose_merging").values["name"] == "出动志愿者"
    view = await metric_list.accept(desk, **buttons(view, "metric.accept")[0].arguments)
    assert buttons(view, "metric.part"), "and can be undone"


async def test_a_name_turned_round_is_merged_into_the_older_one(talk: Talk, world: World, desk: Turn) -> None:
    older = await metric(talk, world.task_id, "整治飞线", "处")
    younger = await metric(talk, world.task_id, "飞线整治", "处")
    await metric(talk, world.task_id, "整治飞线", "公里")
    view = await metric_list.show_metrics(desk, world.task_id)
    assert line(view, "metrics.propose_merging").values["name"] == "整治飞线"
    assert [one.arguments["metric_id"] for one in buttons(view, "metric.accept")] == [younger]
    view = await metric_list.accept(desk, **buttons(view, "metric.accept")[0].arguments)
    assert not buttons(view, "metric.accept")
    merged = await talk.session.get_one(tasks.Metric, younger)
    assert merged.merged_into == older


async def test_both_orders_of_a_new_area_get_one_name(talk: Talk, world: World, desk: Turn) -> None:
    await metric(talk, world.task_id, "绿化面积新增", "平方米")
    await metric(talk, world.task_id, "新增绿化面积", "平方米")
    view = await metric_list.show_metrics(desk, world.task_id)
    view = await metric_list.accept(desk, **buttons(view, "metric.accept")[0].arguments)
    assert line(view, "metrics.propose_merging").values["name"] == "绿化面积"
    view = await metric_list.accept(desk, **buttons(view, "metric.accept")[0].arguments)
    assert not buttons(view, "metric.accept")


async def test_a_turned_name_that_is_declined_stays(talk: Talk, world: World, desk: Turn) -> None:
    await metric(talk, world.task_id, "整治飞线", "处")
    await metric(talk, world.task_id, "飞线整治", "处")
    decline = buttons(await metric_list.show_metrics(desk, world.task_id), "metric.decline")[0]
    assert not buttons(await metric_list.decline(desk, **decline.arguments), "metric.decline")


async def test_a_declined_name_is_not_proposed_again_and_stays_the_same_metric(
    talk: Talk, world: World, desk: Turn
) -> None:
    await old_name(talk, world.task_id)
    decline = buttons(await metric_list.show_metrics(desk, world.task_id), "metric.decline")[0]
    view = await metric_list.decline(desk, **decline.arguments)
    assert not buttons(view, "metric.decline")
    await talk.report("今天出动志愿者30人")
    assert await totals(talk, world.task_id) == {"日出动志愿者": 50}


# -- who may, and what is recorded ------------------------------------------------------------------------


async def test_only_the_office(talk: Talk, world: World) -> None:
    await talk.report("今天清运垃圾3吨，清运建筑垃圾5吨")
    one, other = [ident(m) for m in await tasks.metrics_of(talk.session, world.task_id)]
    steps: list[Callable[[Turn], Awaitable[object]]] = [
        lambda turn: metric_list.show_metrics(turn, world.task_id),
        lambda turn: metric_list.open_one(turn, one),
        lambda turn: metric_list.merge(turn, one, other),
        lambda turn: metric_list.part(turn, one),
        lambda turn: metric_list.rename(turn, one, "清运垃圾", "垃圾"),
        lambda turn: metric_list.decline(turn, one),
    ]
    for actor in (world.responsible, world.leader):
        for step in steps:
            assert (await refused(step(turn_for(talk.session, actor, talk.now)))) == "tasks.office_only"
        card = await task_card.card(turn_for(talk.session, actor, talk.now, talk.campaign), world.task_id)
        assert not buttons(card, "metric.list")


async def test_metrics_of_two_tasks_are_not_merged(
    talk: Talk, world: World, desk: Turn, roster: Roster
) -> None:
    other = await roster.task(world.unit, "清运渣土", world.task.deadline)
    ids = [await metric(talk, task_id, "清运垃圾") for task_id in (world.task_id, ident(other))]
    assert await refused(metric_changes.merge(desk, *ids)) == "metrics.changed_since"
    assert await refused(metric_changes.merge(desk, ids[0], ids[0])) == "metrics.changed_since"


async def test_the_history_says_what_was_done(talk: Talk, world: World, desk: Turn) -> None:
    source, target = await split(talk, world.task_id)
    await metric_changes.merge(desk, source, target)
    await metric_changes.part(desk, source)
    await metric_changes.rename(desk, target, "清运垃圾", "清运生活垃圾")
    query = select(Audit).where(Audit.subject_type == "task", col(Audit.event).startswith("metric"))
    rows = (await talk.session.exec(query.order_by(col(Audit.id)))).all()
    assert [row.event for row in rows] == ["metric_merge", "metric_part", "metric_rename"]
    assert {row.actor_id for row in rows} == {world.office.id}
    shown = "\n".join(plain(one, "zh") for one in (await task_history.view(desk, world.task_id)).lines)
    assert "指标：清运建筑垃圾（吨） → 清运垃圾（吨）" in shown


async def test_one_metric_and_its_choices(talk: Talk, world: World, desk: Turn) -> None:
    source, target = await split(talk, world.task_id)
    view = await metric_list.choose(desk, source)
    assert [one.arguments["into_id"] for one in buttons(view, "metric.merge")] == [target]
    await metric_changes.merge(desk, source, target)
    view = await metric_list.open_one(desk, target)
    assert line(view, "metrics.holds").values["item"] == "清运建筑垃圾"
    assert [one.arguments["metric_id"] for one in buttons(view, "metric.part")] == [source]
    assert keys(await metric_list.open_one(desk, source))[0] == "metrics.one", "the one that took it in"
