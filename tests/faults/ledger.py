"""One ledger for all families: what people said and Telegram forgot, against the database and the chats."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlmodel import select

from locales import Text, plain
from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.delivery.messages import Outbox
from models.people import Contact
from models.progress import Figure, ProgressReport
from rules.delivery.delivery import DeliveryState, MessageKind
from sandbox.client import SandboxClient
from sandbox.model import Json
from sandbox.updates import UpdateQueue

MARK: Final = plain(Text("outbox.repeat_mark"))
RECEIPT: Final = "【回执】"
HELD: Final = "送达未能确认"
# A day has one of each in a chat.
TITLES: Final = {
    MessageKind.BRIEF: "【创城简报】",
    MessageKind.TALLY: "【创城工作日报】",
    MessageKind.NAG: "【任务提醒】",
}
# Amounts have five digits and begin with 1. A sum of two begins with 2 at least, so it is nobody's amount.
FIRST_AMOUNT: Final = 10_001
_AMOUNT: Final = re.compile(r"(?<!\d)(1\d{4})处")
# Housekeeping counts from the moment at which an update was handled, by the real clock.
_UPDATES_KEPT: Final = timedelta(days=29)


class WatchedQueue(UpdateQueue):
    """Telegram's queue; it keeps which updates it has forgotten because the program said that it has them."""

    def __init__(self, queue: UpdateQueue) -> None:
        super().__init__(queue._signal)
        self.bodies: list[Json] = []
        self.forgotten: Counter[int] = Counter()
        self._again: list[Json] = []

    def add_raw(self, update: Json) -> int:
        update_id = super().add_raw(update)
        self.bodies.append(self._pending[-1])
        return update_id

    def deliver_again(self, update: Json) -> None:
        """Give an update once more, as Telegram does when an acknowledgement is lost."""
        self._again.append(update)
        super().add_raw(update)

    def acknowledge(self, offset: int) -> None:
        before = list(self._pending)
        super().acknowledge(offset)
        left = {id(update) for update in (*self._pending, *self._again)}
        self.forgotten.update(update["update_id"] for update in before if id(update) not in left)


@dataclass(slots=True)
class Findings:
    """What was wrong, a line each. ``broken``: what must hold beside updates and messages."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        kinds = {"lost": self.lost, "doubled": self.doubled, "astray": self.astray, "broken": self.broken}
        return [f"{kind}: {line}" for kind, found in kinds.items() for line in found]

    def count(self, what: str, *, wanted: int, found: int) -> None:
        """Note what came too rarely or too often."""
        if found < wanted:
            self.lost.append(f"{what}: {found} of {wanted}")
        elif found > wanted:
            self.doubled.append(f"{what}: {found}, not {wanted}")


@dataclass(slots=True)
class Ledger:
    """What people were promised. ``said``: amount → the account that confirmed it."""

    queue: WatchedQueue
    said: dict[int, int] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def next_amount(self) -> int:
        """An amount that nobody has said. Full hundreds are left out: 10100 is shown as 1.01万."""
        said = len(self.said)
        return FIRST_AMOUNT + said + said // 99

    async def check(self, database: Database, people: SandboxClient) -> None:
        """Compare everything, once all work is done."""
        async with database.reading() as session:
            updates = (await session.exec(select(Inbox))).all()
            rows = (await session.exec(select(Outbox))).all()
            reports = (await session.exec(select(ProgressReport))).all()
            figures = (await session.exec(select(Figure))).all()
            contacts = (await session.exec(select(Contact))).all()
        self._check_updates(updates, whole=datetime.now(UTC) > await people.now() - _UPDATES_KEPT)
        self._check_reports(reports, figures, {one.id: one.telegram_user_id for one in contacts})
        chats = {row.chat_id for row in rows} | set(self.said.values())
        shown = {chat: [one.text for one in await people.messages(chat, sender="bot")] for chat in chats}
        self._check_receipts(reports, figures, shown)
        self._check_slots(rows, shown)
        self._check_privacy(shown)

    def _check_updates(self, updates: Sequence[Inbox], *, whole: bool) -> None:
        """``whole``: housekeeping has deleted none of them."""
        for row in updates:
            if row.state is InboxState.NEW:
                self.findings.lost.append(f"update {row.update_id} is never handled")
        kept = Counter(row.update_id for row in updates)
        if whole:
            for update_id, times in self.queue.forgotten.items():
                self.findings.count(f"update {update_id} in the inbox", wanted=times, found=kept[update_id])

    def _check_reports(
        self,
        reports: Sequence[ProgressReport],
        figures: Sequence[Figure],
        accounts: dict[int | None, int | None],
    ) -> None:
        filed = Counter(int(figure.added) for figure in figures)
        for amount in self.said.keys() | filed.keys():
            self.findings.count(f"amount {amount}", wanted=int(amount in self.said), found=filed[amount])
        by = {report.id: accounts.get(report.contact_id) for report in reports}
        for figure in figures:
            if by.get(figure.report_id) != self.said.get(int(figure.added)):
                self.findings.astray.append(f"amount {figure.added} counts for another person")

    def _check_receipts(
        self, reports: Sequence[ProgressReport], figures: Sequence[Figure], shown: dict[int, list[str]]
    ) -> None:
        """Each report has one receipt, and further ones say that they may be repeats."""
        numbers = {report.id: report.receipt_no for report in reports}
        for figure in figures:
            number = numbers.get(figure.report_id, "?")
            texts = shown.get(self.said.get(int(figure.added), 0), [])
            about = [text for text in texts if RECEIPT in text and number in text]
            unmarked = sum(MARK not in text for text in about)
            self.findings.count(f"receipt {number}", wanted=1, found=max(unmarked, min(len(about), 1)))

    def _check_slots(self, rows: Sequence[Outbox], shown: dict[int, list[str]]) -> None:
        """What was sent is there; what may have been sent is there once at most, and the office knows."""
        sent: dict[tuple[int, MessageKind], Counter[DeliveryState]] = defaultdict(Counter)
        for row in rows:
            if row.state in (DeliveryState.NEW, DeliveryState.RETRY, DeliveryState.SENDING):
                self.findings.lost.append(f"{row.dedupe_key} is never sent")
            sent[row.chat_id, row.kind][row.state] += 1
        for (chat, kind), states in list(sent.items()):
            title = TITLES.get(kind)
            if title is None:
                continue
            told = sum(title in text and MARK not in text for text in shown[chat])
            least = states[DeliveryState.SENT]
            most = least + states[DeliveryState.UNKNOWN]
            if kind is MessageKind.BRIEF:
                # What tells a leader of a week has that day's brief in it, where one is due.
                digests = sent[chat, MessageKind.DIGEST]
                most += digests[DeliveryState.SENT] + digests[DeliveryState.UNKNOWN]
            self.findings.count(f"{title} in {chat}", wanted=min(max(told, least), most), found=told)
        unknown = sum(states[DeliveryState.UNKNOWN] for states in sent.values())
        if unknown and not any(HELD in text for texts in shown.values() for text in texts):
            self.findings.lost.append(f"{unknown} messages of which the office does not hear")

    def _check_privacy(self, shown: dict[int, list[str]]) -> None:
        people = set(self.said.values())
        for chat in people:
            for text in shown[chat]:
                for amount in map(int, _AMOUNT.findall(text)):
                    if self.said.get(amount, chat) != chat:
                        self.findings.astray.append(f"amount {amount} in chat {chat}")
