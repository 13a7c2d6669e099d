"""Finds what a number counts: the noun around it, with the verb that governs it.

清理违规广告牌匾576处 → 清理违规广告牌匾, 拆除36处违建 → 拆除违建, 12处牌匾已拆 → 牌匾.

The next number does not get the verb (出动执法人员120人次、车辆35台次 → 出动执法人员 and 车辆). But a number
that names nothing takes the item before it (新增宅间道4处,约200米; 清理牌匾12处,累计576处). A number with
only a verb takes that item's object (查摆问题44个,整改21个 → 整改问题). If in doubt, the item keeps more of
the clause, so that the noun is not lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rules.progress.quantities.clause_verbs import SHORTEST_NAME, verb_at_end, verbs_of
from rules.progress.quantities.clauses import BOUNDARY, last_clause, of_the_same, said_wrong, stripped, tidy
from rules.progress.quantities.deeds import (
    OF_DEEDS,
    done_to,
    from_main_verb,
    said_twice,
    to_households,
    verb_first,
)
from rules.progress.quantities.kinds import CountingNumeral
from rules.progress.quantities.nouns_behind import (
    CONNECTIVE_AT_END,
    DOERS,
    is_next_deed,
    joined,
    led_noun,
    noun_behind,
)
from rules.progress.quantities.verbs import NOUN_LIKE, PIVOTS, VERB, is_verb
from rules.progress.quantities.who_and_when import WHEN
from rules.progress.quantities.word_tables import word_set
from rules.progress.quantities.words import (
    ACTOR,
    ACTOR_FIRST,
    AFTER_PREPOSITION,
    COMPOUND,
    HEAD_PREDICATE,
    PERSON_END,
    PERSON_FIRST,
    PLACE_END,
    SENTENCE_END,
)

_LONGEST: Final = 40
_LONGEST_DEED: Final = 16
_LONGEST_PERSONS: Final = 8
# 甲班20人, 东片区30人5车: who did it, not what is counted.
_TEAM: Final = re.compile("^[\u4e00-\u9fff\\d]{0,6}(?:[小中大支]队|[甲乙丙丁]班|片区|网格)$")
# 党员突击队58人扫雪: the team is counted.
_BODY_OF_PERSONS: Final = re.compile("..(?:队|组|专班)$")
_CAME: Final = re.compile("(?:^|[^过送拿带接抓运回进出上下])[来到]了$")
_NUMBERED: Final = re.compile(
    r"第?[\d一二三四五六七八九十A-Z]{1,3}(?:网格|片区|号?[楼栋幢院]|单元|[组队])(?:[这那][边里])?|第\d{1,3}组"
)
_WHEN: Final = re.compile(WHEN)
# 药店检查:应查28家
_HEADING: Final = re.compile("([\u4e00-\u9fff“”]{2,14}?)(?:进度|情况)?:")
# 城管局:清理30处, 今日情况:清理30处: who, or what kind of message it is.
_NO_THING: Final = re.compile(
    rf"(?:{WHEN}|[队局所站办院校村镇区县委处科]|街道|物业|城管|环卫|交警|中心|公司|情况|战果|汇报|上报|报告|动态|[日周月]报|小结|如下|数据|工作量?|[总数]量|成果|累计|合计|更正|结果|通报|监管)$"
)
_PLACE_ONLY: Final = re.compile("[\u4e00-\u9fff]{1,4}(?:[村街路巷庄屯院]|社区|小区|片区|网格)")
_PERSONS: Final = word_set("人 名 位")
_BODIES: Final = _PERSONS | {"个"}
_PARENTHESIS_AT_END: Final = re.compile(r"\([^()\n]{0,40}\)\s*$")
_SAME_THING: Final = re.compile(r"\s?(?:共计|合计|共|约|计)\s?")
# 入户发承诺书: the deed stands behind these.
_VISITS: Final = PIVOTS | {"入户"}
_PRESENT: Final = re.compile("(?:[到在上]岗|到[场位]|值守|执勤)$")
# 目标200处,目前完成160处: what was aimed at is no thing.
_AIMS: Final = word_set("目标 计划 指标")
# 今天没有清理,昨天清了3车
_NO_OBJECT: Final = re.compile("[的没未不]")
_VEHICLE: Final = re.compile(
    "(?:共享)?(?:单车|电动车|摩托车?|自行车|三轮车?|非机动车|机动车|僵尸车)(?=停|乱|[点位区棚]|$)"
)
_PAUSE: Final = re.compile(r"[、\s]")
_ENUMERATED: Final = re.compile("(?<=[\u4e00-\u9fff]{2})、(?=[\u4e00-\u9fff]{2})")
_COLON_AT_END: Final = re.compile(r":\s?$")
_SHORT_NOUN: Final = re.compile(r"[\u4e00-\u9fff]{1,6}(?=[,。;\s\d])")
# 52所学校里已有31所
_OF_THESE: Final = re.compile("[\u4e00-\u9fff]{1,8}?(?:里面?|当?中|之中)(?:已经?|现在|目前|今天)*有?")


class ItemFinder:
    """Names the counts of one text. The caller calls ``name`` for each of them, from left to right.

    ``heads``: where the words of an item begin, for the counts of which more is known.
    """

    def __init__(self, text: str, counts: list[CountingNumeral], heads: Mapping[int, int]) -> None:
        self._text = text
        self._counts = counts
        self._heads = heads
        # Up to here the text belongs to earlier counts.
        self._consumed = 0
        self._last_item = ""
        self._last_unit = ""
        self._last_end = 0
        # Whether the last count stood behind its noun.
        self._thing_first = False

    def name(self, index: int) -> str:
        """The item of count ``index``; "" if the sentence names none."""
        count = self._counts[index]
        self._consumed = max(self._consumed, self._heads.get(index, 0))
        before, after = self._before(count), self._after(index)
        if self._last_unit == count.unit and _OF_THESE.fullmatch(self._text, self._last_end, count.start):
            return self._last_item
        stem = stripped(before)
        if count.unit == self._last_unit:
            stem = of_the_same(before, stem)
        noun = "" if self._leaves_noun(index, stem, before, after) else noun_behind(after, count)
        # 讲堂来了80位老人听课
        came = PERSON_FIRST.match(noun) if noun and _CAME.search(before.rstrip()) else None
        item = "来" + came[0] if came else self._combined(stem, before, after, noun, count)
        item = item or self._inherited(after, count)
        self._consumed = self._text.find(noun, count.end) + len(noun) if noun else count.end
        self._thing_first = bool(stem) and not noun
        self._last_item, self._last_unit, self._last_end = tidy(item), count.unit, count.end
        return self._last_item

    def _leaves_noun(self, index: int, stem: str, before: str, after: str) -> bool:
        """Whether a number with a noun of its own leaves the next words to the next number.

        Example: 清理野广告300张 牌匾5块.
        """
        if after.startswith(" ") and "了" in after and not AFTER_PREPOSITION.search(before.rstrip()):
            # 大概40平 老人也同意了: in a chat a space ends a sentence, too.
            return True
        verb, deed = verb_at_end(stem), VERB.match(after.lstrip())
        if stem and verb == stem and deed and self._begins_next(index, after, deed):
            return True
        if stem and after.startswith(" ") and (deed or self._thing_first):
            return True
        if self._runs_on(index, after) and ((stem and after.startswith(" ")) or is_verb(after.strip())):
            return True
        return bool(stem) and verb != stem and self._leaves_to_next(index, stem, before, after, deed)

    def _leaves_to_next(
        self, index: int, stem: str, before: str, after: str, deed: re.Match[str] | None
    ) -> bool:
        """Whether a number whose thing stands before it leaves the next words to the next number."""
        verb = verb_at_end(stem)
        if self._counts[index].unit in _PERSONS and PERSON_END.search(stem):
            return True
        if self._counts[index].unit in _BODIES and _names_persons(after) and not verbs_of(stem):
            # 物业4个保洁员清了6个单元
            return False
        if deed and is_next_deed(deed, stem, after):
            return True
        if after.startswith(" ") and (verb or verbs_of(stem)) and self._runs_on(index, after):
            return True
        if not verb and self._is_list(index, after) and verbs_of(stem):
            return True
        thing_first = bool(verb_first(stem, self._counts[index].unit))
        if thing_first and deed and deed["long"] not in NOUN_LIKE and deed.end() < len(after.strip()):
            # 流浪狗抓了2只送收容所
            return True
        if not thing_first and (verb or PLACE_END.search(stem) or PLACE_END.search(before.rstrip())):
            return False
        return (self._runs_on(index, after) and " " not in after.strip()) or after.startswith(" ")

    def _begins_next(self, index: int, after: str, deed: re.Match[str]) -> bool:
        """Whether a deed and its thing lead from one number to the next: 整改28处约谈物业2家."""
        if not self._runs_on(index, after) or _PAUSE.search(after) or deed["long"] in NOUN_LIKE:
            return False
        shortest = SHORTEST_NAME if deed["long"] else SHORTEST_NAME + 1
        thing = len(after) - deed.end()
        return thing >= shortest and "的" not in after and not COMPOUND.match(after, deed.end())

    def _is_list(self, index: int, after: str) -> bool:
        """Whether only a noun stands before the next number, of the same unit: 检查景区4家宾馆11家."""
        if not self._runs_on(index, after) or _PAUSE.search(after):
            return False
        return self._counts[index + 1].unit == self._counts[index].unit

    def _runs_on(self, index: int, after: str) -> bool:
        """Whether the words behind a number reach to the next number."""
        next_start = self._counts[index + 1].start if index + 1 < len(self._counts) else -1
        return self._counts[index].end + len(after) == next_start and not CONNECTIVE_AT_END.search(after)

    def _combined(self, stem: str, before: str, after: str, noun: str, count: CountingNumeral) -> str:
        """The item from the words before the number and the noun behind it. Either may be missing."""
        if not noun and count.unit == "户" and (whom := self._households(before, count)):
            return whom
        if stem and (_NUMBERED.fullmatch(stem) or (count.unit in DOERS and _TEAM.match(stem))):
            stem = ""
        if noun and (AFTER_PREPOSITION.search(before.rstrip()) or self._text[count.start - 1] == "("):
            actor = ACTOR.search(noun)
            return noun[: actor.end()] if actor else verb_first(noun, count.unit) or noun
        if not stem:
            return noun or self._from_clause_before(count)
        verb = verb_at_end(stem)
        if noun and (deed := verb_at_end(before.rstrip()) or verb):
            return joined(deed, noun)
        if verb == stem and count.unit == self._last_unit and verb not in PIVOTS and not _PRESENT.match(verb):
            return verb + (self._last_object or self._heading(count))
        if verb == stem and not noun and verb != "入户" and count.unit not in OF_DEEDS:
            thing = self._heading(count) or self._object_before(count) or self._same_deed(verb, count)
            return verb + (thing or self._last_vehicle(count))
        if noun:
            return led_noun(stem, before, noun)
        deed = after.strip().partition(" ")[0]
        team = count.unit in _PERSONS and _BODY_OF_PERSONS.search(stem)
        if (
            count.unit in OF_DEEDS
            and not team
            and VERB.match(deed)
            and PLACE_END.search(stem)
            and not verbs_of(stem)
        ):
            return deed[:_LONGEST_DEED]
        item = (
            done_to(before)
            or done_to(stem)
            or said_twice(stem)
            or verb_first(stem, count.unit)
            or from_main_verb(stem)
        )
        # 垃圾:张村3车、李村5车
        return (self._heading(count) or item) if _PLACE_ONLY.fullmatch(item) else item

    @property
    def _last_object(self) -> str:
        """The last item without its verb: 问题 of 查摆问题. So 查摆问题44个,整改21个 counts 整改问题."""
        rest = self._last_item
        led = ""
        while (
            (verb := VERB.match(rest))
            and (rest == verb[0] or len(rest) > verb.end() + 1 or not led)
            and (rest == self._last_item or led in _VISITS or verb["long"] not in {None, *NOUN_LIKE})
        ):
            rest, led = rest[verb.end() :], verb[0]
        return "" if rest in _AIMS else rest

    def _last_vehicle(self, count: CountingNumeral) -> str:
        """共享单车 of 巡查共享单车停放点, if vehicles are counted."""
        vehicle = _VEHICLE.search(self._last_item) if count.unit == "辆" else None
        return vehicle[0] if vehicle else ""

    def _heading(self, count: CountingNumeral) -> str:
        """The thing that the heading of the line names with its deed: 药店 of 药店检查:应查28家."""
        heading = _HEADING.match(self._text, self._text.rfind("\n", 0, count.start) + 1, count.start)
        deed = verb_at_end(heading[1]) if heading else ""
        if heading is None or _NO_THING.search(heading[1]):
            return ""
        return heading[1].removesuffix(deed) if deed else stripped(heading[1])

    def _object_before(self, count: CountingNumeral) -> str:
        """What the clause before, without a number, did something to: 垃圾 of 垃圾捡干净了,装了11袋."""
        item = self._from_clause_before(count)
        deed = verb_at_end(item) if item else ""
        first = VERB.match(item)
        rest = item[first.end() :] if first else item
        rest = rest if deed != item else ""
        return "" if _NO_OBJECT.match(rest) or "%" in rest or VERB.search(rest) else rest

    def _same_deed(self, verb: str, count: CountingNumeral) -> str:
        """The thing to which the same was done before: 墙 of 来了6人刷墙,刷了80平."""
        left = self._text[max(0, count.start - 2 * _LONGEST) : count.start]
        at = left.find(deed := verb.removesuffix("了"))
        thing = _SHORT_NOUN.match(left, at + len(deed)) if at >= 0 else None
        if (
            thing is None
            or thing[0][-1] in "了的"
            or thing[0][0] == "的"
            or COMPOUND.match(left, at + len(deed))
        ):
            return ""
        return thing[0]

    def _before(self, count: CountingNumeral) -> str:
        """The clause left of a number, without a parenthesis or a colon directly before the number."""
        left = self._text[max(self._consumed, count.start - _LONGEST) : count.start].rstrip(" —-")
        if left.endswith("报:") and _NO_THING.search(left[:-2]):  # 教育局报:3所学校…
            return ""
        left = left.rstrip(" :—-")
        parenthesis = _PARENTHESIS_AT_END.search(left)
        if parenthesis:
            left = left[: parenthesis.start()]
        return last_clause(left.removesuffix("("))

    def _after(self, index: int) -> str:
        end = self._counts[index].end
        following = self._counts[index + 1].start if index + 1 < len(self._counts) else len(self._text)
        if index + 1 < len(self._counts) and _SAME_THING.fullmatch(self._text, end, following):
            # 47处共计4816平方米的违法建设: both numbers are of the same thing.
            end = self._counts[index + 1].end
            following = len(self._text)
        right = self._text[end : min(following, end + _LONGEST)]
        boundary = BOUNDARY.search(right)
        reaches = index + 1 < len(self._counts) and following - end == len(right)
        if reaches and (boundary is None or _COLON_AT_END.match(right, boundary.start())):
            # 拆除3处违建、更换5个垃圾桶: the next number has what stands behind the comma.
            boundary = _ENUMERATED.search(right) or boundary
        return right[: boundary.start()] if boundary else right

    def _from_clause_before(self, count: CountingNumeral) -> str:
        """The item from one clause earlier, if that clause has no number of its own: 清理野广告,共300张."""
        left = self._text[max(self._consumed, count.start - 2 * _LONGEST) : count.start]
        own = len(clause := last_clause(left))
        if (thing := said_wrong(clause.rstrip().rpartition(" ")[0])) is not None:
            return thing
        left = left[: len(left) - own].rstrip(" ,:()")
        clause = last_clause(left)
        if (thing := said_wrong(clause)) is not None:
            return thing
        if done := done_to(clause):
            return done
        stem = stripped(clause)
        if clause.endswith("的") and is_verb(stem):
            # 牛皮癣,今天铲掉的,一共210处: the thing is a clause of its own.
            topic = stripped(last_clause(left[: len(left) - len(clause)].rstrip(" ,")))
            return stem + topic if topic and not verbs_of(topic) else ""
        if VERB.search(stem) is None and ACTOR_FIRST.match(stem) is None:
            return ""
        return verb_first(stem, count.unit) or from_main_verb(stem)

    def _households(self, before: str, count: CountingNumeral) -> str:
        """Who was given something, in the clause of the number or the one before: 给困难户送了米,一共12户."""
        left = self._text[max(self._consumed, count.start - _LONGEST) : count.start - len(before)]
        return to_households(before) or ("" if verbs_of(before) else to_households(left))

    def _inherited(self, after: str, count: CountingNumeral) -> str:
        """The item before, unless this number counts in another unit in another sentence."""
        deed = after.strip().partition(" ")[0]
        if (
            count.unit in OF_DEEDS
            and not _PRESENT.match(deed)
            and (
                VERB.match(deed)
                or (not self._last_item and HEAD_PREDICATE.match(deed) and not _WHEN.match(deed))
            )
        ):
            return deed[:_LONGEST_DEED]
        between = self._text[self._last_end : count.start]
        return "" if count.unit != self._last_unit and SENTENCE_END.search(between) else self._last_item


def _names_persons(after: str) -> bool:
    """Whether the words behind a number begin with persons: 保洁员, 执法人员."""
    return PERSON_FIRST.search(after, 0, _LONGEST_PERSONS) is not None
