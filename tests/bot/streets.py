"""Problems in the town's streets: the categories, the people who report, and the steps of every case."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from docx import Document

from demo.tour.wording import Wording
from models.cases.categories import Category
from models.tasks import Task
from rules.people.roles import Role
from rules.working_time import TimeUnit
from sandbox.shapes import MessageRecord
from tests.bot.town import Town, one
from tests.support.cases import CaseDesk
from tests.support.chat import text_of as says
from tests.support.people import Roster

piece: Final = Wording("zh").piece
HERE: Final = (30.5200, 114.3100)
# A place about 100 metres north of ``HERE``.
NEAR: Final = (30.5209, 114.3100)
STALLS, HEAPS, FULL = "占道经营", "乱堆乱放", "垃圾满溢"
SUBMIT = says("issues.submit_button")
CARD = says("cases.card_button")
FEEDBACK = says("orders.feedback_button")
CONFIRM_FEEDBACK = says("orders.feedback.confirm_button")
QUICK = says("desk.quick_button")
DISPATCH = says("desk.confirm_button")
CHECK = says("checking.check_button")
SIGN = says("orders.sign_button")
MORE_TIME = says("orders.ask_extension_button")
CLOSE = says("checking.close_button")
REWORK = says("checking.rework_button")
MUTE = says("cases.mute_button")
HIDE_ME = says("issues.hide_me_button")
HISTORY = says("cases.history_button")
PHOTOS = says("cases.photos_button")
PAPER = says("orders.paper_button")
SEND_BACK = says("orders.send_back_button")
BACK = says("orders.back_button")
REGISTER = says("desk.register_button")
OTHER_UNIT = says("desk.other_unit_button")
REASSIGN = says("desk.reassign_button")
MISTAKEN = says("desk.reassign_for_button", reason=says("desk.reassign_mistaken"))
APPEAL = says("orders.appeal_button")
WALKERS: Final = ("周晓岚", "吴小满", "郑路遥")
MORE: Final[dict[str, tuple[str, Role | None]]] = {
    **dict.fromkeys(WALKERS, ("东风街道", None)),
    "督导员": ("创城办", Role.INSPECTOR),
    "主要领导": ("城管局", Role.PRINCIPAL_LEADER),
}


@dataclass
class Streets:
    """Takes cases through the chats of a town.

    ``WALKERS`` have no task. 城管局 handles 占道经营 and 乱堆乱放, the street handles 垃圾满溢.
    """

    town: Town
    categories: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.town[name]

    # -- reporters -------------------------------------------------------------------------------------

    async def photograph(self, who: int, caption: str | None = None, *, count: int = 1) -> MessageRecord:
        """Send a photo or an album, and return the card that answers it."""
        if count == 1:
            await self.town.people.send_photo(who, who, caption=caption)
            return one(await self.town.news(who))
        await self.town.people.send_media_group(who, who, count=count, caption=caption)
        return one(await self.town.albums(who))

    async def locate(self, who: int, place: tuple[float, float]) -> MessageRecord:
        await self.town.people.send_location(who, who, *place)
        return one(await self.town.news(who))

    async def tap(self, who: int, message: MessageRecord, *labels: str) -> MessageRecord:
        """Press one button after the other, each on the message that the press before it brought."""
        for label in labels:
            (message,) = await self.town.press(who, message, label)
        return message

    async def submit(self, who: int, category: str, place: tuple[float, float] | str) -> str:
        """Report a photo with its category in a line, and its place; return the number of the case."""
        await self.photograph(who, f"路边{category}")
        card = await (self.town.ask(who, place) if isinstance(place, str) else self.locate(who, place))
        receipt = one(await self.town.press(who, card, SUBMIT), "【回执】")
        return number_in(receipt)

    # -- the office, the unit, the inspectors ----------------------------------------------------------

    async def open(self, who: int, number: str) -> MessageRecord:
        """Open the card of a case by its number."""
        return await self.ask(who, f"/case {number}")

    async def ask(self, who: int, text: str) -> MessageRecord:
        """Say something and return its answer; messages from before are put aside."""
        await self.town.shown(who)
        return await self.town.ask(who, text)

    async def dispatch(self, number: str, office: str = "组长", unit: str = "联络员") -> MessageRecord:
        """Dispatch a case in two taps from its card; return the order as the unit gets it."""
        who = self[office]
        await self.town.shown(self[unit])
        plan = await self.tap(who, await self.open(who, number), QUICK)
        (card,) = await self.town.press(who, plan, DISPATCH)
        assert "状态：待签收" in card.text
        return one(await self.town.shown(self[unit]), piece("orders.title"), number)

    async def feed_back(self, who: int, order: MessageRecord, words: str) -> MessageRecord:
        """Feed back with one photo, from a message of the bot to the receipt."""
        (asks,) = await self.town.press(who, order, FEEDBACK)
        assert piece("orders.feedback.ask") in asks.text
        card = await self.photograph(who, words)
        return one(await self.town.press(who, card, CONFIRM_FEEDBACK), "【回执】")

    async def check(self, who: int, number: str) -> list[MessageRecord]:
        """Start 核查 of a case from the inspector's list; return the words, then the album."""
        piles = await self.ask(who, "/todo")
        (label,) = [label for label in piles.labels if label.startswith("待核查")]
        listed = await self.tap(who, piles, label)
        (label,) = [label for label in listed.labels if number in label]
        card = await self.tap(who, listed, label)
        return await self.town.press(who, card, CHECK)

    async def heard(self, who: str, number: str) -> list[str]:
        """The steps of a case that this person was told of, in order."""
        await self.town.shown(self[who])
        start = f"📌 案卷 {number}"
        there = await self.town.people.messages(self[who], sender="bot")
        told = [message.text.splitlines()[0] for message in there if message.text.startswith(start)]
        return [line.rpartition("：")[2] for line in told if "）：" in line]

    async def everything(self, who: str) -> str:
        """All that the bot has ever written to this person, with the words of the files."""
        found = []
        for message in await self.town.people.messages(self[who], sender="bot", include_deleted=True):
            found += [message.text, *message.labels]
            if message.kind == "document" and message.media["file_name"].endswith(".docx"):
                found.append(await self.paper(message))
        return "\n".join(found)

    async def paper(self, message: MessageRecord) -> str:
        """The text of a supervision order; ``[照片]`` for each photo of its annex."""
        data = await self.town.people.file(message.file_id or "")
        document = Document(io.BytesIO(data))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        photos = ["[照片]"] * len(document.element.xpath(".//pic:pic"))
        return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells, *photos])


def number_in(message: MessageRecord) -> str:
    """The number of the case that a receipt is about."""
    return message.text.split("案卷号 ", 1)[1].split()[0].rstrip("。")


async def streets_in(town: Town) -> Streets:
    """Add the walkers, the inspectors and the categories to the town's own database and chats."""
    streets, desk = Streets(town), town.desk
    async with desk.database.transaction() as session:
        # Nags about the town's tasks would come in the same messages, so no task is due.
        await session.execute(sa.update(Task).values(next_nag_at=None))
        roster = Roster(session, desk.clock.moment, desk.campaign)
        for name, (unit, role) in MORE.items():
            roles = () if role is None else (role,)
            town.contacts[name] = await roster.contact(town.units[unit], name, *roles)
        cases = CaseDesk(session, desk.clock.moment, desk.campaign)
        made: list[Category] = [
            await cases.category(STALLS, unit=town.units["城管局"]),
            await cases.category(HEAPS, unit=town.units["城管局"], amount=2, measure=TimeUnit.WORKING_DAY),
            await cases.category(FULL, area="市容环境", amount=Decimal(1), measure=TimeUnit.WORKING_DAY),
        ]
        # This point is too far away to be offered anywhere. It is near enough to show which places lie
        # outside the district.
        await cases.point("北山公园", town.units["东风街道"], 30.6, 114.31)
        streets.categories = {row.name: row.id or 0 for row in made}
    for name in MORE:
        await desk.people.create_user(name, id=town[name])
        desk.telegram.world.chats[town[name]].started = True
    return streets


async def retire(streets: Streets, category: str) -> None:
    """Retire a category, as an import does that leaves it out."""
    async with streets.town.desk.database.transaction() as session:
        row: Any = await session.get_one(Category, streets.categories[category])
        row.active = False
