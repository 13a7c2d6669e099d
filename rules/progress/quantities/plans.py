"""Where a text tells a plan, or what was left undone: from a word or heading to where it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.progress.quantities.words import SENTENCE_END

DEED: Final = "[整清拆完改处办报交修补查建开组出发做弄搞种栽装换到]"
_CLAUSE: Final = re.compile(r"(?:[^,;。!?\n\s]|(?<=\d),(?=\d{3}(?!\d)))+(?P<end>[,;。!?\n\s]*)")
# These words hold for the clauses behind them, too …
_PLAN: Final = re.compile(
    r"明[天日早晚年]|后天|下个?(?:周|月|星期|礼拜|季度|半年|一?步|一?阶段)|(?<![模虚])拟(?![定订])"
    r"|(?<![按照据超成作年月度])计划(?![内外书表生的])|打算|力争|待会|等会|过[几两]天|改天|回头再|接下来|稍后"
)
# … and these for their own.
_PLAN_HERE: Final = re.compile(
    r"原[定本](?![性位])|(?:本来|原来|原先)(?=[要想得打])|本[想要](?=\S)|预[计期]|争取(?![了到])|确保(?!了)|有望|(?:要|想)(?=再)|还[要得想](?!求)"
    r"|(?:月[底末]|年[底末]|周[一二三四五六日天末]|\d[日号]|节)之?前(?!已|就|都|[^,;。\d]{0,8}了)|目标(?!任务已)|(?<![\u4e00-\u9fff\d])(?:今[天日]|本[周月])?(?:任务|指标)[数量是为]?(?=[\u4e00-\u9fff]{0,4}\d)|(?<![邀申聘提报])请(?=[各您你派增]|大家|尽快|务必|安排)"
    r"|(?:如果|要是|一旦|只要|麻烦(?=[你您派给再帮发请各大把])|帮我(?!们?[^,;。\d]{0,6}了)|给我们?(?=[派配发送加补])|建议(?=[再在增派加设把])|必须|最好(?![的成人])|希望(?=[能再给把派加增尽早上各大]))|(?<![受办代帮核助理])申请(?=增|补|领|调|拨|\d)"
    rf"|准备(?=再|明|下|于|在|{DEED})|将(?=于|在|再|继续|{DEED})"
)
DONE: Final = re.compile(
    rf"今[天日早晚]|昨[天日晚]|已|实(?=际|[检签]|{DEED})|目前|截[至止]|现(?:已|在)|完成了|上午|下午|刚|[只才仅](?=[\u4e00-\u9fff]{{1,3}}了)"
)
# 计划30处,完成28处: what was done of it. What is planned for tomorrow is not done.
_DONE_OF_IT: Final = re.compile(r"完成\d")
_AHEAD: Final = re.compile("[明后下过改回稍待]")
_DONE_AFTER_NUMBER: Final = re.compile(rf"(?P<number>\d)[^\d]{{0,6}}?(?:{DONE.pattern})")
# 未完成: is the heading of its line, or of the lines behind it up to the next heading.
_UNDONE_HEADING: Final = re.compile(
    r"(?:[未待](?:完成|整改|办结?|处理|解决|清理|拆除)|遗留|剩余|欠账)[^:,;。\n\d]{0,4}:[^\S\n]*"
)
_LINE_END: Final = re.compile(r"[。;\n]")
_NEXT_HEADING: Final = re.compile(r"\n[^\n:]{1,12}:\s*(?:\n|$)|\n\s*\n|已完成|今[天日]")
_LONGEST_LIST: Final = 600


def undone_spans(text: str) -> Iterator[tuple[int, int]]:
    """What stands under a heading of what was not done."""
    for heading in _UNDONE_HEADING.finditer(text):
        start = heading.end()
        closing = _NEXT_HEADING if text.startswith("\n", start) else _LINE_END
        end = closing.search(text, start, start + _LONGEST_LIST)
        yield start, end.start() if end else start + _LONGEST_LIST


def planned_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where a plan is told: from its word to the end of the sentence, or to a clause of what was done.

    A heading (明天计划:) holds for the lines behind it.
    """
    if _PLAN.search(text) is None and _PLAN_HERE.search(text) is None:
        return
    holds = heading = ahead = False
    for clause in _CLAUSE.finditer(text):
        start, end = clause.span()
        plan = _PLAN.search(text, start, end)
        if plan:
            holds, heading = True, heading or text[start:end].rstrip().endswith(":")
            ahead = _AHEAD.match(plan[0]) is not None
            yield plan.start(), _end_of_plan(text, plan.end(), end)
        elif here := _PLAN_HERE.search(text, start, end):
            yield here.start(), _end_of_plan(text, here.end(), end)
        elif DONE.search(text, start, end) or (not ahead and _DONE_OF_IT.match(text, start, end)):
            holds = heading = False
        elif holds:
            yield start, end
        if SENTENCE_END.search(clause["end"]) and not heading:
            holds = False


def _end_of_plan(text: str, start: int, end: int) -> int:
    """The plan's end in its own clause: 计划30处已清理28处 goes on with what was done."""
    done = _DONE_AFTER_NUMBER.search(text, start, end)
    return done.end("number") if done else end
