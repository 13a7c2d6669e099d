"""What a chat shows: lines of text and rows of buttons, not yet in any language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from locales import Text, html_text, plain
from models.db import RowJson
from rules.hidden_characters import visible
from rules.text_parts import utf16_len

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LISTED: Final = 20
"""The items on a page of a long list."""

COPIED: Final = 256
"""The characters that a button can put on a person's clipboard."""

# Arguments by name, to hand on with ``**``. Each has a type of its own; ``handlers.binding`` checks it.
ButtonArguments = dict[str, Any]

TURNING: Final = ("tasks.previous_button", "tasks.next_button")


@dataclass(frozen=True, slots=True)
class ButtonSpec:
    """A button that is made when the view is rendered. ``only_for``: the contact who may press it.

    With ``copies`` it has no action: a press puts these words on the person's clipboard, and we do not hear
    of it.
    """

    label: Text
    action: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    only_for: int | None = None
    copies: str | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "label": self.label.to_json(),
            "action": self.action,
            "arguments": dict(self.arguments),
            "only_for": self.only_for,
            **({} if self.copies is None else {"copies": self.copies}),
        }

    @classmethod
    def from_json(cls, data: RowJson) -> ButtonSpec:
        label, copies = Text.from_json(data["label"]), data.get("copies")
        return cls(label, data["action"], data["arguments"], data["only_for"], copies)


@dataclass(frozen=True, slots=True)
class FileSpec:
    """A file to show: one that Telegram keeps (``file_id``), or one of ours.

    A file of ours is stored (``stored_id``), or ``make`` makes it when it is sent: in a thread, or by a
    process of its own if it is a paper, and from data that was read before. ``kind``: photo, video or
    document; a file of ours is a photo or a document. ``caption``: the text under it.
    """

    kind: str
    file_id: str | None = None
    stored_id: int | None = None
    name: str | None = None
    caption: Text | None = None
    make: Callable[[], bytes] | None = None

    @property
    def ours(self) -> bool:
        return self.stored_id is not None or self.make is not None

    def to_json(self) -> dict[str, object]:
        if self.make is not None:
            raise ValueError("a file that is made when it goes out can be shown, but not promised")
        return {
            "kind": self.kind,
            "file_id": self.file_id,
            "stored_id": self.stored_id,
            "name": self.name,
            "caption": None if self.caption is None else self.caption.to_json(),
        }

    @classmethod
    def from_json(cls, data: RowJson) -> FileSpec:
        caption = data["caption"]
        return cls(**{**data, "caption": None if caption is None else Text.from_json(caption)})


@dataclass(frozen=True, slots=True)
class CardPart:
    """What one matter adds to a card: lines, and rows of buttons."""

    lines: Sequence[Text] = ()
    rows: Sequence[list[ButtonSpec]] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A message before it is rendered; ``files`` follow the words.

    ``task_ids``, ``case_ids``: what the message is about, so that a reply to it resolves. ``draft_id``: the
    draft whose card this is; a card is a prompt and never a promise. ``shows``: what a nag is about, each
    with the word of its subject; ``listed``: all its lines, which are kept to be marked in place later.
    """

    lines: Sequence[Text]
    rows: Sequence[Sequence[ButtonSpec]] = ()
    task_ids: Sequence[int] = ()
    files: Sequence[FileSpec] = ()
    draft_id: int | None = None
    case_ids: Sequence[int] = ()
    shows: Sequence[tuple[str, int]] = ()
    listed: RowJson | None = None

    def html(self, locale: str) -> str:
        return visible("\n".join(html_text(line, locale) for line in self.lines))

    def plain(self, locale: str) -> str:
        return visible("\n".join(plain(line, locale) for line in self.lines))

    def to_json(self) -> dict[str, object]:
        return {
            "lines": [line.to_json() for line in self.lines],
            "rows": [[button.to_json() for button in row] for row in self.rows],
            "task_ids": list(self.task_ids),
            "files": [file.to_json() for file in self.files],
            "case_ids": list(self.case_ids),
        }

    @classmethod
    def from_json(cls, data: RowJson) -> View:
        return cls(
            [Text.from_json(line) for line in data["lines"]],
            [[ButtonSpec.from_json(button) for button in row] for row in data["rows"]],
            data["task_ids"],
            [FileSpec.from_json(file) for file in data["files"]],
            case_ids=data["case_ids"],
        )


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """The result of a press or of written words.

    ``view`` replaces the message, ``text`` answers the press. ``done`` is False when somebody else was first
    and nothing was changed.
    """

    view: View
    text: Text | None = None
    done: bool = True


def say(key: str, **values: object) -> View:
    """A view of one line."""
    return View([Text(key, **values)])


def button(label: str | Text, action: str, only_for: int | None = None, /, **arguments: object) -> ButtonSpec:
    """A button. ``label``: a text, or only the key of one that needs no values.

    ``TypeError``: an argument has a type that a button cannot keep.
    """
    label = Text(label) if isinstance(label, str) else label
    return ButtonSpec(label, action, kept_arguments(arguments), only_for)


def kept_arguments(arguments: Mapping[str, object]) -> ButtonArguments:
    """The arguments as a row keeps them; ``handlers.binding`` reads them in their types again."""
    return {name: _kept(value) for name, value in arguments.items()}


def arguments_of(made: DataclassInstance) -> ButtonArguments:
    """The arguments from which a dataclass is made again: its fields."""
    return {field.name: getattr(made, field.name) for field in fields(made)}


def _kept(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case date():  # a moment is one, too
            return value.isoformat()
        case None | bool() | int() | str():
            return value
        case list() | tuple() | set() | frozenset():
            return [_kept(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return kept_arguments(arguments_of(value))
    raise TypeError(f"a button cannot keep {value!r}")


def copy_button(label: str, words: str) -> ButtonSpec:
    """A button that copies ``words``. ``label``: the key of a text. ``ValueError``: they are too long."""
    if not 0 < utf16_len(words) <= COPIED:
        raise ValueError(f"a button copies at most {COPIED} characters")
    return ButtonSpec(Text(label), "", copies=words)


def in_rows(buttons: Sequence[ButtonSpec], width: int) -> list[list[ButtonSpec]]:
    """The buttons in order, ``width`` in a row."""
    return [list(buttons[at : at + width]) for at in range(0, len(buttons), width)]


def paging(
    action: str,
    only_for: int | None,
    offset: int,
    count: int,
    /,
    *,
    page: int = LISTED,
    labels: Sequence[str] = TURNING,
    **arguments: object,
) -> list[list[ButtonSpec]]:
    """A row that turns the pages of a list of ``count``, back and forth; no row for a single page."""
    back, forth = labels
    row = []
    if offset > 0:
        row.append(button(back, action, only_for, **arguments, offset=max(offset - page, 0)))
    if offset + page < count:
        row.append(button(forth, action, only_for, **arguments, offset=offset + page))
    return [row] if row else []
