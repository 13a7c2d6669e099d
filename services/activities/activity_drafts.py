"""A half-made entry of the log (draft kind ACTIVITY): what its words say, and what was chosen instead.

A correction is such a draft, too: it begins with all that stands in the entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from models import activities, people
from models.activities import Activity, ActivityFigure
from models.db import Session, ident
from models.drafts import Draft
from models.people import Unit, aliases
from rules.activities.activity_kinds import ActivityKind, kind_of
from rules.activities.activity_words import TITLE_LIMIT, impossible_day, named_day, title_of, without_day
from rules.people.typed_names import normalise
from services.access import Actor
from services.activities import activity_numbers, activity_rights
from services.activities.activity_numbers import ActivityNumber, NumberChoice
from services.drafts import draft_changes, draft_parts
from services.drafts.draft_parts import DraftPart, EvidenceFile
from services.turn import Turn

# What is kept in a draft's content.
_ENTRY: Final = "entry"
_REVISION: Final = "entry_revision"
_SAID_ON: Final = "said_on"
_SEEN_ON: Final = "seen_on"
# Of a correction: the words and the day of the entry with which it began.
_ENTRY_TEXT: Final = "entry_text"
_ENTRY_DAY: Final = "entry_day"


@dataclass(frozen=True, slots=True)
class ActivityDraft:
    """A draft as the program understands it.

    ``said``: whether its words or its person name the day; else it is the one on which the words came.
    ``impossible``: a day in the words that does not exist. ``ahead``: its day is still to come, but the log
    holds what was done.
    """

    draft: Draft
    day: date
    ahead: bool
    said: bool
    impossible: str | None
    kind: ActivityKind
    unit: Unit
    title: str
    numbers: Sequence[ActivityNumber]

    @property
    def entry_id(self) -> int | None:
        """The entry that it corrects; None: it is a new one."""
        return entry_of(self.draft)

    @property
    def needs_title(self) -> bool:
        return not self.title

    @property
    def ready(self) -> bool:
        """Whether nothing is left to ask."""
        open_numbers = any(number.is_asked or number.asks_same for number in self.numbers)
        return not (open_numbers or self.ahead or self.impossible or self.needs_title)


def entry_of(draft: Draft) -> int | None:
    """The id of the entry that the draft corrects."""
    found: int | None = draft.content.get(_ENTRY)
    return found


def entry_revision_of(draft: Draft) -> int:
    """The revision of the entry with which the correction began."""
    return int(draft.content[_REVISION])


def note(turn: Turn, draft: Draft, **values: object) -> None:
    """Store what was chosen. The buttons of older cards end with this."""
    note_day(draft, turn.today)
    draft.content = {**draft.content, **values}
    draft_changes.store(draft, [], turn.now)


def note_day(draft: Draft, today: date) -> None:
    """Somebody works on the draft: 今天 in its words, or no day at all, means the first day of that.

    The words of a correction are those of its entry, until others are written: 今天 in these is their day.
    """
    day = today.isoformat()
    still_to_come = draft.awaiting_text or draft.text == draft.content.get(_ENTRY_TEXT)
    said_on = day if _corrects(draft) and still_to_come else draft.content.get(_SAID_ON, day)
    draft.content = {**draft.content, _SAID_ON: said_on, _SEEN_ON: day, "untouched": False}


def _corrects(draft: Draft) -> bool:
    """Whether it corrects an entry, and keeps its words (older drafts do not)."""
    return _ENTRY_TEXT in draft.content


def choose_number(turn: Turn, draft: Draft, number: ActivityNumber, choice: NumberChoice) -> None:
    note(turn, draft, numbers={**draft.content.get("numbers", {}), number.key: choice.value})


def answer_same(turn: Turn, draft: Draft, number: ActivityNumber, same: bool) -> None:
    """同一项工作？ is answered for a number beside which there is a filed one."""
    if number.filed is not None:
        answer = number.filed.report_id if same else -number.refused_to
        note(turn, draft, same={**draft.content.get("same", {}), number.key: answer})


async def read(session: Session, actor: Actor, draft: Draft) -> ActivityDraft:
    """What the draft says, with what its person chose, and the filed figures beside its numbers."""
    content = draft.content
    said_on, seen_on = (date.fromisoformat(content[name]) for name in (_SAID_ON, _SEEN_ON))
    chosen = content.get("day")
    named = date.fromisoformat(chosen) if chosen else _named_day(draft, said_on)
    unit = await _unit_of(session, actor, draft)
    day = named or said_on
    numbers = activity_numbers.numbers_in(draft.text, content.get("numbers", {}))
    return ActivityDraft(
        draft,
        day,
        day > seen_on,
        named is not None,
        None if chosen else impossible_day(_written_words(draft), said_on),
        ActivityKind(content["kind"]) if content.get("kind") else kind_of(draft.text) or ActivityKind.OTHER,
        unit,
        content.get("title") or title_of(draft.text)[:TITLE_LIMIT],
        await activity_numbers.beside_filed(session, ident(unit), day, numbers, content.get("same", {})),
    )


def _named_day(draft: Draft, said_on: date) -> date | None:
    """The day that the words name. The words of an entry mean its day; further ones name none of their own.

    An entry keeps its day, too, if the words that take the place of its words name none.
    """
    if not _corrects(draft):
        return named_day(draft.text, said_on)
    entry_day = date.fromisoformat(draft.content[_ENTRY_DAY])
    words = _written_words(draft)
    if words != draft.text and named_day(draft.content[_ENTRY_TEXT], entry_day) is not None:
        return entry_day
    return named_day(words, said_on) or entry_day


def _written_words(draft: Draft) -> str:
    """What was written now: of a correction without the words of the entry with which it began."""
    return draft.text.removeprefix(draft.content[_ENTRY_TEXT]) if _corrects(draft) else draft.text


async def _unit_of(session: Session, actor: Actor, draft: Draft) -> Unit:
    """The unit that was chosen, else the one with whose name the words begin, else the person's own."""
    chosen = draft.content.get("unit")
    if chosen is not None:
        return await session.get_one(Unit, chosen)
    words = normalise(without_day(draft.text)).casefold()
    own = actor.contact.unit_id
    if not actor.is_office and own not in actor.answered_units:
        own = min(actor.answered_units, default=own)
    named = [*((unit.name, unit) for unit in await people.all_units(session))]
    named += await aliases.units_by_alias(session)
    found = [
        (len(name), unit)
        for name, unit in named
        if words.startswith(normalise(name).casefold()) and activity_rights.may_write_for(actor, ident(unit))
    ]
    if found:
        return max(found, key=lambda one: one[0])[1]
    return await session.get_one(Unit, own)


async def begin_correction(turn: Turn, draft: Draft, activity: Activity) -> None:
    """Fill an empty draft with an entry as it stands: its card shows the same, until something is changed."""
    figures = (await activities.figures_of(turn.session, [ident(activity)]))[ident(activity)]
    files = await activities.files_of(turn.session, ident(activity))
    evidence = tuple(
        EvidenceFile(file.kind.value, file.file_id, file.file_unique_id, file.file_name) for file in files
    )
    draft_parts.put(draft, [DraftPart(None, activity.text, evidence)])
    draft.awaiting_text = False
    note(
        turn,
        draft,
        **{_ENTRY: ident(activity), _REVISION: activity.revision},
        **{_ENTRY_TEXT: activity.text, _ENTRY_DAY: activity.day.isoformat()},
        **_chosen_in(activity, turn.campaign.today(activity.recorded_at)),
        untouched=True,
        unit=activity.unit_id,
        numbers=number_choices(activity.text, figures),
        same=activity_numbers.answers_of(figures),
    )


def number_choices(text: str, figures: Sequence[ActivityFigure]) -> dict[str, str]:
    """What was chosen for the numbers in the words of an entry that has these figures."""
    keys = activity_numbers.by_key(figures)
    return {
        number.key: (NumberChoice.KEPT if number.key in keys else NumberChoice.DROPPED).value
        for number in activity_numbers.numbers_in(text, {})
    }


def _chosen_in(activity: Activity, recorded: date) -> dict[str, str]:
    """What the entry has otherwise than its words say; all else follows the words when they change.

    昨天 in its words is read as on the day on which it was recorded.
    """
    found = {}
    readings = {named_day(activity.text, day) for day in (activity.day, recorded)}
    if not readings & {None, activity.day}:
        found["day"] = activity.day.isoformat()
    if (kind_of(activity.text) or ActivityKind.OTHER) is not activity.kind:
        found["kind"] = activity.kind.value
    if title_of(activity.text) != activity.title:
        found["title"] = activity.title
    return found
