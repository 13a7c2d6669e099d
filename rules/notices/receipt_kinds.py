"""What a notice asks of its readers, and what they may answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class NoticeAsk(StrEnum):
    """阅知: one press says that it was read. 参会: whether somebody comes. 回复: an answer in words."""

    READ = "read"
    ATTEND = "attend"
    REPLY = "reply"


class ReceiptKind(StrEnum):
    """已阅; 参加, 请假, 由…代; 回复."""

    READ = "read"
    ATTEND = "attend"
    ABSENT = "absent"
    SUBSTITUTE = "substitute"
    REPLY = "reply"


ANSWERS: Final[Mapping[NoticeAsk, tuple[ReceiptKind, ...]]] = {
    NoticeAsk.READ: (ReceiptKind.READ,),
    NoticeAsk.ATTEND: (ReceiptKind.ATTEND, ReceiptKind.ABSENT, ReceiptKind.SUBSTITUTE),
    NoticeAsk.REPLY: (ReceiptKind.REPLY,),
}
"""What may be answered to each question, in the order of the buttons."""

IN_WORDS: Final = frozenset({ReceiptKind.ABSENT, ReceiptKind.SUBSTITUTE, ReceiptKind.REPLY})
"""These need words: the reason, the name of who comes instead, the reply."""

WORDS_LIMIT: Final[Mapping[ReceiptKind, int]] = {
    ReceiptKind.ATTEND: 100,
    ReceiptKind.ABSENT: 200,
    ReceiptKind.SUBSTITUTE: 100,
    ReceiptKind.REPLY: 1000,
}
"""So many characters the words of an answer may have."""
