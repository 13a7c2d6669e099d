"""Names of people in cells: a telephone number that stands beside a name is no part of it."""

from __future__ import annotations

import re
from typing import Final

_PHONE: Final = re.compile(
    r"""[(\[【（]?\s*(?:(?:联系)?(?:电话|手机|方式)|[Tt][Ee][Ll])?\s*[:：]?\s*
    (?P<number>(?<!\d)(?:\+?86[-\s]?)?(?:1[3-9]\d(?:[-\s]?\d{4}){2}|0\d{2,3}[-\s]?\d{7,8}|\d{7,8})
    (?:转\d{1,6})?(?!\d))\s*[)\]】）]?""",
    re.VERBOSE,
)
_EDGES: Final = " \t:：-—、,，/;；"


def without_phones(cell: str) -> tuple[str, tuple[str, ...]]:
    """The cell without telephone numbers, and these, as digits.

    张三（13800138000）、李四 0535-6612345 gives 张三、李四. A mobile number has 11 digits, a fixed one 7 or 8
    with or without an area code; other digits stay. Without a number, the cell comes back as it is.
    """
    numbers = tuple(re.sub(r"[-\s]", "", found["number"]) for found in _PHONE.finditer(cell))
    if not numbers:
        return cell, ()
    parts = (part.strip(_EDGES) for part in re.split(r"[、,，;；/\n]", _PHONE.sub(" ", cell)))
    return "、".join(part for part in parts if part), numbers
