"""Tells how much there is, or how long and wide it is, from what was done: 全镇16个村, 宽3米."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from rules.progress.quantities.plans import DONE
from rules.progress.quantities.verbs import DEED_WITH_THING, LONG, VERB
from rules.progress.quantities.who_and_when import WHEN
from rules.progress.quantities.word_tables import word_set
from rules.progress.quantities.words import PERSON_FIRST

_STATIC: Final = (
    "(?:小区|社区|街道|网格|单位|商[户铺]|门店|店铺|学校|公厕|道路|街巷|路段|公园|人口|居民|住户|楼栋?|工作人员|网格员|队员"
    "|环卫工人?|党员|职工|志愿者|行政村|自然村|村庄)"
)
_OURS: Final = (
    "(?:我|我们|本|咱|咱们|全|该)(?:[区县市镇乡村街局校院队站所园厂]|街道|社区|单位|辖区|小区|中心|公司|系统)"
)
_STATE_BEFORE: Final = re.compile(
    # 全镇16个村, 我校共有36个教学班, 全院开放床位800张, 在校学生, 检查组一行6人.
    rf"(?:^|今天|昨天)(?P<whole>{_OURS}|辖区内?)$|^{_OURS}(?:里|内)?(?:目前|现在|一?共|总共|现)*(?:有|开?设有?|开放|拥有|配有)[^\d,;。]{{0,8}}$"
    r"|(?<!现)在(?:职|校|编|园|岗(?=职工|人员|教师|工人))(?:(?!报到|参[加与]|[上到]岗)[^\d,;。]){0,8}$|一行$|人手[^,;。\d了]{0,8}$"
    r"|(?:辖区|[村镇县市区]域|行政区域?)总?面积[约达为共]*$"
    r"|(?:社区|[小片]区|[院楼村里内上下边])住了$|^本来$|(?:成员|班子|委员)一?共有?$|(?:业主|微信|工作|居民|家长)群[里内]?$"
    r"|(?:下辖|辖有|管辖|在册|在编|现有|原有|常住|户籍|总人口|分成|分为|编成|编为|划分为|(?<![百部处积])分(?=$))[^\d,;。]{0,8}$"
    r"|^(?:本|我们?|咱们?)?(?:小区|社区|辖区|[这那][儿里边])(?:一?共|总共)有?$|[这那][条个片座栋家][\u4e00-\u9fff]{1,3}(?:一?共|总共)有?$"
    rf"|(?P<has>共有|拥有|(?:辖区内?|[区道村队站局所校位])(?:一?共|现|总共)?有|(?:现在|目前)有)(?:各类)?(?:[\u4e00-\u9fff]{{0,4}}(?P<static>{_STATIC}))?(?:共|约)?$"
)
_STATIC_AFTER: Final = re.compile(_STATIC)
_TAKES_PART: Final = re.compile(
    r"[^,;。\s]{0,8}(?:今[天日]|昨[天日]|参加|参与|投入|上路|上岗|到场|报名|清理|开展|下沉|深入|走[进上]|值守|执勤|报到)|(?:前来|[来到去上])(?=[\u4e00-\u9fff]{2})"
)
# 辖区17座公厕今天全部消杀完毕
_ALL_DONE: Final = re.compile(
    r"[^,;。!?\n\d]{1,10}?(?:全部?|都|均|已经?)+[^,;。!?\n\d]{1,6}(?:完毕?|完成|一遍|到位|了)(?=[,;。!?\n]|$)"
)
DOES: Final = re.compile(rf"[^,;。!?\n\d]{{0,8}}?(?:[了已都被获]|(?:{LONG})(?![员者]))")
# 小区里有3辆僵尸车, 广场那边占道的有20多家: what is there, unless a word tells a deed or a time.
_THERE_IS: Final = re.compile(
    r"(?:[里内上下边旁片口围近带段楼那这]|沿线)(?:还|也|现在|大概|大约|约)*有(?:大概|大约|约|[块个条片堆][\u4e00-\u9fff]{1,6})?$|[里内][现共]?有[\u4e00-\u9fff]{2,6}$"
)
_CONSISTS: Final = re.compile(r"由[^,;。]{0,30}$")
_OF_THESE_AFTER: Final = re.compile(r"[^,;。]{0,30}?(?:组成|构成)")
_WIDE: Final = re.compile(
    r"(?<![拓加增])(?:宽度?|高度?|深度?|厚|直径|半径|间[隔距]|相距|[东西南北]|[太最很][宽窄高矮深浅长短远近])[约达为近]?(?:[只才就]?有)?$"
)
_LONG: Final = re.compile(r"(?:长度?[约达为近有]{0,2}|(?:距离?|(?<![劝撤搬拖清])离)[\u4e00-\u9fff]{0,6})$")
_SIZE_AFTER: Final = re.compile(
    r"[宽高深厚粗]|长(?=[\u4e00-\u9fff])|处(?!理)|(?:范围|以内|内(?!的)|外|开外|远)|的(?:路段|道路|街道|范围)"
)
_PERSONS: Final = word_set("人 名 位")
_LONGEST_PERSONS: Final = 8
# 我们村一共412户
_OURS_IN_ALL: Final = re.compile(rf"^{_OURS}(?:里|内)?(?:现在|目前)?(?:一共|总共|共)$")
# 我社区10名党员、20名志愿者今天清扫街巷
_AND_OTHERS: Final = re.compile(
    rf"(?:{PERSON_FIRST.pattern})[、和及与]\d+[名个位人][\u4e00-\u9fff]{{0,4}}?(?:{PERSON_FIRST.pattern})(?:{WHEN}|一起|一同|共同|都)*"
)
_HOW_LARGE: Final = ("面积", "面积约", "面积为", "面积达")
_PEOPLED: Final = word_set("户 口 栋 幢 亩")
# 城管公安市监三家联合: the offices that did it together.
_TOGETHER: Final = re.compile("(?:单位|部门)?(?:联合|联手|携手|合力)")
_ONLY_WHEN: Final = re.compile(rf"(?:{WHEN}|我们|咱们|分)*")
# 三方 is read as a volume.
_OFFICES: Final = word_set("家 方 人 立方米")
# 移动、联通、电信三家联合剪线: the number only sums up who did it.
_LISTED: Final = re.compile("[\u4e00-\u9fff]{2,8}(?:[、和及与][\u4e00-\u9fff]{2,8})+?")
_LIST_SIGN: Final = re.compile("[、和及与]")
_DOERS: Final = re.compile(
    rf"(?:单位|部门|公司|企业|机构|社区|街道)?(?:{WHEN}|联合|联手|携手|合力|一起|一同|共同|分头|都)*"
)
# 摊位328个,全部实行一摊一码: how all of them are.
_ALL_ARE: Final = re.compile(
    "[\u4e00-\u9fff]{0,6}[,\\s]?(?:现|已)?(?:全部?|都|均)已?(?:实行|实现|推行|执行|采用|达到|符合|纳入|具备|属于|持[证有]|[设配备]有|[是为])"
)
# 三个组清堆物:A组8处: the groups that did it, before what each did.
_GROUPS: Final = re.compile("(?:小组|[大中小分]队|[组队班])(?:一起|分头|同时|今天|都|(?P<each>分别|各自?))*")
# 我们4个组,每组5人
_WE_ARE: Final = re.compile("(?:小?组|[小分]?队|班),?每")
# 保洁班是12个人两班倒: how they work.
_IN_SHIFTS: Final = re.compile("[,\\s]?(?:[两二三四]班倒|倒班|轮[班岗](?!次))")
_SENT: Final = re.compile("出动|组织|安排|派|抽调|投入|增加|参[加与]")
_WHAT_THEY_DID: Final = re.compile("[^,;。!?\n]{2,12}[:,]")


# 昨天漏报了一项,修座椅5把: how many figures follow.
_FIGURES_FOLLOW: Final = re.compile(r"(?:[漏少没]|忘了?)报了?$")
_FOLLOW: Final = re.compile(r"(?:数据?|内容|指标)?[,:;。\s]\s?(?=[\u4e00-\u9fff]{2}[^\n]{0,12}\d)")
_FIGURES: Final = word_set("项 条 个 件")


def is_state(before: str, after: str, unit: str) -> bool:
    if _THERE_IS.search(before):
        return not (VERB.search(before) or DONE.search(before) or DOES.match(after))
    if unit == "平方公里" and before.endswith(_HOW_LARGE):
        return True
    if unit in _PEOPLED and _OURS_IN_ALL.search(before):
        return DOES.match(after) is None
    if unit in _FIGURES and _FIGURES_FOLLOW.search(before):
        return _FOLLOW.match(after) is not None
    if unit in _OFFICES and before and _TOGETHER.match(after):
        return True
    if unit == "个" and (_groups_act(after) or _WE_ARE.match(after)) and _ONLY_WHEN.fullmatch(before):
        return True
    if (_CONSISTS.search(before) and _OF_THESE_AFTER.match(after)) or _in_shifts(before, after, unit):
        return True
    if _ALL_ARE.match(after) and VERB.search(before) is None and DONE.search(before) is None:
        return True
    state = _STATE_BEFORE.search(before)
    if (
        state is None
        or _ALL_DONE.match(after)
        or (state["whole"] and unit in _PERSONS and _they_act(after))
        or (
            _TAKES_PART.match(after) and (not state["whole"] or unit in _PERSONS or PERSON_FIRST.match(after))
        )
    ):
        return False
    return state["has"] is None or state["static"] is not None or _STATIC_AFTER.match(after) is not None


def _in_shifts(before: str, after: str, unit: str) -> bool:
    return unit in _PERSONS and _IN_SHIFTS.match(after) is not None and _SENT.search(before) is None


def sums_up_doers(before: str, after: str, value: Decimal) -> bool:
    """Whether a number says how many are named before it, who do what stands behind it."""
    if _LISTED.fullmatch(before) is None or len(_LIST_SIGN.findall(before)) + 1 != value:
        return False
    verb = VERB.match(before)
    if verb and verb.end() < len(before) and _LIST_SIGN.match(before, verb.end()) is None:
        return False
    doers = _DOERS.match(after)
    return doers is not None and DEED_WITH_THING.match(after, doers.end()) is not None


def _they_act(after: str) -> bool:
    """Whether a deed stands behind the persons: 我们社区8名志愿者更换了灯泡."""
    others = _AND_OTHERS.match(after)
    if others:
        after = after[others.end() :]
    ends = (0, *(persons.end() for persons in PERSON_FIRST.finditer(after, 0, _LONGEST_PERSONS)))
    return any(DEED_WITH_THING.match(after, end) or VERB.match(after, end) for end in ends)


def _groups_act(after: str) -> bool:
    groups = _GROUPS.match(after)
    if groups is None or not DEED_WITH_THING.match(after, groups.end()):
        return False
    return groups["each"] is not None or _WHAT_THEY_DID.match(after, groups.end()) is not None


def is_size(before: str, after: str) -> bool:
    if _SIZE_AFTER.match(after) or _WIDE.search(before):
        return True
    if before.endswith("有") and after.startswith("长"):
        return True
    return _LONG.search(before) is not None and VERB.search(before) is None
