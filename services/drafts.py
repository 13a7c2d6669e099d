"""The half-made report: a database row, so that it survives a restart; each change makes a new revision."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from models import progress, tasks
from models.columns import rows_changed
from models.db import Session
from models.progress import Draft, EvidenceKind, FigureMode
from models.tasks import Metric
from rules.amounts import REPORTED_LIMIT
from rules.quantities import Quantity, read_quantities
from rules.reporting import says_cumulative, says_the_same
from services.access import Actor
from services.errors import DomainError

TEXT_LIMIT = 4000
EVIDENCE_LIMIT = 30
FIRST_REVISIONS = 2**30


@dataclass(frozen=True, slots=True)
class DraftFigure:
    """A number as understood so far. ``metric_id`` None: a metric named ``item`` is to be made.
    ``mode`` None: still to be asked. ``dropped``: not to be counted. ``read_item``, ``read_unit`` and
    ``cumulative`` are what the words say, whatever metric it was filed under since. ``touched``: the person
    changed something of it; ``chosen``: he chose the mode."""

    item: str
    value: str
    unit: str
    approx: bool
    read_item: str
    read_unit: str
    metric_id: int | None = None
    mode: str | None = None
    dropped: bool = False
    cumulative: bool | None = None
    touched: bool = False
    chosen: bool = False

    @property
    def amount(self) -> Decimal:
        return Decimal(self.value)


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    kind: str
    file_id: str
    file_unique_id: str
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """What one message brings: words, files, and the album it belongs to."""

    text: str = ""
    files: Sequence[EvidenceFile] = ()
    album: str | None = None


def figures_of(draft: Draft) -> list[DraftFigure]:
    return [DraftFigure(**figure) for figure in draft.content.get("figures", [])]


def files_of(draft: Draft) -> list[EvidenceFile]:
    return [EvidenceFile(**file) for file in draft.content.get("files", [])]


def is_empty(draft: Draft) -> bool:
    """True while the draft still waits for its first words or photo."""
    return not draft.text and not files_of(draft)


def candidates_of(draft: Draft) -> list[int]:
    """Tasks to choose from while the draft has none."""
    return list(draft.content.get("candidates", []))


async def current(session: Session, actor: Actor, chat_id: int, revision: int | None = None) -> Draft:
    """The contact's draft here; ``DomainError`` if there is none or the button is of an older card."""
    draft = await progress.draft_of(session, actor.id, chat_id)
    if draft is None:
        raise DomainError("progress.no_draft")
    if revision is not None and draft.revision != revision:
        raise DomainError("progress.old_card")
    return draft


async def open_draft(
    session: Session, actor: Actor, chat_id: int, *, now: datetime, task_id: int | None
) -> Draft:
    """A fresh draft; an unfinished one in this chat is replaced."""
    await discard(session, actor, chat_id)
    draft = Draft(
        contact_id=actor.id,
        chat_id=chat_id,
        task_id=task_id,
        # Not from 0: the buttons of a cancelled draft's card must never fit another draft.
        revision=secrets.randbelow(FIRST_REVISIONS),
        awaiting_text=True,
        updated_at=now,
    )
    session.add(draft)
    await session.flush()
    return draft


async def discard(session: Session, actor: Actor, chat_id: int) -> bool:
    """Delete the draft; whether there was one."""
    gone = await session.execute(
        sa.delete(Draft).where(col(Draft.contact_id) == actor.id, col(Draft.chat_id) == chat_id)
    )
    return rows_changed(gone) == 1


async def take(session: Session, draft: Draft) -> None:
    """Consume the draft at this revision; ``DomainError`` when another press was first."""
    gone = await session.execute(
        sa.delete(Draft).where(col(Draft.id) == draft.id, col(Draft.revision) == draft.revision)
    )
    if rows_changed(gone) != 1:
        raise DomainError("progress.old_card")


async def add(session: Session, actor: Actor, draft: Draft, addition: Addition, now: datetime) -> bool:
    """Put a message into the draft. False: it was a further part of an album, whose card is out already."""
    files = [*files_of(draft), *addition.files]
    if len(files) > EVIDENCE_LIMIT:
        raise DomainError("progress.too_many_files", limit=EVIDENCE_LIMIT)
    further_part = bool(addition.album) and draft.content.get("album") == addition.album
    changes: dict[str, Any] = {"files": [asdict(file) for file in files], "album": addition.album}
    if further_part and not addition.text:
        draft.content = {**draft.content, **changes}
        return False
    if addition.text:
        joined = addition.text if draft.awaiting_text or not draft.text else f"{draft.text}\n{addition.text}"
        if len(joined) > TEXT_LIMIT:
            raise DomainError("progress.too_long", limit=TEXT_LIMIT)
        draft.text = joined
        draft.awaiting_text = False
    draft.content = {**draft.content, **changes}
    if addition.text:
        await reread(session, actor, draft, now)
    else:
        # A photo says nothing about the numbers: what was chosen for them stays.
        store(draft, figures_of(draft), now)
    return True


async def reread(session: Session, actor: Actor, draft: Draft, now: datetime) -> None:
    """Read the numbers of the draft's words again and file each under a metric of its task."""
    read = [q for q in read_quantities(draft.text) if 0 < q.value < REPORTED_LIMIT]
    known: Sequence[Metric] = []
    totals: dict[int, Decimal] = {}
    if draft.task_id is not None:
        known = await tasks.metrics_of(session, draft.task_id)
        ids = [metric.id for metric in known if metric.id is not None]
        totals = await progress.metric_totals(session, ids, actor.contact.unit_id)
    figures = [_understood(draft.text, quantity, known, totals) for quantity in read]
    store(draft, _with_choices(_without_repeats(figures), figures_of(draft)), now)


def _with_choices(figures: Sequence[DraftFigure], before: Sequence[DraftFigure]) -> list[DraftFigure]:
    """Further words do not undo what the person chose for numbers that still stand there."""
    chosen = {(f.read_item, f.value, f.read_unit): f for f in before if f.touched}
    return [chosen.pop((f.read_item, f.value, f.read_unit), f) for f in figures]


def store(draft: Draft, figures: Sequence[DraftFigure], now: datetime) -> None:
    """Keep changed figures; buttons of older cards end with this."""
    draft.content = {**draft.content, "figures": [asdict(figure) for figure in figures]}
    draft.revision += 1
    draft.updated_at = now


def _understood(
    text: str, quantity: Quantity, known: Sequence[Metric], totals: dict[int, Decimal]
) -> DraftFigure:
    metric = match_metric(quantity.item, quantity.unit, known)
    figure = DraftFigure(
        item=metric.item if metric else quantity.item,
        value=f"{quantity.value:f}",
        unit=quantity.unit,
        approx=quantity.approx,
        read_item=quantity.item,
        read_unit=quantity.unit,
        metric_id=metric.id if metric else None,
    )
    figure = replace(figure, cumulative=says_cumulative(text, quantity.span[0]))
    total = totals.get(metric.id, Decimal(0)) if metric and metric.id is not None else Decimal(0)
    return with_mode(figure, total)


def with_mode(figure: DraftFigure, total: Decimal) -> DraftFigure:
    """The figure with the mode that its words and the metric's ``total`` so far leave no doubt about; one
    that the person chose stays."""
    return figure if figure.chosen else replace(figure, mode=_mode(figure, total))


def _mode(figure: DraftFigure, total: Decimal) -> str | None:
    if figure.cumulative and figure.amount < total:
        return None  # a total that falls is a mistake somewhere: ask
    if figure.cumulative is not None:
        return (FigureMode.CUMULATIVE if figure.cumulative else FigureMode.INCREMENT).value
    # Nothing was reported before: both readings add the same.
    return FigureMode.INCREMENT.value if total == 0 else None


def match_metric(item: str, unit: str, known: Sequence[Metric]) -> Metric | None:
    """The metric that the number goes under without asking: the same name, or the only one of that unit
    that may be meant by a shorter or longer wording."""
    same_unit = [metric for metric in known if metric.unit == unit]
    for metric in same_unit:
        if metric.item == item:
            return metric
    near = [metric for metric in same_unit if says_the_same(item, metric.item)]
    return near[0] if len(near) == 1 else None


def fits(figure: DraftFigure, metric: Metric) -> bool:
    """Whether the number may be filed there: tonnes are not added to places. A number without a unit of its
    own takes the metric's."""
    return figure.read_unit in {"", metric.unit}


def _without_repeats(figures: Sequence[DraftFigure]) -> list[DraftFigure]:
    """今日清理12处，累计576处 names one metric twice: the total then only checks the increment."""
    seen: dict[tuple[str, str], int] = {}
    kept = list(figures)
    for index, figure in enumerate(figures):
        key = (figure.item, figure.unit)
        if key not in seen:
            seen[key] = index
        elif figure.mode == FigureMode.CUMULATIVE.value:
            kept[index] = replace(figure, dropped=True)
        elif kept[seen[key]].mode == FigureMode.CUMULATIVE.value:
            kept[seen[key]] = replace(kept[seen[key]], dropped=True)
            seen[key] = index
    return kept


def evidence_kind(file: EvidenceFile) -> EvidenceKind:
    return EvidenceKind(file.kind)
