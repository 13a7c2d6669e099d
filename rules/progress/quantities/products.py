"""Finds numbers that are of each of several: 5个小队各查12家, 上午下午各10处, 每个路口4名,共12个路口.

What was done in all is the product. Nobody wrote it, so the person is asked about it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from rules.progress.quantities.kinds import CountingNumeral
from rules.progress.quantities.quantity import Aside
from rules.progress.quantities.verbs import VERB
from rules.progress.quantities.word_tables import word_set

_EACH: Final = "各自?(?![类种项级个位处界方式地省市县区镇乡村街社部单行科])"
# 5个小队各查商户12家, 3个支部分别开展活动2场
_THESE_EACH: Final = re.compile(
    rf"(?P<who>[\u4e00-\u9fff]{{0,8}}?)(?:{_EACH}|(?P<apart>分别))[^,;。!?\n\d]{{0,10}}"
)
# 分别清理12处、8处
_NEXT: Final = re.compile(r"[、,和及]\s?[\u4e00-\u9fff]{0,8}")
_BODIES: Final = word_set("个 名 人 位 支 组 队 家 所 户 路 处 条 座 栋 辆 台")
_TIME: Final = "(?:[上下中]午|早[上晨]|傍晚|晚上|[早晚])"
# 上午下午各10处, 东区、西区各3车, 道路两侧各20棵
_LISTED_EACH: Final = re.compile(
    rf"(?:(?P<times>{_TIME}(?:[、和\s]?{_TIME})+)|(?P<names>[\u4e00-\u9fff]{{2,10}}(?:[、和][\u4e00-\u9fff]{{2,6}})+?)|[两二][边侧岸头端])"
    rf"(?P<each>{_EACH})[^,;。!?\n\d]{{0,10}}$"
)
_TIME_WORD: Final = re.compile(_TIME)
_ENDS_IN_A_PLACE: Final = re.compile("[区村街路组队楼班社校巷口]$")
_NAME_SIGN: Final = re.compile("[、和]")
# 每个路口安排志愿者4名
_OF_EACH: Final = re.compile(
    "每(?:一?[个条户家座栋处辆名](?P<what>[\u4e00-\u9fff]{2,6})|(?P<unit>[组队班户车处]))[^,;。!?\n\\d]{0,12}$"
)
_SENTENCE_END: Final = re.compile(r"[。;!?\n]")
_NAMED: Final = 2
_BACK: Final = 30


@dataclass(frozen=True, slots=True)
class Product:
    """Count ``index`` is of each of ``times``. ``by``: the count that only says of how many, if one does.

    The words of the item begin at ``head``.
    """

    index: int
    times: Decimal
    head: int
    by: int | None = None


def find_products(text: str, counts: Sequence[CountingNumeral]) -> list[Product]:
    """The products of a normalised text, in their order."""
    if not ("各" in text or "每" in text or "分别" in text):
        return []
    found = []
    for index, count in enumerate(counts):
        if count.doubtful or count.changed:
            continue
        product = _of_these(text, counts, index) or _of_a_list(text, counts, index)
        product = product or _of_each(text, counts, index)
        if product:
            found.append(product)
    return found


def multiplied(counts: Sequence[CountingNumeral], products: Sequence[Product]) -> list[CountingNumeral]:
    """The counts with the products in the place of what was of each."""
    out = list(counts)
    for product in products:
        count = counts[product.index]
        out[product.index] = replace(count, value=count.value * product.times, doubtful=True)
    return out


def settled(asides: Sequence[Aside | None], products: Sequence[Product]) -> list[Aside | None]:
    """The asides when the products count and what only says of how many does not."""
    out = list(asides)
    for product in products:
        out[product.index] = None
        if product.by is not None:
            out[product.by] = Aside.STATE
    return out


def _of_these(text: str, counts: Sequence[CountingNumeral], index: int) -> Product | None:
    if not index:
        return None
    these, count = counts[index - 1 : index + 1]
    each = _THESE_EACH.fullmatch(text, these.end, count.start)
    if each is None or not _multiplies(these):
        return None
    if (
        each["apart"]
        and index + 1 < len(counts)
        and _NEXT.fullmatch(text, count.end, counts[index + 1].start)
    ):
        return None
    head = each.end("apart") if each["apart"] else text.index("各", each.end("who")) + 1
    return Product(index, these.value, head, None if _has_a_deed(text, counts, index - 1) else index - 1)


def _of_a_list(text: str, counts: Sequence[CountingNumeral], index: int) -> Product | None:
    start = counts[index].start
    back = max(counts[index - 1].end if index else 0, start - _BACK)
    each = _LISTED_EACH.search(text[back:start])
    if each is None:
        return None
    if each["names"] and not (
        _ENDS_IN_A_PLACE.search(each["names"]) or VERB.match(text, back + each.end("each"))
    ):
        # 发放手套、口罩各50个
        return None
    times = 2
    if each["times"]:
        times = len(_TIME_WORD.findall(each["times"]))
    elif each["names"]:
        times = len(_NAME_SIGN.findall(each["names"])) + 1
    return Product(index, Decimal(times), back + each.end("each"))


def _of_each(text: str, counts: Sequence[CountingNumeral], index: int) -> Product | None:
    count = counts[index]
    back = max(counts[index - 1].end if index else 0, count.start - _BACK)
    each = _OF_EACH.search(text[back : count.start])
    if each is None or count.unit == "元":
        return None
    for by in (index + 1, index - 1):
        if not 0 <= by < len(counts) or not _multiplies(counts[by]):
            continue
        first, second = sorted((index, by))
        if _SENTENCE_END.search(text, counts[first].end, counts[second].start):
            continue
        what = each["what"]
        same = text.startswith(what[:_NAMED], counts[by].end) if what else counts[by].unit == each["unit"]
        if same:
            own = _has_a_deed(text, counts, by)
            return Product(index, counts[by].value, back + each.start(), None if own else by)
    return None


def _multiplies(count: CountingNumeral) -> bool:
    whole = count.value == count.value.to_integral_value()
    return count.unit in _BODIES and count.value > 1 and whole and not count.doubtful


def _has_a_deed(text: str, counts: Sequence[CountingNumeral], index: int) -> bool:
    """Whether a deed stands before the count in its clause, so that it is a figure of its own."""
    start = counts[index].start
    left = text[max(counts[index - 1].end if index else 0, start - _BACK) : start]
    return VERB.search(left[max(map(left.rfind, ",;。!?\n")) + 1 :]) is not None
