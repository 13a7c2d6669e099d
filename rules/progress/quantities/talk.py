"""Tells which numbers stand in talk rather than in a report, so that the person is asked.

A report names a deed of its writer (清理小广告30处) or lists things (小广告30处,垃圾2吨). If a noun stands
behind its number and no known deed before it, it is open whether it was one (带30个袋子, 楼下住着3户租客).
Such a number is asked about, like meetings, orders, complaints, checks by others and what stands about.
"""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities.clause_verbs import verbs_of
from rules.progress.quantities.clauses import stripped
from rules.progress.quantities.verbs import HELD, LONG, LONG_VERB, SHORT, VERB, long_verb_within
from rules.progress.quantities.who_and_when import WHEN
from rules.progress.quantities.word_tables import word_set
from rules.progress.quantities.words import ACTOR, COMPOUND, HEAD_PREDICATE, PERSON_END, PERSON_FIRST

_THEIRS: Final = "(?:居民|群众|业主|住户|市民|租户)"
# The look-ahead names the first letters, which is faster than to try each word.
_TALK: Final = re.compile(
    r"(?=[开会通反测考试问题你群谁记能主副科队局所处站组书领上经安随本绕一投拥保存物水电倒小放停住堆摆坐站着])(?:"
    r"开会|会[议上](?:通报|布置|强调|说|要求|部署|安排)|通报了?[我咱]|(?<!员)反映(?![的情])|你们|群里|谁|记得|能不?能?借"
    r"|(?:[主副]任|[科队局所处站组]长|书记|领导|上级|经理)(?:安排|[让叫派问]|带(?!队))|安排[老小]?[\u4e00-\u9fff]{1,2}带$"
    r"|随机抽|本次(?:测评|考核)|绕行$|一(?:天|个月|年)(?:过|补助|补贴|工资|收费|租金)|(?:投放|拥有|保有|存)总?量$"
    r"|(?:物业|[水电])费|(?<![倾推放打])倒了?$|(?<=[\u4e00-\u9fff]{2})小$|(?<![朝沿随带])着$|[放停住存堆摆坐站]着"
    r"|(?:测评|考试|试卷|题库)(?:一共|总共|共)?$|通知(?![书单])[\u4e00-\u9fff]{1,4}$)"
)
_TALK_AT_HEAD: Final = re.compile(
    rf"{_THEIRS}(?:又|已)?(?:投诉|举报)(?!(?:{WHEN}|[一总]?共|已经?|都)*[处办回解接收])[\u4e00-\u9fff]{{2,}}$"
    r"|[省市区]里(?:[今昨][天日])?(?:来人)?(?:[抽检督]查|暗访|测评|考核|通报)了?$"
    r"|(?:今年)?[我咱](?:们[科队组班]?|[科队组班])?(?:一共|总共|共)有?$"
    r"|(?:[今昨][天日])?[省市区]?里?的?(?:暗访|督导|检查|考核|测评|巡察)组(?!长)"
)
_THEY_CHECK_US: Final = re.compile("(?<=[查检评访核罚扣])[到了]?[我咱]们?$")
_PLACE_HAS: Final = re.compile(
    r"(?:小区|社区|街道|[楼街院路村校]|单位|辖区|片区)[里内上]?有[\u4e00-\u9fff]{1,5}$"
)
_ORDERED: Final = ("安排", "你那边派", "你派")
_AT_WORK: Final = re.compile(r"[^,;。!?\n]{0,16}?(?:站岗|上[岗路街])")
_NEAR: Final = re.compile(r"[^,;。!?\n]{0,16}")
_COME: Final = re.compile("来了?$")
_INSPECTORS: Final = re.compile("[省市区县]?(?:督导|检查|考核|暗访|测评|巡察|调研|评估)[组团]")
# 3家媒体来采访, 2个人来对接
_THEY_COME: Final = re.compile(
    "[\u4e00-\u9fff]{0,6}?来(?:采访|检查|调研|督导|参观|对接|暗访|考察|验收|帮忙|支援|拍)"
)
_WAGES: Final = re.compile("(?:工资|工钱|奖金|房租)[^,;。\\d]{0,4}$")
_RECEIVED: Final = re.compile("[收接]到了?$")
_LETTER: Final = re.compile(
    "[\u4e00-\u9fff]{0,4}(?:通知|罚单|投诉单|催办单|函|督办单|文件|反馈|回复|消息|电话)"
)
# 在3个单元门口装监控6个: the first number tells where.
_PLACE: Final = re.compile("(?<![存现正所实])在$")
_BROKEN: Final = re.compile(
    "[^,;。!?\n\\d]{0,8}?(?:松动|破损|坏|不亮|丢|塌|堵|漏水|在修|送修|没盖|倾斜)了?(?=[,;。!?\n\\s]|$)"
    "|[^,;。!?\n\\d]{0,8}(?:停[着放]|是?谁)|余?的[^,;。!?\n\\d]{2,8}情况"
)
# 三家小店整改完了两家: the first number is all there are.
_SOME_OF_THEM: Final = re.compile(
    rf"[^,;。!?\n\s\d]{{1,6}}?(?:{LONG})(?:完|好|掉)?了?[一二两三四五六七八九\d]{{1,4}}(?P<unit>[\u4e00-\u9fff]{{1,2}})"
)
# A deed or a time anywhere in a message makes a report of it.
_REPORT: Final = re.compile(
    rf"{WHEN}|[了已共]|完成|累计|总计|合计|新增|(?:^|[,、;:。\s局队所会校院])(?:{SHORT})[\u4e00-\u9fff]"
)
_STANDING: Final = word_set("间 座 栋 幢 所 床")
_FACILITY: Final = ("室", "馆", "站", "床位", "图书", "藏书", "车位", "设施")

_NOUN_BEHIND: Final = re.compile("[\u4e00-\u9fff]+")
_PERSONS: Final = word_set("人 名 位 人次")
_TIMES: Final = word_set("遍 轮 趟")
_THERE_IS: Final = re.compile("(?:^|里面?|当中|还|也|现)有[\u4e00-\u9fff]{1,8}$")
# 刮了牛皮癣,两个单元,三十来张: where it was.
_ONLY_A_PLACE: Final = re.compile(
    r"(?:单元|楼[栋道]|小区|社区|村|路口|路段|街巷|网格|点位?)(?=[,:;。!?\n]|$)"
)
# 开车跑了60公里
_WAY: Final = re.compile("[跑开骑走]了$")
# 来了12个人,走了3个. 走了3户 is another thing.
_LEFT: Final = re.compile(r"(?:^|\s)走了$")
_BODIES: Final = word_set("个 人 名 位")
_SHIFTS: Final = re.compile("每[天日周晚班]|[轮倒值两三]班")
_DIGIT_OR_PAUSE: Final = re.compile(r"[\d、]|然后|还有|[和及与]$")
# 把17个楼道刷白了, 给12户送米: here a verb stands behind. 上午跑了两条街: who was somewhere did something.
_DONE_BEHIND: Final = re.compile("[把将给帮为替由从在]|对(?!面)|[是的]$|全[天日周月]$")
_FINISHED: Final = re.compile("[\u4e00-\u9fff]{2,}了")
_SHORT_DEED: Final = re.compile(
    rf"^(?:[\u4e00-\u9fff]{{0,6}}(?:们|{ACTOR.pattern}|[队局所校小站办组班院园处委])(?:在[\u4e00-\u9fff]{{2,6}})?)?(?:{SHORT})(?:$|了)"
)
# 领了20个马甲, 交了3份材料: as often what came or is wanted as what was done.
_GIVEN_OUT: Final = frozenset("领交借接订派填写开考")
_OTHERS_DO: Final = frozenset("来去发放停送走卖堆办量看跑帮到")
_COMES: Final = re.compile("[来去]了?$")
# 整走3车垃圾, 弄完8处: what came of a deed makes one of any letter, but for what breaks or is stolen.
_BROUGHT_ABOUT: Final = re.compile("^[\u4e00-\u9fff](?<![坏死枯丢偷抢塌断倒跑逃溜流漏飞掉])[走完净掉好]了?$")
# 开了一场居民议事会: an event was held. What a meeting said is another thing.
_HELD_EVENTS: Final = word_set("场 场次")
_EVENT_NAMED: Final = re.compile("[\u4e00-\u9fff]{2,}[会课动演练训赛展讲坛堂]")
_OPENED: Final = frozenset(("开", "开了"))
# 麻烦再发我一份
_GIVE_US: Final = re.compile("(?:[发寄传拿送带留捎借]|给)给?[我咱]们?(?:[局队校院村站所办]|单位|社区|街道)?$")


def is_a_mere_thing(before: str, unit: str, text: str) -> bool:
    """Whether a number is of what there always is (活动室1间, 床位6张), in a ``text`` that tells no deed."""
    if unit not in _STANDING and not before.endswith(_FACILITY):
        return False
    if _REPORT.search(text) or LONG_VERB.search(text):
        return False
    return VERB.match(stripped(before)) is None


def tells_of_shifts(text: str) -> bool:
    """Whether a message says when people are on duty."""
    return _SHIFTS.search(text) is not None


def tells_no_deed(before: str, after: str, unit: str, *, shifts: bool) -> bool:
    """Whether a number that only a deed explains stands without one.

    夏天6遍 says how often, 督导员8人 每天2班 who is on duty, 有车位80个 what there is, and 两个单元 where.
    """
    if (unit == "公里" and _WAY.search(before)) or (unit in _BODIES and _LEFT.search(before)):
        return True
    if "了" in before:
        return False
    if unit == "个" and _ONLY_A_PLACE.match(after):
        return not stripped(before)
    if unit in _TIMES and "车" not in before:
        return VERB.search(before) is None and VERB.search(after) is None
    if unit in _PERSONS and shifts:
        return PERSON_END.search(stem := stripped(before)) is not None and not verbs_of(stem)
    if "有" not in before or _THERE_IS.search(before) is None:
        return False
    return VERB.search(before) is None and VERB.search(after) is None


def _is_at_work(after: str) -> bool:
    return _AT_WORK.match(after) is not None or long_verb_within(after, _NEAR)


def is_talk(before: str, after: str, unit: str) -> bool:
    """Whether a number stands in what somebody says, orders or finds rather than in what the writer did."""
    if _TALK_AT_HEAD.match(before) or _TALK.search(before):
        return True
    if _THEY_COME.match(after) or _WAGES.search(before) or _THEY_CHECK_US.search(before):
        return True
    if _INSPECTORS.match(after) and _COME.search(before):
        return True
    if "有" in before and _PLACE_HAS.search(before) and not _is_at_work(after):
        return True
    if before.endswith(_ORDERED) and (unit == "组" or not _is_at_work(after)):
        return True
    if _comes_to_us(before, after):
        return True
    noun = _NOUN_BEHIND.match(after)
    if noun is None or any(_is_own_deed(verb) for verb in VERB.finditer(before)):
        return False
    some = _SOME_OF_THEM.match(after)
    if some and some["unit"].startswith(unit or " "):
        return True
    if _PLACE.search(before):
        return True
    return _BROKEN.match(after) is not None or _is_unknown_deed(before, after, noun, unit)


def _comes_to_us(before: str, after: str) -> bool:
    """Whether the things came to the writer, or are asked for: 收到3份通知, 麻烦再发我一份."""
    if _LETTER.match(after) and _RECEIVED.search(before):
        return True
    return ("我" in before or "咱" in before) and _GIVE_US.search(before) is not None


def _is_own_deed(verb: re.Match[str]) -> bool:
    """Whether the verb tells what the writer did. Behind words of others, 来了 and 发了 do not."""
    if verb["long"] in HELD:
        return True
    return verb[0][0] not in _GIVEN_OUT and not (verb["marked"] and verb[0][0] in _OTHERS_DO)


def _is_unknown_deed(before: str, after: str, noun: re.Match[str], unit: str) -> bool:
    """Whether the noun stands behind its number, and before it no word that is known as a deed."""
    if unit in _PERSONS or HEAD_PREDICATE.match(after):
        return False
    if before.endswith("到了") and PERSON_FIRST.match(after):
        return False
    if any(not COMPOUND.match(after, verb.end()) for verb in VERB.finditer(after, 0, noun.end())):
        return False
    if _FINISHED.match(noun[0]):
        # 234个摊位都看了一遍
        return False
    if _DIGIT_OR_PAUSE.search(before) or _DONE_BEHIND.search(before) or after[noun.end() :][:1].isdecimal():
        return False
    stem = stripped(before)
    if not stem or _BROUGHT_ABOUT.match(stem):
        return False
    if stem in _OPENED and unit in _HELD_EVENTS and _EVENT_NAMED.match(noun[0]):
        return False
    return stem[0] in _GIVEN_OUT or _COMES.search(stem) is not None or _SHORT_DEED.search(stem) is None
