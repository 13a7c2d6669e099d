"""A district where problems are reported in the chats: categories, known places and a 网格员."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from models import cases as case_rows
from models.cases import Case
from models.cases.categories import Category, InspectionPoint
from models.db import Database
from models.drafts import Draft, DraftKind
from models.people import Unit
from services import access
from services.access import Actor
from tests.support.cases import CaseDesk
from tests.support.chat import Chats, Json, Person, Shown, message, own_button, photo, pressed, update
from tests.support.chat import text_of as says
from tests.support.people import Roster

SUBMIT, CANCEL, EDIT = (says(f"issues.{name}_button") for name in ("submit", "cancel", "edit"))
SQUARE = (30.52, 114.31)
# Places about 100 metres and about 5 km north of the square.
NEAR_SQUARE, AWAY = (30.5209, 114.31), (30.565, 114.31)
AT_SEA = (20.0, 150.0)


def picture(person: Person, name: str = "a", *, chat: Json | None = None, **more: Any) -> Json:
    return update("message", message(person, chat=chat, photo=photo(name), **more))


def spot(person: Person, place: tuple[float, float], title: str | None = None) -> Json:
    """The update that sends a location, or with ``title`` a venue of that name."""
    location = {"latitude": place[0], "longitude": place[1]}
    venue: Json = {} if title is None else {"venue": {"location": location, "title": title, "address": "x"}}
    return update("message", message(person, location=location, **venue))


@dataclass(frozen=True, slots=True)
class Issues:
    """Reports problems in the chats, and reads what comes of them.

    ``grid`` belongs to 东风街道 and has no task. 占道经营 and 乱堆乱放 are in the area 街面秩序, 垃圾满溢 is
    in 市容环境. 人民广场 is a known place of 东风街道.
    """

    database: Database
    chats: Chats
    grid: Person
    street: Unit
    ids: dict[str, int]

    @classmethod
    async def make(cls, database: Database, chats: Chats, street: Unit) -> Issues:
        async with database.transaction() as session:
            roster = Roster(session, chats.clock.moment, chats.campaign)
            contact = await roster.contact(street, "网格员小李")
            desk = CaseDesk(session, chats.clock.moment, chats.campaign)
            made = [
                await desk.category("占道经营"),
                await desk.category("乱堆乱放"),
                await desk.category("垃圾满溢", area="市容环境"),
            ]
            square = await desk.point("人民广场", street, *SQUARE)
            ids = {row.name: row.id or 0 for row in made} | {square.name: square.id or 0}
        assert contact.telegram_user_id
        return cls(database, chats, Person(contact.telegram_user_id), street, ids)

    async def press(self, shown: Shown, label: str, person: Person | None = None) -> Shown:
        (answer,) = await self.chats.press(person or self.grid, shown, label)
        return answer

    async def refused(self, shown: Shown, label: str, person: Person | None = None) -> str | None:
        """Press a button that shows no message, and return the words of its alert."""
        assert await self.chats.press(person or self.grid, shown, label) == []
        text, alert = self.chats.toasts[-1]
        assert alert
        return text

    async def outdated(self, shown: Shown, label: str, person: Person | None = None) -> Shown:
        """Press a button of an old card, and return the present card, which answers."""
        (present,) = await self.chats.press(person or self.grid, shown, label)
        assert self.chats.toasts[-1] == (says("progress.old_card"), True)
        return present

    async def send(self, *raw: Json) -> Shown:
        return await self.chats.answer(*raw)

    async def ready(
        self, person: Person | None = None, *, caption: str = "占道经营", name: str = "a"
    ) -> Shown:
        """Report a problem at 人民路12号 as far as its summary, and return the summary."""
        person = person or self.grid
        await self.send(picture(person, name, caption=caption))
        return await self.chats.say(person, "人民路12号")

    async def submitted(self, person: Person | None = None, **how: Any) -> Case:
        await self.press(await self.ready(person, **how), SUBMIT, person)
        return (await self.cases())[-1]

    async def cases(self) -> list[Case]:
        async with self.database.reading() as session:
            return list(await session.exec(select(Case).order_by(col(Case.id))))

    async def files(self, case: Case) -> list[str]:
        async with self.database.reading() as session:
            return [file.file_id for file in await case_rows.files_of(session, case.id or 0)]

    async def draft(self, person: Person | None = None) -> Draft | None:
        async with self.database.reading() as session:
            query = select(Draft).where(
                Draft.chat_id == (person or self.grid).id, Draft.kind == DraftKind.ISSUE
            )
            return (await session.exec(query)).first()

    async def revision(self, person: Person | None = None) -> int:
        draft = await self.draft(person)
        assert draft is not None
        return draft.revision

    async def followers(self, case: Case) -> dict[int, bool]:
        """The followers of a case: for each contact id, whether they have muted it."""
        async with self.database.reading() as session:
            found = await case_rows.followers_of(session, case.id or 0)
            return {row.contact_id: row.muted for row in found}

    async def actor(self, person: Person) -> Actor:
        async with self.database.reading() as session:
            found = await access.actor_by_account(session, person.id)
        assert found is not None
        return found

    async def retire(self, name: str) -> None:
        """Retire a category or a known place, as an import does that leaves it out."""
        async with self.database.transaction() as session:
            kind: Any = InspectionPoint if name == "人民广场" else Category
            (await session.get_one(kind, self.ids[name])).active = False

    async def case_card(self, person: Person, case: Case) -> Shown:
        key = await own_button(self.chats, "case.card", case_id=case.id)
        return await self.send(pressed(person, key, 1))
