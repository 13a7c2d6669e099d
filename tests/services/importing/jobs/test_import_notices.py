"""What an import tells people: one notice per person and import, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from models import audit_log
from models.db import Database
from models.people import Contact, ContactState
from models.tasks import Task
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.access import actor_of
from services.campaign import Campaign
from services.importing.jobs import import_steps
from services.tasks import reassign, task_steps
from tests.services.importing.builders import sheet, task
from tests.services.importing.importing_desk import ImportDesk
from tests.services.importing.notice_desk import (
    DAY,
    ME,
    POLICE,
    THREE,
    add,
    away,
    promised,
    readable,
    three,
    told,
    with_three_tasks,
)
from tests.services.progress.talk import buttons, keys
from tests.support.people import Roster
from tests.support.turns import turn_for


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> ImportDesk:
    return await with_three_tasks(ImportDesk(database, campaign, now))


# -- each part alone -----------------------------------------------------------------------------------


async def test_new_tasks_read_as_before(desk: ImportDesk) -> None:
    await desk.import_(sheet(*THREE, task(目标任务="补植"), task(目标任务="清淤")))
    ((name, (kind, view)),) = (await promised(desk)).items()
    assert (name, kind) == (ME, MessageKind.ORDER)
    assert keys(view) == ["tasks.assigned_title", "tasks.assigned_line", "tasks.assigned_line"]
    (sign,) = buttons(view, "task.acknowledge_all")
    assert sign.arguments["task_ids"] == list(view.task_ids) == [4, 5]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"完成时限": "2026年12月31日前"}, "时限 2026年12月20日→2026年12月31日"),
        ({"完成时限": "2026年12月18日前"}, "时限 2026年12月20日→2026年12月18日"),
        (
            {"完成时限": "长期坚持，每周通报"},
            "时限 2026年12月20日→无；报送频次 无→长期坚持，每周报告",
        ),
        ({"工作标准": "一尘不染"}, "工作标准已调整（干净整洁 → 一尘不染）"),
        ({"分管领导": "公安局分管领导"}, "分管领导 城管局分管领导→公安局分管领导"),
        ({"分管领导": None}, "分管领导 城管局分管领导→无"),
        ({"承办科室": "督查科"}, "承办科室 市容科→督查科"),
        ({"配合单位": "公安局、东风街道"}, "增加协办单位：东风街道"),
        ({"配合单位": None}, "取消协办单位：公安局"),
        ({"配合单位": "东风街道"}, "增加协办单位：东风街道；取消协办单位：公安局"),
        (
            {"完成时限": "2026年12月31日前", "工作标准": "一尘不染"},
            "时限 2026年12月20日→2026年12月31日；工作标准已调整（干净整洁 → 一尘不染）",
        ),
    ],
)
async def test_a_change_is_told_to_who_answers_for_the_task(
    desk: ImportDesk, changes: Mapping[str, Any], said: str
) -> None:
    await desk.import_(sheet(*three(**changes)))
    ((name, (kind, view)),) = (await promised(desk)).items()
    assert (name, kind, list(view.task_ids)) == (ME, MessageKind.ORDER, [1])
    title, line = view.plain("zh").splitlines()
    assert title == "【任务变更】您负责的 1 项任务有调整："
    assert line == f"1. 整治第1片区：{said}"
    assert [button.action for row in view.rows for button in row] == ["task.list"]
    await readable(desk)


@pytest.mark.parametrize(
    "changes",
    [{}, {"备注": "每月通报"}, {"重点": "主次干道"}, {"序号": 99}, {"工作标准": "干净整洁 "}],
)
async def test_what_is_no_news_is_told_to_nobody(desk: ImportDesk, changes: Mapping[str, Any]) -> None:
    assert await told(desk, *three(**changes)) == {}


async def test_a_target_is_no_news(desk: ImportDesk) -> None:
    async with desk.database.transaction() as session:
        await session.execute(sa.update(Task).values(target_value=Decimal(50), target_unit="个"))
    assert await told(desk, *THREE) == {}
    async with desk.database.reading() as session:
        assert {made.target_value for made in await session.exec(select(Task))} == {None}


@pytest.mark.parametrize("state", [TaskState.COMPLETED, TaskState.CANCELLED])
async def test_of_a_task_that_is_over_nobody_is_told(desk: ImportDesk, state: TaskState) -> None:
    await add(desk, "东风街道", "东风街道联络员", Role.LIAISON)
    async with desk.database.transaction() as session:
        await session.execute(sa.update(Task).values(state=state))
    assert await told(desk, *three(完成时限="2026年12月31日前", 配合单位="东风街道", 责任人=POLICE)) == {}
    assert str((await desk.tasks())[0].deadline) == "2026-12-31"


async def test_a_long_standard_is_cut_to_where_it_differs(desk: ImportDesk) -> None:
    same = "道路平整无破损，路面整洁无垃圾，绿化带无裸露，" * 4
    await desk.import_(sheet(*three(工作标准=f"{same}每日清扫两次")))
    desk.now += DAY
    told_now = await told(desk, *three(工作标准=f"{same}每日清扫三次，并设专人巡查" + "，不留死角" * 20))
    assert "每日清扫两次 → …" in told_now[ME]
    assert "每日清扫三次，并设专人巡查" in told_now[ME]
    assert len(told_now[ME].splitlines()[1]) < 120


async def test_many_assisting_units_are_counted(desk: ImportDesk) -> None:
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.now, desk.campaign)
        for number in range(9):
            await roster.unit(f"第{number}局")
    said = await told(desk, *three(配合单位="、".join(["公安局", *(f"第{n}局" for n in range(9))])))
    assert "增加协办单位：第0局、第1局、第2局、第3局等 9 个" in said[ME]


@pytest.mark.parametrize("steps", [1, 2])
async def test_two_changes_of_one_task_are_one_line(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """Two old lines of a task that was moved twice, written at once or one after the other."""
    monkeypatch.setattr(import_steps, "ROWS", 2 // steps)
    other = await add(desk, "东风街道", "东风街道责任人", Role.RESPONSIBLE_PERSON)
    for to in (desk.people[POLICE], other):
        async with desk.database.transaction() as session:
            office = await actor_of(session, desk.people["创城办甲"])
            turn = turn_for(session, office, desk.now, desk.campaign)
            await reassign.move_tasks(turn, [1], to.id or 0)
    desk.now += DAY
    first = {**THREE[0], "配合单位": None, "工作标准": "一尘不染", "完成时限": "2026年12月25日"}
    second = {**first, "责任单位": "公安局", "责任人": POLICE, "完成时限": "2026年12月31日"}
    said = await told(desk, first, THREE[1], second, THREE[2])
    assert set(said) == {"东风街道责任人"}
    assert said["东风街道责任人"].splitlines()[1:] == [
        "1. 整治第1片区：时限 2026年12月20日→2026年12月31日；工作标准已调整（干净整洁 → 一尘不染）"
    ]
    async with desk.database.reading() as session:
        assert len(await audit_log.imports_at(session, [1], desk.now)) == steps


# -- another person ------------------------------------------------------------------------------------


async def test_a_task_that_goes_over(desk: ImportDesk) -> None:
    """As after 转派: the new person signs, the former one reads the name alone. The line has the new day."""
    await desk.import_(sheet(*three(责任人=POLICE, 完成时限="2026年12月31日前")))
    found = await promised(desk)
    kind, view = found[POLICE]
    assert (kind, keys(view)) == (
        MessageKind.ORDER,
        ["reassign.to_you", "reassign.line", "reassign.sign_by"],
    )
    assert "2026年12月31日，还剩15天；原责任人：城管局责任人" in view.plain("zh")
    assert [sign.arguments["task_ids"] for sign in buttons(view, "task.acknowledge_all")] == [[1]]
    kind, view = found[ME]
    assert (kind, keys(view)) == (MessageKind.NOTICE, ["reassign.from_you", "reassign.from_line"])
    assert (list(view.rows), list(view.task_ids)) == ([], [])
    assert "已转由 公安局 公安局责任人 办理" in view.plain("zh")
    assert len(found) == 2
    await readable(desk)


async def test_the_former_person_is_in_the_same_unit_and_passes_it_on(desk: ImportDesk) -> None:
    """They are the unit's 联络员, too, and read of the task once: as who passes it on."""
    liaison = await add(desk, "城管局", "城管局联络员", Role.LIAISON, Role.RESPONSIBLE_PERSON)
    await desk.import_(sheet(*three(责任人=liaison.name)))
    desk.now += DAY
    await add(desk, "城管局", "新来的", Role.RESPONSIBLE_PERSON, enrolled=False)
    said = await told(desk, *three(责任人="新来的"))
    assert set(said) == {liaison.name}
    assert "以下 1 项任务转由新来的办理，本人暂时联系不上，请代为转告" in said[liaison.name]
    assert "【任务转出】" not in said[liaison.name]


async def test_the_former_person_in_the_same_unit_is_told(desk: ImportDesk) -> None:
    await add(desk, "城管局", "李四", Role.RESPONSIBLE_PERSON)
    said = await told(desk, *three(责任人="李四"))
    assert set(said) == {"李四", ME}
    assert "已转由 城管局 李四 办理" in said[ME]


async def test_nobody_receives_what_goes_to_who_is_not_in_the_roster(desk: ImportDesk) -> None:
    """The former person and the unit's 联络员 read so; the 联络员 hears of the task from then on."""
    await add(desk, "城管局", "城管局联络员", Role.LIAISON)
    said = await told(desk, *three(责任人="王科长"))
    named = "新的任务表改由王科长办理，但王科长不在城管局花名册中，暂无人接收"
    line = "1. 整治第1片区（原责任人：城管局责任人）"
    assert {name: text.splitlines() for name, text in said.items()} == {
        "城管局联络员": [
            f"【任务待接收】以下 1 项任务，{named}，请核对姓名，或请创城办补充花名册：",
            line,
        ],
        ME: [f"【任务转出】以下 1 项任务，{named}：", line],
    }
    found = await promised(desk)
    assert [found[name][0] for name in ("城管局联络员", ME)] == [MessageKind.ORDER, MessageKind.NOTICE]
    assert [list(found[name][1].task_ids) for name in ("城管局联络员", ME)] == [[1], []]
    assert not buttons(found["城管局联络员"][1], "task.acknowledge_all")
    assert "who is not in the roster of 城管局. Nobody receives them yet" in found[ME][1].plain("en")
    await readable(desk)
    desk.now += DAY
    said = await told(desk, *three(责任人="王科长", 完成时限="2026年12月31日"))
    assert set(said) == {"城管局联络员"}
    assert "【任务变更】王科长负责的 1 项任务有调整，本人暂时联系不上，请代为转告" in said["城管局联络员"]


async def test_the_same_name_found_only_now_is_no_news(desk: ImportDesk) -> None:
    await desk.import_(sheet(*three(责任人="王科长")))
    await add(desk, "城管局", "王科长", Role.RESPONSIBLE_PERSON)
    desk.now += DAY
    assert await told(desk, *three(责任人="王科长")) == {}
    assert (await desk.tasks())[0].responsible_id == desk.people["王科长"].id


# -- who stands in -------------------------------------------------------------------------------------


async def test_the_deputy_of_who_is_on_leave(desk: ImportDesk) -> None:
    """Each part goes to the deputy, who signs; the person on leave hears nothing."""
    await add(desk, "城管局", "李四", Role.RESPONSIBLE_PERSON)
    await desk.import_(sheet(*THREE, task(目标任务="补植", 责任人="李四")))
    desk.now += DAY
    await away(desk, ME, "李四")
    changed = three(完成时限="2026年12月31日前")
    new, came = task(目标任务="清淤"), task(目标任务="补植")
    await desk.import_(sheet(*changed, new, came))
    ((name, (_, view)),) = (await promised(desk)).items()
    assert name == "李四"
    assert view.plain("zh").splitlines() == [
        "【任务交办】新交办城管局责任人 1 项任务，其请假期间由您代办，请于12月18日前签收：",
        "1. 清淤（2026年12月20日，还剩3天）",
        "【任务转派】以下 1 项任务转由城管局责任人办理，其请假期间由您代办：",
        "1. 补植（2026年12月20日，还剩3天；原责任人：李四）",
        "请于12月18日前签收。",
        "【任务变更】城管局责任人请假期间由您代办的 1 项任务有调整：",
        "1. 整治第1片区：时限 2026年12月20日→2026年12月31日",
    ]
    (sign,) = buttons(view, "task.acknowledge_all")
    assert len(sign.arguments["task_ids"]) == 2
    await readable(desk)
    async with desk.database.transaction() as session:
        actor = await actor_of(session, desk.people["李四"], today=desk.campaign.today(desk.now))
        turn = turn_for(session, actor, desk.now, desk.campaign)
        assert await task_steps.acknowledge(turn, sign.arguments["task_ids"]) == 2


async def test_own_tasks_stand_before_those_of_others(desk: ImportDesk) -> None:
    await add(desk, "城管局", "李四", Role.RESPONSIBLE_PERSON)
    both = [{**THREE[0]}, {**THREE[1], "责任人": "李四"}]
    await desk.import_(sheet(*both))
    desk.now += DAY
    await away(desk, ME, "李四")
    said = await told(desk, *({**one, "完成时限": "2026年12月31日"} for one in both))
    assert [line[:12] for line in said["李四"].splitlines()[::2]] == [
        "【任务变更】您负责的 1",
        "【任务变更】城管局责任人",
    ]


async def test_who_has_not_joined_is_told_by_the_liaison(desk: ImportDesk) -> None:
    """Of changes, and of what comes to them; new tasks they see when they join."""
    await add(desk, "城管局", "城管局联络员", Role.LIAISON)
    await add(desk, "城管局", "新来的", Role.RESPONSIBLE_PERSON, enrolled=False)
    assert await told(desk, *THREE, task(目标任务="补植", 责任人="新来的")) == {}
    desk.now += DAY
    later = task(目标任务="补植", 责任人="新来的", 完成时限="2026年12月31日")
    said = await told(desk, *three(责任人="新来的"), later)
    assert set(said) == {"城管局联络员", ME}
    assert "【任务转派】以下 1 项任务转由新来的办理，本人暂时联系不上，请代为转告" in said["城管局联络员"]
    assert "【任务变更】新来的负责的 1 项任务有调整，本人暂时联系不上，请代为转告" in said["城管局联络员"]
    _, view = (await promised(desk))["城管局联络员"]
    assert not buttons(view, "task.acknowledge_all")
    await readable(desk)


async def test_the_office_is_not_told_what_it_does(desk: ImportDesk) -> None:
    await add(desk, "城管局", "新来的", Role.RESPONSIBLE_PERSON, enrolled=False)
    await desk.import_(sheet(*three(责任人="新来的")))
    desk.now += DAY
    assert await told(desk, *three(责任人="新来的", 完成时限="2026年12月31日")) == {}


async def test_who_has_blocked_the_bot(desk: ImportDesk) -> None:
    """New tasks are kept for their return; the liaison passes on what has changed."""
    await add(desk, "城管局", "城管局联络员", Role.LIAISON)
    async with desk.database.transaction() as session:
        me = await session.get_one(Contact, desk.people[ME].id)
        me.state = ContactState.UNREACHABLE
    await desk.import_(sheet(*three(完成时限="2026年12月31日"), task(目标任务="补植")))
    found = await promised(desk)
    assert set(found) == {ME, "城管局联络员"}
    assert keys(found[ME][1])[0] == "tasks.assigned_title"
    assert keys(found["城管局联络员"][1]) == ["told.changed_pass_on", "told.line"]
    (kept,) = [row for row in await desk.promised(MessageKind.ORDER) if row.contact_id == desk.people[ME].id][
        1:
    ]
    assert (kept.state, kept.created_at) == (DeliveryState.UNDELIVERABLE, desk.now)


# -- units that assist ---------------------------------------------------------------------------------


async def test_units_that_assist_hear_by_their_liaison(desk: ImportDesk) -> None:
    street = await add(desk, "东风街道", "东风街道联络员", Role.LIAISON)
    police = await add(desk, "公安局", "公安局联络员", Role.LIAISON)
    changed = [{**one, "配合单位": "东风街道"} for one in THREE[:2]]
    said = await told(desk, *changed, THREE[2])
    assert set(said) == {ME, street.name, police.name}
    assert said[street.name].splitlines() == [
        "【新增协办】东风街道协办以下 2 项任务：",
        "1. 整治第1片区（2026年12月20日，还剩4天；责任单位：城管局，责任人：城管局责任人）",
        "2. 整治第2片区（2026年12月20日，还剩4天；责任单位：城管局，责任人：城管局责任人）",
    ]
    assert said[police.name].splitlines() == [
        "【取消协办】以下 2 项任务，公安局不再协办：",
        "1. 整治第1片区（责任单位：城管局）",
        "2. 整治第2片区（责任单位：城管局）",
    ]
    found = await promised(desk)
    assert [found[who.name][0] for who in (street, police)] == [MessageKind.ORDER, MessageKind.NOTICE]
    assert [list(found[who.name][1].task_ids) for who in (street, police)] == [[1, 2], []]
    await readable(desk)


async def test_units_that_assist_a_new_task_are_not_told(desk: ImportDesk) -> None:
    await add(desk, "公安局", "公安局联络员", Role.LIAISON)
    assert set(await told(desk, *THREE, task(目标任务="补植"))) == {ME}
