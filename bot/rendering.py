"""Turns a view into what Telegram takes: parts of HTML within its limit, and a keyboard of opaque keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog
from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from handlers.actions import check
from handlers.arguments import ArgumentsError
from locales import DEFAULT, Text, html_text, plain
from models.db import RowJson, Session
from rules.hidden_characters import visible
from rules.text_parts import MESSAGE_LIMIT, clip_plain, split_html
from services import buttons
from services.message_subjects import MessageSubjects
from services.views import ButtonSpec, FileSpec, View

log = structlog.get_logger(__name__)
LABEL_LIMIT: Final = 60
# This leaves room for the mark of a possible repeat, which must not move the cuts between the parts.
PART_LIMIT: Final = MESSAGE_LIMIT - 96
ALBUM_LIMIT: Final = 10


@dataclass(frozen=True, slots=True)
class RenderedView:
    """A view as Telegram gets it: parts of words, then ``albums`` of files.

    ``keyboard`` goes under the last part of words; a picture alone has none. ``locale``: the language of the
    files' captions. ``listed``: what a nag lists. ``content_hash``: that of a live message.
    """

    parts: list[str]
    keyboard: InlineKeyboardMarkup | None
    about: MessageSubjects = field(default_factory=MessageSubjects)
    albums: list[list[FileSpec]] = field(default_factory=list)
    locale: str = DEFAULT
    listed: RowJson | None = None
    content_hash: str = ""

    def __len__(self) -> int:
        return len(self.parts) + len(self.albums)

    def keyboard_of(self, index: int) -> InlineKeyboardMarkup | None:
        return self.keyboard if index == len(self.parts) - 1 else None


def albums_of(files: Sequence[FileSpec]) -> list[list[FileSpec]]:
    """The files in albums that Telegram takes.

    An album has at most ten files. Documents are apart from photos and videos. A file of ours goes alone.
    """
    albums: list[list[FileSpec]] = []
    kept = [file for file in files if not file.ours]
    for pictures in (True, False):
        alike = [file for file in kept if (file.kind != "document") is pictures]
        albums += [alike[at : at + ALBUM_LIMIT] for at in range(0, len(alike), ALBUM_LIMIT)]
    return [*albums, *([file] for file in files if file.ours)]


def render_view(
    session: Session, view: View, locale: str, now: datetime, *, stored: bool = False
) -> RenderedView:
    """Render a view in the reader's language; ``session`` keeps the meanings of its buttons.

    Raises ``ArgumentsError`` for a button that would not bind when it is pressed. ``stored``: the view may be
    older than the program; such a button is then left out.
    """
    specs = [[spec for spec in row if _means_something(spec, stored=stored)] for row in view.rows]
    rows = [
        [
            _inline_button(session, spec, clip_plain(visible(plain(spec.label, locale)), LABEL_LIMIT), now)
            for spec in row
        ]
        for row in specs
        if row
    ]
    keyboard = InlineKeyboardMarkup(rows) if rows else None
    # A promised picture has no words of its own.
    parts = split_html(view.html(locale), PART_LIMIT) if view.lines else []
    about = MessageSubjects(view.task_ids, view.case_ids)
    return RenderedView(parts, keyboard, about, albums_of(view.files), locale, view.listed)


def mark_as_repeat(rendered: RenderedView, index: int) -> None:
    """Say above the part of this number that it may have come before. A picture says it in its caption."""
    mark = Text("outbox.repeat_mark")
    if index < len(rendered.parts):
        rendered.parts[index] = f"{html_text(mark, rendered.locale)}\n{rendered.parts[index]}"
    elif not rendered.parts:
        file, *others = rendered.albums[index]
        caption = mark if file.caption is None else Text("outbox.repeated", mark=mark, what=file.caption)
        rendered.albums[index] = [replace(file, caption=caption), *others]


def _inline_button(session: Session, spec: ButtonSpec, label: str, now: datetime) -> InlineKeyboardButton:
    if spec.copies is not None:
        return InlineKeyboardButton(label, copy_text=CopyTextButton(spec.copies))
    return InlineKeyboardButton(label, callback_data=buttons.add(session, spec, now))


def _means_something(spec: ButtonSpec, *, stored: bool) -> bool:
    try:
        check(spec)
    except ArgumentsError as error:
        if not stored:
            raise
        log.warning("a button of another release is left out", error=str(error))
        return False
    return True
