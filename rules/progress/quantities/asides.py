"""Tells which counts were not done now: plans, rests, comparisons, states, sizes, parts beside their total.

They are read like all others, because a task's target is a plan, too. But a report does not count them, and
its card says so. The tables name words; each is looked for in the clause of the number, and only the words
of a plan hold for the clauses behind it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from rules.progress.quantities.hedges import is_hedged, is_void
from rules.progress.quantities.kinds import CountingNumeral
from rules.progress.quantities.plans import DEED, DONE, planned_spans, undone_spans
from rules.progress.quantities.quantity import Aside
from rules.progress.quantities.states import DOES, is_size, is_state, sums_up_doers
from rules.progress.quantities.talk import is_a_mere_thing, is_talk, tells_no_deed, tells_of_shifts
from rules.progress.quantities.verbs import LONG, VERB
from rules.progress.quantities.word_tables import word_set

_DUE: Final = re.compile(
    r"(?<![主需重摘只])要(?![求闻道点害素件地])[\u4e00-\u9fff]{0,3}$|(?<![必供])需要?$|施工$|(?:邀?请|欠账?)$"
    rf"|(?<![响适供对反回效感相])应(?!急|检尽检)(?=该?(?:{DEED}|检))|(?:尚|还|仍|急|共)?需要?(?={DEED}|派|增|\d)"
    rf"|(?<![接招款优看对虐])[须待](?={DEED})|要求(?=(?:各?[\u4e00-\u9fff]{{1,5}})?{DEED})|剩(?:下|余)?|余下|其余(?!\d)|尚有"
    r"|[还尚仍]?未(?:(?=[整清拆完改处修])|(?:开工|动工|启动|竣工|签|交|达标)$)|(?<![正现存所实])在[建做修改拆]$|[需待][\u4e00-\u9fff]{1,4}的|[还就只]差|^差$|正在|(?:还|仍)?(?<![消补欠])缺(?![失损陷口斤株苗])(?=\d|(?:(?![的了])[\u4e00-\u9fff]){0,4}$)"
)
_STILL: Final = re.compile("(?:还|仍)有$")
# 另外两盏等配件
_OTHERS: Final = re.compile("(?:另外?|还有|其他的?|剩下的?)$")
_WAIT: Final = re.compile(r"(?:都?[还在])*等(?![人处])[\u4e00-\u9fff]{2,6}(?=[,;。!?\n\s]|$)")
_STILL_TO_DO: Final = re.compile(
    "(?:是|因为?|由于|属于?|涉及|卡在)|[^,;。!?\n]{0,12}?(?:未|没|待|正在|需|等|下周|明天|后天|[车业户店房机]主|老板|当事人|联系不|自己)"
)
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
_PLANNED_AFTER: Final = re.compile(
    r"[^,;。!?\n\d]{0,4}?(?:明[天日早]|后天|下周|下个?月|待会|回头)(?![^,;。!?\n]*\d)"
)
_DONE_BEHIND: Final = re.compile(r"[^,;。!?\n\d]{0,6}?已经?[\u4e00-\u9fff]{1,4}(?=[,;。!?\n\s]|$)")
_FOUND: Final = re.compile("查获|查处|发现|排查|查出|检查|巡查|受理|收到|摸排|查摆|登记")
_COMPARED: Final = re.compile(
    r"(?:比|较(?![大多少好为])|同比|环比)[^,;。]{0,14}?(?:多|少|增|减|升|降|高|低)[了加少长出高低升]{0,2}[^\d,;。到至]{0,4}$"
    "|超额(?:完成)?$"
)
# 比昨天的33件多8件: with which number it is compared.
_COMPARED_WITH: Final = re.compile(r"(?:比(?![赛例])|较(?![大多少好为])|同比|环比)[^,;。\d]{0,10}$")
_DIFFERS: Final = re.compile(r"[\u4e00-\u9fff]{0,4}?(?:多|少|增加?|减少?|上?升|下?降|[高低])[了出]?\d")
_RATE: Final = re.compile(
    r"(?:每[\u4e00-\u9fff]|[人户日月]均|平均)[^,;。\d]{0,12}$|(?:标准|单价|价格|规格|一式|最[高低多少]|上限|下限)[是为约有可]?$"
)
# 食堂菜价没涨,还是一荤两素10块钱
_MEAL: Final = re.compile("(?:[菜票饭油物房]价|[一二两三四1-4][荤素汤])[^。;\\d\n]{0,14}$")
# 罚款50元起, 9.9元的扫把
_PRICE: Final = re.compile(
    "起步?(?![\u4e00-\u9fff])|的(?![\u4e00-\u9fff]{0,4}[金款费补助券贴])(?=[\u4e00-\u9fff])"
)
# 52所学校里已有31所: the whole before its part.
_WHOLE: Final = re.compile(
    "[\u4e00-\u9fff]{1,8}?(?:里面?|内|中|当中|之中)(?:已经|现在|目前|今天|一共|[已现就也还共仅只])*有?"
)
# 上周发现的18个问题已经整改了15个
_FOUND_BEFORE: Final = re.compile("(?:发现|排查|交办|反馈|移交|转来|查出|摸排|登记)的$")
_DONE_TO_SOME: Final = re.compile(
    rf"[\u4e00-\u9fff]{{0,6}}?(?:已经?|都)(?:{LONG}|[\u4e00-\u9fff]{{1,2}})[好完掉]?了?|[\u4e00-\u9fff]{{1,4}}(?:[好完掉]了?|了)"
)
# 做了3件事:清垃圾2车,劝导5人
_HEADS_A_LIST: Final = re.compile(r"(?:事|工作|活|任务)(?:情|儿)?[,:]\s?[^,;。\n]{0,12}\d")
# 32家来了29家
_SOME_DID: Final = re.compile("[已就才只]?(?:[来到签交改办清拆装换]|参加|报名|整改|完成)了?")
# 拆违任务200处,完成85处
_TASK: Final = re.compile("任务[数量]{0,2}[是为共有]?$")
_SO_FAR_DONE: Final = re.compile(r"[,、;\s]{0,2}(?:已|完成|实|目前|现|今)")
_SCHEDULE: Final = re.compile("(?:进度|进展|划分):[^,;。\\d]{0,4}$")
_LENGTHS: Final = frozenset(("米", "厘米", "公里", "平方米"))
# 申请垃圾桶20个,请批
_REQUESTED: Final = re.compile("(?:[想再]|特|现|拟|我[们区村校]?)?申[请领报]")
_TO_GRANT: Final = re.compile(
    "请批|批[准复示]|请?(?:领导|上级)|[望盼恳]|请(?:予|给|支持|协调|解决)|能不能|可以吗|行吗"
)
# 可停放20辆, 限速40公里: what a thing can hold or may be.
_CAPACITY: Final = re.compile(
    r"(?:可(?:以|同时)*|能(?:同时)?)(?:容纳|停放?|供|充|坐|摆放?|放|住|装|接待)[^\d,;。]{0,8}$|限[速高宽重载时]$"
)
_NOT_THIS: Final = re.compile(r"(?:(?<!是)不是|(?:[打写报说填看录弄]|错)[成作为])了?\s?$")
_TAKEN_BACK: Final = re.compile(
    r"[^,;。!?\n\d]{0,4}?[,\s]?(?:有误|作废|不作数|不算(?:[数了]|(?=[,;。!?\n\s]|$))|[报打写说填算]错)"
)
_WRONG: Final = r"(?:哦?不对|哦不|不不|哦?[说写打报弄]?错了|[说写打报弄填记][反混串]了)"
_RIGHT: Final = "(?:实际上?[为是有]|其实[是有]|实[为是]|应该?[为是]|改[为成]|更[正改]为|而?是)"
_MENDED: Final = re.compile(
    rf"[,?\s]{{0,2}}(?:{_WRONG}[,\s]{{0,2}}(?:{_RIGHT}|累计|共)?(?:[\u4e00-\u9fff]{{2,10}})?|{_RIGHT}|(?:具体|准确)(?:说|数)?[是为]?)约?"
)
_EACH: Final = re.compile("每一?[个条户家座栋处辆名](?P<what>[\u4e00-\u9fff]{1,6})")
_ASKED: Final = re.compile(
    r"[^,。!\n]{0,24}(?:吗|还是|啥时|什么时候|何时|几时|怎么|咋|够不够|是不是|能不能|要不要|行不行|可不可以|好不好|对吧|对不|是吧|没错吧)"
)
_EITHER: Final = re.compile(
    r"\d[^,;。]{0,6}还是[^,;。]{0,4}$|(?:能不能|可不可以|能否|可否|要不要|是否|是不是)[^,;。]{0,6}$"
)
_NO_MORE_THAN: Final = re.compile(r"(?:不(?:得|能|可|要)?超过|不多于|最多[^,;。\d]{0,4})$")
# A state and a comparison go on here: 网格员23名,楼栋长156名 and 多5辆和30辆.
_JOINED: Final = re.compile("[、和及与](?:增加?|减少?|[多少])?")
_NEXT_IN_STATE: Final = re.compile(r"[^,;:。!?\n\d了]{0,8}[,、]?[^,;:。!?\n\d了]{0,6}")
# 常住人口2万人,有志愿者队伍6支
_AND_HAS: Final = re.compile("人?,(?:现|还|共|建)?有(?=[\u4e00-\u9fff]{2})")
# 下辖9个社区,有文明劝导队11支
_HAS_A_BODY: Final = re.compile(
    "[^,;:。!?\n\\d了]{0,6},(?:现|还|共|建)?有[\u4e00-\u9fff]{0,7}[队站点岗所屋亭员者伍]"
)
_LIVING: Final = word_set("人 名 位 户 口 个 家 栋 幢 座 间 张 处 条 台 辆 所 块")
_SUMMED: Final = word_set("家 个 方 立方米")
_BACK: Final = 40
_AHEAD: Final = 40


class AsideFinder:
    """Judges the counts of one normalised text, each by the words around it. Linear time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._void = is_void(text)
        self._shifts = tells_of_shifts(text)
        self._planned = list(planned_spans(text))
        self._undone = list(undone_spans(text))
        # The clauses before counts, by where these begin: a count is judged more than once.
        self._clauses: dict[int, str] = {}
        # By the words behind 每个, and what they begin with: where they stand.
        self._each: dict[str, int] = {}
        for each in _EACH.finditer(text):
            for length in range(1, len(each["what"]) + 1):
                self._each.setdefault(each["what"][:length], each.start())

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
        if _COMPARED.search(before) or (_COMPARED_WITH.search(before) and _DIFFERS.match(after)):
            return Aside.COMPARISON
        priced = count.unit == "元" and (_PRICE.match(after) or _MEAL.search(before))
        if _RATE.search(before) or priced:
            return Aside.RATE
        if self._is_planned(count.start, before, after):
            return Aside.PLAN
        if (
            _MERE_SIZE.search(before)
            or _CAPACITY.search(before)
            or (count.unit in _LENGTHS and is_size(before, after))
        ):
            return Aside.SIZE
        if _ASKED.match(after) or _EITHER.search(before):
            return Aside.QUESTION
        if _is_due(before, after) or _IN_HAND.search(before) or _holds(self._undone, count.start):
            return Aside.REST
        if _PLANNED_AFTER.match(after) and VERB.search(before) is None:
            return Aside.PLAN
        if _HEADS_A_LIST.match(after) or is_state(before, after, count.unit) or self._is_whole(counts, index):
            return Aside.STATE
        summed = count.unit in _SUMMED and sums_up_doers(before, after, count.value)
        return Aside.STATE if summed else None

    def _is_whole(self, counts: Sequence[CountingNumeral], index: int) -> bool:
        """Whether the next count is said to be a part of this one."""
        count = counts[index]
        if index + 1 == len(counts) or counts[index + 1].unit != count.unit:
            return False
        between = self._text[count.end : counts[index + 1].start]
        if _WHOLE.fullmatch(between):
            return True
        before = self._clause_before(count.start)
        if _FOUND_BEFORE.search(before) and _DONE_TO_SOME.fullmatch(between):
            return True
        return not before and _SOME_DID.fullmatch(between) is not None

    def _is_planned(self, start: int, before: str, after: str) -> bool:
        if _SO_FAR_DONE.match(after) and _TASK.search(before):
            return True
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
        if last is Aside.STATE and _HAS_A_BODY.fullmatch(between):
            return None if DOES.match(self._text, count.end) else last
        if last is not Aside.STATE or not (count.unit in _LIVING or _AND_HAS.match(between)):
            return None
        done = VERB.search(between) or DONE.search(between)
        done = done or DOES.match(self._text, count.end)
        return last if not done and _NEXT_IN_STATE.fullmatch(between) else None

    def is_multiplier(self, count: CountingNumeral, item: str) -> bool:
        """Whether an earlier number is of each of them: 每个路口4名,共12个路口."""
        return self._each.get(item, count.start) < count.start

    def is_unsure(self, count: CountingNumeral) -> bool:
        """Whether it may be something else than a number of this report."""
        after = self._text[count.end : count.end + _AHEAD]
        before = self._clause_before(count.start)
        if self._void or is_a_mere_thing(before, count.unit, self._text):
            return True
        if _SCHEDULE.search(self._text, max(0, count.start - 8), count.start):
            return True
        if is_hedged(before, after) or is_talk(before, after, count.unit):
            return True
        return tells_no_deed(before, after, count.unit, shifts=self._shifts)

    def _clause_before(self, start: int) -> str:
        if start not in self._clauses:
            left = self._text[max(0, start - _BACK) : start].rstrip(" :")
            self._clauses[start] = left[max(map(left.rfind, ",;。!?\n( :")) + 1 :]
        return self._clauses[start]

    def _is_withdrawn(self, counts: Sequence[CountingNumeral], index: int) -> bool:
        """不是30处是28处, 30处有误, 30处改为28处: the other number holds."""
        count = counts[index]
        if _NOT_THIS.search(self._text, max(0, count.start - 4), count.start):
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


# 办理中3件
_IN_HAND: Final = re.compile("(?:[办处][理置]中|整改中|[在待未]办)$")
# 占任务5公里的64%, 市场占地3500平方米, 人瘦了5斤
_MERE_SIZE: Final = re.compile(
    "占(?:任务|目标|计划|地)(?:面积)?[约达]?$|[瘦胖]了$|往[里前外东西南北左右][边面]?走了?$"
)


def _is_due(before: str, after: str) -> bool:
    deed = _DUE_DEED.search(before)
    so_far = _SO_FAR.match(after) if deed else None
    if deed and so_far and after.startswith(deed["deed"], so_far.end()):
        return True
    if _STILL.search(before) and _STILL_TO_DO.match(after):
        return True
    if _WAIT.match(after) and _OTHERS.search(before):
        return True
    due = _DUE.search(before)
    if _DONE_BEHIND.match(after):
        # 昨日未完成的3处今天已整改.
        return False
    if due is not None and not DONE.search(before, due.end()) and not _FOUND.search(before):
        return True
    return _UNDONE_AFTER.match(after) is not None and not _FOUND.search(before)
