"""What one clause says: its words without who and when, its verbs, its deed with its thing."""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities.clause_verbs import verb_at_end, verbs_of
from rules.progress.quantities.deeds import VEHICLE_END
from rules.progress.quantities.places import without_place
from rules.progress.quantities.verbs import (
    DEED,
    DONE,
    LONG,
    LONG_VERB,
    NOUN_LIKE,
    SHORT,
    SHORT_LETTERS,
    SLIPS,
    SUPPORT_VERBS,
    VERB,
    is_verb,
)
from rules.progress.quantities.who_and_when import WHEN, without_who_and_when
from rules.progress.quantities.words import ACTOR_AT_END, COMPOUND, LEADING, PERSON_END, TRAILING

_LONGEST: Final = 40
_BOUNDARY_CHARS: Final = r",。;!?\n()\[\]【】{}|…<>:"
# The sign of 8:40 parts nothing; the words do as one speaks.
_CLOCK: Final = r"(?<=\d):(?=\d\d)"
BOUNDARY: Final = re.compile(f"(?!{_CLOCK})[{_BOUNDARY_CHARS}]|然后|接着|还有")
_LAST_CLAUSE: Final = re.compile(f"(?:[^{_BOUNDARY_CHARS}]|{_CLOCK})*$")
_AND_THEN: Final = re.compile("(?<=.)(?:然后|接着|还有(?:就是)?|顺便)(?!.*(?:然后|接着|还有|顺便))")
_SPACE: Final = re.compile(r"\s")
_INNER_SPACE: Final = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_ASPECT: Final = re.compile(r"(?<![为罢])(?<!^除)了(?![解结望却])")
_FILLED: Final = re.compile("(?<=[\u4e00-\u9fff])[那这][个些段片条处块栋](?=[\u4e00-\u9fff]{2})|[嗯呃]")
# 清的菜地3块
_CLEFT: Final = re.compile(rf"^(?P<deed>(?:{SHORT}))的(?=[\u4e00-\u9fff]{{2}})")
# 给困难户送米: for whom it was done stands first.
_FOR_WHOM: Final = re.compile(
    rf"^(?:上门|免费|义务|无偿|[去到][\u4e00-\u9fff]{{2,6}}|[\u4e00-\u9fff]{{0,8}}(?:[们局队所站办会处院馆]|{PERSON_END.pattern[:-1]}))?"
    rf"(?:(?<![供送发捐赠])[给为替帮向])(?P<whom>[\u4e00-\u9fff\d]{{2,10}}?)(?=(?:[送发换修装补办搬贴理测量]|{SHORT}|{LONG}).)"
)
_FOR: Final = frozenset("给为替帮向")
_NOT_MADE: Final = {None, *SUPPORT_VERBS, *NOUN_LIKE}
# 志愿者来了30人
_CAME: Final = re.compile(
    "(?:[来到去出上]|出勤|到岗|上岗|值守|执勤|到场|报[名到]|参[战加与]|来[的得]多|下沉[\u4e00-\u9fff]{0,4})了?$"
)
# 反诈宣传进小区3场
_INTO: Final = re.compile("(?<=..)走?进(?:校园|社区|小区|企业|机关|农村|家庭|军营|景区|工地|商圈|村组?)$")
# 小广告用铲子铲了
_WITH: Final = re.compile("用[\u4e00-\u9fff]{1,4}(?=[\u4e00-\u9fff]了$)")
# 清雪出动铲雪车, 护学岗出警力, 扫雪出动12人: who or what was sent.
_SENT: Final = re.compile(
    "(?<=..)(?:(?:出动|投入|派出|抽调|调集|出(?=警力|车))(?=..)|(?:出动|投入|派出|抽调)$)"
)
# 小手拉大手活动学生, 护学岗 教师
_BEFORE_PERSONS: Final = re.compile("^.*(?:活动| |[这那][边块片里])(?=..)(?!队伍|小组|专班|分队)")
_BEFORE_ANY: Final = re.compile("活动|[ 这那]")
# 违建我们拆了
_WE: Final = re.compile(
    rf"(?<=.)(?<![和跟与同帮给为对让请由])[我咱]们?(?=[也都就又还已]*(?:{LONG}|{DONE}|{SHORT}))"
)
# 发了点传单
_SOME: Final = re.compile("了[点些](?=[\u4e00-\u9fff]{2})")
# 昨天报的12处
_MENTIONED: Final = re.compile("(?:上次|昨天|重新|更正)?[报说写填]的?是?|[那这]")
# 参加清扫的党员, 听课的老师
_WHO_DID: Final = re.compile("^(?P<came>参[加与]|到场)?[^的]{0,10}的有?(?P<who>[^的]{2,6})$")
_THIS_PART: Final = re.compile("[这那][块边片]$")
# In a chat a space may end a sentence: 都走完了 收集民意.
_IN_ALL: Final = re.compile(" (?:一共|总共|合计|共)[\u4e00-\u9fff]{1,3}$")
# 照片发了9张 小广告清了77张
_COUNTED: Final = re.compile("\\d[\u4e00-\u9fff]{1,2}$")
_FINISHED: Final = re.compile("^.*(?:[了吧啊哈]|一下) (?=.)")
# 灯杆上小广告17处、变电箱上26处: where the same thing was.
_ON_SOMETHING: Final = re.compile("[\u4e00-\u9fff]{1,8}[上里内下]")
# 下雨只跑了7家: of the thing that was named before.
_ONLY_DID: Final = re.compile("(?<![员者民工警])[只才仅](?P<deed>[^只才仅]{1,6})$")
# 志愿者报多了,不是32人; 地桩我看错了 清了8根
_SAID_WRONG: Final = re.compile("(?:[报写填数说打记看算录弄][多少错重反混串]|[多少错重漏][报写填数记])了$")
_WE_AT_END: Final = re.compile("(?<=..)[我咱]们?$")
_STRAIGHT_QUOTES: Final = re.compile('"([^"]*)"')
# 评选“最美庭院”
_ALL_QUOTED: Final = re.compile("^(?P<deed>[^“”]{0,4})“(?P<name>[^“”]+)”$")
# 发了第3批宣传册, 参加了今天的义务劳动
_WHICH: Final = re.compile(
    rf"(?<=.)(?:第[\d一二三四五六七八九十]{{1,3}}[批期轮]|{WHEN}的)(?=[\u4e00-\u9fff]{{2}})"
)
_PAIRS: Final = ("“”", "‘’", "《》", "「」", "『』")
# The end of a word that was cut: 日清理, 的垃圾, 对商户.
_LEFT_OVER: Final = re.compile(
    r"^(?:[的了着]|内(?=[小商店药超])|上(?=[\u4e00-\u9fff]{2,6}[车机]$)|对(?![讲联接象口话照面])|将(?!军)|把(?!手)|[天日](?=[清拆出查整劝发规]))+(?=..)"
)


def stripped(before: str) -> str:
    """The words without who, when, 共, 累计, 其中 in front and without 等, 共计, 达 behind."""
    stem = _without_leading(without_who_and_when(_without_leading(before.strip())))
    while trailing := TRAILING.search(stem):
        stem = stem[: trailing.start()]
    if " " in stem:
        stem = _FINISHED.sub("", _IN_ALL.sub("", stem))
        head, _, last = stem.rpartition(" ")
        deed, own = verb_at_end(head), verb_at_end(last)
        if _FOR_WHOM.match(last) or _is_deed(last, head):
            stem = last
        elif _COUNTED.search(head) or (own.endswith("了") and own != last and VERB.search(head) is None):
            # 五小行业 理发店查了22家
            stem = last
        elif deed in NOUN_LIKE and len(deed) < len(head):
            # 特种设备检查 电梯52部, 烧烤摊整治 劝离23家
            stem = last + head.removesuffix(deed) if is_verb(last) else last
    came = _CAME.search(stem)
    if came and PERSON_END.search(stem, 0, came.start()):
        stem = stem[: came.start()]
    persons = _BEFORE_PERSONS.match(stem) if _BEFORE_ANY.search(stem) else None
    if persons and not PERSON_END.search(stem, persons.end()):
        persons = None
    if persons and not verbs_of(stem[persons.end() :]):
        stem = stem[persons.end() :]
    served = None if _FOR.isdisjoint(stem) else _FOR_WHOM.match(stem)
    if served is None:
        return _core(stem)
    rest = stem[served.end() :]
    verb = VERB.fullmatch(rest)
    # 给行道树刷白186棵
    made = verb is not None and verb["long"] not in _NOT_MADE
    return _core(rest + served["whom"] if made and not PERSON_END.search(served["whom"]) else rest)


def _core(stem: str) -> str:
    """The words without where it was done, without who and without a mention of a report."""
    if _MENTIONED.fullmatch(stem):
        return ""
    if "我" in stem or "咱" in stem:
        stem = _WE.sub("", stem)
    if "用" in stem:
        stem = _WITH.sub("", stem)
    if "进" in stem:
        stem = _INTO.sub("", stem)
    sent = _SENT.search(stem) if "出" in stem or "投" in stem or "调" in stem else None
    if sent and sent.end() < len(stem):
        return stem[sent.start() :]
    if (
        sent
        and not PERSON_END.search(stem, 0, sent.start())
        and not VEHICLE_END.search(stem, 0, sent.start())
    ):
        return sent[0]
    stem = without_place(_CLEFT.sub(r"\g<deed>", stem) if "的" in stem else stem)
    if "并" in stem:
        stem = _without_and_also(stem)
    if stem[-1:] in SHORT_LETTERS and (actor := ACTOR_AT_END.match(stem)):
        return actor["deed"]
    did = _WHO_DID.match(stem) if "的" in stem else None
    if did and PERSON_END.search(did["who"]) and (did["came"] or not LONG_VERB.match(stem)):
        return did["who"]
    return stem


def _without_and_also(stem: str) -> str:
    """处置问题 for 发现并处置问题."""
    verb = LONG_VERB.match(stem)
    also = verb is not None and stem.startswith("并", verb.end()) and LONG_VERB.match(stem, verb.end() + 1)
    return stem[verb.end() + 1 :] if verb and also else stem


def _is_deed(words: str, before: str) -> bool:
    """Whether the words behind a space are a verb with its thing: 送温暖 发放手套."""
    verb = VERB.match(words)
    if verb is None or verb.end() == len(words):
        return False
    if COMPOUND.match(words, verb.end()) and not words.startswith("问题", verb.end()):
        return False
    return verb["long"] not in NOUN_LIKE or not verb_at_end(before)


def _without_leading(stem: str) -> str:
    while leading := LEADING.match(stem):
        stem = stem[leading.end() :]
    return stem


def tidy(item: str) -> str:
    if '"' in item:
        item = _STRAIGHT_QUOTES.sub("“\\1”", item)
    item = item.strip(" 、,.;:·-—+&/")
    if _SPACE.search(item):
        item = _INNER_SPACE.sub("", item)
    if "的" in item or "第" in item:
        item = _WHICH.sub("", item)
    if "了" in item:
        item = _SOME.sub("了", item)
    item = _THIS_PART.sub("", _LEFT_OVER.sub("", _FILLED.sub("", item)))
    item = (_ASPECT.sub("", item) if "了" in item else item)[-_LONGEST:]
    item = _balanced(SLIPS.get(item[:2], item[:2]) + item[2:])
    quoted = _ALL_QUOTED.match(item) if "“" in item else None
    return (
        quoted["deed"] + quoted["name"]
        if quoted and (not quoted["deed"] or is_verb(quoted["deed"]))
        else item
    )


def _balanced(item: str) -> str:
    """The item without quotation marks of which only one stands in it."""
    for opening, closing in _PAIRS:
        if item.count(opening) != item.count(closing):
            item = item.replace(opening, "").replace(closing, "")
    return item


def of_the_same(before: str, stem: str) -> str:
    """The words of a clause without those that only say where or why, if the number before has its unit."""
    only = _ONLY_DID.search(before) if before.endswith("了") else None
    if only and DEED.fullmatch(only["deed"].removesuffix("了")):
        return only["deed"]
    return "" if _ON_SOMETHING.fullmatch(stem) and not verbs_of(stem) else stem


def last_clause(text: str) -> str:
    match = _LAST_CLAUSE.search(text)
    clause = match[0] if match else ""
    then = _AND_THEN.search(clause)
    return clause[then.end() :] if then else clause


def said_wrong(clause: str) -> str | None:
    """The thing of a clause that takes its number back; None for another clause."""
    wrong = _SAID_WRONG.search(clause)
    if wrong is None:
        return None
    return stripped(_WE_AT_END.sub("", clause[: wrong.start()].rpartition(" ")[2]))
