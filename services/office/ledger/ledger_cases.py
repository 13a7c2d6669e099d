"""The sheets of cases, of their steps and of their orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import sqlalchemy as sa

from locales import Text
from models.cases import Case, OrderCase, SupervisionOrder, case_lists
from models.db import Session, row_of
from models.office import ledger_rows
from reports.ledger_book import Hours, LampCell, LedgerBook, LedgerCell, LedgerSheet
from rules.cases.case_facts import AppealState, Colour
from rules.tasks.lamps import Lamp
from services.cases import case_wording
from services.office.ledger.ledger_pen import LedgerPen, filled

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
_LAMPS: Final = {Colour.YELLOW: Lamp.YELLOW, Colour.RED: Lamp.RED}


async def write_cases(session: Session, pen: LedgerPen, book: LedgerBook) -> LedgerSheet:
    orders = await case_lists.all_orders(session)
    columns = ((Text(f"caselist.column.{name}"), width) for name, width in COLUMNS)
    sheet = pen.sheet(book, "ledger.sheet.cases", columns)
    return await filled(sheet, ledger_rows.cases(session), partial(_case, pen, orders))


def _case(pen: LedgerPen, orders: Mapping[int, SupervisionOrder], case: Case) -> Sequence[LedgerCell]:
    order = row_of(orders, case.order_id)
    spot = "" if case.latitude is None else f"{case.latitude:.6f}, {case.longitude:.6f}"
    colour = pen.shown(case_wording.colour_text(case.colour, pen.campaign))
    return [
        *(case.number, case.category, case.place or "", spot, case.text),
        *(pen.who(case.reporter_id), pen.mark(case.hidden)),
        pen.say(f"cases.state.{case.state.value}"),
        *(pen.unit(case.unit_id), order.number if order else ""),
        (order.leader_in_charge if order else None) or "",
        *(pen.who(case.responsible_id), case.standard, case.indicator or ""),
        *(case.reported_at, case.registered_at, case.dispatched_at, case.sign_by),
        *(case.acknowledged_at, case.limit_at, case.fed_back_at, case.closed_at),
        *(_hours(case.worked), case.extensions, case.reworks, case.suspended_until),
        LampCell(colour, _LAMPS[case.colour]) if case.colour in _LAMPS else colour,
        pen.mark(case.facts.late or case.facts.overdue(pen.now)),
        pen.mark(case.appeal is AppealState.GRANTED),
    ]


async def write_steps(session: Session, pen: LedgerPen, book: LedgerBook) -> LedgerSheet:
    columns = ((Text(f"caselist.step_column.{name}"), width) for name, width in STEP_COLUMNS)
    sheet = pen.sheet(book, "ledger.sheet.steps", columns)
    return await filled(sheet, ledger_rows.steps(session), partial(_step, pen))


def _step(pen: LedgerPen, row: sa.RowMapping) -> Sequence[LedgerCell]:
    return [
        *(row["case_number"], row["number"], pen.say(f"cases.event.{row['event'].value}"), row["at"]),
        *(pen.who(row["actor_id"]) or pen.say("common.program"), pen.unit(row["unit_id"])),
        row["reason"] or "",
    ]


async def write_orders(session: Session, pen: LedgerPen, book: LedgerBook) -> LedgerSheet:
    columns = ((Text(f"caselist.order_column.{name}"), width) for name, width in ORDER_COLUMNS)
    sheet = pen.sheet(book, "ledger.sheet.orders", columns)
    return await filled(sheet, ledger_rows.order_cases(session), partial(_order, pen))


def _order(pen: LedgerPen, row: tuple[OrderCase, str, str | None]) -> Sequence[LedgerCell]:
    order, case_number, paper = row
    facts = order.facts
    return [
        *(case_number, order.number, paper or "", pen.unit(order.unit_id)),
        *(order.dispatched_at, order.sign_by, order.acknowledged_at),
        *(order.limit_at, order.fed_back_at, order.ended_at),
        pen.say(f"caselist.outcome.{order.outcome.value}"),
        *(_hours(order.worked), order.extensions, order.reworks),
        *(pen.mark(facts.late or facts.overdue(pen.now)), pen.mark(order.exempt)),
        pen.mark(facts.counts),
    ]


def _hours(minutes: int) -> Hours | None:
    return Hours(minutes) if minutes else None
