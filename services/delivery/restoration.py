"""恢复核对: what becomes of promises, updates and numbers when a backup becomes the database again.

Between the backup and now the lost program said things that this database does not know of. So whatever was
promised or due in that time counts as unknown: nothing of it goes out by itself, and the office decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from locales import Text
from models import drafts, groups, importing, numbers, people
from models.delivery import inbox, menus
from models.delivery.live_messages import LiveKind
from models.restorations import Restoration
from reports.formats import moment_text
from rules.delivery.delivery import MessageKind
from services import live_updates, office_notices, outbox
from services.delivery import dead_letters, prompts, resending
from services.turn import TickTurn
from services.views import View, say

_HALF_WRITTEN: Final = timedelta(days=1)
"""A paper that was changed so shortly before the backup was being written. An older one was forgotten."""


@dataclass(frozen=True, slots=True)
class LastNumbers:
    """What is known of the numbers that the lost program gave.

    ``told``: the last one by the counter's name, as a person knows it. ``kept``: the same from the file of
    the numbers; None: there is none that could be trusted.
    """

    told: Mapping[str, int]
    kept: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class RestorationCount:
    """How many messages are held, updates set aside and imports ended; the counters that skip numbers."""

    held: int
    set_aside: int
    ended: int
    skipping: list[str]


async def conclude(turn: TickTurn, backed_up_at: datetime, last: LastNumbers, held: int) -> RestorationCount:
    """Set aside what was under way at the backup, go on behind the lost numbers, and tell people.

    ``held``: how many messages are held by now.
    """
    set_aside = await inbox.set_aside(turn.session, turn.now)
    await _end_drafts(turn, backed_up_at)
    await prompts.forget_all(turn.session)
    ended = await _end_jobs(turn)
    skipping = await _go_on_behind(turn, last)
    # Telegram shows what the lost program set since.
    await menus.forget_all(turn.session)
    turn.session.add(Restoration(backed_up_at=backed_up_at, restored_at=turn.now))
    await _tell(turn, backed_up_at, set_aside)
    await resending.report_held(turn.session, now=turn.now)
    return RestorationCount(held, set_aside, ended, skipping)


async def _end_drafts(turn: TickTurn, backed_up_at: datetime) -> None:
    """Delete what was half written at the backup, and tell its writers.

    The lost program has probably filed it. Else the next words would be added to it, and it would count
    together with what is reported again.
    """
    writers = await drafts.delete_changed_since(turn.session, backed_up_at - _HALF_WRITTEN)
    for contact in (await people.contacts_by_id(turn.session, writers)).values():
        key = f"restored:{turn.now.isoformat()}:draft:{contact.id}"
        view = say("outbox.restored.draft")
        await outbox.enqueue(turn.session, MessageKind.NOTICE, key, view, now=turn.now, contact=contact)


async def _end_jobs(turn: TickTurn) -> int:
    """End imports and exports that were under way: the lost program may have brought them to their end."""
    ended = await importing.end_all(turn.session, Text("jobs.restored").to_json(), turn.now)
    for job_id in ended:
        await live_updates.touch(turn.session, LiveKind.JOB, job_id)
    return len(ended)


async def _go_on_behind(turn: TickTurn, last: LastNumbers) -> list[str]:
    """Let the running numbers go on behind those that were given. Returns the counters that skip some.

    Only today's receipts and cases and this year's orders may get a number that the lost program gave.
    """
    day = turn.today
    in_use = [numbers.receipts_of(day), numbers.cases_of(day), numbers.activities_of(day)]
    in_use.append(numbers.orders_of(day.year))
    # One after the other: what a person remembers may be less than what the file knows.
    for known in (last.told, last.kept or {}):
        await numbers.go_on_after(turn.session, known)
    if last.kept is not None:
        return []
    skipping = [name for name in in_use if name not in last.told]
    for name in skipping:
        await numbers.skip(turn.session, name)
    return skipping


async def _tell(turn: TickTurn, backed_up_at: datetime, set_aside: int) -> None:
    since, until = (moment_text(at, turn.campaign.zone) for at in (backed_up_at, turn.now))
    line = Text("outbox.restored.again", since=since, until=until)
    key = f"restored:{turn.now.isoformat()}"
    office = [Text("outbox.restored.title"), line, Text("outbox.restored.office")]
    if set_aside:
        office.append(Text("outbox.restored.set_aside", count=set_aside))
    told = View(office, [[dead_letters.LIST_BUTTON]] if set_aside else [])
    await office_notices.tell(turn.session, key, told, now=turn.now)
    for group in await groups.active_groups(turn.session):
        view = View([Text("outbox.restored.title"), line])
        chat = (group.chat_id, group.thread_id)
        await outbox.enqueue(
            turn.session, MessageKind.NOTICE, f"{key}:group:{group.id}", view, now=turn.now, chat=chat
        )
