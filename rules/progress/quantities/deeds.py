"""The deed of a clause with its thing: 垃圾清了 → 清垃圾, 对违建进行了拆除 → 拆除违建."""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities.clause_verbs import SHORTEST_NAME, verb_at_end, verbs_of
from rules.progress.quantities.places import without_place
from rules.progress.quantities.verbs import (
    DONE,
    DONE_WITH,
    FOLLOWING,
    HELD,
    LONG,
    LONG_VERB,
    NOUN_LIKE,
    PIVOTS,
    RESULT,
    SANCTIONS,
    SHORT,
    SUPPORT_VERBS,
    ends_in_long_verb,
    is_verb,
)
from rules.progress.quantities.word_tables import any_of, word_set
from rules.progress.quantities.words import ACTOR_FIRST, CALLED_BY_NAME, PERSON_END, PLACE_END, PREPOSITION

# 先后三次召开部署会, 42人参与值守: if there is no noun, the deed names the number.
OF_DEEDS: Final = word_set("人 次 人次 轮 场")
# 对违建进行了拆除, 将36处违建全部拆除.
_DONE_TO: Final = re.compile(
    r"[对将把](?P<object>[^,。;]{2,30}?)(?:全部|统一|全面|彻底|依法|集中|及时|[都全也均已])?(?:进行|予以|加以)?了?"
    rf"(?P<deed>{LONG}|(?:{SHORT})(?=了)|{DONE})了?(?:(?:大概|大约|差不多|一共|总共|共)(?:{SHORT})?了?)?$"
)
# Behind 把 the last word is the verb, whichever it is: 把单车归拢了.
_TAKEN: Final = re.compile("把(?P<object>[^,。;把]{2,30})(?P<deed>[\u4e00-\u9fff]{2})了$")
# 垃圾清了, 倡议书累计发了, 飞线整治: the thing stands before what was done to it.
_TOPIC: Final = re.compile(
    r"(?P<topic>[\u4e00-\u9fffA-Za-z0-9、]{2,14}?|[《“][^《》“”]{2,30}[》”])(?:(?:破损|损坏|缺失|松动|脱落|坏掉?|不亮|堵塞)的?)?"
    r"(?:累计|一共|共计|总共|合计|已经?|[全大]部|刚刚?|[共都也全又再只才仅各\s]|口头|当场|现场)*"
    rf"(?:(?P<long>{any_of(FOLLOWING)})(?:{RESULT}?了?)|(?P<done>{LONG})(?:{DONE_WITH})"
    rf"|(?P<short>[补测加]?{DONE}|(?:{SHORT})[出到住])|(?<=[又再已共都全\s])(?P<bare>{SHORT}))$"
)
# 宣讲队成立5支: here the body is what was made.
_FOUNDED: Final = word_set("成立 组建")
# Most clauses end in no such letters, so that the pattern is not tried.
_LAST_OF_DEED: Final = frozenset(word.split("(")[0][-2:] for word in FOLLOWING)
_LAST_OF_RESULT: Final = frozenset("了走完好掉光齐去来出净到住")
_BARE_AT_END: Final = re.compile(rf"[又再已共都全\s](?:{SHORT})$")
# 清了那个废纸箱大概清了五车
_SAID_TWICE: Final = re.compile(
    r"(?P<deed>[\u4e00-\u9fff]{1,2})了?(?P<object>[\u4e00-\u9fff]{1,12}?)(?:大概|大约|差不多|一共|总共|共|也|就|都)?(?P=deed)了$"
)
_MANNER_END: Final = re.compile(
    r"(?:违规|违法|非法|随意|随地|私自|擅自|集中|专项|联合|日常|夜间|全面|重点|综合|定期|现场|统一|依法|及时|上门|入户|机械|人工|安全|卫生|消防|执法|食品|质量|防火|义务|免费|不|未|(?<![厕场])所|已|被|(?<![车银逆])行|行政|治安|刑事|级|带队|书记|主任|[队局科处]长|领导|[队组局])$"
)
# 歪了的路名牌
_HARM: Final = re.compile("^[\u4e00-\u9fff]{1,2}[了掉]的?的(?=..)")
VEHICLE_END: Final = re.compile("(?:[^出]车|车辆|机械|机|船)$")
# 志愿者代办88件: who did it, for persons are not counted in pieces.
_PIECES: Final = word_set("件 处 张 份 条 起 袋 车 桶 块 米 平方米")
_DOERS_END: Final = re.compile("(?:志愿者|党员|干部|队员|网格员|民警|辅警|执法人员|工作人员|义工|楼栋?长)$")
# 劝导点设了16个
_PLACE_OF_DEED: Final = re.compile(f"(?:{LONG})[点亭]")
_CAMPAIGN: Final = re.compile(
    "(?P<thing>[\u4e00-\u9fff]{2,}?)(?:专项)?(?:整治|治理|清理)?(?:行动|活动|工作)$"
)
# 给困难户送了米: the households are counted.
_TO_HOUSEHOLDS: Final = re.compile(
    rf"(?:^|[^供送发捐赠])[给为替帮](?P<whom>[\u4e00-\u9fff]{{2,10}}?)(?:家里?)?(?:{LONG}|{SHORT}|颁奖)"
)
_VIOLATION: Final = frozenset("不未乱违无闯超逆酒非")
# 控烟检查公共场所26家: these have an object behind them.
_CHECKS: Final = word_set("检查 巡查 走访 慰问 疏导")
_BODY_END: Final = re.compile("(?<!社)[会联馆社部班]$")


def from_main_verb(stem: str) -> str:
    """The clause from the verb that governs the noun at the end; all of it if no verb is known."""
    verbs = [match for match in verbs_of(stem) if match.end() < len(stem)]
    start = verbs[0].end() if verbs and verbs[0]["long"] in PIVOTS else 0
    if (start or not verbs) and not is_verb(stem) and (actor := ACTOR_FIRST.match(stem, start)):
        return stem[actor.end() :]
    if not verbs:
        return stem
    main = verbs[0]
    if PREPOSITION.search(stem[: main.start() + 1]):
        supports = [match for match in verbs if match["long"] in SUPPORT_VERBS]
        return stem[(supports or verbs)[-1].start() :]
    led_by = stem[: main.start()]
    if (
        main["long"] in NOUN_LIKE - _CHECKS
        and led_by
        and not PLACE_END.search(led_by)
        and not PERSON_END.search(led_by.removesuffix("们"))
        and not _BODY_END.search(led_by)
        and not _leads_a_deed(verbs)
    ):
        return stem
    for later in verbs[1:]:
        if main["long"] not in PIVOTS or later.start() - main.end() < SHORTEST_NAME:
            break
        main = later
    start = main.start()
    led = start and (stem[start - 1] in "未不" or (start == 1 and stem[0] == "日"))
    return stem[start - 1 :] if led else stem[start:]


def _leads_a_deed(verbs: list[re.Match[str]]) -> bool:
    """Whether the first verb leads the next one: 巡查发现问题."""
    return len(verbs) > 1 and verbs[0].end() == verbs[1].start() and verbs[1]["long"] not in NOUN_LIKE


def done_to(clause: str) -> str:
    """拆除违建 for 对违建进行了拆除; "" for another clause."""
    done = _DONE_TO.search(clause.strip()) or _TAKEN.search(clause.strip())
    return done["deed"] + without_place(_HARM.sub("", done["object"])) if done else ""


def verb_first(stem: str, unit: str) -> str:
    """清垃圾 for 垃圾清了, and 整治飞线 for 飞线整治: the order in which the same deed is mostly reported."""
    may_be = stem[-2:] in _LAST_OF_DEED or stem[-1:] in _LAST_OF_RESULT or _BARE_AT_END.search(stem)
    topic = _TOPIC.match(stem) if may_be else None
    if topic is None and (chain := _chain_at_end(stem)):
        return chain
    if topic is None or _is_no_thing(topic):
        return ""
    deed = topic["long"] or topic["done"] or topic["short"] or topic["bare"]
    if topic["long"] == "出动" or (unit in OF_DEEDS and topic["long"]):
        acts = PERSON_END.search(topic["topic"]) or VEHICLE_END.search(topic["topic"])
        wrong = deed in SANCTIONS and topic["topic"][0] in _VIOLATION
        if not (acts and topic["long"] == "出动") and deed not in HELD and not wrong:
            return ""
    if deed == "教育" and topic["topic"][0] not in _VIOLATION:
        return ""
    if topic["short"] and ends_in_long_verb(stem[: topic.end("short")]):
        return ""
    thing = _without_campaign(topic["topic"].removesuffix("的"))
    if deed == "完成" and verb_at_end(thing):
        # 管网改造完成1.9公里
        return verb_first(thing, unit) or thing
    if (led := verb_at_end(thing)) and led not in {thing, *NOUN_LIKE} and verb_at_end(stem).startswith(led):
        # 人行道铺装修复
        deed, thing = led + deed, thing.removesuffix(led)
    if unit in _PIECES and _DOERS_END.search(thing):
        return deed
    return "" if deed not in HELD and _has_a_deed(thing) else deed + without_place(thing)


def _has_a_deed(thing: str) -> bool:
    """Whether a deed stands in what may be the thing of another one. 劝导点 is only a place."""
    if is_verb(thing) or _PLACE_OF_DEED.fullmatch(thing):
        return False
    return any(verb["long"] not in NOUN_LIKE for verb in verbs_of(thing))


def _is_no_thing(topic: re.Match[str]) -> bool:
    """Whether what stands before the deed says how or who, not what: 社区组织了23名志愿者."""
    if topic["done"] in PIVOTS and PLACE_END.search(topic["topic"]):
        return True
    if CALLED_BY_NAME.fullmatch(topic["topic"]):
        return True
    if topic["long"] == "发现" and verb_at_end(topic["topic"]):
        # 巡查发现3处
        return True
    return topic["long"] not in _FOUNDED and _MANNER_END.search(topic["topic"]) is not None


def _chain_at_end(stem: str) -> str:
    """清洗消毒水箱 for 水箱清洗消毒; "" for another clause."""
    chain = verb_at_end(stem)
    first = LONG_VERB.match(chain)
    if first is None or first.end() == len(chain) or first[0] not in FOLLOWING:
        return ""
    thing = stem.removesuffix(chain)
    return "" if len(thing) < SHORTEST_NAME or verbs_of(thing) else chain + without_place(thing)


def _without_campaign(thing: str) -> str:
    """僵尸车 for 整治僵尸车专项行动."""
    verb = LONG_VERB.match(thing)
    campaign = _CAMPAIGN.match(thing, verb.end()) if verb else None
    campaign = campaign or _CAMPAIGN.match(thing)
    return campaign["thing"] if campaign else thing


def to_households(clause: str) -> str:
    """困难户 for 给困难户送了米; "" for another clause."""
    to = _TO_HOUSEHOLDS.search(clause)
    return to["whom"] if to else ""


def said_twice(stem: str) -> str:
    """清废纸箱 for 清了废纸箱清了; "" for another clause."""
    twice = _SAID_TWICE.search(stem) if stem.endswith("了") else None
    return twice["deed"] + twice["object"] if twice and is_verb(twice["deed"]) else ""
