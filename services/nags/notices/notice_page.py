"""The lines about notices in a person's merged message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from locales import Text
from models.notices import Notice, NoticeParty
from rules.nags.levels import Level
from services.nags.subject import LinesPage, MessageItem, MessagePart, NagReader, PartRank
from services.notices.notice_texts import answer_by_text, name_of
from services.views import ButtonSpec, button

CONTENT: Final = "notices"
"""The key under which a promised message keeps its lines."""
_WORD: Final = "notice_party"


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A party that has not answered, for one of its readers or somebody above them (``level``)."""

    party_id: int
    level: Level

    @property
    def subject_id(self) -> int:
        return self.party_id

    @property
    def urges(self) -> bool:
        return False  # it asks once, and is no 催办

    @property
    def own(self) -> bool:
        return False

    @property
    def relayed_for(self) -> str | None:
        return None

    def to_json(self) -> dict[str, object]:
        return {f"{_WORD}_id": self.party_id, "level": self.level.value}


def notice_page(
    lines: Sequence[NoticeLine],
    found: Mapping[int, tuple[NoticeParty, Notice]],
    own: Mapping[int, int],
    units: Mapping[int, str],
    reading: NagReader,
) -> LinesPage:
    """``found``: parties with their notices, by the party's id. ``own``: the reader's copies, by party."""
    mine = [line for line in lines if line.level is Level.RESPONSIBLE]
    others = [line for line in lines if line not in mine]
    parts = []
    if mine:
        items = [_own_item(line, found[line.party_id][1], own, reading) for line in mine]
        parts.append(MessagePart(PartRank.HINT, Text("notices.nag.own", count=len(mine)), items))
    if others:
        told = [_other_item(line, *found[line.party_id], units, reading) for line in others]
        parts.append(MessagePart(PartRank.HINT, Text("notices.nag.others", count=len(others)), told))
    return LinesPage(_WORD, lines, parts)


def _own_item(line: NoticeLine, notice: Notice, own: Mapping[int, int], reading: NagReader) -> MessageItem:
    copy_id = own.get(line.party_id)
    by = answer_by_text(notice, reading.campaign)
    text = Text("notices.nag.line", notice=name_of(notice), by=by)
    return MessageItem((_WORD, line.party_id), text, partial(_button, copy_id, notice, reading))


def _button(copy_id: int | None, notice: Notice, reading: NagReader, number: int) -> list[ButtonSpec]:
    if copy_id is None:
        return []
    label = Text("notices.nag.button", number=number, notice=name_of(notice, 16))
    return [button(label, "notice.copy", reading.reader_id, copy_id=copy_id)]


def _other_item(
    line: NoticeLine, party: NoticeParty, notice: Notice, units: Mapping[int, str], reading: NagReader
) -> MessageItem:
    by = answer_by_text(notice, reading.campaign)
    text = Text("notices.nag.other", unit=units[party.unit_id], notice=name_of(notice), by=by)
    return MessageItem((_WORD, line.party_id), text, lambda _number: [])
