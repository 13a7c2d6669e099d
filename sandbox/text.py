"""Texts as Telegram sees them: lengths in UTF-16 units, cleaned and trimmed, with the entities it finds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sandbox.model import Json

# Telegram turns control characters into spaces and drops carriage returns and a few invisible marks.
_CONTROL: Final = dict.fromkeys((*range(10), 11, 12, *range(14, 32)), " ") | {13: None}
_INVISIBLE: Final = re.compile("[\u2028-\u202e\u0333\u033f\u030a]")

# With a letter of any script beside it there is no command or mention: none in 请@name or /done了.
_PATTERNS: Final = (
    ("url", re.compile(r"https?://[^\s<>\"«»]*[^\s<>\"«».:;,('?!`]|(?<!\w)t\.me/[A-Za-z0-9_/?=+-]+")),
    ("email", re.compile(r"(?<![\w.+-])[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]*[A-Za-z]")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>@])")),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\d*[^\W\d])\w{1,256}(?!#)")),
)
_NOTHING_INSIDE: Final = frozenset({"pre", "code", "text_link", "text_mention", "custom_emoji"})


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units, Telegram's unit for limits and offsets."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def clean_text(text: str) -> str:
    """Drop or blank characters that Telegram does not store."""
    return _INVISIBLE.sub("", text.translate(_CONTROL))


def slice_utf16(text: str, offset: int, length: int) -> str:
    """The part of `text` that an entity covers."""
    units = text.encode("utf-16-le")
    return units[2 * offset : 2 * (offset + length)].decode("utf-16-le", errors="replace")


def trim(text: str, entities: Iterable[Json]) -> tuple[str, list[Json]]:
    """Strip both ends (the front up to the first entity) and shift the entities. Empty ones vanish."""
    found = [dict(entity) for entity in entities]
    space = len(text) - len(text.lstrip(" \n"))  # spaces and line breaks are one unit each
    shift = min([space, *(entity["offset"] for entity in found)])
    stripped = text[shift:].rstrip()
    end = utf16_length(stripped)
    kept = []
    for entity in found:
        start = max(0, entity["offset"] - shift)
        stop = min(end, entity["offset"] + entity["length"] - shift)
        if stop > start:
            kept.append(entity | {"offset": start, "length": stop - start})
    return stripped, kept


def detect(text: str, known: Iterable[Json] = ()) -> list[Json]:
    """All entities of `text`, in order: the `known` ones and those that Telegram finds by itself."""
    entities = list(known)
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in _NOTHING_INSIDE]
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            offset = utf16_length(text[: match.start()])
            length = utf16_length(match.group())
            if all(offset + length <= start or offset >= stop for start, stop in taken):
                taken.append((offset, offset + length))
                entities.append({"type": kind, "offset": offset, "length": length})
    return sorted(entities, key=lambda e: (e["offset"], -e["length"]))
