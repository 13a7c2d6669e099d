"""From the entries of a sheet to a plan, and from the plan to the activity log.

An entry that the log has already, by day, unit and title, is changed or left. What the sheet lacks stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from locales import Text, plain
from models import activities, people
from models.activities import Activity
from models.db import Session, ident
from rules.activities.activity_kinds import ActivityKind, kind_of
from services import audit
from services.activities import activity_filing, activity_numbers, activity_texts
from services.activities.activity_numbers import ActivityNumber
from services.importing.plans.remarks import Remark, change_text, remark
from services.importing.rows.activity_rows import ActivityRow, ParsedActivities, activity_key
from services.importing.rows.line_refs import LineRef
from services.importing.rows.sheet_lines import RefusedLine, column_name
from services.importing.rows.table_headers import ActivityColumn
from services.turn import TickTurn
from services.unit_use import require_in_use

Status = Literal["new", "changed", "unchanged"]
C = ActivityColumn


@dataclass(frozen=True, slots=True)
class PlannedActivity:
    """A line with what becomes of it. ``stored_id``: the entry that the log has already."""

    row: ActivityRow
    status: Status
    unit_id: int
    kind: ActivityKind
    stored_id: int | None = None


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
        return [line for line in self.lines if line.status != "unchanged" and line.row.row > after]

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
        "numbers": [_plain_number(one, locale) for one in activity_numbers.numbers_in(row.text, {})],
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
    lines, changes, warned = [], [], []
    for row in parsed.rows:
        kept = stored.get(row.key)
        line = _planned(row, kept, units[row.unit])
        lines.append(line)
        if kept is not None and line.status == "changed":
            changes.append(Remark(LineRef(0, row.row), _name(row), list(_changes(kept, line))))
        if warnings := [*row.warnings, *await _about_numbers(session, line)]:
            warned.append(remark(LineRef(0, row.row), _name(row), warnings))
    return ActivityPlan(lines, parsed.refused, parsed.notices, changes, warned)


async def _stored(session: Session, rows: Sequence[ActivityRow]) -> Mapping[str, Activity]:
    """The entries of the days of the file, by the key that a line about them has."""
    if not rows:
        return {}
    days = [row.day for row in rows]
    names = await people.unit_names(
        session, [ident(one) for one in await people.all_units(session, retired=True)]
    )
    found = await activities.between(session, min(days), max(days))
    return {activity_key(one.day, names[one.unit_id], one.title): one for one in reversed(found)}


def _planned(row: ActivityRow, stored: Activity | None, unit_id: int) -> PlannedActivity:
    said = row.kind or kind_of(row.text) or ActivityKind.OTHER
    if stored is None:
        return PlannedActivity(row, "new", unit_id, said)
    # A line that states no kind leaves it as it is.
    kind = row.kind or stored.kind
    same = (kind, row.text) == (stored.kind, stored.text)
    return PlannedActivity(row, "unchanged" if same else "changed", unit_id, kind, stored.id)


def _changes(stored: Activity, line: PlannedActivity) -> Iterator[Text]:
    if stored.text != line.row.text:
        yield change_text(column_name(C.WORDS), stored.text, line.row.text)
    if stored.kind is not line.kind:
        old, new = activity_texts.kind_text(stored.kind), activity_texts.kind_text(line.kind)
        yield change_text(column_name(C.KIND), old, new)


async def _about_numbers(session: Session, line: PlannedActivity) -> list[Text]:
    """The numbers that are not recorded because they are in doubt, and those that a report has as well."""
    if line.status == "unchanged":
        return []
    found = []
    for number in await _numbers(session, line):
        text = activity_texts.number_text(number)
        if number.is_asked:
            found.append(Text("importing.warning.activity_number", number=text))
        elif number.filed is not None:
            filed = activity_texts.filed_text(number.filed)
            found.append(Text("importing.warning.same_work", number=text, filed=filed))
    return found


async def _numbers(session: Session, line: PlannedActivity) -> list[ActivityNumber]:
    numbers = activity_numbers.numbers_in(line.row.text, {})
    return await activity_numbers.beside_filed(session, line.unit_id, line.row.day, numbers, {})


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
        else:
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
    await _write_numbers(turn.session, activity, line)
    _record(turn, activity, actor_id, after=await activity_filing.described(turn.session, activity))


async def _change(turn: TickTurn, activity: Activity, line: PlannedActivity, actor_id: int | None) -> None:
    before = await activity_filing.described(turn.session, activity)
    activity.kind, activity.text = line.kind, line.row.text
    activity.revision += 1
    await _write_numbers(turn.session, activity, line)
    changed = activity_filing.changed(before, await activity_filing.described(turn.session, activity))
    _record(turn, activity, actor_id, **changed)


async def _write_numbers(session: Session, activity: Activity, line: PlannedActivity) -> None:
    """The numbers of the words. What was answered about one that stays is kept."""
    before = (await activities.figures_of(session, [ident(activity)]))[ident(activity)]
    answers = activity_numbers.answers_of(before)
    numbers = activity_numbers.numbers_in(line.row.text, {})
    numbers = await activity_numbers.beside_filed(session, line.unit_id, line.row.day, numbers, answers)
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
