"""回执表: who answered a notice and how, as a sheet, in the order of the roster."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from locales import Text, plain
from models import people
from models.db import row_of
from models.notices import NoticeParty
from models.people import Contact
from reports.formats import stamp
from rules.notices.receipt_kinds import NoticeAsk, ReceiptKind
from services import exports
from services.notices import notice_following
from services.notices.notice_following import NoticeStanding
from services.notices.notice_texts import name_of
from services.turn import Turn
from services.views import View

_WHO: Final = (("name", 14.0), ("post", 18.0), ("phone", 16.0))
_COLUMNS: Final[Mapping[NoticeAsk, Sequence[tuple[str, float]]]] = {
    NoticeAsk.READ: (("answer", 12.0), *_WHO, ("at", 18.0)),
    NoticeAsk.ATTEND: (("answer", 12.0), *_WHO, ("words", 30.0), ("at", 18.0)),
    NoticeAsk.REPLY: (("answer", 12.0), ("words", 60.0), *_WHO, ("at", 18.0)),
}
"""Behind number and unit. For a meeting they are who comes; else who has answered."""


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What the rows need. ``unreached``: the ids of the parties of which nobody has joined."""

    units: Mapping[int, str]
    persons: Mapping[int, Contact]
    unreached: Collection[int | None]
    locale: str
    zone: ZoneInfo


async def export(turn: Turn, notice_id: int) -> View:
    """回执表, for its issuer or a colleague of theirs."""
    notice = await notice_following.theirs(turn, notice_id)
    found = await notice_following.standing_of(turn, notice)
    locale = turn.actor.contact.locale or turn.campaign.locale
    columns = (("number", 6.0), ("unit", 24.0), *_COLUMNS[notice.ask])
    heads = [(plain(Text(f"notices.column.{name}"), locale), width) for name, width in columns]
    title = plain(Text("notices.sheet_title", notice=name_of(notice), day=turn.today.isoformat()), locale)
    facts = await _facts(turn, found, locale)
    rows = partial(_rows, found, facts, [name for name, _ in columns])
    return View([Text("notices.sheet_follows")], files=[exports.as_document(title, heads, rows)])


async def _facts(turn: Turn, found: NoticeStanding, locale: str) -> SheetFacts:
    units = await people.unit_names(turn.session, {party.unit_id for party in found.parties})
    ids = {one for party in found.parties for one in (party.contact_id, party.answered_by) if one}
    persons = await people.contacts_by_id(turn.session, ids)
    unreached = {party.id for party in found.unreached}
    return SheetFacts(units, persons, unreached, locale, turn.campaign.zone)


def _rows(found: NoticeStanding, facts: SheetFacts, columns: Sequence[str]) -> list[list[str | int]]:
    rows = []
    for number, party in enumerate(found.parties, 1):
        cells: dict[str, str | int] = {"number": number, **_cells(found, party, facts)}
        rows.append([cells[name] for name in columns])
    return rows


def _cells(found: NoticeStanding, party: NoticeParty, facts: SheetFacts) -> dict[str, str]:
    """Who comes instead is named by the words of the answer; their post and telephone are not known."""
    own = row_of(facts.persons, party.contact_id)
    who = row_of(facts.persons, party.answered_by) or own
    instead = party.answer is ReceiptKind.SUBSTITUTE
    named = None if instead else who
    coming = party.answer in {ReceiptKind.ATTEND, ReceiptKind.SUBSTITUTE}
    return {
        "unit": facts.units[party.unit_id],
        "answer": plain(_answer(found, party, facts), facts.locale),
        "name": party.words if instead else "" if who is None else who.name,
        "post": (named and named.post) or "",
        "phone": (named and named.phone) or "",
        "words": "" if coming else party.words,
        "at": "" if party.answered_at is None else stamp(party.answered_at, facts.zone),
    }


def _answer(found: NoticeStanding, party: NoticeParty, facts: SheetFacts) -> Text:
    if party.answer is not None:
        return Text(f"notices.answer.{party.answer.value}")
    return Text("notices.not_joined") if party.id in facts.unreached else found.unanswered(party)
