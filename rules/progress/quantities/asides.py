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

from rules.progress.quantities.hedges import is_hedged, is_void
from rules.progress.quantities.kinds import CountingNumeral
from rules.progress.quantities.talk import is_a_mere_thing, is_talk
from rules.progress.quantities.verbs import LONG, VERB, word_set
from rules.progress.quantities.words import PERSON_FIRST, SENTENCE_END


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
    r"|(?:月[底末]|年[底末]|周[一二三四五六日天末]|\d[日号]|节)之?前(?!已|就|都|[^,;。\d]{0,8}了)|目标(?!任务已)|(?<![\u4e00-\u9fff\d])(?:今[天日]|本[周月])?(?:任务|指标)[数量是为]?(?=[\u4e00-\u9fff]{0,4}\d)|(?<![邀申聘提报])请(?=[各您你派增]|大家|尽快|务必|安排)"
    r"|(?:如果|要是|一旦|只要|麻烦(?=[你您派给])|帮我|给我们?(?=[派配发送加补])|建议(?=[再在增派加设把])|必须)|(?<![受办代帮核助理])申请(?=增|补|领|调|\d)"
    rf"|准备(?=再|明|下|于|在|{_DEED})|将(?=于|在|再|继续|{_DEED})"
)
_DUE: Final = re.compile(
    r"(?<![主需重摘只])要(?![求闻道点害素件地])[\u4e00-\u9fff]{0,3}$|(?<![必供])需要?$|施工$|(?:邀?请|欠账?)$"
    rf"|(?<![响适供对反回效感相])应(?!急|检尽检)(?=该?(?:{_DEED}|检))|(?:尚|还|仍|急|共)?需要?(?={_DEED}|派|增|\d)"
    rf"|[须待](?={_DEED})|要求(?=(?:各?[\u4e00-\u9fff]{{1,5}})?{_DEED})|剩(?:下|余)?|余下|其余(?!\d)|尚有"
    r"|[还尚仍]?未(?:(?=[整清拆完改处修])|(?:开工|动工|启动|竣工|签|交|达标)$)|(?<![正现存所实])在[建做修改拆]$|[需待][\u4e00-\u9fff]{1,4}的|还差|正在|(?:还|仍)?(?<![消补欠])缺(?![失损陷口斤])(?=\d|[\u4e00-\u9fff]{0,4}$)"
)
_STILL: Final = re.compile("(?:还|仍)有$")
_STILL_TO_DO: Final = re.compile(
    "[^,;。!?\n]{0,12}?(?:未|没|待|正在|需|等|下周|明天|后天|[车业户店房机]主|老板|当事人|联系不|自己)"
)
_DONE: Final = re.compile(
    rf"今[天日早晚]|昨[天日晚]|已|实(?=际|[检签]|{_DEED})|目前|截[至止]|现(?:已|在)|完成了|上午|下午|刚"
)
_DONE_AFTER_NUMBER: Final = re.compile(rf"(?P<number>\d)[^\d]{{0,6}}?(?:{_DONE.pattern})")
# 未完成: is the heading of its line, or of the lines behind it up to the next heading.
_UNDONE_HEADING: Final = re.compile(
    r"(?:[未待](?:完成|整改|办结?|处理|解决|清理|拆除)|遗留|剩余|欠账)[^:,;。\n\d]{0,4}:[^\S\n]*"
)
_LINE_END: Final = re.compile(r"[。;\n]")
_NEXT_HEADING: Final = re.compile(r"\n[^\n:]{1,12}:\s*(?:\n|$)|\n\s*\n|已完成|今[天日]")
_LONGEST_LIST: Final = 600
# 应签责任书98份实签91份: the same deed, due and done.
_DUE_DEED: Final = re.compile("应(?P<deed>[\u4e00-\u9fff])[\u4e00-\u9fff]{0,8}$")
_SO_FAR: Final = re.compile(r"[,、;\s]{0,2}(?:实际?|已经?|现)")
_UNDONE_AFTER: Final = re.compile(
    r"[^,;。!?\n\s]{0,8}?没人(?:管|清|理|收|修|拉|扫|处理)"
    r"|[^,;。!?\n\s]{0,4}?正在[\u4e00-\u9fff]{2}"
    r"|[^,;。!?\n\s]{0,4}?(?:有?待|[尚还仍]?未|[还仍]?没有?)(?:整改|处理|完成|清理|拆除|弄|解决|落实|到位|办结|修|整治|动|核实|审核|确认|复查|派单|开工)"
    r"(?:完|好|成|完成|到位)?(?=[,;。!?\n\s]|$)"
)
# 点位17个明天复查, unless a deed stands before it.
_PLANNED_AFTER: Final = re.compile(r"[^,;。!?\n\d]{0,4}?(?:明[天日早]|后天|下周|下个?月|待会|回头)")
_DONE_BEHIND: Final = re.compile(r"[^,;。!?\n\d]{0,6}?已经?[\u4e00-\u9fff]{1,4}(?=[,;。!?\n\s]|$)")
_FOUND: Final = re.compile("查获|查处|发现|排查|查出|检查|巡查|受理|收到|摸排|查摆|登记")
_COMPARED: Final = re.compile(
    r"(?:比|较(?![大多少好为])|同比|环比)[^,;。]{0,14}?(?:多|少|增|减|升|降|高|低)[了加少长出高低升]{0,2}[^\d,;。到至]{0,4}$"
    "|超额(?:完成)?$"
)
_RATE: Final = re.compile(
    r"(?:每[\u4e00-\u9fff]|[人户日月]均|平均)[^,;。\d]{0,12}$|(?:标准|单价|价格|规格|一式|最[高低多少]|上限|下限)[是为约有可]?$"
)
# 罚款50元起
_FROM_ON: Final = re.compile("起步?(?![\u4e00-\u9fff])")
_STATIC: Final = (
    "(?:小区|社区|街道|网格|单位|商[户铺]|门店|店铺|学校|公厕|道路|街巷|路段|公园|人口|居民|住户|楼栋?|工作人员|网格员|队员"
    "|环卫工人?|党员|职工|志愿者|行政村|自然村|村庄)"
)
_OURS: Final = (
    "(?:我|我们|本|咱|咱们|全|该)(?:[区县市镇乡村街局校院队站所园厂]|街道|社区|单位|辖区|小区|中心|公司|系统)"
)
_STATE_BEFORE: Final = re.compile(
    # 全镇16个村, 我校共有36个教学班, 全院开放床位800张, 在校学生, 检查组一行6人.
    rf"(?:^|今天|昨天)(?P<whole>{_OURS}|辖区内?)$|^{_OURS}(?:里|内)?(?:目前|现在|一?共|总共|现)*(?:有|开?设有?|开放|拥有|配有)[^\d,;。]{{0,8}}$"
    r"|(?<!现)在(?:职|校|编|园|岗(?=职工|人员|教师|工人))(?:(?!报到|参[加与]|[上到]岗)[^\d,;。]){0,8}$|一行$"
    r"|(?:成员|班子|委员)一?共有?$|(?:业主|微信|工作|居民|家长)群[里内]?$"
    r"|(?:下辖|辖有|管辖|在册|在编|现有|原有|常住|户籍|总人口|分成|分为|编成|编为|划分为|(?<![百部处积])分(?=$))[^\d,;。]{0,8}$"
    r"|^(?:本|我们?|咱们?)?(?:小区|社区|辖区|[这那][儿里边])(?:一?共|总共)有?$|[这那][条个片座栋家][\u4e00-\u9fff]{1,3}(?:一?共|总共)有?$"
    rf"|(?P<has>共有|拥有|(?:辖区内?|[区道村队站局所校位])(?:一?共|现|总共)?有|(?:现在|目前)有)(?:各类)?(?:[\u4e00-\u9fff]{{0,4}}(?P<static>{_STATIC}))?(?:共|约)?$"
)
_STATIC_AFTER: Final = re.compile(_STATIC)
_TAKES_PART: Final = re.compile(
    "[^,;。]{0,8}(?:今[天日]|昨[天日]|参加|参与|投入|上路|上岗|到场|报名|清理|开展)|(?:前来|[来到去上])(?=[\u4e00-\u9fff]{2})"
)
_DOES: Final = re.compile(rf"[^,;。!?\n\d]{{0,8}}?(?:[了已都被获]|{LONG})")
# 小区里有3辆僵尸车, 广场那边占道的有20多家: what is there, unless a word tells a deed or a time.
_THERE_IS: Final = re.compile(
    r"(?:[里内上下边旁片口围近带段楼那这]|沿线)(?:还|也|现在|大概|大约|约)*有(?:大概|大约|约)?$"
)
# 52所学校里已有31所: the whole before its part.
_WHOLE: Final = re.compile(
    "[\u4e00-\u9fff]{1,8}?(?:里面?|内|中|当中|之中)(?:已经|现在|目前|今天|一共|[已现就也还共仅只])*有?"
)
_SCHEDULE: Final = re.compile("(?:进度|进展|划分):[^,;。\\d]{0,4}$")
_CONSISTS: Final = re.compile(r"由[^,;。]{0,30}$")
_OF_THESE_AFTER: Final = re.compile(r"[^,;。]{0,30}?(?:组成|构成)")
_LENGTHS: Final = frozenset(("米", "厘米", "公里", "平方米"))
_WIDE: Final = re.compile(
    r"(?<![拓加增])(?:宽度?|高度?|深度?|厚|直径|半径|间[隔距]|相距|[东西南北]|[太最很][宽窄高矮深浅长短远近])[约达为近]?(?:[只才就]?有)?$"
)
_LONG: Final = re.compile(r"(?:长度?[约达为近有]{0,2}|(?:距离?|(?<![劝撤搬拖清])离)[\u4e00-\u9fff]{0,6})$")
# 可停放20辆, 限速40公里: what a thing can hold or may be.
# 申请垃圾桶20个,请批
_REQUESTED: Final = re.compile("(?:[想再]|特|现|拟|我[们区村校]?)?申[请领报]")
_TO_GRANT: Final = re.compile(
    "请批|批[准复示]|请?(?:领导|上级)|[望盼恳]|请(?:予|给|支持|协调|解决)|能不能|可以吗|行吗"
)
_CAPACITY: Final = re.compile(
    r"(?:可(?:以|同时)*|能(?:同时)?)(?:容纳|停放?|供|充|坐|摆放?|放|住|装|接待)[^\d,;。]{0,8}$|限[速高宽重载时]$"
)
_SIZE_AFTER: Final = re.compile(
    r"[宽高深厚粗]|长(?=[\u4e00-\u9fff])|处(?!理)|(?:范围|以内|内(?!的)|外|开外|远)|的(?:路段|道路|街道|范围)"
)
_NOT_THIS: Final = re.compile(r"(?:(?<!是)不是|(?:[打写报说填看录弄]|错)[成作为])\s?$")
_TAKEN_BACK: Final = re.compile(
    r"[^,;。!?\n\d]{0,4}?[,\s]?(?:有误|作废|不作数|不算(?:[数了]|(?=[,;。!?\n\s]|$))|[报打写说填算]错)"
)
_WRONG: Final = r"(?:哦?不对|哦不|不不|哦?[说写打报弄]?错了)"
_RIGHT: Final = "(?:应该?[为是]|改[为成]|更[正改]为|而?是)"
_MENDED: Final = re.compile(
    rf"[,?\s]{{0,2}}(?:{_WRONG}[,\s]{{0,2}}(?:{_RIGHT}|累计|共)?(?:[\u4e00-\u9fff]{{2,10}})?|{_RIGHT}|(?:具体|准确)(?:说|数)?[是为]?)约?"
)
_ASKED: Final = re.compile(
    r"[^,。!\n]{0,24}(?:吗|还是|啥时|什么时候|何时|几时|怎么|咋|够不够|是不是|能不能|要不要|行不行|可不可以|好不好)"
)
_EITHER: Final = re.compile(
    r"\d[^,;。]{0,6}还是[^,;。]{0,4}$|(?:能不能|可不可以|能否|可否|要不要|是否)[^,;。]{0,6}$"
)
_NO_MORE_THAN: Final = re.compile(r"(?:不(?:得|能|可|要)?超过|不多于|最多[^,;。\d]{0,4})$")
# A state and a comparison go on here: 网格员23名,楼栋长156名 and 多5辆和30辆.
_JOINED: Final = re.compile("[、和及与](?:增加?|减少?|[多少])?")
_NEXT_IN_STATE: Final = re.compile(r"[^,;。!?\n\d了]{0,8}[,、]?[^,;。!?\n\d了]{0,6}")
_LIVING: Final = word_set("人 名 位 户 个 家 栋 幢 座 间 张 处 条 台 辆 所 块")
_PERSONS: Final = word_set("人 名 位")
_BACK: Final = 40
_AHEAD: Final = 40


class AsideFinder:
    """Judges the counts of one normalised text, each by the words around it. Linear time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._void = is_void(text)
        self._planned = list(_planned_spans(text))
        self._undone = list(_undone_spans(text))

    def all_of(self, counts: Sequence[CountingNumeral]) -> list[Aside | None]:
        """Why each count is not counted; None if it is. Parts are looked for elsewhere."""
        found: list[Aside | None] = []
        for index in range(len(counts)):
            last = found[-1] if found else None
            found.append(self._of(counts, index) or (last and self._goes_on(counts, index, last)))
        return found

    def _of(self, counts: Sequence[CountingNumeral], index: int) -> Aside | None:
        count = counts[index]
        before = self._clause_before(count.start)
        after = self._text[count.end : count.end + _AHEAD]
        if self._is_withdrawn(counts, index):
            return Aside.WITHDRAWN
        if _COMPARED.search(before):
            return Aside.COMPARISON
        if _RATE.search(before) or (count.unit == "元" and _FROM_ON.match(after)):
            return Aside.RATE
        if self._is_planned(count.start, before):
            return Aside.PLAN
        if _CAPACITY.search(before) or (count.unit in _LENGTHS and _is_size(before, after)):
            return Aside.SIZE
        if _ASKED.match(after) or _EITHER.search(before):
            return Aside.QUESTION
        if _is_due(before, after) or _holds(self._undone, count.start):
            return Aside.REST
        if _PLANNED_AFTER.match(after) and VERB.search(before) is None:
            return Aside.PLAN
        if _is_state(before, after, count.unit) or self._is_whole(counts, index):
            return Aside.STATE
        return None

    def _is_whole(self, counts: Sequence[CountingNumeral], index: int) -> bool:
        """Whether the next count is said to be a part of this one."""
        count = counts[index]
        if index + 1 == len(counts) or counts[index + 1].unit != count.unit:
            return False
        return _WHOLE.fullmatch(self._text, count.end, counts[index + 1].start) is not None

    def _is_planned(self, start: int, before: str) -> bool:
        if _holds(self._planned, start) or _NO_MORE_THAN.search(before):
            return True
        return _REQUESTED.match(before) is not None and _TO_GRANT.search(self._text) is not None

    def _goes_on(self, counts: Sequence[CountingNumeral], index: int, last: Aside) -> Aside | None:
        """The aside of the number before, if this one is of the same list."""
        count = counts[index]
        between = self._text[counts[index - 1].end : count.start]
        if _WHOLE.fullmatch(between):
            return None
        if _JOINED.fullmatch(between):
            return last if last in {Aside.COMPARISON, Aside.RATE, Aside.SIZE, Aside.STATE} else None
        if last is not Aside.STATE or count.unit not in _LIVING:
            return None
        done = VERB.search(between) or _DONE.search(between)
        done = done or _DOES.match(self._text, count.end)
        return last if not done and _NEXT_IN_STATE.fullmatch(between) else None

    def is_unsure(self, count: CountingNumeral) -> bool:
        """Whether it may be something else than a number of this report."""
        after = self._text[count.end : count.end + _AHEAD]
        before = self._clause_before(count.start)
        if self._void or is_a_mere_thing(before, count.unit, self._text):
            return True
        if _SCHEDULE.search(self._text, max(0, count.start - 8), count.start):
            return True
        return is_hedged(before, after) or is_talk(before, after, count.unit)

    def _clause_before(self, start: int) -> str:
        left = self._text[max(0, start - _BACK) : start].rstrip(" :")
        return left[max(map(left.rfind, ",;。!?\n( :")) + 1 :]

    def _is_withdrawn(self, counts: Sequence[CountingNumeral], index: int) -> bool:
        """不是30处是28处, 30处有误, 30处改为28处: the other number holds."""
        count = counts[index]
        if _NOT_THIS.search(self._text, max(0, count.start - 3), count.start):
            return True
        if _TAKEN_BACK.match(self._text, count.end):
            return True
        if index + 1 == len(counts) or counts[index + 1].unit != count.unit:
            return False
        return _MENDED.fullmatch(self._text, count.end, counts[index + 1].start) is not None


def _holds(spans: Sequence[tuple[int, int]], position: int) -> bool:
    """Whether the last of the spans that begins before ``position`` reaches over it."""
    index = bisect_right(spans, position, key=lambda span: span[0]) - 1
    return index >= 0 and position < spans[index][1]


def _undone_spans(text: str) -> Iterator[tuple[int, int]]:
    """What stands under a heading of what was not done."""
    for heading in _UNDONE_HEADING.finditer(text):
        start = heading.end()
        closing = _NEXT_HEADING if text.startswith("\n", start) else _LINE_END
        end = closing.search(text, start, start + _LONGEST_LIST)
        yield start, end.start() if end else start + _LONGEST_LIST


def _planned_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where a plan is told: from its word to the end of the sentence, or to a clause of what was done.

    A heading (明天计划:) holds for the lines behind it.
    """
    if _PLAN.search(text) is None and _PLAN_HERE.search(text) is None:
        return
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
    deed = _DUE_DEED.search(before)
    so_far = _SO_FAR.match(after) if deed else None
    if deed and so_far and after.startswith(deed["deed"], so_far.end()):
        return True
    if _STILL.search(before) and _STILL_TO_DO.match(after):
        return True
    due = _DUE.search(before)
    if _DONE_BEHIND.match(after):
        # 昨日未完成的3处今天已整改.
        return False
    if due is not None and not _DONE.search(before, due.end()) and not _FOUND.search(before):
        return True
    return _UNDONE_AFTER.match(after) is not None and not _FOUND.search(before)


def _is_state(before: str, after: str, unit: str) -> bool:
    if _THERE_IS.search(before):
        return not (VERB.search(before) or _DONE.search(before) or _DOES.match(after))
    if _CONSISTS.search(before) and _OF_THESE_AFTER.match(after):
        return True
    state = _STATE_BEFORE.search(before)
    if state is None or (
        _TAKES_PART.match(after) and (not state["whole"] or unit in _PERSONS or PERSON_FIRST.match(after))
    ):
        return False
    return state["has"] is None or state["static"] is not None or _STATIC_AFTER.match(after) is not None


def _is_size(before: str, after: str) -> bool:
    if _SIZE_AFTER.match(after) or _WIDE.search(before):
        return True
    if before.endswith("有") and after.startswith("长"):
        return True
    return _LONG.search(before) is not None and VERB.search(before) is None
