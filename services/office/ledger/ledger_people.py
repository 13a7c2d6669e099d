"""The sheets of nags, of people, and of the activity log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Final

import sqlalchemy as sa

from locales import Text
from models import activities
from models.db import Session
from models.nags import BELOW, NagState
from models.office import ledger_rows
from reports.ledger_book import LedgerBook, LedgerCell, LedgerSheet
from services.activities import activity_texts
from services.nags import nag_reasons
from services.office.ledger.ledger_pen import LedgerPen, filled

NAG: Final = (
    *(("created_at", 17.0), ("settled_at", 17.0), ("kind", 18.0), ("about", 36.0), ("level", 14.0)),
    *(("who", 26.0), ("instead_of", 14.0), ("state", 14.0), ("became", 14.0)),
)
PERSON: Final = (
    *(("unit", 18.0), ("name", 14.0), ("post", 18.0), ("section", 16.0), ("roles", 24.0)),
    *(("phone", 16.0), ("state", 12.0), ("enrolled_at", 17.0)),
)
ACTIVITY: Final = (
    *(("number", 18.0), ("day", 12.0), ("kind", 8.0), ("unit", 16.0), ("title", 40.0), ("text", 50.0)),
    *(("numbers", 36.0), ("recorded_by", 22.0), ("recorded_at", 17.0), ("revision", 8.0), ("withdrawn", 8.0)),
)
_AT_ONCE: Final = 500


async def write_nags(
    session: Session, pen: LedgerPen, book: LedgerBook, since: datetime | None, until: datetime
) -> LedgerSheet:
    columns = ((Text(f"ledger.nag.{name}"), width) for name, width in NAG)
    sheet = pen.sheet(book, "ledger.sheet.nags", columns)
    return await filled(sheet, ledger_rows.nags(session, since, until), partial(_nag, pen))


def _nag(pen: LedgerPen, row: sa.RowMapping) -> Sequence[LedgerCell]:
    about = pen.task(row["subject_id"]) if row["subject"] in {"task", BELOW} else ""
    level = "" if row["level"] is None else pen.say(f"ladder.level.{row['level'].value}")
    told = row["state"] is NagState.TOLD and row["became"] is not None
    return [
        *(row["created_at"], row["settled_at"], pen.shown(nag_reasons.kind_text(row["kind"])), about, level),
        *(pen.who(row["contact_id"]), row["instead_of"] or ""),
        pen.say(f"ledger.nag_state.{row['state'].value}"),
        pen.say(f"nags.record.delivery.{row['became'].value}") if told else "",
    ]


async def write_people(session: Session, pen: LedgerPen, book: LedgerBook) -> LedgerSheet:
    columns = ((Text(f"ledger.person.{name}"), width) for name, width in PERSON)
    sheet = pen.sheet(book, "ledger.sheet.people", columns)
    return await filled(sheet, ledger_rows.people(session), partial(_person, pen))


def _person(pen: LedgerPen, row: sa.RowMapping) -> Sequence[LedgerCell]:
    return [
        *(pen.unit(row["unit_id"]), row["name"], row["post"] or "", row["section"] or ""),
        *(pen.roles.get(row["id"], ""), row["phone"] or ""),
        *(pen.say(f"people.state.{row['state'].value}"), row["enrolled_at"]),
    ]


async def write_log(
    session: Session, pen: LedgerPen, book: LedgerBook, first: date | None, last: date | None
) -> LedgerSheet:
    columns = ((Text(f"ledger.activity.{name}"), width) for name, width in ACTIVITY)
    sheet = pen.sheet(book, "ledger.sheet.log", columns)
    some: list[sa.RowMapping] = []
    async for row in ledger_rows.activities(session, first, last):
        some.append(row)
        if len(some) == _AT_ONCE:
            await _add_entries(session, pen, sheet, some)
            some = []
    await _add_entries(session, pen, sheet, some)
    sheet.end()
    return sheet


async def _add_entries(
    session: Session, pen: LedgerPen, sheet: LedgerSheet, rows: Sequence[sa.RowMapping]
) -> None:
    figures = await activities.figures_of(session, [row["id"] for row in rows])
    for row in rows:
        numbers = pen.say("ledger.listed", words=activity_texts.figure_texts(figures[row["id"]]))
        sheet.add(
            [
                *(row["number"], row["day"], pen.shown(activity_texts.kind_text(row["kind"]))),
                *(pen.unit(row["unit_id"]), row["title"], row["text"], numbers),
                *(pen.who(row["recorded_by"]), row["recorded_at"], row["revision"]),
                pen.mark(row["withdrawn"]),
            ]
        )
    session.expunge_all()
