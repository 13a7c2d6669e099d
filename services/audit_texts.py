"""The text of an audit row: what happened, and what changed from what to what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from locales import Text
from models.audit_log import Audit
from models.progress import FigureMode, ReportKind
from reports.formats import short
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import TaskState
from services.directory_names import DirectoryNames
from services.task_wording import report_name

EVENTS: Final = frozenset(
    {
        *("task_import", "task_acknowledge", "task_report", "task_submit_for_completion", "task_complete"),
        *("task_withdraw", "task_return", "task_reopen", "task_cancel", "task_reassign"),
        *("task_transfer_offer", "task_transfer_decline", "task_transfer_withdraw", "task_transfer"),
        *("task_metric_rename", "task_metric_merge", "task_metric_part", "task_metric_keep"),
        "task_metric_recount",
        *("task_snooze", "task_ask_extension", "task_extend", "task_refuse_extension"),
        *("task_pause", "task_resume", "task_hint_noted", "task_explain", "task_relay"),
        *("task_break_down", "task_undo_break_down", "task_part", "task_attach", "task_detach"),
        *("task_own_reports", "task_follow", "task_verify_reopened"),
        *("report_report", "report_revise", "report_withdraw", "report_evidence"),
        *("unit_retire", "unit_revive", "unit_alias", "unit_forget_alias", "unit_ask_liaison"),
    }
)
"""The events that have a text of their own, each as subject and event."""

FIELDS: Final = frozenset(
    {
        *("action", "focus", "objective", "standard", "deadline", "frequency", "lead_unit_id"),
        *(
            "assisting_units",
            "leader_in_charge",
            "handling_section",
            "responsible_person",
            "responsible_id",
            "target_value",
        ),
        *("target_unit", "remark", "state", "reason", "receipt_no", "kind", "text", "percent", "place"),
        *("revision", "withdrawn", "figures", "evidence", "recounted", "offered_by", "offered_to"),
        *("until", "metric", "extension_until", "was_overdue", "paused_until", "retired"),
        *("name", "unit_id", "parent_id", "below_units", "attached_units", "own_reports"),
    }
)
"""The fields that have a label of their own; any other field is shown under its name in the program."""

# Another field shows these already, or only the program uses them.
_HIDDEN: Final = frozenset(
    {"identity", "task_id", "report_id", "outbox_id", "latitude", "longitude", "in_place_of"}
)
_LIMIT: Final = 80
_FIGURE: Final = re.compile(rf"(?P<item>.*) (?P<mode>{'|'.join(FigureMode)}) (?P<quantity>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field with its old and its new value; None: it has none.

    ``left``: the field was not changed; it only shows what the row is about.
    """

    field: Text
    old: Text | None
    new: Text | None
    left: bool = False


def event_text(row: Audit) -> Text:
    """The event in words: 交办, 签收, 更正 …; an unknown event is shown under the program's name for it."""
    name = f"{row.subject_type}_{row.event}"
    if name == "task_import" and row.before is None:
        return Text("history.assigned")
    if name == "task_reassign" and (row.after or {}).get("offered_by"):
        name = "task_transfer"  # the receiver accepted it; nobody reassigned it
    if name in EVENTS:
        return Text(f"history.event.{name}")
    return Text("history.other_event", event=row.event)


def changes(row: Audit, names: DirectoryNames, *, whole: bool = False) -> list[FieldChange]:
    """What changed, field by field; ``whole``: values are not shortened."""
    before, after = row.before or {}, row.after or {}
    fields = [name for name in dict.fromkeys([*before, *after]) if name not in _HIDDEN]
    if after.get("kind") == ReportKind.PROGRESS:
        fields.remove("kind")  # only 零报告 is worth showing
    return [
        FieldChange(
            field_text(name),
            _value(name, before.get(name), names, whole=whole),
            _value(name, after.get(name), names, whole=whole),
            left=bool(after) and name not in after,
        )
        for name in fields
        if before.get(name) != after.get(name)
    ]


def field_text(name: str) -> Text:
    if name in FIELDS:
        return Text(f"history.field.{name}")
    return Text("common.as_is", text=name)


def _value(name: str, value: object, names: DirectoryNames, *, whole: bool) -> Text | None:
    if value is None or value in ("", []):
        return None
    known = _KNOWN.get(name)
    if known is not None and (text := known(value, names)) is not None:
        return text
    if isinstance(value, bool):
        return Text("history.yes" if value else "history.no")
    if isinstance(value, list):
        return Text("common.as_is", text=[_value("", part, names, whole=whole) for part in value])
    if isinstance(value, Mapping):
        parts = [f"{key} {part}" for key, part in value.items()]
        return Text("common.as_is", text=parts)
    words = str(value)
    return Text("common.as_is", text=words if whole else short(words, _LIMIT))


def _state(value: object, _names: DirectoryNames) -> Text | None:
    return Text(f"common.task_state.{value}") if value in set(TaskState) else None


def _kind(value: object, _names: DirectoryNames) -> Text | None:
    return Text(f"history.kind.{value}") if value in set(ReportKind) else None


def _frequency(value: object, _names: DirectoryNames) -> Text | None:
    """How often; whether it is long-term work stands under the deadline."""
    return report_name(Frequency(str(value))) if value in set(Frequency) else None


def _unit(value: object, names: DirectoryNames) -> Text | None:
    found = names.units.get(value) if isinstance(value, int) else None
    return None if found is None else Text("common.as_is", text=found)


def _units(value: object, names: DirectoryNames) -> Text | None:
    found = [names.units.get(unit_id) for unit_id in value] if isinstance(value, list) else [None]
    return None if None in found else Text("common.as_is", text=found)


def _contact(value: object, names: DirectoryNames) -> Text | None:
    return names.who(value) if isinstance(value, int) and value in names.contacts else None


def _task(value: object, names: DirectoryNames) -> Text | None:
    return names.tasks.get(value) if isinstance(value, int) else None


def _percent(value: object, _names: DirectoryNames) -> Text:
    return Text("history.percent", percent=value)


def _figures(value: object, _names: DirectoryNames) -> Text | None:
    """Figures such as ``["清理牌匾 increment 12处"]``, with the mode in the reader's language."""
    found = [_FIGURE.fullmatch(str(part)) for part in value] if isinstance(value, list) else []
    shown = [
        Text(f"history.figure.{match['mode']}", item=match["item"], quantity=match["quantity"])
        for match in found
        if match is not None
    ]
    return Text("common.as_is", text=shown) if shown and len(shown) == len(found) else None


_KNOWN: Final = {
    "state": _state,
    "kind": _kind,
    "frequency": _frequency,
    "lead_unit_id": _unit,
    "unit_id": _unit,
    "assisting_units": _units,
    "below_units": _units,
    "attached_units": _units,
    "responsible_id": _contact,
    "offered_by": _contact,
    "offered_to": _contact,
    "parent_id": _task,
    "percent": _percent,
    "figures": _figures,
}
