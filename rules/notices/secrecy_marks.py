"""Marks of secrecy (密级标志, GB/T 9704-2012 7.2.2): what has one must not be sent by a chat.

The standard writes the degree, ★ and the term: 秘密★1年. In a message 机密 and 绝密 are refused without
the ★, too; 秘密 alone is an everyday word.
"""

from __future__ import annotations

import re
from typing import Final

_SPACES: Final = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")
# 司机密切配合, 计算机密码 and 拒绝密切接触 have no mark in them.
_OTHER_WORDS: Final = r"(?![码碼切闭閉封集])"
_MARKS: Final = re.compile(
    rf"秘密[★☆*✱＊]|(?:机密|機密|绝密|絕密){_OTHER_WORDS}|内部资料|內部資料|不得外传|不得外傳"
)


def secrecy_mark(*texts: str) -> str | None:
    """The first mark of secrecy in any of the texts, without spaces; None: there is none.

    >>> secrecy_mark("关于开展检查的通知", "绝 密.docx")
    '绝密'
    >>> secrecy_mark("小秘密", "") is None
    True
    """
    for text in texts:
        if found := _MARKS.search(_SPACES.sub("", text)):
            return found[0]
    return None
