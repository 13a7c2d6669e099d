"""One message to one person: what it tells, what of it is news, and what its reader only passes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from models.nags import SNOOZED, About, Nag, NagReason
from models.people import Contact
from rules.delivery.delivery import MessageKind
from rules.nags.levels import Level
from rules.people.roles import Role
from services.nags.messages.nag_news import EarlierNags, key_of
from services.nags.subject import DutyLine, ItemKey, PageMaker, PersonLines, SomeStanding
from services.nags.subjects import SUBJECTS

Standings = Mapping[str, SomeStanding]
"""How things stand, by the word of the subject."""


@dataclass(slots=True)
class NagLetter:
    """One message to one person.

    ``office``: as a member of the office, in a message of its own. ``same``: the lines that are no news.
    """

    contact: Contact
    office: bool
    rows: list[Nag] = field(default_factory=list)
    weighed: dict[str, PersonLines[Any]] = field(default_factory=dict)
    same: set[ItemKey] = field(default_factory=set)

    async def weigh(self, standings: Standings) -> None:
        """Find what of it is still owed and still the reader's."""
        for word, standing in standings.items():
            mine = [row for row in self.rows if row.subject == word]
            if mine:
                self.weighed[word] = await standing.weigh(mine, self.contact)

    def drop_repeats(self, before: EarlierNags, now: datetime) -> list[Nag]:
        """Find what is news; leave out, and return, what its reader was told a moment ago or all today."""
        told = self.told
        whole = before.told_today(told, now)
        gone = told if whole else [row for row in told if before.just_told(row, now)]
        self._leave_out(gone)
        self.same = before.same(self.told, now)
        return gone

    def drop_risen(self, before: EarlierNags, now: datetime) -> list[tuple[Nag, datetime]]:
        """Leave out rising colours of orders of which its reader has just heard; returns their ends."""
        found = [(row, before.told_until(row, now)) for row in self.told]
        gone = [(row, until) for row, until in found if until is not None]
        self._leave_out([row for row, _ in gone])
        return gone

    def _leave_out(self, gone: Sequence[Nag]) -> None:
        if not gone:
            return
        for word, one in self.weighed.items():
            one.told = [row for row in one.told if row not in gone]
            over = {row.subject_id for row in gone if row.subject == word}
            over -= {row.subject_id for row in one.told}
            one.lines = [line for line in one.lines if line.subject_id not in over]

    def drop_relays(self) -> list[Nag]:
        """Leave out, and return, what its reader only passes on."""
        gone = self.relays
        for one in self.weighed.values():
            one.told = [row for row in one.told if row not in gone]
            one.lines = [line for line in one.lines if line.relayed_for is None]
        return gone

    def join(self, other: NagLetter) -> None:
        """Take in what another letter to the same reader tells."""
        self.rows += other.rows
        for word, one in other.weighed.items():
            mine = self.weighed.setdefault(word, PersonLines())
            mine.told += one.told
            mine.lines += [line for line in one.lines if line not in mine.lines]

    @property
    def told(self) -> list[Nag]:
        return [row for one in self.weighed.values() for row in one.told]

    @property
    def moot(self) -> list[tuple[Nag, NagReason]]:
        return [gone for one in self.weighed.values() for gone in one.moot]

    @property
    def relays(self) -> list[Nag]:
        """What its reader only passes on to people who cannot be reached."""
        passed_on = {
            (word, line.subject_id, line.relayed_for)
            for word, one in self.weighed.items()
            for line in one.lines
            if line.relayed_for is not None
        }
        return [row for row in self.told if (*row.about, row.instead_of) in passed_on] if passed_on else []

    @property
    def lines(self) -> dict[str, Sequence[DutyLine]]:
        return {word: one.lines for word, one in self.weighed.items() if one.lines}

    @property
    def exempt(self) -> bool:
        return any(row.exempt for row in self.told)

    @property
    def counts(self) -> bool:
        """Whether it takes from its reader's measure of the day; what they asked for does not."""
        asked_for = all(row.rung == SNOOZED for row in self.told)
        return not (self.office or self.exempt or asked_for)

    @property
    def goes_along(self) -> bool:
        """Whether all of it only goes along with something else."""
        return all(SUBJECTS[row.subject].goes_along for row in self.told)

    @property
    def quiet(self) -> bool:
        """Whether there is no news in it, so that it comes without a sound and costs nothing."""
        return {key_of(row) for row in self.told} <= self.same

    @property
    def urges(self) -> bool:
        return any(line.urges for many in self.lines.values() for line in many)

    @property
    def may_repeat(self) -> list[About]:
        """What perhaps arrived before, and of which there is no other news."""
        news = {row.about for row in self.told if not row.may_repeat}
        return [about for about in dict.fromkeys(row.about for row in self.told) if about not in news]

    @property
    def count(self) -> int:
        return sum(len({line.subject_id for line in many}) for many in self.lines.values())

    @property
    def kind(self) -> MessageKind:
        if self.office:
            return MessageKind.NOTICE
        return MessageKind.NAG if self.urges else MessageKind.HINT

    def content(self, day: date) -> dict[str, object]:
        """What the promised message keeps: the day, and the lines of each subject."""
        kept: dict[str, object] = {
            SUBJECTS[word].content: [one.to_json() for one in many] for word, many in self.lines.items()
        }
        kept |= {"may_repeat": [list(one) for one in self.may_repeat]} if self.may_repeat else {}
        kept |= {"relays": True} if self.relays else {}
        if self.quiet:
            kept["quiet"] = True
        elif self.same:
            kept["same"] = [list(one) for one in sorted(self.same)]
        return {"day": day.isoformat(), **kept} | ({"role": Role.OFFICE.value} if self.office else {})

    async def pages(self, standings: Standings) -> list[PageMaker]:
        return [await standings[word].page(many, self.contact) for word, many in self.lines.items()]


def by_reader(rows: Iterable[Nag]) -> dict[tuple[int, bool], list[Nag]]:
    """The rows by their reader, and whether they read them as a member of the office."""
    found: dict[tuple[int, bool], list[Nag]] = {}
    for row in rows:
        if row.contact_id is None:
            raise LookupError(f"nag {row.id} waits for nobody")
        found.setdefault((row.contact_id, row.level is Level.OFFICE), []).append(row)
    return found
