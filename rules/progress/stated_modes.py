"""Tells whether a number is 新增 or 累计 by the words of its message, or whether they leave that open.

- 累计, 截至今日, 自11月起 and 今年以来 make the numbers behind them 累计, in their sentence and down a list.
- A day (今天, 昨晚, 周三, 12月3日) makes a number 新增. It holds for the whole message, over line breaks and
  lists.
- 共计, 合计 and 一共 say neither. Nor do a week and a month, for they may hold what was reported before.
- 今日累计清理30处 may mean the day or the campaign: it is open.
- 累计576处 behind another number of its sentence is about that one number.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from rules.progress.stated_days import is_day_of_work

_DATE: Final = (
    r"(?:20\d\d年)?\d{1,2}月\d{1,2}[日号]?(?![\d个项次%场处条人])"
    r"|(?<![\d.])(?:1[0-2]|0?[1-9])[./](?:3[01]|[12]\d|0?[1-9])(?![^\S\n]?[\d.%万亿度分])[日号]?"
)
_HOUR: Final = r"(?:[上下中]午|早上|晚上|傍晚)?(?:\d{1,2}(?:[时点]半?|[:：]\d\d))?"
_NOW: Final = (
    rf"(?:(?:今[天日早晚]|昨[天日晚]|{_DATE}){_HOUR}|目前|现在|当前"
    rf"|[本上]周[末日]?|[年月]底|(?:20\d\d年)?\d{{1,2}}月[份底末初]?)"
)
_WORD: Final = re.compile(
    # The look-ahead names the first letters, which is faster than to try each word.
    r"(?=[累截迄至自从以今年月开动施复启上成创到sStT本昨当前上中下早清凌晚傍夜半深刚此这周星礼放午课饭收新又再全一白0-9])"
    rf"(?:(?P<total>累[计計](?:截?[到至止]{{1,2}}\s?{_NOW})?|截[至止到]{{1,2}}(?!日期|时间)(?:\s?{_NOW})?|迄今|至今(?![无没未])"
    r"|[自从](?!今(?!年)|明|昨|即日|早|晚|[上下中]午|\d{1,2}[点:：时])[^,，。;；!！?？\n\d]{0,6}(?:\d{1,2}月(?:份|\d{1,2}[日号])?)?"
    r"(?:起(?!来)|开始|以来|[到至](?:现在|目前|今[天日]))|(?<![本当]月)(?<![本这]周)以来"
    r"|(?:(?<![^,，。\s])[到至])(?:20\d\d年)?\d{1,2}月[底末份初]"
    r"|(?:今年|[年月]初|开始|[开动施复]工|启动|上线|成立|创建)[到至](?:现在|目前|今[天日])"
    r"|[到至](?:现在|目前|今[天日])为止|so far|to date)"
    r"|(?P<day>(?<![\u4e00-\u9fff])今(?=[清拆整出查劝发收修换贴开组共已铲擦运捡刷])|(?<![比较较同])(?:本日|[今昨当](?:天|日|儿个?|早|晨|晚|夜)|前[天晚])|[上下中]午|早[上晨]|清晨|凌晨|晚上|傍晚|夜里|[半深]夜|(?:[上放]学|[上下]班|早读|午休|课间|午饭|晚饭|饭点|收摊)(?:时|后|前|高峰|期间|的时候)"
    rf"|刚[才刚](?![^,，。\n\d]{{0,3}}?[说写报发填打])|[本此这]次|[早晚]高峰|(?<![每个])(?:全天|一整?天|白天)(?![候气])"
    rf"|(?<![每至到~—-])(?:上个?)?(?:周|星期|礼拜)[一二三四五六日天](?![至到~—-])|today)|(?P<date>{_DATE})"
    r"|(?P<new>新增|又|再(?![生就造度现]))"
    r"|(?P<period>[本上这]个?(?:周|星期|礼拜|月|季度?|旬)|\d{1,2}月份?(?!\d)))",
    re.IGNORECASE,
)
_SENTENCE_END: Final = re.compile(r"[。;；!！?？\n]")
# A list goes on behind these.
_LIST_SIGNS: Final = re.compile(r"[;；\n]")
_PARENTHESES: Final = re.compile(r"[(（][^()（）\n]{0,60}[)）]")
_TIED: Final = re.compile(r"(?:[到至了为已约达有共近计数:：\s]|超过)*")
_IN_PARENTHESES_BEHIND: Final = re.compile(r"\s?[(（](?:(?P<total>累[计計])|新增|当[天日]|今[天日])数?[)）]")
_ALL_ARE_TOTALS: Final = re.compile(
    r"(?:以上|均[为是]|都[为是]|全部?[为是])[^,，。;；!！?？\n\d]{0,4}累[计計]"
    r"|[,，。\s]这?[是为](?:今年以来|[年月]初以来|累[计計])的"
)
_CLAUSE_END: Final = re.compile(r"[,，。;；!！?？\n]")


class _Kind(Enum):
    TOTAL = auto()
    DAY = auto()
    NEW = auto()
    PERIOD = auto()


@dataclass(frozen=True, slots=True)
class _ModeWord:
    """A word at ``start`` that says what numbers are of.

    ``tied``: it is about the one number at that place only. ``until``: it stands in parentheses that end
    there, and holds no further.
    """

    start: int
    end: int
    kind: _Kind
    tied: int | None
    until: int | None


_SUM: Final = re.compile(r"(?:共计|合计|总计|一共|总共|共[計计]?|合計|總計)[^,，。;；!！?？\n\d]*$")
_LONGEST_CLAUSE: Final = 40


def says_sum(text: str, start: int) -> bool:
    """Whether the clause before the number at ``start`` calls it a sum (共, 合计)."""
    return _SUM.search(text, max(0, start - _LONGEST_CLAUSE), start) is not None


def stated_modes(text: str, spans: Sequence[tuple[int, int]]) -> list[bool | None]:
    """For each number: 累计 (True), 新增 (False) or open (None). Linear in the text's length.

    ``spans``: where the numbers of the text stand, in order, those that do not count included.
    """
    message = _Message(text, spans)
    return [message.mode(start, end) for start, end in spans]


class _Message:
    """The words of one message that say what its numbers are of."""

    def __init__(self, text: str, spans: Sequence[tuple[int, int]]) -> None:
        self._text = text
        self._numbers = [start for start, _ in spans]
        self._ends = [end for _, end in spans]
        self._sentence_ends = [match.start() for match in _SENTENCE_END.finditer(text)]
        parentheses = [match.span() for match in _PARENTHESES.finditer(text)]
        self._words = [
            self._word(match, kind, parentheses)
            for match in _WORD.finditer(text)
            if (kind := self._kind(match)) is not None
        ]
        self._starts = [word.start for word in self._words]
        self._all_are_totals = _ALL_ARE_TOTALS.search(text) is not None
        self._has_day = any(word.kind is _Kind.DAY for word in self._words)

    def mode(self, start: int, end: int) -> bool | None:
        if behind := _IN_PARENTHESES_BEHIND.match(self._text, end):
            return behind["total"] is not None
        first = self._sentence_start(start)
        index = bisect_left(self._starts, start) - 1
        while index >= 0 and self._words[index].start >= first:
            if self._holds(self._words[index], start):
                return self._said_by(index)
            index -= 1
        if self._all_are_totals or self._is_total_behind(end):
            return True
        return self._said_before(index, first)

    def _said_before(self, index: int, first: int) -> bool | None:
        """What the sentences before ``first``, up to word ``index``, say of it, or a day anywhere."""
        while index >= 0 and self._words[index].tied is not None:
            index -= 1
        word = self._words[index] if index >= 0 else None
        if word is None or word.until is not None:
            return False if self._has_day else None
        if self._is_heading(word):
            return self._said_by(index)
        if word.kind is _Kind.TOTAL and self._is_list(word.end, first):
            return None if self._has_day else True
        return False if self._has_day else None

    def _said_by(self, index: int) -> bool | None:
        """What a word says, together with one before it that no number and no sign parts from it."""
        word = self._words[index]
        before = self._words[index - 1] if index else None
        led = before is not None and self._goes_on(before, word)
        if word.kind is _Kind.TOTAL:
            of_a_time = before is not None and before.kind in {_Kind.DAY, _Kind.PERIOD}
            return None if led and of_a_time else True
        if word.kind is _Kind.NEW and led and before is not None and before.kind is _Kind.TOTAL:
            return self._said_by(index - 1)
        return None if word.kind is _Kind.PERIOD else False

    def _goes_on(self, before: _ModeWord, word: _ModeWord) -> bool:
        if self._sentence_start(word.start) > before.start:
            return False
        return bisect_left(self._numbers, before.end) == bisect_left(self._numbers, word.start)

    def _holds(self, word: _ModeWord, start: int) -> bool:
        """Whether the word may be about the number at ``start``, behind it in its sentence."""
        if word.until is not None and word.until <= start:
            return False
        return word.tied is None or word.tied == start or not self._has_day

    def _is_total_behind(self, end: int) -> bool:
        """清理小广告576处累计: in the same clause, with no number behind it."""
        index = bisect_left(self._starts, end)
        word = self._words[index] if index < len(self._words) else None
        if word is None or word.kind is not _Kind.TOTAL or _CLAUSE_END.search(self._text, end, word.start):
            return False
        clause_end = _CLAUSE_END.search(self._text, word.end)
        until = clause_end.start() if clause_end else len(self._text)
        return bisect_left(self._numbers, word.end) == bisect_left(self._numbers, until)

    def _is_heading(self, word: _ModeWord) -> bool:
        """Whether no number stands in the word's sentence."""
        at = bisect_left(self._sentence_ends, word.start)
        end = self._sentence_ends[at] if at < len(self._sentence_ends) else len(self._text)
        first = self._sentence_start(word.start)
        return bisect_left(self._numbers, first) == bisect_left(self._numbers, end)

    def _is_list(self, start: int, end: int) -> bool:
        """Whether only the signs of a list end sentences there."""
        first, last = (bisect_left(self._sentence_ends, at) for at in (start, end))
        return all(_LIST_SIGNS.match(self._text, at) for at in self._sentence_ends[first:last])

    def _sentence_start(self, position: int) -> int:
        at = bisect_left(self._sentence_ends, position)
        return self._sentence_ends[at - 1] + 1 if at else 0

    def _kind(self, match: re.Match[str]) -> _Kind | None:
        if match["date"]:
            number = bisect_right(self._numbers, match.start()) - 1
            inside = number >= 0 and match.start() < self._ends[number]
            of_work = not inside and is_day_of_work(self._text, *match.span())
            return _Kind.DAY if of_work else None
        return next(kind for kind in _Kind if match[kind.name.lower()])

    def _word(self, match: re.Match[str], kind: _Kind, parentheses: Sequence[tuple[int, int]]) -> _ModeWord:
        start, end = match.span()
        inside = bisect_right(parentheses, (start, len(self._text))) - 1
        until = parentheses[inside][1] if inside >= 0 and start < parentheses[inside][1] else None
        tied = self._tied_to(start, end) if kind is _Kind.TOTAL else None
        return _ModeWord(start, end, kind, tied, until)

    def _tied_to(self, start: int, end: int) -> int | None:
        """The number directly behind the word, if another number stands before it in its sentence."""
        at = bisect_left(self._numbers, end)
        if at == len(self._numbers) or _TIED.fullmatch(self._text, end, self._numbers[at]) is None:
            return None
        other = at > 0 and self._numbers[at - 1] >= self._sentence_start(start)
        return self._numbers[at] if other else None
