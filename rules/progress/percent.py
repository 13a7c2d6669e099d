"""Reads from words how much of a task is done: 完成进度80%, 已完成八成. 合格率98% is a metric.

Decisions: a fraction is cut off (95.5% → 95), and the lower end of a range counts, so that progress is never
overstated. An intention (力争完成80%) and a rest (还有20%未完成) are no progress. Words that state several
values state none, unless just one of them is about the whole (总体, 目前, 累计 …).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from rules.numerals import parse_chinese
from rules.progress.quantities.normalise import normalise

_RANGE: Final = r"(?:\s?%?\s?[-~—–至到]\s?\d+(?:\.\d+)?)?"
_SHARE: Final = (
    rf"(?:(?P<digits>\d{{1,4}})(?:\.\d+)?{_RANGE}\s?%"
    r"|百分之(?:(?P<of_hundred>\d{1,4})(?:\.\d+)?|(?P<chinese>[零一二三四五六七八九十百两]{1,7}))"
    r"|(?P<all>百分百)"
    r"|(?P<tenths>[一二两三四五六七八九十]{1,2}|\d(?![\d.]))成(?P<half_tenth>[一二三四五六七八九半])?"
    r"(?![立功员果本效为都熟长分年绩型品色语交])"
    r"|(?P<half>一半))"
)
# The words that may stand between the word and its number.
_LINK: Final = (
    r"(?:[:\s]|已经?|大?约|将?近|接近|超过?|逾|至少|不[到足]|达到?|为|是|在|到|至|了|约为|目前|现在?|也|均|都|才|就|共"
    r"|全部|总体|整体|累计|(?:提[高升]|推进|上升|完成|增|升|进展)[到至]){0,6}"
)
# Behind 完成合格率, 完成后剩余, 完成投资 the number is of another thing. In 由60%提高到 it is the old value.
_OTHER_THINGS: Final = (
    "率|占|比|满意|知晓|提[高升](?![到至])|增[长加]|下降|减少|降低|投资|资金|覆盖|剩|未|没|欠|差|尚"
    "|的(?=人|商|住|居)|[由从](?=\\s?(?:\\d|百分之|[一二两三四五六七八九十]成))"
)
_OBJECT: Final = rf"(?:(?!{_OTHER_THINGS})[\u4e00-\u9fff]){{0,12}}?"
_STATED: Final = (
    # 完成率 of the task; 问卷完成率 is a metric like any other.
    re.compile(
        r"(?:(?<![\u4e00-\u9fff])|(?<=任务|工作|整改|总体|整体|工程|项目|目标|计划|年度|全年|目前|累计|整治|清理|拆除|改造|施工|建设"
        r"|平均)|(?<=总|已|现))"
        rf"完(?:成率|成度|工率|成比例){_LINK}{_SHARE}"
    ),
    re.compile(rf"(?<!投资|资金|支付|拨付|执行)进[度展]{_LINK}{_SHARE}"),
    re.compile(rf"(?<![未没率])完成(?!的){_OBJECT}{_LINK}{_SHARE}"),
    re.compile(
        r"(?:(?<![\u4e00-\u9fff\d.])|(?<=已有|大约|目前|任务|工作|工程|整改|总体|整体|超过|接近)|(?<=有|已|约|近|超))"
        rf"{_SHARE}(?:以上|左右|多)?的?{_OBJECT}(?<!未)(?<!没)完[成工](?!率|度|比例)"
    ),
)
_LOOK_BACK: Final = 40
# 80  % is 80 %: any number of blanks reads as one.
_BLANKS: Final = re.compile(r"[^\S\n]+")
_CLAUSE: Final = re.compile(r"[^,。;!?\n]*$")
_INTENDED: Final = re.compile(
    r"力争|争取|确保|计划|预计|预期|拟|(?<!已)将(?!近)|(?<!按)(?<!按照)要求|必须|[须需应]|目标|有望|努力|保证"
    r"|下一?步|打算|准备|尽快|未|没有?|尚"
)
_NOW: Final = re.compile(r"已|目前|截[至止]|(?<![实发体])现")
_WHOLE: Final = re.compile(r"总|整体|累计|目前|截[至止]|现[在已]|全部")


def read_percent(text: str) -> int | None:
    """The progress of the task in per cent, ≥ 0, that ``text`` states; None if it states none.

    It may be over 100, which the caller has to refuse. Never raises; linear in the text's length.
    """
    found = list(_stated(_BLANKS.sub(" ", normalise(text).text)))
    for values in ({value for value, _ in found}, {value for value, whole in found if whole}):
        if len(values) == 1:
            return values.pop()
    return None


def _stated(text: str) -> Iterator[tuple[int, bool]]:
    """Each value, and whether the text states it of the whole."""
    for pattern in _STATED:
        for match in pattern.finditer(text):
            clause = _CLAUSE.search(text, max(0, match.start() - _LOOK_BACK), match.start())
            before = clause[0] if clause else ""
            value = None if _is_intended(before) else _value(match)
            if value is not None:
                yield value, _WHOLE.search(before + match[0]) is not None


def _is_intended(before: str) -> bool:
    """Whether the value is still to come: 计划完成 is, 计划任务已完成 is not."""
    ends = [match.end() for match in _INTENDED.finditer(before)]
    return bool(ends) and not _NOW.search(before, ends[-1])


def _value(match: re.Match[str]) -> int | None:
    if match["digits"] or match["of_hundred"]:
        return int(match["digits"] or match["of_hundred"])
    if match["all"]:
        return 100
    if match["half"]:
        return 50
    parsed = _number(match["chinese"] or match["tenths"])
    if parsed is None:
        return None
    if match["chinese"]:
        return int(parsed)
    rest = match["half_tenth"]
    tenth = Decimal(0) if rest is None else Decimal(5) if rest == "半" else _number(rest) or Decimal(0)
    return int(parsed * 10 + tenth)


def _number(digits: str) -> Decimal | None:
    if digits.isascii():
        return Decimal(digits)
    parsed = parse_chinese(digits)
    return None if parsed is None else parsed[0]
