"""Who may import a file, who decides about a preview, and what becomes of it when nobody does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models import importing
from models.audit_log import Audit
from models.db import Database
from models.delivery.live_messages import LiveKind, LiveMessage, live_message
from models.importing import JobState, StoredFile
from models.people import Contact, ContactRole
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from scheduler.ticks import TICKS
from services.access import actor_of
from services.campaign import Campaign
from services.delivery import rendering
from services.drafts.draft_changes import open_draft
from services.importing.jobs import import_jobs, job_view
from services.importing.jobs.import_jobs import DocumentUse, SentFile
from tests.services.importing.builders import sheet, task
from tests.services.importing.importing_desk import ImportDesk
from tests.services.progress.talk import refused
from tests.support.turns import tick_for, turn_for

MB = 1024 * 1024
WEEK = timedelta(days=7)


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


async def cancel(desk: ImportDesk, job_id: int, who: str = "创城办甲") -> str:
    async with desk.database.transaction() as session:
        actor = await actor_of(session, desk.people[who])
        return (await import_jobs.cancel(turn_for(session, actor, desk.now), job_id)).key


async def previewed(desk: ImportDesk) -> int:
    job_id = await desk.send_tasks(task())
    await desk.work()
    return job_id


async def test_the_first_press_counts(desk: ImportDesk) -> None:
    """A second, a late or a colleague's press changes nothing: its answer says how the job stands."""
    job_id = await previewed(desk)
    assert await desk.confirm(job_id, "创城办乙") == "jobs.state.confirmed"
    assert await desk.confirm(job_id) == "jobs.state.confirmed"
    assert await cancel(desk, job_id) == "jobs.state.confirmed"
    await desk.work()
    assert await desk.confirm(job_id) == "jobs.state.done"
    job = await desk.job(job_id)
    assert (job.state, job.confirmed_by) == (JobState.DONE, desk.people["创城办乙"].id)
    async with desk.database.reading() as session:
        query = select(Audit.event).where(Audit.subject_type == "job").order_by(col(Audit.id))
        assert list(await session.exec(query)) == ["receive", "read", "confirm", "finish"]


async def test_cancelled_is_cancelled(desk: ImportDesk) -> None:
    job_id = await previewed(desk)
    assert await cancel(desk, job_id) == "jobs.state.cancelled"
    assert await desk.confirm(job_id) == "jobs.state.cancelled"
    assert "已取消，没有写入任何内容" in await desk.text(job_id)
    assert await desk.tasks() == []


async def test_only_the_office_decides(desk: ImportDesk) -> None:
    job_id = await previewed(desk)
    assert await refused(desk.confirm(job_id, "城管局责任人")) == "tasks.office_only"
    assert await refused(cancel(desk, job_id, "城管局责任人")) == "tasks.office_only"
    assert await refused(desk.send(sheet(task()), who="城管局责任人")) == "tasks.office_only"
    assert (await desk.job(job_id)).state is JobState.PREVIEW


async def test_who_is_not_of_the_office_any_more_sees_no_more(desk: ImportDesk) -> None:
    job_id = await previewed(desk)
    async with desk.database.transaction() as session:
        contact = desk.people["创城办甲"]
        for role in await session.exec(select(ContactRole).where(ContactRole.contact_id == contact.id)):
            await session.delete(role)
    async with desk.database.reading() as session:
        assert await job_view.render(tick_for(session, desk.now, desk.campaign), job_id) is None


async def test_nor_do_they_get_the_refused_rows(desk: ImportDesk) -> None:
    """They were promised while the person belonged to the office; a roster's rows hold telephone numbers."""
    await desk.send_tasks(task(责任人=None))
    await desk.work()
    (row,) = await desk.promised(MessageKind.NOTICE)
    for left in (False, True):
        async with desk.database.reading() as session:
            rendered = await rendering.render(tick_for(session, desk.now, desk.campaign), row)
        assert (rendered is None) is left
        async with desk.database.transaction() as session:
            await session.execute(sa.delete(ContactRole).where(col(ContactRole.role) == Role.OFFICE))


async def test_sent_again_its_message_is_posted_anew(desk: ImportDesk) -> None:
    """The first message is far up in the chat, or never came because the person had blocked the bot."""
    job = await desk.job(await previewed(desk))
    async with desk.database.transaction() as session:
        row = await live_message(session, LiveKind.JOB, job.id or 0)
        assert row is not None
        row.dirty, row.message_ids = False, [7]
        session.add(row)
    async with desk.database.transaction() as session:
        actor = await actor_of(session, desk.people["创城办甲"])
        file = SentFile(job.telegram_file_id, job.file_name)
        there = await import_jobs.receive(turn_for(session, actor, desk.now, chat=job.chat_id), file)
    assert there is not None
    assert there.key == "jobs.state.preview"
    async with desk.database.reading() as session:
        row = await live_message(session, LiveKind.JOB, job.id or 0)
    assert row is not None
    assert (row.dirty, row.message_ids, row.stale_ids) == (True, [], [7])


async def test_another_account_of_the_contact_does_not_get_the_old_one_s(desk: ImportDesk) -> None:
    job_id = await previewed(desk)
    async with desk.database.transaction() as session:
        contact = await session.get(Contact, desk.people["创城办甲"].id)
        assert contact is not None
        contact.telegram_user_id = 77
        session.add(contact)
    async with desk.database.reading() as session:
        assert await job_view.render(tick_for(session, desk.now, desk.campaign), job_id) is None


@pytest.mark.parametrize(
    ("size", "key"), [(25 * MB, "importing.file.too_large"), (0, "importing.file.empty")]
)
async def test_what_telegram_says_of_the_size_is_answered_at_once(
    desk: ImportDesk, size: int, key: str
) -> None:
    async with desk.database.transaction() as session:
        actor = await actor_of(session, desk.people["创城办甲"])
        file = SentFile("a-file", "任务.xlsx", size)
        assert await refused(import_jobs.receive(turn_for(session, actor, desk.now, chat=1), file)) == key


async def test_a_preview_that_nobody_confirms(desk: ImportDesk) -> None:
    (expiry,) = [tick for tick in TICKS if tick.name == "previews"]
    forgotten = await previewed(desk)
    desk.now += timedelta(hours=23)
    fresh = await previewed(desk)
    for hours, states in ((0, [JobState.PREVIEW] * 2), (2, [JobState.CANCELLED, JobState.PREVIEW])):
        async with desk.database.transaction() as session:
            await expiry.run(tick_for(session, desk.now + timedelta(hours=hours), desk.campaign))
        assert [(await desk.job(job_id)).state for job_id in (forgotten, fresh)] == states
    async with desk.database.reading() as session:
        live = (await session.exec(select(LiveMessage).where(LiveMessage.kind == LiveKind.JOB))).all()
        events = list(await session.exec(select(Audit.event).where(Audit.subject_id == forgotten)))
    assert all(row.dirty for row in live)
    assert events[-1] == "expire"


async def test_a_day_later_it_is_too_late(desk: ImportDesk) -> None:
    """This holds even before the tick has looked."""
    job_id = await previewed(desk)
    desk.now += timedelta(hours=25)
    assert await desk.confirm(job_id) == "jobs.state.cancelled"
    assert (await desk.job(job_id)).state is JobState.CANCELLED


async def test_files_go_after_a_week(desk: ImportDesk) -> None:
    """The files of finished jobs go; a job that waits long for a worker still has its file."""
    done = await desk.import_(sheet(task(), task(完成时限="尽快")))
    waiting = await desk.send_tasks(task(目标任务="补植"))
    for days, kept in ((6, 4), (8, 1)):
        async with desk.database.transaction() as session:
            await importing.delete_files(session, desk.now + timedelta(days=days) - WEEK)
        async with desk.database.reading() as session:
            assert len((await session.exec(select(StoredFile.id))).all()) == kept
    job = await desk.job(done)
    assert (job.source_id, job.refused_id, job.details_id) == (None, None, None)
    assert job.state is JobState.DONE
    await desk.work()
    assert (await desk.job(waiting)).state is JobState.PREVIEW


@pytest.mark.parametrize(
    ("who", "draft", "about", "expected"),
    [
        ("创城办甲", False, {}, DocumentUse.IMPORT),
        ("创城办甲", True, {}, DocumentUse.UNCLEAR),
        ("创城办甲", True, {"of_album": True}, DocumentUse.EVIDENCE),
        ("创城办甲", True, {"picture": True}, DocumentUse.EVIDENCE),
        ("创城办甲", False, {"of_album": True}, DocumentUse.IMPORT),
        ("创城办甲", False, {"picture": True}, DocumentUse.EVIDENCE),
        ("创城办甲", False, {"of_album": True, "picture": True}, DocumentUse.EVIDENCE),
        ("创城办甲", False, {"about_tasks": True}, DocumentUse.EVIDENCE),
        ("城管局责任人", False, {}, DocumentUse.EVIDENCE),
        ("城管局责任人", True, {}, DocumentUse.EVIDENCE),
    ],
)
async def test_what_a_document_is_for(
    desk: ImportDesk, who: str, draft: bool, about: dict[str, Any], expected: DocumentUse
) -> None:
    circumstances = {"about_tasks": False, "of_album": False, "picture": False, **about}
    async with desk.database.transaction() as session:
        actor = await actor_of(session, desk.people[who])
        if draft:
            await open_draft(turn_for(session, actor, desk.now, chat=1), task_id=None)
        assert await import_jobs.use_of(turn_for(session, actor, chat=1), **circumstances) is expected
