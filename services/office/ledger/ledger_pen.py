"""The pen of the ledger: names, words and marks in one language. For the office it hides nothing."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from locales import Text, plain
from models import people, tasks
from models.db import Session
from reports.ledger_book import LedgerBook, LedgerCell, LedgerSheet
from services.campaign import Campaign
from services.directory_names import DirectoryNames

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class LedgerPen:
    """``objectives``: of all tasks, by id. ``roles``: the words for the roles of each person."""

    locale: str
    now: datetime
    campaign: Campaign
    names: DirectoryNames
    objectives: Mapping[int, str]
    roles: Mapping[int, str]

    @classmethod
    async def load(cls, session: Session, campaign: Campaign, now: datetime, locale: str) -> LedgerPen:
        roles = {
            contact_id: plain(
                Text("ledger.listed", words=[Text(f"common.role.{one.value}") for one in sorted(held)]),
                locale,
            )
            for contact_id, held in (await people.roles_by_contact(session)).items()
        }
        names = await DirectoryNames.load(session)
        return cls(locale, now, campaign, names, await tasks.objectives(session), roles)

    def say(self, key: str, **values: object) -> str:
        return plain(Text(key, **values), self.locale)

    def shown(self, text: Text) -> str:
        return plain(text, self.locale)

    def sheet(self, book: LedgerBook, title: str, columns: Iterable[tuple[Text, float]]) -> LedgerSheet:
        """An empty sheet. ``columns``: its heads with their widths."""
        heads = [(plain(head, self.locale), width) for head, width in columns]
        return LedgerSheet(book, self.say(title), heads)

    def mark(self, so: bool) -> str:
        return self.say("caselist.yes") if so else ""

    def unit(self, unit_id: int | None) -> str:
        return "" if unit_id is None else self.names.units[unit_id]

    def who(self, contact_id: int | None) -> str:
        return "" if contact_id is None else plain(self.names.who(contact_id), self.locale)

    def task(self, task_id: int | None) -> str:
        return "" if task_id is None else self.objectives.get(task_id, "")


async def filled(
    sheet: LedgerSheet, rows: AsyncIterable[Row], line: Callable[[Row], Sequence[LedgerCell]]
) -> LedgerSheet:
    """The sheet with a line for each row."""
    async for row in rows:
        sheet.add(line(row))
    sheet.end()
    return sheet
