"""Queries of jobs: the next one, the worker that may write to it, and the files to keep."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from models import importing
from models.db import Session
from models.importing import Job, JobKind, JobState, StoredFile
from models.people import Contact
from tests.support.people import Roster
from tests.support.rows import Rows, id_of, ids_of

DAY = timedelta(days=1)
TO_DO = {JobState.WAITING, JobState.CONFIRMED}
OVER = {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


@pytest.fixture
async def person(roster: Roster) -> Contact:
    return await roster.contact(await roster.unit("创城办"), "张三")


@pytest.mark.parametrize("state", JobState)
async def test_what_a_job_in_each_state_is_open_for(
    session: Session, rows: Rows, person: Contact, state: JobState
) -> None:
    job = await rows.job(person, state=state, kind=JobKind.LEDGER, telegram_file_id="f")
    to_do = job if state in TO_DO else None
    assert await importing.next_open(session, []) == to_do
    assert await importing.open_exports(session, JobKind.LEDGER, id_of(person)) == [
        one for one in [to_do] if one
    ]
    assert await importing.open_with_file(session, 1, "f") == (None if state in OVER else job)


async def test_the_oldest_that_does_not_rest_comes_next(
    session: Session, rows: Rows, person: Contact
) -> None:
    done, first, second = [
        await rows.job(person, state=state) for state in (JobState.DONE, JobState.CONFIRMED, JobState.WAITING)
    ]
    assert done.id == 1
    assert await importing.next_open(session, []) == first
    assert await importing.next_open(session, [id_of(first)]) == second
    assert await importing.next_open(session, ids_of(first, second)) is None


async def test_each_line_has_its_own_next_job(session: Session, rows: Rows, person: Contact) -> None:
    """A job of either line is nobody else's, and each kind is in one of them."""
    first = await rows.job(person, kind=JobKind.IMPORT_TASKS, state=JobState.CONFIRMED)
    export = await rows.job(person, kind=JobKind.LEDGER, state=JobState.CONFIRMED)
    assert await importing.next_open(session, [], importing.IMPORTS) == first
    assert await importing.next_open(session, [], importing.EXPORTS) == export
    assert frozenset(JobKind) == importing.IMPORTS | importing.EXPORTS
    assert importing.IMPORTS.isdisjoint(importing.EXPORTS)


async def test_the_same_file_in_the_same_chat(session: Session, rows: Rows, person: Contact) -> None:
    await rows.job(person, telegram_file_id="f", state=JobState.DONE)
    job = await rows.job(person, telegram_file_id="f")
    assert await importing.open_with_file(session, 1, "f") == job
    assert await importing.open_with_file(session, 2, "f") is None
    assert await importing.open_with_file(session, 1, "g") is None


async def test_an_export_is_of_its_kind_and_of_whoever_asked(
    session: Session, roster: Roster, rows: Rows, person: Contact
) -> None:
    other = await roster.contact(await roster.unit("城管局"), "李四")
    await rows.job(person, kind=JobKind.IMPORT)
    assert await importing.open_exports(session, JobKind.LEDGER, id_of(person)) == []
    job = await rows.job(person, kind=JobKind.LEDGER)
    assert await importing.open_exports(session, JobKind.LEDGER, id_of(person)) == [job]
    assert await importing.open_exports(session, JobKind.LEDGER, id_of(other)) == []


async def test_who_claims_a_job_takes_it_from_whoever_had_it(
    session: Session, rows: Rows, person: Contact
) -> None:
    job, other = await rows.job(person), await rows.job(person)
    assert await importing.claim(session, job)
    assert not await importing.claim(session, job)  # this row was read before the first claim
    assert await rows.column(Job.attempt) == [1, 0]
    assert await importing.claim(session, await rows.read(job))
    assert await rows.column(Job.attempt) == [2, 0]
    assert other.attempt == 0


@pytest.mark.parametrize(
    ("worker", "state", "held"),
    [(3, JobState.WAITING, True), (2, JobState.WAITING, False), (3, JobState.CONFIRMED, False)],
)
async def test_only_its_present_worker_writes_to_a_job(
    session: Session, rows: Rows, person: Contact, worker: int, state: JobState, held: bool
) -> None:
    job, _ = [await rows.job(person, attempt=3) for _ in range(2)]
    assert await importing.hold(session, id_of(job), worker, state, done=9, total=10) is held
    assert await rows.column(Job.done) == [9 if held else 0, 0]


async def test_a_job_leaves_a_state_once(session: Session, rows: Rows, person: Contact) -> None:
    job, _ = [await rows.job(person, state=JobState.PREVIEW) for _ in range(2)]
    old = JobState.PREVIEW
    assert await importing.move(session, id_of(job), old, JobState.CONFIRMED, confirmed_by=id_of(person))
    assert not await importing.move(session, id_of(job), old, JobState.CANCELLED, confirmed_by=None)
    assert await rows.column(Job.state) == [JobState.CONFIRMED, old]
    assert await rows.column(Job.confirmed_by) == [person.id, None]


async def test_previews_that_nobody_has_confirmed(
    session: Session, rows: Rows, person: Contact, now: datetime
) -> None:
    old, older = [
        await rows.job(person, state=JobState.PREVIEW, updated_at=now - days * DAY) for days in (1, 2)
    ]
    await rows.job(person, state=JobState.PREVIEW)
    await rows.job(person, state=JobState.WAITING, updated_at=now - DAY)
    assert await importing.forgotten_previews(session, now) == [old, older]


async def test_a_file_is_kept_under_the_end_of_its_name(session: Session, rows: Rows, now: datetime) -> None:
    stored = await importing.store(session, "长" * 300 + ".xlsx", b"\x00x", now)
    assert await importing.content_of(session, stored) == b"\x00x"
    assert await importing.content_of(session, stored + 1) is None
    assert await rows.column(StoredFile.name) == ["长" * 250 + ".xlsx"]


@pytest.mark.parametrize("column", ["source_id", "refused_id"])
async def test_a_file_goes_when_its_job_is_over(
    session: Session, rows: Rows, person: Contact, now: datetime, column: str
) -> None:
    kept: list[int | None] = []
    for state in JobState:
        stored = await importing.store(session, "a", b"", now - DAY)
        await rows.job(person, state=state, **{column: stored})
        kept.append(None if state in OVER else stored)
    await rows.job(person)  # an open job without files keeps no files of others
    assert await importing.delete_files(session, now) == 3
    assert await rows.column(getattr(Job, column)) == [*kept, None]
    assert await rows.column(StoredFile.id) == [one for one in kept if one is not None]


async def test_new_files_stay_and_old_ones_without_a_job_go(
    session: Session, rows: Rows, now: datetime
) -> None:
    for days, name in ((1, "old"), (0, "new"), (2, "older")):
        await importing.store(session, name, b"", now - days * DAY)
    assert await importing.delete_files(session, now) == 2
    assert await rows.column(StoredFile.name) == ["new"]
    assert await importing.delete_files(session, now) == 0
