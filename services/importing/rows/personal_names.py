"""Names of people in cells: a telephone number that stands beside a name is no part of it."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = (
    r"(?:(?:(?:联系|办公室?|移动|固定)?(?:电话|手机|座机)(?:号码?)?|联系方式|[Tt][Ee][Ll])\s*[:：]?\s*)"
)
_MOBILE: Final = r"(?:\+?86[-\s]?)?1[3-9]\d(?:[-\s]?\d{4}){2}"
_FIXED: Final = r"(?:0\d{2,3}[-\s]?|[(（]0\d{2,3}[)）]\s*)\d{7,8}"
# 20261231 is a day and 1234567 somebody's number in an office: seven or eight digits alone are no telephone.
_NUMBER: Final = (
    rf"(?:{_WORD}?(?<!\d)(?:{_MOBILE}|{_FIXED})(?:转\d{{1,6}})?"
    rf"|{_WORD}\d{{7,8}}(?:转\d{{1,6}})?|(?<!\d)\d{{7,8}}转\d{{1,6}})(?!\d)"
)
_NUMBERS: Final = rf"{_NUMBER}(?:[\s、,，/;；]+{_NUMBER})*"
_PHONES: Final = re.compile(rf"[(\[【（]\s*{_NUMBERS}\s*[)\]】）]|{_NUMBER}")
_PHONE: Final = re.compile(_NUMBER)
_EDGES: Final = " \t:：—、,，/;；-"
_INNER_EDGES: Final = re.compile(rf"(?<=[(\[【（])[{_EDGES}]+|[{_EDGES}]+(?=[)\]】）])")
_DIGIT: Final = re.compile(r"\d")


def without_phones(cell: str) -> tuple[str, tuple[str, ...]]:
    """The cell without telephone numbers, and these, as digits.

    张三（13800138000）、李四 0535-6612345 gives 张三、李四. A mobile number has 11 digits. A fixed one has
    7 or 8, and an area code, an extension or a word such as 电话; other digits stay. Brackets go if they hold
    nothing but numbers. Without a number, the cell comes back as it is.
    """
    if _DIGIT.search(cell) is None:
        return cell, ()
    numbers = tuple(re.sub(rf"^{_WORD}|[-\s()（）]", "", found[0]) for found in _PHONE.finditer(cell))
    if not numbers:
        return cell, ()
    rest = _INNER_EDGES.sub("", _PHONES.sub(" ", cell))
    parts = (part.strip(_EDGES) for part in re.split(r"[、,，;；/\n]", rest))
    names, more = without_phones("、".join(part for part in parts if part))
    return names, numbers + more
