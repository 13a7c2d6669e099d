"""Finds parts beside their total, and changes.

30处,其中主干道20处 and 上午20处 下午30处 共计50处 have parts; 从20处增加到35处 is a change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from rules.progress.quantities.kinds import CountingNumeral
from rules.progress.quantities.outcomes import outcomes
from rules.progress.quantities.quantity import Aside
from rules.progress.quantities.verbs import VERB
from rules.progress.quantities.who_and_when import WHEN
from rules.progress.quantities.words import COMPOUND, SENTENCE_END

_OF_WHICH: Final = re.compile(
    r"其中|包括|(?<![\u4e00-\u9fff])(?:这?里[面头边]|当中)[也还就]?有|\(\s?含?|分别[为是]"
)
_OTHERWISE: Final = re.compile(r"另|此外|同时|累计|[。!?]")
_BEHIND_A_DEED: Final = re.compile(r"\s?\((?!含|其中|包括)[\u4e00-\u9fff]{0,8}")
_BREAK: Final = re.compile(r"[;\n]")
_SUM_WORD: Final = re.compile(r"(?:共计|合计|总计|一共|总共|共|全天|加起来)[^\d,;。]{0,6}$")
_TOTAL_SO_FAR: Final = re.compile("累计|截[至止]|以来")
# 甲班20人,乙班18人: who did it is no other thing.
_WHO: Final = re.compile("(?:[班组队区街路村局校栋幢楼院]|中心|单元|网格)$")
_PERSONS: Final = frozenset(("人", "名", "位"))
_ROSE: Final = (
    "(?:提[高升]|增加?|增长|上升|上涨|扩[大展]|扩充|拓展|发展|减少?|下降|降低?|压[减缩]|缩[减小]|[升涨增])(?:到|至|为)"
    "(?:(?:今[天日]|目前|现在|[本这]周)的?)?\\s?"
)
_ROSE_FROM: Final = re.compile(
    rf"(?P<from>[从由](?:原来|原有|原先|最初|过去|昨天|上周|上月)?的?)\s?(?P<old>\d+(?:\.\d+)?)[\u4e00-\u9fff]{{0,3}}?{_ROSE}$"
)
_FROM: Final = re.compile(r"[从由](?:原来|原有|原先|最初|过去|昨天|上周|上月)?的?\s?$")
_ROSE_TO: Final = re.compile(rf"{_ROSE}$")
# Behind 从 and a number, any verb will do: 由300个扩到500个.
_TO: Final = re.compile(r"[\u4e00-\u9fff]{1,3}[到至成]\s?")
_SUM_LINE: Final = re.compile(r"[^\n;]{0,6}[;\n]\s*(?:共计|合计|总计|一共|总共|共|总数)[:\s]{0,2}")
_WHEN: Final = re.compile(f"[,;](?:{WHEN})")
_DID: Final = re.compile(rf"{WHEN}|已|了|累计")
_BACK: Final = 24
_HOLDERS: Final = frozenset(("家", "户"))
_FEWEST: Final = 2
_NEAR: Final = 3
_MOST: Final = 12
_PAUSE: Final = re.compile(r"[,:;\s]")
_KIND: Final = re.compile(r"[\u4e00-\u9fff]{2,6}?(?=[,、。;\s\d一二两三四五六七八九十]|$)")
# A thing that reaches to the next number, or to the end of its clause.
_THING_BEHIND: Final = re.compile(r"(?!其中|包括|分别|有)([\u4e00-\u9fff]{2,8})(?:[、和及]?$|(?=[,。;\s]))")
_SUM_BEFORE: Final = re.compile(r"共[^,;。!?\n]{0,14}$")


def with_changes(text: str, counts: Sequence[CountingNumeral]) -> list[CountingNumeral]:
    """The counts, with 从20处增加到35处 as one count of 15 that is asked about."""
    found: list[CountingNumeral] = []
    for count in counts:
        window = text[max(0, count.start - _BACK) : count.start]
        last = found[-1] if found else None
        between = text[last.end : count.start] if last else ""
        went = _ROSE_TO.fullmatch(between) or _TO.fullmatch(between)
        word = _FROM.search(text, max(0, last.start - _BACK), last.start) if last and went else None
        if last and went and (went.re is _ROSE_TO or (word and last.unit == count.unit)):
            found[-1] = replace(
                count,
                start=word.start() if word else last.start,
                value=abs(count.value - last.value),
                changed=True,
            )
        elif rose := _ROSE_FROM.search(window):
            start = count.start - len(window) + rose.start()
            found.append(
                replace(count, start=start, value=abs(count.value - Decimal(rose["old"])), changed=True)
            )
        else:
            found.append(replace(count, changed=True) if _ROSE_TO.search(window) else count)
    return found


class PartFinder:
    """Finds the parts among the counts of one text, and totals that do not fit their parts.

    ``asides``: why each count is left out by its own words, if it is.
    ``sums``: the totals behind their parts.
    """

    def __init__(
        self,
        text: str,
        counts: Sequence[CountingNumeral],
        items: Sequence[str],
        asides: Sequence[Aside | None],
    ) -> None:
        self._text = text
        self._counts = counts
        self._items = items
        self._asides = asides
        self.parts: set[int] = set()
        self.doubtful: set[int] = set()
        self.sums: set[int] = set()
        self._find_behind_totals()
        self._find_before_sums()
        self._find_unmarked()
        self.parts |= outcomes(text, counts, items, asides, self.parts)
        self._find_stock()

    def _find_behind_totals(self) -> None:
        """30处,其中主干道20处,背街小巷10处 and 15处(东区8处西区7处)."""
        total: CountingNumeral | None = None
        rest = Decimal(0)
        for index in range(1, len(self._counts)):
            count = self._counts[index]
            between = self._text[self._counts[index - 1].end : count.start]
            opener = _OF_WHICH.search(between)
            opens = opener is not None
            if self._ends_parts(between, opener):
                total = None
            elif total and _BREAK.search(between) and not opens and count.value != rest:
                # 其中党员12人 and on the next line 群众20人
                total = total if self._may_go_on(index, total, rest) else None
                continue
            elif opens and index - 1 not in self.parts:
                total = self._total_before(index)
                rest = total.value if total else Decimal(0)
                if total is None and VERB.match(self._items[index]) is None and not self._took_part(index):
                    # 1200套,其中厨余桶600个
                    self.doubtful.add(index)
            elif not opens and _is_deed(self._items[index]):
                # The next deed is no part: 50人,其中党员20名,走访群众25人.
                total = None
            if total is None or not _may_be_part(total, count):
                continue
            if count.value <= rest:
                rest -= count.value
                self.parts.add(index)
            else:
                self.doubtful.add(index)

    def _ends_parts(self, between: str, opener: re.Match[str] | None) -> bool:
        """Whether the words before a number end a list of parts. 其中 may begin a line of its own."""
        if opener and opener[0].startswith("("):
            return _OTHERWISE.search(between) is not None or _BREAK.search(between) is not None
        if opener:
            return _OTHERWISE.search(between, opener.end()) is not None
        return _OTHERWISE.search(between) is not None or (")" in between and _BREAK.search(between) is None)

    def _took_part(self, index: int) -> bool:
        """Whether persons stand in parentheses behind what they did: 捡垃圾9袋(志愿者11人)."""
        between = self._text[self._counts[index - 1].end : self._counts[index].start]
        return self._counts[index].unit in _PERSONS and _BEHIND_A_DEED.fullmatch(between) is not None

    def _may_go_on(self, index: int, total: CountingNumeral, rest: Decimal) -> bool:
        """Whether a number behind a break may be one more part, so that it is asked about."""
        count = self._counts[index]
        may_be = _may_be_part(total, count) and count.value <= rest and not _is_deed(self._items[index])
        if may_be:
            self.doubtful.add(index)
        return may_be

    def _total_before(self, index: int) -> CountingNumeral | None:
        """The nearest of the last counts that has the same unit and is no part itself."""
        for at in range(index - 1, max(index - 1 - _NEAR, -1), -1):
            if at not in self.parts and _may_be_part(self._counts[at], self._counts[index]):
                return self._counts[at]
        return None

    def _find_before_sums(self) -> None:
        """上午20处 下午30处 共计50处: the sum counts. A sum of unlike things is left out itself."""
        first = of_list = 0
        for index, count in enumerate(self._counts):
            between = self._text[self._counts[index - 1].end : count.start] if index else ""
            if _SUM_LINE.fullmatch(between):
                # On a line of its own 合计21处 sums up the lines before.
                first = of_list
            elif end := SENTENCE_END.search(between):
                first = index
                of_list = of_list if end[0] in ";\n" else index
            first = max(first, index - 2 * _MOST)
            before = self._text[max(0, count.start - _BACK) : count.start]
            if index == first or not _SUM_WORD.search(before) or _TOTAL_SO_FAR.search(before):
                continue
            parts = [at for at in range(first, index) if _same_measure(count, self._counts[at])]
            parts = [at for at in parts if at not in self.parts and not self._asides[at]]
            if len(parts) >= _FEWEST:
                self._settle(index, parts)
                self.sums.add(index)
                first = index + 1
            elif index - first >= _FEWEST and sum(o.value for o in self._counts[first:index]) == count.value:
                # 小广告20处、牌匾30块,合计50处: a sum of unlike things.
                self.parts.add(index)
            elif parts:
                self._settle_one(index, parts[0])

    def _settle_one(self, index: int, at: int) -> None:
        """Take the one number ``at`` as a part of sum ``index``, or have the sum asked about."""
        part = self._counts[at]
        clause = max(self._counts[at - 1].end if at else 0, part.start - _BACK)
        same = self._items[at] == self._items[index]
        if _OF_WHICH.search(self._text, clause, part.start) or (
            same and part.value == self._counts[index].value
        ):
            # 其中党员12人,一共来了40人; 清理牌匾12处,共计12处.
            self.parts.add(at)
        elif same or VERB.match(self._items[index]) is None:
            # 清理牌匾12处,共计576处: all up to now? 充电桩新装18个,共计有充电桩96个.
            self.doubtful.add(index)

    def _find_unmarked(self) -> None:
        """共30处,主干道20处,背街小巷10处: the numbers behind a total add up to it.

        Without 共 it may be chance, so they are asked about.
        """
        for index, total in enumerate(self._counts):
            behind = self._add_up_to(index, total)
            told = any(self._asides[at] for at in behind)
            if behind and self._is_list(index, behind):
                continue
            if behind and not told and self._are_kinds(index, behind):
                self.parts.update(behind)
            elif behind and not told and not self.parts.intersection(behind):
                before = self._text[max(0, total.start - _BACK) : total.start]
                (self.parts if _SUM_BEFORE.search(before) else self.doubtful).update(behind)

    def _is_list(self, index: int, behind: Sequence[int]) -> bool:
        """Whether each number leads a thing of its own, without a pause: 3家饭店2家理发店1家足浴店."""
        ends = [*(self._counts[at].start for at in behind), None]
        things = [
            _THING_BEHIND.match(self._text, self._counts[at].end, len(self._text) if end is None else end)
            for at, end in zip((index, *behind), ends, strict=True)
        ]
        if not all(things[:-1]) or things[-1] is None:
            return False
        return len({thing[1] for thing in things if thing}) == len(things)

    def _are_kinds(self, index: int, behind: Sequence[int]) -> bool:
        """Whether the counts say of which kinds the total is: 9件,其中桌子5张椅子4把; 2起,1起漏水1起噪音."""
        between = self._text[self._counts[index].end : self._counts[behind[0]].start]
        if _OF_WHICH.search(between):
            return True
        if not _PAUSE.fullmatch(between):
            return False
        return all(_KIND.match(self._text, self._counts[at].end) for at in behind)

    def _add_up_to(self, index: int, total: CountingNumeral) -> list[int]:
        """The next counts of the sentence, at least two, whose sum is ``total``."""
        behind: list[int] = []
        rest = total.value
        following = self._text[total.end : total.end + _NEAR]
        kinds = _OF_WHICH.search(following) is not None
        for at in range(index + 1, min(index + 1 + _MOST, len(self._counts))):
            count = self._counts[at]
            between = self._text[self._counts[at - 1].end : count.start]
            alike, deed = count.unit in {"", total.unit}, _is_deed(self._items[at])
            # Behind 其中 the parts may have units of their own, or deeds, but not both.
            if SENTENCE_END.search(between) or alike + kinds - deed < 1:
                return []
            behind.append(at)
            rest -= count.value
            if rest <= 0:
                return behind if not rest and len(behind) >= _FEWEST else []
        return []

    def _find_stock(self) -> None:
        """商户一共318家,今天走访80家: how many there are, before a deed with some of them, is asked about."""
        for index in range(1, len(self._counts)):
            stock, some = self._counts[index - 1 : index + 1]
            thing, deed = self._items[index - 1 : index + 1]
            if stock.unit != some.unit or stock.unit in _PERSONS or some.value >= stock.value:
                continue
            between = self._text[stock.end : some.start]
            before = self._text[max(0, stock.start - _BACK) : stock.start]
            if self._asides[index] or SENTENCE_END.search(between):
                continue
            if _DID.search(between) is None and not (stock.unit in _HOLDERS and VERB.search(between)):
                continue
            today = _WHEN.search(between) is not None and VERB.match(deed) is not None
            same = today or _noun(deed) in {thing, deed}
            # 经营户88户,规范出摊60户
            same = same or (stock.unit in _HOLDERS and thing.endswith(stock.unit))
            if not VERB.match(thing) and not _DID.search(before) and same:
                self.doubtful.add(index - 1)

    def _settle(self, index: int, parts: Sequence[int]) -> None:
        fits = sum(self._counts[at].value for at in parts) == self._counts[index].value
        nouns = {noun for at in (*parts, index) if (noun := _noun(self._items[at])) and not _WHO.search(noun)}
        # 上午清理6处下午清理8处: the same bare deed.
        alike = len({self._items[at] for at in parts}) == 1
        # 南关12处 北关9处 合计21处乱堆放: the sum names the thing.
        named = fits and self._items[index] not in {self._items[at] for at in parts}
        named = named and not any(_is_deed(self._items[at]) for at in parts)
        deeds = {verb["long"] for at in parts if (verb := VERB.match(self._items[at]))}
        first = self._counts[parts[0]].start
        told = fits and _OF_WHICH.search(self._text, max(0, first - _BACK), first)
        if alike or named or told or (len(nouns) <= 1 and len(deeds) <= 1):
            self.parts.update(parts)
        elif fits:
            self.parts.add(index)
        if not fits:
            self.doubtful.add(index)


def _same_measure(one: CountingNumeral, other: CountingNumeral) -> bool:
    return one.unit == other.unit or {one.unit, other.unit} <= _PERSONS


def _may_be_part(total: CountingNumeral, count: CountingNumeral) -> bool:
    return not count.unit or _same_measure(total, count)


def _is_deed(item: str) -> bool:
    """Whether the item begins with a verb that is no part of a noun (清扫车 is one)."""
    verb = VERB.match(item)
    if verb is None or verb["long"] is None:
        return False
    return COMPOUND.match(item, verb.end()) is None


def _noun(item: str) -> str:
    verb = VERB.match(item)
    if verb is None or (verb["long"] and verb.end() == len(item)):
        return item
    return item[verb.end() :]
