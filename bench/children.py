"""How long a parent's card, the list of its 500 children and the preview of 200 units take: median and p95.

Each answer is made as the chat makes it, in its own session. ``children.py [DATABASE_URL ...]`` takes empty
databases; by default it uses SQLite in a temporary folder and a PostgreSQL on the tests' own server. It exits
with 1 if a 95th percentile is over the limit.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.cases import measure, run  # noqa: E402  # the path comes first
from models.db import Database, Session, ident  # noqa: E402
from models.progress import Figure, FigureMode, ProgressReport, ReportKind  # noqa: E402
from models.progress.metric_sums import MetricSum  # noqa: E402
from models.tasks import Metric, Task, TaskAssistingUnit  # noqa: E402
from models.upgrade import upgrade  # noqa: E402
from rules.people.roles import Role, Tier  # noqa: E402
from rules.progress.counted_periods import ALL_TIME, Span  # noqa: E402
from rules.tasks.breakdown import ChildPart  # noqa: E402
from rules.tasks.task_lifecycle import TaskState  # noqa: E402
from services.access import Actor  # noqa: E402
from services.breakdown import unit_choice  # noqa: E402
from services.campaign import Campaign  # noqa: E402
from services.tasks import children_card, task_card  # noqa: E402
from tests.conftest import NOW  # noqa: E402
from tests.support.people import Roster  # noqa: E402
from tests.support.plans import analyse  # noqa: E402
from tests.support.turns import turn_for  # noqa: E402

CHILDREN, UNITS, OTHERS, REPORTS = 500, 200, 20_000, 4
CAMPAIGN: Final = Campaign()
OBJECTIVE: Final = "完善城乡垃圾集中清运长效机制"
Ask = Callable[[Session], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Family:
    """The person who broke the task down, that task, and one that could be broken down among 200 units."""

    person: Actor
    parent: int
    whole: int


async def prepare(database: Database) -> Family:
    await upgrade(database)
    async with database.transaction() as session:
        roster = Roster(session, NOW, CAMPAIGN)
        bureau = await roster.unit("农业农村局")
        person = await roster.actor(bureau, "科长", Role.RESPONSIBLE_PERSON)
        parent = await roster.task(bureau, OBJECTIVE, None, person.contact)
        whole = await roster.task(bureau, "整治农村人居环境", None, person.contact)
        parent.own_reports = False
        for number in range(CHILDREN):
            unit = await roster.unit(f"第{number}村", Tier.VILLAGE)
            contact = await roster.contact(unit, f"第{number}村联络员", Role.LIAISON)
            child = await roster.task(unit, OBJECTIVE, None, contact)
            child.parent_id = parent.id
            child.state = list(TaskState)[number % 6]
            if number < UNITS:
                session.add(TaskAssistingUnit(task_id=ident(whole), unit_id=ident(unit)))
            await _report(session, child, ident(contact), number)
        for number in range(OTHERS):
            task = {"identity": f"other-{number}", "action": "其他", "standard": "达标", "created_at": NOW}
            task |= {"assigned_at": NOW, "updated_at": NOW, "nagged_until": NOW, "responsible_person": "某某"}
            due = (NOW + timedelta(days=number % 60)).date()
            session.add(Task(**task, objective=f"第{number}项", deadline=due, lead_unit_id=ident(bureau)))
        await session.flush()
    await analyse(database)
    return Family(person, ident(parent), ident(whole))


async def _report(session: Session, child: Task, contact_id: int, number: int) -> None:
    metric = Metric(task_id=ident(child), item="清运垃圾", unit="车")
    session.add(metric)
    await session.flush()
    for n in range(REPORTS):
        report = ProgressReport(
            receipt_no=f"{number:04}-{n}",
            kind=ReportKind.PROGRESS,
            task_id=child.id,
            unit_id=child.lead_unit_id,
            contact_id=contact_id,
            text="今天清运垃圾12车",
            reported_at=NOW - timedelta(days=n),
            counted_at=NOW - timedelta(days=n),
        )
        session.add(report)
        await session.flush()
        said = {"report_id": ident(report), "metric_id": ident(metric), "filed_under": ident(metric)}
        amounts = {"mode": FigureMode.INCREMENT, "stated": Decimal(12), "added": Decimal(12)}
        session.add(figure := Figure(**said, **amounts, approx=False))
        await session.flush()
    kept = {"span": Span.ALL, "first_day": ALL_TIME, "amount": Decimal(12 * REPORTS), "figures": REPORTS}
    about = {"metric_id": ident(metric), "unit_id": child.lead_unit_id, "first_figure": ident(figure)}
    session.add(MetricSum(**about, **kept, approximate=0))


def questions(family: Family) -> dict[str, Ask]:
    async def card(session: Session) -> object:
        return await task_card.card(turn_for(session, family.person, NOW, CAMPAIGN), family.parent)

    async def listed(session: Session) -> object:
        turn = turn_for(session, family.person, NOW, CAMPAIGN)
        return await children_card.list_view(turn, family.parent, ChildPart.ALL)

    async def last_page(session: Session) -> object:
        turn = turn_for(session, family.person, NOW, CAMPAIGN)
        return await children_card.list_view(turn, family.parent, ChildPart.REPORTED, offset=CHILDREN - 20)

    return {"the parent's card": card, "500 children": listed, "those who reported, last": last_page}


async def previews(database: Database, family: Family) -> tuple[float, float]:
    """The first press of 分解到下级 with 200 units; each begins anew, and is rolled back."""

    class Begun:
        def reading(self) -> object:
            return database.rehearsal()

    async def begin(session: Session) -> object:
        return await unit_choice.start(turn_for(session, family.person, NOW, CAMPAIGN), family.whole)

    return await measure(Begun(), begin)  # type: ignore[arg-type]  # it only opens sessions


async def bench(url: str) -> dict[str, tuple[float, float]]:
    database = Database(url)
    try:
        family = await prepare(database)
        found = {name: await measure(database, ask) for name, ask in questions(family).items()}
        return found | {"the preview of 200 units": await previews(database, family)}
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(run(bench))
