"""The noun that stands behind a number: 36处违建, 60余人的队伍."""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities.clause_verbs import verbs_of
from rules.progress.quantities.deeds import from_main_verb
from rules.progress.quantities.kinds import CountingNumeral
from rules.progress.quantities.verbs import DEED, DEED_WITH_THING, LONGEST_VERB, NOUN_LIKE, SHORT, VERB
from rules.progress.quantities.word_tables import word_set
from rules.progress.quantities.words import (
    ACTOR,
    COMPOUND,
    DEED_END,
    GROUP_END,
    HEAD_PREDICATE,
    INNER_PREPOSITION,
    NOUN_END,
    PLACE_END,
)

# 30人清理…: behind these units a verb is a predicate, behind others it may open a noun (4次集中整治行动).
DOERS: Final = word_set("人 人次 台次 车次 辆次 次 元")
# 婴儿车9辆纸箱子一大堆: the words behind the number have a number of their own.
_VAGUE: Final = re.compile("(?<=..)(?:一大[堆批片]|若干|不少|好[多些]|一些|几[个处十])$")
_TWO_LETTERS: Final = re.compile("[\u4e00-\u9fff]{2}")
_SHORT_DEED_BEHIND: Final = re.compile(rf"(?:(?<=[\u4e00-\u9fff]{{2}})|(?<=^车))(?:{SHORT})了.*")
# 三个组清堆物: here the predicate begins.
_SHORT_DEED_WITH_THING: Final = re.compile(rf"(?:{SHORT})了?[\u4e00-\u9fff]{{2}}")
# 撵走俩卖菜的: whose trade it is.
_BY_TRADE: Final = re.compile("(?:[卖收]|修鞋|磨刀|擦鞋|补胎)[\u4e00-\u9fff]{0,4}的")
# 发放80元慰问金
# 累计1290处 照片稍后发: in a chat a remark follows behind a space.
_REMARK: Final = re.compile(
    r"\s+(?:(?:现场)?(?:照片?|图片?|视频|截图|附[件图表]|表格)|辛苦|谢|请|收到|稍[后等]|[待等]会|回头|马上|领导|大家|各位|完毕"
    r"|以上|特此|明[天日]|累|太|先报|就这|没了|[^,;。!?\n]*[了吧哈呢啊呀哦嘛](?=[,;。!?\n]|$))"
)
_MONEY: Final = re.compile("[\u4e00-\u9fff]{1,5}(?:金|款|费|券|补贴|补助|红包)(?=[,。;!?\\s]|$)")
_GROUP: Final = re.compile("小组|[大中小分]?队|组(?![织装成建合])|班")
_HOW_IT_ACTS: Final = re.compile("(?:一起|分头|同时|都|今天)*")
_QUOTED: Final = re.compile(r"“[^“”]{1,20}”|《[^《》]{1,30}》")
CONNECTIVE_AT_END: Final = re.compile(r"(?:以及|[、,和及与]|等)+$")
_DONE_END: Final = frozenset("了完好掉走")
_SPACE: Final = re.compile(r"\s+")


def joined(deed: str, noun: str) -> str:
    """Deed and noun, without the deed if both would read as another verb: 办 and 理论宣讲 as 办理."""
    bare = deed.removesuffix("了")
    verb = VERB.match(bare + noun)
    return noun if verb and verb.end() > len(bare) else deed + noun


def noun_behind(after: str, count: CountingNumeral) -> str:
    """The noun that stands behind a number (36处违建, 60余人的队伍), or "" if a predicate follows."""
    if after.startswith(" ") and _REMARK.match(after):
        return ""
    after = after.lstrip()
    if after.startswith("的"):
        return _cut_noun(after[1:])
    if not after or after[0] in "、和及与等" or _VAGUE.search(after) or HEAD_PREDICATE.match(after):
        return ""
    if count.unit == "元" and (money := _MONEY.match(after)):
        return money[0]
    predicate = VERB.match(after)
    if predicate and predicate.end() == len(after) and after[-1] in _DONE_END:
        # 红马甲26件发下去了
        return ""
    if (not count.unit or count.unit in DOERS) and VERB.match(after) and not DEED_END.search(after):
        return ""
    return _cut_noun(after)


def led_noun(stem: str, before: str, noun: str) -> str:
    """The noun, led by the verb and the words between them: 组织城区9个中队, 联合商务局等11个部门."""
    verbs = verbs_of(stem)
    if verbs and INNER_PREPOSITION.search(stem, verbs[-1].end()):
        return noun
    if not verbs and (PLACE_END.search(stem) or PLACE_END.search(before.rstrip())):
        return noun
    others = "等" if before.rstrip().endswith("等") else ""
    return from_main_verb(stem) + others + noun


def _without_deed_behind(noun: str) -> str:
    """垃圾桶 of 垃圾桶更换."""
    words = noun.removesuffix("完")
    for start in range(max(2, len(words) - LONGEST_VERB), len(words)):
        if DEED.fullmatch(words, start) and _TWO_LETTERS.fullmatch(words, start - 2, start):
            return words[:start]
    return noun


def _cut_noun(after: str) -> str:
    """The noun phrase at the head of ``after``."""
    end = NOUN_END.search(_QUOTED.sub(lambda match: "〇" * len(match[0]), after))
    noun = after[: end.start()] if end else after
    group = _GROUP.match(noun)
    acts = _HOW_IT_ACTS.match(noun, group.end()) if group else None
    if group and acts and DEED_WITH_THING.match(noun, acts.end()):
        return group[0]
    if "了" in noun:
        noun = _SHORT_DEED_BEHIND.sub("", noun)
    if end and end[0][0] in "了到完":
        # 把9个垃圾桶换了, 5个花箱摆到路口
        noun = _without_deed_behind(noun)
    if space := _SPACE.search(_QUOTED.sub(lambda match: "〇" * len(match[0]), noun), 1):
        noun = noun[: space.start()]
    for actor in ACTOR.finditer(noun):
        if (_acts_behind(noun, actor.end()) or _marked_behind(after, actor.end())) and not COMPOUND.match(
            noun, actor.end()
        ):
            # 12个小区安装充电桩, 15名队员清理垃圾: here the predicate begins.
            noun = noun[: actor.end()]
            break
    if "%" in noun:
        return ""
    if _BY_TRADE.fullmatch(noun):
        return noun
    head, of, tail = noun.partition("的")
    if of and (not tail or GROUP_END.search(head)):
        noun = head
    return CONNECTIVE_AT_END.sub("", noun.strip())


def _acts_behind(noun: str, at: int) -> bool:
    """Whether a deed begins at ``at``: 志愿者清理垃圾, 志愿者捡垃圾."""
    verb = VERB.match(noun, at)
    if verb and verb.end() == len(noun) and verb["long"] in NOUN_LIKE:
        # 59件居民投诉
        return False
    return verb is not None or _SHORT_DEED_WITH_THING.match(noun, at) is not None


def _marked_behind(after: str, at: int) -> bool:
    """Whether a short deed with what came of it begins at ``at``: 红马甲撵走了126个."""
    verb = VERB.match(after, at)
    return verb is not None and verb["marked"] is not None


def is_next_deed(deed: re.Match[str], stem: str, after: str) -> bool:
    """Whether a deed behind a number is no part of its noun: 取水样14份送检."""
    if not deed["long"] or deed["long"] in NOUN_LIKE:
        return False
    return bool(verbs_of(stem)) or (deed[0] == after and not PLACE_END.search(stem))
