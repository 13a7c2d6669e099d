"""The chats of those who send a notice round and of those who answer it; who they are: ``three_tiers``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlmodel import SQLModel, col, select

from bot.rendering import render_view
from models.db import Database, ident
from models.delivery.live_messages import LiveKind, LiveMessage
from models.groups import GroupChat
from models.notices import Notice, NoticeCopy, NoticeParty, NoticeReceipt
from models.people import Contact, Unit
from rules.notices.receipt_kinds import NoticeAsk
from rules.people.roles import Tier
from services.delivery import live_views
from services.notices import notice_readers
from services.views import View
from tests.handlers.tiers import TierChats, made
from tests.support.chat import Chats, Person, Shown
from tests.support.chat import text_of as says
from tests.support.turns import tick_for

MEETING = "12月16日9时在区会议中心召开创城推进会，请准时参加。"
WHOM, SEND, BACK = (says(f"notices.{name}_button") for name in ("whom", "send", "back"))
GROUPS, NO_GROUPS = says("notices.groups.on_button"), says("notices.groups.off_button")
DEADLINE, URGENT = says("notices.deadline_button"), says("notices.urgent_button")
ALL, LIAISON = says("notices.scope_all"), says("common.role.liaison")
RESPONSIBLE = says("common.role.responsible_person")
BY_NAME, EACH = says("notices.by_name_button"), says("notices.to_person_button")
ASK_ATTEND = says(f"notices.ask_button.{NoticeAsk.ATTEND.value}")
ASK_REPLY = says(f"notices.ask_button.{NoticeAsk.REPLY.value}")
SENDER = "街道联络员"
R = TypeVar("R", bound=SQLModel)


@dataclass
class NoticeChats:
    """``SENDER`` writes to the villages below 东城街道, if nobody else is named."""

    tiers: TierChats
    groups: dict[str, int] = field(default_factory=dict)

    @property
    def chats(self) -> Chats:
        return self.tiers.chats

    def person(self, name: str) -> Person:
        return self.tiers.person(name)

    async def write(self, text: str = MEETING, name: str = SENDER) -> Shown:
        return await self.chats.say(self.person(name), f"/notice {text}")

    async def addressed(self, card: Shown, *more: str, name: str = SENDER) -> Shown:
        """The card of a notice to the 责任人 and 联络员 of all units below; then the buttons ``more``."""
        return await self.tiers.presses(name, card, WHOM, ALL, RESPONSIBLE, BACK, *more)

    async def send(self, *more: str, name: str = SENDER, text: str = MEETING) -> dict[str, Shown]:
        """Send a notice; its copies by who got them."""
        card = await self.addressed(await self.write(text, name), *more, name=name)
        await self.tiers.press(name, card, SEND)
        return await self.posted()

    async def posted(self) -> dict[str, Shown]:
        names = {account: name for name, account in [*self.tiers.accounts.items(), *self.groups.items()]}
        return {names[one.chat_id]: one for one in await self.chats.post()}

    async def group(self, title: str, unit: str | None = None, tier: Tier | None = None) -> None:
        """A group is bound to that unit with those below it, to a tier, or to everybody."""
        self.groups[title] = -101 - len(self.groups)
        moment = self.chats.clock.moment
        async with self.tiers.database.transaction() as session:
            home = (await session.exec(select(Unit).where(Unit.name == unit))).one().id if unit else None
            office = (await session.exec(select(Contact).where(Contact.name == "创城办老周"))).one()
            session.add(
                GroupChat(
                    chat_id=self.groups[title],
                    title=title,
                    unit_id=home,
                    tier=tier,
                    bound_by=ident(office),
                    bound_at=moment,
                    tallied_until=moment,
                )
            )

    async def unbind(self, title: str) -> None:
        async with self.tiers.database.transaction() as session:
            query = select(GroupChat).where(GroupChat.chat_id == self.groups[title])
            (await session.exec(query)).one().active = False

    async def tick(self, now: datetime) -> None:
        """All that happens to notices by the clock at that moment."""
        self.chats.clock.moment = now
        async with self.tiers.database.transaction() as session:
            turn = tick_for(session, now, self.chats.campaign)
            await notice_readers.look_again(turn)
            await notice_readers.tick(turn)

    async def _rows(self, table: type[R], *order: object) -> Sequence[R]:
        async with self.tiers.database.reading() as session:
            return (await session.exec(select(table).order_by(*order))).all()  # type: ignore[arg-type]

    async def notice(self) -> Notice:
        (only,) = await self._rows(Notice, col(Notice.id))
        return only

    async def notices(self) -> int:
        return len(await self._rows(Notice, col(Notice.id)))

    async def party(self, unit: str) -> NoticeParty:
        """The party of a unit, or the person's of that name."""
        async with self.tiers.database.reading() as session:
            people = {one.id: one for one in (await session.exec(select(Contact))).all()}
        for party in await self._rows(NoticeParty, col(NoticeParty.id)):
            copy = next(one for one in await self.copies() if one.party_id == party.id)
            if people[copy.contact_id].name.startswith(unit):
                return party
        raise LookupError(unit)

    async def copies(self) -> Sequence[NoticeCopy]:
        return await self._rows(NoticeCopy, col(NoticeCopy.id))

    async def receipts(self) -> Sequence[NoticeReceipt]:
        return await self._rows(NoticeReceipt, col(NoticeReceipt.id))

    async def lives(self, kind: LiveKind, name: str) -> list[View | None]:
        """What the messages of that kind show now in the chat of the person or group, the last one last."""
        chat_id = self.groups[name] if name in self.groups else self.tiers.accounts[name]
        async with self.tiers.database.transaction() as session:
            query = select(LiveMessage).where(LiveMessage.kind == kind, LiveMessage.chat_id == chat_id)
            rows = (await session.exec(query.order_by(col(LiveMessage.id)))).all()
            turn = tick_for(session, self.chats.clock.moment, self.chats.campaign)
            found = [await live_views.render(turn, row) for row in rows]
            return [shown and shown[0] for shown in found]

    async def live(self, kind: LiveKind, name: str) -> View:
        """What the person's last message of that kind shows now."""
        last = (await self.lives(kind, name))[-1]
        assert last is not None
        return last

    async def contact_id(self, name: str) -> int:
        async with self.tiers.database.reading() as session:
            query = select(Contact).where(Contact.telegram_user_id == self.tiers.accounts[name])
            return ident((await session.exec(query)).one())

    async def now(self, name: str) -> Shown:
        """The person's last copy with the buttons that it has now."""
        async with self.tiers.database.transaction() as session:
            query = select(LiveMessage).where(
                LiveMessage.kind == LiveKind.NOTICE_COPY, LiveMessage.chat_id == self.tiers.accounts[name]
            )
            row = (await session.exec(query.order_by(col(LiveMessage.id).desc()))).first()
            assert row is not None
            turn = tick_for(session, self.chats.clock.moment, self.chats.campaign)
            shown = await live_views.render(turn, row)
            assert shown is not None
            made = render_view(session, *shown, self.chats.clock.moment)
            where, message_id = row.chat_id, row.message_ids[0]
        return await self.chats._show(where, None, made, message_id)

    async def count(self, name: str = SENDER) -> str:
        return (await self.live(LiveKind.NOTICE_COUNT, name)).plain("zh")

    async def copy(self, name: str) -> str:
        return (await self.live(LiveKind.NOTICE_COPY, name)).plain("zh")

    async def in_group(self, title: str) -> list[str]:
        """The lines of the group's last copy as it stands now."""
        return (await self.live(LiveKind.NOTICE_GROUP, title)).plain("zh").splitlines()

    async def labels(self, name: str) -> list[str]:
        """The buttons of the person's copy as it is now."""
        rows = (await self.live(LiveKind.NOTICE_COPY, name)).rows
        return [says(one.label.key, **one.label.values) for row in rows for one in row]


async def notice_chats(chats: Chats, database: Database) -> NoticeChats:
    return NoticeChats(await made(chats, database))
