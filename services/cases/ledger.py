"""The ledger of all cases as a workbook: a row for each case, on further sheets all their steps and orders.

The worker makes it (``services.importing.jobs.import_jobs``), because thousands of cases take seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from locales import Text, plain
from models import importing
from models.cases import Case, OrderCase, SupervisionOrder, case_lists, case_orders
from models.cases.case_lists import LedgerStep
from models.db import Session, row_of
from models.importing import Job, JobKind, JobState
from reports.formats import stamp
from reports.sheet_tables import SheetTable
from rules.cases.case_facts import AppealState
from services import audit
from services.access import require_office
from services.campaign import Campaign
from services.cases import case_wording
from services.directory_names import DirectoryNames
from services.errors import DomainError
from services.turn import TickTurn, Turn
from services.views import FileSpec, View

COLUMNS: Final = (
    *(("number", 16.0), ("category", 22.0), ("place", 26.0), ("coordinates", 20.0), ("text", 40.0)),
    *(("reporter", 24.0), ("hidden", 8.0), ("state", 12.0), ("unit", 20.0), ("order", 26.0)),
    *(("leader_in_charge", 16.0), ("responsible", 24.0), ("standard", 40.0), ("indicator", 20.0)),
    *(("reported_at", 18.0), ("registered_at", 18.0), ("dispatched_at", 18.0), ("sign_by", 18.0)),
    *(("acknowledged_at", 18.0), ("limit_at", 18.0), ("fed_back_at", 18.0), ("closed_at", 18.0)),
    *(("worked_hours", 12.0), ("extensions", 8.0), ("reworks", 8.0), ("suspended_until", 18.0)),
    *(("colour", 8.0), ("late", 8.0), ("exempt", 8.0)),
)
STEP_COLUMNS: Final = (
    *(("number", 16.0), ("step", 6.0), ("event", 22.0), ("at", 18.0), ("who", 26.0)),
    *(("to_unit", 20.0), ("reason", 40.0)),
)
ORDER_COLUMNS: Final = (
    *(("number", 16.0), ("time", 6.0), ("paper", 26.0), ("unit", 20.0), ("dispatched_at", 18.0)),
    *(("sign_by", 18.0), ("acknowledged_at", 18.0), ("limit_at", 18.0), ("fed_back_at", 18.0)),
    *(("ended_at", 18.0), ("outcome", 12.0), ("worked_hours", 12.0), ("extensions", 8.0), ("reworks", 8.0)),
    *(("late", 8.0), ("exempt", 8.0), ("counts", 12.0)),
)


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """A finished workbook. ``count``: how many cases it lists."""

    name: str
    content: bytes
    count: int


async def order(turn: Turn) -> None:
    """Order the ledger. A second order meanwhile makes no second ledger.

    ``DomainError``: the actor is not of the office, or their ledger is on its way already.
    """
    require_office(turn.actor)
    if await importing.open_export(turn.session, JobKind.EXPORT_CASES, turn.actor.id) is not None:
        raise DomainError("caselist.ledger_on_its_way")
    locale = turn.actor.contact.locale or turn.campaign.locale
    title = plain(Text("caselist.ledger_file", day=turn.today.isoformat()), locale)
    job = Job(
        kind=JobKind.EXPORT_CASES,
        state=JobState.CONFIRMED,
        contact_id=turn.actor.id,
        chat_id=turn.chat,
        telegram_file_id="",
        file_name=title,
        confirmed_by=turn.actor.id,
        confirmed_at=turn.now,
        created_at=turn.now,
        updated_at=turn.now,
    )
    turn.session.add(job)
    await turn.session.flush()
    audit.note(turn, "export", ("job", job.id), after={"state": job.state.value, "file": title})


async def build(turn: TickTurn, title: str, locale: str) -> LedgerFile:
    """The workbook of all cases, as they stand in the session's snapshot."""
    # Imported here: the running program, which takes the order, makes no sheet.
    from reports.sheets import workbook

    found = await case_lists.all_cases(turn.session)
    steps = await case_lists.all_steps(turn.session)
    orders = await case_orders.all_orders_of_cases(turn.session)
    pen = _Pen(
        locale,
        turn.now,
        turn.campaign,
        await DirectoryNames.load(turn.session),
        await case_lists.all_orders(turn.session),
    )
    numbers = {case.id: case.number for case in found}
    tables = [
        SheetTable(
            pen.say("caselist.ledger_cases"),
            [(pen.say(f"caselist.column.{name}"), width) for name, width in COLUMNS],
            (pen.case_row(case) for case in found),
        ),
        SheetTable(
            pen.say("caselist.ledger_steps"),
            [(pen.say(f"caselist.step_column.{name}"), width) for name, width in STEP_COLUMNS],
            _step_rows(pen, steps, numbers),
        ),
        SheetTable(
            pen.say("caselist.ledger_orders"),
            [(pen.say(f"caselist.order_column.{name}"), width) for name, width in ORDER_COLUMNS],
            (pen.order_row(numbers[order.case_id], order) for order in orders),
        ),
    ]
    return LedgerFile(f"{title}.xlsx", workbook(tables), len(found))


async def deliver_ledger(session: Session, made: LedgerFile, *, now: datetime) -> View:
    """Store the workbook, and return the message that brings it to its reader."""
    stored_id = await importing.store(session, made.name, made.content, now)
    file = FileSpec("document", stored_id=stored_id, name=made.name)
    return View([Text("caselist.ledger_made", count=made.count)], files=[file])


def _step_rows(
    pen: _Pen, steps: list[LedgerStep], numbers: Mapping[int | None, str]
) -> Iterator[list[str | int]]:
    for step in steps:
        yield pen.step_row(numbers[step.case_id], step)


@dataclass(frozen=True, slots=True)
class _Pen:
    """Writes rows in one language. The reader is of the office, so it hides no name."""

    locale: str
    now: datetime
    campaign: Campaign
    names: DirectoryNames
    orders: Mapping[int, SupervisionOrder]

    def say(self, key: str) -> str:
        return plain(Text(key), self.locale)

    def case_row(self, case: Case) -> list[str | int]:
        order = row_of(self.orders, case.order_id)
        spot = "" if case.latitude is None else f"{case.latitude:.6f}, {case.longitude:.6f}"
        moments = (
            *(case.reported_at, case.registered_at, case.dispatched_at, case.sign_by),
            *(case.acknowledged_at, case.limit_at, case.fed_back_at, case.closed_at),
        )
        return [
            *(case.number, case.category, case.place or "", spot, case.text),
            *(self._who(case.reporter_id), self._mark(case.hidden)),
            self.say(f"cases.state.{case.state.value}"),
            *(self._unit(case.unit_id), order.number if order else ""),
            (order.leader_in_charge if order else None) or "",
            *(self._who(case.responsible_id), case.standard, case.indicator or ""),
            *map(self._at, moments),
            self._hours(case.worked),
            *(case.extensions, case.reworks, self._at(case.suspended_until)),
            plain(case_wording.colour_text(case.colour, self.campaign), self.locale),
            self._mark(case.facts.late or case.facts.overdue(self.now)),
            self._mark(case.appeal is AppealState.GRANTED),
        ]

    def step_row(self, number: str, step: LedgerStep) -> list[str | int]:
        return [
            *(number, step.number, self.say(f"cases.event.{step.event.value}"), self._at(step.at)),
            *(self._who(step.actor_id) or self.say("common.program"), self._unit(step.unit_id)),
            step.reason or "",
        ]

    def order_row(self, number: str, order: OrderCase) -> list[str | int]:
        paper, facts = row_of(self.orders, order.order_id), order.facts
        return [
            *(number, order.number, paper.number if paper else "", self._unit(order.unit_id)),
            *(self._at(order.dispatched_at), self._at(order.sign_by), self._at(order.acknowledged_at)),
            *(self._at(order.limit_at), self._at(order.fed_back_at), self._at(order.ended_at)),
            self.say(f"caselist.outcome.{order.outcome.value}"),
            *(self._hours(order.worked), order.extensions, order.reworks),
            *(self._mark(facts.late or facts.overdue(self.now)), self._mark(order.exempt)),
            self._mark(facts.counts),
        ]

    def _hours(self, minutes: int) -> str:
        return f"{minutes / 60:.2f}" if minutes else ""

    def _at(self, moment: datetime | None) -> str:
        return "" if moment is None else stamp(moment, self.campaign.zone)

    def _mark(self, so: bool) -> str:
        return self.say("caselist.yes") if so else ""

    def _unit(self, unit_id: int | None) -> str:
        return "" if unit_id is None else self.names.units[unit_id]

    def _who(self, contact_id: int | None) -> str:
        return "" if contact_id is None else plain(self.names.who(contact_id), self.locale)
