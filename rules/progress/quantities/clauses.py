"""What one clause says: its words without who and when, its verbs, its deed with its thing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rules.progress.quantities.verbs import (
    ENDS_IN_LONG_VERB,
    FOLLOWING,
    LONG,
    NOUN_LIKE,
    PIVOTS,
    SHORT,
    SLIPS,
    SUPPORT_VERBS,
    VERB,
    any_of,
    is_verb,
    word_set,
)
from rules.progress.quantities.who_and_when import without_who_and_when
from rules.progress.quantities.words import (
    ACTOR_FIRST,
    COMPOUND,
    LEADING,
    PERSON_END,
    PLACE_END,
    PREPOSITION,
    TRAILING,
)

_LONGEST: Final = 40
_SHORTEST_NAME: Final = 2
# 先后三次召开部署会, 42人参与值守: if there is no noun, the deed names the number.
OF_DEEDS: Final = word_set("人 次 人次 轮 场")
# 对违建进行了拆除, 将36处违建全部拆除.
_DONE_TO: Final = re.compile(
    r"[对将把](?P<object>[^,。;]{2,30}?)(?:全部|统一|全面|彻底|依法|集中|及时)?(?:进行|予以|加以)?了?"
    rf"(?P<deed>{LONG}|(?:{SHORT})(?=了))了?$"
)
_JUNCTION: Final = re.compile(r"[、并和及与]?")
_INNER_SPACE: Final = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_ASPECT: Final = re.compile(r"(?<![为罢])(?<!^除)了(?![解结望却])")
# 垃圾清了, 倡议书累计发了, 飞线整治: the thing stands before what was done to it.
_TOPIC: Final = re.compile(
    r"(?P<topic>[\u4e00-\u9fff]{2,12}?|[《“][^《》“”]{2,30}[》”])(?:破损|损坏|缺失)?(?:累计|一共|共计|总共|合计|已经?|[共都也])?"
    rf"(?:(?P<long>{any_of(FOLLOWING)})(?:了|完|掉)?|(?P<short>{SHORT})(?:了|完|掉|出))$"
)
# Most clauses end in no such letter, so that the pattern is not tried.
_LAST_OF_DEED: Final = frozenset(word[-1] for word in FOLLOWING) | frozenset("了完掉出")
_MANNER_END: Final = re.compile(
    r"(?:集中|专项|联合|日常|夜间|全面|重点|综合|定期|现场|统一|依法|及时|上门|入户|机械|人工|安全|卫生|消防|执法|食品|质量|防火|义务|免费|不|未|所|已|被|的|(?<![车银])行|级|带队|书记|主任|[队局科处]长|领导|[队组局])$"
)
# 给困难户送米: for whom it was done stands first.
_FOR_WHOM: Final = re.compile(
    r"^(?:上门|[去到][\u4e00-\u9fff]{2,6})?[给为替帮向][\u4e00-\u9fff]{2,8}?(?=[送发换修装补办搬贴理测量].)"
)
# 志愿者来了30人
_CAME: Final = re.compile("(?:[来到去出上]|出勤|到岗|上岗|值守|执勤|到场|报名|参战)了?$")
_VEHICLE_END: Final = re.compile("(?:[^出]车|车辆|机械|机|船)$")
# 学校门口流动摊贩, 河道边的垃圾: where it was done.
_WHERE: Final = re.compile(
    r"(?=[门周附沿两场园区院边里内上下旁口早农菜])(?:(?:门口|周边|附近|沿线|两侧|[场园区院]内)的?"
    rf"|[边里内上下旁口](?:[堆放停摆]放?)?的|(?:早市|[农菜]贸?市场)内?的?(?!{LONG}))(?=[\u4e00-\u9fff]{{2}})"
)
_LONGEST_PLACE: Final = 12
_WENT: Final = re.compile(
    r"[去到][\u4e00-\u9fff]{2,6}?(?:小区|社区|[村街路]|学校|广场)(?=[\u4e00-\u9fff]{2})"
)
# 发现并处置问题
_AND_ALSO: Final = re.compile(rf"^(?:{LONG})并(?={LONG})")
# 昨天报的12处
_MENTIONED: Final = re.compile("(?:上次|昨天)?[报说写填]的?是?|[那这]")
# 参加清扫的党员, 听课的老师
_WHO_DID: Final = re.compile(rf"^(?:参[加与]|到场|(?!{LONG}))[^的]{{0,10}}的有?(?P<who>[^的]{{2,6}})$")
_THIS_PART: Final = re.compile("[这那][块边片]$")
# In a chat a space may end a sentence: 都走完了 收集民意.
_IN_ALL: Final = re.compile(" (?:一共|总共|合计|共)[\u4e00-\u9fff]{1,3}$")
_FINISHED: Final = re.compile("^.*(?:[了吧啊哈]|一下) (?=.)")
_STRAIGHT_QUOTES: Final = re.compile('"([^"]*)"')
_QUOTED: Final = re.compile("《[^《》]{1,30}》|“[^“”]{1,20}”")
_PAIRS: Final = ("“”", "‘’", "《》", "「」", "『』")
# The end of a word that was cut: 日清理, 的垃圾, 对商户.
_LEFT_OVER: Final = re.compile(
    r"^(?:[的了着]|对(?![讲联接象口话照面])|将(?!军)|把(?!手)|[天日](?=[清拆出查整劝发规]))+(?=..)"
)


def stripped(before: str) -> str:
    """The words without who, when, 共, 累计, 其中 in front and without 等, 共计, 达 behind."""
    stem = _without_leading(without_who_and_when(_without_leading(before.strip())))
    while trailing := TRAILING.search(stem):
        stem = stem[: trailing.start()]
    if " " in stem:
        stem = _FINISHED.sub("", _IN_ALL.sub("", stem))
        head, _, last = stem.rpartition(" ")
        deed = verb_at_end(head)
        if _FOR_WHOM.match(last) or _is_deed(last, head):
            stem = last
        elif deed in NOUN_LIKE and len(deed) < len(head):
            # 特种设备检查 电梯52部, 烧烤摊整治 劝离23家
            stem = last + head.removesuffix(deed) if is_verb(last) else last
    came = _CAME.search(stem)
    if came and PERSON_END.search(stem, 0, came.start()):
        stem = stem[: came.start()]
    return _core(_FOR_WHOM.sub("", stem))


def _core(stem: str) -> str:
    """The words without where it was done, without who and without a mention of a report."""
    if _MENTIONED.fullmatch(stem):
        return ""
    stem = _without_place(stem)
    if "并" in stem:
        stem = _AND_ALSO.sub("", stem)
    if "的" in stem and (did := _WHO_DID.match(stem)) and PERSON_END.search(did["who"]):
        return did["who"]
    return stem


def _without_place(stem: str) -> str:
    went = _WENT.match(stem)
    where = went or _WHERE.search(stem, 0, _LONGEST_PLACE)
    if where is None:
        return stem
    deed = VERB.match(stem)
    return (deed[0] if deed and not went else "") + stem[where.end() :]


def _is_deed(words: str, before: str) -> bool:
    """Whether the words behind a space are a verb with its thing: 送温暖 发放手套."""
    verb = VERB.match(words)
    if verb is None or verb.end() == len(words) or COMPOUND.match(words, verb.end()):
        return False
    return verb["long"] not in NOUN_LIKE or not verb_at_end(before)


def _without_leading(stem: str) -> str:
    while leading := LEADING.match(stem):
        stem = stem[leading.end() :]
    return stem


def verbs_of(stem: str) -> list[re.Match[str]]:
    """The verbs of a clause from left to right, without those inside a noun (整治组, 改造建设任务)."""
    found: list[re.Match[str]] = []
    if "《" in stem or "“" in stem:
        stem = _QUOTED.sub(lambda match: "〇" * len(match[0]), stem)
    noun_start = -1
    for match in reversed(list(VERB.finditer(stem))):
        thing = match.end() == noun_start or COMPOUND.match(stem, match.end())
        if thing and (match["long"] in NOUN_LIKE or not stem.startswith("问题", match.end())):
            noun_start = match.start()
        else:
            found.append(match)
    return found[::-1]


@lru_cache(maxsize=8)
def verb_at_end(stem: str) -> str:
    """The verb, or chain of verbs (维修和新增), that the clause ends in; else ""."""
    start = len(stem)
    for match in reversed(list(VERB.finditer(stem))):
        if not _JUNCTION.fullmatch(stem, match.end(), start):
            break
        start = match.start()
    return stem[start:]


def from_main_verb(stem: str) -> str:
    """The clause from the verb that governs the noun at the end; all of it if no verb is known."""
    verbs = [match for match in verbs_of(stem) if match.end() < len(stem)]
    start = verbs[0].end() if verbs and verbs[0]["long"] in PIVOTS else 0
    if (start or not verbs) and (actor := ACTOR_FIRST.match(stem, start)):
        return stem[actor.end() :]
    if not verbs:
        return stem
    main = verbs[0]
    if PREPOSITION.search(stem[: main.start() + 1]):
        supports = [match for match in verbs if match["long"] in SUPPORT_VERBS]
        return stem[(supports or verbs)[-1].start() :]
    led_by = stem[: main.start()]
    if (
        main["long"] in NOUN_LIKE
        and led_by
        and not PLACE_END.search(led_by)
        and not PERSON_END.search(led_by)
        and not _leads_a_deed(verbs)
    ):
        return stem
    for later in verbs[1:]:
        if main["long"] not in PIVOTS or later.start() - main.end() < _SHORTEST_NAME:
            break
        main = later
    start = main.start()
    return stem[start - 1 :] if start and stem[start - 1] in "未不日" else stem[start:]


def _leads_a_deed(verbs: list[re.Match[str]]) -> bool:
    """Whether the first verb leads the next one: 巡查发现问题."""
    return len(verbs) > 1 and verbs[0].end() == verbs[1].start() and verbs[1]["long"] not in NOUN_LIKE


def done_to(clause: str) -> str:
    """拆除违建 for 对违建进行了拆除; "" for another clause."""
    done = _DONE_TO.search(clause.strip())
    return done["deed"] + _without_place(done["object"]) if done else ""


def verb_first(stem: str, unit: str) -> str:
    """清垃圾 for 垃圾清了, and 整治飞线 for 飞线整治: the order in which the same deed is mostly reported."""
    topic = _TOPIC.match(stem) if stem[-1:] in _LAST_OF_DEED else None
    if topic is None or _MANNER_END.search(topic["topic"]):
        return ""
    if topic["long"] == "出动" or unit in OF_DEEDS:
        acts = PERSON_END.search(topic["topic"]) or _VEHICLE_END.search(topic["topic"])
        if not acts or topic["long"] != "出动":
            return ""
    if topic["short"] and ENDS_IN_LONG_VERB.search(stem, 0, topic.end("short")):
        return ""
    if any(verb["long"] not in NOUN_LIKE for verb in verbs_of(topic["topic"])):
        return ""
    return (topic["long"] or topic["short"]) + topic["topic"]


def tidy(item: str) -> str:
    if '"' in item:
        item = _STRAIGHT_QUOTES.sub("“\\1”", item)
    item = _INNER_SPACE.sub("", item.strip(" 、,.;:·-—+&/"))
    item = _ASPECT.sub("", _THIS_PART.sub("", _LEFT_OVER.sub("", item)))[-_LONGEST:]
    slip = SLIPS.match(item)
    return _balanced("清理" + item[slip.end() :] if slip else item)


def _balanced(item: str) -> str:
    """The item without quotation marks of which only one stands in it."""
    for opening, closing in _PAIRS:
        if item.count(opening) != item.count(closing):
            item = item.replace(opening, "").replace(closing, "")
    return item
