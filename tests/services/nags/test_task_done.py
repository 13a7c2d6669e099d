"""What is marked in a list as done: a deed, and never the mere end of a window."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest

from locales import Text
from models.db import Session
from models.delivery.messages import Outbox
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from rules.duties.frequencies import Frequency
from rules.nags.policy import DutyKind
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.duties.task_duties import DutyStanding, ReminderKind, TaskDuty, Tone
from services.nags.tasks import task_done
from services.progress import zero_reports
from tests.services.conftest import Local, World
from tests.support.people import Roster
from tests.support.turns import turn_for


async def marks(
    session: Session, world: World, local: Local, campaign: Campaign, task_ids: list[int], asked: ReminderKind
) -> Mapping[tuple[int, str], Text]:
    """What was done since 09:00 about a message in which the office asked for it by hand."""
    duties = [TaskDuty(task_id, Tone.NAG).to_json() for task_id in task_ids]
    row = Outbox(
        dedupe_key="k",
        kind=MessageKind.NAG,
        chat_id=1,
        view="nag",
        content={"asked": asked.value, "duties": duties},
        created_at=local(12, 15, 9),
    )
    standing = await DutyStanding.of(session, task_ids, local(12, 15, 12), campaign)
    return await task_done.done(session, standing, row, world.responsible.contact, campaign)


@pytest.fixture
async def other(session: Session, world: World, roster: Roster) -> int:
    task = await roster.task(world.unit, "每日清扫保洁", None, world.responsible.contact)
    await session.flush()
    return task.id or 0


async def test_a_unit_that_was_urged_has_spoken_by_one_report(
    session: Session, world: World, other: int, local: Local, campaign: Campaign
) -> None:
    ids = [world.task_id, other]
    assert await marks(session, world, local, campaign, ids, ReminderKind.SILENT) == {}
    await zero_reports.of_task(turn_for(session, world.responsible, local(12, 15, 10), campaign), other)
    found = await marks(session, world, local, campaign, ids, ReminderKind.SILENT)
    assert {task_id: text.key for (task_id, _), text in found.items()} == {
        world.task_id: "nags.done.unit_reported",
        other: "nags.done.reported",
    }


@pytest.mark.parametrize("state", TaskState)
async def test_a_request_to_sign_is_done_by_any_later_state(
    session: Session, world: World, local: Local, campaign: Campaign, state: TaskState
) -> None:
    world.task.state = state
    await session.flush()
    found = await marks(session, world, local, campaign, [world.task_id], ReminderKind.UNSIGNED)
    over = (TaskState.SUBMITTED, TaskState.COMPLETED, TaskState.CANCELLED)
    wanted = state.value if state in over else "signed"
    expected = {} if state is TaskState.ASSIGNED else {(world.task_id, ""): Text(f"nags.done.{wanted}")}
    assert found == expected


async def test_a_line_is_done_by_a_report_on_its_own_window(
    session: Session, world: World, other: int, local: Local, campaign: Campaign
) -> None:
    task = await session.get_one(Task, other)
    task.frequency = Frequency.SHIFT
    task.assigned_at = task.created_at = local(12, 1)
    night, day = "2026-12-14/20:00", "2026-12-15/08:00"
    rows = {
        name: Outbox(
            dedupe_key=name,
            kind=MessageKind.NAG,
            chat_id=1,
            view="nag",
            content={
                "duties": [
                    TaskDuty(other, Tone.NAG, owed=tuple((DutyKind.REPORT, key) for key in keys)).to_json()
                ]
            },
            created_at=local(12, 15, 7),
        )
        for name, keys in {"night": [night], "day": [day], "both": [night, day]}.items()
    }

    async def done(at: datetime) -> list[str]:
        standing = await DutyStanding.of(session, [other], at, campaign)
        reader = world.responsible.contact
        return [
            name
            for name, row in rows.items()
            if await task_done.done(session, standing, row, reader, campaign)
        ]

    assert await done(local(12, 15, 9)) == []
    turn = turn_for(session, world.responsible, local(12, 15, 10), campaign)
    await zero_reports.of_window(turn, other, day)
    # Neither the report on the later window nor the end of its own settles the night.
    assert await done(local(12, 15, 11)) == ["day"]
    assert await done(local(12, 17, 11)) == ["day"]
    await zero_reports.of_window(
        turn_for(session, world.responsible, local(12, 17, 12), campaign), other, night
    )
    assert await done(local(12, 17, 13)) == ["night", "day", "both"]
