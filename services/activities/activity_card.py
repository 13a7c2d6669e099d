"""The card of a half-made entry: what was understood, what is still asked, and the buttons to change it."""

from __future__ import annotations

from typing import Final

from locales import Text
from models import activities
from models.activities import Activity
from models.db import Session, ident
from models.drafts import Draft
from reports.formats import files_text, short
from rules.activities.activity_kinds import ActivityKind
from rules.progress.quantities import Doubt
from services.access import Actor
from services.activities import activity_drafts, activity_numbers, activity_texts
from services.activities.activity_drafts import ActivityDraft
from services.activities.activity_numbers import ActivityNumber, NumberChoice
from services.drafts import draft_changes, draft_parts, repeated_words
from services.drafts.draft_kinds import draft_button
from services.views import ButtonSpec, View, in_rows

KINDS_IN_ROW: Final = 4
_ITEM: Final = 30
_SAME: Final = {None: "activities.ask_same", True: "activities.same", False: "activities.not_same"}
Rows = list[list[ButtonSpec]]


async def card(session: Session, actor: Actor, draft: Draft) -> View:
    """The card; while nothing was written yet, the question what there is to record."""
    if draft_changes.is_empty(draft):
        cancel = _button(actor, draft, "activities.cancel_button", "cancel")
        return View([Text("activities.ask_words")], [[cancel]], draft_id=draft.id)
    entry = await activity_drafts.read(session, actor, draft)
    lines = [await _title(session, entry), *_about(entry), *_numbers(entry)]
    lines += [*_files(draft), *repeated_words.lines(draft), *await _alike(session, entry)]
    return View([*lines, *_open(entry)], _rows(actor, entry), draft_id=draft.id)


async def _title(session: Session, entry: ActivityDraft) -> Text:
    if entry.entry_id is None:
        return Text("activities.card_title")
    corrected = await activities.activity_by_id(session, entry.entry_id)
    return Text("activities.correction_title", number=corrected.number if corrected else "")


def _about(entry: ActivityDraft) -> list[Text]:
    draft = entry.draft
    day = activity_texts.day_line(entry.day, said=entry.said)
    lines = activity_texts.head_lines(day, entry.kind, entry.unit.name, entry.title)
    lines += activity_texts.words_line(draft.text, entry.title)
    if sources := draft_parts.sources_of(draft):
        lines.append(Text("progress.card.forwarded", sources=sources))
    return lines


def _numbers(entry: ActivityDraft) -> list[Text]:
    huge = activity_numbers.too_large(entry.draft.text)
    amiss = [Text("activities.too_large", items=[short(one.item, _ITEM) for one in huge])] if huge else []
    if not entry.numbers:
        return amiss or [Text("activities.no_numbers")]
    lines = [Text("activities.numbers"), *activity_texts.numbered([_number(one) for one in entry.numbers])]
    lines += amiss
    if count := activity_numbers.left_out(entry.draft.text):
        lines.append(Text("activities.numbers_left_out", limit=activity_numbers.LIMIT, count=count))
    return lines


def _number(number: ActivityNumber) -> Text:
    text = activity_texts.number_text(number)
    if number.choice is NumberChoice.DROPPED:
        return Text("activities.dropped", line=text)
    if number.is_asked:
        asked = "number" if number.doubt is not None else "again"
        asked = "unit" if number.doubt is Doubt.UNIT else asked
        return Text(f"activities.asked.{asked}", line=text)
    if number.filed is None:
        return text
    return Text(_SAME[number.same], line=text, filed=activity_texts.filed_text(number.filed))


def _files(draft: Draft) -> list[Text]:
    lines = []
    if files := draft_changes.files_of(draft):
        lines.append(Text("activities.files", files=files_text(file.kind for file in files)))
    if count := draft_parts.left_out_of(draft):
        lines.append(Text("issues.card.files_left_out", limit=draft_parts.EVIDENCE_LIMIT, count=count))
    if draft_parts.lost_words(draft):
        lines.append(Text("issues.card.words_left_out", limit=draft_parts.TEXT_LIMIT))
    return lines


async def _alike(session: Session, entry: ActivityDraft) -> list[Text]:
    """A line about an entry that is there already: of that day and unit, with that title."""
    found = await like(session, entry)
    return [] if found is None else [Text("activities.alike", number=found.number)]


async def like(session: Session, entry: ActivityDraft) -> Activity | None:
    """Another entry of the same day and unit with the same title."""
    found = await activities.between(session, entry.day, entry.day, unit_ids=[ident(entry.unit)])
    others = (one for one in found if one.id != entry.entry_id and one.title == entry.title)
    return next(others, None)


def _open(entry: ActivityDraft) -> list[Text]:
    """What has to be answered before the entry can be recorded; else what to do next."""
    lines = []
    if entry.impossible:
        lines.append(Text("activities.impossible_day", day=entry.impossible))
    if entry.ahead:
        lines.append(Text("activities.ahead"))
    if entry.needs_title:
        lines.append(Text("activities.ask_title_first"))
    if any(number.is_asked or number.asks_same for number in entry.numbers):
        lines.append(Text("activities.ask_numbers"))
    return lines or [Text("activities.ask_confirm")]


def _rows(actor: Actor, entry: ActivityDraft) -> Rows:
    draft = entry.draft
    rows = [row for at, number in enumerate(entry.numbers) if (row := _number_row(actor, draft, at, number))]
    changes = ["day", "kind", "title", "words"]
    if actor.is_office or len(actor.answered_units) > 1:
        changes.insert(2, "unit")
    rows += in_rows(
        [_button(actor, draft, f"activities.change.{what}_button", f"ask_{what}") for what in changes], 3
    )
    last = [_button(actor, draft, "activities.confirm_button", "confirm")] if entry.ready else []
    return [*rows, [*last, _button(actor, draft, "activities.cancel_button", "cancel")]]


def _number_row(actor: Actor, draft: Draft, at: int, number: ActivityNumber) -> list[ButtonSpec]:
    """The buttons of a number: what is asked about it, else to leave it out or to take it in again."""

    def choice(key: str, chosen: NumberChoice) -> ButtonSpec:
        return _numbered(actor, draft, key, "number", at, number, choice=chosen)

    if number.is_asked:
        keep = [] if number.doubt is Doubt.UNIT else [choice("activities.keep_button", NumberChoice.KEPT)]
        return [*keep, choice("activities.drop_button", NumberChoice.DROPPED)]
    if number.choice is NumberChoice.DROPPED:
        return [] if number.doubt is Doubt.UNIT else [choice("activities.keep_button", NumberChoice.KEPT)]
    if number.filed is not None:
        answers = [(True, "activities.same_button"), (False, "activities.not_same_button")]
        offered = [(same, key) for same, key in answers if same is not number.same]
        return [_numbered(actor, draft, key, "same", at, number, same=same) for same, key in offered]
    return [choice("activities.drop_button", NumberChoice.DROPPED)]


def _numbered(
    actor: Actor, draft: Draft, key: str, action: str, at: int, number: ActivityNumber, **arguments: object
) -> ButtonSpec:
    shown = short(number.item, 10) if number.item else activity_texts.number_text(number)
    text = Text(key, n=at + 1, item=shown)
    return draft_button(text, f"activity.{action}", actor.id, draft, at=at, **arguments)


def choose_kind(actor: Actor, draft: Draft) -> View:
    """改类别: a button for each kind."""
    buttons = [
        draft_button(activity_texts.kind_text(kind), "activity.kind", actor.id, draft, kind=kind)
        for kind in ActivityKind
    ]
    return ask(actor, draft, "activities.ask_kind", in_rows(buttons, KINDS_IN_ROW))


def ask(actor: Actor, draft: Draft, key: str, rows: Rows, **values: object) -> View:
    """A question about the entry in the place of its card, with a way back."""
    back = [_button(actor, draft, "activities.back_button", "show")]
    return View([Text(key, **values)], [*rows, back], draft_id=draft.id)


def _button(actor: Actor, draft: Draft, key: str, action: str) -> ButtonSpec:
    return draft_button(key, f"activity.{action}", actor.id, draft)
