"""An entry of the log as it stands: fields, words, numbers, files; for who may write, to correct it."""

from __future__ import annotations

from locales import Text
from models import activities
from models.activities import Activity, ActivityFigure
from models.activities.filed_numbers import FiledNumber
from models.db import ident
from models.people import Unit
from reports.formats import files_text, moment_text
from services.activities import activity_rights, activity_texts, same_work
from services.directory_names import DirectoryNames
from services.turn import Turn
from services.views import ButtonSpec, FileSpec, View, button


async def open_one(turn: Turn, activity_id: int) -> View:
    """The entry with its files."""
    shown = await view(turn, activity_id)
    files = [
        FileSpec(one.kind.value, file_id=one.file_id, name=one.file_name)
        for one in await activities.files_of(turn.session, activity_id)
    ]
    return View(shown.lines, shown.rows, files=files)


async def view(turn: Turn, activity_id: int) -> View:
    """The entry without its files."""
    activity = await activity_rights.visible(turn, activity_id)
    unit = await turn.session.get_one(Unit, activity.unit_id)
    files = await activities.files_of(turn.session, activity_id)
    lines = [Text("activities.entry_title", number=activity.number)]
    if activity.withdrawn:
        lines.append(Text("activities.withdrawn"))
    day = activity_texts.day_line(activity.day)
    lines += activity_texts.head_lines(day, activity.kind, unit.name, activity.title)
    lines += activity_texts.words_line(activity.text, activity.title)
    numbers, rows = await _numbers(turn, activity)
    lines += numbers
    if files:
        lines.append(Text("activities.files", files=files_text(file.kind.value for file in files)))
    lines.append(await _recorded(turn, activity))
    return View(lines, [*rows, *_buttons(turn, activity)])


async def _recorded(turn: Turn, activity: Activity) -> Text:
    names = await DirectoryNames.load(turn.session)
    at = moment_text(activity.recorded_at, turn.campaign.zone, turn.today.year)
    who = names.who(activity.recorded_by)
    if activity.revision == 1:
        return Text("activities.recorded_by", who=who, at=at)
    return Text("activities.recorded_and_changed", who=who, at=at, count=activity.revision - 1)


async def _numbers(turn: Turn, activity: Activity) -> tuple[list[Text], list[list[ButtonSpec]]]:
    """The numbers; one that a report has, too, is asked about until somebody has said."""
    figures = (await activities.figures_of(turn.session, [ident(activity)]))[ident(activity)]
    if not figures:
        return [Text("activities.no_numbers")], []
    beside = await same_work.of_entry(turn.session, activity, figures)
    writes = activity_rights.may_write_for(turn.actor, activity.unit_id) and not activity.withdrawn
    lines, rows = [], []
    for at, (figure, text) in enumerate(zip(figures, activity_texts.figure_texts(figures), strict=True)):
        like = beside.get(ident(figure))
        if like is not None and like.same:
            text = Text("activities.refers", line=text, number=like.filed.receipt_no)
        elif like is not None and like.same is None:
            text = Text("activities.ask_same", line=text, filed=activity_texts.filed_text(like.filed))
            rows += [_same_row(turn, activity, figure, like.filed, at + 1)] if writes else []
        lines.append(text)
    return [Text("activities.numbers"), *activity_texts.numbered(lines)], rows


def _same_row(
    turn: Turn, activity: Activity, figure: ActivityFigure, like: FiledNumber, n: int
) -> list[ButtonSpec]:
    return [
        button(
            Text(key, n=n, item=figure.item),
            "activity.settle",
            turn.actor.id,
            activity_id=activity.id,
            revision=activity.revision,
            figure_id=figure.id,
            report_id=report_id,
        )
        for key, report_id in (
            ("activities.same_button", like.report_id),
            ("activities.not_same_button", None),
        )
    ]


def _buttons(turn: Turn, activity: Activity) -> list[list[ButtonSpec]]:
    listed = button("activities.list_button", "activity.list", turn.actor.id, offset=0)
    if not activity_rights.may_write_for(turn.actor, activity.unit_id):
        return [[listed]]
    said = {"activity_id": activity.id, "revision": activity.revision}
    if activity.withdrawn:
        return [[button("activities.restore_button", "activity.restore", turn.actor.id, **said), listed]]
    return [
        [
            button("activities.correct_button", "activity.correct", turn.actor.id, activity_id=activity.id),
            button("activities.withdraw_button", "activity.withdraw", turn.actor.id, **said),
        ],
        [listed],
    ]
