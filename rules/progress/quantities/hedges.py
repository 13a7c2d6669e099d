"""Tells which numbers may be something else than a figure of this report, so that the person is asked.

Such are a guess (估计30处), the work of others or of another year (他们清了30处, 去年拆了3处), what could not
be done (没人在家的有30户), damage (井盖丢了2个), and what there merely is (占道的有20家).
"""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities.verbs import DEED, LONG_VERB, SANCTIONS, SHORT, VERB, long_verb_within
from rules.progress.quantities.who_and_when import WHEN
from rules.progress.quantities.word_tables import word_set

# Further, 整改12处,还有5处 may be a rest, 5个社区各10处 one of several, 下午再清10处 a plan, 昨天漏报的3车 of
# another day.
# The look-ahead names the first letters, which is faster than to try each word.
_MAYBE: Final = re.compile(
    r"(?=[请病休缺各还仍下晚中今申漏少没多误错虚重忘上不说估好可也据听应他人其隔就昨之去前往以只仅才刚早堵坏丢塌断裂歪翘烂碎破损])(?:"
    r"(?<=[\u4e00-\u9fff])各(?![类种项级个位处界])[^,;。\d]{0,6}$|(?:还|仍)有$|(?:下午|晚上|中午|今晚)再|(?:[漏少没多误错虚重]|忘了?)报|上次|不止$"
    r"|(?<![解小传])说(?![明服法教的错]|一?下)"
    r"|(?:请假|病假|休假|缺[席勤])$|估计|好像|可能(?!性)|也许|据说|听说|应该(?![是为])|他们|(?<!\d)人家(?![长庭])|其他(?:社区|单位|街道|部门|村)|隔壁(?:社区|小区|单位|街道|村)"
    r"|(?:还是|就是|昨[天日]|之前)[^,;。\d]{0,3}[那这]$|去年(?!以来)|前年|往年|(?<![点分号日])以前"
    r"|(?:刚才|刚刚|之前|早上|上午)(?:是|[报说发写]的?是?)$"
    r"|(?<![受办代帮核助理])申请[^,;。\d]{2,10}$|没(?:人|来|能|法|做|弄|办|去|签|交|领)|不(?:让|在家|肯|同意|配合|愿|够)"
    r"|(?:(?<!封)堵|[坏丢塌断裂漏歪翘烂碎]|破损|损坏)[了掉]+$"
    ")"
)
# What others, the wind or a breakdown did, what is taken off, and who is in charge.
_NOT_DONE: Final = re.compile(
    r"(?=被|又来|停[水电气暖]|车祸|着火|火灾|事故|给[我咱]|[掉塌倒砸漏]下|[刮吹冲砸压][倒断坏毁落塌]|抛锚|熄火|瘫痪|故障了|负责|[扣剔]除|[除减]去|不[含包])(?:"
    r"(?:扣除|除去|减去|剔除|不含|不包括)[^,;。\d]{0,8}$|被人?[偷盗撞毁砸撕刮踩压堵占扔坏拔挖][\u4e00-\u9fff]?了?$"
    r"|被[\u4e00-\u9fff]{0,4}(?:投诉|举报|通报|批评|点名|暂?扣|罚|约谈)了?$|[掉塌倒砸漏]下来?了?$"
    r"|(?:停[水电气暖]|车祸|着火|(?<!报)(?:火灾|事故)(?!隐患))[^,;。\d]{0,6}$"
    r"|又来了$|给[我咱]们?[\u4e00-\u9fff]{0,3}了$|[刮吹冲砸压].(?:了?$|[\u4e00-\u9fff]{1,8}$)"
    r"|(?:抛锚|熄火|瘫痪)了?$|故障了$|(?<![经定])负责$)"
)
_REFUSED: Final = re.compile(
    r"[^,;。!?\n\d]{0,3}?(?:没(?!收|有?问题|有?发现|有(?:[,;。!?\n]|$))|不(?:让|在|肯|同意|配合|愿|够|来|给|接)|(?<![犬猫羊船])只|[\u4e00-\u9fff]不[完了动起过])"
    r"|[^,;。!?\n\d]{0,8}?(?:[还都仍]没(?!收|有?问题|有?发现)|受(?:影响|伤|损|灾|困))"
    r"|(?:社区|单位|街道|村|部门|科室|学校|网格)?[都已]?[报交填回]了?(?=[,;。!?\s]|$)"
    r"|[^,;。!?\n\d]{0,6}?(?:[已都就]报过|请假|休假|缺勤|离职|生病|(?:里面?|当?中)有|是(?:去年|昨天|前天|以前|之前|上次|上周))"
)
# 王庄村38户: a place, but not what was done there.
_PLACE: Final = re.compile(r"^[\u4e00-\u9fff]{1,6}(?:[村镇乡街路巷]|社区|小区|街道|网格)$")
_OF_ANYTHING: Final = word_set("户 处 人 名 件 起 家")
_THERE_IS: Final = re.compile(r"(?<![共已经计总各还也具拥现])有(?:大概|大约|约)?$")
_ACTS: Final = re.compile(r"[^,;。!?\n\d]{0,10}?(?:上[岗路街]|到场|报名|[来去])")
_NEAR: Final = re.compile(r"[^,;。!?\n\d]{0,10}")
# 上次报的灭火器60具改成16具: the words before hold for the number that was wrong.
_MENDED: Final = re.compile(r"^.*\d[\u4e00-\u9fff]{0,3}(?:改[为成]|更[正改]为|应该?[为是])")
_OTHERS: Final = re.compile("他们|其他|隔壁|人家|去年|前年|往年|以前|上次|据说|听说|估计|好像")
# 零件不够只修了4盏: why it is no more is told before.
_WHY_NO_MORE: Final = re.compile("^.*[只才仅](?=(?P<deed>[^只才仅]{1,6})了$)")
_ONLY: Final = re.compile("(?<![船成人英])[只仅就才]有?$")
_OF_THESE: Final = re.compile("^(?![^的]{0,4}(?:报名|参加|到场|来)).*的有$")
_EVENT: Final = re.compile(WHEN)
# 今天少拉2车: compared with what is usual.
_MORE_OR_LESS: Final = re.compile(rf"(?:^|[\s天日])[多少](?:{SHORT})了?$")
# 路面结冰3处,正在处理
_UNDER_WAY: Final = re.compile(r"[,\s]{0,2}(?:正在|马上|在)(?:处理|修|清|整|弄|抢修|联系|协调|扶|排|拆)")
# 井盖丢失1个, but 发现井盖缺失3处
_LOST: Final = re.compile("(?:丢失|失窃|被盗|塌陷|缺失|脱落)$")
# 派出8人到3个点位值守: where they went.
_WENT_TO: Final = re.compile("\\d[多余]?[人名位辆台][\u4e00-\u9fff]{0,4}(?:到|赴|前往|走?进)了?$")
_AREA: Final = re.compile(r"(?:面积|长|占地)[约达为近]{0,2}$")
# The whole message is taken back.
_VOID: Final = re.compile(
    "撤回|发错了?(?:群|地方)|(?:别|不用|不要|先别|[明后]天再|回头再)统计|请忽略|当我没说"
)


def is_void(text: str) -> bool:
    """Whether a message takes itself back."""
    return _VOID.search(text) is not None


def is_place(item: str, unit: str) -> bool:
    """Whether an item names only where something is or was done."""
    return unit in _OF_ANYTHING and _PLACE.match(item) is not None and VERB.search(item) is None


def _is_sanction(before: str) -> bool:
    """劝导不戴头盔的有17个: those who did wrong are counted."""
    verb = LONG_VERB.search(before)
    return verb is not None and verb[0] in SANCTIONS


def _tells_no_result(before: str, after: str) -> bool:
    """Whether the words tell a loss, what is only under way, or how much more or less it was."""
    if VERB.search(before) is None and (_LOST.search(before) or _UNDER_WAY.match(after)):
        return True
    return ("多" in before or "少" in before) and _MORE_OR_LESS.search(before) is not None


def is_hedged(before: str, after: str) -> bool:
    """Whether the words of a clause ``before`` a number or those ``after`` it leave open what it is."""
    if before.endswith("了") and not _OTHERS.search(before):
        why = _WHY_NO_MORE.match(before)
        if why and (len(why["deed"]) == 1 or DEED.fullmatch(why["deed"])):
            before = before[why.end() :]
    if "改" in before or "应" in before or "更" in before:
        before = _MENDED.sub("", before)
    if _MAYBE.search(before) or _NOT_DONE.search(before) or _REFUSED.match(after):
        return True
    if before.endswith("的有") and _OF_THESE.search(before) and not _is_sanction(before):
        return True
    if _ONLY.search(before) and VERB.search(before) is None:
        return True
    if _tells_no_result(before, after) or _WENT_TO.search(before):
        return True
    if _AREA.search(before) and after.startswith("的"):
        return True
    there_is = _THERE_IS.search(before)
    if there_is is None or VERB.search(before) or _EVENT.search(before):
        return False
    return _ACTS.match(after) is None and not long_verb_within(after, _NEAR)
