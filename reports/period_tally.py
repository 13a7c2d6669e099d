"""The tally of any period and cut, compared with earlier periods, and how it reads in a chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from locales import Text
from reports.formats import first_moment_text, moment_text, quantity_text, short
from reports.tasks_below import NONE_BELOW, BelowCounts
from rules.periods import PeriodSpan

SHOWN: Final = 12
"""So many quantities a chat shows. A button leads to all of them."""
DIGEST_SHOWN: Final = 6
"""So many quantities a tally names that is told of by itself."""
EARLIER: Final = ("before", "year_before")
"""The periods with which a number is compared."""
PARTS: Final = ("units", "zero", "late", "made_up")
"""What stands under the number of reports."""
# A message holds 4,096 characters.
_ITEM, _MEASURE = 40, 12
_PERMILLE: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A number of the period, of the one before (环比), and of the same a year before (同比).

    None: there is no such period, or nothing was reported yet by its end.
    """

    now: Decimal
    before: Decimal | None = None
    year_before: Decimal | None = None


@dataclass(frozen=True, slots=True)
class QuantityComparison:
    """What was added to an item in the period, compared; and its total up to the end of the period.

    ``approx``, ``total_approx``: an approximate figure is in it.
    """

    item: str
    measure: str
    added: Comparison
    total: Decimal
    approx: bool
    total_approx: bool


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many tasks are completed, open in time, and open and late; and what lies below them."""

    done: int = 0
    on_time: int = 0
    late: int = 0
    below: BelowCounts = NONE_BELOW

    @property
    def every(self) -> int:
        return self.done + self.on_time + self.late


@dataclass(frozen=True, slots=True)
class PeriodTally:
    """What came in and was done in a period.

    ``reports`` are all, of which ``zero``, ``late`` and ``made_up`` are parts; ``units``: how many units
    reported. ``reports_below``: what other units filed on parts of the tasks; it is in no other number.
    ``completed``: tasks. ``standing``: the tasks as they stand now; None: the period is over.
    ``registered``, ``closed``: cases; None: the cut is not one of units, and cases have no other.
    ``before``, ``year_before``: the moments with which numbers are compared.
    """

    span: PeriodSpan
    before: PeriodSpan | None
    year_before: PeriodSpan | None
    reports: Comparison
    zero: int
    late: int
    made_up: int
    units: int
    completed: Comparison
    quantities: Sequence[QuantityComparison]
    reports_below: int = 0
    standing: TaskCounts | None = None
    registered: Comparison | None = None
    closed: Comparison | None = None


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part of a tally: its reports and completed tasks of the period, and how its tasks stand.

    ``standing`` None: the period is over.
    """

    name: Text
    reports: int
    completed: int
    standing: TaskCounts | None


def period_lines(
    tally: PeriodTally, period: Text, cut: Sequence[Text], zone: ZoneInfo, this_year: int
) -> list[Text]:
    """The tally as a chat shows it. ``period``: its name; ``cut``: the names of all that it is cut to.

    ``this_year``: moments of other years name theirs.
    """
    title = Text("period_tally.title", period=period, cut=list(cut))
    span = _span_line("period_tally.span", tally.span, zone, this_year)
    return [title, span, *_counts(tally, SHOWN), *_explained(tally, zone, this_year)]


def digest_lines(tally: PeriodTally, title: Text, zone: ZoneInfo, this_year: int) -> list[Text]:
    """The tally of a week or a month that is told of by itself. One in which nothing happened is one line."""
    if not says_something(tally):
        return [Text("digest.nothing", title=title)]
    # What fell to nothing can be found in the tally; here it would only make the message longer.
    added = replace(tally, quantities=[line for line in tally.quantities if line.added.now])
    return [title, *_counts(added, DIGEST_SHOWN), *_explained(tally, zone, this_year)[:1]]


def says_something(tally: PeriodTally) -> bool:
    """Whether anything came in or was done in the period."""
    counted = (tally.reports, tally.completed, tally.registered, tally.closed)
    return tally.reports_below > 0 or any(one is not None and one.now for one in counted)


def _counts(tally: PeriodTally, shown: int) -> list[Text]:
    lines = [_counted("period_tally.reports", tally.reports)]
    if parts := _parts(tally):
        lines.append(Text("period_tally.of_these", parts=parts))
    if tally.reports_below:
        lines.append(Text("period_tally.reports_below", count=tally.reports_below))
    lines.append(_counted("period_tally.completed", tally.completed))
    if tally.standing is not None:
        lines.append(_standing(tally.standing))
    if tally.registered is not None and tally.closed is not None:
        lines += [_counted("period_tally.registered", tally.registered)]
        lines += [_counted("period_tally.closed", tally.closed)]
    return lines + _quantity_lines(tally, shown)


def _standing(now: TaskCounts) -> Text:
    values = {"done": now.done, "on_time": now.on_time, "late": now.late}
    if not now.below.every:
        return Text("period_tally.standing", **values)
    return Text("period_tally.standing_below", **values, every=now.every, below=now.below.text_with_late)


def _parts(tally: PeriodTally) -> list[Text]:
    counts = [(name, getattr(tally, name)) for name in PARTS]
    return [part_text(name, count) for name, count in counts if count]


def part_text(name: str, count: int) -> Text:
    """How many reports are in a part. ``name``: one of ``PARTS``."""
    return Text(f"period_tally.part.{name}", count=count)


def _counted(key: str, number: Comparison) -> Text:
    return with_change(Text(key, count=number.now), number)


def with_change(what: Text, number: Comparison, measure: str = "") -> Text:
    """A number as 30（上期 20，环比 +50.0%；去年同期 10，…）; ``what`` alone without earlier numbers."""
    found = [
        _change(name, number.now, earlier, measure)
        for name, earlier in zip(EARLIER, (number.before, number.year_before), strict=True)
        if earlier is not None
    ]
    if not found:
        return what
    first, *second = found
    change = Text("period_tally.both", first=first, second=second[0]) if second else first
    return Text("period_tally.with_change", what=what, change=change)


def _change(name: str, now: Decimal, earlier: Decimal, measure: str) -> Text:
    shown = quantity_text(earlier, measure) if measure else Text("common.as_is", text=earlier)
    if earlier <= 0:
        return Text(f"period_tally.{name}", value=shown)
    return Text(f"period_tally.{name}_change", value=shown, change=change_text(now, earlier))


def change_text(now: Decimal, earlier: Decimal) -> Text:
    """By how many per cent a number has changed, with one decimal, half up: +50.0%, -12.5%, 持平."""
    if now == earlier:
        return Text("period_tally.same")
    percent = (100 * (now - earlier) / earlier).quantize(_PERMILLE, ROUND_HALF_UP)
    return Text("period_tally.percent", value=f"{percent:+}")


def _quantity_lines(tally: PeriodTally, shown: int) -> list[Text]:
    if not tally.quantities:
        return []
    lines = [Text("period_tally.quantities_title")]
    lines += [_quantity_line(line, tally.span) for line in tally.quantities[:shown]]
    if len(tally.quantities) > shown:
        lines.append(Text("period_tally.more_quantities", count=len(tally.quantities) - shown))
    return lines


def _quantity_line(line: QuantityComparison, span: PeriodSpan) -> Text:
    item, measure = short(line.item, _ITEM), short(line.measure, _MEASURE)
    added = with_change(quantity_text(line.added.now, measure, approx=line.approx), line.added, measure)
    if span.since is None:  # what was added since the beginning is the total
        return Text("period_tally.quantity_of_all", item=item, added=added)
    total = quantity_text(line.total, measure, approx=line.total_approx)
    return Text("period_tally.quantity", item=item, added=added, total=total)


def _explained(tally: PeriodTally, zone: ZoneInfo, this_year: int) -> list[Text]:
    spans = zip(EARLIER, (tally.before, tally.year_before), strict=True)
    return [
        _span_line(f"period_tally.explained.{name}", span, zone, this_year) for name, span in spans if span
    ]


def span_text(span: PeriodSpan, zone: ZoneInfo, this_year: int) -> Text:
    """统计时段：11月1日00:00—11月30日23:59."""
    return _span_line("period_tally.span", span, zone, this_year)


def _span_line(key: str, span: PeriodSpan, zone: ZoneInfo, this_year: int) -> Text:
    """The moments of a span. It begins a step later than its ``since``."""
    since = Text("period_tally.from_first")
    if span.since is not None:
        since = first_moment_text(span.since, zone, this_year)
    return Text(key, since=since, until=moment_text(span.until, zone, this_year))


def part_line(number: int, part: PartLine) -> Text:
    """One line of a breakdown."""
    values = {"number": number, "name": part.name, "reports": part.reports, "completed": part.completed}
    if part.standing is None:
        return Text("period_tally.past_part_line", **values)
    values |= {"on_time": part.standing.on_time, "late": part.standing.late}
    if not part.standing.below.every:
        return Text("period_tally.part_line", **values)
    return Text("period_tally.part_line_below", **values, below=part.standing.below.text_with_late)
