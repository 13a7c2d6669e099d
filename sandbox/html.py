"""Parses Telegram's HTML into plain text and entities, and refuses it in Telegram's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sandbox.errors import ApiError, bad_request
from sandbox.model import Json
from sandbox.text import utf16_length

_STYLES: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_TAGS: Final = frozenset(_STYLES) | {"a", "tg-emoji"}
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE: Final = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([A-Za-z]+));?")
_ATTRIBUTE: Final = re.compile(r"\s*([^\s=>/\"']+)(\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.\-]+)(?=[\s>])))?")
_USER_LINK: Final = re.compile(r"tg://user\?id=(\d+)")
_LINK: Final = re.compile(
    r"(?:https?|tg|ton)://\S+|(?:[\w-]+\.)+[A-Za-z]{2,}(?:[/?#]\S*)?|mailto:\S+|tel:\S+"
)


@dataclass(slots=True)
class _OpenTag:
    tag: str
    attributes: dict[str, str]
    offset: int
    begin: int


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Plain text and entities (offsets in UTF-16 units) of `source`.

    Raises ApiError 400 "Bad Request: can't parse entities: …" with the byte offset, as Telegram does.
    """
    return _Parser(source).run()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.out: list[str] = []
        self.offset = 0
        self.open: list[_OpenTag] = []
        self.entities: list[Json] = []

    def run(self) -> tuple[str, list[Json]]:
        while self.position < len(self.source):
            char = self.source[self.position]
            if char == "<":
                self._tag()
            elif char == "&":
                self._reference()
            else:
                self._literal()
        if self.open:
            raise _error(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        entities = sorted(self.entities, key=lambda e: (e["offset"], -e["length"]))
        return "".join(self.out), entities

    def _emit(self, text: str) -> None:
        self.out.append(text)
        self.offset += utf16_length(text)

    def _literal(self) -> None:
        end = self.position
        while end < len(self.source) and self.source[end] not in "<&":
            end += 1
        self._emit(self.source[self.position : end])
        self.position = end

    def _reference(self) -> None:
        match = _REFERENCE.match(self.source, self.position)
        decoded = decode_reference(match) if match else None
        if match is None or decoded is None:
            self._emit("&")
            self.position += 1
            return
        self._emit(decoded)
        self.position = match.end()

    def _tag(self) -> None:
        begin = self.position
        if self.source.startswith("</", begin):
            self._end_tag(begin)
        else:
            self._start_tag(begin)

    def _start_tag(self, begin: int) -> None:
        name_end = _find(self.source, begin + 1)
        if name_end is None:
            raise self._at(begin, "Unclosed start tag")
        tag = self.source[begin + 1 : name_end].lower()
        if tag not in _TAGS:
            raise self._at(begin, f'Unsupported start tag "{tag}"')
        attributes, end = self._attributes(tag, begin, name_end)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._at(begin, 'Tag "span" must have class "tg-spoiler"')
        self.open.append(_OpenTag(tag, attributes, self.offset, len(self.out)))
        self.position = end + 1

    def _attributes(self, tag: str, begin: int, position: int) -> tuple[dict[str, str], int]:
        attributes: dict[str, str] = {}
        while True:
            while position < len(self.source) and self.source[position].isspace():
                position += 1
            if position >= len(self.source):
                raise self._at(begin, "Unclosed start tag")
            if self.source[position] == ">":
                return attributes, position
            match = _ATTRIBUTE.match(self.source, position)
            if match is None:
                raise self._at(begin, f'Empty attribute name in the tag "{tag}"')
            if match[2] is None:
                self._check_value(begin, match.end())
            value = next((part for part in match.groups()[2:] if part is not None), "")
            attributes[match[1].lower()] = _REFERENCE.sub(lambda m: decode_reference(m) or m[0], value)
            position = match.end()

    def _check_value(self, begin: int, position: int) -> None:
        """Refuse an equals sign after an attribute's name: it begins a value that cannot be read."""
        rest = self.source[position:].lstrip()
        if not rest.startswith("="):
            return
        value = rest[1:].lstrip()
        if not value or value[0] in "\"'":
            raise self._at(begin, "Unclosed start tag")
        raise self._at(len(self.source) - len(value), "Unexpected end of name token")

    def _end_tag(self, begin: int) -> None:
        if not self.open:
            raise self._at(begin, "Unexpected end tag")
        close = self.source.find(">", begin)
        name = self.source[begin + 2 : close].rstrip().lower()
        if close < 0 or re.search(r"\s", name):
            raise self._at(begin, "Unclosed end tag")
        opened = self.open.pop()
        if name and name != opened.tag:
            where = f"Unmatched end tag at byte offset {self._byte(begin)}"
            raise _error(f'{where}, expected "</{opened.tag}>", found "</{name}>"')
        self.position = close + 1
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _OpenTag) -> None:
        span = {"offset": opened.offset, "length": self.offset - opened.offset}
        inner = next(
            (e for e in self.entities if e["offset"] == span["offset"] and e["length"] == span["length"]),
            None,
        )
        language = opened.attributes.get("class", "").removeprefix("language-")
        if opened.tag == "a":
            self._link(opened, span)
        elif opened.tag == "tg-emoji":
            self.entities.append(
                {"type": "custom_emoji", **span, "custom_emoji_id": opened.attributes.get("emoji-id", "")}
            )
        elif opened.tag == "pre" and inner and inner["type"] == "code":
            inner["type"] = "pre"
        elif opened.tag == "blockquote" and "expandable" in opened.attributes:
            self.entities.append({"type": "expandable_blockquote", **span})
        elif opened.tag == "code" and language:
            self.entities.append({"type": "code", **span, "language": language})
        else:
            self.entities.append({"type": _STYLES[opened.tag], **span})

    def _link(self, opened: _OpenTag, span: dict[str, int]) -> None:
        url = opened.attributes.get("href") or "".join(self.out[opened.begin :])
        user = _USER_LINK.fullmatch(url)
        if user:
            self.entities.append({"type": "text_mention", **span, "user": {"id": int(user[1])}})
        elif _LINK.fullmatch(url):
            full = url if ":" in url.split("/")[0] else f"http://{url}"
            self.entities.append({"type": "text_link", **span, "url": full})

    def _byte(self, position: int) -> int:
        return len(self.source[:position].encode())

    def _at(self, position: int, what: str) -> ApiError:
        return _error(f"{what} at byte offset {self._byte(position)}")


def decode_reference(match: re.Match[str]) -> str | None:
    """The character of ``&lt;``, ``&#60;`` or ``&#x3c;``; None if Telegram would leave it as it is."""
    if match[3]:
        return _NAMED.get(match[3])
    code = int(match[1], 16) if match[1] else int(match[2])
    if not 0 < code < 0x10FFFF or 0xD800 <= code <= 0xDFFF or len(match[0].rstrip(";")) >= 10:
        return None
    return chr(code)


def _find(source: str, position: int) -> int | None:
    """The position at which a tag's name ends: white space or ``>``."""
    while position < len(source):
        if source[position].isspace() or source[position] == ">":
            return position
        position += 1
    return None


def _error(what: str) -> ApiError:
    return bad_request(f"can't parse entities: {what}")
