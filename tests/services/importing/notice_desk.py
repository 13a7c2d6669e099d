"""An imported breakdown that the office changes, and what an import promises to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from models.delivery.messages import Outbox
from models.importing import JobState
from models.people import Contact, all_units
from models.people.absences import Absence
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services.delivery import rendering
from services.views import View
from tests.services.importing.builders import sheet
from tests.services.importing.importing_desk import ImportDesk, many
from tests.support.people import Roster
from tests.support.turns import tick_for

DAY = timedelta(days=1)
ME, POLICE = "城管局责任人", "公安局责任人"


THREE = many(3)


async def with_three_tasks(desk: ImportDesk) -> ImportDesk:
    """The office a day after it has imported a breakdown: 城管局责任人 has three tasks, 公安局 assists."""
    await (await desk.set_up()).import_(sheet(*THREE))
    desk.now += DAY
    return desk


def three(**changes: Any) -> Sequence[dict[str, Any]]:
    """The three tasks, of which the first is changed."""
    return [{**THREE[0], **changes}, *THREE[1:]]


async def add(desk: ImportDesk, unit: str, name: str, *roles: Role, enrolled: bool = True) -> Contact:
    async with desk.database.transaction() as session:
        (home,) = [one for one in await all_units(session) if one.name == unit]
        roster = Roster(session, desk.now, desk.campaign)
        desk.people[name] = await roster.contact(home, name, *roles, enrolled=enrolled)
    return desk.people[name]


async def away(desk: ImportDesk, name: str, deputy: str) -> None:
    """The person is on leave today; the deputy has their duties."""
    theirs, day = desk.people[name].id or 0, desk.campaign.today(desk.now)
    stands_in = desk.people[deputy].id or 0
    async with desk.database.transaction() as session:
        session.add(
            Absence(
                contact_id=theirs,
                deputy_id=stands_in,
                first=day,
                last=day + DAY,
                made_by=theirs,
                made_at=desk.now,
            )
        )


async def promised(desk: ImportDesk) -> dict[str, tuple[MessageKind, View]]:
    """What is promised at the present moment, by name; each person has one message."""
    async with desk.database.reading() as session:
        names = {contact.id: contact.name for contact in await session.exec(select(Contact))}
        rows = await session.exec(
            select(Outbox).where(Outbox.created_at == desk.now).order_by(col(Outbox.id))
        )
        found = [(names[row.contact_id], (row.kind, View.from_json(row.content))) for row in rows]
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


async def told(desk: ImportDesk, *rows: Mapping[str, Any]) -> dict[str, str]:
    """Import these rows, if they change anything; returns what each person reads."""
    job_id = await desk.send_tasks(*rows)
    await desk.work()
    if (await desk.job(job_id)).state is JobState.PREVIEW:
        await desk.confirm(job_id)
        await desk.work()
    assert (await desk.job(job_id)).state is JobState.DONE
    return {name: view.plain("zh") for name, (_, view) in (await promised(desk)).items()}


async def readable(desk: ImportDesk) -> None:
    """All that is promised at the present moment goes out: its reader may look into what it is about."""
    async with desk.database.reading() as session:
        rows = (await session.exec(select(Outbox).where(Outbox.created_at == desk.now))).all()
        assert rows
        for row in rows:
            assert await rendering.render(tick_for(session, desk.now, desk.campaign), row) is not None
