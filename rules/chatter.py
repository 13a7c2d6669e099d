"""Tells what people say in a group without reporting anything: 收到, thanks, questions."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# As an answer such words are short; a report goes on with what was done.
_SHORT: Final = 12
_ANSWERS: Final = re.compile(
    r"(?:@\S+\s+)?(?:收到|已收到|已阅|好(?:的|滴|嘞|\W|$)|嗯|明白|知道了|了解|ok\b|yes\b|是的|行$|可以\W*$|没问题"
    r"|谢谢|多谢|感谢|辛苦|遵命|马上|立即|立刻|尽快|请放心|got it|thank|noted|will do|sure\b)",
    re.IGNORECASE,
)
_ASKS: Final = re.compile(r"(?:[?？]|[吗呢么]\W*)$|^(?:请问|怎么|为什么|什么时候)")
_NUMBER: Final = re.compile(r"\d|[一二三四五六七八九十百千万两]")


def is_chatter(text: str) -> bool:
    """True if words that answer a message about tasks report nothing: only signs, a short 收到, a question.

    Words with a number in them are chatter only if they ask something.
    """
    flat = unicodedata.normalize("NFKC", text).strip()
    if not any(char.isalnum() for char in flat) or _ASKS.search(flat):
        return True
    return len(flat) <= _SHORT and _ANSWERS.match(flat) is not None and _NUMBER.search(flat) is None
