"""Recording an entry of the log, correcting it, taking it back: with its numbers, its files and the audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text
from models import activities, numbers
from models.activities import Activity, ActivityFigure, ActivityFile
from models.db import Session, ident
from models.drafts import DraftKind
from models.progress import EvidenceKind
from services import audit, number_gaps
from services.activities import activity_card, activity_drafts, activity_rights, activity_view, same_work
from services.activities.activity_drafts import ActivityDraft
from services.activities.activity_numbers import ActivityNumber
from services.drafts import draft_changes, draft_kinds
from services.drafts.draft_parts import EvidenceFile
from services.errors import DomainError
from services.turn import TickTurn, Turn
from services.unit_use import require_in_use
from services.views import View, button

SUBJECT: Final = "activity"


async def confirm(turn: Turn, revision: int) -> View:
    """确认: record the entry, or the correction of one; while something is asked, show the card."""
    draft = await draft_kinds.current(turn, DraftKind.ACTIVITY, revision)
    entry = await activity_drafts.read(turn.session, turn.actor, draft)
    if not entry.ready:
        return await activity_card.card(turn.session, turn.actor, draft)
    if not activity_rights.may_write_for(turn.actor, ident(entry.unit)):
        raise DomainError("activities.read_only")
    await require_in_use(turn.session, [entry.unit.id])
    await draft_changes.take(turn.session, draft)
    if entry.entry_id is None:
        activity = await record(turn, entry)
        return await _recorded(turn, activity)
    activity = await _correct(turn, entry, entry.entry_id)
    return _receipt(turn, Text("activities.corrected", number=activity.number), activity)


async def record(turn: Turn, entry: ActivityDraft) -> Activity:
    """A new entry with its numbers and files."""
    activity = Activity(
        number=await next_number(turn),
        kind=entry.kind,
        day=entry.day,
        title=entry.title,
        text=entry.draft.text,
        unit_id=ident(entry.unit),
        recorded_by=turn.actor.id,
        recorded_at=turn.now,
    )
    turn.session.add(activity)
    await turn.session.flush()
    await _write_parts(turn.session, activity, entry)
    audit.note(turn, "record", (SUBJECT, activity.id), after=await described(turn.session, activity))
    return activity


async def next_number(turn: TickTurn) -> str:
    """The next number of the local day, such as J20261201-0003."""
    serial = await numbers.next_number(turn.session, numbers.activities_of(turn.today))
    return f"J{turn.today:%Y%m%d}-{serial:04d}"


async def _recorded(turn: Turn, activity: Activity) -> View:
    view = _receipt(turn, Text("activities.recorded", number=activity.number), activity)
    name, serial = numbers.activities_of(turn.today), number_gaps.serial_of(activity.number)
    return View([*view.lines, *await number_gaps.lines(turn.session, name, serial)], view.rows)


def _receipt(turn: Turn, line: Text, activity: Activity) -> View:
    show = button("activities.open_button", "activity.open", turn.actor.id, activity_id=activity.id)
    again = button("activities.another_button", "activity.begin", turn.actor.id)
    return View([line, Text("activities.title", title=activity.title)], [[show, again]])


async def _correct(turn: Turn, entry: ActivityDraft, activity_id: int) -> Activity:
    activity = await activity_rights.writable(turn, activity_id)
    if activity.revision != activity_drafts.entry_revision_of(entry.draft) or activity.withdrawn:
        raise DomainError("activities.changed_since", number=activity.number)
    before = await described(turn.session, activity)
    activity.kind, activity.day, activity.title = entry.kind, entry.day, entry.title
    activity.text, activity.unit_id = entry.draft.text, ident(entry.unit)
    activity.revision += 1
    await _write_parts(turn.session, activity, entry)
    await turn.session.flush()
    after = await described(turn.session, activity)
    audit.note(turn, "correct", (SUBJECT, activity.id), **changed(before, after))
    return activity


async def _write_parts(session: Session, activity: Activity, entry: ActivityDraft) -> None:
    activity_id = ident(activity)
    figures = figure_rows(activity_id, entry.numbers)
    await activities.replace_figures(session, activity_id, figures)
    files = [_file(activity_id, file) for file in draft_changes.files_of(entry.draft)]
    await activities.replace_files(session, activity_id, files)
    await session.flush()


def figure_rows(activity_id: int, found: Sequence[ActivityNumber]) -> list[ActivityFigure]:
    """The numbers that are in the entry."""
    return [
        ActivityFigure(
            activity_id=activity_id,
            item=one.item,
            unit=one.unit,
            amount=one.amount,
            approx=one.approx,
            report_id=one.report_id,
            refused_to=one.refused_to if one.same is False else None,
        )
        for one in found
        if one.is_in
    ]


def _file(activity_id: int, file: EvidenceFile) -> ActivityFile:
    return ActivityFile(
        activity_id=activity_id,
        kind=EvidenceKind(file.kind),
        file_id=file.file_id,
        file_unique_id=file.file_unique_id,
        file_name=file.file_name,
    )


async def described(session: Session, activity: Activity) -> dict[str, object]:
    """An entry as the audit records it."""
    figures = (await activities.figures_of(session, [ident(activity)]))[ident(activity)]
    files = await activities.files_of(session, ident(activity))
    return {
        "number": activity.number,
        "kind": activity.kind.value,
        "day": activity.day.isoformat(),
        "title": activity.title,
        "text": activity.text,
        "unit_id": activity.unit_id,
        "figures": [f"{one.item} {one.amount}{one.unit}" for one in figures],
        "same_work": [one.report_id for one in figures if one.report_id is not None],
        "files": [one.file_unique_id for one in files],
    }


def changed(before: dict[str, object], after: dict[str, object]) -> dict[str, dict[str, object]]:
    """What differs, and the number of the entry."""
    names = [name for name in after if name == "number" or before[name] != after[name]]
    return {"before": {name: before[name] for name in names}, "after": {name: after[name] for name in names}}


async def withdraw(turn: Turn, activity_id: int, revision: int) -> View:
    """撤回: the entry stands in no list any more; 恢复 brings it back."""
    return await _set_withdrawn(turn, activity_id, revision, withdrawn=True)


async def restore(turn: Turn, activity_id: int, revision: int) -> View:
    """恢复: an entry that was taken back stands again."""
    return await _set_withdrawn(turn, activity_id, revision, withdrawn=False)


async def _set_withdrawn(turn: Turn, activity_id: int, revision: int, *, withdrawn: bool) -> View:
    activity = await activity_rights.writable(turn, activity_id)
    if activity.revision == revision and activity.withdrawn is not withdrawn:
        activity.withdrawn = withdrawn
        activity.revision += 1
        event = "withdraw" if withdrawn else "restore"
        audit.note(turn, event, (SUBJECT, activity.id), after={"number": activity.number})
    return await activity_view.view(turn, activity_id)


async def settle_same(
    turn: Turn, activity_id: int, revision: int, figure_id: int, report_id: int | None
) -> View:
    """同一项工作？ is answered on the card of a recorded entry. ``report_id`` None: it is not.

    A card from before, or one about a report that does not count any more, changes nothing.
    """
    activity = await activity_rights.writable(turn, activity_id)
    figures = (await activities.figures_of(turn.session, [activity_id]))[activity_id]
    figure = next((one for one in figures if one.id == figure_id), None)
    if figure is not None and activity.revision == revision and not activity.withdrawn:
        beside = (await same_work.of_entry(turn.session, activity, [figure])).get(figure_id)
        if beside is not None and beside.same is None and report_id in {None, beside.filed.report_id}:
            figure.report_id = report_id
            figure.refused_to = beside.refused_to if report_id is None else None
            after: dict[str, object] = {"number": activity.number, "same_work": report_id}
            audit.note(turn, "same_work", (SUBJECT, activity_id), after=after)
            await turn.session.flush()
    return await activity_view.view(turn, activity_id)
