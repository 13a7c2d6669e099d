"""督办单 in a chat: what has to be mended and until when, with the buttons for its reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain, zip_longest
from typing import Final

from locales import Text
from models import cases, numbers
from models.cases import Case, CaseFile, CasePhase, SupervisionOrder, case_merges
from models.db import Session, ident
from models.delivery.messages import Outbox
from models.people import Contact
from models.progress import EvidenceKind
from models.tasks import Task
from reports.formats import moment_text, short
from rules.cases.case_lifecycle import CaseEvent
from services import number_gaps
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.cases import case_access, case_steps, case_wording
from services.cases.case_buttons import step_button
from services.errors import DomainError
from services.turn import TickTurn, Turn, turn_of
from services.views import ButtonSpec, FileSpec, View, button

DETAILED: Final = 10
"""How many cases are described in full; each of the others has one line."""

OFFERED: Final = 30
PHOTOS: Final = 10
PICKED: Final = (CaseEvent.FEEDBACK, CaseEvent.SEND_BACK, CaseEvent.ASK_EXTENSION)
"""The steps that are about one case of the order. 签收 is about all of them."""


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """The order at the moment when it goes out. None: the unit has nothing more to do with it."""
    contact = await turn.session.get(Contact, row.contact_id)
    order = await turn.session.get(SupervisionOrder, row.content["order_id"])
    if contact is None or order is None:
        return None
    actor = await actor_of(turn.session, contact, today=turn.today)
    found = await cases_for(turn.session, actor, ident(order))
    if not found:
        return None
    files = await _photos(turn.session, found)
    return await _view(turn_of(turn, actor), order, found, files)


async def view(turn: Turn, order_id: int) -> View:
    """The order as it is now, without its photos, which are in the chat already."""
    order = await turn.session.get(SupervisionOrder, order_id)
    found = await cases_for(turn.session, turn.actor, order_id)
    if order is None or not found:
        raise DomainError("orders.not_yours")
    return await _view(turn, order, found, ())


async def cases_for(session: Session, actor: Actor, order_id: int) -> list[Case]:
    """The cases that are still on the order and that the actor sees inside."""
    found = await cases.cases_of_order(session, order_id)
    return [case for case in found if case_access.sees_inside(actor, case)]


async def pick(turn: Turn, order_id: int, event: CaseEvent) -> View:
    """Ask which case of the order is meant."""
    found = await cases_for(turn.session, turn.actor, order_id)
    if not found:
        raise DomainError("orders.not_yours")
    possible = open_for(turn.actor, found, event, turn.now)
    if not possible:
        raise DomainError("orders.none_left")
    rows = [
        [
            step_button(
                Text("orders.pick_button", number=case.number, what=short(case.place or case.category, 20)),
                f"order.{event.value}",
                turn.actor.id,
                case,
            )
        ]
        for case in possible[:OFFERED]
    ]
    rows.append([button("orders.back_button", "order.show", turn.actor.id, order_id=order_id)])
    line = Text("orders.which_case", event=Text(f"cases.event.{event.value}"))
    return View([line], rows, case_ids=_ids(possible))


def open_for(actor: Actor, found: Sequence[Case], event: CaseEvent, now: datetime) -> list[Case]:
    """Those of the cases for which the actor may take the step now."""
    return [case for case in found if case_steps.can(actor, case, event, now=now)]


async def _view(
    turn: Turn, order: SupervisionOrder, found: Sequence[Case], files: Sequence[FileSpec]
) -> View:
    lines = [
        Text("orders.title", number=order.number, count=len(found)),
        *await number_gaps.lines(turn.session, numbers.orders_of(order.year), order.serial),
        Text("orders.requirement", value=order.requirement),
        *await _about(turn.session, order, found, turn.campaign),
    ]
    for number, case in enumerate(found, 1):
        if number <= DETAILED:
            lines += _case_lines(number, len(found), case, turn.now, turn.campaign)
        else:
            lines.append(case_wording.line(number, case, turn.now, turn.campaign))
    return View(lines, _rows(turn.actor, order, found, turn.now), files=files, case_ids=_ids(found))


async def _about(
    session: Session, order: SupervisionOrder, found: Sequence[Case], campaign: Campaign
) -> list[Text]:
    """The leader in charge, the parent task and the limit for 签收, where they are known."""
    task = None if order.task_id is None else await session.get(Task, order.task_id)
    lines = [Text("orders.leader", value=order.leader_in_charge)] if order.leader_in_charge else []
    if task is not None:
        lines.append(Text("orders.task", value=short(task.objective, 80)))
    waiting = [case.sign_by for case in found if case.sign_by and case.acknowledged_at is None]
    if waiting:
        lines.append(Text("orders.sign_by", at=moment_text(min(waiting), campaign.zone)))
    return lines


def _case_lines(number: int, count: int, case: Case, now: datetime, campaign: Campaign) -> list[Text]:
    """The lines of one case: what, where, what counts as mended, until when."""
    what = {
        "lamp": case_wording.lamp_text(case, campaign),
        "number": case.number,
        "category": case.category,
        "state": case_wording.state_text(case, now),
    }
    title = Text("orders.case", n=number, **what) if count > 1 else Text("orders.only_case", **what)
    place = Text("cases.card.place", value=case_wording.place_text(case))
    lines = [title, place, *case_wording.map_lines(case, campaign)]
    if case.text:
        lines.append(Text("cases.card.text", value=short(case.text, 200)))
    lines.append(Text("cases.card.standard", value=short(case.standard, 200)))
    if case.indicator:
        lines.append(Text("cases.card.indicator", value=case.indicator))
    return [*lines, Text("cases.card.limit", value=case_wording.limit_text(case, campaign))]


def _rows(
    actor: Actor, order: SupervisionOrder, found: Sequence[Case], now: datetime
) -> list[list[ButtonSpec]]:
    order_id = ident(order)
    rows = []
    unsigned = open_for(actor, found, CaseEvent.ACKNOWLEDGE, now)
    if unsigned:
        key = "orders.sign_all_button" if len(unsigned) > 1 else "orders.sign_button"
        label = Text(key, count=len(unsigned))
        rows.append([button(label, "order.sign", actor.id, order_id=order_id)])
    possible = [event for event in PICKED if open_for(actor, found, event, now)]
    if possible:
        rows.append(
            [
                button(
                    f"orders.{event.value}_button",
                    "order.pick",
                    actor.id,
                    order_id=order_id,
                    event=event.value,
                )
                for event in possible
            ]
        )
    return [*rows, [button("orders.paper_button", "order.paper", actor.id, order_id=order_id)]]


def _ids(found: Sequence[Case]) -> list[int]:
    return [case.id for case in found if case.id is not None]


async def _photos(session: Session, found: Sequence[Case]) -> list[FileSpec]:
    """Photos of the problems, in turn: the first one of each case before the second of any.

    Of an order with several cases each photo carries the number of its case.
    """
    by_case = []
    for case in found:
        number = Text("orders.photo_of", number=case.number) if len(found) > 1 else None
        by_case.append(pictures(await cases.files_of(session, ident(case)), number))
        for merged, files in await case_merges.merged_files(session, ident(case)):
            by_case.append(pictures(files, merged_caption(merged)))
    in_turn = [file for file in chain.from_iterable(zip_longest(*by_case)) if file is not None]
    return in_turn[:PHOTOS]


def merged_caption(merged: Case) -> Text:
    """What a photo says whose case ended in another one."""
    return Text("orders.photo_of_merged", number=merged.number)


def pictures(files: Sequence[CaseFile], caption: Text | None = None) -> list[FileSpec]:
    """The pictures of the problem among the files, each with the caption."""
    return [
        FileSpec(file.kind.value, file_id=file.file_id, name=file.file_name, caption=caption)
        for file in files
        if file.phase is CasePhase.BEFORE and file.kind is not EvidenceKind.DOCUMENT
    ]
