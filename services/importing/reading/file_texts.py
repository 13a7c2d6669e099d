"""The text of a file that is text: its encoding, and whether it is a table, a web page or something else."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# What the names of encodings mean. GB 18030 holds all that was called GB 2312 or GBK before.
_NAMED: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "utf-8": "utf-8",
    "big5": "big5",
}
_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]{1,20})""", re.IGNORECASE)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")
_HEAD: Final = 4_096
_LONG_HEAD: Final = 65_536
_FEW: Final = 100  # a text has fewer control characters than one in so many
_SAVED_XML: Final = re.compile(r"<\?mso-application|<(?:\w{1,20}:)?workbook\b", re.IGNORECASE)
_WEB: Final = re.compile(r"<(?:html|table|head|body|!doctype\s+html)\b", re.IGNORECASE)
_ARCHIVE: Final = re.compile(r"\A(?:mime-version|content-type|from):", re.IGNORECASE)


class TextKind(StrEnum):
    """What a text is."""

    PLAIN = "plain"
    WEB_PAGE = "web_page"
    XML = "xml"
    WEB_ARCHIVE = "web_archive"
    RICH_TEXT = "rich_text"


def decoded(data: bytes) -> str | None:
    """The text, by its byte order mark, by the encoding that a web page states, in UTF-8 or in GB 18030.

    None if it is no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _text(data.removeprefix(mark), encoding)
    if b"\0" in data:
        return None
    stated = _CHARSET.search(data[:_HEAD]) if data.lstrip().startswith(b"<") else None
    named = _NAMED.get(stated[1].decode("ascii").lower()) if stated else None
    found = (_text(data, encoding) for encoding in (named, "utf-8", "gb18030") if encoding is not None)
    return next((text for text in found if text is not None), None)


def _text(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if len(_CONTROLS.findall(text)) * _FEW > len(text) else text


def kind_of_text(text: str) -> TextKind:
    head = text[:_LONG_HEAD].lstrip()
    if head.startswith("{\\rtf"):
        return TextKind.RICH_TEXT
    if head.startswith("<") and _WEB.search(head) and not _SAVED_XML.search(head):
        return TextKind.WEB_PAGE
    if head.startswith("<?xml") or _SAVED_XML.match(head):
        return TextKind.XML
    if _ARCHIVE.match(head) and "multipart/related" in head[:_HEAD].lower():
        return TextKind.WEB_ARCHIVE
    return TextKind.PLAIN
