"""The draft of a report: a database row, so that it survives a restart. Each change makes a new revision."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import col

from models import drafts
from models.db import Session, keep
from models.drafts import Draft, DraftKind
from models.progress import EvidenceKind, ProgressReport, mode_choices, report_sums
from models.progress.mode_choices import WORDING_LIMIT
from rules.amounts import REPORTED_LIMIT
from rules.progress.percent import read_percent
from rules.progress.quantities import Doubt, Quantity
from rules.progress.stated_modes import says_sum, stated_modes
from services import access
from services.access import Actor
from services.drafts import draft_figures, draft_parts, figure_changes, sums_below, task_split, words_read
from services.drafts.draft_figures import DraftFigure as DraftFigure

# A draft's parts are used together with what is read from them.
from services.drafts.draft_parts import EVIDENCE_LIMIT as EVIDENCE_LIMIT
from services.drafts.draft_parts import TEXT_LIMIT as TEXT_LIMIT
from services.drafts.draft_parts import Addition as Addition
from services.drafts.draft_parts import EvidenceFile as EvidenceFile
from services.drafts.draft_parts import Location as Location
from services.drafts.draft_parts import files_of as files_of
from services.drafts.draft_parts import location_of as location_of
from services.drafts.draft_parts import parts_of as parts_of
from services.drafts.task_metrics import TaskMetrics
from services.drafts.task_split import NumberOwner
from services.errors import DomainError, OldCardError
from services.turn import Turn

# Telegram sends an album as separate messages, and nothing says which is the last. The delay is measured by
# the system's clock, because it waits for Telegram. The campaign's clock may be a simulated one.
CARD_DELAY = timedelta(seconds=2)
FIRST_REVISIONS = 2**30
# Each number is a line of the card, and costs work while the database has one writer.
NUMBERS_LIMIT = 60


def figures_of(draft: Draft) -> list[DraftFigure]:
    return [DraftFigure(**figure) for figure in draft.content.get("figures", [])]


def is_empty(draft: Draft) -> bool:
    """Whether the draft still waits for its first words, photo or place."""
    return not draft.text and not files_of(draft) and location_of(draft) is None


def percent_of(draft: Draft) -> int | None:
    """How much of the task is done, 0 to 100, as the words state it."""
    percent: int | None = draft.content.get("percent")
    return percent


def numbers_left_out_of(draft: Draft) -> int:
    """How many numbers of the words exceed what a report counts."""
    return int(draft.content.get("numbers_left_out", 0))


def asides_of(draft: Draft) -> list[tuple[str, str]]:
    """The numbers of the words that were not done now, as written, each with its ``Aside``."""
    return [(words, aside) for words, aside in draft.content.get("asides", [])]


def candidates_of(draft: Draft) -> list[int]:
    """Tasks to choose from while the draft has none."""
    return list(draft.content.get("candidates", []))


async def current(turn: Turn, revision: int | None = None) -> Draft:
    """The contact's draft in this chat; ``DomainError`` if there is none or the button's card is older."""
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is None:
        raise DomainError("progress.no_draft")
    if revision is not None and draft.revision != revision:
        raise OldCardError
    return draft


async def open_draft(turn: Turn, *, task_id: int | None) -> Draft:
    """A new draft; it replaces an unfinished one in this chat."""
    draft = await _opened(turn, task_id)
    await turn.session.flush()
    return draft


async def draft_for_words(turn: Turn) -> Draft:
    """As ``open_draft``, for words that come at once: it is written with them, and has no key until then."""
    return await _opened(turn, None)


async def _opened(turn: Turn, task_id: int | None) -> Draft:
    await discard(turn)
    draft = Draft(
        contact_id=turn.actor.id,
        chat_id=turn.chat,
        task_id=task_id,
        # It does not start at 0: the buttons of a cancelled draft's card must never fit another draft.
        revision=secrets.randbelow(FIRST_REVISIONS),
        awaiting_text=True,
        updated_at=turn.now,
    )
    turn.session.add(draft)
    keep(turn.session, [draft])
    return draft


async def discard(turn: Turn) -> bool:
    """Delete the draft; returns whether there was one."""
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is None:
        return False
    if draft.id is None:
        turn.session.expunge(draft)  # it was never written
        return True
    return await drafts.delete_draft(
        turn.session,
        col(Draft.contact_id) == turn.actor.id,
        col(Draft.chat_id) == turn.chat,
        col(Draft.set_aside_at).is_(None),
    )


async def take(session: Session, draft: Draft) -> None:
    """Consume the draft at this revision; ``DomainError`` when another press was first."""
    if not await drafts.delete_draft(
        session, col(Draft.id) == draft.id, col(Draft.revision) == draft.revision
    ):
        raise OldCardError


async def is_begun(turn: Turn) -> bool:
    """Whether a paper is half made in this chat."""
    return await drafts.draft_of(turn.session, turn.actor.id, turn.chat) is not None


async def add(turn: Turn, draft: Draft, addition: Addition) -> bool:
    """Put a message into the draft. True: show its card now.

    False: parts of an album may follow, so the card is due ``CARD_DELAY`` after the last.
    """
    further_part = draft_parts.holds_album(draft, addition.album)
    alone = draft.card_message_id is None and draft_parts.is_only_album(draft, addition.album)
    first_card = alone or is_empty(draft)
    draft_parts.append(draft, addition)
    if not further_part:
        figure_changes.forget(draft)
    if addition.text and first_card:
        await reread(turn, draft)
    elif addition.text:
        await reread_and_compare(turn, draft)
    elif not further_part:
        # A photo says nothing about the numbers, so the choices made for them stay.
        store(draft, figures_of(draft), turn.now)
    if not further_part:
        # The next card stands below this message. A further part only changes the card that was sent, and
        # leaves its buttons valid.
        draft.card_message_id = None
    if addition.album is None and draft.card_due_at is None:
        return True
    draft.card_due_at = (addition.arrived_at or turn.now) + CARD_DELAY
    return False


async def change_part(turn: Turn, draft: Draft, message_id: int, addition: Addition) -> None:
    """Put an edited message in the place of its part; the card is due at once."""
    if draft_parts.change(draft, message_id, addition):
        await (reread if draft.card_message_id is None else reread_and_compare)(turn, draft)
        draft.card_due_at = draft.card_due_at or addition.arrived_at or turn.now


async def reread_and_compare(turn: Turn, draft: Draft) -> None:
    """``reread`` of a draft whose card is out; notes for the next card what changed."""
    before = figures_of(draft)
    if draft.card_due_at is not None and (shown := figure_changes.compared_with(draft)) is not None:
        before = shown  # the last changes are not on the card yet, so it will tell of these as well
    await reread(turn, draft)
    if draft.kind is DraftKind.REPORT:
        figure_changes.note(draft, before, figures_of(draft))


async def reread(turn: Turn, draft: Draft) -> None:
    """Read the numbers of the draft's words again and file each under a metric of its task.

    A case has none.
    """
    if draft.kind is not DraftKind.REPORT:
        store(draft, [], turn.now)
        return
    everything = await words_read.quantities(turn.session, turn.actor, draft.text)
    modes = stated_modes(draft.text, [quantity.span for quantity in everything])
    said = [(quantity, mode) for quantity, mode in zip(everything, modes, strict=True) if _in_range(quantity)]
    read = [(quantity, mode) for quantity, mode in said if quantity.aside is None]
    owners = await task_split.owners(turn.session, draft, [quantity for quantity, _ in read])
    task_split.drop_empty(draft, owners)
    figures = await _understood(turn, draft, read[:NUMBERS_LIMIT], owners)
    figures = await recalled(turn, draft, draft_figures.without_repeats(figures))
    figures = await sums_below.ask(turn.session, turn.actor, draft, figures)
    left_out = max(len(read) - NUMBERS_LIMIT, 0)
    asides = [(draft.text[slice(*q.span)], q.aside.value) for q, _ in said if q.aside]
    found = {"numbers_left_out": left_out, "asides": asides}
    draft.content = {**draft.content, **_progress(draft), **found}
    about = task_split.tasks_of(draft)
    before = [figure for figure in figures_of(draft) if figure.task_id in {None, *about}]
    store(draft, _with_choices(figures, before), turn.now)


async def _understood(
    turn: Turn, draft: Draft, read: Sequence[tuple[Quantity, bool | None]], owners: Sequence[NumberOwner]
) -> list[DraftFigure]:
    """The numbers, each under a metric of its task (``owners``)."""
    known: dict[int | None, TaskMetrics] = {None: TaskMetrics([], {})}
    totals: dict[int, Decimal] = {}
    if draft.task_id is not None and read:
        unit_id = await counting_unit(turn.session, turn.actor, draft)
        for one in task_split.tasks_of(draft):
            known[one] = await TaskMetrics.of(turn.session, one, unit_id)
            of_it = [
                quantity for (quantity, _), owner in zip(read, owners, strict=False) if owner.task_id == one
            ]
            await known[one].look_beside(turn.session, of_it)
        ids = [metric_id for metrics in known.values() for metric_id in metrics.ids]
        totals = await report_sums.metric_totals(turn.session, ids, unit_id, before=draft.report_id)
    understood = []
    for (quantity, mode), owner in zip(read, owners, strict=False):
        task_id = owner.task_id if owner.task_id in known else draft.task_id
        said = _wording(draft.text, quantity)
        figure = replace(
            draft_figures.understood(quantity, mode, said, known[task_id], totals),
            task_id=task_id,
            dropped=owner.task_id != task_id,  # another report, filed together with this one, has it
        )
        if not owner.sure and task_split.is_split(draft):
            figure = replace(figure, doubt=figure.doubt or draft_figures.NO_TASK, mode=None)
        understood.append(figure)
    return understood


async def moved(turn: Turn, draft: Draft, figure: DraftFigure, task_id: int) -> DraftFigure:
    """The figure under another of the draft's tasks."""
    unit_id = await counting_unit(turn.session, turn.actor, draft)
    known = await TaskMetrics.of(turn.session, task_id, unit_id)
    totals = await report_sums.metric_totals(turn.session, known.ids, unit_id)
    doubt = None if figure.doubt is None or figure.doubt in draft_figures.OURS else Doubt(figure.doubt)
    quantity = Quantity(figure.read_item, figure.stated, figure.read_unit, figure.approx, (0, 0), doubt)
    await known.look_beside(turn.session, [quantity])
    there = draft_figures.understood(quantity, figure.cumulative, figure.wording or "", known, totals)
    (known_mode,) = await recalled(turn, draft, [replace(there, task_id=task_id, touched=True)])
    return known_mode


def _wording(text: str, quantity: Quantity) -> str:
    """How the words name a number that they leave open: its item, and 共 if they call it a sum."""
    return (("共" if says_sum(text, quantity.span[0]) else "") + quantity.item)[:WORDING_LIMIT]


async def recalled(turn: Turn, draft: Draft, figures: Sequence[DraftFigure]) -> list[DraftFigure]:
    """The figures, those that are open in the mode that their unit chose last for such words."""
    if all(figure.mode or figure.recall_key is None for figure in figures):
        return list(figures)
    unit_id = await counting_unit(turn.session, turn.actor, draft)
    metric_ids = [figure.metric_id for figure in figures if figure.metric_id is not None]
    modes = await mode_choices.of_unit(turn.session, unit_id, metric_ids)
    return [draft_figures.recalled(figure, modes) for figure in figures]


def countable(found: Iterable[Quantity]) -> list[Quantity]:
    """The numbers of a report's words that count: done now, more than 0 and below the limit."""
    return [quantity for quantity in found if _in_range(quantity) and quantity.aside is None]


def _in_range(quantity: Quantity) -> bool:
    return 0 < quantity.value < REPORTED_LIMIT


async def unit_totals(
    session: Session, actor: Actor, draft: Draft, metric_ids: Collection[int]
) -> dict[int, Decimal]:
    """What the unit has reported under each metric so far; for a correction: before the corrected report."""
    unit_id = await counting_unit(session, actor, draft)
    return await report_sums.metric_totals(session, metric_ids, unit_id, before=draft.report_id)


async def counting_unit(session: Session, actor: Actor, draft: Draft) -> int:
    """The unit under which the draft will count; for a correction: under which its report counts."""
    report = None if draft.report_id is None else await session.get(ProgressReport, draft.report_id)
    return await access.counting_unit(session, actor, draft.task_id) if report is None else report.unit_id


def _progress(draft: Draft) -> dict[str, int | None]:
    """The task's progress as the words state it; none beyond 100%, or if the person dropped it."""
    stated = read_percent(draft.text)
    over = stated is not None and stated > 100
    dropped = stated is not None and stated == draft.content.get("percent_dropped")
    return {"percent": None if over or dropped else stated, "percent_over": stated if over else None}


def drop_percent(draft: Draft, now: datetime) -> None:
    """Record that the number is not the task's progress; the same number is not read again."""
    draft.content = {**draft.content, "percent": None, "percent_dropped": percent_of(draft)}
    store(draft, figures_of(draft), now)


def _with_choices(figures: Sequence[DraftFigure], before: Sequence[DraftFigure]) -> list[DraftFigure]:
    """Keep what the person chose for numbers that are still there: further words do not undo it."""
    chosen = {(f.read_item, f.stated, f.read_unit): f for f in before if f.touched}
    return [chosen.pop((f.read_item, f.stated, f.read_unit), f) for f in figures]


def store(draft: Draft, figures: Sequence[DraftFigure], now: datetime) -> None:
    """Store changed figures. The buttons of older cards end, and an unusual number is asked about again."""
    kept = [asdict(figure) for figure in figures]
    draft.content = {**draft.content, "figures": kept, "checked": False}
    end_buttons(draft, now)


def end_buttons(draft: Draft, now: datetime) -> None:
    """Let the buttons of the cards so far mean nothing more."""
    draft.revision += 1
    draft.updated_at = now


def is_checked(draft: Draft) -> bool:
    """Whether the person has been asked about the unusual numbers as they stand."""
    return bool(draft.content.get("checked"))


def note_checked(draft: Draft, now: datetime) -> None:
    """Record that the person is being asked; the buttons of the card before end."""
    store(draft, figures_of(draft), now)
    draft.content = {**draft.content, "checked": True}


def evidence_kind(file: EvidenceFile) -> EvidenceKind:
    return EvidenceKind(file.kind)
