"""Why somebody hears of something: the rung of the ladder, and the person in whose place they hear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from locales import Text
from models.nags import SNOOZED, Nag
from rules.cases.case_ladder import CaseNewsKind
from rules.nags.levels import Level
from rules.nags.policy import KINDS, DutyKind, RungMeasure

_NEWS: Final = frozenset(news.value for news in CaseNewsKind)
RELAYED: Final = "relay"
"""The event in the audit when somebody has passed on what they were told in another's place."""


def of_letter(rows: Sequence[Nag]) -> Text:
    """The reasons of a message, each once."""
    reasons = list(dict.fromkeys(_key(row) for row in rows))
    names = sorted({row.instead_of for row in rows if row.instead_of})
    parts = [_text(*one) for one in reasons]
    if names:
        parts.append(Text("nags.reason.instead", names=names))
    return Text("nags.reason.all", reasons=parts)


def of_nag(row: Nag) -> Text:
    """The rung of one nag, such as 任务：限期后第1个工作日."""
    return _text(*_key(row))


def of_release(rows: Iterable[Nag]) -> Text:
    """Why a leader would hear of one subject; the list that it stands in names the level."""
    rungs = dict.fromkeys((row.kind, row.rung) for row in rows)
    return Text("nags.reason.all", reasons=[_text(kind, rung, None) for kind, rung in rungs])


def of_rungs(rungs: Iterable[tuple[str, str, Level | None]]) -> list[Text]:
    """The different reasons, in order."""
    return [_text(*one) for one in dict.fromkeys(rungs)]


def kind_text(kind: str) -> Text:
    """The name of a kind of duty, such as 任务时限."""
    return Text(KINDS[kind].name)


def _key(row: Nag) -> tuple[str, str, Level | None]:
    return row.kind, row.rung, row.level


def _text(kind: str, rung: str, level: Level | None) -> Text:
    named = kind_text(kind)
    when = Text(f"nags.news.{rung}") if rung in _NEWS else rung_text(rung)
    if kind == DutyKind.BELOW_DONE and rung != SNOOZED:
        when = Text("nags.rung.below_done")
    if level in {None, Level.RESPONSIBLE}:
        return Text("nags.reason.rung", kind=named, when=when)
    return Text("nags.reason.rung_hint", kind=named, when=when, level=Text(f"nags.level.{level.value}"))


def rung_text(rung: str) -> Text:
    """The text of a rung: 限期前3个工作日, 限期当日, 限期后第1个工作日, 时间过80%."""
    if rung == SNOOZED:
        return Text("nags.rung.snoozed")
    measure, _, offset = rung.partition(":")
    return when_text(RungMeasure(measure), int(offset))


def when_text(measure: RungMeasure, offset: int) -> Text:
    """The moment of a rung, as its distance from the limit."""
    if measure is RungMeasure.PERCENT:
        return Text("nags.rung.percent", n=offset)
    name = "days" if measure is RungMeasure.WORKING_DAY else "hours"
    if offset == 0:
        return Text("nags.rung.on" if name == "days" else "nags.rung.at")
    return Text(f"nags.rung.{name}_{'before' if offset < 0 else 'after'}", n=abs(offset))
