"""催办记录: the nags about one subject, sent or held back, each with the reason, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from locales import Text
from models.db import ident, row_of
from models.delivery.messages import Outbox
from models.nags import BELOW, Nag, NagReason, NagState, Snooze, nag_views
from reports.formats import moment_text
from rules.delivery.delivery import NOT_ARRIVED, DeliveryState
from rules.nags.levels import Level
from services.absences import in_place
from services.access import Actor
from services.campaign import Campaign
from services.directory_names import DirectoryNames
from services.errors import DomainError
from services.nags import nag_reasons
from services.nags.relays import Relays, is_relayed, relays_of
from services.nags.subject import ComingNag, NagFile
from services.nags.subjects import SUBJECTS
from services.turn import Turn
from services.views import View, paging

PAGE: Final = 12
PUT_OFF: Final = (
    *(NagReason.QUIET, NagReason.BUDGET, NagReason.SNOOZED, NagReason.OUTAGE),
    NagReason.PAUSED,
)


async def of_subject(turn: Turn, subject: str, subject_id: int, *, offset: int = 0) -> View:
    """A page of the records, with the next nag's time and readers where they are known."""
    if subject not in SUBJECTS:
        raise DomainError("buttons.expired")
    about = subject, subject_id
    file = await SUBJECTS[subject].file(turn, subject_id)
    sees_all = file.whole and (file.decides or _oversees(turn.actor, file.unit_id))
    # Of a task, also what was said about its children to who decides on them.
    below = [(BELOW, subject_id)] if subject == "task" else []
    found = await nag_views.records(turn.session, about, *below)
    rows = [(nag, row) for nag, row in found if sees_all or _concerns(turn.actor, nag, file)]
    # The newest first, by the moment that each line shows: a postponed nag was sent later than it was stored.
    rows.sort(key=lambda one: (_shown_at(one[0]), ident(one[0])), reverse=True)
    lines = [Text("nags.record.title", subject=file.title, count=len(rows))]
    if lost := sum(nag.state is NagState.TOLD and _became(nag, row) in NOT_ARRIVED for nag, row in rows):
        lines.append(Text("nags.record.unconfirmed", count=lost))
    snoozes = await nag_views.snoozes_of(turn.session, about)
    relays = await relays_of(turn.session, [nag for nag, _ in rows])
    page = _RecordPage(await DirectoryNames.load(turn.session), turn.campaign, snoozes, relays)
    if file.coming is not None:
        visible = [one for one in file.coming if sees_all or _concerns(turn.actor, one, file)]
        lines += page.ahead(visible) if visible or sees_all else []
    lines += page.lines(rows[offset : offset + PAGE])
    labels = ("history.later_button", "history.earlier_button")  # the newest comes first
    named = {"subject": subject, "subject_id": subject_id}
    turning = paging("nags.records", turn.actor.id, offset, len(rows), page=PAGE, labels=labels, **named)
    of_tasks, of_cases = ([subject_id] if subject == word else [] for word in ("task", "case"))
    return View(lines, turning, of_tasks, case_ids=of_cases)


def _became(nag: Nag, row: Outbox | None) -> DeliveryState:
    """What became of the message of a nag that was told."""
    return row.state if row is not None else nag.delivery or DeliveryState.NEW


def _shown_at(nag: Nag) -> datetime:
    if nag.state is NagState.SKIPPED:
        return max(nag.due_at, nag.created_at)
    return nag.settled_at if nag.state is NagState.TOLD and nag.settled_at is not None else nag.due_at


def _oversees(actor: Actor, unit_id: int | None) -> bool:
    """Whether they oversee the unit: people who see everything, and the leaders of that unit or above it."""
    return actor.scope is None or unit_id in actor.overseen_units


def _concerns(actor: Actor, nag: Nag | ComingNag, file: NagFile) -> bool:
    """Whether the nag was for the actor. About their own duty, what their deputies were told counts, too."""
    if nag.contact_id in actor.duties:
        return True
    return file.responsible_id in actor.duties and nag.level in {None, Level.RESPONSIBLE}


@dataclass(frozen=True, slots=True)
class _RecordPage:
    names: DirectoryNames
    campaign: Campaign
    snoozes: Sequence[Snooze]
    relays: Relays

    def ahead(self, coming: Sequence[ComingNag]) -> list[Text]:
        """下次提醒: when, and to whom."""
        if not coming:
            return [Text("nags.record.next_none")]
        at = min(one.at for one in coming)
        there = [one for one in coming if one.at == at]
        ids = dict.fromkeys(one.contact_id for one in there if one.contact_id is not None)
        names = [self.names.contacts[contact_id].name for contact_id in ids]
        key = "nags.record.next_release" if any(one.unreleased for one in there) else "nags.record.next"
        return [Text(key, at=moment_text(at, self.campaign.zone), names=names)]

    def lines(self, rows: Sequence[tuple[Nag, Outbox | None]]) -> list[Text]:
        return [self._line(nag, row) for nag, row in rows] or [Text("nags.record.empty")]

    def _line(self, nag: Nag, row: Outbox | None) -> Text:
        if nag.state is NagState.SKIPPED:
            return self._skipped(nag)
        state = self._state(nag, row)
        return Text(
            "nags.record.line",
            at=moment_text(_shown_at(nag), self.campaign.zone),
            tone=Text("nags.week.nag" if nag.level is Level.RESPONSIBLE else "nags.week.hint"),
            who=self._who(nag),
            why=nag_reasons.of_nag(nag),
            state=Text("nags.record.again", state=state) if nag.may_repeat else state,
        )

    def _skipped(self, nag: Nag) -> Text:
        first, last = sorted((nag.due_at, nag.created_at))
        return Text(
            "nags.record.outage",
            first=moment_text(first, self.campaign.zone),
            last=moment_text(last, self.campaign.zone),
            kind=nag_reasons.kind_text(nag.kind),
            count=nag.skipped,
        )

    def _who(self, nag: Nag) -> Text:
        contact = row_of(self.names.contacts, nag.contact_id)
        if contact is None:
            return in_place(Text("nags.record.nobody"), nag.instead_of)
        return in_place(contact.name, nag.instead_of)

    def _state(self, nag: Nag, row: Outbox | None) -> Text:
        """What became of the nag."""
        passed_on = is_relayed(nag, self.relays)
        match nag.state:
            case NagState.TOLD:
                told = Text(f"nags.record.delivery.{_became(nag, row).value}")
                if nag.reason not in PUT_OFF:
                    return told
                return Text(
                    "nags.record.after",
                    state=told,
                    why=Text("nags.record.after_relay")
                    if passed_on
                    else Text(f"nags.record.put_off.{nag.reason.value}"),
                )
            case NagState.WAITING if nag.hold_until is not None:
                until = moment_text(nag.hold_until, self.campaign.zone)
                if nag.reason not in PUT_OFF:
                    return Text("nags.record.waits_now", until=until)
                if passed_on:
                    return Text("nags.record.relayed_until", until=until)
                return Text(f"nags.record.waits.{nag.reason.value}", until=until)
        if nag.state is NagState.HELD and (end := self._snoozed_until(nag)) is not None:
            key = "nags.record.relayed" if passed_on else "nags.record.snoozed"
            return Text(key, until=moment_text(end, self.campaign.zone))
        return Text(f"nags.record.reason.{(nag.reason or NagReason.DONE).value}")

    def _snoozed_until(self, nag: Nag) -> datetime | None:
        """The end of the snooze that the person had set at that time."""
        if nag.reason is not NagReason.SNOOZED:
            return None
        theirs = [one for one in self.snoozes if one.contact_id == nag.contact_id]
        there = [one.until for one in theirs if one.created_at <= nag.created_at < one.until]
        return there[-1] if there else None
