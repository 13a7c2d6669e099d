"""Takes from a clause who did something and when: 东城街道今日出动志愿者 → 出动志愿者.

In a chat the order is who, when, what. So all that stands before the last word of time is who, unless only a
verb is left behind it: in 小广告今天清了30处 the thing comes first.
"""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities.verbs import VERB, is_verb

_DAY: Final = (
    r"本日|[今昨明当](?:天|日|儿个?|早|晨|晚|夜)|前[天晚]|上个?(?:周|星期|礼拜)[一二三四五六日天](?!\d)|[本上这]个?(?:周|星期|礼拜|月)"
    r"|(?:今年|[年月]初)?[到至](?:现在|目前|今[天日])(?:为止)?|今年(?:以来)?"
    r"|(?:20\d\d年)?\d{1,2}月(?:份|\d{1,2}[日号]?)|(?<![\d.])\d{1,2}[./]\d{1,2}(?![\d.])[日号]?"
    r"|(?<!\d)\d{1,2}[日号](?!\d)|(?:周|星期|礼拜)[一二三四五六日天](?!\d)|刚才|刚刚|一整?天|[这近][两几]天|截[至止]?目前"
)
_HOUR: Final = (
    r"\d{1,2}(?:点半?|:\d\d)(?:\d{1,2}分)?[前后]?|[上中下]午|早[上晨]|清晨|凌晨|晚上|傍晚|夜[里间]|[早晚]高峰"
)
WHEN: Final = rf"(?:{_DAY}|{_HOUR})"
_TIMES: Final = re.compile(rf"{WHEN}(?:[\s,、]?{WHEN})*(?:[\s,、]|我们|又|共|已|累计|[之以]?[前后])*")
_TIMES_AT_END: Final = re.compile(rf"(?:\s?{WHEN})+$")
# 今天的垃圾比昨天少: with what something is compared.
_THAN: Final = re.compile(r"(?:比(?![赛例])|较)[^,。]{0,10}?(?:多|少|增加|减少|上升|下降)了?$")
# The units of the campaign, and how people are spoken to. 社区志愿者 is no unit: it has no name.
_UNIT: Final = (
    r"(?:(?![与及等]|和(?![平谐睦顺]))[\u4e00-\u9fff\d]){2,10}?(?:街道(?:办事处|办(?=[志工干党城执人出组]))?|社区|居委会|村委会"
    r"|[大中支]队|管理局|[^格布结]局|办事处|网格|物业|派出所|管理所|监[管督]所|执法局|卫生院|医院|小学|中学|学校|幼儿园|园林处|环卫处|环卫所|居民委员会|创城办|镇政府)"
)
_UNIT_FIRST: Final = re.compile(rf"^{_UNIT}(?=[\u4e00-\u9fff]{{2}})(?!的|门口|周边|沿线|附近|范围)")
_CALLED: Final = re.compile(
    rf"^(?:{_UNIT}|[\u4e00-\u9fff]{{0,6}}[一二三四五六七八九十][小中]|城管|环卫|交警|园林"
    r"|[我咱](?:们|区|村|街道|社区|单位|局|镇|校|院|队|站)*"
    r"|[\u4e00-\u9fff]{1,3}(?:主任|书记|局长|科长|所长|队长|[镇村]长|校长|老师|同志|经理))(?:好|您好)?\s+"
)
_WHO_END: Final = re.compile(
    "(?:[区县市省镇乡村局队办委院所处站里校们家]|街道|中心|环卫|城管|交警|[网协保队][\u4e00-\u9fff]{0,2}员|[老小][\u4e00-\u9fff])$"
)
# 12345转来的噪音投诉: where the things came from.
_SOURCE: Final = re.compile(
    r"^[^,。]{0,12}?(?:转来|转办|交来|派来|派发|反映|移交|督办|报来|送来)的(?=[\u4e00-\u9fff]{2})"
)


def without_who_and_when(clause: str) -> str:
    """What was done and to what. The clause is stripped; nothing is cut if no word would be left."""
    clause = _TIMES_AT_END.sub("", _THAN.sub("", clause))
    all_times = list(_TIMES.finditer(clause))
    if all_times:
        times = all_times[-1]
        topic, rest = clause[: times.start()].strip(" ,、"), clause[times.end() :]
        if rest and not is_verb(rest):
            clause = rest
        elif rest:
            clause = rest if _WHO_END.search(topic) else rest + without_who_and_when(topic)
    clause = _CALLED.sub("", clause)
    clause = _SOURCE.sub("", clause)
    unit = _UNIT_FIRST.match(clause)
    if unit and (VERB.match(clause, unit.end()) or VERB.search(clause) is None):
        clause = clause[unit.end() :]
    return clause
