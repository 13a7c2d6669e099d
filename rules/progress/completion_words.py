"""Whether a report says that the work of its task is all done."""

from __future__ import annotations

import re
from typing import Final

_DONE: Final = r"(?:完成|办结|完工|竣工|整改到位|整改完毕|清理完毕|处置完毕)"
_ALL_DONE: Final = re.compile(
    rf"(?:全部|全面|均已|都已|已经?全部?|任务已?|工作已?){_DONE}|(?:已|提前){_DONE}[了]?\s*(?:[。！!；;]|$)|完成率\s*100"
)
_NOT_ALL: Final = re.compile(
    "部分|阶段|一半|大半|除[^。；;]{1,12}外|不能|还需|还差|是否|何时|[?？吗]|(?:今[天日]|本班)[^。；;，,]{0,14}(?:完成|完毕)"
)
_NOT_YET: Final = re.compile(
    rf"(?:未|没|没有|尚未|还没|争取|力争|预计|计划|拟|将|明天|下周|月底前|才能?|如)[^。；;，,!！]{{0,12}}{_DONE}"
)


def says_all_done(text: str) -> bool:
    """全部完成, 已办结。, 整改完毕: the work is done; not so 预计月底前全部完成 or 尚未完成."""
    return _ALL_DONE.search(text) is not None and not (_NOT_YET.search(text) or _NOT_ALL.search(text))
