"""What one clause says: its words without who and when, its verbs, its deed with its thing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rules.progress.quantities.verbs import (
    DONE,
    DONE_WITH,
    ENDS_IN_LONG_VERB,
    FOLLOWING,
    LONG,
    NOUN_LIKE,
    PIVOTS,
    RESULT,
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
    r"[对将把](?P<object>[^,。;]{2,30}?)(?:全部|统一|全面|彻底|依法|集中|及时|[都全也均已])?(?:进行|予以|加以)?了?"
    rf"(?P<deed>{LONG}|(?:{SHORT})(?=了)|{DONE})了?$"
)
# Behind 把 the last word is the verb, whichever it is: 把单车归拢了.
_TAKEN: Final = re.compile("把(?P<object>[^,。;把]{2,30})(?P<deed>[\u4e00-\u9fff]{2})了$")
_JUNCTION: Final = re.compile(r"[、并和及与]?")
_INNER_SPACE: Final = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_ASPECT: Final = re.compile(r"(?<![为罢])(?<!^除)了(?![解结望却])")
# 垃圾清了, 倡议书累计发了, 飞线整治: the thing stands before what was done to it.
_TOPIC: Final = re.compile(
    r"(?P<topic>[\u4e00-\u9fff、]{2,14}?|[《“][^《》“”]{2,30}[》”])(?:破损|损坏|缺失)?"
    r"(?:累计|一共|共计|总共|合计|已经?|[全大]部|刚刚?|[共都也全又再\s])*"
    rf"(?:(?P<long>{any_of(FOLLOWING)})(?:{RESULT}?了?)|(?P<done>{LONG})(?:{DONE_WITH})"
    rf"|(?P<short>[补测加]?{DONE}|(?:{SHORT})出)|(?<=[又再已共都全\s])(?P<bare>{SHORT}))$"
)
# Most clauses end in no such letters, so that the pattern is not tried.
_LAST_OF_DEED: Final = frozenset(word.split("(")[0][-2:] for word in FOLLOWING)
_LAST_OF_RESULT: Final = frozenset("了走完好掉光齐去来出净到")
_BARE_AT_END: Final = re.compile(rf"[又再已共都全\s](?:{SHORT})$")
# 清了那个废纸箱大概清了五车
_SAID_TWICE: Final = re.compile(
    r"(?P<deed>[\u4e00-\u9fff]{1,2})了?(?P<object>[\u4e00-\u9fff]{2,12}?)(?:大概|大约|差不多|一共|总共|共|也|就|都)?(?P=deed)了?$"
)
_FILLED: Final = re.compile("(?<=[\u4e00-\u9fff])[那这][个些](?=[\u4e00-\u9fff]{2})|[嗯呃]")
# 宣传牌, 劝导牌: what a deed is done with.
_SHOWN: Final = NOUN_LIKE | {"劝导", "劝阻", "发布", "播放"}
_SIGN: Final = re.compile("[\u4e00-\u9fff]?[牌板屋器箱桶柜机服墙角室证单表卡函信券袋语]$")
# 垃圾投放点整治
_PLACE_OF_DEED: Final = re.compile(rf"[点站亭桩柜台库池棚架](?=$|{LONG})")
# 清的菜地3块
_CLEFT: Final = re.compile(rf"^(?P<deed>(?:{SHORT}))的(?=[\u4e00-\u9fff]{{2}})")
_MANNER_END: Final = re.compile(
    r"(?:违规|违法|非法|随意|随地|私自|擅自|集中|专项|联合|日常|夜间|全面|重点|综合|定期|现场|统一|依法|及时|上门|入户|机械|人工|安全|卫生|消防|执法|食品|质量|防火|义务|免费|不|未|(?<![厕场])所|已|被|(?<![车银])行|级|带队|书记|主任|[队局科处]长|领导|[队组局])$"
)
# 给困难户送米: for whom it was done stands first.
_FOR_WHOM: Final = re.compile(
    rf"^(?:上门|免费|义务|无偿|[去到][\u4e00-\u9fff]{{2,6}}|[\u4e00-\u9fff]{{0,8}}(?:[们局队所站办会处院馆]|{PERSON_END.pattern[:-1]}))?"
    rf"(?:(?<![供送发捐赠])[给为替帮向])[\u4e00-\u9fff]{{2,8}}?(?=(?:[送发换修装补办搬贴理测量]|{SHORT}|{LONG}).)"
)
# 志愿者来了30人
_CAME: Final = re.compile("(?:[来到去出上]|出勤|到岗|上岗|值守|执勤|到场|报[名到]|参战)了?$")
_VEHICLE_END: Final = re.compile("(?:[^出]车|车辆|机械|机|船)$")
# 学校门口流动摊贩, 河道边的垃圾: where it was done.
_WHERE: Final = re.compile(
    r"(?=[门周附沿两场园区院边里内上下旁口早农菜村路街巷楼桥河湖校老\d])(?:(?:门口|周边|附近|沿线|两侧|[场园区院]内)的?"
    rf"|[边里内上下旁口](?:[堆放停摆]放?)?的|校?门口|[村路街巷河]口|\d{{1,4}}(?:号|栋|幢|单元|弄|巷)[楼院]?(?:\d+单元)?(?:[内里]|门口|楼下|前|后)?的?|[楼桥]下|[路街河湖]边|楼前|门前(?!三包|[三四五]包)|老旧小区(?=[\u4e00-\u9fff]{{2}})(?!的|杂货|摊[位贩点]|项目|工程)(?!{LONG})|(?:早市|[农菜]贸?市场)内?的?(?!{LONG}))(?=[\u4e00-\u9fff]{{2}})"
)
# 清理建设路、人民路小广告: a name of a road or a village behind a verb.
_STREETS: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{1,3}(?<![道马公铁线街后沿支背临小])(?:路|大?街|大道|巷|胡同)|[\u4e00-\u9fff]{2,3}(?:村|(?<!老旧)小区|社区|广场|公园))"
    r"(?:[、和][\u4e00-\u9fff]{1,3}(?:路|大?街|大道|巷|胡同|村|小区))*(?:沿线|两侧|周边)?的?(?=[\u4e00-\u9fff]{2})"
)
_LONGEST_PLACE: Final = 12
_WENT: Final = re.compile(
    r"[去到][\u4e00-\u9fff]{2,6}?(?:小区|社区|[村街路]|学校|广场)(?=[\u4e00-\u9fff]{2})"
)
# 在广场擦护栏, 市场里摊位
_IN_PLACE: Final = re.compile(
    rf"在[\u4e00-\u9fff]{{1,8}}?[上里内口边旁前后处下场园区路街院校站村楼道地](?=(?:{LONG}|{SHORT})[\u4e00-\u9fff]{{2}})"
    r"|^[\u4e00-\u9fff]{1,5}(?<![邻公乡])[里内](?![程弄衣部河涝容科面勤])(?:[堆放停摆]放?)?的?(?=[\u4e00-\u9fff]{2})"
)
# 发现并处置问题
_AND_ALSO: Final = re.compile(rf"^(?:{LONG})并(?={LONG})")
# 昨天报的12处
_MENTIONED: Final = re.compile("(?:上次|昨天)?[报说写填]的?是?|[那这]")
# 参加清扫的党员, 听课的老师
_WHO_DID: Final = re.compile(rf"^(?:参[加与]|到场|(?!{LONG}))[^的]{{0,10}}的有?(?P<who>[^的]{{2,6}})$")
_BODY_END: Final = re.compile("(?<!社)[会联馆社部班]$")
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
    stem = _without_place(_CLEFT.sub(r"\g<deed>", stem) if "的" in stem else stem)
    if "并" in stem:
        stem = _AND_ALSO.sub("", stem)
    if "的" in stem and (did := _WHO_DID.match(stem)) and PERSON_END.search(did["who"]):
        return did["who"]
    return stem


def _without_place(stem: str) -> str:
    place = _IN_PLACE.search(stem) if "在" in stem or "里" in stem or "内" in stem else None
    if place and (place.start() or not verbs_of(place[0])):
        stem = stem[: place.start()] + stem[place.end() :]
    verb = VERB.match(stem)
    street = _STREETS.match(stem, verb.end()) if verb and verb["long"] else None
    if verb and street and not COMPOUND.match(stem, verb.end()):
        return verb[0] + stem[street.end() :]
    if "的" in stem and not verb and (street := _STREETS.match(stem)) and street[0].endswith("的"):
        return stem[street.end() :]
    went = _WENT.match(stem)
    where = went or _WHERE.search(stem, 0, _LONGEST_PLACE)
    if where is None:
        return stem
    deeds = [] if went or VERB.match(stem, where.end()) else verbs_of(stem[: where.start()])
    return (deeds[-1][0] if deeds else "") + stem[where.end() :].removeprefix("的")


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
        sign = match["long"] in _SHOWN and _SIGN.match(stem, match.end())
        sign = sign or (match.start() >= _SHORTEST_NAME and _PLACE_OF_DEED.match(stem, match.end()))
        if (sign or match.end() == noun_start or COMPOUND.match(stem, match.end())) and (
            match["long"] in NOUN_LIKE or not stem.startswith("问题", match.end())
        ):
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
        and not _BODY_END.search(led_by)
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
    done = _DONE_TO.search(clause.strip()) or _TAKEN.search(clause.strip())
    return done["deed"] + _without_place(done["object"]) if done else ""


def verb_first(stem: str, unit: str) -> str:
    """清垃圾 for 垃圾清了, and 整治飞线 for 飞线整治: the order in which the same deed is mostly reported."""
    may_be = stem[-2:] in _LAST_OF_DEED or stem[-1:] in _LAST_OF_RESULT or _BARE_AT_END.search(stem)
    topic = _TOPIC.match(stem) if may_be else None
    if topic is None or _MANNER_END.search(topic["topic"]):
        return ""
    deed = topic["long"] or topic["done"] or topic["short"] or topic["bare"]
    if topic["long"] == "出动" or (unit in OF_DEEDS and topic["long"]):
        acts = PERSON_END.search(topic["topic"]) or _VEHICLE_END.search(topic["topic"])
        if not acts or topic["long"] != "出动":
            return ""
    if topic["short"] and ENDS_IN_LONG_VERB.search(stem, 0, topic.end("short")):
        return ""
    thing = topic["topic"].removesuffix("的")
    if (led := verb_at_end(thing)) and led not in {thing, *NOUN_LIKE} and verb_at_end(stem).startswith(led):
        # 人行道铺装修复
        deed, thing = led + deed, thing.removesuffix(led)
    if any(verb["long"] not in NOUN_LIKE for verb in verbs_of(thing)):
        return ""
    return deed + _without_place(thing)


def said_twice(stem: str) -> str:
    """清废纸箱 for 清了废纸箱清了; "" for another clause."""
    twice = _SAID_TWICE.search(stem)
    return twice["deed"] + twice["object"] if twice and is_verb(twice["deed"]) else ""


def tidy(item: str) -> str:
    if '"' in item:
        item = _STRAIGHT_QUOTES.sub("“\\1”", item)
    item = _INNER_SPACE.sub("", item.strip(" 、,.;:·-—+&/"))
    item = _FILLED.sub("", item)
    item = _ASPECT.sub("", _THIS_PART.sub("", _LEFT_OVER.sub("", item)))[-_LONGEST:]
    return _balanced(SLIPS.get(item[:2], item[:2]) + item[2:])


def _balanced(item: str) -> str:
    """The item without quotation marks of which only one stands in it."""
    for opening, closing in _PAIRS:
        if item.count(opening) != item.count(closing):
            item = item.replace(opening, "").replace(closing, "")
    return item
