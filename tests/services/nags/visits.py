"""A third subject of the nag engine, which lives in this module alone: 走访, visits to be made until a day.

It keeps its rows in memory, and brings its kind of duty, its rungs and its texts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final, cast

from locales import CATALOGUE, Text
from models.db import RowJson, Session, ident
from models.delivery.messages import Outbox
from models.nags import SNOOZED, Nag, NagReason
from models.people import Contact
from reports.formats import day_text
from rules.nags.ladder import DueSlots, Obligation
from rules.nags.levels import Level
from rules.nags.policy import KINDS, KindOfDuty, Rung, RungMeasure
from rules.people.roles import Role
from services.nags.nag_keeper import due_by_ladder, ladder_of
from services.nags.subject import (
    DueNag,
    LinesPage,
    MessageItem,
    MessagePart,
    NagFile,
    NagReader,
    OwedPart,
    PageMaker,
    PartRank,
    PersonLines,
    Subject,
    SubjectScan,
    TurnDirectory,
)
from services.nags.subjects import SUBJECTS, register
from services.recipients import Directory, Recipient
from services.turn import TickTurn, Turn
from services.views import ButtonSpec, button

WORD: Final = "visit"
_DAY: Final = RungMeasure.WORKING_DAY
KIND: Final = KindOfDuty(
    WORD,
    ("走访", "入户走访"),
    "visits.name",
    "visits.name",
    (
        Rung(WORD, -3, _DAY, (Level.RESPONSIBLE,)),
        Rung(WORD, 1, _DAY, (Level.RESPONSIBLE,), every=1),
        Rung(WORD, 2, _DAY, (Level.LEADER_IN_CHARGE,)),
    ),
)
TEXTS: Final = {
    "visits.name": "走访",
    "visits.heading": "请您走访（{count}处）",
    "visits.line": "🚪 {place}，应于{day}前走访",
    "visits.button": "{number} 查看：{place}",
    "visits.counted": "走访 {count} 处",
    "visits.done": "已走访",
}


@dataclass
class Visit:
    """``looked``: slots up to then are done. ``next_look``: when it is looked at next."""

    id: int
    place: str
    person: Contact
    day: date
    looked: datetime
    next_look: datetime | None
    done: bool = False
    paused_until: datetime | None = None

    def owed(self, turn: TickTurn) -> Obligation:
        limit = turn.campaign.midnight(self.day + timedelta(days=1))
        return Obligation(WORD, self.day.isoformat(), limit - timedelta(days=99), limit, self.day)


@dataclass(frozen=True)
class VisitLine:
    visit_id: int
    level: Level

    @property
    def subject_id(self) -> int:
        return self.visit_id

    @property
    def urges(self) -> bool:
        return self.level is Level.RESPONSIBLE

    @property
    def own(self) -> bool:
        return self.urges

    @property
    def relayed_for(self) -> str | None:
        return None

    def to_json(self) -> dict[str, Any]:
        return {"visit_id": self.visit_id, "level": self.level.value}


def visit_page(lines: Sequence[VisitLine], visits: Mapping[int, Visit], reading: NagReader) -> LinesPage:
    items = [_item(visits[line.visit_id], reading) for line in lines]
    part = MessagePart(PartRank.OWN, Text("visits.heading", count=len(lines)), items)
    return LinesPage(WORD, lines, [part])


def _item(visit: Visit, reading: NagReader) -> MessageItem:
    def buttons(number: int) -> list[ButtonSpec]:
        label = Text("visits.button", number=number, place=visit.place)
        return [button(label, "nags.records", reading.reader_id, subject=WORD, subject_id=visit.id)]

    line = Text("visits.line", place=visit.place, day=day_text(visit.day))
    return MessageItem((WORD, visit.id), line, buttons)


@dataclass(frozen=True)
class VisitStanding:
    visits: Mapping[int, Visit]
    directory: Directory

    async def readers(self, subject_id: int, level: Level) -> Sequence[Recipient]:
        person, directory = self.visits[subject_id].person, self.directory
        chosen = {
            Level.RESPONSIBLE: [person],
            Level.LEADER_IN_CHARGE: directory.holders(Role.LEADER_IN_CHARGE, person.unit_id),
        }
        return [Recipient(one) for one in directory.heard(chosen.get(level, []))]

    async def weigh(self, rows: Sequence[Nag], reader: Contact) -> PersonLines[VisitLine]:
        found = PersonLines[VisitLine]()
        for row in rows:
            if row.level is None or self.visits[row.subject_id].done:
                found.moot.append((row, NagReason.DONE))
            elif reader.id not in {one.contact_id for one in await self.readers(row.subject_id, row.level)}:
                found.moot.append((row, NagReason.MOVED))
            else:
                found.told.append(row)
                line = VisitLine(row.subject_id, row.level)
                found.lines += [line] if line not in found.lines else []
        return found

    async def again(self, row: Nag, due_at: datetime) -> DueNag | None:
        if row.level is None:
            return None
        about = (WORD, row.subject_id, row.kind, row.cycle, row.slot, row.rung)
        return DueNag(*about, due_at, [row.level])

    async def comes_again(self, row: Nag) -> bool:
        return row.level is Level.RESPONSIBLE

    async def page(self, lines: Sequence[VisitLine], reader: Contact) -> PageMaker:
        return partial(visit_page, lines, self.visits)

    async def done(self, row: Outbox, reader: Contact) -> Mapping[tuple[int, str], Text]:
        ids = [one["visit_id"] for one in row.content["visits"]]
        return {(each, ""): Text("visits.done") for each in ids if self.visits[each].done}

    def name(self, subject_id: int) -> str:
        return self.visits[subject_id].place

    def brief(self, subject_id: int) -> Text:
        return Text("common.as_is", text=self.name(subject_id))

    def paused_until(self, subject_id: int) -> datetime | None:
        return self.visits[subject_id].paused_until

    def answers(self, subject_id: int) -> int | None:
        return self.visits[subject_id].person.id


@dataclass(frozen=True)
class VisitsAhead:
    turn: TickTurn
    until: datetime
    visits: Mapping[int, Visit]
    directory: Directory
    whole: bool = True

    @property
    def looked(self) -> int:
        return len(self.visits)

    async def events(self) -> Sequence[tuple[datetime, DueNag]]:
        ladder, found = ladder_of(self.turn.campaign), []
        for visit in (one for one in self.visits.values() if not one.done):
            owed = visit.owed(self.turn)
            for slot in ladder.between(owed, visit.looked, self.until):
                found.append((slot.at, due_by_ladder(WORD, visit.id, owed, DueSlots([slot]), ladder)))
        return found

    async def standing(self, subject_ids: Collection[int], at: datetime) -> VisitStanding:
        return VisitStanding(self.visits, self.directory)


@dataclass
class Visits:
    """走访 as a subject of the nag engine."""

    visits: dict[int, Visit] = field(default_factory=dict)

    def add(self, place: str, person: Contact, day: date, now: datetime) -> Visit:
        visit = Visit(len(self.visits) + 1, place, person, day, now, now)
        self.visits[visit.id] = visit
        return visit

    @property
    def subject(self) -> Subject[VisitLine]:
        return Subject(
            WORD,
            "visits",
            (KIND,),
            "visits.counted",
            scan=self._scan,
            next_look=self._next_look,
            look_again=self._look_again,
            stand_at=self._stand_at,
            standing=self._standing,
            left=self._left,
            own=self._own,
            put_off=self._put_off,
            file=self._file,
            ahead=self._ahead,
        )

    async def _scan(self, turn: TickTurn, everybody: TurnDirectory) -> SubjectScan[VisitLine]:
        ladder, due = ladder_of(turn.campaign), []
        for visit in self.visits.values():
            if visit.done or visit.next_look is None or visit.next_look > turn.now:
                continue
            owed = visit.owed(turn)
            slots = ladder.due(owed, visit.looked, turn.now)
            due += [due_by_ladder(WORD, visit.id, owed, slots, ladder)] if slots else []
            visit.looked, visit.next_look = turn.now, ladder.next_after(owed, turn.now)
        return SubjectScan(due, await self._standing(turn, (), everybody) if due else None)

    async def _next_look(self, session: Session) -> datetime | None:
        looks = [one.next_look for one in self.visits.values() if one.next_look and not one.done]
        return min(looks, default=None)

    async def _look_again(self, session: Session, now: datetime) -> None:
        for visit in self.visits.values():
            visit.next_look = now

    async def _stand_at(self, turn: TickTurn, moment: datetime, backlog: bool) -> None:
        for visit in self.visits.values():
            visit.looked = min(visit.looked, moment) if backlog else moment
            visit.next_look = moment

    async def _standing(
        self, turn: TickTurn, ids: Collection[int], everybody: TurnDirectory
    ) -> VisitStanding:
        return VisitStanding(self.visits, await everybody.directory())

    async def _left(
        self, turn: TickTurn, row: Outbox, items: Sequence[RowJson], reader: Contact
    ) -> tuple[Sequence[VisitLine], VisitStanding]:
        lines = [VisitLine(one["visit_id"], Level(one["level"])) for one in items]
        standing = VisitStanding(self.visits, await TurnDirectory(turn).directory())
        return [one for one in lines if not self.visits[one.visit_id].done], standing

    async def _own(self, turn: Turn, subject_id: int) -> Sequence[VisitLine]:
        mine = self.visits[subject_id].person.id == turn.actor.id
        return [VisitLine(subject_id, Level.RESPONSIBLE)] if mine else []

    def _put_off(self, line: VisitLine) -> Sequence[OwedPart]:
        return [OwedPart(WORD, self.visits[line.visit_id].day.isoformat(), SNOOZED)]

    async def _file(self, turn: Turn, subject_id: int) -> NagFile:
        visit = self.visits[subject_id]
        return NagFile(visit.place, visit.person.unit_id, ident(visit.person))

    async def _ahead(self, turn: TickTurn, until: datetime, waiting: Collection[int]) -> VisitsAhead:
        return VisitsAhead(turn, until, self.visits, await TurnDirectory(turn).directory())


@contextmanager
def known_visits() -> Iterator[Visits]:
    """While it lasts, the engine knows of visits and the languages have their texts."""
    visits, texts = Visits(), [cast(dict[str, str], CATALOGUE.own(language)) for language in ("zh", "en")]
    register(visits.subject)
    for known in texts:
        known.update(TEXTS)
    try:
        yield visits
    finally:
        del SUBJECTS[WORD], KINDS[WORD]
        for known in texts:
            for key in TEXTS:
                del known[key]
