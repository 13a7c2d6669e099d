"""One line of a task breakdown: what it says, why it may be refused, and what its author should know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from locales import Text
from reports.formats import full_day_text
from rules.duties.frequencies import Frequency, read_frequency
from rules.people.typed_names import normalise, split_units
from rules.tasks.deadlines import Deadline, DeadlineKind, read_deadline
from rules.tasks.targets import read_target
from services.importing.reading.cells import MAX_CELL_CHARS, text_of
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.personal_names import without_phones
from services.importing.rows.questions import Answers, Ask, AskKind
from services.importing.rows.sheet_lines import quoted
from services.importing.rows.task_cells import TaskTableLine
from services.importing.rows.task_columns import TaskColumn, task_column_name
from services.importing.rows.task_lines import Sureness, TaskRow, UnitCells
from services.importing.rows.task_units import pick_units
from services.task_wording import report_name

C = TaskColumn
_OPTIONAL: Final = (C.ACTION, C.FOCUS, C.FREQUENCY, C.ASSISTING, C.LEADER, C.SECTION, C.REMARK)
_TAKEN_OVER: Final = frozenset({C.OBJECTIVE, C.STANDARD, C.DEADLINE})
_WEEKDAY: Final = re.compile(r"[日号\d]\(?(?:周|星期|礼拜)([一二三四五六日天])(?!报)")
_WEEKDAYS: Final = "一二三四五六日天"
_YEAR: Final = re.compile(r"(?<!\d)(?:20\d\d|\d\d年)|^\d\d[./-]\d{1,2}[./-]\d{1,2}|^\d{5}$")
_WHOLE_DATE: Final = re.compile(r"20\d\d([年./-])\d{1,2}([月./-])\d{1,2}日?(?:\d\d:\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class TableTitle:
    """The year and the month (its first day) that a table's title names."""

    year: int | None = None
    month: date | None = None


@dataclass(frozen=True, slots=True)
class LineReading:
    """What a line is read with; ``today`` is the day on which the file was sent."""

    title: TableTitle
    today: date
    answers: Answers
    meanings: Interpretations


def read_line(line: TaskTableLine, reading: LineReading) -> tuple[TaskRow, list[Text], list[Ask]]:
    """The task of a line, the reasons to refuse it, and the questions that would take some of them away."""
    return _LineReader(line, reading).read()


class _LineReader:
    def __init__(self, line: TaskTableLine, reading: LineReading) -> None:
        self._line = line
        self._reading = reading
        self._reasons: list[Text] = []
        self._asks: list[Ask] = []
        self._warnings: list[Text] = []
        self._deadline_is = self._frequency_is = Sureness.WRITTEN
        self._parent = line.entries(C.PARENT).strip() if C.PARENT in line.values else None
        self._open: set[TaskColumn] = set(line.grouped) if self._parent else set()

    def read(self) -> tuple[TaskRow, list[Text], list[Ask]]:
        line = self._line
        objective = self._needed(C.OBJECTIVE, line.line(C.OBJECTIVE))
        standard = self._needed(C.STANDARD, line.text(C.STANDARD))
        deadline, frequency = self._time()
        units, lead, assisting = self._units()
        person = self._needed(C.PERSON, self._person(C.PERSON, _joined_names(line.entries(C.PERSON))))
        leader = self._wished(C.LEADER, self._person(C.LEADER, _joined_names(line.entries(C.LEADER))))
        section = self._wished(C.SECTION, line.line(C.SECTION))
        self._is_faulty(C.PARENT)
        self._report_faults()
        if line.hidden:
            self._warnings.append(Text("importing.warning.hidden_row"))
        target = read_target(objective, standard)
        if target is not None:
            self._means(Meaning.TARGET, value=f"{target.value.normalize():f}{target.unit}")
        task = TaskRow(
            line=line.ref,
            action=line.line(C.ACTION),
            focus=line.line(C.FOCUS),
            objective=objective,
            standard=standard,
            deadline=deadline,
            frequency=frequency,
            lead_unit=lead,
            assisting_units=assisting,
            leader_in_charge=leader,
            handling_section=section,
            responsible_person=person,
            target=target,
            remark=line.text(C.REMARK),
            deadline_is=self._deadline_is,
            frequency_is=self._frequency_is,
            unit_cells=units,
            warnings=tuple(self._warnings),
            serial=line.line(C.SERIAL),
            parent=self._parent,
            left_open=frozenset(self._open),
        )
        return task, self._reasons, self._asks

    def _means(self, meaning: Meaning, **values: object) -> None:
        self._reading.meanings.add(self._line.ref, meaning, **values)

    def _needed(self, column: TaskColumn, text: str) -> str:
        if not text and not self._is_faulty(column) and not self._leaves_open(column):
            self._reasons.append(Text("importing.reason.missing", column=task_column_name(column)))
        return text

    def _leaves_open(self, column: TaskColumn) -> bool:
        """Leave a blank cell to the task above, if the line has one that may fill it."""
        if not self._parent or column not in {*_TAKEN_OVER, C.FREQUENCY}:
            return False
        self._open.add(column)
        return True

    def _wished(self, column: TaskColumn, text: str) -> str:
        # A column that the table lacks is named once for all lines.
        if not text and column in self._line.values and column not in self._line.faults:
            self._warnings.append(Text("importing.warning.missing", column=task_column_name(column)))
        return text

    def _is_faulty(self, column: TaskColumn) -> bool:
        """Whether a required cell is filled but has no value.

        The reason says so instead of calling it missing.
        """
        fault = self._line.faults.get(column)
        if fault is None:
            return False
        key = f"importing.reason.{fault.value}"
        self._reasons.append(Text(key, column=task_column_name(column), limit=MAX_CELL_CHARS))
        return True

    def _report_faults(self) -> None:
        for column in _OPTIONAL:
            if column in self._line.faults:
                self._warnings.append(Text("importing.warning.unread", column=task_column_name(column)))

    # -- when ----------------------------------------------------------------------------------------

    def _time(self) -> tuple[date | None, Frequency | None]:
        shown, own = self._line.line(C.DEADLINE), self._line.line(C.FREQUENCY)
        if not shown and own:
            self._leaves_open(C.DEADLINE)
            return None, self._often(own)
        if not self._needed(C.DEADLINE, shown):
            self._leaves_open(C.FREQUENCY)
            return None, None
        found = self._deadline()
        match found.kind:
            case DeadlineKind.DATED:
                return self._sure_day(shown, found), self._beside_deadline(own, shown)
            case DeadlineKind.AT_ONCE:
                return self._at_once(shown), self._beside_deadline(own, shown)
            case DeadlineKind.UNREADABLE:
                self._reasons.append(Text("importing.reason.unreadable_deadline", text=quoted(shown)))
                return None, None
            case DeadlineKind.LONG_TERM:
                return None, self._long_term(shown, own)

    def _deadline(self) -> Deadline:
        title, value = self._reading.title, self._line.values.get(C.DEADLINE)
        return read_deadline(value, title_year=title.year, title_month=title.month, today=self._reading.today)

    def _say_day(self, shown: str, found: Deadline) -> None:
        """Say what a deadline is taken for, unless it is a whole date."""
        plain = normalise(shown)
        if found.day is not None and isinstance(self._line.values.get(C.DEADLINE), str):
            self._deadline_is = Sureness.WRITTEN if _YEAR.search(plain) else Sureness.YEARLESS
        if found.day is None or isinstance(self._line.values.get(C.DEADLINE), date | datetime):
            return
        if not _WHOLE_DATE.fullmatch(plain.removesuffix("前").removesuffix("之").removesuffix("以")):
            self._means(Meaning.DEADLINE, said=quoted(shown), day=full_day_text(found.day))

    def _at_once(self, shown: str) -> date | None:
        """The day that the office has answered for 立行立改."""
        ask = Ask(AskKind.AT_ONCE, shown)
        answer = self._reading.answers.get(ask.key)
        self._deadline_is = Sureness.ANSWERED
        if answer:
            day = date.fromisoformat(answer)
            self._means(Meaning.DEADLINE, said=quoted(shown), day=full_day_text(day))
            return day
        self._refuse(ask, answer, Text("importing.reason.at_once", text=quoted(shown)))
        return None

    def _refuse(self, ask: Ask, answer: str | None, reason: Text) -> None:
        """Refuse the line for want of an answer; where it was declined, nobody is asked again."""
        self._reasons.append(reason)
        if answer is None:
            self._asks.append(ask)

    def _sure_day(self, shown: str, found: Deadline) -> date | None:
        """The day of the deadline; if it also names a day of the week that is another one, that is asked."""
        value, day = self._line.values.get(C.DEADLINE), found.day
        said = _WEEKDAY.search(normalise(shown)) if isinstance(value, str) and day is not None else None
        if day is None or said is None or day.weekday() == (weekday := min(_WEEKDAYS.index(said[1]), 6)):
            self._say_day(shown, found)
            return day
        near = day + timedelta((weekday - day.weekday() + 3) % 7 - 3)
        ask = Ask(AskKind.WEEKDAY, shown, f"{day.isoformat()} {near.isoformat()}")
        answer = self._reading.answers.get(ask.key)
        self._deadline_is = Sureness.ANSWERED
        if answer:
            self._means(Meaning.DEADLINE, said=quoted(shown), day=full_day_text(date.fromisoformat(answer)))
            return date.fromisoformat(answer)
        self._refuse(ask, answer, Text("importing.reason.other_weekday", text=quoted(shown)))
        return None

    def _beside_deadline(self, own: str, shown: str) -> Frequency | None:
        """The frequency of a task that has a deadline: what its own column says, else the deadline's cell."""
        if not own:
            frequency = read_frequency(shown)
            if frequency is not None:
                self._say_frequency(shown, frequency)
            else:
                self._leaves_open(C.FREQUENCY)
            return frequency
        frequency = read_frequency(own)
        self._compare_frequency(shown, own, frequency)
        if frequency is None:
            self._warnings.append(Text("importing.warning.unknown_frequency", text=quoted(own)))
        else:
            self._say_frequency(own, frequency)
        return frequency

    def _often(self, own: str) -> Frequency | None:
        frequency = read_frequency(own)
        if frequency is None:
            return self._asked_frequency(own)
        self._say_frequency(own, frequency)
        return frequency

    def _long_term(self, shown: str, own: str) -> Frequency | None:
        """How often a task without an end is reported: its own column, else the deadline, else the remark."""
        if own:
            frequency = self._often(own)
            self._compare_frequency(shown, own, frequency)
            return frequency
        for said in (shown, self._line.text(C.REMARK)):
            if (frequency := read_frequency(said)) is not None:
                self._say_frequency(said, frequency)
                return frequency
        return None if self._leaves_open(C.FREQUENCY) else self._asked_frequency(shown)

    def _compare_frequency(self, shown: str, own: str, frequency: Frequency | None) -> None:
        """Say so if the deadline's cell names another frequency than its own column, which counts."""
        other = read_frequency(shown)
        if frequency is not None and other is not None and other is not frequency:
            values = {"deadline": quoted(shown), "own": quoted(own)}
            self._warnings.append(Text("importing.warning.other_frequency", **values))

    def _asked_frequency(self, shown: str) -> Frequency | None:
        ask = Ask(AskKind.FREQUENCY, shown)
        answer = self._reading.answers.get(ask.key)
        self._frequency_is = Sureness.ANSWERED
        if answer:
            frequency = Frequency(answer)
            self._say_frequency(shown, frequency)
            return frequency
        self._refuse(ask, answer, Text("importing.reason.no_frequency", text=quoted(shown)))
        return None

    def _say_frequency(self, said: str, frequency: Frequency) -> None:
        meant = report_name(frequency)
        self._means(Meaning.FREQUENCY, said=quoted(" ".join(said.split())), frequency=meant)

    # -- who -----------------------------------------------------------------------------------------

    def _person(self, column: TaskColumn, said: str) -> str:
        """The names without the telephone numbers beside them."""
        names, phones = without_phones(said)
        if phones:
            self._means(Meaning.PHONE, column=task_column_name(column))
        if column is C.PERSON and len(split_units(names)) > 1:
            self._means(Meaning.FIRST_PERSON)
        return names

    def _units(self) -> tuple[UnitCells, str, tuple[str, ...]]:
        """The units of the line; 牵头单位 comes before 责任单位 if a table has both."""
        said = [self._line.entries(column) for column in (C.LEAD, C.UNITS)]
        cells = UnitCells("、".join(filter(None, said)), self._line.entries(C.ASSISTING))
        faulty = [self._is_faulty(column) for column in (C.LEAD, C.UNITS)]
        picked = pick_units(cells)
        if not cells.responsible and not any(faulty):
            self._reasons.append(Text("importing.reason.missing", column=task_column_name(C.UNITS)))
        elif not picked.lead and not any(faulty):
            self._reasons.append(Text("importing.reason.no_lead", names=picked.assisting_of_responsible))
        return cells, picked.lead, picked.assisting


def _joined_names(entries: str) -> str:
    """Names on separate lines are joined with 、; a name that was spaced out or broken in two is joined."""
    lines = [_mended(text_of(part).split(" ")) for part in entries.splitlines() if part.strip()]
    return ("" if any(len(line) == 1 for line in lines) else "、").join(filter(None, lines))


def _mended(pieces: list[str]) -> str:
    return ("" if all(len(piece) == 1 for piece in pieces) else " ").join(pieces)
