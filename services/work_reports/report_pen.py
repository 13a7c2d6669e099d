"""The pen of a 工作情况汇报: it writes in one language and notes the source of each number that it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from locales import Text, plain
from models.tasks.counted_tasks import CountedTask
from reports.formats import quantity_text, short
from services.tallies.number_sources import NamedSources, NumberSource, SourceRow, TracedNumber

_OBJECTIVE: Final = 40
# Quotes inside of quotes.
_INNER: Final = str.maketrans("“”", "‘’")


@dataclass(frozen=True, slots=True)
class ReportPen:
    """``numbers``: those that are written, in the order of the text."""

    locale: str
    numbers: list[TracedNumber] = field(default_factory=list)

    def say(self, key: str, /, **values: object) -> str:
        return plain(Text(key, **values), self.locale)

    def number(self, about: str, source: NumberSource, count: int) -> str:
        """A count, with its line of the appendix."""
        return self.quantity(about, source, Decimal(count), "")

    def quantity(
        self, about: str, source: NumberSource, amount: Decimal, measure: str, *, approx: bool = False
    ) -> str:
        """576处, 11.6万张, with its line of the appendix."""
        shown = plain(quantity_text(amount, measure, approx=approx), self.locale)
        number = TracedNumber(shown, about, source)
        if number not in self.numbers:
            self.numbers.append(number)
        return shown

    def tasks(self, found: Sequence[CountedTask]) -> NamedSources:
        """Tasks as a source: they have no numbers, so their objectives stand in quotes."""
        rows = [
            SourceRow(
                self.say("work_report.quoted", words=short(task.objective, _OBJECTIVE).translate(_INNER)),
                task.lead_unit_id,
                task.completed_at,
                task.id,
            )
            for task in found
        ]
        return NamedSources(rows)

    def clauses(self, said: Sequence[str]) -> str:
        """A，B，C."""
        first, *others = said
        for one in others:
            first = self.say("work_report.and_then", first=first, second=one)
        return first

    def sentence(self, said: Sequence[str]) -> str:
        """A；B；C。"""
        joined = plain(Text("common.sentence_separator"), self.locale).join(said)
        return self.say("work_report.full_stop", said=joined)
