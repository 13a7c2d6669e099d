"""Telegram's message entities as HTML. Offsets are UTF-16 units, as in the Bot API."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from markupsafe import Markup

from sandbox.model import Json

_TAGS: Final = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}


def as_html(text: str, entities: Sequence[Json]) -> Markup:
    """The text with its entities, escaped; every character is shown as it is."""
    units = text.encode("utf-16-le")
    edges = _edges(entities, len(units) // 2)
    found, before = [], 0
    for at in sorted(edges):
        found.append(_words(units, before, at))
        found.extend(edges[at])
        before = at
    found.append(_words(units, before, len(units) // 2))
    # This is safe: the words are escaped, and the tags are made here.
    return Markup("".join(found))  # noqa: S704 - see above


def _words(units: bytes, begin: int, end: int) -> str:
    words = units[2 * begin : 2 * end].decode("utf-16-le", "replace")
    return escape(words)


def _edges(entities: Sequence[Json], end: int) -> dict[int, list[str]]:
    """Place → the tags that stand there: those that end first, then those that begin, the longest first."""
    begins: dict[int, list[str]] = {}
    ends: dict[int, list[str]] = {}
    for entity in sorted(entities, key=lambda one: (one["offset"], -one["length"])):
        opened, closed = _tag(entity)
        stop = min(entity["offset"] + entity["length"], end)
        begins.setdefault(entity["offset"], []).append(opened)
        ends.setdefault(stop, []).insert(0, closed)
    return {at: ends.get(at, []) + begins.get(at, []) for at in {*begins, *ends}}


def _tag(entity: Json) -> tuple[str, str]:
    kind = entity["type"]
    if kind in _TAGS:
        return f"<{_TAGS[kind]}>", f"</{_TAGS[kind]}>"
    if kind == "text_link":
        return f'<a href="{escape(_safe(entity["url"]))}" data-act="link">', "</a>"
    if kind == "bot_command":
        return '<a href="#" data-act="command">', "</a>"
    if kind == "url":
        return '<a href="#" data-act="link">', "</a>"
    if kind == "spoiler":
        return '<span class="spoiler" tabindex="0">', "</span>"
    return f'<span class="{escape(kind)}">', "</span>"


def _safe(url: str) -> str:
    """The address if it is one that a browser may open; else nothing."""
    return url if url.startswith(("https://", "http://", "tg://")) else "#"
