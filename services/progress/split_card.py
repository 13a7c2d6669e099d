"""The card of a draft about several tasks: a section for each, and the buttons that change the splitting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text
from models.db import ident
from models.drafts import Draft
from models.tasks import Task
from reports.formats import files_text, short
from services.access import Actor
from services.drafts import draft_changes, task_split
from services.drafts.draft_figures import NO_TASK, DraftFigure
from services.drafts.draft_kinds import draft_button
from services.views import ButtonSpec

# Telegram takes 100 buttons in all.
MOVED: Final = 2


def sections(
    about: Sequence[Task], figures: Sequence[DraftFigure], by_figure: Sequence[Sequence[Text]]
) -> list[Text]:
    """Each task with the lines of its numbers."""
    lines = []
    for place, task in enumerate(about, 1):
        lines.append(Text("progress.card.task_of", place=place, objective=short(task.objective, 80)))
        for figure, its_lines in zip(figures, by_figure, strict=True):
            if figure.task_id == task.id:
                lines += its_lines
    return lines


def rows(actor: Actor, draft: Draft, about: Sequence[Task]) -> list[list[ButtonSpec]]:
    """不拆分, and where the files go; none for a draft about one task."""
    if len(about) < 2:
        return []
    moving = [
        _moves(actor, draft, about, index)
        for index, figure in enumerate(draft_changes.figures_of(draft))
        if figure.doubt == NO_TASK and figure.mode is None and not figure.dropped
    ][:MOVED]
    whole = [
        draft_button(
            Text("progress.unsplit_button", place=place),
            "report.unsplit",
            actor.id,
            draft,
            task_id=ident(task),
        )
        for place, task in enumerate(about, 1)
    ]
    if not draft_changes.files_of(draft):
        return [*moving, whole]
    now = task_split.files_for(draft)
    places: list[tuple[int | None, Text]] = [(None, Text("progress.files_for_all_button"))]
    places += [
        (task.id, Text("progress.files_for_button", place=place)) for place, task in enumerate(about, 1)
    ]
    files = [
        draft_button(label, "report.files", actor.id, draft, task_id=task_id)
        for task_id, label in places
        if task_id != now
    ]
    return [*moving, files, whole]


def _moves(actor: Actor, draft: Draft, about: Sequence[Task], index: int) -> list[ButtonSpec]:
    """For a number that names no task: the tasks to which it can be given instead."""
    now = draft_changes.figures_of(draft)[index].task_id
    return [
        draft_button(
            Text("progress.move_button", number=index + 1, place=place),
            "report.move",
            actor.id,
            draft,
            index=index,
            task_id=task.id,
        )
        for place, task in enumerate(about, 1)
        if task.id != now
    ]


def files_line(draft: Draft) -> Text:
    """How many files there are, and to which of the reports they go."""
    files = files_text(file.kind for file in draft_changes.files_of(draft))
    only = task_split.files_for(draft)
    if not task_split.is_split(draft):
        return Text("progress.card.files", files=files)
    if only is None:
        return Text("progress.card.files_for_all", files=files)
    return Text("progress.card.files_for", files=files, place=task_split.tasks_of(draft).index(only) + 1)
