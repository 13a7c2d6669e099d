"""Tells which counts were not done now: plans, rests, comparisons, states, sizes, parts beside their total.

They are read like all others, because a task's target is a plan, too. But a report does not count them, and
its card says so. The tables name words; each is looked for in the clause of the number, and only the words
of a plan hold for the clauses behind it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from rules.progress.quantities.kinds import CountingNumeral
from rules.progress.quantities.verbs import VERB
from rules.progress.quantities.words import SENTENCE_END


class Aside(StrEnum):
    """Why a number of a report does not count."""

    PLAN = "plan"
    REST = "rest"
    COMPARISON = "comparison"
    STATE = "state"
    SIZE = "size"
    RATE = "rate"
    PART = "part"
    WITHDRAWN = "withdrawn"
    QUESTION = "question"


_DEED: Final = "[整清拆完改处办报交修补查建开组出发做弄搞种栽装换到]"
_CLAUSE: Final = re.compile(r"(?:[^,;。!?\n\s]|(?<=\d),(?=\d{3}(?!\d)))+(?P<end>[,;。!?\n\s]*)")
# These words hold for the clauses behind them, too …
_PLAN: Final = re.compile(
    r"明[天日早晚年]|后天|下个?(?:周|月|星期|礼拜|季度|半年|一?步|一?阶段)|(?<![模虚])拟(?![定订])"
    r"|(?<![按照据超成作年月度])计划(?![内外书表生的])|打算|力争|待会|等会|过[几两]天|改天|回头再|接下来|稍后"
)
# … and these for their own.
_PLAN_HERE: Final = re.compile(
    r"预[计期]|争取(?![了到])|确保(?!了)|有望|(?:要|想)(?=再)|还[要得想](?!求)"
    r"|(?:月[底末]|年[底末]|周[一二三四五六日天末]|\d[日号]|节)之?前(?!已|就|都)|目标(?!任务已)|申请(?=增|补|领|调|\d)"
    rf"|准备(?=再|明|下|于|在|{_DEED})|将(?=于|在|再|继续|{_DEED})"
)
_DUE: Final = re.compile(
    rf"(?<![主需])要$|(?<![响适供对反回效感相])应(?!急|检尽检)(?=该?(?:{_DEED}|检))|(?:尚|还|仍|急|共)?需要?(?={_DEED}|派|增|\d)"
    rf"|[须待](?={_DEED})|要求(?=(?:各?[\u4e00-\u9fff]{{1,5}})?{_DEED})|剩(?:下|余)?|余下|其余(?!\d)|尚有"
    r"|[还尚仍]?未(?=[整清拆完改处修])|还差|正在|(?:还|仍)?缺(?=\d|[\u4e00-\u9fff]{1,4}$)"
)
_STILL: Final = re.compile("(?:还|仍)有$")
_STILL_TO_DO: Final = re.compile("[^,;。!?\n]{0,12}?(?:未|没|待|正在|需|等|下周|明天|后天)")
_DONE: Final = re.compile(
    rf"今[天日早晚]|昨[天日晚]|已|实(?=际|{_DEED})|目前|截[至止]|现(?:已|在)|完成了|上午|下午|刚"
)
_DONE_AFTER_NUMBER: Final = re.compile(rf"(?P<number>\d)[^\d]{{0,6}}?(?:{_DONE.pattern})")
_UNDONE_AFTER: Final = re.compile(
    r"[^,;。!?\n\s]{0,4}?(?:正在|有?待|[尚还仍]?未|[还仍]?没有?)(?:整改|处理|完成|清理|拆除|弄|解决|落实|到位|办结|修|整治|动)"
    r"(?:完|好|成|完成|到位)?(?=[,;。!?\n\s]|$)"
)
_DONE_BEHIND: Final = re.compile(r"[^,;。!?\n\d]{0,6}?已经?[\u4e00-\u9fff]{1,4}(?=[,;。!?\n\s]|$)")
_FOUND: Final = re.compile("发现|排查|查出|检查|巡查|受理|收到|摸排|查摆|登记")
_COMPARED: Final = re.compile(
    r"(?:比|较(?![大多少好为])|同比|环比)[^,;。]{0,14}?(?:多|少|增|减|升|降|高|低)[了加少长出高低升]{0,2}[^\d,;。到至]{0,4}$"
)
_RATE: Final = re.compile(
    r"(?:每(?:[天日周月年人户次个家名位车]|处(?!理)|平方|晚|小时)|[人户日月]均|平均)[^,;。\d]{0,12}$"
)
_EACH: Final = re.compile(r"(?<=[\u4e00-\u9fff])各(?![类种项级个位处])[^,;。\d]{0,6}$")
_STATIC: Final = (
    "(?:小区|社区|街道|网格|单位|商[户铺]|门店|店铺|学校|公厕|道路|街巷|路段|公园|人口|居民|住户|楼栋?|工作人员|网格员|队员"
    "|环卫工人?|党员|职工|志愿者|行政村|自然村|村庄)"
)
_STATE_BEFORE: Final = re.compile(
    r"(?:下辖|辖有|管辖|在册|在编|现有|原有|常住|户籍|总人口|分成|分为|编成|编为|划分为|(?<![百部处积])分(?=$))[^\d,;。]{0,8}$"
    r"|^(?:本|我|我们)?(?:小区|社区|辖区)(?:一?共|总共)有?$"
    rf"|(?P<has>共有|拥有|(?:辖区内?|[区道村队站局所校位])(?:一?共|现|总共)?有|(?:现在|目前)有)(?:各类)?(?:[\u4e00-\u9fff]{{0,4}}(?P<static>{_STATIC}))?(?:共|约)?$"
)
_STATIC_AFTER: Final = re.compile(_STATIC)
_TAKES_PART: Final = re.compile("[^,;。]{0,8}(?:参加|参与|投入|上路|上岗|到场|报名|清理|开展)")
_CONSISTS: Final = re.compile(r"由[^,;。]{0,30}$")
_OF_THESE_AFTER: Final = re.compile(r"[^,;。]{0,30}?(?:组成|构成)")
_LENGTHS: Final = frozenset(("米", "厘米", "公里", "平方米"))
_WIDE: Final = re.compile(r"(?<![拓加增])(?:宽度?|高度?|深度?|厚|直径|半径|间[隔距]|相距)[约达为近]{0,2}$")
_LONG: Final = re.compile(r"(?:长度?|距离?|离)[约达为近有]{0,2}$")
_AREA: Final = re.compile(r"(?:面积|长|占地)[约达为近]{0,2}$")
_SIZE_AFTER: Final = re.compile(
    r"[宽高深厚粗]|长(?=[\u4e00-\u9fff])|处(?!理)|(?:范围|以内|内(?!的)|外|开外|远)|的(?:路段|道路|街道|范围)"
)
_NOT_THIS: Final = re.compile(r"不是\s?$")
_WRONG: Final = r"(?:不对|哦不|不不|[说写打报弄]?错了)"
_RIGHT: Final = "(?:应该?[为是]|改[为成]|更[正改]为|而?是)"
_MENDED: Final = re.compile(rf"[,\s]{{0,2}}(?:{_WRONG}[,\s]{{0,2}}{_RIGHT}?|{_RIGHT})约?")
_ASKED: Final = re.compile(r"[^,。!\n]{0,24}(?:吗|还是|够不够|是不是|能不能|要不要|行不行|可不可以|好不好)")
_EITHER: Final = re.compile("还是[^,;。]{0,4}$")
_LATER: Final = re.compile("(?:下午|晚上|中午|今晚)再")
_BACK: Final = 40
_AHEAD: Final = 40


class AsideFinder:
    """Judges the counts of one normalised text, each by the words around it. Linear time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._planned = list(_planned_spans(text))
        self._starts = [start for start, _ in self._planned]

    def of(self, counts: Sequence[CountingNumeral], index: int) -> Aside | None:
        """Why count ``index`` is not counted; None if it is. Parts are looked for elsewhere."""
        count = counts[index]
        before = self._clause_before(count.start)
        after = self._text[count.end : count.end + _AHEAD]
        if self._is_withdrawn(counts, index):
            return Aside.WITHDRAWN
        if _COMPARED.search(before):
            return Aside.COMPARISON
        if _RATE.search(before):
            return Aside.RATE
        if self._is_planned(count.start):
            return Aside.PLAN
        if _is_due(before, after) or (_STILL.search(before) and _STILL_TO_DO.match(after)):
            return Aside.REST
        if _is_state(before, after):
            return Aside.STATE
        if count.unit in _LENGTHS and _is_size(before, after):
            return Aside.SIZE
        return Aside.QUESTION if _ASKED.match(after) or _EITHER.search(before) else None

    def is_unsure(self, count: CountingNumeral) -> bool:
        """Whether it may be something else than a number of this report.

        It may be a rest (整改12处,还有5处), one of several (5个社区各10处), a plan or a size
        (面积300平方米的违建).
        """
        before = self._clause_before(count.start)
        if _EACH.search(before) or _LATER.search(before):
            return True
        if _AREA.search(before) and self._text.startswith("的", count.end):
            return True
        return _STILL.search(before) is not None

    def _clause_before(self, start: int) -> str:
        left = self._text[max(0, start - _BACK) : start]
        cut = max(left.rfind(sign) for sign in ",;。!?\n( ")
        return left[cut + 1 :]

    def _is_planned(self, position: int) -> bool:
        index = bisect_right(self._starts, position) - 1
        return index >= 0 and position < self._planned[index][1]

    def _is_withdrawn(self, counts: Sequence[CountingNumeral], index: int) -> bool:
        """不是30处是28处, 30处改为28处: the later number holds."""
        if index + 1 == len(counts) or counts[index + 1].unit != counts[index].unit:
            return False
        count = counts[index]
        if _NOT_THIS.search(self._text, max(0, count.start - 3), count.start):
            return True
        return _MENDED.fullmatch(self._text, count.end, counts[index + 1].start) is not None


def _planned_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where a plan is told: from its word to the end of the sentence, or to a clause of what was done.

    A heading (明天计划:) holds for the lines behind it.
    """
    holds = heading = False
    for clause in _CLAUSE.finditer(text):
        start, end = clause.span()
        plan = _PLAN.search(text, start, end)
        if plan:
            holds, heading = True, heading or text[start:end].rstrip().endswith(":")
            yield plan.start(), _end_of_plan(text, plan.end(), end)
        elif here := _PLAN_HERE.search(text, start, end):
            yield here.start(), _end_of_plan(text, here.end(), end)
        elif _DONE.search(text, start, end):
            holds = heading = False
        elif holds:
            yield start, end
        if SENTENCE_END.search(clause["end"]) and not heading:
            holds = False


def _end_of_plan(text: str, start: int, end: int) -> int:
    """The plan's end in its own clause: 计划30处已清理28处 goes on with what was done."""
    done = _DONE_AFTER_NUMBER.search(text, start, end)
    return done.end("number") if done else end


def _is_due(before: str, after: str) -> bool:
    due = _DUE.search(before)
    if _DONE_BEHIND.match(after):
        # 昨日未完成的3处今天已整改.
        return False
    if due is not None and not _DONE.search(before, due.end()) and not _FOUND.search(before):
        return True
    return _UNDONE_AFTER.match(after) is not None and not _FOUND.search(before)


def _is_state(before: str, after: str) -> bool:
    if _CONSISTS.search(before) and _OF_THESE_AFTER.match(after):
        return True
    state = _STATE_BEFORE.search(before)
    if state is None or _TAKES_PART.match(after):
        return False
    return state["has"] is None or state["static"] is not None or _STATIC_AFTER.match(after) is not None


def _is_size(before: str, after: str) -> bool:
    if _SIZE_AFTER.match(after) or _WIDE.search(before):
        return True
    return _LONG.search(before) is not None and VERB.search(before) is None
