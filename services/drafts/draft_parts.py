"""The parts of a draft: each Telegram message that it was made from, in order of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

from models.db import RowJson
from models.drafts import Draft
from services.errors import DomainError

# The text of one Telegram message always fits.
TEXT_LIMIT: Final = 4096
EVIDENCE_LIMIT: Final = 30
# Latitude and longitude in degrees, and the name of the place if it was given.
Location = tuple[float, float, str | None]


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    kind: str
    file_id: str
    file_unique_id: str
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """What one message brings: words, files, a place, and the album that it belongs to.

    ``source``: the original author of a forwarded message. ``arrived_at``: by the system's clock, for a part
    of an album.
    """

    text: str = ""
    files: Sequence[EvidenceFile] = ()
    album: str | None = None
    message_id: int | None = None
    location: Location | None = None
    source: str | None = None
    arrived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DraftPart:
    """A message that is in the draft.

    ``message_id``: None for a message whose number means nothing in its chat. ``chat_id``: the chat that
    holds the message, for a filed report that may be corrected from any chat; None: the draft's chat. Each
    supergroup numbers its own messages, so the number alone does not identify one. ``task_id``: the one of
    the draft's tasks to which it belongs; None: to all.
    """

    message_id: int | None
    text: str
    files: tuple[EvidenceFile, ...]
    album: str | None = None
    source: str | None = None
    chat_id: int | None = None
    task_id: int | None = None

    @classmethod
    def of(cls, addition: Addition) -> DraftPart:
        files = tuple(addition.files)
        return cls(addition.message_id, addition.text, files, addition.album, addition.source)

    def to_json(self) -> dict[str, object]:
        """The part as ``draft.content["parts"]`` holds it."""
        return {
            "message_id": self.message_id,
            "text": self.text,
            "files": [asdict(file) for file in self.files],
            "album": self.album,
            "source": self.source,
            "chat_id": self.chat_id,
            "task_id": self.task_id,
        }

    def is_message(self, chat_id: int, message_id: int) -> bool:
        """Whether the part is this message of the draft's chat."""
        return self.message_id == message_id and self.chat_id in {None, chat_id}

    @classmethod
    def from_json(cls, data: RowJson) -> DraftPart:
        return cls(**{**data, "files": tuple(EvidenceFile(**file) for file in data["files"])})


def parts_of(draft: Draft) -> list[DraftPart]:
    return [DraftPart.from_json(part) for part in draft.content.get("parts", ())]


def files_of(draft: Draft) -> list[EvidenceFile]:
    return [file for part in parts_of(draft) for file in part.files]


def albums_of(parts: Sequence[DraftPart]) -> list[str]:
    """The albums that the parts belong to. What is filed keeps them, so that late parts find it."""
    return sorted({part.album for part in parts if part.album is not None})


def location_of(draft: Draft) -> Location | None:
    place = draft.content.get("location")
    return None if place is None else (place["latitude"], place["longitude"], place["place"])


def sources_of(draft: Draft) -> list[str]:
    """The original authors of forwarded parts, each once."""
    return list(dict.fromkeys(part.source for part in parts_of(draft) if part.source))


def holds_album(draft: Draft, album: str | None) -> bool:
    return album is not None and any(part.album == album for part in parts_of(draft))


def holds_message(draft: Draft, message_id: int) -> bool:
    return any(part.is_message(draft.chat_id, message_id) for part in parts_of(draft))


def is_only_album(draft: Draft, album: str | None) -> bool:
    """Whether everything that was sent so far belongs to this album."""
    return album is not None and {part.album for part in parts_of(draft)} == {album}


def left_out_of(draft: Draft) -> int:
    """How many files of albums were left out because of the limit."""
    return int(draft.content.get("left_out", 0))


def lost_words(draft: Draft) -> bool:
    """Whether words of an album were left out because of the limit."""
    return bool(draft.content.get("words_left_out"))


def put(draft: Draft, parts: Sequence[DraftPart]) -> None:
    """Replace the draft's parts; its text becomes their words."""
    draft.content = {**draft.content, "parts": [part.to_json() for part in parts]}
    draft.text = words_of(parts)


def move(draft: Draft, chat_id: int) -> None:
    """Continue in a chat that numbers its messages anew. Earlier parts keep the id of the old chat."""
    put(draft, [replace(part, chat_id=part.chat_id or draft.chat_id) for part in parts_of(draft)])
    draft.chat_id, draft.thread_id, draft.card_message_id = chat_id, None, None


def append(draft: Draft, addition: Addition) -> None:
    """Add a message; ``DomainError`` if it does not fit.

    Of an album, as much as fits is taken, and the card says what was left out.
    """
    parts = parts_of(draft)
    if addition.text and draft.awaiting_text:
        # 修改: the new words replace the old ones; photos stay.
        parts = [replace(part, text="") for part in parts if part.files]
        draft.awaiting_text = False
        draft.content = {**draft.content, "words_left_out": False}
    part = DraftPart.of(addition)
    room = EVIDENCE_LIMIT - sum(len(other.files) for other in parts)
    if len(part.files) > room:
        if part.album is None:
            raise DomainError("progress.too_many_files", limit=EVIDENCE_LIMIT)
        draft.content = {**draft.content, "left_out": left_out_of(draft) + len(part.files) - room}
        part = replace(part, files=part.files[:room])
    if _is_too_long([*parts, part]):
        if part.album is None:
            raise DomainError("progress.too_long", limit=TEXT_LIMIT)
        draft.content = {**draft.content, "words_left_out": True}
        part = replace(part, text="")
    put(draft, [*parts, part])
    if addition.location is not None:
        latitude, longitude, place = addition.location
        kept = {"latitude": latitude, "longitude": longitude, "place": place}
        draft.content = {**draft.content, "location": kept}


def change(draft: Draft, message_id: int, addition: Addition) -> bool:
    """Replace a part by its edited message; returns whether the part now differs."""
    parts = parts_of(draft)
    for index, part in enumerate(parts):
        if not part.is_message(draft.chat_id, message_id):
            continue
        # A file of an album that was left out stays out. But a message of words may have been given a
        # picture.
        kept = tuple(addition.files) if part.files or part.album is None else ()
        changed = replace(part, text=addition.text, files=kept)
        if changed == part:
            return False
        parts[index] = changed
        if sum(len(other.files) for other in parts) > EVIDENCE_LIMIT:
            raise DomainError("progress.too_many_files", limit=EVIDENCE_LIMIT)
        if _is_too_long(parts):
            raise DomainError("progress.too_long", limit=TEXT_LIMIT)
        put(draft, parts)
        draft.awaiting_text = draft.awaiting_text and not addition.text
        return True
    return False


def _is_too_long(parts: Sequence[DraftPart]) -> bool:
    return len(words_of(parts)) > TEXT_LIMIT


def words_of(parts: Sequence[DraftPart]) -> str:
    return "\n".join(part.text for part in parts if part.text)
