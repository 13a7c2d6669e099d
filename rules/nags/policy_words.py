"""The policy of the ladder in an office's words: how to read a rung in a sheet, and how to write it there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rules.nags.levels import Level
from rules.nags.policy import KINDS, DutyKind, ReleaseMode, Rung, RungMeasure
from rules.numerals import parse_chinese
from rules.people.typed_names import normalise

LEVELS: Final[Mapping[Level, tuple[str, ...]]] = {
    Level.RESPONSIBLE: ("责任人", "责任人员", "本人"),
    Level.SECTION: ("承办科室", "科室"),
    Level.LEADER_IN_CHARGE: ("单位分管领导", "分管领导"),
    Level.PRINCIPAL_LEADER: ("单位主要领导", "主要领导"),
    Level.OFFICE: ("创城办", "创建办", "办公室"),
}
RELEASES: Final[Mapping[ReleaseMode, tuple[str, ...]]] = {
    ReleaseMode.OFFICE: ("逐条放行", "创城办逐条放行", "人工放行", "逐条"),
    ReleaseMode.AUTO: ("自动放行", "自动"),
}
DISTRICT: Final = frozenset({"区领导", "区级领导", "区委领导", "区政府领导", "区主要领导", "区分管领导"})
"""Words for district leaders, who get briefs only."""

_SINCE: Final[Mapping[str, str]] = {
    DutyKind.EXTENSION: "申请",
    DutyKind.BELOW_ASKED: "申请",
    DutyKind.BELOW_DONE: "办结",
}
"""What the time of a kind without a limit of its own is counted from."""
_LEVEL_OF: Final = {word: level for level, words in LEVELS.items() for word in words}
_RELEASE_OF: Final = {word: release for release, words in RELEASES.items() for word in words}
_N: Final = r"(?P<n>\d{1,4}|[〇零一二三四五六七八九十百两]{1,5})"
_UNIT: Final = r"(?:(?P<day>个?(?:工作日|工作天))|个?(?:工作时|工作小时))"
_LIMIT: Final = r"(?:完成时限|限期|时限|期限|截止日?|到期)"
_BEFORE: Final = re.compile(rf"{_LIMIT}?(?:之?前|提前)第?{_N}{_UNIT}")
_AFTER: Final = re.compile(rf"(?:{_LIMIT}后|超期后?|逾期后?|超时后?|申请后|办结后)第?{_N}{_UNIT}")
_ON: Final = re.compile(rf"(?:{_LIMIT}|申请|办结)?(?:当日|当天)|到期日")
_SHARE: Final = re.compile(r"(?:时间|时限|用时|办理时间)?(?:过|已过|达到?|满|用去)?(?P<n>\d{1,3})%")
_EVERY: Final = re.compile(rf"每(?:隔)?{_N}?{_UNIT}")
_NO: Final = frozenset({"", "否", "不", "不重复", "无", "一次", "仅一次", "-", "—", "/"})
_YES: Final = frozenset({"是", "√", "✓", "✔", "仅迎检", "迎检", "y", "yes", "1", "true"})


def read_kind(text: str) -> str | None:
    said = normalise(text)
    return next((kind for kind, one in KINDS.items() if said in one.words), None)


def read_when(text: str) -> tuple[int, RungMeasure] | None:
    """How far a rung is from the limit; None if the text does not say it for certain."""
    said = normalise(text)
    if _ON.fullmatch(said):
        return 0, RungMeasure.WORKING_DAY
    if found := _SHARE.fullmatch(said):
        return int(found["n"]), RungMeasure.PERCENT
    for form, sign in ((_BEFORE, -1), (_AFTER, 1)):
        found = form.fullmatch(said)
        if found is not None and found["n"] and (number := _number(found["n"])) is not None:
            return sign * number, _measure(found)
    return None


def read_every(text: str) -> tuple[int, RungMeasure] | None:
    """Read 每1个工作日, 每个工作日, 每4工作时; None: unreadable. Ask ``repeats_not`` first."""
    found = _EVERY.fullmatch(normalise(text))
    if found is None:
        return None
    number = _number(found["n"]) if found["n"] else 1
    return None if number is None else (number, _measure(found))


def repeats_not(text: str) -> bool:
    return normalise(text) in _NO


def read_hears(text: str) -> tuple[tuple[Level, ...], tuple[str, ...]]:
    """The levels that a cell names, the lowest first, and its words that name no level."""
    words = [word for word in re.split(r"[、,;/和及]|以及", normalise(text)) if word]
    told = {_LEVEL_OF[word] for word in words if word in _LEVEL_OF}
    unknown = tuple(word for word in words if word not in _LEVEL_OF)
    return tuple(level for level in Level if level in told), unknown


def read_flag(text: str) -> bool | None:
    said = normalise(text).lower()
    return True if said in _YES else False if said in _NO else None


def read_release(text: str) -> ReleaseMode | None:
    return _RELEASE_OF.get(normalise(text))


def read_count(text: str) -> int | None:
    """The number in 2, 2条, 两条; None if it cannot be read."""
    found = re.fullmatch(rf"{_N}(?:条|次|个)?", normalise(text))
    return None if found is None else _number(found["n"])


def when_words(rung: Rung) -> str:
    n, since = abs(rung.offset), _SINCE.get(rung.kind)
    if since and rung.measure is not RungMeasure.PERCENT and rung.offset >= 0:
        if rung.measure is RungMeasure.WORKING_HOUR:
            return f"{since}后{n}工作时"
        return f"{since}后第{n}个工作日" if n else f"{since}当日"
    match rung.measure:
        case RungMeasure.PERCENT:
            return f"时间过{rung.offset}%"
        case RungMeasure.WORKING_HOUR:
            return f"限期{'前' if rung.offset < 0 else '后'}{n}工作时"
        case RungMeasure.WORKING_DAY:
            return f"限期前{n}个工作日" if rung.offset < 0 else f"限期后第{n}个工作日" if n else "限期当日"


def every_words(rung: Rung) -> str:
    if rung.every is None:
        return ""
    return f"每{rung.every}工作时" if rung.measure is RungMeasure.WORKING_HOUR else f"每{rung.every}个工作日"


def hears_words(rung: Rung) -> str:
    return "、".join(LEVELS[level][0] for level in rung.hears)


def _measure(found: re.Match[str]) -> RungMeasure:
    return RungMeasure.WORKING_DAY if found["day"] else RungMeasure.WORKING_HOUR


def _number(text: str) -> int | None:
    if text.isascii():
        return int(text)
    parsed = parse_chinese(text)
    return None if parsed is None or parsed[1] else int(parsed[0])
