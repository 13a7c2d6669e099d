"""Finds what came of some of the things that a message counted before: 抽查电子秤45台,不合格3台.

Such a number has the unit of an earlier one that is no smaller, and its words name no thing of their own:
only a judgement, a deed or a prize. The things are among those counted, so it is a part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Final

from rules.progress.quantities.kinds import CountingNumeral
from rules.progress.quantities.quantity import Aside
from rules.progress.quantities.verbs import DONE, LONG, NOUN_LIKE, SHORT, VERB
from rules.progress.quantities.who_and_when import WHEN
from rules.progress.quantities.word_tables import word_set

_NEAR: Final = 4
_METRES: Final = 1000
_BACK: Final = 24
_SIGNS: Final = ",;。!?\n() "
# These say that it is work of its own.
_OWN: Final = re.compile(rf"另|又|再|新|累计|一?共|合计|总|{WHEN}")
# 起 and 次 count deeds: 查处未戴头盔63起 names what was done.
_EVENTS: Final = word_set("起 次 人次 场 件 场次 例 宗")
_HOLDERS: Final = word_set("家 户 人 名 位 台 辆 座 所 栋 家次 户次")
# What was looked at or came in, before anything was done about it.
_LOOKED_AT: Final = re.compile(
    r"[检抽巡排摸核自夜普联暗督复]查|[检抽监快]测|[检抽]检|检定|(?<![调审清])查(?![处获扣封禁缴办阅找])|查[了出到]"
    r"|走访|报修|抓拍|[入上]户|回访|摸排|发现|受理|[收接]到|巡|评[选比]|核实|参评|(?:走|跑|去|看|访)[了过]|问题|隐患|投诉|工单|线索|征[集求]|整治|治理|处[理置]"
)
_HOW: Final = (
    "(?:[当现]场|当天|立[即行]|限期|依法|责令|全部?|都|均|[已以]经?|被|可|其中|有|发现|查出|查到|评出|初步)*"
)
_JUDGEMENT: Final = (
    "[不未]?(?:合格|达标|合规|通过|过关|落实|到位|规范|符合)|[超过]期?[标载限时期重速员]|(?:基本|不)?满意|优[秀良]|良好|较?差|[违犯][规法]|异常|正常"
    "|可疑|破损|损坏|失效|失灵|空置|闲置|变质|有(?:问题|隐患)|存在问题|松动|脱落|倾斜|堵塞|漏水|灭灯|[阴阳]性|[一二三四特]等奖|优秀奖|[获入得][奖选]|缺[失损]"
)
_JUDGED: Final = re.compile(rf"{_HOW}(?:(?:{_JUDGEMENT})了?的?|[\u4e00-\u9fff]{{2,}}(?<!目)的(?:就|也)?有?)")
# 车容不合格7台, 农残超标1批次: what of it fails stands before the judgement.
_FAILS: Final = re.compile(
    rf"{_HOW}[\u4e00-\u9fff]{{1,8}}(?<![店馆吧厅场铺站所院校园])(?:[不未](?:合格|达标|合规|通过|过关|规范|到位|符合|齐)全?|超标|[超过]期)了?的?"
)
# 消防通道不畅通2家
_OF_IT_NOT: Final = re.compile(
    r"[\u4e00-\u9fff]{2,6}(?<![店馆吧厅场铺站所院校园])[不未没][\u4e00-\u9fff]{1,3}"
)
_LACKS: Final = re.compile(rf"{_HOW}(?:未|没有?|不|无|缺|少)[\u4e00-\u9fff]{{1,7}}")
_DEED: Final = re.compile(
    rf"{_HOW}(?:{DONE}|(?:{SHORT})|停[工业产发办用运]|(?<=已)[\u4e00-\u9fff]{{1,2}}|(?=.))"
    rf"(?:{LONG}|改正|完[成毕]|到位|销号|[了完好掉])*"
)
_DOCUMENT: Final = re.compile(
    rf"{_HOW}(?:下[达发]?|发出?|开[具出]?|签[订署]?|出具|填写?|罚)了?[\u4e00-\u9fff]{{0,8}}[书单票款]"
)
# 检查物业19家,通报3家: what is said of them to others, or to them at the office, is work of its own.
_TOLD: Final = re.compile("(?:已|现场|公开|集中|集体|点名)*(?:通报(?:批评|表扬)?|约谈|曝光|表扬|表彰)[了过]?")
_TROUBLE: Final = re.compile(rf"{_HOW}(?:问题|隐患)")
# 3个没盖网, 有3家卖过期食品: the number leads its clause, and no noun stands behind it.
_SAID_OF_SOME: Final = re.compile(
    r"还?是?[没未不已无缺被超均也]|都|在(?=[改修整建])|需|存在|有(?:问题|隐患)|停[水电工业产]|合格|达标"
    rf"|(?:{LONG})(?:到位|完成?|[好掉了]|(?=[,;。!?\s]|$))"
)
_NOUN_BEHIND: Final = re.compile("[\u4e00-\u9fff]{2}")
_SOME: Final = re.compile("^(?:其中|发现|查出|查到)?有$|[看了]有$")


def outcomes(
    text: str,
    counts: Sequence[CountingNumeral],
    items: Sequence[str],
    asides: Sequence[Aside | None],
    parts: Set[int],
) -> set[int]:
    """The counts, by index, that are parts of an earlier count of the same unit, with ``parts``."""
    found = set(parts)
    for index in range(1, len(counts)):
        if asides[index] or counts[index].changed or not counts[index].unit:
            continue
        total = _whole(counts, asides, index, found)
        if total is None:
            continue
        words = _words(text, counts, index)
        if not _OWN.search(words) and _is_of(text, counts, items, total, index, words):
            found.add(index)
    return found


def _words(text: str, counts: Sequence[CountingNumeral], index: int) -> str:
    """The clause before a count, back to the number before it."""
    start = counts[index].start
    left = text[max(counts[index - 1].end if index else 0, start - _BACK) : start].rstrip(" :")
    return left[max(map(left.rfind, _SIGNS)) + 1 :].lstrip("、")


def _whole(
    counts: Sequence[CountingNumeral], asides: Sequence[Aside | None], index: int, parts: set[int]
) -> int | None:
    """The nearest earlier count of the same unit that is no smaller."""
    some = counts[index]
    for at in range(index - 1, max(index - 1 - _NEAR, -1), -1):
        if not asides[at] and at not in parts and _is_no_smaller(counts[at], some):
            return at
    return None


def _is_no_smaller(whole: CountingNumeral, some: CountingNumeral) -> bool:
    if (whole.unit, some.unit) == ("公里", "米"):
        return whole.value * _METRES >= some.value
    return whole.unit == some.unit and whole.value >= some.value


def _is_of(
    text: str,
    counts: Sequence[CountingNumeral],
    items: Sequence[str],
    total: int,
    index: int,
    words: str,
) -> bool:
    unit = counts[index].unit
    if unit in _HOLDERS and _TOLD.fullmatch(words):
        return False
    if not words:
        return _SAID_OF_SOME.match(text, counts[index].end) is not None
    verb = VERB.match(words) if words.endswith("的") else None
    if verb and verb["long"] is None:
        # 撵走了卖菜的4个
        return False
    if _SOME.search(words) or _JUDGED.fullmatch(words):
        return True
    if unit in _HOLDERS and (_TROUBLE.fullmatch(words) or _DOCUMENT.fullmatch(words)):
        return True
    if not _LOOKED_AT.search(items[total]) and not _LOOKED_AT.search(_words(text, counts, total)):
        return False
    if unit not in _EVENTS and (_LACKS.fullmatch(words) or _FAILS.fullmatch(words)):
        return True
    if unit not in _EVENTS and VERB.match(words) is None and _OF_IT_NOT.fullmatch(words):
        return True
    if _has_own_thing(text, counts[index].end, items[index]):
        return False
    return _DEED.fullmatch(words) is not None and words not in NOUN_LIKE


def _has_own_thing(text: str, end: int, item: str) -> bool:
    """Whether a noun behind the number names its thing: 发现小广告9处,发现8处飞线."""
    noun = _NOUN_BEHIND.match(text, end)
    return noun is not None and noun[0] in item
