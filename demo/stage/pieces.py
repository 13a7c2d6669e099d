"""The parts of the program's texts by which the tour and the page know a message again."""

from __future__ import annotations

import html
import re
import string
from typing import Final

from locales import template_of

_TAG: Final = re.compile(r"</?[a-z]+>")


def piece_of(key: str, locale: str) -> str:
    """The longest part of a text on one line that is the same whatever values are filled in."""
    template = html.unescape(_TAG.sub("", template_of(key, locale)))
    literals = (part for part, *_ in string.Formatter().parse(template))
    return max((line for part in literals for line in part.split("\n")), key=len)
