"""The guided walk: seven steps, each checked off by what really happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING, Final

from demo.page.program import ProgramState
from demo.page.words import ZONE
from demo.sample import data
from demo.stage.pieces import piece_of

if TYPE_CHECKING:
    from demo.page.district import District

CONTACT: Final = "东城街道城管办主任"
"""The person whom the visitor plays first: they have a task, and have not joined yet."""
INSPECTOR: Final = "创城办督导组组长"
LEADER: Final = "区委分管领导"


@dataclass(frozen=True, slots=True)
class WalkStep:
    """A step; ``names``: whose chats it is about, none for the group. ``say``: the key of a text to try."""

    name: str
    names: tuple[str, ...]
    say: str = ""
    photo: str = ""


def steps() -> list[WalkStep]:
    """The seven steps, in order."""
    problem = (INSPECTOR, data.day().office, data.day().street.mends)
    return [
        WalkStep("enrol", (CONTACT,)),
        WalkStep("sign", (CONTACT,)),
        WalkStep("report", (CONTACT,), say="page.walk.report.say"),
        WalkStep("tally", ()),
        WalkStep("problem", problem, say="page.walk.problem.say", photo="stall"),
        WalkStep("kill", (CONTACT,), say="page.walk.kill.say"),
        WalkStep("brief", (LEADER,), say="page.walk.brief.say"),
    ]


@dataclass(slots=True)
class Walk:
    """How far the walk has come. ``done``: the names of the steps that really happened.

    ``looked``: the chats that were opened. ``open_at_kill``: how many receipts the contact had when the
    program was killed with their report open; None: it never was.
    """

    district: District
    done: set[str] = field(default_factory=set)
    looked: set[int] = field(default_factory=set)
    open_at_kill: int | None = None

    def look(self) -> bool:
        """Check off what has happened since; True: something has."""
        if self.district.preparing is not None or not self.district.group:
            return False
        happened = {name for name, check in _CHECKS.items() if name not in self.done and check(self)}
        self.done |= happened
        return bool(happened)

    def next_step(self) -> str:
        """The name of the first step that is open; "": all is done."""
        return next((step.name for step in steps() if step.name not in self.done), "")

    def opened(self, chat_id: int) -> None:
        """Note that the visitor looks at a chat."""
        self.looked.add(chat_id)

    def killed(self) -> None:
        """Note that the visitor killed the program: a report that is open now has to survive it."""
        chat = self.district.resident(CONTACT).id
        if self.district.program.is_on and self._card_is_open(chat):
            self.open_at_kill = self.receipts()

    def receipts(self) -> int:
        """How many receipts the contact has got."""
        words = piece_of("progress.receipt.title", self.district.words.locale)
        chat = self.district.world.chats[self.district.resident(CONTACT).id]
        return sum(
            words in message.words for message in chat.messages.values() if self.district.is_from_bot(message)
        )

    def _card_is_open(self, chat_id: int) -> bool:
        """Whether a card waits to be confirmed in a chat."""
        label = self.district.words("progress.confirm_button")
        messages = self.district.world.chats[chat_id].messages.values()
        return any(
            button["text"] == label
            for message in messages
            if not message.deleted
            for row in message.buttons()
            for button in row
        )


def _enrolled(walk: Walk) -> bool:
    piece = piece_of("enrolment.secrecy", walk.district.words.locale)
    return walk.district.last_of_bot(walk.district.resident(CONTACT).id, piece) is not None


def _signed(walk: Walk) -> bool:
    words = walk.district.words("common.task_state.acknowledged")
    signed = walk.district.last_of_bot(walk.district.resident(CONTACT).id, words)
    # Who has reported has taken the task on, and no card offers them to sign any more.
    return signed is not None or walk.receipts() > 0


def _reported(walk: Walk) -> bool:
    return walk.receipts() > 0


def _tally_read(walk: Walk) -> bool:
    district = walk.district
    piece = piece_of("tally.title", district.words.locale)
    six = datetime.combine(data.day().times["tally"].astimezone(ZONE).date(), time(18), ZONE)
    tally = district.last_of_bot(district.group, piece)
    late = district.clock.now >= six
    return late and tally is not None and _is_on_screen(district, district.group, tally.message_id, walk)


def _order_came(walk: Walk) -> bool:
    """The inspector's problem has become an order, and the visitor has seen it reach the unit."""
    district = walk.district
    piece = piece_of("orders.title", district.words.locale)
    unit = district.resident(data.day().street.mends).id
    reporter = district.world.chats[district.resident(INSPECTOR).id]
    sent_photo = any(
        message.kind == "photo" and message.sender_id == reporter.id for message in reporter.messages.values()
    )
    order = district.last_of_bot(unit, piece)
    return sent_photo and order is not None and _is_on_screen(district, unit, order.message_id, walk)


def _survived(walk: Walk) -> bool:
    running = walk.district.program.state is ProgramState.RUNNING
    return running and walk.open_at_kill is not None and walk.receipts() > walk.open_at_kill


def _brief_read(walk: Walk) -> bool:
    district = walk.district
    piece = piece_of("brief.title", district.words.locale)
    leader = district.resident(LEADER).id
    brief = district.last_of_bot(leader, piece)
    return brief is not None and _is_on_screen(district, leader, brief.message_id, walk)


def _is_on_screen(district: District, chat_id: int, message_id: int, walk: Walk) -> bool:
    return chat_id in walk.looked and district.seen.get(chat_id, 0) >= message_id


_CHECKS: Final[Mapping[str, Callable[[Walk], bool]]] = {
    "enrol": _enrolled,
    "sign": _signed,
    "report": _reported,
    "tally": _tally_read,
    "problem": _order_came,
    "kill": _survived,
    "brief": _brief_read,
}
