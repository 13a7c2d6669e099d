"""The office sends files and decides about them; the worker's turns happen here, without a process."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from sqlmodel import col, select

from bot.commands.job_worker import JobWork
from locales import plain
from models.db import Database
from models.delivery.messages import Outbox
from models.importing import Job, content_of, next_open
from models.people import Contact, ContactState
from models.people.aliases import UnitAlias
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role, Tier
from services.access import actor_of
from services.campaign import Campaign
from services.importing.jobs import import_jobs, job_answers, job_claims, job_view
from services.importing.jobs.import_jobs import SentFile
from services.views import View
from tests.services.importing.builders import sheet, task
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

_files = count(1)


@dataclass
class ImportDesk:
    """An office with two members, 创城办甲 and 创城办乙; 城管局 has a reachable 责任人 and a 分管领导."""

    database: Database
    campaign: Campaign
    now: datetime
    people: dict[str, Contact] = field(default_factory=dict)

    async def set_up(self) -> ImportDesk:
        async with self.database.transaction() as session:
            roster = Roster(session, self.now, self.campaign)
            office, bureau = await roster.unit("创城办"), await roster.unit("城管局")
            police = await roster.unit("公安局")
            await roster.unit("东风街道", Tier.STREET)
            for unit, name, role in (
                (office, "创城办甲", Role.OFFICE),
                (office, "创城办乙", Role.OFFICE),
                (bureau, "城管局责任人", Role.RESPONSIBLE_PERSON),
                (bureau, "城管局分管领导", Role.LEADER_IN_CHARGE),
                (police, "公安局责任人", Role.RESPONSIBLE_PERSON),
            ):
                self.people[name] = await roster.contact(unit, name, role)
        return self

    async def send(self, data: bytes, name: str = "任务分解表.xlsx", who: str = "创城办甲") -> int:
        """Send a file and download it; return the job's id."""
        contact = self.people[who]
        async with self.database.transaction() as session:
            actor = await actor_of(session, contact)
            file = SentFile(f"file-{next(_files)}", name, len(data) or None)
            await import_jobs.receive(
                turn_for(session, actor, self.now, chat=contact.telegram_user_id or 0), file
            )
            (job,) = (await session.exec(select(Job).where(Job.telegram_file_id == file.file_id))).all()
            turn = await job_claims.take(session, job)
            assert turn is not None
            await job_claims.keep_source(session, turn, job, data, now=self.now)
        return job.id or 0

    async def send_tasks(self, *rows: Mapping[str, Any]) -> int:
        return await self.send(sheet(*rows))

    async def take(self) -> job_claims.JobClaim:
        """Take the next worker's turn at the one open job."""
        async with self.database.transaction() as session:
            job = await next_open(session, [])
            assert job is not None
            turn = await job_claims.take(session, job)
        assert turn is not None
        return turn

    async def do(self, turn: job_claims.JobClaim, *, pause: float = 0) -> None:
        work = JobWork(self.database, self.campaign, self.now, pause=pause)
        await work.do(turn.job_id, turn.worker)

    async def work(self) -> None:
        await self.do(await self.take())

    async def confirm(self, job_id: int, who: str = "创城办甲") -> str:
        async with self.database.transaction() as session:
            actor = await actor_of(session, self.people[who])
            return (await import_jobs.confirm(turn_for(session, actor, self.now), job_id)).key

    async def read(self, data: bytes, name: str = "任务分解表.xlsx") -> int:
        """Send a file and have it read."""
        job_id = await self.send(data, name)
        await self.work()
        return job_id

    async def aliases(self) -> list[UnitAlias]:
        async with self.database.reading() as session:
            return list(await session.exec(select(UnitAlias)))

    async def answer(self, job_id: int, label: str, who: str = "创城办甲") -> str:
        """Press the answer with that label; the line that the press is answered with."""
        buttons = [one for row in (await self.view(job_id)).rows for one in row if one.action == "job.answer"]
        (pressed,) = (one for one in buttons if plain(one.label) == label)
        async with self.database.transaction() as session:
            actor = await actor_of(session, self.people[who])
            said = await job_answers.answer(turn_for(session, actor, self.now), **pressed.arguments)
        return plain(said)

    async def import_(self, data: bytes, name: str = "任务分解表.xlsx") -> int:
        """Send, read, confirm, write."""
        job_id = await self.send(data, name)
        await self.work()
        assert await self.confirm(job_id) == "jobs.state.confirmed"
        await self.work()
        return job_id

    async def job(self, job_id: int) -> Job:
        async with self.database.reading() as session:
            job = await session.get(Job, job_id)
        assert job is not None
        return job

    async def view(self, job_id: int) -> View:
        async with self.database.reading() as session:
            shown = await job_view.render(tick_for(session, self.now, self.campaign), job_id)
        assert shown is not None
        return shown[0]

    async def text(self, job_id: int, locale: str = "zh") -> str:
        return (await self.view(job_id)).plain(locale)

    async def labels(self, job_id: int) -> list[str]:
        return [plain(button.label) for row in (await self.view(job_id)).rows for button in row]

    async def tasks(self) -> list[Task]:
        async with self.database.reading() as session:
            return list(await session.exec(select(Task).order_by(col(Task.id))))

    async def promised(self, kind: MessageKind) -> list[Outbox]:
        async with self.database.reading() as session:
            query = select(Outbox).where(Outbox.kind == kind).order_by(col(Outbox.id))
            return list(await session.exec(query))

    async def promised_notices(self) -> int:
        return len(await self.promised(MessageKind.NOTICE))

    async def returned(self) -> bytes:
        """The one sheet with refused rows."""
        (row,) = await self.promised(MessageKind.NOTICE)
        (file,) = View.from_json(row.content).files
        async with self.database.reading() as session:
            content = await content_of(session, file.stored_id or 0)
        assert content is not None
        return content

    async def leave(self, name: str) -> None:
        async with self.database.transaction() as session:
            contact = await session.get(Contact, self.people[name].id)
            assert contact is not None
            contact.state, contact.telegram_user_id = ContactState.LEFT, None
            session.add(contact)


def many(count: int, **changes: Any) -> Sequence[dict[str, Any]]:
    """``count`` tasks, each with its own text."""
    return [task(目标任务=f"整治第{number}片区", **changes) for number in range(1, count + 1)]


class KilledError(Exception):
    """Stands for ``kill -9``: what is committed stays, the rest is gone."""


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """The worker dies inside transaction number ``step``, with all of it written and nothing committed."""
    inner, left = job_claims.do_step, [step]

    async def do_step(*arguments: Any, **options: Any) -> Any:
        written = await inner(*arguments, **options)
        left[0] -= 1
        if left[0] == 0:
            raise KilledError
        return written

    monkeypatch.setattr(job_claims, "do_step", do_step)


async def killed(work: Awaitable[None]) -> None:
    with pytest.raises(KilledError):
        await work
