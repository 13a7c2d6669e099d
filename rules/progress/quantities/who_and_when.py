"""Takes from a clause who did something and when: 东城街道今日出动志愿者 → 出动志愿者.

In a chat the order is who, when, what. So all that stands before the last word of time is who, unless only a
verb is left behind it: in 小广告今天清了30处 the thing comes first. 东村拉了3车 has no such word, and no form
that tells 东村 from a thing: the names of the reporter's units do.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from rules.progress.quantities.normalise import normalise
from rules.progress.quantities.verbs import DEED_WITH_THING, LONG_VERB, VERB, ends_in_long_verb, is_verb

_WEEK: Final = "(?:周|星期|礼拜)"
_HOLIDAY: Final = "(?:元旦|春节|国庆|五一|中秋|端午|清明|除夕|冬至|双节|假期|节日|创建|活动)"
_NOW: Final = "(?:现在|目前|今(?:[天日]|(?!年)))"
_DAY: Final = (
    r"本日|[今昨明当](?:天|日(?:份的?)?|儿个?|早|晨|晚|夜)|[今昨](?=[上下中]午)|(?<![\u4e00-\u9fff])今(?=[清拆整出查劝发收修换贴开组共已铲擦运捡刷])|前[天晚]"
    rf"|[上本这]个?{_WEEK}(?:[一二三四五六日天](?!\d)|末)?|[本上这]个?月|周末"
    rf"|(?:今年|[年月]初|开始|活动)?[到至]{_NOW}(?:为止)?|今年(?:以来)?|截[至止到]?(?:目前|现在)|目前"
    r"|(?:20\d\d年)?\d{1,2}月(?:份|[上中下]旬|[底末初]|\d{1,2}[日号]?)|(?<![\d.])\d{1,2}[./]\d{1,2}(?![\d.])[日号]?"
    rf"|(?<!\d)\d{{1,2}}[日号](?![\d楼栋幢院线])|{_WEEK}[一二三四五六日天](?!\d)|[一二三四1-4]季度|[上下]半年|刚才|刚刚"
    rf"|一整?天|[全整]天|半天(?:时间)?|[这近最][两几一]?[天日周]|近[期来]|最近|{_HOLIDAY}(?:期间|当天)"
    r"|(?:[一两二三四五六七]|\d{1,2})天(?:时间|内|里)|这会儿|白天"
)
_CLOCK: Final = r"\d{1,2}:\d\d(?:[-~—至到]\d{1,2}:\d\d)?"
_OCLOCK: Final = "(?:\\d{1,2}点半?|[一二三四五六七八九十两]{1,3}点(?:钟|半|(?!意|建|要|位)))"
_HOUR: Final = (
    rf"(?:{_OCLOCK}|{_CLOCK})(?:\d{{1,2}}分?)?(?:[-~—至到]{_OCLOCK}(?:\d{{1,2}}分?)?)?[前后]?"
    r"|(?:忙活?了?)?(?:一个?|整个)?[上中下]午|[头晌]午|大清早|一?大?早(?=[清擦捡去把到就])|一大?早|早[上晨]|清[晨早]|凌晨"
    r"|晚上|傍晚|[半深]夜|夜[里间]|天[不没]亮|连夜|[早晚]高峰(?:期间|时段)?|吃?[早午晚]?饭[前后]|[上下]班[前后]|[上放]学[时前后]"
)
_BEGINS: Final = (
    "[0-9本今昨明当前上下中这周星礼年月开活到至截目一二三四五六七八九十两"
    "刚全整半近白吃最元春国端清除冬双假节创忙头晌大早凌晚傍深夜天连午饭放]"
)
WHEN: Final = rf"(?:(?={_BEGINS})(?:{_DAY}|{_HOUR}))"
_TIMES: Final = re.compile(
    rf"(?:[从自])?{WHEN}(?:[\s,、]?{WHEN})*"
    r"(?:[\s,、]|我们|又|[一总]?共(?!享|有|建)|已|累计|大概|大约|[之以]?[前后]|起(?!来)|开始|以来)*"
)
_TIMES_AT_END: Final = re.compile(rf"(?:\s?{WHEN})+$")
# 菜地我们今天铲了
_WE_AT_END: Final = re.compile("(?<=..)(?<![和跟与同帮给为对让请由])[我咱]们?$")
# 今天的垃圾比昨天少: with what something is compared.
_THAN: Final = re.compile(r"(?:比(?![赛例])|较)[^,。]{0,10}?(?:多|少|增加|减少|上升|下降)了?$")
# The units of the campaign, and how people are spoken to. 社区志愿者 is no unit: it has no name.
_UNIT: Final = (
    r"(?:(?![与及等]|和(?![平谐睦顺]))[\u4e00-\u9fff\d]){2,10}?(?:街道(?:办事处|办(?=[志工干党城执人出组]))?|社区|居委会|村委会"
    r"|[大中支]队|管理局|[^格布结]局|办事处|网格|物业(?!科)|派出所|管理所|监[管督]所|执法局|卫生院|医院|小学|中学|学校|幼儿园|园林处|环卫处|环卫所|居民委员会|创城办|镇政府)"
)
_BODY: Final = (
    "(?:[\u4e00-\u9fff]{0,4}(?:(?:司法|派出|供电|供水|卫生|财政|税务|环卫)所|工会|妇联|团委|残联|科协|工商联|业委会|居委会|村委会|关工委"
    "|老年协会|志愿者协会|自治会|议事会|理事会|[文化林业水利农技务环卫]{2}站|图书馆|文化馆|博物馆|[\u4e00-\u9fff]{2,4}公司|党支部|支部))"
)
_UNIT_FIRST: Final = re.compile(
    rf"^(?:{_UNIT}|{_BODY})\s?(?=[\u4e00-\u9fff]{{2}}|[“《])(?!的|门口|周边|沿线|附近|范围)"
)
_CALLED: Final = re.compile(
    rf"^(?:{_UNIT}|[\u4e00-\u9fff]{{0,6}}[一二三四五六七八九十][小中]|城管|环卫|交警|园林"
    r"|[我咱](?:们|区|村|街道|社区|单位|局|镇|校|院|队|站)*"
    r"|[\u4e00-\u9fff]{1,3}(?:主任|书记|局长|科长|所长|队长|[镇村]长|校长|老师|同志|经理))(?:好|您好)?\s+"
)
_SPACE: Final = re.compile(r"\s")
# The offices of a district, which often stand without 局 or 队: 文旅检查网吧.
_OFFICE_FIRST: Final = re.compile(
    "^(?=[市文卫住民教公交城环园绿水消应供电燃热团妇工残科司信综人农资生商发财税邮气计红血疾路运政武宣创街物社法检银])"
    "(?:市场监管|市监|文旅|卫健|住建|民政|教育|公安|交警|城管|环卫|园林|绿化|水务|水利|消防(?![栓车水站通器设])|应急|供电|电力|供水|燃气|供热|热力"
    "|团委|妇联|工会|残联|科协|司法|信访|综治|人社|农业农村|资规|生态环境|环保|交通(?![岗信标秩])|交运|商务|发改|工信|财政|税务"
    "|邮政|气象|计生协?|红十字会?|血站|疾控|卫监|市政|路政|运管"
    "|政法委?|(?:人民)?(?:法院|检察院)|银行|武装部|宣传部|文明办|创城办|创文办|街道办?|物业|社区)"
    "(?:(?P<body>分局|局|[大中支]队|委|[这那]边)|办(?= )|所|站|中心|处|股|队"
    "|[\u4e00-\u9fff]{0,3}科(?![普技学协])|公司|协会|部门?|系统)*"
    "(?P<pause> )?(?=[\u4e00-\u9fff]{2}|[“《])"
)
# 法院志愿者20名: whose they are. 社区志愿者 are those of a kind.
_VOLUNTEERS: Final = frozenset(("志愿者", "党员志愿者", "青年志愿者"))
_OF_A_KIND: Final = ("社区", "街道", "物业")
# 三网格 清楼道
_NUMBERED_GROUP: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{0,12}\s)?(?:[\u4e00-\u9fff]{2,4})?第?[一二三四五六七八九十\d]{1,3}(?:网格|组|[大中小支]?队)\s+"
)
# 公安、消防、市监联合检查烧烤店: who did it together.
_JOINTLY: Final = re.compile(
    "[\u4e00-\u9fff]{2,8}(?:[、和][\u4e00-\u9fff]{2,8}){1,5}(?=(?:联合|联手|携手|共同)[\u4e00-\u9fff]{4})"
)
# 一组清理5处,二组清理7处
_GROUP_ACTS: Final = re.compile(
    r"第?[一二三四五六七八九十\d]{1,3}(?:网格|组|[大中小支]?队)(?=[\u4e00-\u9fff]{2})(?![织建成合])"
)
# Groups, days and people who go somewhere, with what has to stand behind them: 民警进校园讲法治课.
_GROUPS_FIRST: Final = (
    (re.compile("(?<=..)(?:组|专班|[大中小]队)"), LONG_VERB),
    (re.compile("(?<=..)(?<!.{6})[日节]"), DEED_WITH_THING),
    (re.compile("(?<=..)活动"), DEED_WITH_THING),
    (
        re.compile("走?进(?:校园|社区|小区|企业|机关|农村|家庭|军营|景区|工地|商圈|网点|村(?:组(?!织))?)"),
        DEED_WITH_THING,
    ),
)
_NAME: Final = re.compile("[\u4e00-\u9fff]{0,8}")
_LAST_OF_NAME: Final = 6
_GROUP: Final = re.compile("[组班队格进日节活]")
_LONGEST_GROUP: Final = 8
# 街道无偿献血: without a name it is who did it only before how it was done.
_BARE_UNIT: Final = re.compile(
    "^(?:街道|社区|居委会|村委会|物业|学校|医院|卫生院|卫生服务(?:中心|站)|[村镇队所院校]里)(?=(?:无偿|义务|免费|上门|集中|统一|联合|义诊|体检|宣讲|讲座|接种))"
)
_WHO_END: Final = re.compile(
    "(?:[区县市省镇乡村局队办委院所处站里校们家]|街道|中心|环卫|城管|交警|[网协保队][\u4e00-\u9fff]{0,2}员|师傅|保安|[红]马甲|物业|[老小][\u4e00-\u9fff]|公司|网格|热线|电话|专线|平台|1\\d{2,4}|96\\d{3}|[您你家]好|领导好|[到至%]|上报|汇报|报告|报送)$"
)
_IN_ALL: Final = re.compile("(?:一共|总共|共计|合计|累计|共)$")
_BODY_NAME: Final = re.compile("(?:局|[大中支]队|办事处|派出所|[监管]所|园林处|环卫处|环卫所|创城办|镇政府)$")
# 12345转来的噪音投诉: where the things came from.
_SOURCE: Final = re.compile(
    r"^[^,。]{0,12}?(?:转来|转办|交来|派来|派发|反映|移交|督办|报来|送来)的(?=[\u4e00-\u9fff]{2})"
    "|^[\u4e00-\u9fff]{0,6}?(?:楼栋?长|居民|群众|业主|网格员|商户|住户)反映(?![的问情])(?=[\u4e00-\u9fff]{2})"
)
# 12315接诉33件, 热线96110劝阻12人: who took the calls.
_HOTLINE_FIRST: Final = re.compile(
    "^(?:[\u4e00-\u9fff]{0,4}(?:热线|电话|专线|平台))?(?:1\\d{2}|1\\d{4}|96\\d{3})(?:[\u4e00-\u9fff]{0,4}(?:热线|电话|专线|平台))?(?=[\u4e00-\u9fff]{2})"
)
# 老李一个人捡了3袋
_ALONE: Final = re.compile("^[\u4e00-\u9fff]{1,8}?(?:[一两二三]个人|一人|自己|独自)(?=[\u4e00-\u9fff])")

# Where the name of a unit says who: at the head of a clause, also behind a word of time.
_HEAD: Final = rf"(?:^|(?<=[,。;:!?\n(]))(?P<before>(?:{WHEN}|其中|[我咱]们?|[\s、])*+)"
_HEADS: Final = re.compile(_HEAD)
# What people add to the name of their unit, and the 的 of 东村的垃圾.
_ADDED: Final = "(?:[这那][边里]|[村居]委会?|两委)?的?"
# With these behind it, it is the name of a place, and may be what was worked on.
_PLACE: Final = "(?![的路街巷桥河沟渠塘坝站]|小[学区]|中学|广场|公园|市场|门口|周边|沿线|附近|范围)"
_BODY_END: Final = tuple("部局办所站队")
_SHORTEST_NAME: Final = 2


def may_begin_with_unit(text: str) -> bool:
    """Whether a clause begins with something else than a deed or a number."""
    read = normalise(text).text
    return any(
        head.end() < len(read) and not _begins_with_deed(read, head.end()) for head in _HEADS.finditer(read)
    )


def _begins_with_deed(text: str, at: int) -> bool:
    verb = LONG_VERB.match(text, at)
    return text[at].isdigit() if verb is None else not text.startswith(_BODY_END, verb.end())


def without_units(text: str, names: Collection[str]) -> str:
    """The normalised text with spaces for each of the names that is the head of a clause."""
    written = {normalise(name).text.strip() for name in names}
    said = {name for name in written if len(name) >= _SHORTEST_NAME and name in text}
    if not said:
        return text
    one = "|".join(re.escape(name) for name in sorted(said, key=lambda name: (-len(name), name)))
    who = re.compile(rf"{_HEAD}(?P<who>(?:{one})(?:[\s、和与及]*(?:{one}))*{_ADDED}){_PLACE}")
    return who.sub(lambda match: match["before"] + " " * len(match["who"]), text)


def without_who_and_when(clause: str) -> str:
    """What was done and to what. The clause is stripped; nothing is cut if no word would be left."""
    clause = _TIMES_AT_END.sub("", _THAN.sub("", clause))
    all_times = list(_TIMES.finditer(clause))
    if all_times:
        times = all_times[-1]
        topic, rest = _WE_AT_END.sub("", clause[: times.start()].strip(" ,、")), clause[times.end() :]
        if rest and not is_verb(rest):
            clause = rest
        elif rest:
            clause = rest if _WHO_END.search(topic) else rest + without_who_and_when(topic)
    if _SPACE.search(clause):
        clause = _CALLED.sub("", clause)
    clause = _BARE_UNIT.sub("", clause)
    if "的" in clause or "反映" in clause:
        clause = _SOURCE.sub("", clause)
    if "1" in clause or "96" in clause:
        clause = _without_hotline(clause)
    if "人" in clause or "自" in clause:
        clause = _ALONE.sub("", clause)
    unit = _UNIT_FIRST.match(clause)
    if unit and (
        VERB.match(clause, unit.end())
        or _BODY_NAME.search(unit[0])
        or VERB.search(clause) is None
        or ends_in_long_verb(_IN_ALL.sub("", clause))
    ):
        clause = clause[unit.end() :]
    clause = _without_office(clause)
    if (jointly := _JOINTLY.match(clause)) and (clause[2] in "、和" or not is_verb(clause[:2])):
        clause = clause[jointly.end() :]
    return _without_group(clause) if _GROUP.search(clause, 0, _LONGEST_GROUP) else clause


def _without_hotline(clause: str) -> str:
    """The clause without the hotline at its head, if a deed stands behind it. 投诉件 is none."""
    hotline = _HOTLINE_FIRST.match(clause)
    rest = clause[hotline.end() :] if hotline else ""
    called = VERB.match(rest)
    return rest if called and len(rest) != called.end() + 1 else clause


def _without_group(clause: str) -> str:
    """The clause without the group at its head, which acts behind it."""
    if numbered := _NUMBERED_GROUP.match(clause):
        return clause[numbered.end() :]
    if (acts := _GROUP_ACTS.match(clause)) and VERB.match(rest := clause[acts.end() :]):
        return rest
    name = _NAME.match(clause)
    for groups, deed in _GROUPS_FIRST:
        found = list(groups.finditer(clause, 0, name.end() + 2 if name else 0))
        for group in reversed(found):
            if group.start() <= _LAST_OF_NAME and deed.match(clause, group.end()):
                return clause[group.end() :]
    return clause


def _without_office(clause: str) -> str:
    """The clause without the office at its head, if a pause or a verb with its thing stands behind it."""
    office = _OFFICE_FIRST.match(clause)
    if office is None:
        return clause
    rest = clause[office.end() :]
    verb = VERB.match(rest)
    return (
        rest
        if (rest in _VOLUNTEERS and not office[0].startswith(_OF_A_KIND))
        or office["pause"]
        or office["body"]
        or rest[0] in "“《"
        or (verb and verb.end() < len(rest))
        else clause
    )
