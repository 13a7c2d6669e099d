"""Tells what people say without reporting anything: 收到, thanks, questions, 我要请假, 取消, 分解到下级."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from rules.hidden_characters import readable


class SmallWord(StrEnum):
    """What short words say: 收到, 谢谢 or a sign, a question or greeting, 我要请假, 取消 or 发错了.

    ``ON_CARD``: what a button on the card of a task does, such as 分解到下级.
    """

    RECEIVED = "received"
    THANKS = "thanks"
    QUESTION = "question"
    LEAVE = "leave"
    MISTAKE = "mistake"
    ON_CARD = "on_card"


class HelpTopic(StrEnum):
    """What a question about the work here is about."""

    LIMIT = "limit"
    CORRECTION = "correction"
    ZERO = "zero"
    PROBLEM = "problem"
    REPORT = "report"
    GENERAL = "general"


# As an answer such words are short; a report goes on with what was done.
_SHORT: Final = 12
# Nobody asks how to fill something in with more words.
_SENTENCE: Final = 40
_RECEIVED: Final = re.compile(
    r"(?:@\S+\s+)?(?:收到|签收\W*$|已收到|已阅|已?[知获]悉|好(?:的|滴|嘞|\W|$)|嗯|[哦噢对]\W*$|明白|知道了|知道\W*$|了解"
    r"|ok(?:ay)?\b|yes\b|是的|行$|可以\W*$|没问题|(?:确认|提交|确认提交)\W*$"
    r"|遵命|马上|立即|立刻|尽快|请放心|got it|noted|will do|sure\b)",
    re.IGNORECASE,
)
_THANKS: Final = re.compile(r"(?:@\S+\s+)?(?:谢谢|多谢|感谢|辛苦|thank)", re.IGNORECASE)
_ASKS_FIRST: Final = re.compile(
    r"^(?:请问|怎么|怎样|如何|为什么|什么时候|how\b|where\b|what\b)", re.IGNORECASE
)
_ASKS: Final = re.compile(r"(?:[?？]|[吗呢么]\W*)$|(?:怎么|怎样|如何)\w{0,4}\W*$")
_GREETING: Final = re.compile(
    r"(?:各位)?(?:领导|主任|同志|老师)?\W*(?:[你您]们?好|早(?:上好|安)?|[上中下]午好|晚上好|在|hi|hello)\W*",
    re.IGNORECASE,
)
_MISTAKE: Final = re.compile(
    r"(?:取消|撤销|撤回|作废|算了|不报了|不要了|[发报写填打]?错了|cancel|undo)\W*", re.IGNORECASE
)
_ON_CARD: Final = re.compile(
    r"(?:我?要?(?:把?任务)?分解(?:任务)?(?:到?下级|到各?[村镇]居?|到社区)?|(?:撤[回销]|取消)分解|解除归入|归入上级任务|本级不?另报"
    r"|申请(?:办结|延期)|办结|退回|转[办派]|催办(?:一下)?|请?创城办邀请"
    r"|(?:下级|还有|现在)*谁(?:还|都)?[没未](?:有)?(?:报|报告|签收)(?:了)?|break down|remind)\W*",
    re.IGNORECASE,
)
_URGES: Final = re.compile(r"催办(?:一下)?(?P<whom>\w{2,20})\W*")
_NUMBER: Final = re.compile(r"\d|[一二三四五六七八九十百千万两]")
# What somebody has done, or has none of, is a report, however short and polite. A promise is none.
_DONE: Final = re.compile(
    r"已(?!收到|阅|知|悉|获)|完成|完毕|到位|正在|无|没(?!问题)|一切正常|零报告"
    r"|(?<!马上)(?<!立即)(?<!立刻)(?<!尽快)(?:整改|清理)"
)
_DAY: Final = r"今天|明天|大?后天|[今明]日|上午|下午|[这下本]?周[一二三四五六日]|下周|这几天"
_LEAVE: Final = re.compile(
    rf"(?:领导|主任|[您你]好)?\W*(?:(?:我|本人|想|需?要|得|{_DAY})\W*)*[请休]\w{{0,3}}假\W*(?:怎么\w{{0,3}}\W*)?"
)
_TOPICS: Final = (
    (HelpTopic.LIMIT, re.compile(r"截止|期限|时限|什么时候|哪天|几号|deadline|due\b", re.IGNORECASE)),
    (HelpTopic.CORRECTION, re.compile(r"更?改|错|撤|删|更正|undo|correct|wrong", re.IGNORECASE)),
    (HelpTopic.ZERO, re.compile(r"没有?进展|无进展|没有?情况|没什么|零报告|nothing", re.IGNORECASE)),
    (HelpTopic.PROBLEM, re.compile(r"问题|随手拍|投诉|举报|problem|issue", re.IGNORECASE)),
    (HelpTopic.REPORT, re.compile(r"填|报|写|格式|发|照片|佐证|report|photo", re.IGNORECASE)),
)


def is_chatter(text: str) -> bool:
    """True if words that answer a message about tasks report nothing: only signs, 收到, a question, 催办.

    Words with a number in them are chatter only if they ask something.
    """
    flat = _flat(text)
    says_nothing = not any(char.isalnum() for char in flat) or _ON_CARD.fullmatch(flat) is not None
    return says_nothing or _asks(flat) or _says(flat) is not None


def small_word(text: str) -> SmallWord | None:
    """What a message of its own says if it reports nothing; None: it may be a report.

    A number makes a report of it, unless it begins as a question or asks for leave.
    """
    flat = _flat(text)
    if len(flat) > _SENTENCE:
        return None
    if _LEAVE.fullmatch(flat):
        return SmallWord.LEAVE
    if _ON_CARD.fullmatch(flat):
        return SmallWord.ON_CARD
    if not any(char.isalnum() for char in flat):
        return SmallWord.QUESTION if "?" in flat else SmallWord.THANKS
    if _asks(flat):
        numbered = _NUMBER.search(flat) is not None
        return None if numbered and not _ASKS_FIRST.search(flat) else SmallWord.QUESTION
    return _says(flat)


def urged(text: str) -> str | None:
    """Whom the words urge (催办西山村); None: nobody, or they say more."""
    found = _URGES.fullmatch(_flat(text))
    return found["whom"] if found else None


def help_topic(text: str) -> HelpTopic:
    """The topic of the help that fits a question."""
    flat = _flat(text)
    return next((topic for topic, words in _TOPICS if words.search(flat)), HelpTopic.GENERAL)


def _flat(text: str) -> str:
    return readable(text).strip()


def _asks(flat: str) -> bool:
    return bool(_ASKS.search(flat) or _ASKS_FIRST.search(flat))


def _says(flat: str) -> SmallWord | None:
    """A greeting, which is as good as a question, 取消, or a short answer."""
    if _GREETING.fullmatch(flat):
        return SmallWord.QUESTION
    return SmallWord.MISTAKE if _MISTAKE.fullmatch(flat) else _answers(flat)


def _answers(flat: str) -> SmallWord | None:
    """收到 or 谢谢 at the head of a short text that says nothing else."""
    if len(flat) > _SHORT or _NUMBER.search(flat) or _DONE.search(flat):
        return None
    if _RECEIVED.match(flat):
        return SmallWord.RECEIVED
    return SmallWord.THANKS if _THANKS.match(flat) else None
