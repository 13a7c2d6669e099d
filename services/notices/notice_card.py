"""The card of a notice that is being written: how it will read, to whom it goes, and what is asked."""

from __future__ import annotations

from collections.abc import Sequence

from locales import Text
from models.db import Session
from models.drafts import Draft
from reports.formats import files_text
from rules.notices.receipt_kinds import NoticeAsk
from services.access import Actor
from services.drafts import draft_changes
from services.drafts.draft_kinds import draft_button
from services.notices import audience as audiences
from services.notices.audience import NAMED
from services.notices.notice_drafts import NoticePlan, plan_of
from services.notices.notice_texts import deadline_text
from services.views import ButtonSpec, View


async def card(session: Session, actor: Actor, draft: Draft) -> View:
    """The card; while nothing was written yet, the question what the notice says."""
    if draft_changes.is_empty(draft):
        return View([Text("notices.ask_words")], [[_cancel(actor, draft)]], draft_id=draft.id)
    plan = plan_of(draft)
    lines = [Text("notices.card_title"), Text("notices.body", text=draft.text)] if draft.text else []
    lines = lines or [Text("notices.card_title"), Text("notices.no_text")]
    if files := draft_changes.files_of(draft):
        lines.append(Text("notices.files", files=files_text(file.kind for file in files)))
    return View([*lines, *await _chosen(session, plan)], _rows(actor, draft, plan), draft_id=draft.id)


async def _chosen(session: Session, plan: NoticePlan) -> list[Text]:
    if plan.audience is None:
        return [Text("notices.to_nobody")]
    who = await audiences.title(session, plan.audience)
    lines = [Text("notices.to", audience=who), _asked(plan), *_reach_lines(plan)]
    if plan.urgent:
        lines.append(Text("notices.urgent"))
    return [*lines, Text("notices.no_secrets")]


def _asked(plan: NoticePlan) -> Text:
    whose = Text("notices.per_unit" if plan.per_unit else "notices.per_person")
    ask = Text(f"notices.ask.{plan.ask.value}")
    return Text("notices.asked", whose=whose, ask=ask, by=deadline_text(plan.answer_by))


def _reach_lines(plan: NoticePlan) -> list[Text]:
    reach = plan.reach
    lines = [Text("notices.reach", units=reach.units, people=reach.people)]
    lines += _named("notices.waiting", "notices.waiting_more", reach.waiting)
    lines += _named("notices.empty", "notices.empty_more", reach.empty)
    if plan.in_groups:
        lines += _named("notices.groups.card", "notices.groups.card_more", reach.groups)
    if reach.today:
        lines.append(Text("notices.sent_today", count=reach.today))
    return lines


def _named(key: str, more: str, names: Sequence[str]) -> list[Text]:
    if not names:
        return []
    return [Text(more if len(names) > NAMED else key, count=len(names), names=list(names[:NAMED]))]


def _rows(actor: Actor, draft: Draft, plan: NoticePlan) -> list[list[ButtonSpec]]:
    def press(label: str, action: str, **arguments: object) -> ButtonSpec:
        return draft_button(label, action, actor.id, draft, **arguments)

    rows = [[press("notices.whom_button", "notice.whom")]]
    if plan.audience is not None:
        others = [ask for ask in NoticeAsk if ask is not plan.ask]
        rows.append([press(f"notices.ask_button.{ask.value}", "notice.ask", ask=ask) for ask in others])
        whose = "notices.to_person_button" if plan.per_unit else "notices.to_unit_button"
        urgent = "notices.not_urgent_button" if plan.urgent else "notices.urgent_button"
        rows.append([press(whose, "notice.whose", per_unit=not plan.per_unit)])
        rows[-1].append(press("notices.deadline_button", "notice.ask_deadline"))
        rows.append([press(urgent, "notice.urgent", urgent=not plan.urgent)])
        if plan.reach.groups:
            groups = "notices.groups.off_button" if plan.in_groups else "notices.groups.on_button"
            rows[-1].append(press(groups, "notice.groups", in_groups=not plan.in_groups))
        if draft.text and plan.reach.people:
            rows.append([press("notices.send_button", "notice.send", mark=plan.reach.mark)])
    return [*rows, [_cancel(actor, draft)]]


def _cancel(actor: Actor, draft: Draft) -> ButtonSpec:
    return draft_button("notices.cancel_button", "notice.cancel", actor.id, draft)
