"""The code and the texts fit together: no key is missing or left over, and no value is forgotten."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import pytest
from telegram.ext import ApplicationBuilder, CommandHandler

import handlers
from bot.alarms.alarms import SLOTS
from demo.page import samples
from demo.page.chat_views import MESSAGE_KINDS, SERVICES
from demo.page.faults import FAULTS
from demo.page.program import ProgramState
from demo.page.walk import steps
from demo.page.words import JS_WORDS, WEEKDAYS
from handlers.actions import ACTIONS, ANSWERS, STRANGERS
from locales import LOCALES, keys, template_of
from models.cases import CasePhase
from models.cases.case_piles import Pile
from models.cases.case_standing import CaseMove
from models.drafts import DraftKind
from models.importing import JobState
from models.nags import NagReason, NagState
from models.people import ContactState, JoinState
from models.people.absences import OfferState
from models.progress import FigureMode, ReportKind
from models.tasks.counted_tasks import BelowPart
from models.unit_holds import UnitHold
from reports import period_tally, period_tally_sheets
from reports.formats import FILE_KINDS
from reports.pictures import period_picture
from reports.templates.template_faults import TemplateFaultKind, TemplatePlace
from rules.activities.activity_kinds import ActivityKind
from rules.cases.case_facts import StepRefusal
from rules.cases.case_figures import CaseCount, FigureBreakdown, Rate
from rules.cases.case_ladder import CaseNewsKind
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.cases.case_parts import COLOURED, CaseListPart
from rules.cases.case_rights import Party
from rules.cases.colour_names import Shade
from rules.cases.order_facts import OrderOutcome
from rules.cases.time_limits import LimitFault
from rules.chatter import HelpTopic, SmallWord
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.delivery.notice_rhythm import NoticeRhythm
from rules.duties.frequencies import Frequency
from rules.leave_words import LeaveFault
from rules.nags.levels import Level
from rules.nags.policy import KINDS, ReleaseMode
from rules.nags.policy_check import PolicyFault
from rules.nags.policy_columns import PolicyColumn, SettingColumn
from rules.nags.snooze import SnoozeChoice
from rules.notices.notice_lifecycle import NoticeState
from rules.notices.receipt_kinds import IN_WORDS, NoticeAsk, ReceiptKind
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role, Tier
from rules.period_buckets import BucketLength
from rules.period_days import TOLD_OF
from rules.periods import FigurePeriod
from rules.progress.quantities import Aside, Doubt
from rules.tally_hours import TallyHour
from rules.tasks.breakdown import ChildPart
from rules.tasks.lamps import Lamp
from rules.tasks.task_extensions import ExtensionRefusal, ExtensionStep
from rules.tasks.task_lifecycle import AwaitedAnswer, TaskEvent, TaskState
from rules.working_time import TimeUnit
from services import menus
from services.audit_texts import EVENTS, FIELDS
from services.breakdown.breakdown_plan import UnitFate
from services.cases.deciding.case_rulings import RULINGS
from services.cases.follower_notices import UNTOLD
from services.cases.handling import unit_side
from services.cases.lists.case_listing import CaseListSide
from services.cases.orders import order_view
from services.drafts import set_aside
from services.duties.task_duties import ReminderKind
from services.importing.jobs import job_view
from services.importing.plans.previews import Section
from services.importing.reading.cells import CellFault
from services.importing.rows.calendar_rows import CalendarColumn
from services.importing.rows.category_rows import CategoryColumn
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.interpretations import Meaning
from services.importing.rows.point_rows import PointColumn
from services.importing.rows.questions import AskKind
from services.importing.rows.roster_lines import RosterColumn
from services.importing.rows.table_headers import ActivityColumn, SectionColumn
from services.importing.rows.task_columns import TaskColumn
from services.nags.nag_forecast import ForecastFate
from services.nags.nag_records import PUT_OFF
from services.nags.tasks import task_pauses
from services.notices.notice_following import ListedParties
from services.office.ledger import ledger_cases, ledger_people, ledger_tasks
from services.office.who_overview import OverviewGap
from services.people import person_history
from services.people.vacant_units import Vacancy
from services.tallies import period_tally_export, source_sheets
from services.tallies.brief_rhythm import BriefRhythm
from services.tallies.tally_parts import TallyBreakdown
from services.tasks import explanations, extension_answers, extensions, strike_off_list, task_history
from services.tasks.task_decisions import REASONS
from tests.locales.usage import ROOMS, ROOT, Reader, Usage, usage

CARD_FIELDS: Final = (
    *("action", "standard", "deadline", "lead_unit", "assisting_units", "leader_in_charge"),
    *("handling_section", "responsible_person", "remark", "return_reason", "location"),
)

CASE_FIELDS: Final = (
    *("text", "place", "reporter", "standard", "unit", "order", "responsible", "indicator", "instruction"),
    *("limit", "merged_into", "seen_to"),
)

ISSUE_BUTTONS: Final = (
    *("back", "cancel", "points", "in_words", "hide_me", "show_me", "submit", "submit_anyway", "edit"),
    *("edit_text", "edit_category", "edit_place", "previous", "next"),
)

PAPER_LABELS: Final = (
    *("unit", "leader", "task", "indicator", "number", "category", "place", "text", "standard", "limit"),
    *("place_in_list", "case", "problem", "requirement", "instruction", "rectified", "checked", "signed"),
)

NEED_REASONS: Final = (TaskEvent.RETURN, TaskEvent.REOPEN, TaskEvent.CANCEL)
OFFICE_DECIDES: Final = (TaskEvent.COMPLETE, *NEED_REASONS)

_LATE_BELOW: Final = ("asked", "unreported", "overdue", "unsigned")
DYNAMIC: Final[Mapping[str, Sequence[Iterable[str]]]] = {
    "alarms.tick.{}": [[*SLOTS, "housekeeping"]],
    "activities.asked.{}": [["unit", "number", "again"]],
    "activities.change.{}_button": [["day", "kind", "unit", "title", "words"]],
    "activities.kind.{}": [ActivityKind],
    "ledger.activity.{}": [[name for name, _ in ledger_people.ACTIVITY]],
    "ledger.figure.{}": [[name for name, _ in ledger_tasks.FIGURE]],
    "ledger.lamp.{}": [Lamp],
    "ledger.mode.{}": [FigureMode],
    "ledger.nag.{}": [[name for name, _ in ledger_people.NAG]],
    "ledger.nag_state.{}": [NagState],
    "ledger.person.{}": [[name for name, _ in ledger_people.PERSON]],
    "ledger.report.{}": [[name for name, _ in ledger_tasks.REPORT]],
    "ledger.summary.{}": [["what", "said"]],
    "ledger.task.{}": [[name for name, _ in ledger_tasks.TASK]],
    "work_report.about.{}": [
        [
            *(CaseCount.REGISTERED, CaseCount.CLOSED, CaseCount.DUE, CaseCount.SUSPENDED),
            *(CaseCount.IN_TIME, CaseCount.REWORKED),
        ],
    ],
    "work_report.column.{}": [["serial", "number", "about", "count", "references"]],
    "work_report.fault.{}": [TemplateFaultKind],
    "work_report.place.{}": [
        [TemplatePlace.BOX, TemplatePlace.HEADER, TemplatePlace.FOOTER, TemplatePlace.NOTE]
    ],
    "work_report.log.{}": [[ActivityKind.MEETING, ActivityKind.DOCUMENT, ActivityKind.EVENT]],
    "work_report.log_about.{}": [ActivityKind],
    "work_report.log_count.{}": [[ActivityKind.MEETING, ActivityKind.DOCUMENT, ActivityKind.EVENT]],
    "work_report.log_many.{}": [ActivityKind],
    "breakdowns.count.{}": [set(UnitFate) - {UnitFate.NEW, UnitFate.WHO}],
    "breakdowns.line.{}": [set(UnitFate) - {UnitFate.NEW, UnitFate.WHO}],
    "children.button.{}": [ChildPart],
    "children.count.{}": [set(ChildPart) - {ChildPart.ALL, ChildPart.REOPENED}],
    "children.title.{}": [ChildPart],
    "caselist.by.{}": [FigureBreakdown],
    "caselist.column.{}": [[name for name, _ in ledger_cases.COLUMNS]],
    "caselist.count.{}": [CaseCount],
    "caselist.order_column.{}": [[name for name, _ in ledger_cases.ORDER_COLUMNS]],
    "caselist.outcome.{}": [OrderOutcome],
    "sections.subject.{}": [OfficeSubject],
    "sources.column.{}": [[name for name, _ in (*source_sheets.NUMBERS, *source_sheets.ROWS)]],
    "sources.sheet.{}": [["numbers", "rows"]],
    "period_tally.by.{}": [TallyBreakdown],
    "work_report.about_below.{}": [BelowPart],
    "period_tally.column.{}": [[name for name, _ in period_tally_export.COLUMNS]],
    "period_tally.measure.{}": [period_tally_sheets.COUNTS],
    "period_tally.part_column.{}": [
        [name for name, _ in (*period_tally_export.PART_COLUMNS, *period_tally_export.BELOW_COLUMNS)]
    ],
    "period_tally.row.{}": [
        [*period_tally_sheets.COUNTS, *period_tally_sheets.STANDING, *period_tally_sheets.BELOW]
    ],
    "period_tally.explained.{}": [period_tally.EARLIER],
    "period_tally.none.{}": [["action", "focus"]],
    "period_tally.part.{}": [period_tally.PARTS],
    "period_tally.{}": [period_tally.EARLIER],
    "period_tally.{}_behind": [CaseMove],
    "period_tally.{}_button": [[*period_tally.EARLIER, *CaseMove]],
    "period_tally.{}_change": [period_tally.EARLIER],
    "periods.{}": [FigurePeriod],
    "pictures.month.{}": [period_picture.MONTHS],
    "pictures.quantities.{}": [BucketLength],
    "caselist.phase.{}": [CasePhase],
    "caselist.rate.{}": [Rate],
    "caselist.side.{}": [CaseListSide],
    "caselist.step_column.{}": [[name for name, _ in ledger_cases.STEP_COLUMNS]],
    "caselist.which.{}": [[which for which in CaseListPart if which not in COLOURED]],
    "cases.card.{}": [CASE_FIELDS],
    "cases.colour.{}": [Shade],
    "cases.event.{}": [CaseEvent],
    "cases.lamp.{}": [Shade],
    "cases.news.{}": [[*(event for event in CaseEvent if event not in UNTOLD), "registered_too"]],
    "cases.not_for_you.{}": [[party for party in Party if party is not Party.ANYBODY]],
    "cases.refused.{}": [StepRefusal],
    "cases.state.{}": [CaseState],
    "checking.own_instruction.{}": [("kept", "released", "withdrawn", "void")],
    "checking.next.{}": [RULINGS],
    "checking.phase.{}": [CasePhase],
    "checking.reason.{}": [[*itertools.chain(*(ruling.reasons for ruling in RULINGS.values()))]],
    "cli.invitation_sheet.{}": [("unit", "name", "link", "expires")],
    "commands.{}": [menus.NAMES],
    "common.files.{}": [FILE_KINDS],
    "common.frequency.{}": [(*Frequency, "none")],
    "common.lamp.{}": [Lamp],
    "common.role.{}": [Role],
    "common.tier.{}": [Tier],
    "common.task_state.{}": [TaskState],
    "completion.done_{}": [OFFICE_DECIDES],
    "completion.reason.{}": [[*itertools.chain(*REASONS.values())]],
    "completion.told_{}": [OFFICE_DECIDES],
    "completion.why_{}": [OFFICE_DECIDES],
    "completion.write_{}": [OFFICE_DECIDES],
    "desk.pile.{}": [Pile],
    "done.column.{}": [[name for name, _ in strike_off_list.COLUMNS]],
    "extensions.done.{}": [ExtensionStep],
    "enrolment.asking.{}": [("joined", "lost")],
    "explanations.reason.{}": [explanations.REASONS],
    "extensions.reason.{}": [[*itertools.chain(*extensions.REASONS.values())]],
    "extensions.refused.{}": [ExtensionRefusal],
    "extensions.refusing.{}": [extension_answers.REASONS],
    "extensions.{}_button": [(ExtensionStep.ASK, ExtensionStep.MOVE)],
    "extensions.{}_title": [(ExtensionStep.ASK, ExtensionStep.MOVE)],
    "groups.hour.{}": [TallyHour],
    "groups.scope.{}": [Tier],
    "help.small.{}": [[SmallWord.RECEIVED, SmallWord.THANKS]],
    "help.topic.{}": [HelpTopic],
    "history.column.{}": [[name for name, _ in task_history.COLUMNS]],
    "history.event.task_{}": [TaskEvent],
    "history.event.{}": [EVENTS],
    "history.field.{}": [FIELDS],
    "history.figure.{}": [FigureMode],
    "history.kind.{}": [ReportKind],
    "importing.ask.{}": [
        [kind for kind in AskKind if kind not in {AskKind.KIND, AskKind.COLUMN, AskKind.LABEL}]
    ],
    "importing.change.limit.{}": [TimeUnit],
    "importing.change.working.{}": [("true", "false")],
    "importing.column.{}": [
        (
            *(*TaskColumn, *RosterColumn, *CalendarColumn, *CategoryColumn, *PointColumn),
            *(*ActivityColumn, *SectionColumn),
            *(*PolicyColumn, *SettingColumn),
        ),
    ],
    "importing.meaning.{}": [Meaning],
    "importing.reason.limit_{}": [LimitFault],
    "importing.reason.rung_{}": [PolicyFault],
    "importing.reason.unreadable_{}": [(*PolicyColumn, SettingColumn.NAME)],
    "importing.reason.{}": [CellFault],
    "common.weekday.{}": [("mon", "tue", "wed", "thu", "fri", "sat", "sun")],
    "issues.finish_first.{}": [DraftKind],
    "issues.{}_button": [ISSUE_BUTTONS],
    "jobs.bare.{}": [[one for one in Section if one is not Section.REFUSED]],
    "jobs.counts.{}": [FileKind],
    "jobs.kind.{}": [FileKind],
    "jobs.line.{}": [(Section.CHANGES, Section.ADDED, Section.REFUSED, Section.WARNINGS)],
    "jobs.more.{}": [[one for one, most in job_view.BEGINNINGS.items() if most]],
    "jobs.section.{}": [Section],
    "jobs.section_button.{}": [Section],
    "jobs.state.{}": [JobState],
    "joining.outcome.{}": [(JoinState.APPROVED, JoinState.REFUSED, "by_link")],
    "joining.settled.{}": [(JoinState.APPROVED, JoinState.REFUSED, "by_link")],
    "joining.roster.{}": [("waiting", "bound")],
    "below.{}": [_LATE_BELOW],
    "below.{}_more": [_LATE_BELOW],
    "ladder.level.{}": [Level],
    "ladder.release.{}": [ReleaseMode],
    "ladder.release_button.{}": [ReleaseMode],
    "ladder.when.{}_{}": [("hours", "day", "days"), ("asked", "done")],
    "nags.asked.{}": [ReminderKind],
    "nags.counted.{}": [("late", "due", "unsigned", "unreported")],
    "nags.digest_awaited.{}": [("submitted", "extension", "checks")],
    "nags.digest_held.{}": [(NagReason.SNOOZED, NagReason.QUIET, NagReason.BUDGET, NagReason.PAUSED)],
    "nags.digest_vacant.{}": [Vacancy],
    "nags.digest_vacant_more.{}": [Vacancy],
    "nags.done.{}": [
        (
            *(TaskState.SUBMITTED, TaskState.COMPLETED, TaskState.CANCELLED),
            *("moved", "reported", "unit_reported", "extended", "signed", "decided", "explained", "relayed"),
            "below_open",
        )
    ],
    "nags.level.{}": [Level],
    "nags.missed_state.{}": [(ContactState.NOT_ENROLLED, ContactState.UNREACHABLE)],
    "nags.news.{}": [CaseNewsKind],
    "nags.record.delivery.{}": [DeliveryState],
    "nags.record.put_off.{}": [PUT_OFF],
    "nags.record.reason.{}": [NagReason],
    "nags.record.waits.{}": [PUT_OFF],
    "nags.report.{}": [(*Frequency, "none")],
    "nags.rung.{}_{}": [("days", "hours"), ("before", "after")],
    "nags.snooze.{}": [SnoozeChoice],
    "nags.week.count_{}": [(ForecastFate.RELEASE, ForecastFate.MERGED)],
    "nags.week.held_{}": [(NagReason.SNOOZED, NagReason.NOBODY)],
    "nags.week.{}": [(ForecastFate.RELEASE, ForecastFate.MERGED)],
    "nags.what.{}": [("report", "missed", "missed_hint")],
    "leave.fault.{}": [LeaveFault],
    "pauses.reason.{}": [task_pauses.REASONS],
    "orders.done.{}": [(CaseEvent.ACKNOWLEDGE, CaseEvent.HANDLE, *unit_side.REASONS)],
    "orders.feedback.back.{}": [set_aside.KINDS],
    "orders.feedback.set_aside.{}": [set_aside.KINDS],
    "orders.paper.{}": [PAPER_LABELS],
    "orders.reason.{}": [[*itertools.chain(*unit_side.REASONS.values())]],
    "orders.told.{}": [unit_side.REASONS],
    "orders.why.{}": [unit_side.REASONS],
    "orders.write.{}": [unit_side.REASONS],
    "orders.{}_button": [order_view.PICKED],
    "notices.ask.{}": [NoticeAsk],
    "notices.ask_button.{}": [NoticeAsk],
    "notices.please.{}": [NoticeAsk],
    "notices.answer_button.{}": [ReceiptKind],
    "notices.change_button.{}": [ReceiptKind],
    "notices.answer.{}": [ReceiptKind],
    "notices.answer_words.{}": [[kind for kind in ReceiptKind if kind is not ReceiptKind.READ]],
    "notices.ask_answer.{}": [IN_WORDS],
    "notices.over.{}": [NoticeState],
    "notices.state.{}": [NoticeState],
    "notices.column.{}": [["number", "unit", "answer", "name", "post", "phone", "words", "at"]],
    "notices.list_button.{}": [ListedParties],
    "notices.list_title.{}": [ListedParties],
    "outbox.kind.{}": [MessageKind],
    "page.faults.{}": [FAULTS],
    "page.js.{}": [JS_WORDS],
    "page.kind.{}": [(*MESSAGE_KINDS, "other")],
    "page.preparing.{}": [("roster", "tasks", "program", "joining", "group")],
    "page.program.{}": [ProgramState],
    "page.sample.{}": [samples.NAMES],
    "page.service.{}": [(*SERVICES, "other")],
    "page.walk.{}.how": [[step.name for step in steps()]],
    "page.walk.{}.title": [[step.name for step in steps()]],
    "page.weekday.{}": [WEEKDAYS],
    "people.card.{}": [("post", "section", "phone")],
    "people.event.{}": [person_history.EVENTS],
    "people.state.{}": [ContactState],
    "progress.zero_button.{}": [Frequency],
    "progress.zero.says.{}": [Frequency],
    "push.title.{}": [["tally", *TOLD_OF]],
    "quiet.brief_{}": [BriefRhythm],
    "quiet.notices_{}": [NoticeRhythm],
    "quiet.notices_{}_button": [NoticeRhythm],
    "quiet.{}_button": [BriefRhythm],
    "tally.waits.{}": [AwaitedAnswer],
    "digest.{}_reason": [TOLD_OF],
    "pictures.added.{}": [("today", "period")],
    "tally.completed.{}": [("today", "period")],
    "tally.{}_title": [("missed", "come_late", "still_missing", "came_since")],
    "remind.what.{}": [(ReminderKind.UNSIGNED, ReminderKind.SILENT, ReminderKind.OVERDUE)],
    "progress.card.doubt.{}": [Doubt],
    "progress.card.why_aside.{}": [Aside],
    "progress.mode_button.{}.{}": [FigureMode, ("chosen", "open")],
    "progress.{}_button": [("keep", "drop")],
    "tasks.card.{}": [CARD_FIELDS],
    "tasks.none_waits.{}": [AwaitedAnswer],
    "tasks.waits_button.{}": [AwaitedAnswer],
    "tasks.waits_line.{}": [AwaitedAnswer],
    "tasks.waits_title.{}": [AwaitedAnswer],
    "tasks.{}_button": [("complete", "return", "reopen")],
    "transfers.was_{}": [[state for state in OfferState if state is not OfferState.PENDING]],
    "units.hold.{}": [UnitHold],
    "units.state.{}": [(ContactState.ENROLLED, ContactState.NOT_ENROLLED, ContactState.UNREACHABLE)],
    "who.gap.{}": [OverviewGap],
    "vacant.why.{}": [Vacancy],
}
"""The possible values of each ``{}`` in a key that the code builds.

They are all members of an enum, or words in the pattern's own file. A test looks for the words there.
"""


def expanded(pattern: str) -> list[str]:
    return [pattern.format(*words) for words in itertools.product(*DYNAMIC[pattern])]


def read(source: str) -> Usage:
    found = Usage()
    Reader("example.py", found).visit(ast.parse(source))
    return found


def test_every_key_that_the_code_names_exists() -> None:
    known = keys("zh")
    missing = {f"{mention.key} ({mention.place})" for mention in usage().keys if mention.key not in known}
    assert not missing


def test_every_text_is_used() -> None:
    used = {mention.key for mention in usage().keys}
    used |= {key for pattern in DYNAMIC for key in expanded(pattern)}
    used |= {key for kind in KINDS.values() for key in (kind.name, kind.title)}
    unused = set(keys("zh")) - used
    assert not unused


def test_every_kind_of_duty_has_its_texts() -> None:
    missing = {key for kind in KINDS.values() for key in (kind.name, kind.title)} - set(keys("zh"))
    assert not missing


def test_every_key_that_is_built_is_declared() -> None:
    """If this fails, add a new f-string to DYNAMIC, or remove one that is gone."""
    assert {mention.key for mention in usage().patterns} == set(DYNAMIC)


@pytest.mark.parametrize("pattern", DYNAMIC)
def test_every_key_that_is_built_exists(pattern: str) -> None:
    missing = set(expanded(pattern)) - set(keys("zh"))
    assert not missing


@pytest.mark.parametrize("pattern", DYNAMIC)
def test_declared_words_stand_beside_the_pattern(pattern: str) -> None:
    words = {word for choice in DYNAMIC[pattern] for word in choice if not isinstance(word, StrEnum)}
    for mention in usage().patterns:
        if mention.key == pattern:
            assert not words - usage().words[mention.file], mention.place


def test_keys_are_put_together_only_in_ways_that_can_be_followed() -> None:
    assert not usage().unreadable


@pytest.mark.parametrize("locale", LOCALES)
def test_every_call_gives_the_values_that_its_text_needs(locale: str) -> None:
    needed = keys(locale)
    short = {
        f"{call.key} ({call.place}): {sorted(needed[call.key] - call.values)}"
        for call in usage().calls
        if call.key in needed and not needed[call.key] <= call.values
    }
    assert not short


def test_no_call_gives_a_value_that_no_language_shows() -> None:
    known = [keys(locale) for locale in LOCALES]
    shown = {key: frozenset[str]().union(*(texts[key] for texts in known)) for key in known[0]}
    idle = {
        f"{call.key} ({call.place}): {sorted(call.values - shown[call.key])}"
        for call in usage().calls
        if call.key in shown and not call.values <= shown[call.key]
    }
    assert not idle


def test_no_action_of_a_button_is_also_a_text() -> None:
    both = set(ACTIONS) & set(keys("zh"))
    assert not both


def test_every_action_that_services_name_is_handled() -> None:
    """In services each ``word.word`` is a text, what a button does, or what a question's answer does."""
    named = {
        word
        for file, words in usage().words.items()
        if file.startswith("services/")
        for word in words
        if re.fullmatch(r"[a-z_]+\.[a-z_]+", word)
    }
    assert named & set(ACTIONS)
    assert not named - set(keys("zh")) - {*ACTIONS, *STRANGERS, *ANSWERS}


def test_commands_that_texts_name_are_there() -> None:
    application = ApplicationBuilder().token("1:unused").updater(None).job_queue(None).build()
    handlers.register(application)
    known = {
        command
        for handler in itertools.chain.from_iterable(application.handlers.values())
        if isinstance(handler, CommandHandler)
        for command in handler.commands
    }
    named = {
        command
        for locale in LOCALES
        for key in keys(locale)
        for command in re.findall(r"(?<![\w<{}/])/([a-z]+)", template_of(key, locale))
    }
    assert named
    assert named <= known
    assert set(menus.NAMES) == known, (
        "what is answered stands in the table from which menus and help are made"
    )


class TestReader:
    """Tests of the reader of code, on small pieces: the tests above overlook whatever it overlooks."""

    def test_literals_in_calls(self) -> None:
        found = read("Text('a.b', n=1); work.say('a.c', **values); raise ImportFileError('empty', file=f)")
        assert [mention.key for mention in found.keys] == ["a.b", "a.c", "importing.file.empty"]
        assert [(call.key, call.values) for call in found.calls] == [
            ("a.b", frozenset({"n"})),
            ("importing.file.empty", frozenset({"file"})),
        ]

    def test_labels_of_buttons(self) -> None:
        found = read("button('a.b', 'task.card', reader, n=1); step_button(Text('a.c', n=1), *rest)")
        assert [(call.key, call.values) for call in found.calls] == [
            ("a.b", frozenset()),
            ("a.c", frozenset({"n"})),
        ]

    def test_both_branches_of_a_condition(self) -> None:
        found = read("ImportFileError('encrypted' if secret else 'old_office')")
        assert [mention.key for mention in found.keys] == [
            "importing.file.encrypted",
            "importing.file.old_office",
        ]

    def test_literals_anywhere_that_look_like_keys(self) -> None:
        found = read("title = 'tasks.nowhere'\nother = 'telegram.error'\naction = 'outbox.resend'")
        assert [(mention.key, mention.place) for mention in found.keys] == [("tasks.nowhere", "example.py:1")]

    def test_patterns(self) -> None:
        found = read("Text(f'tasks.card.{name}'); key = f'progress.{a}.{b if b else \"none\"}_button'")
        assert [mention.key for mention in found.patterns] == ["tasks.card.{}", "progress.{}.{}_button"]
        assert "none" in found.words["example.py"]
        assert not found.keys

    def test_other_f_strings_are_no_patterns(self) -> None:
        assert not read("f'held:{row.id}'; f'task.{change}'; f'tasks {count}'").patterns

    def test_what_cannot_be_followed_is_reported(self) -> None:
        found = read("Text('tasks.' + name)\nText(f'{file}.title')\nImportFileError(f'{reason}')")
        assert found.unreadable == ["example.py:1", "example.py:2", "example.py:3"]

    def test_every_room_was_read(self) -> None:
        assert {mention.place.split("/")[0] for mention in usage().keys} >= {"bot", "handlers", "services"}
        assert all((ROOT / room / "__init__.py").exists() for room in ROOMS)
