"""Tells which numerals count something. The rest are dates, ordinals, rates, names, addresses and codes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from rules.numerals import Numeral, scan_numerals
from rules.progress.quantities.addresses import THING, is_code, names_one, stands_behind_an_address
from rules.progress.quantities.rates import is_rate_or_none
from rules.progress.quantities.units import ARABIC_ONLY, UnitOfMeasure, match_unit
from rules.progress.quantities.verbs import ENDS_IN_VERB, LONG, SHORT, VERB
from rules.progress.quantities.word_tables import word_set
from rules.progress.quantities.words import (
    ABSTRACT_NOUNS,
    ABSTRACT_UNITS,
    CODED_BEFORE,
    COUNTED_BEFORE,
    IDIOMS,
    NO_THING,
    PERSON_FIRST,
)

_WINDOW: Final = 12
_TEN: Final = 10
_BEHIND: Final = 24
_LONGEST_SIGN: Final = 4
# Across these signs a code, a version, a clock time or a date goes on.
_JOINED_BEFORE: Final = re.compile(
    r"(?:(?<![A-Za-z]{2})[A-Za-z]-?|\d[.:/\-]|[_#№@=&×*^+·]|[第届]\s?|(?<![年月最起])初|分之|每)$"
)
_JOINED_AFTER: Final = re.compile(r"[.:/\-_×*+·]\d|\s?(?:分之|百分点)")
# 上传照片12张, 照片发了6张: what goes along with the report.
_EVIDENCE: Final = re.compile(
    r"(?:附|上?传|发|补|见)了?(?:现场)?(?:照片?|图片|截图)$|(?:照片|图片|截图)(?:上?传|已?发|附|补)[了上]*$"
)
_SENT: Final = re.compile("(?:附|上?传|发|补|见)了?$")
_PICTURE: Final = re.compile("(?:现场)?(?:照|图片|截图)")
# 前面多打了个1
_SLIP_BEFORE: Final = re.compile("[多少漏错][打写按输敲]了?(?:一?个)?$")
# 6个“100%” names a standard.
_PERCENT_AFTER: Final = re.compile(r"[“\"]?(?:\d+%|百分之)")
# 发现一起,查处一起 is a manner of speaking.
_EACH_ONE: Final = re.compile(r"(?:^|[,。;、\s])[\u4e00-\u9fff]{2,3}$")
_HANDLED: Final = re.compile(
    "[\u4e00-\u9fff]{3,}(?:处理|查处|处置|制止|纠正|劝阻|劝导|调解|化解|整治|立案|办结|破获|发现|查获)了?$"
)
_RANGE_OF_UNITS: Final = re.compile(r"\s?(?:至|到|[~\-—–]{1,2})\s?$")
# 小广告3、4处, 12或13车: one of them; 小广告12,5吨 and 十几二十处 may be meant in several ways.
_EITHER_BEFORE: Final = re.compile(r"[\u4e00-\u9fff](?P<first>\d{1,6})(?:、|或者?)$")
_UNCLEAR_BEFORE: Final = re.compile(r"[\u4e00-\u9fff]\d{1,6}[,。]$|[十百千]几$|成百$")
_APPROX_AFTER: Final = re.compile(
    r"\s?(?:左右|出头|开外|以上|以下|以内|上下|有余|余(?!额)|多(?![\d个次名处家余种样方元功]))"
)
_AND_A_HALF: Final = re.compile(r"半(?![年天个小月数])")

_QUOTED: Final = re.compile(r"“([^“”\n]{1,15})”|‘([^‘’\n]{1,15})’|\"([^\"\n]{1,15})\"")
_TITLE: Final = re.compile(r"《[^《》\n]{0,80}》|〔[^〔〕\n]{0,10}〕")

# Before a noun 一 is an article, except with these units when somebody did something to one.
_ONE_THING: Final = word_set("处 户 辆 台 座 所 栋 盏 棵 吨 车 亩 宗 家 场")
# 出动两台铲车、一台洒水车
_BEFORE_ONE: Final = re.compile(
    r"[\d一二两三四五六七八九十](?P<unit>[\u4e00-\u9fff]{1,2}?)[\u4e00-\u9fff]{1,6}[、和及]$"
)
_ONE_AT_END: Final = word_set("遍 片 线 起 样 面 家 批 道 步 流 角 体 心 条 对 层 色 把 种 类 环节 句 口")
# 搞了一次突击检查
_HELD_ONCE: Final = word_set("次 场 期 轮")
_EVENT: Final = re.compile(
    "[\u4e00-\u9fff]{0,8}(?:检查|整治|行动|活动|培训|演练|宣讲|讲座|比赛|义诊|会|清理|清扫|扫除|劳动|巡查|巡逻)"
    r"(?=[,。;、!?\s]|$)"
)
_TIME_AFTER: Final = re.compile("小时|钟头|月|星期|礼拜|[天年点]")
_NUMBERED: Final = word_set("次 期 组 队 片 类 级 区 段 道 层 部 批 轮 版 门 节 线 网格")
# Chinese numerals of more than one character count in these, too: 海报四十五副, 土十五方.
_LOOSE: Final = word_set("副 双 对 板 具 把 平方米 立方米 平 方")
_ALONE: Final = re.compile(r"\s*(?P<number>\d{1,6})\s*[。!]?\s*")
_CLAUSE_CONTENT: Final = re.compile(r"[^,。;、!?\n]$")
# 三百二, 两千零五, 四十: such a number is no name, while 七一 and 双十一 are.
_HUNDREDS: Final = re.compile(
    "[一二两三四五六七八九][百千万]|^[二三四五六七八九]十[一二三四五六七八九]?$|^十[一二三四五六七八九]$"
)
_CLAUSE_END: Final = re.compile(r"\s{0,2}(?:[,。;、!?\n)\]】]|$)")
# Behind a number without a unit, a space ends the clause if words follow.
_BARE_END: Final = re.compile(rf"\s{{1,2}}(?![年月日号点时])(?=[\u4e00-\u9fff])|了?{_CLAUSE_END.pattern}")
_UNIT_OF_HEADING: Final = re.compile(r"[\u4e00-\u9fff]\((?P<unit>[^()\d]{1,4})\)[:\s]{0,3}$")
# 来了两百多居民
_SENT_OR_CAME: Final = re.compile("(?:来|到|去|组织|发动|动员|出动|参加)了?$")
# In a chat a space, too, ends a clause.
_SPACE_OR_END: Final = re.compile(rf"\s|然后|接着|还有|{_CLAUSE_END.pattern}")
# 两场二百来人: the next number begins.
_NEXT_NUMBER: Final = re.compile("[一二两三四五六七八九][十百千万]|十几")
_DID: Final = re.compile(rf"(?:{SHORT})了$")
# 志愿服务时长4600小时; other hours are of the clock or say how long it took.
_WORKING_TIME: Final = re.compile(
    r"(?:时长|工时|学时|服务|值守|执勤|上岗|督导|录音)[累总共合]?[计共]?[约达为]?[:\s]?$"
)
_HALF_UNITS: Final = word_set("吨 公斤 斤 公里 里 亩 车 袋 桶 箱 米 平方公里 公顷")


# 刷了6层, 清理楼道12层; other floors say where it is or how high.
_FLOOR: Final = "层"
_DONE_TO_FLOORS: Final = re.compile(
    rf"(?:(?:{SHORT})(?:[完好])?了?|(?:{LONG})了?)(?:楼道|楼梯|楼层|墙面?|防水|漆|楼梯间)?(?:大概|大约|一?共|总共)*$"
)
_WORD_BEHIND: Final = re.compile("[\u4e00-\u9fff]")
_PREPOSITIONS: Final = frozenset("把对")


@dataclass(frozen=True, slots=True)
class CountingNumeral:
    """A numeral at ``text[start:end]`` that counts something; ``unit`` is "" for a bare number.

    ``doubtful``: the number may be meant in two ways. ``changed``: it is a change, such as 从20处增加到35处.
    """

    start: int
    end: int
    value: Decimal
    unit: str
    approx: bool
    doubtful: bool = False
    changed: bool = False


def find_counts(text: str) -> Iterator[CountingNumeral]:
    """Yield the numerals of a normalised text that count something, from left to right. Linear time."""
    context = _NumberContext(text)
    position = 0
    earlier: CountingNumeral | None = None
    for numeral in scan_numerals(text):
        if numeral.start < position:
            continue
        count = context.count(numeral)
        if count is None:
            continue
        position = count.end
        count, either = _one_of(text, count)
        if earlier is not None and earlier.start >= either:
            earlier = None
        if earlier is not None and _are_one(text, earlier, count):
            lower = min(earlier.value, count.value)
            earlier = CountingNumeral(earlier.start, count.end, lower, count.unit, approx=True, doubtful=True)
            continue
        if earlier is not None:
            yield earlier
        earlier = count
    if earlier is not None:
        yield earlier


def _are_one(text: str, earlier: CountingNumeral, count: CountingNumeral) -> bool:
    """Whether two counts are the ends of a range (10处至12处), or one of them holds (15处或16处)."""
    if earlier.unit in {"", count.unit} and _RANGE_OF_UNITS.fullmatch(text, earlier.end, count.start):
        return True
    return earlier.unit == count.unit and text[earlier.end : count.start] in {"或", "或者"}


def _one_of(text: str, count: CountingNumeral) -> tuple[CountingNumeral, int]:
    """The count, in doubt if another number stands directly before it, and where that number begins."""
    before = text[max(0, count.start - _WINDOW) : count.start]
    either = _EITHER_BEFORE.search(before)
    if either:
        start = count.start - len(before) + either.start("first")
        first = _as_tens(Decimal(either["first"]), count.value)
        lower = min(first, count.value)
        return replace(count, start=start, value=lower, approx=True, doubtful=True), start
    return (replace(count, doubtful=True) if _UNCLEAR_BEFORE.search(before) else count), count.end


def _as_tens(first: Decimal, value: Decimal) -> Decimal:
    """The first of two numbers that stand for a range. 3、40人 is said for 三四十人: 30."""
    tens = Decimal(10) ** value.adjusted()
    return first * tens if 0 < first < _TEN and value == (first + 1) * tens else first


class _NumberContext:
    """The text with the regions in which numbers belong to names."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._has_pictures = _PICTURE.search(text) is not None
        self._names = [
            [match.span() for match in pattern.finditer(text)] for pattern in (_TITLE, _QUOTED, IDIOMS)
        ]

    def count(self, numeral: Numeral) -> CountingNumeral | None:
        """The count that this numeral makes, or None if it counts nothing."""
        if self._is_part_of_a_name(numeral):
            return None
        start = numeral.start
        before = self._text[max(0, start - _BEHIND) : start]
        if _JOINED_BEFORE.search(self._text, max(0, start - _LONGEST_SIGN), start) or _JOINED_AFTER.match(
            self._text, numeral.end
        ):
            return None
        unit = match_unit(self._text, numeral.end)
        if numeral.implied_unit:
            unit = UnitOfMeasure(numeral.implied_unit, numeral.end)
        if unit is None:
            return self._bare(numeral, before)
        return self._with_rest(numeral, unit) if self._counts(numeral, unit, before) else None

    def _is_part_of_a_name(self, numeral: Numeral) -> bool:
        return any(spans and _inside(spans, numeral.head) for spans in self._names)

    def _counts(self, numeral: Numeral, unit: UnitOfMeasure, before: str) -> bool:
        if is_rate_or_none(numeral, unit.name, before):
            return False
        if unit.name == "小时" and not _WORKING_TIME.search(before):
            return False
        if unit.name == _FLOOR and not _DONE_TO_FLOORS.search(before):
            return False
        if self._has_pictures and (
            _EVIDENCE.search(before) or (_SENT.search(before) and _PICTURE.match(self._text, unit.end))
        ):
            return False
        half = None if numeral.half else _AND_A_HALF.match(self._text, unit.end)
        end = half.end() if half else unit.end
        after = self._text[end : end + _WINDOW]
        if half and unit.name in _HALF_UNITS:
            return True
        if _PERCENT_AFTER.match(after) or self._text[numeral.head : end] == "一大堆":
            return False
        chinese = None if numeral.arabic else int(numeral.value)
        if names_one(unit.name, before, after, chinese):
            return False
        return numeral.arabic or self._chinese_counts(numeral, unit, before, after)

    def _chinese_counts(self, numeral: Numeral, unit: UnitOfMeasure, before: str, after: str) -> bool:
        """Whether a Chinese numeral counts. Most are parts of names, so more is asked of them."""
        if numeral.implied_unit:
            return not _TIME_AFTER.match(after) and not before.endswith(
                ("咱", "他", "她", "我", "你", "妻", "哥", "姐", "父", "母", "爷", "娘")
            )
        at_end = _SPACE_OR_END.match(after) is not None or _NEXT_NUMBER.match(after) is not None
        written = numeral.end - numeral.head
        if numeral.value == 0 or (numeral.bare and not numeral.approx):
            return False
        if unit.name in ARABIC_ONLY and not (at_end and written > 1 and unit.name in _LOOSE):
            return False
        if self._text[numeral.head : numeral.end] == "二" and (not at_end or unit.name in _NUMBERED):
            # Two things are mostly 两, 二次 is the second time.
            return False
        if numeral.half:
            return unit.name in _HALF_UNITS and not before.endswith(("一", "多", "大", "过", "前", "后"))
        if numeral.value == 1 and not numeral.approx:
            held = ENDS_IN_VERB.search(before) or _DID.search(before)
            if unit.name in _HELD_ONCE and held and _EVENT.match(after):
                return True
            return self._one_counts(unit, before, at_end or (unit.name != "个" and after[:1].isdecimal()))
        if at_end or numeral.approx:
            return True
        if unit.name in ABSTRACT_UNITS and ABSTRACT_NOUNS.match(after):
            return False
        # 二期工程 is the second phase.
        return unit.name != "期"

    def _one_counts(self, unit: UnitOfMeasure, before: str, at_end: bool) -> bool:
        if at_end:
            if unit.name == "起":
                # 偷倒垃圾处理一起, but 和大家一起
                return _HANDLED.search(before) is not None
            each = _EACH_ONE.search(before) and ENDS_IN_VERB.search(before)
            return unit.name not in _ONE_AT_END and not each and not before.endswith(("统", "唯", "万", "逐"))
        listed = _BEFORE_ONE.search(before)
        if listed and listed["unit"] == unit.name:
            return True
        return unit.name in _ONE_THING and (ENDS_IN_VERB.search(before) or _DID.search(before)) is not None

    def _with_rest(self, numeral: Numeral, unit: UnitOfMeasure) -> CountingNumeral:
        value, end, approx = numeral.value, unit.end, numeral.approx
        half = _AND_A_HALF.match(self._text, end)
        if half and not numeral.half:
            value, end = value + Decimal("0.5"), half.end()
        rest = _APPROX_AFTER.match(self._text, end)
        if rest:
            end, approx = rest.end(), True
        # 12.3把楼道清了: such a unit may be a preposition behind a date.
        date = unit.name in _PREPOSITIONS and value != value.to_integral_value()
        # 清理6层楼道 may be the sixth floor.
        floor = unit.name == _FLOOR and _WORD_BEHIND.match(self._text, end) is not None
        doubtful = numeral.doubtful or date or floor
        return CountingNumeral(numeral.start, end, value, unit.name, approx, doubtful)

    def _bare(self, numeral: Numeral, before: str) -> CountingNumeral | None:
        """The count of a number without a unit, or None. The person is asked about it.

        It counts only at the end of a clause, behind a deed, a noun of number or the name of a thing.
        """
        written = self._text[numeral.head : numeral.end]
        ends = _BARE_END.match(self._text, numeral.end) or (
            # 投入2万5购买垃圾桶120个.
            numeral.scale >= 10**4 and VERB.match(self._text, numeral.end)
        )
        if ends and (heading := _UNIT_OF_HEADING.search(before)):
            # 小广告(张):210
            unit = match_unit(heading["unit"], 0)
            if unit is not None and unit.end == len(heading["unit"]):
                return CountingNumeral(
                    numeral.start, numeral.end, numeral.value, unit.name, numeral.approx, numeral.doubtful
                )
        persons = (
            numeral.approx and _SENT_OR_CAME.search(before) and PERSON_FIRST.match(self._text, numeral.end)
        )
        if self._is_all(numeral):
            return _without_unit(numeral)
        if not _CLAUSE_CONTENT.search(before) or not (ends or persons):
            return None
        if before.endswith("\n") and self._text.startswith("、", numeral.end):
            return None
        if not numeral.arabic and (numeral.bare or not (numeral.approx or _HUNDREDS.search(written))):
            return None
        if numeral.scale == 1 and (numeral.value >= 10**7 or is_code(written, before)):
            return None
        if _SLIP_BEFORE.search(before) or CODED_BEFORE.search(before) or stands_behind_an_address(before):
            return None
        if (
            numeral.scale < 10**4
            and not persons
            and not (COUNTED_BEFORE.search(before) or _DID.search(before))
            and not self._is_thing(before)
        ):
            return None
        return _without_unit(numeral)

    def _is_all(self, numeral: Numeral) -> bool:
        """Whether somebody sent the number alone: 100. It is no year or code; 3.15 may be a day."""
        written = self._text[numeral.head : numeral.end]
        alone = _ALONE.fullmatch(self._text)
        return alone is not None and alone["number"] == written and not is_code(written, "")

    def _is_thing(self, before: str) -> bool:
        """Whether the number stands behind a short name, as in a list: 小广告30,垃圾2吨."""
        return THING.search(before) is not None and NO_THING.search(before) is None


def _inside(spans: list[tuple[int, int]], position: int) -> bool:
    index = bisect_right(spans, (position, 1 << 62)) - 1
    return index >= 0 and position < spans[index][1]


def _without_unit(numeral: Numeral) -> CountingNumeral:
    return CountingNumeral(numeral.start, numeral.end, numeral.value, "", numeral.approx, numeral.doubtful)
