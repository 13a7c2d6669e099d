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

    ``draft_at``: the number of the draft that was open when the program was killed; "": none was.
    """

    district: District
    done: set[str] = field(default_factory=set)
    looked: set[int] = field(default_factory=set)
    killed_receipts: int | None = None

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
        if self._draft_is_open(chat):
            self.killed_receipts = self.receipts()

    def receipts(self) -> int:
        """How many receipts the contact has got."""
        words = piece_of("progress.receipt.title", self.district.words.locale)
        chat = self.district.world.chats[self.district.resident(CONTACT).id]
        return sum(
            words in message.words for message in chat.messages.values() if self.district.is_from_bot(message)
        )

    def _draft_is_open(self, chat_id: int) -> bool:
        """Whether the contact has written something that no receipt has answered yet."""
        chat = self.district.world.chats[chat_id]
        words = piece_of("progress.receipt.title", self.district.words.locale)
        for message in reversed(chat.messages.values()):
            if self.district.is_from_bot(message) and words in message.words:
                return False
            if message.sender_id == chat_id and not message.words.startswith("/"):
                return True
        return False


def _enrolled(walk: Walk) -> bool:
    piece = piece_of("enrolment.secrecy", walk.district.words.locale)
    return walk.district.last_of_bot(walk.district.resident(CONTACT).id, piece) is not None


def _signed(walk: Walk) -> bool:
    words = walk.district.words("common.task_state.acknowledged")
    return walk.district.last_of_bot(walk.district.resident(CONTACT).id, words) is not None


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
    """The inspector's problem has become an order that reached the unit."""
    district = walk.district
    piece = piece_of("orders.title", district.words.locale)
    unit = district.resident(data.day().street.mends).id
    reporter = district.world.chats[district.resident(INSPECTOR).id]
    sent_photo = any(
        message.kind == "photo" and message.sender_id == reporter.id for message in reporter.messages.values()
    )
    return sent_photo and district.last_of_bot(unit, piece) is not None


def _survived(walk: Walk) -> bool:
    running = walk.district.program.state is ProgramState.RUNNING
    return running and walk.killed_receipts is not None and walk.receipts() > walk.killed_receipts


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
