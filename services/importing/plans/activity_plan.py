"""From the entries of a sheet to a plan, and from the plan to the activity log.

An entry that the log has already, by day, unit and title, is changed or left; one that was taken back stays
so. What the sheet lacks stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

from locales import Text, plain
from models import activities, people
from models.activities import Activity, ActivityFigure
from models.db import Session, ident
from reports.formats import short
from rules.activities.activity_kinds import ActivityKind, kind_of
from rules.people.typed_names import normalise
from services import audit
from services.activities import activity_drafts, activity_filing, activity_numbers, activity_texts
from services.activities.activity_numbers import ActivityNumber, NumberChoice
from services.importing.plans.remarks import Remark, change_text, remark
from services.importing.rows.activity_rows import ActivityRow, ParsedActivities, activity_key
from services.importing.rows.line_refs import LineRef
from services.importing.rows.sheet_lines import RefusedLine, column_name
from services.importing.rows.table_headers import ActivityColumn
from services.turn import TickTurn
from services.unit_use import require_in_use

Status = Literal["new", "changed", "unchanged", "withdrawn"]
C = ActivityColumn
_DROPPED: Final = NumberChoice.DROPPED


@dataclass(frozen=True, slots=True)
class PlannedActivity:
    """A line with what becomes of it.

    ``stored_id``: the entry that the log has already. ``choices``: which of its numbers are recorded.
    """

    row: ActivityRow
    status: Status
    unit_id: int
    kind: ActivityKind
    stored_id: int | None = None
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def numbers(self) -> list[ActivityNumber]:
        return activity_numbers.numbers_in(self.row.text, self.choices)


@dataclass(frozen=True, slots=True)
class ActivityPlan:
    """What importing a file would do."""

    lines: Sequence[PlannedActivity]
    refused: Sequence[RefusedLine]
    notices: Sequence[Text]
    changes: Sequence[Remark]
    warned: Sequence[Remark]

    @property
    def added(self) -> list[Remark]:
        """Every new entry."""
        new = (line.row for line in self.lines if line.status == "new")
        return [remark(LineRef(0, row.row), _name(row), []) for row in new]

    @property
    def absent(self) -> list[Remark]:
        """A log is no list: what the file lacks is left alone."""
        return []

    def count(self, status: Status) -> int:
        return sum(line.status == status for line in self.lines)

    def to_write(self, after: int = 0) -> list[PlannedActivity]:
        """The lines below the row ``after`` that change something, in the order of the file."""
        return [line for line in self.lines if line.status in {"new", "changed"} and line.row.row > after]

    def to_json(self, locale: str) -> dict[str, object]:
        return {
            "activities": [_json(line, locale) for line in self.lines],
            "refused": [
                {"row": one.row, "name": one.name, "reasons": [plain(why, locale) for why in one.reasons]}
                for one in self.refused
            ],
        }


def _name(row: ActivityRow) -> str:
    return f"{row.day.isoformat()} {row.unit} {row.title}"


def _json(line: PlannedActivity, locale: str) -> dict[str, object]:
    row = line.row
    return {
        "day": row.day.isoformat(),
        "title": row.title,
        "unit": row.unit,
        "kind": line.kind.value,
        "numbers": [_plain_number(one, locale) for one in line.numbers if one.choice is not _DROPPED],
        "status": line.status,
        "warnings": [plain(warning, locale) for warning in row.warnings],
        "row": row.row,
    }


def _plain_number(number: ActivityNumber, locale: str) -> str:
    return plain(activity_texts.number_text(number), locale)


async def plan_activities(session: Session, parsed: ParsedActivities) -> ActivityPlan:
    """Compare the lines with the entries of the log, and their numbers with what units have filed."""
    units = {unit.name: ident(unit) for unit in await people.all_units(session)}
    stored = await _stored(session, parsed.rows)
    known = [ident(stored.by_key[row.key]) for row in parsed.rows if row.key in stored.by_key]
    figures = await activities.figures_of(session, known)
    lines, changes, warned = [], [], []
    for row in parsed.rows:
        kept, unit_id = stored.by_key.get(row.key), units[row.unit]
        line = _planned(row, kept, unit_id, [] if kept is None else figures[ident(kept)])
        lines.append(line)
        if kept is not None and line.status == "changed":
            changes.append(Remark(LineRef(0, row.row), _name(row), list(_changes(kept, line))))
        about = [*_about_entries(stored, line, kept), *await _about_numbers(session, line)]
        if warnings := [*row.warnings, *about]:
            warned.append(remark(LineRef(0, row.row), _name(row), warnings))
    return ActivityPlan(lines, parsed.refused, parsed.notices, changes, warned)


@dataclass(frozen=True, slots=True)
class _StoredEntries:
    """Entries of the log: by the key that a line about them has, and by their day, unit and words."""

    by_key: Mapping[str, Activity]
    by_words: Mapping[tuple[date, int, str], Activity]


async def _stored(session: Session, rows: Sequence[ActivityRow]) -> _StoredEntries:
    """The entries of the days of the file. One that stands comes before one that was taken back."""
    if not rows:
        return _StoredEntries({}, {})
    days = [row.day for row in rows]
    every = await people.all_units(session, retired=True)
    names = {ident(one): one.name for one in every}
    # The last one of a key is taken: of those that stand the first.
    found = await activities.ever_between(session, min(days), max(days))
    return _StoredEntries(
        {activity_key(one.day, names[one.unit_id], one.title): one for one in found},
        {(one.day, one.unit_id, normalise(one.text)): one for one in found},
    )


def _planned(
    row: ActivityRow, stored: Activity | None, unit_id: int, figures: Sequence[ActivityFigure]
) -> PlannedActivity:
    said = row.kind or kind_of(row.text) or ActivityKind.OTHER
    if stored is None:
        return PlannedActivity(row, "new", unit_id, said, choices=row.choices)
    # A line that states no kind leaves it as it is.
    kind = row.kind or stored.kind
    same = (kind, row.text) == (stored.kind, stored.text)
    status: Status = "withdrawn" if stored.withdrawn else "unchanged" if same else "changed"
    return PlannedActivity(row, status, unit_id, kind, stored.id, _choices(row, stored.text, figures))


def _choices(row: ActivityRow, text: str, figures: Sequence[ActivityFigure]) -> dict[str, str]:
    """What was chosen for the numbers of the entry still holds, but for those in doubt that it lacks.

    Nobody has left these out, perhaps; and the line may be in doubt no more. A number that a column has as
    well is left out, unless the column's number was.
    """
    doubted = {one.key for one in activity_numbers.numbers_in(text, {}) if one.is_asked}
    chosen = {
        key: choice
        for key, choice in activity_drafts.number_choices(text, figures).items()
        if choice != _DROPPED or key not in doubted
    }
    left_out = {key for key, by in row.replaced.items() if chosen.get(by) != _DROPPED}
    return {**chosen, **dict.fromkeys(left_out, _DROPPED.value)}


def _about_entries(stored: _StoredEntries, line: PlannedActivity, kept: Activity | None) -> Iterator[Text]:
    """An entry that was taken back is not brought back; one with the same words is perhaps this one."""
    if kept is not None:
        if kept.withdrawn:
            yield Text("importing.warning.withdrawn_activity", number=kept.number)
        return
    words = normalise(line.row.text)
    if same := stored.by_words.get((line.row.day, line.unit_id, words)):
        yield Text("importing.warning.same_activity_words", number=same.number, title=short(same.title, 30))


def _changes(stored: Activity, line: PlannedActivity) -> Iterator[Text]:
    if stored.text != line.row.text:
        yield change_text(column_name(C.WORDS), stored.text, line.row.text)
    if stored.kind is not line.kind:
        old, new = activity_texts.kind_text(stored.kind), activity_texts.kind_text(line.kind)
        yield change_text(column_name(C.KIND), old, new)


async def _about_numbers(session: Session, line: PlannedActivity) -> list[Text]:
    """The numbers that are not recorded because they are in doubt, and those that a report has as well."""
    if line.status in {"unchanged", "withdrawn"}:
        return []
    found = []
    for number in await _beside_filed(session, line, {}):
        text = activity_texts.number_text(number)
        if number.is_asked:
            found.append(Text("importing.warning.activity_number", number=text))
        elif number.filed is not None and number.is_in:
            filed = activity_texts.filed_text(number.filed)
            found.append(Text("importing.warning.same_work", number=text, filed=filed))
    return found


async def _beside_filed(
    session: Session, line: PlannedActivity, answers: Mapping[str, int]
) -> list[ActivityNumber]:
    return await activity_numbers.beside_filed(session, line.unit_id, line.row.day, line.numbers, answers)


async def write_activities(
    turn: TickTurn, lines: Sequence[PlannedActivity], *, actor_id: int | None = None
) -> None:
    """Write lines of a plan in the caller's transaction. Each gets an audit row."""
    await require_in_use(turn.session, [line.unit_id for line in lines])
    for line in lines:
        stored = (
            None
            if line.stored_id is None
            else await activities.activity_by_id(turn.session, line.stored_id, lock=True)
        )
        if stored is None:
            await _add(turn, line, actor_id)
        elif not stored.withdrawn:
            await _change(turn, stored, line, actor_id)


async def _add(turn: TickTurn, line: PlannedActivity, actor_id: int | None) -> None:
    activity = Activity(
        number=await activity_filing.next_number(turn),
        kind=line.kind,
        day=line.row.day,
        title=line.row.title,
        text=line.row.text,
        unit_id=line.unit_id,
        recorded_by=actor_id,
        recorded_at=turn.now,
    )
    turn.session.add(activity)
    await turn.session.flush()
    await _write_numbers(turn.session, activity, line, {})
    _record(turn, activity, actor_id, after=await activity_filing.described(turn.session, activity))


async def _change(turn: TickTurn, activity: Activity, line: PlannedActivity, actor_id: int | None) -> None:
    before = await activity_filing.described(turn.session, activity)
    figures = (await activities.figures_of(turn.session, [ident(activity)]))[ident(activity)]
    line = replace(line, choices=_choices(line.row, activity.text, figures))
    answers = activity_numbers.answers_of(figures)
    activity.kind, activity.text = line.kind, line.row.text
    activity.revision += 1
    await _write_numbers(turn.session, activity, line, answers)
    changed = activity_filing.changed(before, await activity_filing.described(turn.session, activity))
    _record(turn, activity, actor_id, **changed)


async def _write_numbers(
    session: Session, activity: Activity, line: PlannedActivity, answers: Mapping[str, int]
) -> None:
    """The numbers of the words. What was answered about one that stays is kept."""
    numbers = await _beside_filed(session, line, answers)
    await activities.replace_figures(
        session, ident(activity), activity_filing.figure_rows(ident(activity), numbers)
    )
    await session.flush()


def _record(
    turn: TickTurn,
    activity: Activity,
    actor_id: int | None,
    *,
    after: Mapping[str, object],
    before: Mapping[str, object] | None = None,
) -> None:
    audit.record(
        turn.session,
        "import",
        (activity_filing.SUBJECT, activity.id),
        now=turn.now,
        actor_id=actor_id,
        before=before,
        after=after,
    )
