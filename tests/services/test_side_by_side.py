"""Steps at the same moment, in separate transactions, on two engines: nothing is counted twice."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models import drafts
from models.audit_log import Audit
from models.db import Database
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.progress import ProgressReport, evidence_of
from models.tasks import Task
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskEvent
from services.access import Actor
from services.campaign import Campaign
from services.drafts import draft_changes
from services.drafts.draft_changes import Addition
from services.errors import DomainError
from services.groups import evening_tallies, group_binding
from services.office import handover
from services.progress import group_reports, progress_dialogue
from services.tasks import completion, reassign, task_card, task_decisions, task_steps
from services.views import TurnOutcome, View
from tests.services.conftest import Local, World, make_world
from tests.services.groups.tallied import reports_in
from tests.services.groups.tallied import reread as tallied_again
from tests.services.progress.talk import Talk, keys, line, photo
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("side by side")

SENTENCE = "今天清理违规广告牌匾12处"


@pytest.fixture
async def committed(database: Database, now: datetime, campaign: Campaign) -> World:
    async with database.transaction() as session:
        return await make_world(Roster(session, now, campaign))


async def reports(database: Database) -> list[ProgressReport]:
    async with database.reading() as session:
        return list(await session.exec(select(ProgressReport)))


async def test_two_of_a_unit_have_nothing_new(
    database: Database, database_url: str, committed: World, now: datetime, campaign: Campaign
) -> None:
    other = Database(database_url)

    async def press(engine: Database, actor: Actor) -> list[str]:
        async with engine.transaction() as session:
            return keys(await Talk(session, actor, now, campaign).write("无情况"))

    try:
        answers = await asyncio.gather(
            press(database, committed.liaison), press(other, committed.responsible)
        )
    finally:
        await other.close()
    assert sorted(answers) == [["progress.zero_already"], ["progress.zero_taken"]]
    assert len(await reports(database)) == 1


async def test_one_card_confirmed_twice_at_once(
    database: Database, committed: World, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        card = await Talk(session, committed.liaison, now, campaign).write(SENTENCE)

    async def press() -> bool:
        try:
            async with database.transaction() as session:
                await Talk(session, committed.liaison, now, campaign).confirm(card)
        except DomainError:
            return False
        return True

    assert sorted(await asyncio.gather(*(press() for _ in range(4)))) == [False, False, False, True]
    assert len(await reports(database)) == 1


async def test_receipt_numbers_of_many_at_once(
    database: Database, committed: World, now: datetime, campaign: Campaign
) -> None:
    cards: list[tuple[Actor, View | None]] = []
    async with database.transaction() as session:
        for actor in (committed.liaison, committed.responsible):
            cards.append((actor, await Talk(session, actor, now, campaign).write(SENTENCE)))

    async def confirm(actor: Actor, card: View | None) -> None:
        async with database.transaction() as session:
            await Talk(session, actor, now, campaign).confirm(card)

    await asyncio.gather(*(confirm(*one) for one in cards))
    assert sorted(one.receipt_no for one in await reports(database)) == ["20261215-0001", "20261215-0002"]


async def test_acknowledged_by_two_at_once(database: Database, committed: World, now: datetime) -> None:
    async def press(actor: Actor) -> int:
        async with database.transaction() as session:
            return await task_steps.acknowledge(turn_for(session, actor, now), [committed.task_id])

    both = await asyncio.gather(press(committed.liaison), press(committed.responsible))
    assert sorted(both) == [0, 1]


async def test_the_office_decides_twice_at_once(
    database: Database, database_url: str, committed: World, now: datetime, campaign: Campaign
) -> None:
    """Two members press 办结 and 退回 for one submission: one holds, the other sees what became of it."""
    async with database.transaction() as session:
        second = await Roster(session, now, campaign).actor(
            committed.office.unit, "创城办第二人", Role.OFFICE
        )
        submitted = await completion.submit(
            turn_for(session, committed.responsible, now, campaign), committed.task_id, 0
        )
        decision = await task_steps.last_decision(session, committed.task_id)
        assert submitted.done
        assert decision is not None
        figures = (await task_card.measure(session, committed.task)).mark
    seen, other = task_card.seen_of(decision), Database(database_url)

    async def press(engine: Database, actor: Actor, event: TaskEvent, reason: str | None) -> TurnOutcome:
        async with engine.transaction() as session:
            return await task_decisions.decide(
                turn_for(session, actor, now, campaign),
                committed.task_id,
                event,
                seen,
                reason,
                figures=figures,
            )

    try:
        both = await asyncio.gather(
            press(database, committed.office, TaskEvent.COMPLETE, None),
            press(other, second, TaskEvent.RETURN, "佐证不足"),
        )
    finally:
        await other.close()
    assert sorted(outcome.done for outcome in both) == [False, True]
    (late,) = [outcome.text for outcome in both if not outcome.done]
    async with database.reading() as session:
        task = await session.get_one(Task, committed.task_id)
        (row,) = (
            await session.exec(
                select(Audit).where(col(Audit.event).in_([TaskEvent.COMPLETE, TaskEvent.RETURN]))
            )
        ).all()
        told = await session.exec(select(Outbox).where(col(Outbox.dedupe_key).startswith("decided:")))
        assert {outbox.dedupe_key.split(":")[1] for outbox in told} == {str(row.id)}
    assert late is not None
    assert late.key == "completion.present_by"
    assert late.values["state"].key == f"common.task_state.{task.state.value}"
    assert (task.completed_by, task.return_reason) in {(committed.office.id, None), (None, "佐证不足")}


async def test_two_of_a_unit_submit_at_once(
    database: Database, committed: World, now: datetime, campaign: Campaign
) -> None:
    async def press(actor: Actor) -> bool:
        async with database.transaction() as session:
            outcome = await completion.submit(turn_for(session, actor, now, campaign), committed.task_id, 0)
            return outcome.done

    assert sorted(
        await asyncio.gather(*(press(who) for who in (committed.liaison, committed.responsible)))
    ) == [False, True]
    async with database.reading() as session:
        assert len((await session.exec(select(Outbox))).all()) == 1


async def test_a_report_that_commits_after_the_tally_corrects_it(
    database: Database, committed: World, local: Local, campaign: Campaign
) -> None:
    """Its handler began before 18:00, and the tally did not wait: the report is in that tally alone."""
    began = local(12, 15, 17, 59)
    async with database.transaction() as session:
        await group_binding.bind(
            turn_for(session, committed.office, began, campaign, chat=-100, thread=None), title=""
        )
        card = await Talk(session, committed.liaison, began, campaign).write(SENTENCE)

    async def tallied(at: datetime) -> int:
        async with database.transaction() as session:
            (planned,) = await evening_tallies.tally_tick(tick_for(session, at, campaign))
        return int(line(planned.view, "tally.overall").values["reports"])

    assert await tallied(local(12, 15, 18) + timedelta(seconds=5)) == 0
    async with database.transaction() as session:
        await Talk(session, committed.liaison, began, campaign).confirm(card)
    assert await tallied(local(12, 16, 18)) == 0
    async with database.transaction() as session:
        today, tomorrow = await tallied_again(session, campaign, began)
        assert [reports_in(view) for view in (today, tomorrow)] == [1, 0]
        assert "tally.corrected" in keys(today)


async def test_a_late_photo_meets_a_correction(
    database: Database, committed: World, now: datetime, campaign: Campaign
) -> None:
    """They come from two chats: the photo is evidence of the wording that stands in the end."""
    words: dict[str, Any] = {"album": "x", "message_id": 1}
    corrected = asyncio.Event()
    async with database.transaction() as session:
        talk = Talk(session, committed.responsible, now, campaign)
        await talk.write(SENTENCE, photo("a"), **words)
        await talk.confirm((await talk.due()).view)

    async def correct() -> None:
        async with database.transaction() as session:
            talk = Talk(session, committed.responsible, now, campaign)
            await talk.correct(1, "今天清理违规广告牌匾21处", photo("a"))
            corrected.set()
            await asyncio.sleep(0.3)

    async def send() -> None:
        await corrected.wait()
        async with database.transaction() as session:
            talk = Talk(session, committed.responsible, now, campaign)
            await talk.write("", photo("b"), **(words | {"message_id": 2}))

    await asyncio.gather(correct(), send())
    async with database.reading() as session:
        (report,) = (await session.exec(select(ProgressReport))).all()
        assert report.revision == 2
        assert [file.file_id for file in await evidence_of(session, report)] == ["file-a", "file-b"]


async def test_a_part_of_an_album_comes_while_the_rest_is_filed(
    database: Database, committed: World, now: datetime, campaign: Campaign
) -> None:
    """In a group nobody presses 确认: a part that comes at that moment must not be lost with the draft."""
    arrived, group = asyncio.Event(), -1_004_012_345_678

    async def send(name: str, text: str = "", after: float = 0.0) -> None:
        async with database.transaction() as session:
            addition = Addition(
                text, [photo(name)], "x", ord(name), arrived_at=now + timedelta(seconds=after)
            )
            await progress_dialogue.receive(
                turn_for(session, committed.responsible, now, campaign, chat=group),
                addition,
                about=[committed.task_id],
            )
            arrived.set()
            await asyncio.sleep(after)

    async def file(draft_id: int, due: datetime) -> bool:
        await arrived.wait()
        async with database.transaction() as session:
            filed = await group_reports.file_due(tick_for(session, now, campaign), draft_id, due)
        return filed is not None

    await send("a", SENTENCE)
    arrived.clear()
    async with database.reading() as session:
        ((draft_id, due),) = await drafts.cards_to_come(session)
    assert not (await asyncio.gather(send("b", after=0.3), file(draft_id, due)))[1]
    async with database.reading() as session:
        draft = await session.get_one(Draft, draft_id)
    assert [file.file_id for file in draft_changes.files_of(draft)] == ["file-a", "file-b"]


async def test_what_is_entrusted_to_another_meanwhile_is_not_handed_over(
    database: Database, database_url: str, committed: World, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        successor, other_one = [
            await roster.contact(committed.unit, name, Role.RESPONSIBLE_PERSON)
            for name in ("接替人", "另一人")
        ]
    other, entrusted, asked = Database(database_url), asyncio.Event(), asyncio.Event()

    async def entrust() -> None:
        async with other.transaction() as session:
            await reassign.move_tasks(
                turn_for(session, committed.office, now, campaign), [committed.task_id], other_one.id or 0
            )
            entrusted.set()
            await asked.wait()

    async def hand_over() -> None:
        await entrusted.wait()
        asyncio.get_running_loop().call_later(0.2, asked.set)
        async with database.transaction() as session:
            await handover.confirm(
                turn_for(session, committed.office, now, campaign),
                committed.responsible.id,
                successor.id or 0,
                [committed.task_id],
            )

    await asyncio.gather(entrust(), hand_over())
    await other.close()
    async with database.reading() as session:
        assert (await session.get_one(Task, committed.task_id)).responsible_id == other_one.id
