"""办理记录: who did what to a task, from what to what, and when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from locales import plain
from models.db import Session
from models.progress import ReportRevision
from models.tasks import Task
from rules.tasks.task_lifecycle import TaskState
from services import audit
from services.campaign import Campaign
from services.tasks import completion, task_history, task_steps
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import turn_for


def read(view: View) -> list[str]:
    return [plain(line) for line in view.lines]


async def view_of(session: Session, world: World, campaign: Campaign, **what: Any) -> View:
    return await task_history.view(turn_for(session, world.office, campaign=campaign), world.task_id, **what)


def change(session: Session, world: World, now: datetime, event: str = "import", **values: Any) -> None:
    before = {name: old for name, (old, _) in values.items()}
    after = {name: new for name, (_, new) in values.items()}
    audit.record(session, event, ("task", world.task_id), now=now, before=before, after=after)


async def test_the_whole_way_reads_from_top_to_bottom(
    talk: Talk, world: World, now: datetime, campaign: Campaign
) -> None:
    session = talk.session
    audit.record(session, "import", ("task", world.task_id), now=now, after={"objective": "清理违规广告牌匾"})
    await task_steps.acknowledge(turn_for(session, world.liaison, now), [world.task_id])
    report = await talk.report("今天清理违规广告牌匾12处")
    await completion.submit(turn_for(session, world.responsible, now, campaign), world.task_id, 0)
    later = now + timedelta(days=1)
    await task_steps.send_back(turn_for(session, world.office, later, campaign), world.task_id, "佐证不足")
    lines = read(await view_of(session, world, campaign))
    assert lines == [
        "办理记录 清理违规广告牌匾（共6条）",
        "交办 系统（12月15日08:45）",
        "签收 城管局 城管局联络员（12月15日08:45）",
        "· 状态：待签收 → 已签收",
        "报送进展 城管局 城管局责任人（12月15日08:45）",
        f"· 回执号：{report.receipt_no}",
        "· 内容：今天清理违规广告牌匾12处",
        "开始办理 城管局 城管局责任人（12月15日08:45）",
        "· 状态：已签收 → 办理中",
        "申请办结 城管局 城管局责任人（12月15日08:45）",
        "· 状态：办理中 → 申请办结",
        "退回 创城办 创城办工作人员（12月16日08:45）",
        "· 状态：申请办结 → 已退回",
        "· 原因：佐证不足",
    ]


async def test_what_others_record_is_readable(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """Fields have their labels, ids the names that they stand for, and unknown things their own names."""
    change(
        session,
        world,
        now,
        "reassign",
        lead_unit_id=(world.unit.id, world.other_unit.id),
        responsible_id=(world.responsible.id, world.other_liaison.id),
        responsible_person=("城管局责任人", "东风街道联络员"),
    )
    change(session, world, now, deadline=("2026-12-18", None), frequency=(None, "daily"), identity=("a", "b"))
    change(session, world, now, "polish", shine=(False, True), percent=(50, 80), parts=([], ["a", 2]))
    lines = read(await view_of(session, world, campaign))[1:]
    when = "系统（12月15日08:45）"
    assert lines == [
        f"转派 {when}",
        "· 责任单位：城管局 → 东风街道",
        "· 责任人（在册人员）：城管局 城管局责任人 → 东风街道 东风街道联络员",
        "· 责任人：城管局责任人 → 东风街道联络员",
        f"导入更新 {when}",
        "· 完成时限：2026-12-18 → 无",
        "· 报送频次：每日报告",
        f"其他操作（polish） {when}",
        "· shine：否 → 是",
        "· 完成进度：50% → 80%",
        "· parts：a、2",
    ]


async def test_a_report_that_was_corrected_and_withdrawn(
    talk: Talk, world: World, now: datetime, campaign: Campaign
) -> None:
    """Its first words stay under the entry of its filing; the withdrawal names what it took back."""
    report = await talk.report("今天清理违规广告牌匾12处")
    first = {"revision": 1, "text": report.text, "figures": ["清理违规广告牌匾 increment 12处"]}
    second = {"revision": 2, "text": "今天清理21处", "figures": ["清理违规广告牌匾 increment 21处"]}
    talk.session.add(
        ReportRevision(
            report_id=report.id or 0, number=1, text=report.text, ended_at=now, ended_by=talk.actor.id
        )
    )
    report.text = "今天清理21处"
    for event, before, after in (
        ("revise", first, {**second, "recounted": ["20261215-0002"]}),
        ("withdraw", second, {"revision": 3, "withdrawn": True}),
    ):
        audit.record(
            talk.session,
            event,
            ("report", report.id),
            now=now,
            actor_id=talk.actor.id,
            before=before,
            after=after,
        )
    lines = read(await view_of(talk.session, world, campaign))
    assert "· 内容：今天清理违规广告牌匾12处" in lines
    start = lines.index("更正报告 城管局 城管局责任人（12月15日08:45）")
    assert lines[start + 1 :] == [
        "· 版本：1 → 2",
        "· 内容：今天清理违规广告牌匾12处 → 今天清理21处",
        "· 数据：清理违规广告牌匾 本次 12处 → 清理违规广告牌匾 本次 21处",
        "· 同时重算的报告：20261215-0002",
        "撤销报告 城管局 城管局责任人（12月15日08:45）",
        "· 版本：2 → 3",
        "· 内容：今天清理21处",
        "· 数据：清理违规广告牌匾 本次 21处",
        "· 已撤销：是",
    ]


async def test_long_words_are_shortened_in_the_chat_only(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    change(session, world, now, remark=("", "字" * 500))
    shown = line(await view_of(session, world, campaign), "history.set").values["new"]
    assert len(plain(shown)) == 80
    exported = await task_history.export(turn_for(session, world.office, campaign=campaign), world.task_id)
    assert "字" * 500 in (await sheet_of(session, exported))[1][7]


async def test_a_report_about_what_is_submitted_shows_once(
    talk: Talk, world: World, now: datetime, campaign: Campaign
) -> None:
    await completion.submit(turn_for(talk.session, world.responsible, now, campaign), world.task_id, 0)
    await talk.report("今天清理违规广告牌匾12处", about=[world.task_id])
    view = await view_of(talk.session, world, campaign)
    events = [line.values["event"].key for line in view.lines if line.key == "history.entry"]
    assert events == ["history.event.task_submit_for_completion", "history.event.report_report"]


async def test_pages_begin_at_the_end(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    for number in range(1, 31):
        change(session, world, now, remark=(str(number - 1), str(number)))
    last = await view_of(session, world, campaign)

    def shown(view: View) -> list[str]:
        return [plain(line.values["new"]) for line in view.lines if line.key == "history.change"]

    assert shown(last) == [str(n) for n in range(19, 31)]
    (earlier,) = buttons(last, "task.history")
    middle = await view_of(session, world, campaign, until=earlier.arguments["until"])
    assert shown(middle) == [str(n) for n in range(7, 19)]
    back, onwards = buttons(middle, "task.history")
    first = await view_of(session, world, campaign, until=back.arguments["until"])
    assert shown(first) == [str(n) for n in range(1, 7)]
    assert (await view_of(session, world, campaign, until=onwards.arguments["until"])).lines == last.lines


async def test_who_may_read_and_export(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await task_steps.acknowledge(turn_for(session, world.liaison, now), [world.task_id])
    elsewhere = task_history.view(turn_for(session, world.other_liaison, campaign=campaign), world.task_id)
    assert await refused(elsewhere) == "tasks.not_yours"
    for actor in (world.office, world.leader):
        assert buttons(
            await task_history.view(turn_for(session, actor, campaign=campaign), world.task_id),
            "history.export",
        )
    for actor in (world.liaison, world.responsible):
        view = await task_history.view(turn_for(session, actor, campaign=campaign), world.task_id)
        assert "history.entry" in keys(view)
        assert not buttons(view, "history.export")
        exporting = task_history.export(turn_for(session, actor, campaign=campaign), world.task_id)
        assert await refused(exporting) == "history.office_and_leaders"
    exporting = task_history.export(turn_for(session, world.other_liaison, campaign=campaign), world.task_id)
    assert await refused(exporting) == "tasks.not_yours"


async def test_nothing_has_happened_yet(session: Session, world: World, campaign: Campaign) -> None:
    assert keys(await view_of(session, world, campaign)) == ["history.none"]


async def sheet_of(session: Session, view: View) -> list[tuple[Any, ...]]:
    """The sheet as it reads when it is made: the writing is committed, and nobody waits any more."""
    (file,) = view.files
    await session.flush()
    session.expunge_all()
    assert file.make is not None
    return list(load_workbook(BytesIO(file.make())).worksheets[0].values)


async def test_the_sheet(talk: Talk, world: World, now: datetime, campaign: Campaign) -> None:
    world.task.objective = 'a/b:"c" 清理违规广告牌匾'
    report = await talk.report("今天清理违规广告牌匾12处")
    await completion.submit(turn_for(talk.session, world.responsible, now, campaign), world.task_id, 0)
    await task_steps.send_back(turn_for(talk.session, world.office, now, campaign), world.task_id, "=佐证")
    view = await task_history.export(turn_for(talk.session, world.leader, campaign=campaign), world.task_id)
    assert view.files[0].name == "办理记录-abc 清理违规广告牌匾.xlsx"
    heads, *rows = await sheet_of(talk.session, view)
    assert heads == ("序号", "时间", "单位", "操作人", "事项", "对象", "变更前", "变更后", "原因")
    assert [row[4] for row in rows] == ["报送进展", "开始办理", "申请办结", "退回"]
    assert rows[0][2:6] == ("城管局", "城管局责任人", "报送进展", report.receipt_no)
    assert rows[0][7] == f"回执号：{report.receipt_no}\n内容：今天清理违规广告牌匾12处"
    assert rows[3] == (
        *(4, "2026-12-15 08:45", "创城办", "创城办工作人员", "退回", "任务"),
        *("状态：申请办结", "状态：已退回\n原因：=佐证", "=佐证"),
    )


# -- /history ------------------------------------------------------------------------------------------


async def test_by_words_of_the_objective(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    await task_steps.complete(turn_for(session, world.office, now), world.task_id)
    await roster.task(world.unit, "清理小广告100%_覆盖", date(2026, 12, 20))
    await roster.task(world.other_unit, "清理楼道广告", date(2026, 12, 20))

    async def found(words: str) -> list[str]:
        view = await task_history.find_by_words(turn_for(session, world.liaison, campaign=campaign), words)
        return [plain(b.label) for b in buttons(view, "task.history")] or [
            line.key for line in view.lines[:1]
        ]

    assert await found("违规 清理") == ["history.title"], "the only one is shown at once, finished or not"
    assert await found("清理") == ["清理违规广告牌匾", "清理小广告100%_覆盖"]
    assert await found("100%_") == ["history.none"], "the signs mean themselves"
    for words, answer in (
        *((words, "history.not_found") for words in ("楼道", "10%覆盖", "'; DROP TABLE task")),
        # SQLite refuses to parse an expression of two thousand words.
        *((words, "find.too_long") for words in ("字" * 4000, " ".join(map(str, range(2000))))),
        ("\u200b", "history.how"),
    ):
        nothing = task_history.find_by_words(turn_for(session, world.liaison, campaign=campaign), words)
        assert await refused(nothing) == answer


async def test_many_of_that_name(session: Session, world: World, roster: Roster, campaign: Campaign) -> None:
    for number in range(20):
        await roster.task(world.unit, f"整治小巷{number}", date(2026, 12, 20))
    view = await task_history.find_by_words(turn_for(session, world.office, campaign=campaign), "整治小巷")
    assert len(buttons(view, "task.history")) == task_history.OFFERED
    assert keys(view) == ["history.which", "history.more"]


async def test_of_a_message(session: Session, world: World, roster: Roster, campaign: Campaign) -> None:
    other = await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 20))
    ids = [world.task_id, other.id or 0]
    both = await task_history.of_message(turn_for(session, world.office, campaign=campaign), ids)
    assert [b.arguments["task_id"] for b in buttons(both, "task.history")] == ids
    own = await task_history.of_message(turn_for(session, world.liaison, campaign=campaign), ids)
    assert keys(own) == ["history.none"], "only one of them is theirs"
    for about in ([], [other.id or 0], [999_999]):
        assert (
            await refused(task_history.of_message(turn_for(session, world.liaison, campaign=campaign), about))
            == "history.how"
        )


async def test_a_cancelled_task_has_its_history_too(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await task_steps.cancel(turn_for(session, world.office, now), world.task_id, "重复交办")
    assert (await session.get_one(Task, world.task_id)).state is TaskState.CANCELLED
    assert "· 原因：重复交办" in read(await view_of(session, world, campaign))


async def test_the_task_above_is_named(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    above = await roster.task(world.other_unit, "市容环境总任务", date(2026, 12, 31))
    change(session, world, now, parent_id=(None, above.id))
    change(session, world, now, own_reports=(True, False))
    change(session, world, now, parent_id=(None, 999_999))
    await session.flush()
    assert read(await view_of(session, world, campaign))[1:] == [
        "导入更新 系统（12月15日08:45）",
        "· 上级任务：市容环境总任务（东风街道）",
        "导入更新 系统（12月15日08:45）",
        "· 本级另报：是 → 否",
        "导入更新 系统（12月15日08:45）",
        "· 上级任务：999999",
    ]
