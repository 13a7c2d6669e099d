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
    rf"(?P<deed>{LONG})了?$"
)
_JUNCTION: Final = re.compile(r"[、并和及与]?")
_INNER_SPACE: Final = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_ASPECT: Final = re.compile(r"(?<![为罢])(?<!^除)了(?![解结望却])")
# 垃圾清了, 倡议书累计发了, 飞线整治: the thing stands before what was done to it.
_TOPIC: Final = re.compile(
    r"(?P<topic>[\u4e00-\u9fff]{2,12}?|[《“][^《》“”]{2,30}[》”])(?:累计|一共|共计|总共|合计|已经?|[共都也])?"
    rf"(?:(?P<long>{any_of(FOLLOWING)})(?:了|完|掉)?|(?P<short>{SHORT})(?:了|完|掉|出))$"
)
_MANNER_END: Final = re.compile(
    r"(?:集中|专项|联合|日常|夜间|全面|重点|综合|定期|现场|统一|依法|及时|上门|入户|机械|人工|义务|免费|不|未|所|已|被|的|行|级)$"
)
# 给困难户送米: for whom it was done stands first.
_FOR_WHOM: Final = re.compile(r"^[给为替帮向][\u4e00-\u9fff]{2,8}?(?=[送发换修装补办搬贴].)")
# 志愿者来了30人
_CAME: Final = re.compile("[来到去出上]了?$")
# In a chat a space may end a sentence: 都走完了 收集民意.
_IN_ALL: Final = re.compile(" (?:一共|总共|合计|共)[\u4e00-\u9fff]{1,3}$")
_FINISHED: Final = re.compile("^.*(?:[了吧啊哈]|一下) (?=.)")
_QUOTED: Final = re.compile("《[^《》]{1,30}》|“[^“”]{1,20}”")
_PAIRS: Final = ("“”", "‘’", "《》", "「」", "『』")
# The end of a word that was cut: 日清理, 的垃圾, 对商户.
_LEFT_OVER: Final = re.compile(
    r"^(?:[的了着]|对(?![讲联接象口话照])|将(?!军)|把(?!手)|[天日](?=[清拆出查整劝发规]))+(?=..)"
)


def stripped(before: str) -> str:
    """The words without who, when, 共, 累计, 其中 in front and without 等, 共计, 达 behind."""
    stem = _without_leading(without_who_and_when(_without_leading(before.strip())))
    while trailing := TRAILING.search(stem):
        stem = stem[: trailing.start()]
    if " " in stem:
        stem = _FINISHED.sub("", _IN_ALL.sub("", stem))
        head, _, last = stem.rpartition(" ")
        if _FOR_WHOM.match(last) or _is_deed(last, head):
            stem = last
    came = _CAME.search(stem)
    if came and PERSON_END.search(stem, 0, came.start()):
        stem = stem[: came.start()]
    return _FOR_WHOM.sub("", stem)


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
        if match.end() == noun_start or COMPOUND.match(stem, match.end()):
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
    ):
        return stem
    for later in verbs[1:]:
        if main["long"] not in PIVOTS or later.start() - main.end() < _SHORTEST_NAME:
            break
        main = later
    start = main.start()
    return stem[start - 1 :] if start and stem[start - 1] in "未不日" else stem[start:]


def done_to(clause: str) -> str:
    """拆除违建 for 对违建进行了拆除; "" for another clause."""
    done = _DONE_TO.search(clause.strip())
    return done["deed"] + done["object"] if done else ""


def verb_first(stem: str, unit: str) -> str:
    """清垃圾 for 垃圾清了, and 整治飞线 for 飞线整治: the order in which the same deed is mostly reported."""
    topic = _TOPIC.match(stem)
    if topic is None or unit in OF_DEEDS or _MANNER_END.search(topic["topic"]):
        return ""
    if topic["short"] and ENDS_IN_LONG_VERB.search(stem, 0, topic.end("short")):
        return ""
    if any(verb["long"] not in NOUN_LIKE for verb in verbs_of(topic["topic"])):
        return ""
    return (topic["long"] or topic["short"]) + topic["topic"]


def tidy(item: str) -> str:
    item = _INNER_SPACE.sub("", item.strip(" 、,.;:·-—+&/"))
    item = _ASPECT.sub("", _LEFT_OVER.sub("", item))[-_LONGEST:]
    slip = SLIPS.match(item)
    return _balanced("清理" + item[slip.end() :] if slip else item)


def _balanced(item: str) -> str:
    """The item without quotation marks of which only one stands in it."""
    for opening, closing in _PAIRS:
        if item.count(opening) != item.count(closing):
            item = item.replace(opening, "").replace(closing, "")
    return item
